"""Noticing that an older copy of the state was put back: events in Google tell which run wrote them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from calmirror.plan.identity import MIRROR, RUN, private_marks

if TYPE_CHECKING:
    from calmirror.mirror.context import Mirror
    from calmirror.model.mirror import RunRecord

LONGEST = 16
"""Digits of a number in the mark; a person can write anything into it."""


def run_of(event: Mapping[str, Any] | None) -> tuple[int, int]:
    """The number of the run that wrote an event, and when it began in UNIX milliseconds; zeros where nothing tells."""
    number, _, began = private_marks(event or {}).get(RUN, "").partition(".")
    if not (number.isdecimal() and began.isdecimal()) or max(len(number), len(began)) > LONGEST:
        return 0, 0
    return int(number), int(began)


def newest_run(events: Iterable[Mapping[str, Any] | None]) -> int:
    """The newest run that wrote one of these events; 0 where nothing tells."""
    return max((run_of(event)[0] for event in events), default=0)


def is_newer(event: Mapping[str, Any], mirror: Mirror) -> bool:
    """Whether an event of this mirror was written by a run of which its state does not know.

    That says nothing of runs of before the oldest one that the state keeps, or of before it learned from Google what
    is there.
    """
    number, began = run_of(event)
    if private_marks(event).get(MIRROR) != mirror.name or not began:
        return False
    oldest = mirror.store.first_run(mirror.name, since=mirror.state.undoable_from)
    known = mirror.store.run(number)
    return began > milliseconds(oldest) and (known is None or milliseconds(known) != began)


def milliseconds(run: RunRecord | None) -> int:
    """When a run began, in UNIX milliseconds."""
    return int(run.started_at * 1000) if run else 0
