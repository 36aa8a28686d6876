"""A source without any event: before a mirror holds one, it may be the wrong account or calendar."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from feed_world import FeedWorld, days
from world import TODAY, World, timed


def outlook(folder: Path) -> World:
    return World(folder)


def feed(folder: Path) -> World:
    return FeedWorld(folder).serve()


def feed_of_another_year(folder: Path) -> World:
    return FeedWorld(folder).serve(*days(3, first=TODAY + timedelta(900)))


def mailbox_of_another_year(folder: Path) -> World:
    world = World(folder)
    world.mailbox.create(timed("Far away", TODAY + timedelta(900), 9))
    return world


EMPTY = [outlook, feed, feed_of_another_year, mailbox_of_another_year]


@pytest.mark.parametrize("make", EMPTY)
def test_an_empty_source_is_not_mirrored_before_a_person_has_said_that_it_is_meant(tmp_path: Path, make) -> None:
    world = make(tmp_path)
    for _ in range(2):
        assert world.sync() == 6
        assert world.error is not None
        assert world.error.code == "empty-source"
        assert "--accept-empty" in world.error.command
    assert len(list(world.google.state.live())) == 1, "a calendar was made"
    assert world.sync(accept_empty=True) == 0, world.error
    assert world.verify().differences == ()
    marked = world.mark()
    assert world.sync() == 0
    assert world.writes_since(marked) == []
    world.clock.sleep(3 * 86400)
    assert world.sync() == 0, world.error


def test_the_stop_names_the_calendar_and_its_owner(tmp_path: Path) -> None:
    world = World(tmp_path)
    assert world.sync() == 6
    [calendar] = world.mailbox.calendars.values()
    assert world.error is not None
    assert f'"{calendar.name}" of {world.mailbox.address}' in world.error.what
    assert "2026-02-24 to 2026-05-15" in world.error.what


def test_the_address_of_an_empty_feed_is_not_told(tmp_path: Path) -> None:
    world = feed(tmp_path)
    assert world.sync() == 6
    assert world.error is not None
    assert world.feed not in f"{world.error.what} {world.error.command}"
    assert "published calendar" in world.error.what


def test_a_plan_says_that_a_sync_would_stop(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.sync(dry_run=True)
    assert world.report is not None
    assert world.report.refused is not None
    assert world.report.refused.code == "empty-source"
    world.sync(dry_run=True, accept_empty=True)
    assert world.report is not None
    assert world.report.refused is None


def test_a_source_whose_every_event_is_hidden_is_not_empty(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.mailbox.create(timed("Off", TODAY, 9, isCancelled=True))
    assert world.sync() == 0, world.error


def test_a_mirror_that_was_right_once_may_become_empty_event_by_event(tmp_path: Path) -> None:
    world = World(tmp_path)
    only = world.mailbox.create(timed("Only", TODAY, 9))
    assert world.sync() == 0, world.error
    world.mailbox.delete(only)
    assert world.sync() == 0, world.error
    assert world.sync(full=True) == 0, world.error


def test_after_the_state_is_lost_an_empty_source_takes_nothing_from_google(tmp_path: Path) -> None:
    world = World(tmp_path).fill().settle()
    before = world.mirrored()
    for event in list(world.mailbox.events):
        world.mailbox.delete(event)
    assert world.path is not None
    world.path.unlink()
    assert world.sync() == 6
    assert world.sync(accept_empty=True) == 6
    assert world.error is not None
    assert world.error.code == "another-mirror"
    assert world.mirrored() == before


def test_a_first_run_that_was_interrupted_is_judged_by_what_it_mirrored(tmp_path: Path) -> None:
    world = World(tmp_path).fill()
    world.google.faults.clear()
    assert world.sync() == 0
    assert world.path is not None
    mirror = world.mirror()
    state = mirror.state
    epoch = mirror.store.take_lease("work", owner="x", now=world.clock.now(), ttl=1)
    mirror.store.save("work", epoch, full_at=0, succeeded_at=0, cursor="")
    mirror.store.release_lease("work", owner="x", epoch=epoch)
    mirror.store.close()
    assert state.full_at
    for event in list(world.mailbox.events):
        world.mailbox.delete(event)
    assert world.sync() == 6
    assert world.error is not None
    assert world.error.code == "mass-delete"
