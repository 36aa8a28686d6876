"""A series' starts as dateutil finds them: what `verify` compares, so that our own expansion does not prove itself."""

from __future__ import annotations

from calendar import isleap
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Any

from calmirror.ics.expansion import RANGES, WEEKDAYS
from calmirror.ics.rules import last_wall, text_of
from calmirror.ics.series import wall_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from calmirror.ics.rules import Repeat
    from calmirror.ics.series import PublishedSeries

LENGTHS = {"HOURLY": timedelta(hours=1), "DAILY": timedelta(days=1), "WEEKLY": timedelta(days=7)}
KNOWN = frozenset({"FREQ", "INTERVAL", "BYDAY", "WKST"})
"""Parts of a rule that dateutil takes, besides those of numbers; it refuses what nobody knows."""


def starts(series: PublishedSeries, begin: datetime, horizon: datetime) -> set[datetime]:
    """The wall-clock starts from `begin` up to the horizon, those that were changed or left out as well.

    Each rule is known to have a start of its own: for one without any, dateutil looks until the year 9999.
    """
    first = series.master.first.wall
    found = {first, *(wall_in(one, series.zone) for one in series.master.more)}
    for one in series.repeats:
        found |= set(of_rule(one, series, begin, horizon))
    return {one for one in found if begin <= one <= horizon}


def of_rule(one: Repeat, series: PublishedSeries, begin: datetime, horizon: datetime) -> Iterator[datetime]:
    """One rule's starts; the first start counts whether the rule has it or not."""
    from dateutil.rrule import rrulestr  # noqa: PLC0415 - only what looks at occurrences needs it

    first = series.master.first.wall
    # What counts its occurrences has to be counted from the first one.
    at = first if one.count else shortly_before(begin, first, one.parts["FREQ"], int(one.parts.get("INTERVAL", "1")))
    if one.parts["FREQ"] == "WEEKLY" and {"BYSETPOS", "BYDAY"} <= one.parts.keys():
        # dateutil counts the days of the first week from its start on, RFC 5545 those of the whole week.
        at -= timedelta(days=(at.weekday() - WEEKDAYS.index(one.parts.get("WKST", "MO"))) % 7)
    ends = min(horizon, last_wall(one.until, series.zone, one.home)) if one.until else horizon
    known = {name: value for name, value in one.parts.items() if name in RANGES or name in KNOWN}
    rule: Any = rrulestr(text_of(known), dtstart=at)
    later = (start for start in rule if start > first)
    return takewhile(lambda start: start <= ends, islice(later, one.count - 1) if one.count else later)


def shortly_before(begin: datetime, first: datetime, freq: str, interval: int) -> datetime:
    """A start that gives the same rule: whole intervals after the first, shortly before `begin` where that is later."""
    if length := LENGTHS.get(freq):
        passed = (begin - first) // (length * interval) - 1
        return first + max(0, passed) * interval * length
    # An interval of months is over after as many years, too. 29 February is not in each of them.
    passed = (begin.year - first.year) // interval - 1
    years = (first.year + number * interval for number in range(passed, 0, -1))
    found = (first.replace(year=year) for year in years if (first.month, first.day) != (2, 29) or isleap(year))
    return next(found, first)
