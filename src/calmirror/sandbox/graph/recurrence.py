"""Graph's own recurrence pattern, expanded to local dates. No RRULE and no library that thinks in RRULE."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
INDEXES = {"first": 0, "second": 1, "third": 2, "fourth": 3, "last": -1}
TYPES = ("daily", "weekly", "absolutemonthly", "relativemonthly", "absoluteyearly", "relativeyearly")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One pattern and its range. Week days are 0 for Monday; `last` is inclusive; `count` 0 means no count."""

    type: str
    interval: int
    start: date
    last: date = date.max
    count: int = 0
    weekdays: frozenset[int] = frozenset()
    week_start: int = 6
    day_of_month: int = 1
    month: int = 1
    index: str = "first"
    clamp: bool = True

    def dates(self, since: date, until: date) -> Iterator[date]:
        """Original dates between both (inclusive), in order; deleted ones are among them."""
        until, found = min(until, self.last), 0
        period = 0 if self.count else self._period_near(since)
        while True:
            days = self._days(period)
            if days is None:
                return
            for day in days:
                if day < self.start:
                    continue
                if day > until:
                    return
                found += 1
                if day >= since:
                    yield day
                if found == self.count:
                    return
            if self._begin(period) > until:
                return
            period += 1

    def first(self) -> date | None:
        """The first occurrence; None where the range ends before it."""
        return next(self.dates(self.start, _years_later(self.start, 40)), None)

    def _period_near(self, since: date) -> int:
        """A period that begins at or before `since`, so that old series are not walked from their start."""
        if since <= self.start:
            return 0
        days = {"daily": 1, "weekly": 7}.get(self.type, 31 if self.type.endswith("monthly") else 366)
        return max(0, (since - self.start).days // (days * self.interval) - 2)

    def _begin(self, period: int) -> date:
        step = self.interval * period
        if self.type == "daily":
            return self.start + timedelta(days=step)
        if self.type == "weekly":
            return self._week() + timedelta(days=7 * step)
        year, month = self._month(step)
        return date(year, month, 1)

    def _week(self) -> date:
        back = (self.start.weekday() - self.week_start) % 7
        return self.start - timedelta(days=min(back, self.start.toordinal() - 1))

    def _month(self, step: int) -> tuple[int, int]:
        if self.type.endswith("yearly"):
            return self.start.year + step, self.month
        months = self.start.year * 12 + self.start.month - 1 + step
        return months // 12, months % 12 + 1

    def _days(self, period: int) -> list[date] | None:
        """The dates of one period, in order; None after the calendar's end."""
        try:
            begin = self._begin(period)
            if self.type == "daily":
                return [begin]
            if self.type == "weekly":
                return sorted(begin + timedelta(days=(day - self.week_start) % 7) for day in self.weekdays)
        except (OverflowError, ValueError):
            return None
        days = calendar.monthrange(begin.year, begin.month)[1]
        if self.type.startswith("absolute"):
            fits = self.clamp or self.day_of_month <= days
            return [begin.replace(day=min(self.day_of_month, days))] if fits else []
        matching = [day for day in range(1, days + 1) if begin.replace(day=day).weekday() in self.weekdays]
        return [begin.replace(day=matching[INDEXES[self.index]])]


def rule_of(recurrence: dict[str, Any], start: date, *, clamp: bool) -> Rule:
    """Reads a patternedRecurrence as posted; raises ValueError for what Graph would refuse."""
    pattern, limits = recurrence["pattern"], recurrence.get("range") or {"type": "noEnd"}
    kind = str(pattern["type"]).lower()
    if kind not in TYPES:
        raise ValueError(f"unknown pattern type {pattern['type']!r}")
    posted = date.fromisoformat(limits.get("startDate") or start.isoformat())
    if posted != start:
        raise ValueError(f"range.startDate {posted} is not the date of the event's start, {start}")
    weekdays = frozenset(WEEKDAYS.index(str(day).lower()) for day in pattern.get("daysOfWeek") or ())
    if not weekdays and (kind == "weekly" or kind.startswith("relative")):
        raise ValueError(f"{pattern['type']} needs daysOfWeek")
    if int(pattern.get("interval", 1)) < 1:
        raise ValueError("the interval must be 1 or more")
    range_type = str(limits["type"]).lower()
    return Rule(
        type=kind,
        interval=int(pattern.get("interval", 1)),
        start=start,
        last=date.fromisoformat(limits["endDate"]) if range_type == "enddate" else date.max,
        count=int(limits["numberOfOccurrences"]) if range_type == "numbered" else 0,
        weekdays=weekdays,
        week_start=WEEKDAYS.index(str(pattern.get("firstDayOfWeek") or "sunday").lower()),
        day_of_month=int(pattern.get("dayOfMonth") or start.day),
        month=int(pattern.get("month") or start.month),
        index=str(pattern.get("index") or "first").lower(),
        clamp=clamp,
    )


def wire_recurrence(
    recurrence: dict[str, Any], first: date, zone_name: str, *, no_end_date: str = "0001-01-01"
) -> dict[str, Any]:
    """A patternedRecurrence as the service sends it: members that the type does not use hold filler."""
    pattern, limits = recurrence["pattern"], recurrence.get("range") or {"type": "noEnd"}
    kind = next(k for k in WIRE_TYPES if k.lower() == str(pattern["type"]).lower())
    absolute = kind.startswith("absolute")
    sent: dict[str, Any] = {
        "type": kind,
        "interval": int(pattern.get("interval", 1)),
        "month": int(pattern.get("month") or first.month) if kind.endswith("Yearly") else 0,
        "dayOfMonth": int(pattern.get("dayOfMonth") or first.day) if absolute else 0,
    }
    if kind == "weekly" or kind.startswith("relative"):
        sent["daysOfWeek"] = [str(day).lower() for day in pattern["daysOfWeek"]]
    sent["firstDayOfWeek"] = str(pattern.get("firstDayOfWeek") or "sunday").lower() if kind == "weekly" else "sunday"
    sent["index"] = str(pattern.get("index") or "first").lower() if kind.startswith("relative") else "first"
    range_type = str(limits["type"]).lower()
    return {
        "pattern": sent,
        "range": {
            "type": {"enddate": "endDate", "numbered": "numbered"}.get(range_type, "noEnd"),
            "startDate": first.isoformat(),
            "endDate": limits["endDate"] if range_type == "enddate" else no_end_date,
            "recurrenceTimeZone": zone_name,
            "numberOfOccurrences": int(limits["numberOfOccurrences"]) if range_type == "numbered" else 0,
        },
    }


WIRE_TYPES = ("daily", "weekly", "absoluteMonthly", "relativeMonthly", "absoluteYearly", "relativeYearly")


def _years_later(day: date, years: int) -> date:
    return date(min(day.year + years, 9999), 12, 31)
