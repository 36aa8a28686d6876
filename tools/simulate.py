"""Random histories of two calendars and calmirror between them, each held against what calmirror promises.

The same seed is the same history. A history that breaks a promise is printed with as few steps as still break it.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from multiprocessing import Pool
from pathlib import Path

import click

sys.path.append(str(Path(__file__).parents[1] / "tests" / "simulation"))
sys.path.append(str(Path(__file__).parents[1] / "tests" / "series"))
sys.path.append(str(Path(__file__).parents[1] / "tests" / "ics"))

from defects import DEFECTS, broken_by
from history import Outcome, draw, live, shrunk

MOST, MOST_FOR_RACES = 200, 5000
"""Histories within which a defect has to be found."""
PROMISE = re.compile(r"(?<=^BrokenPromiseError: )I\d+")


def span(text: str) -> range:
    """`17`, or `1-200`."""
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def options() -> argparse.Namespace:
    """What was typed."""
    parser = argparse.ArgumentParser(prog="./dev simulate", description=__doc__)
    parser.add_argument("--seeds", type=span, default=span("1-200"), help="a range of seeds: 1-200")
    parser.add_argument("--seed", type=span, dest="seeds", help="one seed, told step by step")
    parser.add_argument("--steps", type=int, default=40, help="steps of each history (default: 40)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes (default: one a processor)")
    parser.add_argument("--trace", action="store_true", help="print every history step by step")
    parser.add_argument("--no-shrink", action="store_true", help="print a failing history as it is")
    parser.add_argument("--defects", action="store_true", help="put in one defect after the other, and find each")
    parser.add_argument("--find", action="append", choices=list(DEFECTS), metavar="DEFECT", help="find only this one")
    parser.add_argument("--within", type=int, help="seeds in which to find it (default: 200; of a race, 5000)")
    parser.add_argument("--defect", default="", choices=list(DEFECTS), help="live the histories with this one put in")
    return parser.parse_args()


def one(seed: int, *, steps: int, shrink: bool = False, defect: str = "") -> Outcome:
    """The history of a seed; shortened when it breaks a promise."""
    with broken_by(defect):
        outcome = live(seed, draw(seed, steps))
        return shrunk(outcome) if shrink and outcome.violation else outcome


def outcomes(seeds: range, *, jobs: int, work: Callable[[int], Outcome]) -> Iterator[Outcome]:
    """The histories of all seeds, in their order."""
    if jobs == 1 or len(seeds) == 1:
        yield from map(work, seeds)
        return
    with Pool(min(jobs, len(seeds))) as pool:
        yield from pool.imap(work, seeds)


def report(outcome: Outcome, *, trace: bool) -> None:
    """One history, where there is something to say of it."""
    if trace or outcome.violation:
        title = f"seed {outcome.seed}, {len(outcome.steps)} steps, digest {outcome.digest}"
        click.echo("\n  ".join((title, *outcome.told)))
    if outcome.violation:
        click.echo("\n  ".join((f"BROKEN: {outcome.violation}", *outcome.place.split("\n"))) + "\n")


def look(given: argparse.Namespace) -> int:
    """Lives all the histories and counts; exit code 1 when a promise was broken."""
    counts, broken, began = Counter[str](), [], time.monotonic()
    work = partial(one, steps=given.steps, shrink=not given.no_shrink, defect=given.defect)
    for outcome in outcomes(given.seeds, jobs=given.jobs, work=work):
        report(outcome, trace=given.trace or len(given.seeds) == 1)
        counts += outcome.counts
        broken += [outcome.seed] if outcome.violation else []
    minutes = (time.monotonic() - began) / 60
    steps = sum(count for name, count in counts.items() if name.startswith("steps: "))
    click.echo(f"{len(given.seeds)} histories, {steps} steps, {len(given.seeds) / minutes:.0f} histories a minute")
    click.echo("\n".join(f"  {count:6} {name}" for name, count in sorted(counts.items())))
    click.echo(f"{len(broken)} broke a promise{': seeds ' + ', '.join(map(str, broken)) if broken else ''}")
    return 1 if broken else 0


def find(name: str, given: argparse.Namespace) -> Outcome | None:
    """The first history that a defect breaks; None where every one was as it should be."""
    seeds = range(1, 1 + (given.within or (MOST_FOR_RACES if DEFECTS[name].race else MOST)))
    work = partial(one, steps=given.steps, defect=name)
    with closing(outcomes(seeds, jobs=given.jobs, work=work)) as lived:
        return next((outcome for outcome in lived if PROMISE.search(outcome.violation)), None)


def find_all(given: argparse.Namespace) -> int:
    """Puts in every defect and looks for it; exit code 1 where one was not found."""
    missed = 0
    click.echo(f"{'seed':>6}  {'promise':8}  defect")
    for name in given.find or DEFECTS:
        found = find(name, given)
        missed += found is None
        promise = PROMISE.search(found.violation) if found else None
        click.echo(f"{found.seed if found else '-':>6}  {promise[0] if promise else 'missed':8}  {name}")
    return 1 if missed else 0


def with_ordered_sets() -> None:
    """Starts over with a fixed order of sets, which calmirror's writes follow and a history must not hang on."""
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, *sys.argv])  # noqa: S606 -- this very program


def main() -> int:
    """Exit code 1 when something is not as it should be."""
    given = options()
    return find_all(given) if given.defects or given.find else look(given)


if __name__ == "__main__":
    with_ordered_sets()
    sys.exit(main())
