"""A feed's RRULE: as Graph's pattern where there is one for it, as it is where not, and expanded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from calmirror.ics.expansion import Rule, Steps
from calmirror.ics.values import OddEventError, When, when
from calmirror.model.source import Recurrence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from calmirror.ics.zones import Zone, Zones

DAYS = {
    "MO": "monday",
    "TU": "tuesday",
    "WE": "wednesday",
    "TH": "thursday",
    "FR": "friday",
    "SA": "saturday",
    "SU": "sunday",
}
NTH = {"1": "first", "2": "second", "3": "third", "4": "fourth", "-1": "last"}
STEPS = {"HOURLY": 3600, "DAILY": 86400, "WEEKLY": 7 * 86400, "MONTHLY": 28 * 86400, "YEARLY": 365 * 86400}
"""Seconds between occurrences, at least. Google takes no other frequencies."""
ORDER = ("FREQ", "INTERVAL", "BYMONTH", "BYMONTHDAY", "BYDAY", "BYSETPOS", "WKST")
"""The parts that Google is known to take, in the order in which they are written."""
LAST_SECOND = time(23, 59, 59)
LAST = datetime(9999, 12, 31)  # noqa: DTZ001 - a wall-clock time
MOST_STEPS = 50_000
"""How many candidates for an occurrence are gone through for one event: a daily series with a COUNT of 130 years."""
MOST_STEPS_OF_ALL = 400_000
"""The same for all of a feed: about two seconds."""
LONGEST_WAIT = timedelta(days=366 * 12)
"""Within which a rule has to come to a first occurrence: 29 February may be eight years away."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """One RRULE read: its parts but the end, which is `count` or `until`. `home` is the calendar's own zone."""

    parts: dict[str, str]
    count: int = 0
    until: When | None = None
    home: Zone | None = None

    def starts(
        self, first: datetime, zone: Zone | None, begin: datetime, horizon: datetime, steps: Steps
    ) -> Iterator[datetime]:
        """Wall-clock starts in order, from `begin` up to the horizon; `first` is one whether the rule has it or not.

        Raises:
            OddEventError: it would take too long.
        """
        step = STEPS[self.parts["FREQ"]] * int(self.parts.get("INTERVAL", "1"))
        if (horizon - first).total_seconds() / step > MOST_STEPS:
            # What comes after this goes through all of them.
            raise OddEventError("it has repeated too often since it began")
        ends = min(horizon, last_wall(self.until, zone, self.home) if self.until else horizon)
        if begin <= first <= horizon:
            yield first
        # What counts its occurrences has to be counted from the first one.
        later = Rule.of(self.parts, first).starts(first, first if self.count else max(first, begin), ends, steps)
        later = (start for start in later if start > first)
        yield from (start for start in (islice(later, self.count - 1) if self.count else later) if start >= begin)

    def check(self, first: datetime, steps: Steps) -> None:
        """Raises OddEventError where the rule has no start of its own, or none for a very long time.

        Whoever looks for the next start of such a rule looks until the year 9999, as Google and dateutil may.
        """
        years = int(self.parts.get("INTERVAL", "1")) if self.parts["FREQ"] == "YEARLY" else 1
        ahead = first + min(LONGEST_WAIT * years, LAST - first)
        if next(Rule.of(self.parts, first).starts(first, first, ahead, steps), None) is None:
            raise OddEventError("its rule never takes place")

    def counts_from(self, first: datetime) -> bool:
        """Whether it counts right from the first start: one that it does not have itself counts, too."""
        own = Rule.of(self.parts, first).starts(first, first, first, Steps(MOST_STEPS, MOST_STEPS))
        return not self.count or next(own, None) == first

    def recurrence(self, first: datetime, zone: Zone | None) -> Recurrence:
        """The rule in the words of the model."""
        last = last_day(last_wall(self.until, zone, self.home), first) if self.until else None
        pattern = pattern_of(self.parts, first.date())
        return Recurrence(
            **{"type": "", "rule": writable(self.parts)} if pattern is None else pattern,
            range_type="numbered" if self.count else "endDate" if last else "noEnd",
            start_date=first.date(),
            end_date=last,
            count=self.count,
            zone=zone.name if zone else "",
        )


def repeat(text: str, zones: Zones) -> Repeat:
    """A rule from its text; raises OddEventError for one that cannot be followed."""
    parts = {}
    for part in text.upper().strip().strip(";").split(";"):
        name, _, value = part.partition("=")
        if not value or name.strip() in parts:
            raise OddEventError("its rule cannot be read")
        parts[name.strip()] = value.strip()
    if parts.get("FREQ") not in STEPS or parts.keys() & {"RSCALE", "SKIP", "BYEASTER"}:
        raise OddEventError("its rule cannot be followed")
    count, until = parts.pop("COUNT", ""), parts.pop("UNTIL", "")
    if count.startswith("-"):
        count = ""  # some programs write -1 for "without end"
    if (count and not 1 <= number(count) <= MOST_STEPS) or not 1 <= number(parts.get("INTERVAL", "1")) <= 1000:
        raise OddEventError("its rule cannot be followed")
    home = zones.floating if zones.floating != zones.utc else None
    return Repeat(parts, number(count) if count else 0, when(until, "", zones) if until else None, home)


def number(text: str) -> int:
    """A whole number, 0 for anything else."""
    return int(text) if text.isdecimal() and len(text) < 7 else 0


def text_of(parts: dict[str, str]) -> str:
    """A rule as one text, in the usual order."""
    names = [*(name for name in ORDER if name in parts), *sorted(parts.keys() - set(ORDER))]
    return ";".join(f"{name}={parts[name]}" for name in names)


def last_wall(until: When, zone: Zone | None, home: Zone | None) -> datetime:
    """The latest wall-clock start that an UNTIL allows; a day allows all of it."""
    if zone is not None and not until.is_day:
        return until.in_zone(zone)
    day = until.wall.date() if until.wall.time() == LAST_SECOND else until.day(home)
    return datetime.combine(day, LAST_SECOND)


def last_day(ends: datetime, first: datetime) -> date:
    """The last day on which there may be a start."""
    return ends.date() - timedelta(days=first.time() > ends.time())


def writable(parts: dict[str, str]) -> str:
    """The rule for Google; "" for one that it may not take, or that has several starts on a day."""
    ordinals = parts["FREQ"] in ("DAILY", "WEEKLY") and any(char.isdecimal() for char in parts.get("BYDAY", ""))
    odd = parts["FREQ"] == "HOURLY" or parts.keys() - set(ORDER) or ordinals
    return "" if odd or (parts["FREQ"] == "WEEKLY" and "BYMONTHDAY" in parts) else text_of(parts)


def pattern_of(parts: dict[str, str], first: date) -> dict[str, Any] | None:
    """Graph's pattern for the parts of a rule, so that it is written as the same series read by Graph is."""
    rest = {name: value for name, value in parts.items() if name not in ("FREQ", "INTERVAL", "WKST")}
    made: dict[str, Any] = {"interval": int(parts.get("INTERVAL", "1"))}
    match parts["FREQ"], frozenset(rest):
        case "DAILY", names if not names:
            return made | {"type": "daily"}
        case "WEEKLY", names if names <= {"BYDAY"}:
            days = weekdays(rest.get("BYDAY", tuple(DAYS)[first.weekday()]))
            week_start = DAYS.get(parts.get("WKST", "MO"), "monday")
            return made | {"type": "weekly", "days_of_week": days, "first_day_of_week": week_start} if days else None
        case "MONTHLY", names if names <= {"BYMONTHDAY"}:
            day = number(rest.get("BYMONTHDAY", str(first.day)))
            # Outlook has a short month's last day for a day that it lacks, an RRULE none.
            return made | {"type": "absoluteMonthly", "day_of_month": day} if 1 <= day <= 28 else None
        case "MONTHLY", names if "BYDAY" in names and names <= {"BYDAY", "BYSETPOS"}:
            nth = relative(rest)
            return made | nth | {"type": "relativeMonthly"} if nth else None
        case "YEARLY", names if names <= {"BYMONTH", "BYMONTHDAY"} and len(names) != 1:
            month = number(rest.get("BYMONTH", str(first.month)))
            day = number(rest.get("BYMONTHDAY", str(first.day)))
            fits = 1 <= month <= 12 and 1 <= day <= 28
            return made | {"type": "absoluteYearly", "month": month, "day_of_month": day} if fits else None
        case "YEARLY", names if {"BYDAY", "BYMONTH"} <= names <= {"BYDAY", "BYMONTH", "BYSETPOS"}:
            nth, month = relative(rest), number(rest["BYMONTH"])
            return made | nth | {"type": "relativeYearly", "month": month} if nth and 1 <= month <= 12 else None
    return None


def weekdays(text: str) -> tuple[str, ...]:
    """Days of the week by name; () where any is counted or unknown."""
    days = text.split(",")
    return tuple(DAYS[day] for day in days) if all(day in DAYS for day in days) else ()


def relative(rest: dict[str, str]) -> dict[str, Any] | None:
    """Such as "the second Tuesday", or "the last of Monday to Friday"."""
    days, position = rest["BYDAY"], rest.get("BYSETPOS", "")
    if not position:
        days, position = days[-2:], days[:-2].removeprefix("+")
    index, names = NTH.get(position), weekdays(days)
    return {"index": index, "days_of_week": names} if index and names else None
