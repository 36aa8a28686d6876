"""Shapes that RFC 5545 does not provide for, or that libraries read differently: what is meant by them."""

from __future__ import annotations

from pathlib import Path

import pytest
from feed_world import HEAD, TAIL, FeedWorld, event

from calmirror.ics.split import whole_feed
from calmirror.ics.zones import Zones

CITIES = "Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna"
BERLIN = ";TZID=Europe/Berlin:"


def starts(*events: str, head: str = HEAD) -> list[str]:
    world = FeedWorld().serve(*events, head=head)
    assert world.sync() == 0, world.report
    assert world.verify().differences == ()
    return [start for _, start, _ in world.shown()]


def test_a_changed_occurrence_named_by_its_day_alone():
    whole = event("a", f"{BERLIN}20260317T100000", f"{BERLIN}20260317T110000", "RRULE:FREQ=DAILY;COUNT=3")
    changed = event("a", f"{BERLIN}20260318T150000", f"{BERLIN}20260318T160000", "RECURRENCE-ID;VALUE=DATE:20260318")
    assert starts(whole, changed) == ["2026-03-17 09:00:00", "2026-03-18 14:00:00", "2026-03-19 09:00:00"]


def test_an_exdate_that_is_a_day_takes_the_occurrences_of_that_day():
    lines = ("RRULE:FREQ=DAILY;COUNT=3", "EXDATE;VALUE=DATE:20260318")
    whole = event("a", f"{BERLIN}20260317T003000", f"{BERLIN}20260317T010000", *lines)
    assert starts(whole) == ["2026-03-16 23:30:00", "2026-03-18 23:30:00"]


def test_a_changed_occurrence_wins_over_an_exdate():
    lines = ("RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20260318T090000Z")
    whole = event("a", ":20260317T090000Z", ":20260317T100000Z", *lines)
    changed = event("a", ":20260318T120000Z", ":20260318T130000Z", "RECURRENCE-ID:20260318T090000Z")
    assert starts(whole, changed) == ["2026-03-17 09:00:00", "2026-03-18 12:00:00", "2026-03-19 09:00:00"]


@pytest.mark.parametrize(
    "until", ["20260319T230000Z", "20260320T000000Z", "20260320", "20260320T120000Z", "20260320T235959Z"]
)
def test_days_that_end_at_midnight_somewhere(until: str):
    head = HEAD + "X-WR-TIMEZONE:Europe/Berlin\r\n"
    lines = f"RRULE:FREQ=DAILY;UNTIL={until}"
    assert starts(event("a", ";VALUE=DATE:20260318", ";VALUE=DATE:20260319", lines), head=head) == [
        *("2026-03-18", "2026-03-19", "2026-03-20"),
    ]


def test_times_without_a_zone_never_take_the_machines(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert starts(event("a", ":20260317T090000", ":20260317T100000")) == ["2026-03-17 09:00:00"]


def test_an_orphaned_change_is_shown_beside_its_series():
    whole = event("a", ":20260317T090000Z", ":20260317T100000Z", "RRULE:FREQ=WEEKLY;COUNT=2")
    stray = event("a", ":20260320T120000Z", ":20260320T130000Z", "RECURRENCE-ID:20260319T090000Z")
    assert starts(whole, stray) == ["2026-03-17 09:00:00", "2026-03-20 12:00:00", "2026-03-24 09:00:00"]


DAILY = event("a", ":20260316T100000Z", ":20260316T110000Z", "RRULE:FREQ=DAILY;COUNT=3")


def change(of: str, hour: int, *, day: int = 18, title: str = "changed") -> str:
    start, end = (f":202603{day}T{at:02}0000Z" for at in (hour, hour + 1))
    return event("a", start, end, f"RECURRENCE-ID:{of}", title=title)


CLOCKS = [
    "TZID=Europe/Lisbon:20260318T100000",
    "TZID=America/New_York:20260318T100000",
    "VALUE=DATE-TIME:20260318T100000Z",
]


@pytest.mark.parametrize("named", CLOCKS)
def test_a_change_named_by_what_the_clock_shows_means_that_occurrence(named: str):
    whole = event("a", f"{BERLIN}20260317T100000", f"{BERLIN}20260317T110000", "RRULE:FREQ=DAILY;COUNT=3")
    changed = event("a", f"{BERLIN}20260318T150000", f"{BERLIN}20260318T160000", f"RECURRENCE-ID;{named}")
    assert starts(whole, changed) == ["2026-03-17 09:00:00", "2026-03-18 14:00:00", "2026-03-19 09:00:00"]


STRAYS = {
    "before that day's occurrence": [("20260318T090000Z", 9)],
    "before and after": [("20260318T090000Z", 9), ("20260318T150000Z", 15)],
    "beside a change of the occurrence itself": [("20260318T090000Z", 9), ("20260318T100000Z", 15)],
    "after the series ended": [("20260320T100000Z", 9)],
}


@pytest.mark.parametrize("strays", STRAYS.values(), ids=STRAYS)
def test_a_change_of_no_occurrence_hides_none(strays: list[tuple[str, int]]):
    changes = [change(of, hour) for of, hour in strays]
    later = event("later", ":20260330T100000Z", ":20260330T110000Z")
    world = FeedWorld().serve(DAILY, *changes, later).settle()
    replaced = sum(of == "20260318T100000Z" for of, _ in strays)
    assert len(world.shown()) == 4 - replaced + len(strays)
    assert world.verify().differences == ()
    marked = world.mark()
    world.clock.advance(86400)
    assert world.sync() == 0
    assert world.writes_since(marked) == []
    world.serve(DAILY, later)
    assert world.sync() == 0
    assert [title for title, _, _ in world.shown()] == ["a"] * 3 + ["later"]


def test_a_series_that_becomes_a_single_event_and_one_again():
    series = event("a", ":20260317T090000Z", ":20260317T100000Z", "RRULE:FREQ=WEEKLY;COUNT=4")
    other = event("b", ":20260318T090000Z", ":20260318T100000Z")
    world = FeedWorld().serve(series, other)
    for events in ([series, other], [event("a", ":20260317T090000Z", ":20260317T100000Z"), other], [series, other]):
        world.serve(*events)
        assert world.sync() == 0
        assert world.verify().differences == ()


def test_two_calendars_in_one_answer_are_both_read():
    world = FeedWorld()
    one = HEAD + event("a", ":20260317T090000Z", ":20260317T100000Z") + TAIL
    two = HEAD + event("b", ":20260318T090000Z", ":20260318T100000Z") + TAIL
    world.reading(world.feeds.put(one + two)).settle()
    assert len(world.shown()) == 2


def test_the_order_of_events_and_their_stamps_do_not_matter():
    one, two = (
        event("a", ":20260317T090000Z", ":20260317T100000Z"),
        event("b", ":20260318T090000Z", ":20260318T100000Z"),
    )
    world = FeedWorld()
    world.feeds.switches.etag = False
    world.serve(one, two).settle()
    world.serve(two, one.replace("DTSTAMP:2026", "DTSTAMP:2027"))
    marked = world.mark()
    assert world.sync() == 0
    assert world.since(marked) == (0, 0)


@pytest.mark.parametrize(
    ("feed", "tzid", "name"),
    [
        ("owa-customized-time-zone", "Customized Time Zone", "America/New_York"),
        ("desktop-zone-in-german", "Mitteleuropäische Zeit", "Europe/Berlin"),
        ("desktop-zone-by-its-display-name", f"(UTC+01:00) {CITIES}", "Europe/Berlin"),
        ("zone-without-summer-by-its-offset", "Somewhere", "Asia/Katmandu"),
        ("zone-of-nowhere", "Ship's time", ""),
        ("mozilla-zone-with-a-path", "/mozilla.org/20070129_1/Europe/Berlin", "Europe/Berlin"),
        ("display-name-with-backslashes", "(UTC+07:00) Bangkok, Hanoi, Jakarta", "Asia/Bangkok"),
        ("southern-summer", "AUS Eastern Standard Time", "Australia/Sydney"),
    ],
)
def test_a_zone_is_known_by_its_name_or_by_its_clock(feed: str, tzid: str, name: str):
    whole = whole_feed((Path(__file__).parent / "feeds" / f"{feed}.ics").read_bytes())
    assert Zones(whole.zones, "", 2026).known(tzid).name == name


def test_a_start_that_the_clocks_skip_keeps_its_length():
    single = event("a", f"{BERLIN}20260329T023000", f"{BERLIN}20260329T031500")
    lines = "RRULE:FREQ=WEEKLY;COUNT=3"
    series = event("b", f"{BERLIN}20260322T024000", f"{BERLIN}20260322T031000", lines)
    world = FeedWorld().serve(single, series).settle()
    assert world.verify().differences == ()
    on_the_night = {shown for shown in world.shown() if shown[1].startswith("2026-03-29")}
    assert on_the_night == {
        ("a", "2026-03-29 01:30:00", "2026-03-29 02:15:00"),
        ("b", "2026-03-29 01:40:00", "2026-03-29 02:10:00"),
    }


LENGTHS = {"PT1W": "2026-03-24", "P1W": "2026-03-24", "P1DT24H": "2026-03-19", "P0D": "2026-03-18", "P2D": "2026-03-19"}


@pytest.mark.parametrize(("length", "end"), LENGTHS.items())
def test_a_length_is_read_as_it_is_meant(length: str, end: str):
    lasting = event("a", ";VALUE=DATE:20260317", "", f"DURATION:{length}").replace("DTEND\r\n", "")
    assert [last for _, _, last in FeedWorld().serve(lasting).settle().shown()] == [end]


def test_a_day_in_utc_is_that_day():
    whole = event("a", ";VALUE=DATE:20260317", ";VALUE=DATE:20260318", "RDATE:20260320Z")
    assert starts(whole) == ["2026-03-17", "2026-03-20"]
