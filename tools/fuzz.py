"""Nonsense for everything that reads what others wrote; see tests/hostile.

Every example that ends in anything but an answer or a defined error is printed as small as it can be made, and kept in
tests/hostile/corpus/, where it is a test from then on.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
from hypothesis import HealthCheck, given, seed, settings

sys.path.append(str(Path(__file__).parents[1] / "tests" / "hostile"))
sys.path.append(str(Path(__file__).parents[1] / "tests" / "simulation"))

import growth
from parsers import TARGETS, Target

CORPUS = Path(__file__).parents[1] / "tests" / "hostile" / "corpus"
BATCH = 200
"""Examples between two looks at the clock."""
SLOW = 5.0
"""Seconds of the processor that no example may take."""


@dataclass
class Tally:
    """What became of one target; `crashes` are the smallest examples, by what they ended in."""

    examples: int = 0
    seconds: float = 0.0
    crashes: dict[str, Any] = field(default_factory=dict)


class SlowError(Exception):
    """An example that keeps its parser busy."""


def main() -> int:
    """Throws until the time is over; 1 where anything was found."""
    asked = options()
    if asked.growth:
        return growth.report()
    targets = {name: TARGETS[name] for name in asked.target or TARGETS}
    tallies = {name: Tally() for name in targets}
    numbers = random.Random(asked.seed)  # noqa: S311 - nothing here is a secret
    until = time.monotonic() + asked.minutes * 60
    while time.monotonic() < until:
        # The one that had the least time is next.
        name = min(tallies, key=lambda one: tallies[one].seconds)
        throw(targets[name], tallies[name], numbers.getrandbits(64))
    for name, tally in tallies.items():
        click.echo(f"{name:<14} {tally.examples:>9} examples {tally.seconds:>6.0f} s  {len(tally.crashes)} crashes")
        keep(name, tally.crashes)
    examples, crashes = (
        sum(map(count, tallies.values())) for count in (lambda t: t.examples, lambda t: len(t.crashes))
    )
    click.echo(
        f"{len(tallies)} targets, {examples} examples, {asked.minutes:g} minutes, seed {asked.seed}: {crashes} crashes"
    )
    return bool(crashes)


def options() -> argparse.Namespace:
    """What was typed."""
    parser = argparse.ArgumentParser(prog="./dev fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0, help="how long, in all (default: 5)")
    parser.add_argument("--target", action="append", choices=TARGETS, help="only this one; may be repeated")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="the same again")
    parser.add_argument("--growth", action="store_true", help="measure instead how times grow from 1 kB to 1 MB")
    return parser.parse_args()


def throw(target: Target, tally: Tally, number: int) -> None:
    """One batch of examples. A crash that is known already is passed over, so that others come to light."""
    last: list[Any] = []

    def check(example: Any) -> None:
        tally.examples += 1
        began = time.process_time()
        try:
            target.check(example)
            look_at_clock(began)
        except Exception as error:
            if where(error) in tally.crashes:
                return
            last[:] = [where(error), example]
            raise

    began = time.monotonic()
    try:
        searching(check, target, number)()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what we are looking for
        name, example = last or (where(error), None)
        tally.crashes[name] = example
        click.echo(f"{name}\n  {json.dumps(example)[:400]}")
        click.echo("".join(traceback.format_exception_only(error))[:400])
    tally.seconds += time.monotonic() - began


def look_at_clock(began: float) -> None:
    """Raises SlowError for what took too long."""
    if time.process_time() - began > SLOW:
        raise SlowError


def searching(check: Callable[[Any], None], target: Target, number: int) -> Callable[[], None]:
    """The search, which shrinks what it finds."""
    how = settings(
        max_examples=BATCH,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    search: Callable[[], None] = seed(number)(how(given(target.examples)(check)))
    return search


def where(error: Exception) -> str:
    """What tells one crash from another: its type, and the last line of ours."""
    frames = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    ours = [f"{Path(file).name}:{line}" for file, line in frames if "calmirror" in file or "parsers" in file]
    return f"{type(error).__name__} {ours[-1] if ours else ''}"


def keep(name: str, crashes: dict[str, Any]) -> None:
    """Adds what was found to the target's corpus."""
    if not crashes:
        return
    path = CORPUS / f"{name}.json"
    known = json.loads(path.read_text()) if path.exists() else []
    new = [example for example in crashes.values() if example not in known]
    path.write_text(json.dumps(known + new, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
