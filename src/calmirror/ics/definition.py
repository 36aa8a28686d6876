"""A VTIMEZONE as a clock: the changes of its clock year by year, so that no definition takes long to follow."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING

from calmirror.ics.expansion import Rule
from calmirror.ics.values import OddEventError, component

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from calmirror.ics.expansion import Steps
    from calmirror.ics.split import Lines
    from calmirror.ics.values import Component

MOST_PARTS = 400
"""Observances in one definition."""
MOST_RULES = 60
"""Of these with a rule; the full history of a zone has a dozen or two."""
MOST_TIMES = 1000
MOST_CHANGES = 100
"""Of the clock within four years; the Moon may move Morocco's four times a year."""
MOST_STEPS = 200_000
"""Days that are looked at for all definitions of a feed: about half a second."""
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)(?::?(\d\d))?")
_WALL = re.compile(r"(\d{8})(?:T(\d{6}))?Z?")


@dataclass(frozen=True, slots=True)
class Observance:
    """STANDARD or DAYLIGHT: when it begins on the clock before it, and both offsets. `until` is on that clock, too."""

    before: timedelta
    after: timedelta
    first: datetime
    times: tuple[datetime, ...]
    rule: Rule | None = None
    until: datetime = datetime.max  # noqa: DTZ901 - a wall-clock time

    def begins(self, year: int, steps: Steps) -> Iterator[datetime]:
        """When its rule has it begin in a year; raises OddEventError where that takes too many steps."""
        if self.rule is not None and self.first.year <= year <= self.until.year:
            start, end = datetime(year, 1, 1), datetime(year, 12, 31, 23, 59, 59)  # noqa: DTZ001 - wall-clock times
            yield from self.rule.starts(self.first, start, min(end, self.until), steps)


class DefinedClock(tzinfo):
    """The clock that a definition describes; of two readings of a time, and in a gap, the offset before the change.

    Raises OddEventError, whatever it is asked, where following it takes more than what is left of `steps`.
    """

    def __init__(self, parts: Sequence[Observance], steps: Steps) -> None:
        self._parts = parts
        self._steps = steps
        self._fixed = sorted((at - one.before, one.after) for one in parts for at in one.times)
        self._around = lru_cache(maxsize=None)(self._changes_around)
        self._of_year = lru_cache(maxsize=None)(self._changes_of)
        earliest = min(parts, key=lambda one: one.first)
        self._at_first = earliest.before

    def utcoffset(self, wall: datetime | None) -> timedelta:
        """What the clock is ahead of UTC at a wall-clock time."""
        assert wall is not None, "nobody asks for a clock's offset at no time"
        wall, fold = wall.replace(tzinfo=None, fold=0), wall.fold
        offset = self._at_first
        for at, new in self._around(wall.year):
            if wall < at + (min if fold else max)(offset, new):
                break
            offset = new
        return offset

    def fromutc(self, moment: datetime) -> datetime:
        """What the clock shows at an instant."""
        naive = moment.replace(tzinfo=None)
        changes = self._around(naive.year)
        passed = bisect_right([at for at, _ in changes], naive)
        return moment + (changes[passed - 1][1] if passed else self._at_first)

    def dst(self, wall: datetime | None) -> None:
        """Unknown: what counts is the offset."""
        del wall

    def tzname(self, wall: datetime | None) -> None:
        """None."""
        del wall

    def _changes_around(self, year: int) -> list[tuple[datetime, timedelta]]:
        """The changes in the years next to one, and the last one before them."""
        ruled = [one for near in range(max(1, year - 2), min(9998, year + 1) + 1) for one in self._of_year(near)]
        from_then = datetime(max(1, year - 2), 1, 1)  # noqa: DTZ001 - compared with changes in UTC, as all here
        to_then = datetime(min(9999, year + 2), 1, 1)  # noqa: DTZ001 - as above
        first, last = (bisect_left(self._fixed, edge, key=itemgetter(0)) for edge in (from_then, to_then))
        if len(ruled) + last - first > MOST_CHANGES:
            raise OddEventError("its time zone cannot be read")
        return sorted({*self._fixed[max(0, first - 1) : last], *ruled})

    def _changes_of(self, year: int) -> list[tuple[datetime, timedelta]]:
        """The changes in a year by rules."""
        try:
            found = {(at - one.before, one.after) for one in self._parts for at in one.begins(year, self._steps)}
        except OddEventError as error:
            raise OddEventError("the time zones of this calendar take too long to follow, up to this one") from error
        if len(found) > MOST_CHANGES:
            raise OddEventError("its time zone cannot be read")
        return sorted(found)


def clock_of(lines: Lines, steps: Steps) -> DefinedClock:
    """A definition's clock; raises OddEventError for one that cannot be read, or followed within bounds."""
    try:
        parts = [observance(component(block), steps) for block in blocks_of(lines)]
    except (ValueError, OverflowError) as error:
        raise OddEventError("its time zone cannot be read") from error
    if not 0 < len(parts) <= MOST_PARTS or sum(one.rule is not None for one in parts) > MOST_RULES:
        raise OddEventError("its time zone cannot be read")
    return DefinedClock(parts, steps)


def blocks_of(lines: Lines) -> Iterator[list[str]]:
    """The lines of each observance."""
    block: list[str] | None = None
    for line in lines:
        word = line.strip().upper()
        if word in ("BEGIN:STANDARD", "BEGIN:DAYLIGHT"):
            block = []
        elif word in ("END:STANDARD", "END:DAYLIGHT") and block is not None:
            yield block
            block = None
        elif block is not None:
            block.append(line)


def observance(one: Component, steps: Steps) -> Observance:
    """One part of a definition; raises ValueError."""
    first, before = wall_of(one.value("DTSTART")), offset_of(one.value("TZOFFSETFROM"))
    times = [wall_of(value) for found in one.all("RDATE") for value in found.value.split(",")]
    if len(times) > MOST_TIMES or len(one.all("RRULE")) > 1:
        raise OddEventError("its time zone cannot be read")
    made = Observance(before, offset_of(one.value("TZOFFSETTO")), first, (first, *times))
    text = one.value("RRULE")
    parts = dict(part.partition("=")[::2] for part in text.upper().split(";") if part)
    return with_rule(made, parts, steps) if text else made


def with_rule(made: Observance, parts: dict[str, str], steps: Steps) -> Observance:
    """An observance that begins each year anew."""
    count, until = parts.pop("COUNT", ""), parts.pop("UNTIL", "")
    if parts.get("FREQ") != "YEARLY" or parts.get("INTERVAL", "1") != "1":
        raise OddEventError("its time zone cannot be read")
    rule = Rule.of(parts, made.first)
    if len(rule.times) > 1:
        raise OddEventError("its time zone cannot be read")
    if count:
        last = made.first.replace(year=min(9998, made.first.year + 500))
        found = islice(rule.starts(made.first, made.first, last, steps), min(MOST_TIMES, int(count)))
        return Observance(made.before, made.after, made.first, (*made.times, *found))
    ends = wall_of(until) + (made.before if until.endswith("Z") else timedelta()) if until else datetime.max  # noqa: DTZ901 - a wall-clock time
    return Observance(made.before, made.after, made.first, made.times, rule, ends)


def offset_of(text: str) -> timedelta:
    """Such as +0530; raises ValueError."""
    found = _OFFSET.fullmatch(text)
    if not found or int(found[2]) > 15:
        raise ValueError("no offset")
    length = timedelta(hours=int(found[2]), minutes=int(found[3]), seconds=int(found[4] or 0))
    return -length if found[1] == "-" else length


def wall_of(text: str) -> datetime:
    """A time on a clock; raises ValueError."""
    found = _WALL.fullmatch(text.strip())
    if not found:
        raise ValueError("no time")
    return datetime.strptime(found[1] + (found[2] or "000000"), "%Y%m%d%H%M%S")  # noqa: DTZ007 - a wall-clock time
