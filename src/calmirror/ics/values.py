"""Lines of a component become properties, and their values times, spans of time and text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from calmirror.ics.zones import Zone, Zones

HALF_A_DAY = timedelta(hours=12, seconds=-1)
EARLIEST_YEAR, LATEST_YEAR = 1602, 4500
_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)Z?")
_TIME = re.compile(r"(\d{8})T(\d\d)(\d\d)(\d\d)(Z?)")

_LINE = re.compile(r'([A-Za-z0-9-]+)((?:;[^:;="]+=(?:"[^"]*"|[^:;"])*)*):(.*)', re.DOTALL)
_PARAM = re.compile(r';([^:;="]+)=("[^"]*"|[^;"]*)')
TIMES = frozenset({"DTSTART", "DTEND", "RECURRENCE-ID", "EXDATE", "RDATE"})
_DURATION = re.compile(r"[+-]?P(?:T?\d{1,9}[WDHMS]){1,6}")
_LENGTH = re.compile(r"(\d+)([WDHMS])")
UNITS = {"W": "weeks", "D": "days", "H": "hours", "M": "minutes", "S": "seconds"}


class OddEventError(ValueError):
    """An event that cannot be understood; the text says why, as the end of a sentence, without the event's words."""


@dataclass(frozen=True, slots=True)
class Property:
    """One line: `params` by name in capitals, the first value of each, without quotes; `value` as it came."""

    name: str
    params: Mapping[str, str]
    value: str


@dataclass(slots=True)
class Component:
    """The properties of one event, and its alarms."""

    properties: dict[str, list[Property]] = field(default_factory=dict)
    alarms: list[Component] = field(default_factory=list)

    def all(self, name: str) -> list[Property]:
        """Every property of that name, in order."""
        return self.properties.get(name, [])

    def first(self, name: str) -> Property | None:
        """The first property of that name."""
        return next(iter(self.all(name)), None)

    def value(self, name: str) -> str:
        """The first one's value as it came, "" where there is none."""
        found = self.first(name)
        return found.value.strip() if found else ""

    def text(self, name: str) -> str:
        """The first one's value as text."""
        return unescaped(self.value(name))


def component(lines: Iterable[str]) -> Component:
    """The lines of an event; lines that are no properties are left out, as a line of text may be badly folded."""
    whole = Component()
    inner: list[Component] = []
    for line in lines:
        word, _, name = line.partition(":")
        if word.upper() == "BEGIN":
            inner.append(Component())
            if len(inner) == 1 and name.strip().upper() == "VALARM":
                whole.alarms.append(inner[0])
        elif word.upper() == "END":
            if inner:
                inner.pop()
        elif (found := content_line(line)) is not None:
            into = inner[-1] if inner else whole
            into.properties.setdefault(found.name, []).append(found)
    return whole


def content_line(line: str) -> Property | None:
    """A line's property; None for a line that is none."""
    found = _LINE.match(line)
    if found is None:
        return None
    name, params, value = found[1].upper(), found[2], found[3]
    if params and name in TIMES:
        # Names of zones have colons without quotes; a time has none.
        params, _, value = line[len(name) :].rpartition(":")
    plain: dict[str, str] = {}
    for one in _PARAM.finditer(params):
        plain.setdefault(one[1].upper(), one[2].strip('"'))
    return Property(name, plain, value)


def unescaped(value: str) -> str:
    """Text without the backslashes that ICS puts before its own signs."""
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value)


@dataclass(frozen=True, slots=True)
class When:
    """A day (`zone` None), or a wall-clock time in a zone; `floating` where the feed names none."""

    wall: datetime
    zone: Zone | None = None
    floating: bool = False

    @property
    def is_day(self) -> bool:
        """Whether it is a whole day."""
        return self.zone is None

    @property
    def instant(self) -> datetime:
        """In UTC; of a day its midnight there."""
        return self.zone.instant(self.wall) if self.zone else self.wall.replace(tzinfo=UTC)

    def in_zone(self, zone: Zone) -> datetime:
        """What a clock in that zone shows then; a floating time shows the same everywhere."""
        return self.wall if self.floating or self.zone in (None, zone) else zone.wall(self.instant)

    def day(self, zone: Zone | None) -> date:
        """The day that is meant where days count: midnight somewhere tells it, even when it is given in UTC."""
        if self.is_day or self.floating or (self.zone and self.zone.name != "UTC"):
            return self.wall.date()
        return zone.wall(self.instant).date() if zone else (self.wall + HALF_A_DAY).date()


def whens(one: Property, zones: Zones) -> list[When]:
    """The times or days of a property, of which there may be a list; of a period its start.

    Raises:
        OddEventError: one cannot be read, or nobody knows its zone.
    """
    return [when(part.partition("/")[0], one.params.get("TZID", ""), zones) for part in one.value.split(",")]


def when(value: str, tzid: str, zones: Zones) -> When:
    """A time or a day."""
    value = value.strip()
    try:
        if found := _DATE.fullmatch(value):
            return sensible(When(datetime(int(found[1]), int(found[2]), int(found[3]))))  # noqa: DTZ001 - a day has none
        if found := _TIME.fullmatch(value):
            wall = datetime.strptime(found[1], "%Y%m%d") + clock(*map(int, found.group(2, 3, 4)))  # noqa: DTZ007 - a wall-clock time
            if found[5]:
                return sensible(When(wall, zones.utc))
            return sensible(When(wall, zones.known(tzid)) if tzid else When(wall, zones.floating, floating=True))
    except (ValueError, OverflowError) as error:
        raise error if isinstance(error, OddEventError) else OddEventError("it has a time that is none") from error
    raise OddEventError("it has a time that is none")


def clock(hour: int, minute: int, second: int) -> timedelta:
    """A time of day; a leap second is the one before it."""
    if hour > 24 or minute > 59 or second > 60 or (hour == 24 and minute + second):
        raise ValueError("no time of day")
    return timedelta(hours=hour, minutes=minute, seconds=min(second, 59))


def sensible(value: When) -> When:
    """The value, unless it stands for "none"."""
    if not EARLIEST_YEAR <= value.wall.year <= LATEST_YEAR:
        raise OddEventError(f"it has a time in the year {value.wall.year}")
    return value


def duration(value: str) -> timedelta:
    """A length of time, such as PT1H30M, with its sign."""
    text = value.strip().upper()
    if not _DURATION.fullmatch(text):
        raise OddEventError("it has a length that cannot be read")
    # Some programs write days and weeks behind the T as well.
    parts = {UNITS[unit]: int(number) for number, unit in _LENGTH.findall(text)}
    try:
        return timedelta(**parts) * (-1 if text.startswith("-") else 1)
    except OverflowError as error:
        raise OddEventError("it has a length that cannot be read") from error
