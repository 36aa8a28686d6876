"""An exception is where it is now, wherever it came from: into the window and out of it again."""

from datetime import date, timedelta

import pytest
from world import BERLIN, TODAY, World, moved, timed, weekly

SOON = TODAY + timedelta(5)
DAY = 86400


def endless(subject, day, hour):
    """A weekly series without an end."""
    event = weekly(subject, day, hour)
    event["recurrence"]["range"] = {"type": "noEnd", "startDate": str(day), "recurrenceTimeZone": BERLIN}
    return event


def half_past_two(day):
    """A series that is repeated on Sundays at 02:30, which some nights have twice and some not at all."""
    event = endless("Backup", day, 2)
    for edge in ("start", "end"):
        event[edge] = {**event[edge], "dateTime": event[edge]["dateTime"].replace(":00:00", ":30:00")}
    return event


def shown(world):
    """Every start that Google shows in the window, by the local clock."""
    rows = world.google.events(world.destination)
    return {row["start"]["dateTime"][:16] for row in rows if row.get("status") != "cancelled" and "start" in row}


@pytest.mark.parametrize("back", [{}, {"subject": "Other"}], ids=["as it was", "renamed"])
@pytest.mark.parametrize("to", [date(2026, 1, 12), date(2026, 1, 13), date(2026, 2, 3)])
def test_an_exception_that_leaves_the_window_again_leaves_google_too(to, back):
    world = World()
    world.ids["x"] = world.mailbox.create(endless("Weekly", date(2026, 1, 5), 9))
    world.settle()
    world.mailbox.edit_occurrence(world.ids["x"], date(2026, 1, 12), **moved(SOON, 7))
    assert world.sync() == 0
    world.assert_exact()
    assert f"{SOON}T07:00" in shown(world)
    world.mailbox.edit_occurrence(world.ids["x"], date(2026, 1, 12), **moved(to, 9), **back)
    assert world.sync() == 0
    assert f"{SOON}T07:00" not in shown(world)
    world.assert_exact()
    marked = world.mark()
    world.clock.advance(DAY + 3600)
    assert world.sync() == 0
    assert world.writes_since(marked) == []


def test_an_exception_that_moves_in_twice_is_shown_twice_as_it_is():
    world = World()
    world.ids["x"] = world.mailbox.create(endless("Weekly", date(2026, 1, 5), 9))
    world.settle()
    for day in (SOON, date(2026, 1, 12), SOON + timedelta(1), date(2026, 1, 14)):
        world.mailbox.edit_occurrence(world.ids["x"], date(2026, 1, 12), **moved(day, 7))
        assert world.sync() == 0
        world.assert_exact()


ODD_NIGHTS = [date(2025, 3, 30), date(2025, 10, 26), date(2026, 3, 29), date(2026, 10, 25), date(2028, 10, 29)]


@pytest.mark.parametrize("night", ODD_NIGHTS)
@pytest.mark.parametrize("first", ["the series", "the move"])
def test_an_exception_of_an_odd_night_is_shown_where_it_is_now(night, first):
    world = World()
    world.ids["x"] = world.mailbox.create(half_past_two(date(2025, 1, 5)))
    if first == "the series":
        world.settle()
    world.mailbox.edit_occurrence(world.ids["x"], night, **moved(SOON, 20))
    assert world.sync() == 0
    world.assert_exact()
    assert f"{SOON}T20:00" in shown(world)
    world.mailbox.edit_occurrence(world.ids["x"], night, **moved(date(2026, 1, 20), 20))
    assert world.sync() == 0
    world.assert_exact()
    assert f"{SOON}T20:00" not in shown(world)


@pytest.mark.parametrize("day", [date(2025, 3, 29), date(2025, 10, 25)])
def test_a_first_occurrence_that_spans_a_clock_change_is_shown_where_it_is_now(day):
    """The recurring event cannot begin with it: its length would be taken from that night."""
    world = World()
    event = endless("Night", day, 22)
    event["end"] = timed("", day + timedelta(1), 6)["start"]
    world.ids["x"] = world.mailbox.create(event)
    world.settle()
    world.mailbox.edit_occurrence(world.ids["x"], day, **moved(SOON, 20))
    assert world.sync() == 0
    world.assert_exact()
    assert f"{SOON}T20:00" in shown(world)
