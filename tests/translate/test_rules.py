# ruff: noqa: DTZ001 -- rules run on the wall clock, which has no zone
"""Recurrence patterns as rules, and the clock's odd hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calmirror.model.source import Recurrence
from calmirror.translate.rules import Rule, instants, is_clean, rules, wall

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
START = date(2026, 1, 1)
SHORT_YEARLY = "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28,29;BYSETPOS=-1"


def recurrence(**fields: Any) -> Recurrence:
    return Recurrence(**{"start_date": START} | fields)


def patterns(**fields: Any) -> list[str]:
    return [rule.pattern for rule in rules(recurrence(**fields))]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"type": "daily"}, ["FREQ=DAILY"]),
        ({"type": "daily", "interval": 2}, ["FREQ=DAILY;INTERVAL=2"]),
        ({"type": "daily", "interval": 0}, ["FREQ=DAILY"]),
        ({"type": "Daily"}, ["FREQ=DAILY"]),
        (
            {"type": "weekly", "days_of_week": ("monday", "Friday"), "interval": 3, "first_day_of_week": "Monday"},
            ["FREQ=WEEKLY;INTERVAL=3;BYDAY=MO,FR;WKST=MO"],
        ),
        (
            {
                "type": "weekly",
                "days_of_week": ("sunday", "tuesday", "wednesday", "thursday", "saturday"),
                "first_day_of_week": "",
            },
            ["FREQ=WEEKLY;BYDAY=SU,TU,WE,TH,SA;WKST=SU"],
        ),
        ({"type": "absoluteMonthly", "day_of_month": 1}, ["FREQ=MONTHLY;BYMONTHDAY=1"]),
        ({"type": "absoluteMonthly", "day_of_month": 28, "interval": 2}, ["FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=28"]),
        (
            {"type": "absoluteMonthly", "day_of_month": 29},
            ["FREQ=MONTHLY;BYMONTHDAY=28,29;BYSETPOS=-1", "FREQ=MONTHLY;BYMONTHDAY=29"],
        ),
        (
            {"type": "absoluteMonthly", "day_of_month": 30},
            ["FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1", "FREQ=MONTHLY;BYMONTHDAY=30"],
        ),
        (
            {"type": "absoluteMonthly", "day_of_month": 31},
            ["FREQ=MONTHLY;BYMONTHDAY=-1", "FREQ=MONTHLY;BYMONTHDAY=31"],
        ),
        (
            {"type": "relativeMonthly", "days_of_week": ("tuesday",), "index": "second"},
            ["FREQ=MONTHLY;BYDAY=2TU"],
        ),
        ({"type": "relativeMonthly", "days_of_week": ("friday",), "index": "Last"}, ["FREQ=MONTHLY;BYDAY=-1FR"]),
        (
            {"type": "relativeMonthly", "days_of_week": ("saturday", "sunday"), "index": "third", "interval": 2},
            ["FREQ=MONTHLY;INTERVAL=2;BYDAY=SA,SU;BYSETPOS=3"],
        ),
        (
            {"type": "absoluteYearly", "month": 12, "day_of_month": 30, "interval": 2},
            ["FREQ=YEARLY;INTERVAL=2;BYMONTH=12;BYMONTHDAY=30"],
        ),
        ({"type": "absoluteYearly", "month": 1, "day_of_month": 1}, ["FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=1"]),
        ({"type": "absoluteYearly", "month": 2, "day_of_month": 28}, ["FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28"]),
        (
            {"type": "absoluteYearly", "month": 2, "day_of_month": 29},
            [SHORT_YEARLY, "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"],
        ),
        (
            {"type": "absoluteYearly", "month": 4, "day_of_month": 31},
            ["FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=-1", "FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=31"],
        ),
        (
            {"type": "relativeYearly", "days_of_week": ("thursday",), "index": "fourth", "month": 11},
            ["FREQ=YEARLY;BYMONTH=11;BYDAY=4TH"],
        ),
        (
            {"type": "relativeYearly", "days_of_week": ("monday",), "index": "first", "month": 12},
            ["FREQ=YEARLY;BYMONTH=12;BYDAY=1MO"],
        ),
        ({"type": "relativeYearly", "days_of_week": ("monday",), "month": 1}, ["FREQ=YEARLY;BYMONTH=1;BYDAY=1MO"]),
    ],
)
def test_a_pattern_has_its_rule_and_the_other_reading_where_there_are_two(
    fields: dict[str, Any], expected: list[str]
) -> None:
    assert patterns(**fields) == expected


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "hourly"},
        {"type": ""},
        {"type": "weekly"},
        {"type": "weekly", "days_of_week": ("funday",)},
        {"type": "absoluteMonthly", "day_of_month": 0},
        {"type": "absoluteMonthly", "day_of_month": 32},
        {"type": "relativeMonthly", "days_of_week": ("monday",), "index": "fifth"},
        {"type": "relativeMonthly", "index": "first"},
        {"type": "absoluteYearly", "month": 0, "day_of_month": 1},
        {"type": "absoluteYearly", "month": 13, "day_of_month": 1},
        {"type": "absoluteYearly", "month": 1, "day_of_month": 0},
        {"type": "absoluteYearly", "month": 1, "day_of_month": 32},
        {"type": "relativeYearly", "days_of_week": ("monday",), "month": 0},
        {"type": "relativeYearly", "days_of_week": ("monday",), "month": 13},
        {"type": "relativeYearly", "month": 1},
    ],
)
def test_a_pattern_that_is_nonsense_or_unknown_has_no_rule(fields: dict[str, Any]) -> None:
    assert patterns(**fields) == []


def test_the_range_decides_whether_count_or_last_day_counts_and_the_other_is_filler() -> None:
    filler = {"type": "daily", "count": 5, "end_date": date(2026, 2, 1)}
    assert rules(recurrence(range_type="numbered", **filler)) == [Rule("FREQ=DAILY", 5, None)]
    assert rules(recurrence(range_type="endDate", **filler)) == [Rule("FREQ=DAILY", 0, date(2026, 2, 1))]
    assert rules(recurrence(range_type="noEnd", **filler)) == [Rule("FREQ=DAILY", 0, None)]


@pytest.mark.parametrize(
    ("rule", "zone", "expected"),
    [
        (Rule("FREQ=DAILY"), BERLIN, "RRULE:FREQ=DAILY"),
        (Rule("FREQ=DAILY"), None, "RRULE:FREQ=DAILY"),
        (Rule("FREQ=DAILY", count=5), BERLIN, "RRULE:FREQ=DAILY;COUNT=5"),
        (Rule("FREQ=DAILY", last=date(2026, 1, 31)), BERLIN, "RRULE:FREQ=DAILY;UNTIL=20260131T225959Z"),
        (Rule("FREQ=DAILY", last=date(2026, 7, 31)), BERLIN, "RRULE:FREQ=DAILY;UNTIL=20260731T215959Z"),
        (Rule("FREQ=DAILY", last=date(2026, 1, 31)), NEW_YORK, "RRULE:FREQ=DAILY;UNTIL=20260201T045959Z"),
        (Rule("FREQ=DAILY", last=date(2026, 1, 31)), None, "RRULE:FREQ=DAILY;UNTIL=20260131"),
    ],
)
def test_a_rule_ends_by_count_by_a_day_or_by_the_days_last_second_in_its_zone(
    rule: Rule, zone: ZoneInfo | None, expected: str
) -> None:
    assert rule.text(zone) == expected


def test_dropped_occurrences_count_no_more() -> None:
    assert Rule("FREQ=DAILY", count=5).text(BERLIN, dropped=2) == "RRULE:FREQ=DAILY;COUNT=3"


def test_a_rule_begins_with_the_first_day_that_fits_and_its_last_day_belongs_to_it() -> None:
    rule = Rule("FREQ=WEEKLY;BYDAY=MO;WKST=SU", last=date(2026, 1, 19))
    first = datetime(2026, 1, 1, 9)
    assert list(rule.starts(first)) == [datetime(2026, 1, day, 9) for day in (5, 12, 19)]


def test_a_rule_stops_after_its_count() -> None:
    assert list(Rule("FREQ=DAILY", count=2).starts(datetime(2026, 1, 1))) == [datetime(2026, 1, day) for day in (1, 2)]


def test_an_endless_rule_goes_on() -> None:
    assert len(list(islice(Rule("FREQ=DAILY").starts(datetime(2026, 1, 1)), 5000))) == 5000


@given(day=st.integers(29, 31), interval=st.integers(1, 4))
@settings(max_examples=20)
def test_a_short_month_has_its_last_day_in_the_first_reading(day: int, interval: int) -> None:
    rule = rules(recurrence(type="absoluteMonthly", day_of_month=day, interval=interval))[0]
    for start in islice(rule.starts(datetime(2026, 1, 1)), 24):
        last = (start.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        assert start.day == min(day, last.day)


def test_leap_day_is_the_28th_in_other_years() -> None:
    starts = islice(Rule(SHORT_YEARLY).starts(datetime(2027, 1, 1)), 3)
    assert [start.date() for start in starts] == [date(2027, 2, 28), date(2028, 2, 29), date(2029, 2, 28)]


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        (datetime(2026, 1, 1, 9), ("08:00", "08:00")),
        (datetime(2026, 3, 29, 2, 30), ("01:30", "00:30")),
        (datetime(2026, 10, 25, 2, 30), ("00:30", "01:30")),
    ],
)
def test_a_gap_and_a_repeated_hour_have_two_readings(local: datetime, expected: tuple[str, str]) -> None:
    assert tuple(f"{instant:%H:%M}" for instant in instants(local, BERLIN)) == expected


def test_wall_clock_time_is_naive() -> None:
    assert wall(datetime(2026, 7, 1, 7, tzinfo=UTC), BERLIN) == datetime(2026, 7, 1, 9)


@pytest.mark.parametrize(
    ("local", "hours", "clean"),
    [
        (datetime(2026, 3, 28, 9), 1, True),
        (datetime(2026, 3, 29, 1), 1, False),
        (datetime(2026, 3, 29, 2, 30), 1, False),
        (datetime(2026, 3, 29, 3), 1, True),
        (datetime(2026, 3, 28, 22), 8, False),
        (datetime(2026, 10, 25, 1), 0.5, True),
        (datetime(2026, 10, 25, 1), 1.5, False),
        (datetime(2026, 10, 25, 2, 30), 1, False),
        (datetime(2026, 10, 24, 22), 8, False),
        (datetime(2026, 10, 25, 3), 1, True),
    ],
)
def test_clean_is_what_neither_begins_nor_ends_in_nor_spans_a_change(
    local: datetime, hours: float, clean: bool
) -> None:
    assert is_clean(local, timedelta(hours=hours), BERLIN) is clean


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)), st.integers(1, 48 * 60))
@settings(max_examples=100)
def test_what_is_clean_lasts_as_long_by_the_wall_clock_as_in_truth(local: datetime, minutes: int) -> None:
    length = timedelta(minutes=minutes)
    if is_clean(local, length, BERLIN):
        start, end = instants(local, BERLIN)[0], instants(local + length, BERLIN)[0]
        assert end - start == length
        assert wall(end, BERLIN) == local + length
