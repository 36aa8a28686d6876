"""When what we own takes place, as far as our books tell."""

from __future__ import annotations

import re
from datetime import date, datetime
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from calmirror.model.times import as_instant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from calmirror.model.mirror import Link
    from calmirror.model.times import Window


_UNTIL = re.compile(r"UNTIL=(?P<day>\d{8})(?P<time>T\d{6})?Z?")


def shows_within(link: Link, window: Window) -> bool:
    """Whether any of it takes place in the window: of a series, whether one of its rule's occurrences does."""
    if not link.starts or link.is_hole:
        return False
    starts = datetime.fromisoformat(link.starts)
    if starts >= window.end or (link.ends and datetime.fromisoformat(link.ends) <= window.start):
        return False
    rule = next((line for line in (link.sent or {}).get("recurrence") or [] if line.startswith("RRULE:")), "")
    return not rule or _repeats_within(link.sent or {}, rule, window)


def _repeats_within(body: Mapping[str, Any], rule: str, window: Window) -> bool:
    first, last = (_moment(body[edge]) for edge in ("start", "end"))
    length = last - first
    begins = takewhile(lambda start: start < window.end, _starts(rule, first))
    return any(start + length > window.start for start in begins)


def _starts(rule: str, first: datetime) -> Iterator[datetime]:
    from dateutil.rrule import rrulestr  # noqa: PLC0415 - an idle run never expands a rule

    # Of whole days a rule ends with a day; what starts at a moment has to end with one.
    return iter(rrulestr(_UNTIL.sub(_ended, rule), dtstart=first))


def _ended(until: re.Match[str]) -> str:
    return f"UNTIL={until['day']}{until['time'] or 'T235959'}Z"


def _moment(value: Mapping[str, str]) -> datetime:
    # An hour of summer time more or less does not matter where days are asked for.
    return as_instant(
        date.fromisoformat(value["date"]) if "date" in value else datetime.fromisoformat(value["dateTime"])
    )
