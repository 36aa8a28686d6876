"""The starts of an RRULE by RFC 5545, candidate by candidate, so that no rule takes more steps than allowed."""

from __future__ import annotations

from calendar import isleap, monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import count, product
from typing import TYPE_CHECKING

from calmirror.ics.values import OddEventError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
RANGES = {
    "BYMONTH": (1, 12),
    "BYMONTHDAY": (-31, 31),
    "BYYEARDAY": (-366, 366),
    "BYWEEKNO": (-53, 53),
    "BYSETPOS": (-366, 366),
    "BYHOUR": (0, 23),
    "BYMINUTE": (0, 59),
    "BYSECOND": (0, 59),
}
MOST_A_DAY = 100
"""Starts within one day."""
PERIOD = 2
"""Steps that a period takes, besides those of its days."""
DAY = timedelta(days=1)


class Steps:
    """How many candidates may still be looked at: `most` for one event, `left` for the whole feed."""

    def __init__(self, most: int, left: int) -> None:
        self._most, self._left = most, left
        self._event = 0

    def begin(self) -> None:
        """Counts for the next event from now on."""
        self._event = 0

    def take(self, number: int = 1) -> None:
        """Notes that many; raises OddEventError where they are too many."""
        self._event += number
        self._left -= number
        if self._event > self._most:
            raise OddEventError("its rule takes too long to follow")
        if self._left < 0:
            raise OddEventError("the series of this calendar take too long to follow, up to this one")


@dataclass(frozen=True, slots=True)
class Rule:
    """The parts of a rule that say when, in numbers; `days` are (ordinal or 0, weekday from Monday = 0)."""

    freq: str
    interval: int
    numbers: Mapping[str, tuple[int, ...]]
    days: tuple[tuple[int, int], ...]
    week_start: int
    times: tuple[timedelta, ...]
    """Times of day, in order; of an hourly rule those within an hour."""

    @classmethod
    def of(cls, parts: Mapping[str, str], first: datetime) -> Rule:
        """A rule from its parts, what it does not say taken from its first start; raises OddEventError."""
        freq = parts["FREQ"]
        numbers = {name: listed(parts[name], *RANGES[name]) for name in RANGES if name in parts}
        days = tuple({weekday(day) for day in set(parts["BYDAY"].split(","))}) if "BYDAY" in parts else ()
        if not days and not numbers.keys() & {"BYWEEKNO", "BYYEARDAY", "BYMONTHDAY"}:
            if freq == "YEARLY":
                numbers.setdefault("BYMONTH", (first.month,))
            if freq in ("YEARLY", "MONTHLY"):
                numbers["BYMONTHDAY"] = (first.day,)
            elif freq == "WEEKLY":
                days = ((0, first.weekday()),)
        if freq not in ("YEARLY", "MONTHLY"):
            days = tuple({(0, day) for _, day in days})
        hours = (0,) if freq == "HOURLY" else numbers.get("BYHOUR", (first.hour,))
        minutes, seconds = numbers.get("BYMINUTE", (first.minute,)), numbers.get("BYSECOND", (first.second,))
        if len(hours) * len(minutes) * len(seconds) > MOST_A_DAY:
            raise OddEventError("it repeats too often")
        times = (timedelta(hours=h, minutes=m, seconds=s) for h, m, s in product(hours, minutes, seconds))
        _, week_start = weekday(parts.get("WKST", "MO"))
        return cls(freq, int(parts.get("INTERVAL", "1")), numbers, days, week_start, tuple(sorted(times)))

    def starts(self, first: datetime, begin: datetime, end: datetime, steps: Steps) -> Iterator[datetime]:
        """The starts from `begin` to `end` that the rule itself has, in order. All are wall-clock times.

        Raises:
            OddEventError: it takes too many steps.
        """
        skipped = max(0, self._periods(first, max(first, begin)) // self.interval - 1)
        for number in count(skipped):
            try:
                days = self._days(first, number * self.interval)
            except (OverflowError, ValueError):  # the year 10,000
                return
            if not days or days[0] > end.date():
                return
            for start in self._of_period(days, first, number, steps):
                if start > end:
                    return
                if start >= first and start >= begin:
                    yield start

    def _of_period(self, days: list[date], first: datetime, number: int, steps: Steps) -> Iterable[datetime]:
        steps.take(len(days) + PERIOD)
        midnights = [datetime.combine(day, time()) for day in days if self._has(day)]
        if self.freq == "HOURLY":
            hour = (first.hour + number * self.interval) % 24
            at = timedelta(hours=hour)
            midnights = [day + at for day in midnights if hour in self.numbers.get("BYHOUR", (hour,))]
        steps.take(len(midnights) * len(self.times))
        positions = self.numbers.get("BYSETPOS")
        if positions is None:
            return (day + at for day in midnights for at in self.times)
        found = [day + at for day in midnights for at in self.times]
        return sorted({found[p - (p > 0)] for p in positions if -len(found) <= p - (p > 0) < len(found)})

    def _periods(self, first: datetime, begin: datetime) -> int:
        """How many years, months, weeks, days or hours lie between the periods of two times."""
        if self.freq == "YEARLY":
            return begin.year - first.year
        if self.freq == "MONTHLY":
            return (begin.year - first.year) * 12 + begin.month - first.month
        if self.freq == "WEEKLY":
            return (begin.date() - first.date()).days // 7
        return (
            int((begin - first) / timedelta(hours=1)) if self.freq == "HOURLY" else (begin.date() - first.date()).days
        )

    def _days(self, first: datetime, passed: int) -> list[date]:
        """The days of the period that many periods after the first one's."""
        if self.freq == "YEARLY":
            year = first.year + passed
            months = sorted(set(self.numbers.get("BYMONTH", range(1, 13))))
            # A week of January may be told by its number in December's year, so all days are looked at.
            return [date(year, month, day) for month in months for day in range(1, monthrange(year, month)[1] + 1)]
        if self.freq == "MONTHLY":
            years, month = divmod(first.month - 1 + passed, 12)
            year = first.year + years
            return [date(year, month + 1, day) for day in range(1, monthrange(year, month + 1)[1] + 1)]
        if self.freq == "WEEKLY":
            monday = first.date() + (7 * passed - (first.weekday() - self.week_start) % 7) * DAY
            return [monday + number * DAY for number in range(7)]
        if self.freq == "HOURLY":
            passed = (first.hour + passed) // 24
        return [first.date() + passed * DAY]

    def _has(self, day: date) -> bool:
        """Whether the rule's days include it."""
        numbers = self.numbers
        if "BYMONTH" in numbers and day.month not in numbers["BYMONTH"]:
            return False
        if self.days and not any(day.weekday() == name and self._is_nth(day, nth) for nth, name in self.days):
            return False
        if "BYMONTHDAY" in numbers and not counted(day.day, monthrange(day.year, day.month)[1], numbers["BYMONTHDAY"]):
            return False
        year_day, year_length = day.timetuple().tm_yday, 365 + isleap(day.year)
        if "BYYEARDAY" in numbers and not counted(year_day, year_length, numbers["BYYEARDAY"]):
            return False
        return "BYWEEKNO" not in numbers or self._in_week(day)

    def _is_nth(self, day: date, nth: int) -> bool:
        if not nth:
            return True
        if self.freq == "MONTHLY" or "BYMONTH" in self.numbers:
            at, length = day.day, monthrange(day.year, day.month)[1]
        else:
            at, length = day.timetuple().tm_yday, 365 + isleap(day.year)
        return nth == ((at - 1) // 7 + 1 if nth > 0 else -((length - at) // 7 + 1))

    def _in_week(self, day: date) -> bool:
        """By its week's number: the first week of a year is the one with at least four days in it."""
        middle = day + (3 - (day.weekday() - self.week_start) % 7) * DAY
        number = (middle.timetuple().tm_yday - 1) // 7 + 1
        return counted(number, weeks_of(middle.year, self.week_start), self.numbers["BYWEEKNO"])


@lru_cache
def weeks_of(year: int, week_start: int) -> int:
    """How many weeks a year has."""
    last = date(year, 12, 28)
    last += (3 - (last.weekday() - week_start) % 7) * DAY
    return (last.timetuple().tm_yday - 1) // 7 + 1


def counted(number: int, length: int, wanted: tuple[int, ...]) -> bool:
    """Whether a number is wanted, counted from either end."""
    return number in wanted or number - length - 1 in wanted


def listed(text: str, low: int, high: int) -> tuple[int, ...]:
    """The numbers of a list; raises OddEventError."""
    try:
        found = tuple(sorted({int(part) for part in text.split(",")}))
    except ValueError as error:
        raise OddEventError("its rule cannot be read") from error
    if not all(low <= one <= high and (one or low == 0) for one in found):
        raise OddEventError("its rule cannot be read")
    return found


def weekday(text: str) -> tuple[int, int]:
    """A day of the week, such as -1FR; raises OddEventError."""
    name, nth = text.strip()[-2:], text.strip()[:-2]
    if (
        name not in WEEKDAYS
        or not (nth.lstrip("+-").isdecimal() if nth else True)
        or len(nth) > 3
        or abs(int(nth or 0)) > 53
    ):
        raise OddEventError("its rule cannot be read")
    return int(nth or 0), WEEKDAYS.index(name)
