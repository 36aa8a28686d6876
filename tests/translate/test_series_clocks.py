"""Series where clocks change: occurrences in gaps, in repeated hours, and nights over the change."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from outlook_series import (
    DAY,
    HOUR,
    WINDOW,
    day,
    days,
    part_of,
    parts_of,
    rule_of,
    timed,
    times_of,
    translated,
    utc,
)

from calmirror.model.policy import EVERYTHING
from calmirror.model.times import Span, Window
from calmirror.translate.series import desired_series

SUNDAYS, SATURDAYS = days("01-04", "12-27", 7), days("01-03", "12-26", 7)
"""Clocks change on Sundays; nights over the change begin on Saturdays."""
NIGHT = timedelta(hours=8)


def counted(on: list[date], **more: Any) -> dict[str, Any]:
    return {"range_type": "numbered", "count": len(on)} | more


def test_occurrences_in_a_gap_and_in_a_repeated_hour_become_copies() -> None:
    """The id of such an instance would depend on a convention of Google's."""
    desired = translated(timed(SUNDAYS, "02:30"))
    line = "EXDATE;TZID=Europe/Berlin:20260329T023000,20261025T023000"
    assert rule_of(desired) == ["RRULE:FREQ=DAILY;INTERVAL=7", line]
    assert parts_of(desired) == ["copy:20260329T013000Z", "copy:20261025T003000Z"]
    assert desired.holes == {"20260329T013000Z", "20261025T003000Z"}
    gap, fold = desired.parts[1:]
    assert times_of(gap) == ("2026-03-29T03:30:00+02:00", "2026-03-29T03:31:00+02:00")
    assert times_of(fold) == ("2026-10-25T02:30:00+02:00", "2026-10-25T03:30:00+01:00")
    assert {part.instance for part in desired.parts} == {""}


def test_a_zone_without_a_name_is_found_though_one_occurrence_is_in_a_gap() -> None:
    desired = translated(timed(SUNDAYS, "02:30", named=""))
    assert desired.parts[0].body["start"]["timeZone"] == "Europe/Berlin"
    assert parts_of(desired) == ["copy:20260329T013000Z", "copy:20261025T003000Z"]


def test_microsofts_own_times_are_taken_for_what_clocks_make_uncertain() -> None:
    series = timed(SUNDAYS, "02:30")
    back = Span(utc("03-29 00:30"), utc("03-29 01:30"))
    listed = tuple(replace(s, start=back.start, end=back.end) if s.id == "o-2026-03-29" else s for s in series.listed)
    part = translated(replace(series, listed=listed)).parts[1]
    assert (part.part, part.starts) == ("copy:20260329T013000Z", back.start.isoformat())
    assert part.ends == back.end.isoformat()


def test_a_cancelled_or_moved_occurrence_in_a_gap_is_no_copy_or_a_moved_one() -> None:
    cancelled = translated(timed(SUNDAYS, "02:30", cancelled=[day("03-29")]))
    assert parts_of(cancelled) == ["copy:20261025T003000Z"]
    moved = {day("03-29"): Span(utc("03-30 12:00"), utc("03-30 13:00"))}
    part = part_of(translated(timed(SUNDAYS, "02:30", moved=moved)), "copy:20260329T013000Z")
    assert (part.body["summary"], part.starts) == ("Moved", "2026-03-30T12:00:00+00:00")


def test_a_copy_outside_the_window_is_left_out_though_the_rule_still_is_without_it() -> None:
    later = Window(utc("06-01 00:00"), WINDOW.end)
    desired = translated(timed(SUNDAYS, "02:30", window=later), window=later, since=WINDOW.start)
    assert "20260329T023000" in rule_of(desired)[1]
    assert parts_of(desired) == ["copy:20261025T003000Z"]


@pytest.mark.parametrize(("since", "apart"), [("03-30 01:30", True), ("03-30 01:31", False)])
def test_odd_times_are_looked_at_from_a_day_before_the_first_day_on(since: str, apart: bool) -> None:
    desired = translated(timed(SUNDAYS, "02:30"), since=utc(since))
    assert ("20260329T023000" in rule_of(desired)[1]) is apart


@pytest.mark.parametrize(("end", "apart"), [("10-25 00:30", False), ("10-25 00:31", True)])
def test_odd_times_are_looked_at_up_to_the_windows_end(end: str, apart: bool) -> None:
    window = Window(WINDOW.start, utc(end))
    lines = rule_of(translated(timed(SUNDAYS, "02:30", window=window), window=window))
    assert ("20261025T023000" in lines[1]) is apart


def test_a_series_that_begins_in_a_repeated_hour_begins_with_the_next_occurrence() -> None:
    on = days("10-25", "10-29")
    desired = translated(timed(on, "02:30", recurrence=counted(on)))
    assert rule_of(desired) == ["RRULE:FREQ=DAILY;COUNT=4"]
    assert times_of(desired.parts[0]) == ("2026-10-26T02:30:00+01:00", "2026-10-26T03:30:00+01:00")
    assert desired.parts[0].starts == "2026-10-26T01:30:00+00:00"
    assert parts_of(desired) == ["copy:20261025T003000Z"]
    assert desired.holes == frozenset()


def test_a_series_that_begins_in_a_gap_has_lost_its_time_and_is_mirrored_as_listed() -> None:
    """Its master is given where Microsoft moved it to; only the list tells when the others are."""
    on = days("03-29", "04-02")
    series = timed(on, "02:30", recurrence=counted(on))
    assert desired_series(series, window=WINDOW, since=WINDOW.start, policy=EVERYTHING) is None
    desired = translated(replace(series, listed_complete=True))
    assert [part.starts[5:16] for part in desired.parts] == ["03-29T01:30"] + [f"{one:%m-%d}T00:30" for one in on[1:]]


def test_a_series_that_begins_with_a_night_over_the_change_begins_with_the_next() -> None:
    """Its length is taken from its first occurrence."""
    on = days("03-28", "04-02")
    desired = translated(timed(on, "22:00", length=NIGHT, recurrence=counted(on)))
    assert rule_of(desired) == ["RRULE:FREQ=DAILY;COUNT=5"]
    assert parts_of(desired) == ["copy:20260328T210000Z"]
    assert desired.parts[1].ends == "2026-03-29T04:00:00+00:00"


def test_a_night_over_the_change_overrides_its_instance_with_the_end_on_outlooks_clock() -> None:
    desired = translated(timed(SATURDAYS, "22:00", length=NIGHT))
    assert parts_of(desired) == ["override:20260328T210000Z", "override:20261024T200000Z"]
    assert times_of(desired.parts[1]) == ("2026-03-28T22:00:00+01:00", "2026-03-29T06:00:00+02:00")
    assert times_of(desired.parts[2]) == ("2026-10-24T22:00:00+02:00", "2026-10-25T06:00:00+01:00")
    assert len(rule_of(desired)) == 1
    cancelled = translated(timed(SATURDAYS, "22:00", length=NIGHT, cancelled=[day("03-28")]))
    assert parts_of(cancelled) == ["override:20261024T200000Z"]


def test_an_overridden_night_over_the_change_outside_the_window_is_left_as_it_is() -> None:
    later = Window(utc("06-01 00:00"), WINDOW.end)
    series = timed(SATURDAYS, "22:00", length=NIGHT, window=later)
    desired = translated(series, window=later, since=WINDOW.start)
    assert parts_of(desired) == ["override:20261024T200000Z"]
    assert desired.untold == {"20260328T210000Z"}


@pytest.mark.parametrize(
    ("on", "clock", "length", "changes"),
    [
        (SUNDAYS, "09:00", HOUR, 0),
        (SATURDAYS, "22:00", NIGHT, 0),
        (SUNDAYS, "02:30", HOUR, 1),
        (SATURDAYS, "00:15", 26 * HOUR, 0),
    ],
)
def test_the_rule_stays_as_it_is_while_the_window_rolls(
    on: list[date], clock: str, length: timedelta, changes: int
) -> None:
    """It is written again only when another change of the clocks comes into sight."""
    bodies = []
    for rolled in range(0, 200, 30):
        window = Window(WINDOW.start + rolled * DAY, WINDOW.start + (90 + rolled) * DAY)
        moved = {on[9]: Span(utc("03-11 12:00"), utc("03-11 12:30"))}
        series = timed(on, clock, length=length, window=window, cancelled=[on[22]], moved=moved)
        desired = translated(series, window=window, since=WINDOW.start)
        bodies.append((desired.parts[0], desired.schedule))
    assert sum(one != two for one, two in pairwise(bodies)) == changes


def test_a_series_whose_only_occurrence_is_in_a_repeated_hour_is_a_copy_alone() -> None:
    only = [day("10-25")]
    desired = translated(timed(only, "02:30", recurrence=counted(only)))
    assert desired.exploded
    assert parts_of(desired) == ["copy:20261025T003000Z"]
