"""What the mirror does about a person's changes in Google, and about the past, is the person's choice."""

from __future__ import annotations

from datetime import timedelta

from world import TODAY, World, timed

from calmirror.model.policy import DeletedInGoogle, OnDrift, Past

DAY = 86400


def next_day(world):
    """The next run reads both calendars whole."""
    world.clock.advance(DAY)
    return world.sync()


def test_what_a_person_changed_in_google_is_put_right_within_a_day():
    world = World().fill().settle()
    [copy] = world.copies("single-8")
    world.google.person_edit(world.destination, copy["id"], summary="Not what Outlook says", colorId="3")
    assert next_day(world) == 0
    [reason] = [action.reason for action in world.report.plan.actions]
    assert reason == "changed in Google: title"
    world.assert_exact()
    assert world.copies("single-8")[0]["colorId"] == "3"


def test_a_change_in_google_may_stay_until_outlook_changes_the_event():
    world = World(on_drift=OnDrift.KEEP).fill().settle()
    [copy] = world.copies("single-8")
    world.google.person_edit(world.destination, copy["id"], summary="Mine")
    assert next_day(world) == 0
    assert world.copies("single-8")[0]["summary"] == "Mine"
    world.mailbox.edit(world.ids["single-8"], subject="Another title")
    assert world.sync() == 0
    world.assert_exact()


def test_what_a_person_deleted_in_google_comes_back_within_a_day():
    world = World().fill().settle()
    for name in ("single-8", "plain"):
        world.google.person_delete(world.destination, world.copies(name)[0]["id"])
    assert next_day(world) == 0
    world.assert_exact()


def test_what_a_person_deleted_in_google_may_stay_deleted():
    world = World(deleted_in_google=DeletedInGoogle.RESPECT).fill().settle()
    for name in ("single-8", "single-9", "changed"):
        world.google.person_delete(world.destination, world.copies(name)[0]["id"])
    world.mailbox.edit(world.ids["single-9"], subject="Another title")
    assert world.sync() == 0
    assert next_day(world) == 0
    assert next_day(world) == 0
    assert [world.copies(name) for name in ("single-8", "single-9", "changed")] == [[], [], []]
    assert world.verify().differences == ()
    world.mailbox.edit(world.ids["changed"], subject="Another title")
    world.mailbox.delete(world.ids["single-8"])
    marked = world.mark()
    assert world.sync() == 0
    assert [method for method, _ in world.writes_since(marked) if method != "DELETE"] == []
    assert world.verify().differences == ()


def test_events_that_leave_the_window_stay_as_an_archive():
    world = World().fill()
    old = world.mailbox.create(timed("Old", TODAY - timedelta(19), 9))
    world.ids["old"] = old
    world.settle()
    world.clock.advance(5 * DAY)
    assert world.sync() == 0
    assert len(world.copies("old")) == 1


def test_events_that_leave_the_window_may_be_pruned():
    world = World(past=Past.PRUNE).fill()
    world.ids["old"] = world.mailbox.create(timed("Old", TODAY - timedelta(19), 9))
    world.settle()
    world.clock.advance(5 * DAY)
    assert world.sync() == 0
    assert world.copies("old") == []
    assert world.verify().differences == ()
    marked = world.mark()
    assert next_day(world) == 0
    assert world.writes_since(marked) == []


def test_a_note_below_the_marker_line_stays_when_the_event_changes():
    world = World().fill().settle()
    [copy] = world.copies("single-8")
    noted = copy.get("description", "") + "<br>--- my notes ---<br>bring cake"
    world.google.person_edit(world.destination, copy["id"], description=noted)
    for body in ("<p>Agenda</p>", "<p>" + "long words " * 2000 + "</p>", ""):
        world.mailbox.edit(world.ids["single-8"], body={"contentType": "html", "content": body})
        assert world.sync() == 0
        description = world.copies("single-8")[0]["description"]
        assert description.endswith("--- my notes ---<br>bring cake")
        assert description.count("my notes") == 1
        assert len(description) <= 8192
        world.assert_exact()
    assert next_day(world) == 0
    assert world.copies("single-8")[0]["description"].count("cake") == 1
