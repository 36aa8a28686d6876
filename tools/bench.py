"""What runs cost: requests, quota, bytes, waiting, processor, memory and state, beside two other strategies.

Everything runs on the stand-ins. --write puts the figures into docs/reference/performance.md.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from statistics import median

import click

sys.path.append(str(Path(__file__).parents[1] / "tests" / "simulation"))

from bench_page import comparison, footprint_table, pace_table, start_table, stretch_table, written
from bench_processes import footprints, starts, stretches
from bench_runs import CALMIRROR, STRATEGIES, Cost, costs
from bench_translate import speed

SIZES, RIVALS_UP_TO = (100, 1_000, 10_000, 100_000), 10_000
"""The others rewrite or list everything: beyond this their runs take hours of quota, and say nothing new."""
QUICK = 1_000
KILLED = 20_000
REPEATED_UP_TO = 1_000
ROUNDS = 3


def measured(sizes: Iterable[int], strategies: Collection[str] = STRATEGIES, *, rounds: int = ROUNDS) -> Iterator[Cost]:
    """Every run of every strategy, by turns; of small calendars several times, for the processor's sake."""
    for events in sizes:
        found: dict[tuple[str, str], list[Cost]] = defaultdict(list)
        for _ in range(rounds if events <= REPEATED_UP_TO else 1):
            for strategy in strategies:
                if strategy == CALMIRROR or events <= RIVALS_UP_TO:
                    for cost in costs(strategy, events):
                        found[strategy, cost.run].append(cost)
        for same in found.values():
            yield replace(same[0], processor=median(cost.processor for cost in same))


def options() -> argparse.Namespace:
    """What was typed."""
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a thousand events alone: under a minute")
    parser.add_argument("--sizes", type=int, nargs="+", help="how many events, occurrences counted each")
    parser.add_argument("--alone", action="store_true", help="without the other strategies")
    parser.add_argument("--killed", type=int, default=KILLED, help="events of the first run that is killed")
    parser.add_argument("--startup", action="store_true", help="only what starting costs, and what is imported")
    parser.add_argument("--write", action="store_true", help="into docs/reference/performance.md, with plots")
    parser.add_argument("--json", action="store_true", help="for machines: only the costs of runs")
    return parser.parse_args()


def main() -> None:
    """Prints tables, or writes the page."""
    given = options()
    if given.startup:
        click.echo(start_table(starts(), imports=True))
        return
    sizes = given.sizes or ([QUICK] if given.quick else list(SIZES))
    rounds = 1 if given.quick or given.json else ROUNDS
    table = list(measured(sizes, (CALMIRROR,) if given.alone else STRATEGIES, rounds=rounds))
    if given.json:
        click.echo(json.dumps([asdict(cost) for cost in table], indent=1))
        return
    parts = {"runs": comparison(table)}
    click.echo(parts["runs"])
    if given.quick:
        return
    for name, made in others(sizes, given.killed):
        parts[name] = made
        click.echo(f"\n{made}")
    if given.write:
        for path in written(table, parts):
            click.echo(f"Written: {path}")


def others(sizes: Collection[int], killed: int) -> Iterator[tuple[str, str]]:
    """The other tables, by their marks in the page."""
    yield "memory", footprint_table([one for events in sizes for one in footprints(events)])
    yield "start", start_table(starts())
    yield "translation", pace_table([speed(events) for events in sizes])
    yield "killed", stretch_table(killed, stretches(killed))


if __name__ == "__main__":
    main()
