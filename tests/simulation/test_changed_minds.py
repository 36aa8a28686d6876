"""Rules that change while the calendar changes, and runs that die meanwhile: Google shows what the last rules say."""

from __future__ import annotations

import re
from collections import Counter
from random import Random

import pytest
from test_unsettled_services import second_day, third_day
from world import Death, KilledError, World

from calmirror.model.policy import Condition, Effect, Policy, Profile, Rule

WORDS = ("Single", "Changed", "West", "Daily", "Plain", "title", "Only this", "once", "31st", "again", "Night", "night")


def rule(pattern: str, **then: object) -> Rule:
    """A rule for titles."""
    return Rule(name="", when=Condition(title=re.compile(pattern)), then=Effect(**then))


def some_policy(random: Random) -> Policy:
    """A few words whose events are left out, and a few whose events are only busy."""
    skipped, busy = ("|".join(random.sample(WORDS, random.randint(1, 4))) for _ in range(2))
    rules = [rule(skipped, skip=True), rule(busy, profile=Profile.BUSY)]
    return Policy(rules=tuple(random.sample(rules, random.randint(0, 2))), profile=random.choice(list(Profile)))


def expected(world: World) -> Counter[tuple[str, str, str]]:
    """What Google is to show: each occurrence judged by the first rule that has its title."""
    shown: Counter[tuple[str, str, str]] = Counter()
    for (title, start, end), count in world.shown_in_outlook().items():
        rules = [one.then for one in world.policy.rules if one.when.title and one.when.title.search(title)]
        effect = rules[0] if rules else Effect()
        if not effect.skip:
            busy = (effect.profile or world.policy.profile) is Profile.BUSY
            shown["Busy" if busy else title, start, end] += count
    return shown


def assert_as_asked(world: World) -> None:
    """Google shows what is asked for, `verify` agrees, and there is nothing left to do."""
    assert world.shown_in_google() == expected(world)
    assert world.verify().differences == ()
    marked = world.mark()
    assert world.sync() == 0
    assert world.writes_since(marked) == []


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_asked_for_in_turn_is_shown(seed: int) -> None:
    random = Random(seed)
    world = World().fill(singles=10)
    world.other = world.mailbox.add_calendar("Other")
    world.clock.advance(60)
    for day in (None, None, World.edit_of_every_kind, None, second_day, third_day, None):
        if day:
            day(world)
        world.policy = some_policy(random) if random.random() < 0.8 else world.policy
        world.clock.advance(60)
        assert world.sync() == 0, world.error
        assert_as_asked(world)
    world.policy = Policy()
    assert world.sync() == 0, world.error
    assert_as_asked(world)
    world.assert_exact()


def changed_mind() -> World:
    """A mirror whose rules now hide series, changed occurrences and single events, and show others."""
    world = World().fill(singles=4)
    world.policy = Policy(rules=(rule("Daily|Changed title", skip=True),))
    assert world.sync() == 0
    world.policy = Policy(rules=(rule("^Changed$|Single 1", skip=True), rule("West|Single 2", profile=Profile.BUSY)))
    return world


def test_wherever_a_run_is_killed_that_applies_new_rules_the_next_one_does() -> None:
    whole = Death()
    world = changed_mind()
    assert world.sync(whole) == 0
    assert_as_asked(world)
    assert whole.steps > 15
    for step in range(1, whole.steps + 1):
        world = changed_mind()
        with pytest.raises(KilledError):
            world.sync(Death(step))
        if step % 2:
            world.policy = Policy()
        assert world.sync() == 0, world.error
        assert_as_asked(world)
