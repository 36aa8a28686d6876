"""Reasons, in a person's words."""

from __future__ import annotations

from typing import Any

import pytest

from calmirror.plan.explain import changed


def timed(start: str, end: str, zone: str = "Europe/Berlin") -> dict[str, Any]:
    """An event's times on one day, in summer."""
    ends = {"start": start, "end": end}
    return {
        which: {"dateTime": value if "T" in value else f"2026-06-01T{value}:00+02:00", "timeZone": zone}
        for which, value in ends.items()
    }


def days(start: str, end: str) -> dict[str, Any]:
    return {"start": {"date": start}, "end": {"date": end}}


NINE = timed("09:00", "10:00")
DAY = days("2026-06-01", "2026-06-02")
WEEKLY = "RRULE:FREQ=WEEKLY"


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (NINE, timed("09:30", "10:30"), "moved 30 min later"),
        (NINE, timed("07:00", "08:00"), "moved 2 h earlier"),
        (NINE, timed("10:15", "11:15"), "moved 1 h 15 min later"),
        (NINE, timed("2026-06-02T09:00:00+02:00", "2026-06-02T10:00:00+02:00"), "moved 1 day later"),
        (NINE, timed("2026-05-30T09:00:00+02:00", "2026-05-30T10:00:00+02:00"), "moved 2 days earlier"),
        (NINE, timed("2026-06-02T10:00:00+02:00", "2026-06-02T11:00:00+02:00"), "moved 25 h later"),
        (NINE, timed("2026-06-01T09:00:30+02:00", "2026-06-01T10:00:30+02:00"), "moved less than a minute later"),
        (NINE, timed("09:00", "10:30"), "30 min longer"),
        (NINE, timed("09:00", "09:15"), "45 min shorter"),
        (NINE, timed("08:00", "10:00"), "moved 1 h earlier, 1 h longer"),
        (NINE, timed("10:00", "10:30"), "moved 1 h later, 30 min shorter"),
        (NINE, timed("2026-06-01T08:00:00+01:00", "2026-06-01T09:00:00+01:00", "Europe/London"), "time zone"),
        (NINE, timed("08:00", "09:00", "Europe/London"), "moved 1 h earlier"),
        (NINE, DAY, "all-day or not"),
        (DAY, NINE, "all-day or not"),
        (DAY, days("2026-06-02", "2026-06-03"), "moved 1 day later"),
        (DAY, days("2026-06-01", "2026-06-04"), "2 days longer"),
        (NINE, NINE, "written anew"),
        (NINE, {}, "time"),
        ({}, NINE, "time"),
        (NINE, timed("T", "T"), "time"),
    ],
)
def test_a_change_of_time_is_told_as_a_person_would(before: dict[str, Any], after: dict[str, Any], words: str) -> None:
    assert changed(before, after) == words


@pytest.mark.parametrize(
    ("field", "word"),
    [
        ("summary", "title"),
        ("description", "text"),
        ("location", "place"),
        ("transparency", "free or busy"),
        ("visibility", "privacy"),
        ("reminders", "reminder"),
        ("source", "link to Outlook"),
        ("colorId", "colour"),
    ],
)
def test_each_field_has_its_word(field: str, word: str) -> None:
    assert changed(NINE, NINE | {field: "x"}) == word
    assert changed(NINE | {field: "y"}, NINE | {field: "x"}) == word
    assert changed(NINE | {field: "x"}, NINE | {field: "x"}) == "written anew"


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ([], [WEEKLY], "repeats now"),
        (None, [WEEKLY], "repeats now"),
        ([WEEKLY], None, "repeats no more"),
        ([WEEKLY], [f"{WEEKLY};COUNT=2"], "rule"),
        ([WEEKLY], [WEEKLY, "EXDATE;VALUE=DATE:20260601"], "cancelled occurrences"),
        ([WEEKLY], [WEEKLY], "written anew"),
        (None, [], "written anew"),
    ],
)
def test_a_change_of_the_rule_is_told(before: list[str] | None, after: list[str] | None, words: str) -> None:
    assert changed(NINE | {"recurrence": before}, NINE | {"recurrence": after}) == words


def test_everything_that_changed_is_told_and_without_a_record_nothing_can_be() -> None:
    after = timed("09:30", "10:30") | {"recurrence": [WEEKLY], "summary": "x", "location": "y"}
    assert changed(NINE, after) == "moved 30 min later, repeats now, title, place"
    assert changed(None, after) == "differs from what was written last"
