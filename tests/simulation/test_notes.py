"""A person's note stays; what somebody else wrote into an event is no note, whatever line stands in it."""

from dataclasses import replace

import pytest
from world import TODAY, World, timed, weekly

from calmirror.plan.content import echo_of

LINES = (
    "--- my notes ---",
    "-- My Note --",
    "<b>--- my notes ---</b>",
    "&#45;-- my&nbsp;notes ---",
    "---<i> my </i>notes ---",
)


def html(text):
    """A body."""
    return {"body": {"contentType": "html", "content": text}}


def descriptions(world):
    """What all copies say."""
    return "".join(row.get("description", "") for row in world.ours())


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("made", [timed, weekly])
def test_text_below_a_marker_line_in_outlook_goes_when_it_changes_or_turns_private(line, made):
    world = World()
    world.ids["x"] = world.mailbox.create(made("Review", TODAY, 9) | html(f"<p>Agenda</p><p>{line}</p><p>OLD</p>"))
    world.settle()
    assert "OLD" in descriptions(world)
    world.mailbox.edit(world.ids["x"], **html(f"<p>Agenda</p><p>{line}</p><p>SECRET</p>"))
    assert world.sync() == 0
    assert "OLD" not in descriptions(world)
    world.mailbox.edit(world.ids["x"], sensitivity="private")
    assert world.sync() == 0
    assert [(row["summary"], row.get("description")) for row in world.ours()] == [("Busy", None)]
    world.assert_exact()


def test_a_name_that_is_a_marker_line_hides_nothing():
    world = World()
    guest = {"emailAddress": {"name": "--- my notes ---", "address": "a@example.org"}, "type": "required"}
    world.ids["x"] = world.mailbox.create(timed("Review", TODAY, 9) | html("<p>Agenda</p>") | {"attendees": [guest]})
    world.settle()
    world.mailbox.edit(world.ids["x"], sensitivity="private")
    assert world.sync() == 0
    assert descriptions(world) == ""


@pytest.mark.parametrize("above", [True, False])
def test_a_note_typed_above_our_text_takes_nothing_of_it_along(above):
    world = World()
    world.ids["x"] = world.mailbox.create(timed("Review", TODAY, 9) | html("<p>Agenda</p><p>SECRET</p>"))
    world.settle()
    [copy] = world.copies("x")
    note, own = "--- my notes ---<br>bring cake", copy["description"]
    text = f"{note}<br>{own}" if above else own.replace("<br>", f"<br>{note}<br>", 1)
    world.google.person_edit(world.destination, copy["id"], description=text)
    world.mailbox.edit(world.ids["x"], sensitivity="private")
    assert world.sync() == 0
    [copy] = world.copies("x")
    assert "bring cake" in copy["description"]
    assert not any(word in copy["description"] for word in ("SECRET", "Agenda", "Outlook"))
    world.assert_exact()


BACK = '<br><br><a href="https://outlook.office.com/x">Open in Outlook</a>'


def as_an_older_version_sent(world, text, **changes):
    """The one copy and its link as 0.1 left them, which sent marker lines as they came."""
    [copy] = world.copies("x")
    row = world.google.person_edit(world.destination, copy["id"], description=text)
    store = world.mirror().store
    epoch = store.take_lease("work", owner="0.1", now=world.clock.now(), ttl=60)
    [link] = store.links("work")
    sent = {**link.sent, "description": text}
    store.adopt("work", epoch, [replace(link, sent=sent, etag=row["etag"], echo=echo_of(row), **changes)])
    store.release_lease("work", owner="0.1", epoch=epoch)


@pytest.mark.parametrize("noted", [True, False])
@pytest.mark.parametrize("edit", [{"sensitivity": "private"}, html("<p>All new</p>")], ids=["private", "text"])
def test_what_an_older_version_wrote_is_mended_and_the_note_stays(edit, noted):
    world = World()
    world.ids["x"] = world.mailbox.create(
        timed("Review", TODAY, 9) | html("<p>Agenda</p><p>--- my notes ---</p><p>SECRET</p>")
    )
    world.settle()
    text = f"Agenda<br>--- my notes ---<br>SECRET{BACK}"
    as_an_older_version_sent(world, text, fingerprint="another")
    if noted:
        [copy] = world.copies("x")
        noted = f"{text}<br>--- my notes ---<br>bring cake"
        world.google.person_edit(world.destination, copy["id"], description=noted)
    world.mailbox.edit(world.ids["x"], **edit)
    assert world.sync() == 0
    assert "SECRET" not in descriptions(world)
    assert ("--- my notes ---<br>bring cake" in descriptions(world)) == bool(noted)
    world.assert_exact()


def test_what_stayed_readable_in_a_private_event_goes_with_the_next_whole_read():
    """Version 0.1 took it for a note; nothing has changed in Outlook since."""
    world = World()
    world.ids["x"] = world.mailbox.create(timed("Review", TODAY, 9) | html("SECRET") | {"sensitivity": "private"})
    world.settle()
    as_an_older_version_sent(world, f"--- my notes ---<br>SECRET{BACK}")
    world.clock.advance(25 * 3600)
    assert world.sync() == 0
    assert descriptions(world) == ""
