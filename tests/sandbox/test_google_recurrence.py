# ruff: noqa: DTZ001 -- rules run on the wall clock, which has no zone
"""The stand-in's own expansion of rules, held against dateutil's."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from dateutil.rrule import rrulestr
from google_driver import Driver, message, timed, whole_days
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from calmirror.sandbox.google.recurrence import WEEKDAYS, InvalidRuleError, parse_rule, starts

plain_days = st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=4, unique=True)
month_days = st.lists(
    st.sampled_from([-31, -15, -2, -1, 1, 2, 15, 28, 29, 30, 31]), min_size=1, max_size=3, unique=True
)
months = st.lists(st.integers(1, 12), min_size=1, max_size=3, unique=True)
positions = st.lists(st.sampled_from([-3, -2, -1, 1, 2, 3, 5]), min_size=1, max_size=2, unique=True)


@st.composite
def rules(draw: st.DrawFn) -> str:
    """RRULE texts of every shape that both engines define alike."""
    freq = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    parts = [f"FREQ={freq}", f"INTERVAL={draw(st.integers(1, 5))}", f"WKST={draw(st.sampled_from(['MO', 'SU']))}"]
    # dateutil takes plain and numbered weekdays in one rule as "both", so a rule has only one kind.
    numbered = freq in ("MONTHLY", "YEARLY") and draw(st.booleans())
    ordinal = st.sampled_from(["1", "2", "-1", "+3", "4"]) if numbered else st.just("")
    if draw(st.booleans()):
        parts.append("BYDAY=" + ",".join(draw(ordinal) + day for day in draw(plain_days)))
    if freq != "WEEKLY" and draw(st.booleans()):
        parts.append("BYMONTHDAY=" + ",".join(map(str, draw(month_days))))
    if draw(st.booleans()):
        parts.append("BYMONTH=" + ",".join(map(str, draw(months))))
    if freq in ("MONTHLY", "YEARLY") and "BY" in "".join(parts[3:]) and draw(st.booleans()):
        parts.append("BYSETPOS=" + ",".join(map(str, draw(positions))))
    return ";".join(parts)


def by_dateutil(text: str, first: datetime, after: datetime, before: datetime) -> list[datetime]:
    """Those within [after, before); the UNTIL ends dateutil's walk at the next start after it."""
    # Of a rule that never matches there is none, and dateutil walks on to the year 9999.
    assume(next(starts(parse_rule(text, all_day=False), first, before, before + timedelta(days=15_000)), None))
    bounded = f"{text};UNTIL={before - timedelta(seconds=1):%Y%m%dT%H%M%S}"
    return list(rrulestr(bounded, dtstart=first).xafter(after, inc=True))


@settings(max_examples=150)
@given(rules(), st.datetimes(datetime(2020, 1, 1), datetime(2026, 1, 1)), st.integers(0, 2500))
def test_a_window_shows_what_dateutil_finds_there(text: str, first: datetime, days: int) -> None:
    first = first.replace(microsecond=0)
    after = first + timedelta(days=days, seconds=1)
    before = after + timedelta(days=800)
    found = starts(parse_rule(text, all_day=False), first, after, before)
    assert list(found) == by_dateutil(text, first, after, before)


@settings(max_examples=80)
@given(rules(), st.datetimes(datetime(2020, 1, 1), datetime(2026, 1, 1)), st.integers(1, 12))
def test_a_count_includes_the_first_start_even_where_the_rule_misses_it(text: str, first: datetime, count: int) -> None:
    first = first.replace(microsecond=0)
    before = first + timedelta(days=3000)
    expected = [first, *by_dateutil(text, first, first + timedelta(seconds=1), before)][:count]
    rule = parse_rule(f"{text};COUNT={count}", all_day=False)
    assert list(starts(rule, first, first, before)) == expected


def test_a_never_ending_daily_rule_is_cheap_a_century_later() -> None:
    rule = parse_rule("FREQ=DAILY", all_day=False)
    found = starts(rule, datetime(1980, 1, 1, 9), datetime(2080, 1, 1), datetime(2080, 1, 2))
    assert list(found) == [datetime(2080, 1, 1, 9)]


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=HOURLY",
        "INTERVAL=2",
        "FREQ=DAILY;COUNT=2;UNTIL=20260101T000000Z",
        "FREQ=DAILY;UNTIL=20260101T000000",
        "FREQ=DAILY;UNTIL=20261301",
        "FREQ=DAILY;COUNT=0",
        "FREQ=WEEKLY;BYDAY=1MO",
        "FREQ=MONTHLY;BYMONTHDAY=0",
        "FREQ=MONTHLY;BYDAY=XX",
        "FREQ=DAILY;NONSENSE=1",
        "FREQ=DAILY;;",
        "FREQ",
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(InvalidRuleError):
        parse_rule(text, all_day=False)


def test_a_refused_rule_is_named_in_the_answer() -> None:
    driver = Driver()
    answer = driver.events("POST", "", timed() | {"recurrence": ["RRULE:FREQ=DAILY;UNTIL=20210605T000000"]})
    assert (answer.status, message(answer)) == (400, "Invalid recurrence rule.")


def starts_of(driver: Driver, **query: str) -> list[str]:
    items = driver.events("GET", "", singleEvents="true", orderBy="startTime", **query).json()["items"]
    return [item["start"].get("date") or item["start"]["dateTime"] for item in items]


def test_a_series_keeps_its_wall_clock_across_the_change_of_offset() -> None:
    driver = Driver(time_zone="Europe/Berlin")
    driver.insert(
        **timed("2026-03-28T09:00:00", "2026-03-28T10:00:00", "Europe/Berlin"), recurrence=["RRULE:FREQ=DAILY;COUNT=2"]
    )
    assert starts_of(driver) == ["2026-03-28T09:00:00+01:00", "2026-03-29T09:00:00+02:00"]
    assert driver.listed(singleEvents="true") == ["meeting_20260328T080000Z", "meeting_20260329T070000Z"]


@pytest.mark.parametrize(
    ("switches", "start"),
    [({}, "2026-03-29T03:30:00+02:00"), ({"gap": "offset_after"}, "2026-03-29T01:30:00+01:00")],
)
def test_a_start_that_the_clocks_skip_is_read_by_the_switch(switches: dict[str, str], start: str) -> None:
    driver = Driver(time_zone="Europe/Berlin", **switches)
    driver.insert(
        **timed("2026-03-28T02:30:00", "2026-03-28T03:00:00", "Europe/Berlin"), recurrence=["RRULE:FREQ=DAILY;COUNT=3"]
    )
    assert starts_of(driver)[1] == start


def test_an_instance_that_is_listed_with_an_end_before_its_start_can_be_read() -> None:
    driver = Driver(time_zone="Europe/Berlin", gap="offset_after", instance_end="wall")
    driver.insert(
        **timed("2026-03-28T02:30:00", "2026-03-28T03:15:00", "Europe/Berlin"), recurrence=["RRULE:FREQ=DAILY;COUNT=3"]
    )
    assert [driver.events("GET", f"/{one}").status for one in driver.listed(singleEvents="true")] == [200] * 3


@pytest.mark.parametrize(
    ("switches", "start"),
    [({}, "2026-10-25T02:30:00+02:00"), ({"fold": "second"}, "2026-10-25T02:30:00+01:00")],
)
def test_a_start_that_comes_twice_is_read_by_the_switch(switches: dict[str, str], start: str) -> None:
    driver = Driver(time_zone="Europe/Berlin", **switches)
    driver.insert(
        **timed("2026-10-24T02:30:00", "2026-10-24T03:00:00", "Europe/Berlin"), recurrence=["RRULE:FREQ=DAILY;COUNT=3"]
    )
    assert starts_of(driver)[1] == start


@pytest.mark.parametrize(
    ("switches", "end"),
    [({}, "2026-03-29T07:00:00+02:00"), ({"instance_end": "wall"}, "2026-03-29T06:00:00+02:00")],
)
def test_a_night_shift_over_the_change_ends_by_the_switch(switches: dict[str, str], end: str) -> None:
    driver = Driver(time_zone="Europe/Berlin", **switches)
    driver.insert(
        **timed("2026-03-27T22:00:00", "2026-03-28T06:00:00", "Europe/Berlin"), recurrence=["RRULE:FREQ=DAILY;COUNT=2"]
    )
    assert driver.events("GET", "", singleEvents="true").json()["items"][1]["end"]["dateTime"] == end


def test_an_until_includes_the_start_that_it_names() -> None:
    driver = Driver()
    driver.insert(recurrence=["RRULE:FREQ=DAILY;UNTIL=20260322T090000Z"])
    assert starts_of(driver)[-1] == "2026-03-22T09:00:00Z"
    driver.insert("alla0", **whole_days("2026-05-01", "2026-05-02"), recurrence=["RRULE:FREQ=DAILY;UNTIL=20260503"])
    assert starts_of(driver)[-1] == "2026-05-03"


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("EXDATE:20260321T090000Z", 2),
        ("EXDATE;TZID=Europe/Berlin:20260321T100000", 2),
        ("EXDATE;VALUE=DATE-TIME;TZID=UTC:20260321T090000,20260322T090000", 1),
        ("EXDATE;VALUE=DATE:20260321", 3),
        ("EXDATE:20260321T100000Z", 3),
    ],
)
def test_an_exclusion_of_another_kind_or_time_is_accepted_and_excludes_nothing(line: str, left: int) -> None:
    driver = Driver()
    driver.insert(recurrence=["RRULE:FREQ=DAILY;COUNT=3", line])
    assert len(driver.listed(singleEvents="true")) == left


def test_an_all_day_series_excludes_days_and_adds_days() -> None:
    driver = Driver(time_zone="America/Los_Angeles")
    lines = ["RRULE:FREQ=WEEKLY;COUNT=3", "EXDATE;VALUE=DATE:20260327", "RDATE;VALUE=DATE:20260501,20260502"]
    driver.insert(**whole_days("2026-03-20", "2026-03-22"), recurrence=lines)
    assert starts_of(driver) == ["2026-03-20", "2026-04-03", "2026-05-01", "2026-05-02"]
    assert driver.listed(singleEvents="true")[0] == "meeting_20260320"
    assert driver.events("GET", "/meeting_20260403").json()["end"] == {"date": "2026-04-05"}


def test_a_never_ending_series_without_an_end_of_the_window_is_cut_off() -> None:
    driver = Driver()
    driver.insert(recurrence=["RRULE:FREQ=DAILY"])
    assert len(driver.listed(singleEvents="true", maxResults=2500)) == 730
