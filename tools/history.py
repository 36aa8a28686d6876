"""Seeded histories: which steps a seed draws, and what one history came to."""

from __future__ import annotations

import gc
import hashlib
import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from feed_story import FeedStory
from people import new_series, new_single
from steps import STEPS
from story import Story
from test_unsettled_services import other_values
from world import GoogleSwitches, GraphSwitches

NOT_FLIPPED = {"endless_pages", "calendar_quota"}
"""Switches under which no run can end: a source that never stops talking, and a user who may make no calendar."""
TOO_NARROW = ("quota_per_minute", "writes_per_calendar")
"""With so few requests a minute a run rightly ends with 5 and comes back later, although nothing else goes wrong."""

FEEDS = 8
"""Of so many histories, one is of a published calendar."""
SHORT_WINDOWS = (12, 20, 20, 30, 60)
"""Days ahead that are mirrored: what can go wrong mostly goes wrong in a small calendar, too, and in less time."""
BEGINNINGS = (1, 2, 3, 3, 5, 5, 8, 8, 12, 25)
"""Events with which a history begins."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what is done, and the seed of its details."""

    does: str
    seed: int


@dataclass
class Outcome:
    """What a history came to. `violation` is "" where every promise was kept; `digest` tells histories apart."""

    seed: int
    steps: tuple[Step, ...]
    told: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    violation: str = ""
    place: str = ""
    digest: str = ""


def dice(seed: int | str) -> Random:
    """The same luck for the same seed."""
    return Random(seed)  # noqa: S311 -- repeatable on purpose, and no secret


def draw(seed: int, count: int) -> tuple[Step, ...]:
    """The steps of a seed: always the same. What happens often in one history hardly happens in another."""
    random = dice(seed)
    weights = [weight * random.choice((0.2, 1, 1, 4)) for weight, _ in STEPS.values()]
    return tuple(Step(one, random.getrandbits(32)) for one in random.choices(list(STEPS), weights, k=count))


def begin(seed: int) -> Story:
    """A world with a few events, in which services behave in ways that are drawn."""
    random = dice(f"switches {seed}")
    flipped: list[dict[str, Any]] = []
    for kind in (GraphSwitches, GoogleSwitches):
        choices = [one for one in other_values(kind) if one[0] not in NOT_FLIPPED]
        flipped.append(flips(choices, random))
    for name in TOO_NARROW:
        flipped[1].pop(name, None)
    future_days = random.choice(SHORT_WINDOWS)
    switches = GraphSwitches(**flipped[0]), GoogleSwitches(**flipped[1])
    reads_feed = seed % FEEDS == 0
    story = FeedStory(*switches, future_days, random) if reads_feed else Story(*switches, future_days)
    story.begin(f"begins, {future_days} days ahead, Microsoft with {flipped[0]}, Google with {flipped[1]}")
    for _ in range(random.choice(BEGINNINGS)):
        story.tell(random.choice((new_single, new_series))(story, random))
    return story


def flips(choices: Sequence[tuple[str, Any]], random: Random) -> dict[str, Any]:
    """A few switches at another value than their default, or each of them at any."""
    few = random.choice((0, 1, 2, 4, None))
    if few is not None:
        return dict(random.sample(choices, few))
    return {name: value for name, value in random.sample(choices, len(choices)) if random.random() < 0.5}


def live(seed: int, steps: Sequence[Step]) -> Outcome:
    """Lives one history to its end, or to the first broken promise."""
    gc.freeze()  # what is there already stays
    gc.disable()  # a history makes many objects and is short
    try:
        return _lived(seed, steps)
    finally:
        gc.enable()
        gc.collect()


def _lived(seed: int, steps: Sequence[Step]) -> Outcome:
    story = begin(seed)
    outcome = Outcome(seed, tuple(steps), story.told, story.counts)
    try:
        for number, step in enumerate(steps, 1):
            story.counts[f"steps: {step.does}"] += 1
            story.begin(f"{number} {step.does}")
            STEPS[step.does][1](story, dice(step.seed))
            story.check()
        story.begin("end")
        story.end()
    except Exception as error:  # noqa: BLE001 -- whatever it is, it is what a history is there to find
        outcome.violation, outcome.place = f"{type(error).__name__}: {error}", place(error)
    finally:
        story.stop()
    outcome.digest = digest(story)
    return outcome


def digest(story: Story) -> str:
    """A hash of everything that both services were asked."""
    asked = [(one.method, one.path, sorted(one.query.items())) for one in (*story.graph.log, *story.google.log)]
    return hashlib.sha256(repr(asked).encode()).hexdigest()[:16]


def place(error: Exception) -> str:
    """The last lines of code that an error came through."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    return "\n".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno}  {frame.line}" for frame in reversed(frames))


def shrunk(outcome: Outcome, most: int = 200) -> Outcome:
    """The same violation with as few steps as dropping one by one leads to, in at most so many replays."""
    best, number = outcome, len(outcome.steps)
    while number > 0 and most > 0:
        number, most = number - 1, most - 1
        tried = live(best.seed, best.steps[:number] + best.steps[number + 1 :])
        if tried.violation and same_place(tried, best):
            best = tried
    return best


def same_place(one: Outcome, other: Outcome) -> bool:
    """Whether two histories broke at the same line: all promises are told broken by one, so by whoever held them."""
    return one.place.split("\n")[:2] == other.place.split("\n")[:2]
