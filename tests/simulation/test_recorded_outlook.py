"""What was recorded of Outlook, as far as a whole run has to be right about it: where each changed occurrence belongs.

A series whose occurrences cannot be placed is mirrored one by one; here none has to be.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from test_undo import undone
from world import BERLIN, TODAY, Death, KilledError, World, numbered, timed

from calmirror.sandbox.graph.switches import GraphSwitches

PACIFIC = "Pacific Standard Time"
FIRST = TODAY - timedelta(6)
CHANGED = TODAY + timedelta(2)


def daily(subject: str, hour: int, *, zone: str, in_zone: str, count: int = 20, **more: Any) -> dict[str, Any]:
    """A series day by day, written in one zone and repeated by the days of another."""
    recurrence = {"pattern": {"type": "daily", "interval": 1}, "range": numbered(FIRST, count)}
    recurrence["range"]["recurrenceTimeZone"] = in_zone
    event = timed(subject, FIRST, hour, recurrence=recurrence, **more)
    return event | {edge: {**event[edge], "timeZone": zone} for edge in ("start", "end")}


def whole_day(subject: str, zone: str) -> dict[str, Any]:
    """A series of whole days whose zone has this name."""
    event = daily(subject, 0, zone=zone, in_zone=zone, isAllDay=True)
    return event | {"end": {"dateTime": f"{FIRST + timedelta(1)}T00:00:00", "timeZone": zone}}


SIDES: list[dict[str, Any]] = [
    {},
    {"original_start": "null"},
    {"original_start": "always"},
    {"occurrence_date": "recurrence"},
    {"occurrence_date": "utc"},
    {"occurrence_date": "utc", "original_start": "null"},
    {"cancelled_list": "absent"},
    {"cancelled_list": "empty"},
    {"national_cloud": True},
    {"dotted_ids": True},
]


@pytest.mark.parametrize("side", SIDES, ids=str)
@pytest.mark.parametrize(("zone", "real"), [("UTC", "Africa/Lagos"), ("", "Africa/Lagos"), ("UTC", "Pacific/Auckland")])
def test_a_changed_whole_day_from_east_of_utc_stays_on_its_day(side: dict[str, Any], zone: str, real: str) -> None:
    """`originalStart` is on the day before, and the zone's name does not tell."""
    world = World(graph=GraphSwitches(**side)).fill(singles=3).settle()
    box = world.mailbox
    world.ids["whole"] = series = box.create(whole_day("Whole", zone), real_zone=real)
    box.edit_occurrence(series, CHANGED, subject="Changed")
    box.delete_occurrence(series, CHANGED + timedelta(4))
    assert world.sync() == 0, world.error
    world.assert_exact()
    box.edit_occurrence(series, CHANGED + timedelta(1), subject="Changed too")
    assert world.sync() == 0, world.error
    world.assert_exact()
    assert any(row.get("recurrence") for row in world.copies("whole"))


@pytest.mark.parametrize("side", SIDES, ids=str)
def test_a_renamed_whole_day_leaves_the_series_its_colour_and_note(side: dict[str, Any]) -> None:
    world = World(graph=GraphSwitches(**side))
    event = whole_day("On call", "UTC")
    days = {"type": "endDate", "startDate": str(FIRST), "endDate": str(FIRST + timedelta(40)), "recurrenceTimeZone": ""}
    event["recurrence"]["range"] = days
    world.ids["on call"] = series = world.mailbox.create(event, real_zone="Europe/Berlin")
    world.settle()
    [copy] = world.copies("on call")
    text = f"{copy['description']}<br>--- my notes ---<br>bring cake"
    world.google.person_edit(world.destination, copy["id"], colorId="11", description=text)
    world.mailbox.edit_occurrence(series, CHANGED, subject="On call, late shift")
    assert world.sync() == 0, world.error
    world.assert_exact()
    whole, changed = world.copies("on call")
    assert (whole["colorId"], whole["description"][-10:]) == ("11", "bring cake")
    assert changed["summary"] == "On call, late shift"


@pytest.mark.parametrize("side", SIDES, ids=str)
def test_a_changed_occurrence_is_found_though_it_was_written_in_another_zone(side: dict[str, Any]) -> None:
    """Seattle's evening is Berlin's morning of the next day."""
    world = World(graph=GraphSwitches(**side)).fill(singles=3).settle()
    box = world.mailbox
    event = daily("Evening", 18, zone=PACIFIC, in_zone=BERLIN)
    event["recurrence"]["range"]["startDate"] = str(FIRST + timedelta(1))
    world.ids["evening"] = series = box.create(event)
    box.edit_occurrence(series, CHANGED, subject="Changed")
    box.delete_occurrence(series, CHANGED + timedelta(4))
    assert world.sync() == 0, world.error
    world.assert_exact()
    box.edit_occurrence(series, CHANGED + timedelta(1), **timed("Moved", CHANGED + timedelta(1), 20))
    box.delete_occurrence(series, CHANGED)
    assert world.sync() == 0, world.error
    world.assert_exact()
    zones = {row["start"]["timeZone"] for row in world.copies("evening") if row.get("recurrence")}
    assert zones == {"Europe/Berlin"}


@pytest.mark.parametrize("listing", ["listed", "absent", "empty"])
def test_what_was_cancelled_stays_so_when_it_is_older_than_the_window(listing: str) -> None:
    """By then no list shows that it is missing, and Microsoft's list of cancelled occurrences may be empty."""
    world = World(graph=GraphSwitches(cancelled_list=listing))
    world.ids["daily"] = series = world.mailbox.create(daily("Daily", 9, zone=BERLIN, in_zone=BERLIN, count=80))
    world.mailbox.delete_occurrence(series, CHANGED)
    world.settle()
    [before] = [row["recurrence"] for row in world.copies("daily")]
    assert f"{CHANGED:%Y%m%d}T090000" in before[1]
    world.clock.advance(40 * 86400)
    assert world.sync() == 0, world.error
    world.mailbox.edit(series, subject="Renamed")
    world.clock.advance(60)
    assert world.sync() == 0, world.error
    assert [row["recurrence"] for row in world.copies("daily")] == [before]
    world.assert_exact()


@pytest.mark.parametrize("foreign_id", ["404-mailbox", "400", "404", "403"])
@pytest.mark.parametrize("singles", [3, 24])
def test_of_a_mailbox_that_was_moved_nothing_is_made_anew(foreign_id: str, singles: int) -> None:
    """All ids are other ones, the UIDs are the same, and so are the events: only the link into Outlook changes."""
    world = World(graph=GraphSwitches(foreign_id=foreign_id)).fill(singles=singles).settle()
    world.google.person_edit(world.destination, world.copies("single-0")[0]["id"], colorId="11")
    world.mailbox.move_mailbox()
    before, marked = shown(world), world.mark()
    world.clock.advance(60)
    assert world.sync() == 0, world.error
    assert {method for method, _ in world.writes_since(marked)} == {"PUT"}
    assert shown(world) == before
    world.assert_exact()
    marked = world.mark()
    assert world.sync(full=True) == 0
    assert world.writes_since(marked) == []
    # From then on changes, a series' among them, and deletions are those of the same events.
    found = {item.fields["subject"]: one for one, item in world.mailbox.events.items()}
    world.mailbox.edit(found["Single 0"], subject="Renamed")
    world.mailbox.delete(found["Single 1"])
    world.clock.advance(60)
    assert world.sync() == 0, world.error
    assert [row.get("colorId") for row in world.ours() if row["summary"] == "Renamed"] == ["11"]
    assert len(shown(world)) == len(before) - 1
    world.assert_exact()


@pytest.mark.parametrize("foreign_id", ["404-mailbox", "400", "404", "403"])
def test_what_was_deleted_before_a_moved_mailbox_is_read_goes(foreign_id: str) -> None:
    """No answer to an old id tells it: the whole list does, of a mailbox in which everything has another id."""
    world = World(graph=GraphSwitches(foreign_id=foreign_id)).fill().settle()
    for name in ("single-7", "days", "plain"):
        world.mailbox.delete(world.ids[name])
    world.mailbox.move_mailbox()
    world.clock.advance(60)
    with pytest.raises(KilledError):
        world.sync(Death(22))
    assert world.sync() == 0, world.error
    world.assert_exact()


@pytest.mark.parametrize("foreign_id", ["404-mailbox", "400", "404"])
def test_what_undo_brings_back_from_before_a_mailbox_was_moved_goes_when_it_is_released(foreign_id: str) -> None:
    world = World(graph=GraphSwitches(foreign_id=foreign_id)).fill(singles=3).settle()
    world.mailbox.delete(world.ids["single-0"])
    world.clock.advance(60)
    assert world.sync() == 0
    world.mailbox.move_mailbox()
    world.clock.advance(60)
    assert world.sync() == 0
    undone(world, 2)
    assert [row["summary"] for row in world.copies("single-0")] == ["Single 0"]
    assert world.sync(unpin=True, full=True) == 0, world.report.skipped
    world.assert_exact()


@pytest.mark.parametrize("foreign_id", ["404-mailbox", "400", "404"])
def test_what_was_deleted_between_two_moves_of_a_mailbox_goes(foreign_id: str) -> None:
    world = World(graph=GraphSwitches(foreign_id=foreign_id)).fill(singles=3).settle()
    world.mailbox.move_mailbox()
    world.clock.advance(60)
    assert world.sync() == 0
    found = {item.fields["subject"]: one for one, item in world.mailbox.events.items()}
    world.mailbox.delete(found["Single 1"])
    world.mailbox.move_mailbox()
    world.clock.advance(60)
    assert world.sync() == 0, world.report.skipped
    world.assert_exact()


def test_an_undo_of_an_undo_leaves_no_second_copy_of_an_event_that_has_another_id_since() -> None:
    world = World(graph=GraphSwitches(ids_survive_moves=False, move_uid="same")).fill(singles=3).settle()
    other = world.mailbox.add_calendar("Other")
    away = world.mailbox.move_to_calendar(world.ids["single-0"], other)
    world.mailbox.move_to_calendar(away, world.mailbox.default_calendar)
    world.clock.advance(60)
    assert world.sync() == 0
    undone(world, 2)
    assert world.sync(unpin=True, full=True) == 0
    undone(world, 3)
    assert world.sync(unpin=True, full=True) == 0
    assert [row["summary"] for row in world.ours()].count("Single 0") == 1
    world.assert_exact()


@pytest.mark.parametrize("foreign_id", ["404-mailbox", "400"])
def test_what_was_over_when_a_mailbox_was_moved_stays_without_an_alarm(foreign_id: str) -> None:
    world = World(graph=GraphSwitches(foreign_id=foreign_id))
    world.ids["over"] = world.mailbox.create(timed("Over", TODAY + timedelta(1), 9))
    world.settle()
    [row] = world.copies("over")
    world.google.person_edit(world.destination, row["id"], colorId="11")
    world.mailbox.move_mailbox()
    world.clock.advance(40 * 86400)
    assert world.sync() == 0, world.error
    assert world.repair().exit_code == 0
    assert [row["colorId"] for row in world.copies("over")] == ["11"]


def shown(world: World) -> list[tuple[str, str]]:
    """Title and start of all that calmirror made."""
    return [(row["summary"], str(row["start"])) for row in world.ours()]
