"""Time zones of a feed: by their names where the world knows them, else by what their rules come to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from calmirror.ics.definition import MOST_STEPS, clock_of
from calmirror.ics.expansion import Steps
from calmirror.ics.values import OddEventError, unescaped
from calmirror.translate.zones import POSSIBLE, iana

if TYPE_CHECKING:
    from collections.abc import Iterable

    from calmirror.ics.split import Lines

UTC_NAMES = frozenset({"(utc) coordinated universal time", "coordinated universal time"})
"""What Outlook on Windows calls UTC where it writes a zone's display name."""
MOST_DEFINED = 100
"""Definitions of one feed that are compared with the zones of the world."""
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
COMPARED = 2 * 366
"""Days by which clocks are compared."""


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone's clock; `name` is its IANA name, "" where the feed alone defines it."""

    name: str
    rules: tzinfo = field(compare=False)

    def instant(self, wall: datetime) -> datetime:
        """A wall-clock time in UTC; the earlier reading where there are two."""
        return wall.replace(tzinfo=self.rules).astimezone(UTC)

    def wall(self, instant: datetime) -> datetime:
        """What a clock shows at an instant."""
        return instant.astimezone(self.rules).replace(tzinfo=None)


class Zones:
    """The zones of one feed. Never the machine's own.

    Args:
        blocks: the definitions in the feed.
        default: the name of the calendar's own zone, as the feed gives it.
        year: the present one, around which an unknown zone is compared with those of the world.
    """

    def __init__(self, blocks: Iterable[Lines], default: str, year: int) -> None:
        self.utc = Zone("UTC", UTC)
        self._defined = {unescaped(_value(lines, "TZID")).strip('"'): lines for lines in blocks}
        self._year = year
        self._known: dict[str, Zone | str] = {}
        self._compared = 0
        self._steps = Steps(MOST_STEPS, MOST_STEPS)
        self.floating = self._of_calendar(default)
        """The zone of times that name none."""

    def _of_calendar(self, default: str) -> Zone:
        for name in (default, *self._defined):
            # A calendar of one zone means it everywhere; one of several does not say which.
            if name and (name == default or len(self._defined) == 1):
                try:
                    return self.known(name)
                except OddEventError:
                    continue
        return self.utc

    def known(self, tzid: str) -> Zone:
        """The zone of that name; raises OddEventError where neither the world nor the feed knows it."""
        name = unescaped(tzid.strip().strip('"'))
        if name not in self._known:
            try:
                self._known[name] = self._found(name)
            except OddEventError as error:
                self._known[name] = str(error)
        found = self._known[name]
        if isinstance(found, str):
            raise OddEventError(found)
        return found

    def _found(self, tzid: str) -> Zone:
        lines = self._defined.get(tzid, ())
        for name in (tzid, _value(lines, "X-LIC-LOCATION"), *_tails(tzid)):
            if (known := "UTC" if name.lower() in UTC_NAMES else iana(name)) and not self._contradicts(lines, known):
                return self.utc if known == "UTC" else Zone(known, ZoneInfo(known))
        if not lines:
            raise OddEventError("nobody knows its time zone")
        self._compared += 1
        if self._compared > MOST_DEFINED:
            raise OddEventError("its calendar defines too many time zones")
        rules = clock_of(lines, self._steps)
        same = self._same_clock(rules)
        return Zone(same, ZoneInfo(same)) if same else Zone("", rules)

    def _contradicts(self, lines: Lines, known: str) -> bool:
        """Whether a definition has summer time and the zone of its name has none: such a GMT means London."""
        if not any(line.strip().upper() == "BEGIN:DAYLIGHT" for line in lines):
            return False
        zone = ZoneInfo(known)
        days = [datetime(self._year, month, 15, 12) for month in range(1, 13)]  # noqa: DTZ001 - wall-clock times
        if len({zone.utcoffset(day) for day in days}) > 1:
            return False
        try:
            return len({*map(clock_of(lines, self._steps).utcoffset, days)}) > 1
        except OddEventError:
            return False

    def _same_clock(self, rules: tzinfo) -> str:
        """The first IANA zone whose clock shows the same, "" for none: day by day, and hour by hour around a change."""
        noon = datetime(self._year - 1, 1, 1, 12)  # noqa: DTZ001 - a wall-clock time, as all that follow
        days = [(wall, rules.utcoffset(wall)) for wall in (noon + n * DAY for n in range(COMPARED))]
        changes = [before for (before, old), (_, new) in pairwise(days) if old != new]
        hours = (day + n * HOUR for day in changes for n in range(24))
        shown = days + [(wall, rules.utcoffset(wall)) for wall in hours]
        for name in POSSIBLE:
            zone = ZoneInfo(name)
            if all(zone.utcoffset(wall) == offset or is_odd(wall, zone) for wall, offset in shown):
                return name
        return ""


def is_odd(wall: datetime, zone: tzinfo) -> bool:
    """Whether a clock shows the time twice or never, which libraries take differently."""
    return zone.utcoffset(wall) != zone.utcoffset(wall.replace(fold=1))


def _value(lines: Lines, name: str) -> str:
    for line in lines:
        if line.upper().startswith((f"{name}:", f"{name};")):
            return line.partition(":")[2].strip()
    return ""


def _tails(tzid: str) -> list[str]:
    """Names such as /example.org/20070129_1/Europe/Berlin end in one that is known."""
    parts = tzid.split("/")
    return ["/".join(parts[-count:]) for count in (3, 2) if len(parts) > count]
