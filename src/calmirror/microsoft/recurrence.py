"""Graph's `patternedRecurrence` as a value, its names kept and its filler left unread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calmirror.microsoft.moments import LATEST_YEAR, OddValueError, day
from calmirror.model.source import Recurrence

if TYPE_CHECKING:
    from datetime import date

    from calmirror.microsoft.members import Members

PATTERNS = ("daily", "weekly", "absoluteMonthly", "relativeMonthly", "absoluteYearly", "relativeYearly")
RANGES = ("endDate", "noEnd", "numbered")
NO_DATE = ("", "0000-01-01", "0001-01-01")


def recurrence(event: Members) -> Recurrence | None:
    """The rule of a series master; None where Graph gives none.

    Raises:
        OddValueError: a rule that cannot be read.
    """
    if not event.has("recurrence"):
        return None
    pattern, limits = event.inner("recurrence").inner("pattern"), event.inner("recurrence").inner("range")
    range_type = limits.choice("type", RANGES, missing="noEnd")
    end_date = last_day(limits) if range_type == "endDate" else None
    count = limits.number("numberOfOccurrences") if range_type == "numbered" else 0
    if range_type not in RANGES or (range_type == "numbered" and count < 1):
        raise OddValueError("its series has a range that cannot be read")
    return Recurrence(
        type=pattern.choice("type", PATTERNS, missing=""),
        interval=max(pattern.number("interval", 1), 1),
        month=pattern.number("month"),
        day_of_month=pattern.number("dayOfMonth"),
        days_of_week=tuple(name.lower() for name in pattern.texts("daysOfWeek")),
        first_day_of_week=pattern.text("firstDayOfWeek").lower() or "sunday",
        index=pattern.text("index").lower() or "first",
        range_type="noEnd" if range_type == "endDate" and end_date is None else range_type,
        start_date=day(limits.text("startDate")),
        end_date=end_date,
        count=count,
        zone=limits.text("recurrenceTimeZone"),
    )


def last_day(limits: Members) -> date | None:
    """The range's inclusive end; None where it lies beyond Exchange's calendar, which is no end."""
    text = limits.text("endDate")
    if text in NO_DATE:
        raise OddValueError("its series should end and has no end")
    end = day(text)
    return end if end.year <= LATEST_YEAR else None
