"""Random histories of two calendars and calmirror between them, each held against what calmirror promises.

The same seed is the same history. A history that breaks a promise is printed with as few steps as still break it.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from multiprocessing import Pool
from pathlib import Path

import click

sys.path.append(str(Path(__file__).parents[1] / "tests" / "simulation"))
sys.path.append(str(Path(__file__).parents[1] / "tests" / "series"))

from history import Outcome, draw, live, shrunk


def span(text: str) -> range:
    """`17`, or `1-200`."""
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def options() -> argparse.Namespace:
    """What was typed."""
    parser = argparse.ArgumentParser(prog="./dev simulate", description=__doc__)
    parser.add_argument("--seeds", type=span, default=span("1-200"), help="a seed, or a range: 1-200")
    parser.add_argument("--steps", type=int, default=40, help="steps of each history (default: 40)")
    parser.add_argument("--trace", action="store_true", help="print every history step by step")
    parser.add_argument("--no-shrink", action="store_true", help="print a failing history as it is")
    return parser.parse_args()


def one(seed: int, *, steps: int, shrink: bool) -> Outcome:
    """The history of a seed; shortened when it breaks a promise."""
    outcome = live(seed, draw(seed, steps))
    return shrunk(outcome) if shrink and outcome.violation else outcome


def outcomes(seeds: range, *, steps: int, shrink: bool) -> Iterator[Outcome]:
    """All of them, on every processor."""
    work = partial(one, steps=steps, shrink=shrink)
    if len(seeds) == 1:
        yield work(seeds[0])
        return
    with Pool(os.cpu_count()) as pool:
        yield from pool.imap(work, seeds)


def report(outcome: Outcome, *, trace: bool) -> None:
    """One history, where there is something to say of it."""
    if trace or outcome.violation:
        title = f"seed {outcome.seed}, {len(outcome.steps)} steps, digest {outcome.digest}"
        click.echo("\n  ".join((title, *outcome.told)))
    if outcome.violation:
        click.echo("\n  ".join((f"BROKEN: {outcome.violation}", *outcome.place.split("\n"))) + "\n")


def with_ordered_sets() -> None:
    """Starts over with a fixed order of sets, which calmirror's writes follow and a history must not hang on."""
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, *sys.argv])  # noqa: S606 -- this very program


def main() -> int:
    """Exit code 1 when a promise was broken."""
    given, counts, broken, began = options(), Counter[str](), [], time.monotonic()
    for outcome in outcomes(given.seeds, steps=given.steps, shrink=not given.no_shrink):
        report(outcome, trace=given.trace)
        counts += outcome.counts
        broken += [outcome.seed] if outcome.violation else []
    minutes = (time.monotonic() - began) / 60
    click.echo(f"{len(given.seeds)} histories, {len(given.seeds) / minutes:.0f} a minute")
    click.echo("\n".join(f"  {count:6} {name}" for name, count in sorted(counts.items())))
    click.echo(f"{len(broken)} broke a promise{': seeds ' + ', '.join(map(str, broken)) if broken else ''}")
    return 1 if broken else 0


if __name__ == "__main__":
    with_ordered_sets()
    sys.exit(main())
