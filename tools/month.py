"""A month of a working calendar, mirrored every quarter of an hour, while a share of all requests fails at random.

The same month is lived twice, with and without failures. Both have to end exact, and the failures may cost no more than
three tenths more requests.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import click

sys.path.append(str(Path(__file__).parents[1] / "tests" / "simulation"))
sys.path.append(str(Path(__file__).parents[1] / "tests" / "series"))
sys.path.append(str(Path(__file__).parents[1] / "tests" / "ics"))

import people
from history import dice
from steps import drawn
from story import Story
from test_google_faults import PASSING as GOOGLE
from test_microsoft_faults import PASSING as MICROSOFT
from world import Fault, GoogleSwitches, GraphSwitches, Service

from calmirror.sandbox.google.errors import named

QUARTER = 900
PER_DAY = 86_400 // QUARTER
MOST = 1.3
"""How many times the requests of a month without failures one with them may take."""
WORK: dict[people.Act, int] = {act: weight for act, weight in people.OUTLOOK.items() if act is not people.delete_many}
LOST: tuple[dict[str, Any], ...] = ({"reset_before": True}, {"reset_after": True}, {"truncate": 120})


@dataclass
class Month:
    """What a month came to."""

    edits: int
    runs: Counter[int]
    failed: int
    """Requests that failed, single ones of a batch included."""
    requests: tuple[int, int]
    """To Microsoft and to Google; a batch is one."""


def live_month(seed: int, days: int, share: float) -> Month:
    """Lives it; raises AssertionError where it does not end exact."""
    story, random, fails = Story(GraphSwitches(), GoogleSwitches()), dice(seed), dice(f"failures {seed}")
    for _ in range(12):
        random.choice((people.new_single, people.new_series))(story, random)
    break_some(story.graph, share, fails, [what for name, what in MICROSOFT.items() if name != "401"])
    break_some(story.google, share, fails, [{how: named(n)} for n in GOOGLE for how in ("answer", "answer_after")])
    began, edits, runs = story.clock.now(), 0, Counter[int]()
    for quarter in range(days * PER_DAY):
        story.clock.advance(max(0.0, began + quarter * QUARTER - story.clock.now()))
        edits += work(story, random)
        runs[story.attempt()] += 1
    failed = sum(fault.seen for service in (story.graph, story.google) for fault in service.faults)
    requests = (len(story.graph.log), len(story.google.log))
    story.end()
    return Month(edits, runs, failed, requests)


def work(story: Story, random: Random) -> int:
    """On weekdays from eight to six somebody edits something every hour or so; whether it was done now."""
    now = datetime.fromtimestamp(story.clock.now(), UTC)
    if now.weekday() > 4 or not 8 <= now.hour < 18 or random.random() > 0.3:
        return 0
    try:
        drawn(WORK, random)(story, random)
    except (ValueError, KeyError):  # Outlook refuses it
        return 0
    return 1


def break_some(service: Service, share: float, fails: Random, kinds: Sequence[dict[str, Any]]) -> None:
    """Each request, and each in a batch, fails with this probability, in a way that is drawn."""
    every = (*kinds, *LOST)
    for number, what in enumerate(every):
        # Each fault is asked in turn: so that all strike alike, the later ones strike more often when asked.
        chance = share / len(every) / (1 - share * number / len(every)) if share else 0.0
        for inside in (False, True):
            strikes = lambda _request, chance=chance: fails.random() < chance  # noqa: E731 -- one for each chance
            service.faults.append(Fault(matches=strikes, inside_batch=inside, times=-1, **what))


def told(name: str, month: Month) -> str:
    """One month in one line."""
    ended = ", ".join(f"{count} exit {code}" for code, count in sorted(month.runs.items()))
    return f"{name}: {sum(month.requests)} requests ({month.requests[0]} + {month.requests[1]}), {ended}"


def main() -> int:
    """Exit code 1 where the failures cost too much."""
    parser = argparse.ArgumentParser(prog="./dev month", description=__doc__)
    parser.add_argument("--days", type=int, default=30, help="how long (default: 30)")
    parser.add_argument("--seed", type=int, default=1, help="another month")
    parser.add_argument("--share", type=float, default=0.05, help="of all requests, how many fail (default: 0.05)")
    given = parser.parse_args()
    began = time.monotonic()
    calm, rough = (live_month(given.seed, given.days, share) for share in (0.0, given.share))
    ratio = sum(rough.requests) / sum(calm.requests)
    click.echo(f"{given.days} days, {sum(calm.runs.values())} runs, {calm.edits} edits in Outlook")
    click.echo(told("without failures", calm))
    click.echo(told(f"with {rough.failed} failures", rough))
    click.echo(f"both exact in the end; {ratio:.2f} times the requests; {time.monotonic() - began:.0f} s")
    return 0 if ratio <= MOST else 1


if __name__ == "__main__":
    sys.exit(main())
