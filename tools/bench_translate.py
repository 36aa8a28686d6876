"""How fast what Outlook said becomes a plan: pure work, without the stand-ins."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench_runs import CALMIRROR, TODAY, Bench

from calmirror.mirror.context import PADDING
from calmirror.model.policy import Policy
from calmirror.model.source import Series
from calmirror.plan.diff import plan_changes
from calmirror.translate.event import desired_single
from calmirror.translate.series import desired_series


@dataclass(frozen=True, slots=True)
class Speed:
    """`rows`: events as a person sees them, occurrences counted each; `items`: single events and series."""

    rows: int
    items: int
    seconds: float

    @property
    def rate(self) -> float:
        """Rows a second."""
        return self.rows / self.seconds


def speed(events: int, rounds: int = 3) -> Speed:
    """Translation of a whole calendar, and the comparison with the links of an empty one; the best of some rounds."""
    with TemporaryDirectory() as folder:
        bench = Bench(CALMIRROR, events, Path(folder))
        mirror = bench.world.mirror()
        window = mirror.window_now()
        calendar = mirror.source.resolve("")
        said = mirror.source.round(calendar, window=window.padded(PADDING))
        read = mirror.source.read_series(calendar, list(said.masters), said.window, said.stubs)
        mirror.store.close()
    series = [one for one in read.values() if isinstance(one, Series)]
    took = []
    for _ in range(rounds):
        began = time.process_time()
        desired = [desired_single(one, Policy()) for one in said.singles.values()]
        whole = [desired_series(one, window=window, since=window.start, policy=Policy()) for one in series]
        plan_changes("work", [*desired, *filter(None, whole)], {}, [], window)
        took.append(time.process_time() - began)
        assert None not in whole, TODAY
    rows = len(said.singles) + sum(len(one.listed) for one in series)
    return Speed(rows, len(desired) + len(whole), min(took))
