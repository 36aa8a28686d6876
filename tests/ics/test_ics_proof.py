"""When a published calendar proves that an event is gone, and when it does not."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from feed_world import HEAD, TAIL, FeedWorld, days, event
from world import TODAY, timed

from calmirror.sandbox.ics.service import FeedSwitches

DAY = 86400


def titles(world: FeedWorld) -> set[str]:
    return {row["summary"] for row in world.ours()}


def hour(day: date) -> tuple[str, str]:
    return f":{day:%Y%m%d}T100000Z", f":{day:%Y%m%d}T110000Z"


def test_what_is_missing_within_what_the_feed_covers_goes():
    world = FeedWorld().serve(*days(24)).settle()
    events = list(days(24))
    del events[3]
    world.serve(*events)
    assert world.sync() == 0
    assert "day-3" not in titles(world)
    [deleted] = [a for a in world.report.plan.actions if a.verb.value == "delete"]
    assert (deleted.reason, deleted.proven) == ("no longer in the published calendar", True)


def test_the_last_events_of_all_stay_named_until_a_later_one_is_listed():
    world = FeedWorld().serve(*days(24)).settle()
    for _ in range(2):
        world.clock.advance(DAY)
        world.serve(*list(days(24))[:-2])
        assert world.sync() == 3
        assert {"day-22", "day-23"} <= titles(world)
        assert set(world.report.skipped) == {"ics:day-22", "ics:day-23"}
        assert "behind the last event" in world.report.skipped["ics:day-22"]
        assert world.verify().differences == ()
    later = event("later", *hour(TODAY + timedelta(40)))
    world.serve(*list(days(24))[:-2], later)
    assert world.sync() == 0
    assert titles(world) == {f"day-{number}" for number in range(22)} | {"later"}


ODD = {
    "an old changed occurrence": event("s", *hour(TODAY - timedelta(400)), "RRULE:FREQ=WEEKLY")
    + event("s", *hour(TODAY - timedelta(392)), f"RECURRENCE-ID:{TODAY - timedelta(393):%Y%m%d}T100000Z"),
    "an old single event": event("s", *hour(TODAY - timedelta(300))),
    "a single event of last century": event("s", ":19800101T100000Z", ":19800101T110000Z"),
    "an old changed occurrence without its series": event(
        "s", *hour(TODAY - timedelta(50)), f"RECURRENCE-ID:{TODAY - timedelta(51):%Y%m%d}T100000Z"
    ),
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_an_odd_event_says_nothing_of_how_far_back_the_feed_reaches(odd: str):
    listed = list(days(30, first=TODAY - timedelta(10)))
    world = FeedWorld().serve(*listed, odd).settle()
    for gone in range(1, 9):
        world.clock.advance(DAY)
        world.serve(*listed[gone:], odd)
        assert world.sync() == 0
    assert {f"day-{number}" for number in range(30)} <= titles(world)


FAR = {
    "nothing": "",
    "an event in a year": event("far", *hour(TODAY + timedelta(330))),
    "an event in another age": event("far", ":20990101T100000Z", ":20990101T110000Z"),
    "a changed occurrence far ahead": event("far", *hour(TODAY), "RRULE:FREQ=WEEKLY")
    + event("far", *hour(TODAY + timedelta(71)), f"RECURRENCE-ID:{TODAY + timedelta(70):%Y%m%d}T100000Z"),
}


@pytest.mark.parametrize("far", FAR.values(), ids=FAR)
def test_a_period_that_is_shortened_deletes_nothing(far: str):
    world = FeedWorld().serve(*days(60), far).settle()
    world.serve(*days(50), far)
    assert world.sync() == 3
    assert {f"day-{number}" for number in range(60)} <= titles(world)
    assert len(world.report.skipped) == 10


def test_ten_a_day_and_no_more():
    world = FeedWorld().serve(*days(40)).settle()
    world.serve(*list(days(40))[9:])
    assert world.sync() == 0
    assert len(titles(world)) == 31
    world.clock.advance(3600)
    world.serve(*list(days(40))[12:])
    assert world.sync() == 6
    assert len(titles(world)) == 31
    assert world.sync(allow_mass_delete=True) == 0
    assert len(titles(world)) == 28


def test_what_leaves_the_published_period_stays():
    world = FeedWorld(switches=FeedSwitches(back_days=5, ahead_days=200))
    for number in range(-4, 20):
        world.mailbox.create(timed(f"Event {number}", TODAY + timedelta(number), 9))
    world.reading(world.published).settle()
    assert len(titles(world)) == 24
    for _ in range(12):
        world.clock.advance(DAY)
        assert world.sync() == 0
        assert world.verify().differences == ()
    assert len(titles(world)) == 24


def test_what_is_farther_ahead_than_the_feed_reaches_stays_when_the_source_changes():
    world = FeedWorld(switches=FeedSwitches(back_days=20, ahead_days=25))
    for number in range(20):
        world.ids[f"{number}"] = world.mailbox.create(timed(f"Event {number}", TODAY + timedelta(3 * number), 9))
    world.settle()
    assert len(titles(world)) == 20
    assert world.reading(world.published).sync() == 0
    assert len(titles(world)) == 20
    assert world.verify().differences == ()
    # It has been seen by then, so that its absence means something.
    world.clock.advance(20 * DAY)
    assert world.sync() == 0
    world.mailbox.delete(world.ids["11"])
    assert world.sync() == 0
    assert titles(world) == {f"Event {number}" for number in range(20)} - {"Event 11"}


def test_a_yearly_series_that_is_not_within_the_period_stays():
    yearly = event("birthday", ";VALUE=DATE:20200410", ";VALUE=DATE:20200411", "RRULE:FREQ=YEARLY")
    world = FeedWorld().serve(*days(10), yearly).settle()
    assert "birthday" in titles(world)
    world.serve(*days(10))
    assert world.sync() == 0
    assert "birthday" in titles(world)
    world.serve(*days(40), yearly)
    assert world.sync() == 0
    world.serve(*days(40))
    assert world.sync() == 0
    assert "birthday" not in titles(world)


def test_an_event_that_moves_far_away_is_moved_and_not_lost():
    first = event("moves", *hour(TODAY + timedelta(5)))
    world = FeedWorld().serve(*days(12), first).settle()
    world.serve(*days(12), event("moves", *hour(TODAY + timedelta(500))))
    assert world.sync() == 0
    [row] = [row for row in world.ours() if row["summary"] == "moves"]
    assert row["start"]["dateTime"].startswith(str(TODAY + timedelta(500)))


AT = "DTSTART:20260318T100000Z"
BROKEN: dict[str, tuple[str, ...]] = {
    "no start": (),
    "a start that is none": ("DTSTART:2026031",),
    "a rule that is none": (AT, "RRULE:FREQ=OFTEN"),
    "a rule without end": ("DTSTART:19990318T100000Z", "RRULE:FREQ=SECONDLY"),
    "a rule that asks too much": ("DTSTART:16100318T100000Z", "RRULE:FREQ=HOURLY"),
    "a rule that never comes to anything": (AT, "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;BYSETPOS=9;X=1"),
    "a rule of another calendar": (AT, "RRULE:RSCALE=HEBREW;FREQ=YEARLY"),
    "a zone nobody knows": ("DTSTART;TZID=Atlantis:20260318T100000",),
    "an end before its start": (AT, "DTEND:20260318T090000Z"),
    "a year of no calendar": ("DTSTART:00010318T100000Z",),
    "an exception that is none": (AT, "RRULE:FREQ=DAILY", "EXDATE:soon"),
    "a length that is none": (AT, "DURATION:long"),
    "a rule of the old kind": (AT, "EXRULE:FREQ=DAILY"),
}


@pytest.mark.parametrize("lines", BROKEN.values(), ids=BROKEN)
def test_what_cannot_be_read_is_named_and_stays_and_the_others_go_on(lines):
    world = FeedWorld().serve(*days(12)).settle()
    before = [row for row in world.stored() if "day-2'" in row]
    others = [one for one in days(12) if "UID:day-2\r" not in one and "UID:day-5\r" not in one]
    new = event("new", *hour(TODAY + timedelta(3)))
    broken = ["BEGIN:VEVENT", "UID:day-2", "SUMMARY:day-2", *lines, "END:VEVENT"]
    world.serve(*others, new, "".join(f"{line}\r\n" for line in broken))
    assert world.sync() == 3
    assert set(world.report.skipped) == {"ics:day-2"}
    assert [row for row in world.stored() if "day-2'" in row] == before
    assert "new" in titles(world)
    assert "day-5" not in titles(world)
    world.clock.advance(900)
    assert world.sync() == 3
    world.serve(*others, new, next(one for one in days(12) if "UID:day-2\r" in one))
    assert world.sync() == 0
    assert world.verify().differences == ()


def test_an_event_that_loses_its_id_is_shown_once():
    world = FeedWorld().serve(*days(12)).settle()
    text = "".join(days(12)).replace("UID:day-4\r\n", "", 1)
    world.reading(world.feeds.put(HEAD + text + TAIL))
    assert world.sync() == 0
    assert "day-4" in titles(world)
    assert len(world.ours()) == 12
