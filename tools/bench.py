"""What runs cost: requests, quota, processor and waiting, for calendars of several sizes, against the stand-ins."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

import click

sys.path.append(str(Path(__file__).parents[1] / "tests" / "simulation"))

from world import TODAY, Answer, Fault, Request, Service, World, calls, moved, run, timed, weekly

LATENCY = 0.25
"""Seconds that one request takes on the simulated clock, whatever is in it."""
SPREAD = 340
"""Days over which the events lie: less than the window, so that none of them rolls in."""
DAY = 86_460


@dataclass(frozen=True, slots=True)
class Cost:
    """One run. `processor` is calmirror's own, in seconds; `wall` counts answers and waiting on the simulated clock."""

    events: int
    run: str
    microsoft: int
    google: int
    writes: int
    units: int
    processor: float
    wall: float


class Scales:
    """A world of so many single events, and one series; its runs are weighed."""

    def __init__(self, events: int) -> None:
        self.events = events
        self.world = World(future_days=365)
        self.singles = [
            self.world.mailbox.create(timed(f"Single {n}", TODAY + timedelta(n * SPREAD // events - 15), 8 + n % 9))
            for n in range(events - 1)
        ]
        self.series = self.world.mailbox.create(weekly("Series", TODAY, 9))
        self.world.mailbox.edit_occurrence(self.series, TODAY + timedelta(7), subject="Once")
        self._elsewhere = 0.0
        for service in (self.world.graph, self.world.google):
            service.faults.append(Fault(times=-1, delay=LATENCY))
            self._weigh(service)

    def _weigh(self, service: Service) -> None:
        """What the stand-ins need of the processor is not calmirror's."""
        answer = service.answer

        def weighed(request: Request) -> Answer:
            began = time.process_time()
            try:
                return answer(request)
            finally:
                self._elsewhere += time.process_time() - began

        service.answer = weighed

    def cost(self, name: str) -> Cost:
        """One run, weighed."""
        world, mirror = self.world, self.world.mirror()
        marked, wall, elsewhere = world.mark(), world.clock.now(), self._elsewhere
        began = time.process_time()
        report = run(mirror)
        processor = time.process_time() - began - (self._elsewhere - elsewhere)
        assert report.exit_code == 0, report.skipped
        sent = world.google.log[marked[1] :]
        microsoft, google = world.since(marked)
        return Cost(
            events=self.events,
            run=name,
            microsoft=microsoft,
            google=google,
            writes=sum(one.method != "GET" for one in calls(sent)),
            units=sum(one.units for one in sent),
            processor=round(processor, 3),
            wall=round(world.clock.now() - wall, 1),
        )

    def one_changes(self) -> None:
        """One event gets another title."""
        self.world.mailbox.edit(self.singles[0], subject="Another title")

    def some_change(self) -> None:
        """One event in a hundred gets another time."""
        for one in self.singles[::100]:
            self.world.mailbox.edit(one, **moved(TODAY + timedelta(20), 19))

    def series_moves(self) -> None:
        """A series with a changed occurrence is at another hour."""
        self.world.mailbox.edit(self.series, **moved(TODAY, 11))

    def day_passes(self) -> None:
        """The window rolls on: the whole calendar is read again."""
        self.world.clock.advance(DAY)


RUNS: dict[str, Callable[[Scales], object]] = {
    "first run": lambda _scales: None,
    "idle": lambda _scales: None,
    "one change": Scales.one_changes,
    "1 % changed": Scales.some_change,
    "one series moved": Scales.series_moves,
    "a day later": Scales.day_passes,
}


def costs(events: int) -> Iterator[Cost]:
    """Every kind of run, one after the other."""
    scales = Scales(events)
    for name, change in RUNS.items():
        change(scales)
        scales.world.clock.advance(60)
        yield scales.cost(name)


def line(cost: Cost) -> str:
    """A line of the table."""
    return (
        f"{cost.events:6}  {cost.run:17}{cost.microsoft:10}{cost.google:8}{cost.writes:8}{cost.units:7}"
        f"{cost.processor:10.3f} s{cost.wall:9.1f} s"
    )


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("--large", action="store_true", help="5000 events, too")
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1000], help="how many events")
    parser.add_argument("--json", action="store_true", help="for machines")
    given = parser.parse_args()
    table = (cost for events in [*given.sizes, *([5000] if given.large else [])] for cost in costs(events))
    if given.json:
        click.echo(json.dumps([asdict(cost) for cost in table], indent=1))
        return
    click.echo("events  run               Microsoft  Google  writes  units   processor  simulated")
    for cost in table:
        click.echo(line(cost))
    click.echo(f"Requests are HTTP requests, a batch is one; each takes {LATENCY} s of simulated time.")


if __name__ == "__main__":
    main()
