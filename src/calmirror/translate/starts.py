"""When a rule's occurrences start, by an implementation that is not ours; where it is plain arithmetic, by that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import dropwhile
from typing import Any

_BY_DAYS = re.compile(r"FREQ=(DAILY|WEEKLY)(?:;INTERVAL=(\d+))?(?:;BYDAY=([A-Z,]+);WKST=([A-Z]+))?")
_WEEK = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def by_library(pattern: str, first: datetime) -> Iterator[datetime]:
    """Naive local starts, from the first that matches the pattern on or after `first`, without an end."""
    from dateutil.rrule import rrulestr  # noqa: PLC0415 - an idle run never expands a rule

    rule: Any = rrulestr(pattern, dtstart=first)
    return iter(rule)


def by_days(pattern: str, first: datetime) -> Iterator[datetime] | None:
    """The same for a rule that counts days or weeks, as most do, many times as fast; None for any other."""
    found = _BY_DAYS.fullmatch(pattern)
    if not found or (found[1] == "WEEKLY") != bool(found[3]):
        return None
    interval = int(found[2] or 1)
    if found[1] == "DAILY":
        return _every([first], timedelta(days=interval))
    week_start = _WEEK.index(found[4])
    into_week = (first.weekday() - week_start) % 7
    days = sorted((_WEEK.index(day) - week_start) % 7 - into_week for day in set(found[3].split(",")))
    return dropwhile(first.__gt__, _every([first + timedelta(days=day) for day in days], timedelta(weeks=interval)))


def _every(starts: list[datetime], period: timedelta) -> Iterator[datetime]:
    """The starts, and again after each period, as far as there are dates."""
    with suppress(OverflowError):
        while True:
            yield from starts
            starts = [start + period for start in starts]
