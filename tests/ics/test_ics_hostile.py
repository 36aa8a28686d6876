"""A feed cannot hold a run: what would take too long to follow is left out and named, and the rest is mirrored."""

from __future__ import annotations

from datetime import timedelta

import pytest
from feed_world import FeedWorld, event
from world import TODAY

EVERY = ",".join(map(str, range(60)))
HOURS = ",".join(map(str, range(24)))
AT, END = ":20260320T100000Z", ":20260320T110000Z"


def zone(rule: str, blocks: int = 1) -> str:
    offsets = "DTSTART:16010101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n"
    block = "BEGIN:STANDARD\r\n" + offsets + "RRULE:{}\r\nEND:STANDARD\r\n"
    return "BEGIN:VTIMEZONE\r\nTZID:Own\r\n" + block.format(rule) * blocks + "END:VTIMEZONE\r\n"


HOSTILE = {
    "a day that no month has": event("bad", AT, END, "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"),
    "a weekday that the step never meets": event("bad", AT, END, "RRULE:FREQ=DAILY;INTERVAL=7;BYDAY=MO"),
    "an hour that the step never meets": event("bad", AT, END, "RRULE:FREQ=HOURLY;INTERVAL=24;BYHOUR=3"),
    "never, with an end": event("bad", AT, END, "RRULE:FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=31;UNTIL=20270101"),
    "every minute": event("bad", AT, END, f"RRULE:FREQ=DAILY;BYHOUR={HOURS};BYMINUTE={EVERY}"),
    "every second": event("bad", AT, END, f"RRULE:FREQ=DAILY;BYHOUR={HOURS};BYMINUTE={EVERY};BYSECOND={EVERY}"),
    "the last of every minute": event("bad", AT, END, f"RRULE:FREQ=YEARLY;BYHOUR={HOURS};BYMINUTE={EVERY};BYSETPOS=-1"),
    "daily since 1770": event("bad", ":17700101T100000Z", ":17700101T110000Z", "RRULE:FREQ=DAILY"),
    "counted since 1770": event("bad", ":17700101T100000Z", ":17700101T110000Z", "RRULE:FREQ=DAILY;COUNT=99999"),
    "a thousand rules": event("bad", AT, END, *["RRULE:FREQ=DAILY"] * 1000),
    "a thousand changes of all that follow": event("bad", AT, END, "RRULE:FREQ=DAILY")
    + "".join(
        event("bad", AT, END, f"RECURRENCE-ID;RANGE=THISANDFUTURE:{TODAY + timedelta(days=n):%Y%m%d}T100000Z")
        for n in range(1000)
    ),
}  # fmt: skip
ZONES = {
    "a clock that changes daily": zone("FREQ=DAILY"),
    "a clock that changes hourly": zone("FREQ=HOURLY"),
    "a thousand rules for a clock": zone("FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", 1000),
    "a clock that changes every second": zone(f"FREQ=YEARLY;BYSECOND={EVERY}"),
}
GOOD = event("good", ":20260321T100000Z", ":20260321T110000Z")


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_what_takes_too_long_is_named_and_the_rest_is_mirrored(text: str):
    world = FeedWorld().serve(text, GOOD)
    assert world.sync() == 3
    assert [title for title, _, _ in world.shown()] == ["good"]
    assert list(world.report.skipped) == ["ics:bad"]


@pytest.mark.parametrize("zones", ZONES.values(), ids=ZONES)
def test_a_zone_that_takes_too_long_is_none(zones: str):
    world = FeedWorld().serve(event("bad", ";TZID=Own:20260320T100000", ";TZID=Own:20260320T110000"), GOOD, zones=zones)
    assert world.sync() == 3
    assert [title for title, _, _ in world.shown()] == ["good"]
    assert list(world.report.skipped.values()) == ["its time zone cannot be read"]


def test_series_that_are_many_are_followed_as_far_as_it_goes():
    many = [event(f"s{n}", AT, END, "RRULE:FREQ=DAILY") for n in range(600)]
    from datetime import UTC, datetime

    from calmirror.ics.contents import contents
    from calmirror.ics.split import whole_feed
    from calmirror.model.times import Window

    feed = whole_feed(("BEGIN:VCALENDAR\r\n" + "".join(many) + "END:VCALENDAR\r\n").encode())
    found = contents(feed, Window(datetime(2026, 3, 1, tzinfo=UTC), datetime(2027, 3, 1, tzinfo=UTC)), 2026)
    assert len(found.series) > 100
    assert len(found.series) + len(found.unreadable) == 600
    assert {*found.unreadable.values()} == {"the series of this calendar take too long to follow, up to this one"}


OLD = {
    "hourly": event("old", ":20250320T100000Z", ":20250320T110000Z", "RRULE:FREQ=HOURLY;INTERVAL=5"),
    "daily": event("old", ":18990320T100000Z", ":18990320T110000Z", "RRULE:FREQ=DAILY;INTERVAL=3"),
    "weekly": event("old", ":16100320T100000Z", ":16100320T110000Z", "RRULE:FREQ=WEEKLY;INTERVAL=3;BYDAY=TU;WKST=SU"),
    "monthly from 29 February": event("old", ":16120229T100000Z", ":16120229T110000Z", "RRULE:FREQ=MONTHLY;INTERVAL=7"),
    "yearly": event("old", ":16100320T100000Z", ":16100320T110000Z", "RRULE:FREQ=YEARLY;INTERVAL=2;BYMONTH=3,4"),
    "with a part that nobody knows": event("old", AT, END, "RRULE:FREQ=DAILY;COUNT=3;X-EVERY=DAY"),
    "of a thousand years each": event("old", AT, END, "RRULE:FREQ=YEARLY;INTERVAL=1000"),
}  # fmt: skip


@pytest.mark.parametrize("text", OLD.values(), ids=OLD)
def test_a_long_history_is_proved_as_well(text: str):
    world = FeedWorld().serve(text, GOOD)
    assert world.sync() == 0
    assert world.shown()[1:]
    assert world.verify().differences == ()
