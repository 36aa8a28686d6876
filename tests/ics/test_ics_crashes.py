"""Wherever a run dies, the next one ends where it would have ended: with a feed, and while the source changes."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta

import pytest
from feed_world import FeedWorld
from world import TODAY, Death, KilledError, timed, weekly

EVERY = 4
MOST = 50


def small(tmp_path) -> FeedWorld:
    world = FeedWorld(tmp_path)
    for number in range(4):
        world.ids[f"{number}"] = world.mailbox.create(timed(f"Event {number}", TODAY + timedelta(number), 9))
    world.ids["series"] = world.mailbox.create(weekly("Series", TODAY, 11))
    world.mailbox.edit_occurrence(world.ids["series"], TODAY + timedelta(7), subject="Once")
    world.mailbox.delete_occurrence(world.ids["series"], TODAY + timedelta(14))
    return world


def edit(world: FeedWorld) -> None:
    world.mailbox.delete(world.ids["2"])
    world.mailbox.edit(world.ids["1"], subject="Renamed")
    world.mailbox.create(timed("New", TODAY + timedelta(9), 15))
    world.mailbox.delete_occurrence(world.ids["series"], date(2026, 4, 6))


def exact(world: FeedWorld) -> None:
    assert world.sync() == 0, world.error
    assert world.verify().differences == ()
    assert world.shown_in_google() == world.shown_in_outlook()
    marked = world.mark()
    assert world.sync() == 0
    assert world.writes_since(marked) == []


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", range(1, MOST, EVERY))
def test_a_run_that_dies_is_made_good(tmp_path, at: int, after: bool):
    world = small(tmp_path)
    world.reading(world.published).settle()
    edit(world)
    with suppress(KilledError):
        world.sync(Death(at, after=after))
    exact(world)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", range(2, MOST, EVERY))
def test_a_run_that_dies_while_the_source_changes_doubles_nothing(tmp_path, at: int, after: bool):
    world = small(tmp_path)
    world.settle()
    ids = {row["id"] for row in world.ours()}
    world.reading(world.published)
    with suppress(KilledError):
        world.sync(Death(at, after=after))
    exact(world)
    assert {row["id"] for row in world.ours()} == ids


def test_a_lost_state_costs_reads_and_no_write(tmp_path):
    world = small(tmp_path)
    world.reading(world.published).settle()
    for file in world.path.parent.glob(f"{world.path.name}*"):
        file.unlink()
    marked = world.mark()
    assert world.sync() == 0
    # The calendar itself is told who keeps it now.
    assert [path for _, path in world.writes_since(marked) if "/events" in path] == []
    exact(world)
