"""Noticing that an older copy of the state was put back: events in Google tell which run wrote them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from calmirror.plan.identity import MIRROR, RUN, private_marks

if TYPE_CHECKING:
    from calmirror.mirror.context import Mirror
    from calmirror.model.mirror import RunRecord

DAY = 86400.0
LONGEST = 16
"""Digits of a moment in the mark; anybody can write anything into it."""
LONGEST_NUMBER = 9
"""Digits of a run's number there: later runs are numbered beyond it."""


def run_of(event: Mapping[str, Any] | None) -> tuple[int, int]:
    """The number of the run that wrote an event, and when it began in UNIX milliseconds; zeros where nothing tells."""
    number, _, began = private_marks(event or {}).get(RUN, "").partition(".")
    if not (number.isdecimal() and began.isdecimal()) or len(number) > LONGEST_NUMBER or len(began) > LONGEST:
        return 0, 0
    return int(number), int(began)


def newest_run(events: Iterable[Mapping[str, Any] | None]) -> int:
    """The newest run that wrote one of these events; 0 where nothing tells."""
    return max((run_of(event)[0] for event in events), default=0)


class KnownRuns:
    """The runs of which the state of a mirror knows."""

    def __init__(self, mirror: Mirror) -> None:
        self._mirror = mirror
        self._began: dict[int, int] = {}

    def wrote(self, event: Mapping[str, Any]) -> bool:
        """Whether one of them wrote an event of this mirror.

        So did, for all that can be told, what was written before the oldest run that the state keeps, or before it
        learned from Google what is there. Of a run that is still to come nobody knows: somebody else wrote that.
        """
        number, began = run_of(event)
        if began > int((self._mirror.clock.now() + DAY) * 1000):
            return True
        ours = private_marks(event).get(MIRROR) == self._mirror.identity
        return not ours or began <= self._oldest or began == self._beginning(number)

    @cached_property
    def _oldest(self) -> int:
        own, state = self._mirror, self._mirror.state
        if not state.destination_calendar:  # a state that is lost or new is not old: no run of its own wrote yet
            return sys.maxsize
        return _milliseconds(own.store.first_run(own.name, since=state.undoable_from))

    def _beginning(self, number: int) -> int:
        if number not in self._began:
            self._began[number] = _milliseconds(self._mirror.store.run(number))
        return self._began[number]


def _milliseconds(run: RunRecord | None) -> int:
    """When a run began, in UNIX milliseconds."""
    return int(run.started_at * 1000) if run else 0
