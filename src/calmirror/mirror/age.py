"""Noticing that an older copy of the state was put back: events in Google tell which run wrote them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from calmirror.plan.identity import LONGEST_NUMBER, MIRROR, RUN, private_marks


def run_of(event: Mapping[str, Any] | None) -> int:
    """The number of the run that wrote an event; 0 where nothing tells."""
    number = private_marks(event or {}).get(RUN, "").partition(".")[0]
    return int(number) if number.isdecimal() and len(number) <= LONGEST_NUMBER else 0


def newest_run(events: Iterable[Mapping[str, Any] | None]) -> int:
    """The newest run that wrote one of these events; 0 where nothing tells."""
    return max(map(run_of, events), default=0)


def is_newer(event: Mapping[str, Any], mirror: str, run: int, mark: str) -> bool:
    """Whether an event of this mirror was written by a run after this one, or by another one of the same number."""
    marks, number = private_marks(event), run_of(event)
    other = number == run and bool(mark) and marks.get(RUN) != mark
    return marks.get(MIRROR) == mirror and (number > run or other)
