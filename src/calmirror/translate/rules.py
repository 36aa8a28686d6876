"""Graph's recurrence patterns as RFC 5545 rules, when their occurrences start, and what clocks make of that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

from calmirror.model.source import Recurrence
from calmirror.translate.starts import by_days, by_library

_DAYS = {
    "sunday": "SU",
    "monday": "MO",
    "tuesday": "TU",
    "wednesday": "WE",
    "thursday": "TH",
    "friday": "FR",
    "saturday": "SA",
}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NAIVE_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - wall-clock times are naive
COMPARED = 3000
"""Occurrences by which two rules are compared."""
_NTH = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1}


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to write a recurrence: `pattern` is the RRULE without its end; the end is `count` or `last`.

    `last` is the inclusive local date of the range's end.
    """

    pattern: str
    count: int = 0
    last: date | None = None

    def starts(self, first: datetime) -> Iterator[datetime]:
        """Naive local starts in order, from the first that matches the pattern on or after `first`."""
        starts = by_days(self.pattern, first) or by_library(self.pattern, first)
        if self.count:
            starts = islice(starts, self.count)
        return takewhile(datetime.combine(self.last, time.max).__ge__, starts) if self.last else starts

    def text(self, zone: ZoneInfo | None, *, dropped: int = 0) -> str:
        """The RRULE line; `zone` is None for all-day series, whose UNTIL is a date.

        `dropped` leading occurrences are not part of it and no longer count.
        """
        if self.count:
            return f"RRULE:{self.pattern};COUNT={self.count - dropped}"
        if self.last is None:
            return f"RRULE:{self.pattern}"
        if zone is None:
            return f"RRULE:{self.pattern};UNTIL={self.last:%Y%m%d}"
        # The last second of the day, not the last start: a series whose time moves keeps its UNTIL.
        until = datetime.combine(self.last, time(23, 59, 59), zone).astimezone(UTC)
        return f"RRULE:{self.pattern};UNTIL={until:%Y%m%dT%H%M%SZ}"


@lru_cache(maxsize=1 << 10)
def last_counted(rule: Rule, first: datetime) -> datetime | None:
    """The last of the `count` starts of a rule; None where there is none."""
    return max(rule.starts(first), default=None)


def means_the_same(rule: str, other: str, first: datetime, zone: ZoneInfo | None) -> bool:
    """Whether two RRULE lines have the same occurrences, as far as years go; `first` is the wall-clock start."""
    ends, other_ends = (any(part in line for part in ("COUNT=", "UNTIL=")) for line in (rule, other))
    if rule == other or ends != other_ends:
        return rule == other
    return list(_wall_starts(rule, first, zone)) == list(_wall_starts(other, first, zone))


def _wall_starts(line: str, first: datetime, zone: ZoneInfo | None) -> Iterator[datetime]:
    parts = dict(part.partition("=")[::2] for part in line.removeprefix("RRULE:").split(";"))
    until = parts.pop("UNTIL", "")
    starts = islice(by_library(";".join(f"{name}={value}" for name, value in parts.items()), first), COMPARED)
    if not until:
        return starts
    if zone is None or "T" not in until:
        return takewhile(lambda start: f"{start:%Y%m%d}" <= until[:8], starts)
    return takewhile(lambda start: f"{instants(start, zone)[0]:%Y%m%dT%H%M%SZ}" <= until, starts)


def rules(recurrence: Recurrence) -> list[Rule]:
    """The faithful ways to write a recurrence, likeliest first; empty for a pattern type we do not know."""
    ends = recurrence.range_type.lower()
    count = recurrence.count if ends == "numbered" else 0
    last = recurrence.end_date if ends == "enddate" else None
    return [Rule(pattern, count, last) for pattern in _patterns(recurrence)]


def _patterns(r: Recurrence) -> list[str]:
    if r.rule:
        return [r.rule]
    days = ",".join(_DAYS[day.lower()] for day in r.days_of_week if day.lower() in _DAYS)
    nth = _nth(r, days)
    month = f"FREQ=YEARLY{_every(r)};BYMONTH={r.month}"
    match r.type.lower():
        case "daily":
            return [f"FREQ=DAILY{_every(r)}"]
        case "weekly" if days:
            # Graph's weeks begin on Sunday unless told otherwise, RFC 5545's on Monday.
            week_start = _DAYS.get(r.first_day_of_week.lower(), "SU")
            return [f"FREQ=WEEKLY{_every(r)};BYDAY={days};WKST={week_start}"]
        case "absolutemonthly" if 1 <= r.day_of_month <= 31:
            return [f"FREQ=MONTHLY{_every(r)};{by}" for by in _month_days(r.day_of_month, 28)]
        case "relativemonthly" if nth:
            return [f"FREQ=MONTHLY{_every(r)};{nth}"]
        case "absoluteyearly" if 1 <= r.month <= 12 and 1 <= r.day_of_month <= 31:
            return [f"{month};{by}" for by in _month_days(r.day_of_month, 28 if r.month == 2 else 30)]
        case "relativeyearly" if nth and 1 <= r.month <= 12:
            return [f"{month};{nth}"]
    return []


def _every(r: Recurrence) -> str:
    return f";INTERVAL={r.interval}" if r.interval > 1 else ""


def _nth(r: Recurrence, days: str) -> str:
    """One event a period, also when several days are named: the first (…) day that is any of them."""
    position = _NTH.get(r.index.lower())
    if not days or position is None:
        return ""
    return f"BYDAY={days};BYSETPOS={position}" if "," in days else f"BYDAY={position}{days}"


def _month_days(day: int, shortest: int) -> list[str]:
    """Outlook takes a short month's last day for a day it lacks, RFC 5545 skips the month; both are offered."""
    if day <= shortest:
        return [f"BYMONTHDAY={day}"]
    clamped = "BYMONTHDAY=-1" if day == 31 else _last_of(range(28, day + 1))
    return [clamped, f"BYMONTHDAY={day}"]


def _last_of(days: range) -> str:
    return f"BYMONTHDAY={','.join(map(str, days))};BYSETPOS=-1"


def wall(value: datetime, zone: ZoneInfo) -> datetime:
    """An instant as naive wall-clock time in `zone`."""
    return value.astimezone(zone).replace(tzinfo=None)


def instants(local: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The two readings of a wall-clock time as UTC; they differ in a gap and in a repeated hour alone."""
    offset = steady_offset(local.date(), zone)
    if offset is not None:
        once = EPOCH + (local - offset - NAIVE_EPOCH)
        return once, once
    early, late = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return early, late


def is_clean(local: datetime, length: timedelta, zone: ZoneInfo) -> bool:
    """Whether neither the start nor the end depends on how a service treats a change of the zone's offset."""
    offset = steady_offset(local.date(), zone)
    if offset is not None and offset == steady_offset((local + length).date(), zone):
        return True
    start, other = instants(local, zone)
    return start == other and instants(local + length, zone) == (start + length,) * 2


@lru_cache(maxsize=1 << 14)
def steady_offset(day: date, zone: ZoneInfo) -> timedelta | None:
    """The zone's offset if it is the same all day long, whichever way one reads the clock; else None."""
    ends = (datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone))
    offsets = {end.replace(fold=fold).utcoffset() for end in ends for fold in (0, 1)}
    return offsets.pop() if len(offsets) == 1 else None
