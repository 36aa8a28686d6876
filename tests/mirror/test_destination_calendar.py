"""Where the mirror is kept in Google, and which events there are ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from world import TODAY, WHOLE_CALENDAR, World, timed

from calmirror.errors import UserFixableError
from calmirror.mirror.context import Lease, Mirror, leased
from calmirror.mirror.destination_calendar import find_destination
from calmirror.mirror.recognition import cancelled_instance, owned_links, recognised, since_of, with_extent
from calmirror.mirror.recovery import settle_open_intents
from calmirror.mirror.rounds import fetch_round
from calmirror.model.ids import EventId, SourceId
from calmirror.model.mirror import Intent, JournalEntry, Link, Verb

LINK = Link(source_id=SourceId("a"), part="", event_id=EventId("e"), generation=0, fingerprint="f")
SIGNED = 'Kept by calmirror, mirror "work".'
WITH_ID = re.compile(rf"{SIGNED} Id [0-9a-f]{{12}}-1, kept by [0-9a-f]{{12}}\.")


@contextmanager
def process(world: World, destination: str = "Outlook") -> Iterator[tuple[Mirror, Lease]]:
    """A run that has the mirror."""
    mirror = world.mirror()
    mirror.settings = replace(mirror.settings, destination=destination)
    with leased(mirror) as lease:
        yield mirror, lease


def place(world: World, destination: str = "Outlook", *, dry_run: bool = False) -> str:
    with process(world, destination) as (mirror, lease):
        said = fetch_round(mirror, lease, full=True, dry_run=True)
        return find_destination(mirror, lease, said, dry_run=dry_run).id


def calendars(world: World, name: str = "Outlook") -> list[Any]:
    return [calendar for calendar in world.google.state.live() if calendar.summary == name]


def test_a_name_is_made_a_calendar_that_says_whose_it_is(tmp_path: Path) -> None:
    world = World(tmp_path).fill(singles=2)
    found = place(world)
    (calendar,) = calendars(world)
    assert (calendar.id, calendar.time_zone) == (found, "Europe/Berlin")
    assert WITH_ID.fullmatch(calendar.description)
    assert world.remembered.find("work", "Outlook") == found


def test_once_found_google_is_not_asked_again(tmp_path: Path) -> None:
    world = World(tmp_path)
    found = place(world)
    marked = world.mark()
    assert place(world) == found
    assert world.since(marked)[1] == 0


def test_another_name_is_another_calendar(tmp_path: Path) -> None:
    world = World(tmp_path)
    assert place(world) != place(world, "Office")
    assert len(calendars(world, "Office")) == 1


def test_a_dry_run_makes_nothing_and_keeps_nothing(tmp_path: Path) -> None:
    world = World(tmp_path)
    assert place(world, dry_run=True) == ""
    assert calendars(world) == []
    with process(world) as (mirror, _):
        assert mirror.state.destination_calendar == ""


@pytest.mark.parametrize("wanted", ["nobody@group.calendar.google.com", "primary"])
def test_a_calendar_given_by_its_id_must_be_there(wanted: str) -> None:
    """With the narrow right, not even the person's own calendar is within reach."""
    with pytest.raises(UserFixableError) as caught:
        place(World(), wanted)
    assert caught.value.code == "destination-not-found"
    assert '"work"' in caught.value.what


def test_a_calendar_given_by_its_id_is_taken(tmp_path: Path) -> None:
    world = World(tmp_path, scope=WHOLE_CALENDAR)
    wanted = world.google.add_calendar("Mine")
    assert "@" in wanted
    assert place(world, wanted) == wanted


def test_a_remembered_calendar_that_was_deleted_is_made_again(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.remembered.keep("work", "Outlook", "gone@group.calendar.google.com")
    found = place(world)
    assert [calendar.id for calendar in calendars(world)] == [found]
    assert world.remembered.find("work", "Outlook") == found


@pytest.mark.parametrize(
    ("name", "description", "taken"),
    [
        ("Outlook", SIGNED, True),
        ("Outlook", f"Mine. {SIGNED}", True),
        ("Outlook", "", False),
        ("Outlook", 'Kept by calmirror, mirror "home".', True),
        ("Other", SIGNED, False),
    ],
)
def test_a_calendar_of_that_name_is_ours_when_it_says_so(
    tmp_path: Path, name: str, description: str, taken: bool
) -> None:
    world = World(tmp_path, scope=WHOLE_CALENDAR)
    there = world.google.add_calendar(name)
    world.google.state.calendar(there).description = description
    assert (place(world, dry_run=True) == there) is taken


@pytest.mark.parametrize("role", ["writer", "owner"])
def test_a_calendar_that_somebody_shares_is_not_taken_whatever_it_says_and_holds(tmp_path: Path, role: str) -> None:
    """It would get the whole Outlook calendar. Only where it is named by its id it is taken."""
    world = World(tmp_path, scope=WHOLE_CALENDAR).fill(singles=2).settle()
    theirs = world.destination
    assert world.google.state.calendar(theirs).description.startswith(SIGNED)
    world.google.take_away(theirs, "mallory@example.com", role)
    for file in tmp_path.iterdir():
        file.unlink()
    made = place(world)
    assert made != theirs
    assert world.google.events(made) == []
    assert place(world, theirs) == theirs


def test_a_calendar_without_our_word_is_ours_when_it_holds_events_of_this_mirror(tmp_path: Path) -> None:
    world = World(tmp_path, scope=WHOLE_CALENDAR).fill(singles=2).settle()
    found = world.destination
    world.google.state.calendar(found).description = ""
    for file in tmp_path.iterdir():
        file.unlink()
    assert place(world) == found
    with process(world) as (mirror, _):
        known = {link.event_id for link in mirror.store.links("work")}
        assert known == {row["id"] for row in world.ours()}
        assert mirror.state.cursor == ""


def test_only_what_is_ours_beyond_doubt_becomes_a_link(tmp_path: Path) -> None:
    world = World(tmp_path).fill(singles=2).settle()
    row = world.copies("single-0")[0]
    copy = world.google.person_duplicate(world.destination, row["id"])
    with process(world) as (mirror, _):
        assert copy["id"] not in {link.event_id for link in owned_links(mirror, world.destination)}
        assert recognised(mirror.identity, copy) is None
        assert recognised(mirror.identity, None) is None
        assert recognised(mirror.identity, row | {"status": "cancelled"}) is None
        link = recognised(mirror.identity, row)
    assert link is not None
    assert (link.event_id, link.source_id) == (row["id"], world.ids["single-0"])


def test_a_colour_set_meanwhile_is_marked_as_the_persons() -> None:
    world = World().fill(singles=1).settle()
    row = world.copies("single-0")[0]
    with process(world) as (mirror, _):
        link = recognised(mirror.identity, row | {"colorId": "2"})
        assert link is not None
        assert link.sent is not None
        assert link.sent["extendedProperties"]["private"]["calmirrorTouch"] == "colorId"
        again = recognised(mirror.identity, row | {"colorId": "2"}, replace(link, sent=row | {"colorId": "2"}))
        assert again is not None
        assert again.sent is not None
        assert "calmirrorTouch" not in again.sent["extendedProperties"]["private"]


@pytest.mark.parametrize(
    ("event", "starts", "ends"),
    [
        (
            {
                "start": {"dateTime": "2026-06-01T09:00:00+02:00"},
                "end": {"dateTime": "2026-06-01T10:00:00+02:00"},
            },
            "2026-06-01T07:00:00+00:00",
            "2026-06-01T08:00:00+00:00",
        ),
        (
            {"start": {"date": "2026-06-01"}, "end": {"date": "2026-06-02"}},
            "2026-06-01T00:00:00+00:00",
            "2026-06-02T00:00:00+00:00",
        ),
        (
            {"start": {"date": "2026-06-01"}, "end": {"date": "2026-06-02"}, "recurrence": ["RRULE:FREQ=DAILY"]},
            "2026-06-01T00:00:00+00:00",
            "",
        ),
    ],
)
def test_a_link_has_the_times_that_google_shows(event: dict[str, Any], starts: str, ends: str) -> None:
    assert with_extent(LINK, event) == replace(LINK, starts=starts, ends=ends)


def test_odd_times_are_looked_at_from_the_earliest_day_that_was_kept() -> None:
    default = datetime(2026, 3, 1, tzinfo=UTC)
    early, late = "2025-01-01T00:00:00+00:00", "2025-06-01T00:00:00+00:00"
    assert since_of([], default) == default
    assert since_of([LINK], default) == default
    links = [LINK, replace(LINK, since=late), replace(LINK, since=early)]
    assert since_of(links, default) == datetime.fromisoformat(early)


def settled(world: World, name: str, verb: Verb, *, forgotten: bool = False, part: str = "") -> list[JournalEntry]:
    """Looks after one intent of an interrupted run; returns what the journal says."""
    with process(world) as (mirror, lease):
        links = mirror.store.links_of("work", [SourceId(world.ids[name])])
        link = next(one for one in links if one.part == part)
        intent = Intent(source_id=link.source_id, part=part, event_id=link.event_id, generation=0, verb=verb)
        if forgotten:
            mirror.store.settle("work", lease.epoch, lease.run, links=[], gone=[link.event_id], journal=[])
        mirror.store.intend("work", lease.epoch, [intent])
        settle_open_intents(mirror, lease, world.destination, [intent])
        return [entry for _, entry in mirror.store.journal(lease.run)]


def links_of(world: World, name: str) -> dict[str, Link]:
    with process(world) as (mirror, _):
        return {link.part: link for link in mirror.store.links_of("work", [SourceId(world.ids[name])])}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path).fill(singles=2).settle()


def test_a_write_that_never_landed_changes_nothing(world: World) -> None:
    before = links_of(world, "single-0")
    assert settled(world, "single-0", Verb.UPDATE) == []
    assert links_of(world, "single-0") == before


def test_an_insert_that_landed_unseen_becomes_a_link(world: World) -> None:
    before = links_of(world, "single-0")[""]
    (entry,) = settled(world, "single-0", Verb.INSERT, forgotten=True)
    assert (entry.verb, entry.before, entry.reason) == (Verb.INSERT, None, "landed in a run that was interrupted")
    found = links_of(world, "single-0")[""]
    assert (found.event_id, found.fingerprint, found.starts) == (before.event_id, before.fingerprint, before.starts)
    assert entry.after == found.sent


def test_an_update_that_landed_unseen_is_taken_over(world: World) -> None:
    before = links_of(world, "single-0")[""]
    private = world.copies("single-0")[0]["extendedProperties"]["private"] | {"calmirrorHash": "other"}
    world.google.person_edit(world.destination, before.event_id, extendedProperties={"private": private})
    (entry,) = settled(world, "single-0", Verb.UPDATE)
    assert (entry.verb, entry.before) == (Verb.UPDATE, before.sent)
    after = links_of(world, "single-0")[""]
    assert after.fingerprint == "other"
    assert after.etag != before.etag


def test_a_change_of_the_persons_alone_is_no_write_of_ours(world: World) -> None:
    before = links_of(world, "single-0")[""]
    world.google.person_edit(world.destination, before.event_id, colorId="2")
    assert settled(world, "single-0", Verb.UPDATE) == []
    assert links_of(world, "single-0")[""] == before


def test_a_deletion_that_landed_unseen_ends_the_link(world: World) -> None:
    before = links_of(world, "single-0")[""]
    world.google.person_delete(world.destination, before.event_id)
    (entry,) = settled(world, "single-0", Verb.DELETE)
    assert (entry.verb, entry.before, entry.after) == (Verb.DELETE, before.sent, None)
    assert links_of(world, "single-0") == {}


def test_an_instance_that_was_cancelled_unseen_is_known_as_a_hole(world: World) -> None:
    part = "override:20260406T120000Z"
    event_id = links_of(world, "changed")[part].event_id
    world.google.person_delete(world.destination, event_id)
    settled(world, "changed", Verb.DELETE, part=part)
    found = links_of(world, "changed")
    assert part not in found
    assert found["hole:20260406T120000Z"] == cancelled_instance(world.ids["changed"], event_id, "20260406T120000Z", 0)


def test_without_intents_or_a_calendar_nobody_is_asked(world: World) -> None:
    with process(world) as (mirror, lease):
        marked = world.mark()
        intent = Intent(source_id=SourceId("a"), part="", event_id=EventId("e"), generation=0, verb=Verb.INSERT)
        settle_open_intents(mirror, lease, world.destination, [])
        settle_open_intents(mirror, lease, "", [intent])
        assert world.since(marked) == (0, 0)


@pytest.mark.parametrize("destination", ["primary", "their own address", "another calendar of theirs"])
def test_of_a_calendar_that_the_default_scope_does_not_reach_the_wider_scope_is_named(
    tmp_path: Path, destination: str
) -> None:
    world = World(tmp_path).fill()
    user = world.google.state.user
    own = world.google.add_calendar("Private")
    wanted = {"primary": "primary", "their own address": user}.get(destination, own)
    world.mirrors["work"] = ("", wanted)
    assert world.sync() == 4
    assert world.error is not None
    assert 'scope = "owned"' in world.error.command
    assert "calmirror connect google" in world.error.command


def test_mirrors_of_one_state_share_the_calendar_of_one_name_without_the_small_file() -> None:
    world = World().fill()
    world.mirrors |= {"team": ("Team", "Outlook"), "other": ("", "Office")}
    world.mailbox.create(timed("Team", TODAY, 9), calendar=world.mailbox.add_calendar("Team"))
    for name in world.mirrors:
        assert world.sync(name=name) == 0, world.error
    assert len(calendars(world)) == 1
    assert len(calendars(world, "Office")) == 1
    assert world.verify("work").differences == world.verify("team").differences == ()


def test_a_calendar_of_another_mirror_that_is_gone_is_not_shared() -> None:
    world = World().fill()
    world.mirrors["again"] = ("", "Outlook")
    assert world.sync() == 0
    gone = world.destination
    world.google.state.calendars[gone].deleted = True
    assert world.sync(name="again") == 0, world.error
    assert world.destination != gone
