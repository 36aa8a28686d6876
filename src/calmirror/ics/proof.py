"""A series' starts as dateutil finds them: what `verify` compares, so that our own expansion does not prove itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Any

from calmirror.ics.rules import last_wall, text_of
from calmirror.ics.series import wall_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from calmirror.ics.rules import Repeat
    from calmirror.ics.series import PublishedSeries

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def starts(series: PublishedSeries, horizon: datetime) -> set[datetime]:
    """The wall-clock starts up to the horizon, those that were changed or left out as well.

    Each rule is known to have a start of its own: for one without any, dateutil looks until the year 9999.
    """
    first = series.master.first.wall
    found = {wall_in(one, series.zone) for one in series.master.more}
    for one in series.repeats:
        found |= set(of_rule(one, series, first, horizon))
    return {one for one in {first, *found} if one <= horizon}


def of_rule(one: Repeat, series: PublishedSeries, first: datetime, horizon: datetime) -> Iterator[datetime]:
    """One rule's starts; the first start counts whether the rule has it or not."""
    from dateutil.rrule import rrulestr  # noqa: PLC0415 - only what looks at occurrences needs it

    begin = first
    if one.parts["FREQ"] == "WEEKLY" and {"BYSETPOS", "BYDAY"} <= one.parts.keys():
        # dateutil counts the days of the first week from its start on, RFC 5545 those of the whole week.
        begin -= timedelta(days=(first.weekday() - WEEKDAYS.index(one.parts.get("WKST", "MO"))) % 7)
    ends = min(horizon, last_wall(one.until, series.zone, one.home)) if one.until else horizon
    rule: Any = rrulestr(text_of(one.parts), dtstart=begin)
    later = (start for start in rule if start > first)
    return takewhile(lambda start: start <= ends, islice(later, one.count - 1) if one.count else later)
