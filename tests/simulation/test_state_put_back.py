"""An old copy of the state is put back: the next run ends at the exact mirror, whatever later runs had written."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from datetime import date, timedelta

import pytest
from test_unsettled_services import second_day, third_day
from world import TODAY, Death, KilledError, World, moved, numbered, timed, weekly

from calmirror.model.policy import Watch

DAY = 86_400
LATER = 600


def first_day(world):
    """Edits of every kind, and events that do not live long."""
    world.edit_of_every_kind()
    world.ids["short"] = world.mailbox.create(timed("Short-lived", TODAY + timedelta(3), 9))
    world.ids["short series"] = world.mailbox.create(weekly("Short-lived series", TODAY, 20))
    world.mailbox.edit_occurrence(world.ids["short series"], TODAY + timedelta(7), subject="Once")


def later_days(world, count):
    """So many runs after the backup, each with edits; the series that has exceptions is made anew by each."""
    days = (first_day, second_day, third_day)
    for number in range(count):
        if number < len(days):
            days[number](world)
        world.mailbox.edit(world.ids["changed"], **moved(date(2026, 3, 2), 8 + number))
        world.mailbox.edit_occurrence(world.ids["changed"], date(2026, 3, 23), subject=f"Once more {number}")
        world.clock.advance(LATER)
        assert world.sync() == 0, world.error


def put_back(tmp_path, runs, watch=Watch.DAILY, *, alive=True):
    """A mirror whose state is that of before so many runs."""
    world = World(tmp_path, check_drift=watch).fill(singles=10)
    world.other = world.mailbox.add_calendar("Other")
    world.settle()
    world.clock.advance(LATER)
    backup = world.path.read_bytes()
    later_days(world, runs)
    world.path.write_bytes(backup)
    if not alive:
        world.graph.expire_cursors()
    world.clock.advance(LATER)
    return world


def exact_after_one_run(world):
    """One run is enough, and the next has nothing to do."""
    assert world.sync() == 0, (world.error, world.report and world.report.skipped)
    assert world.verify().differences == ()
    assert len(world.ours()) == len({row["id"] for row in world.ours()})
    for options in ({}, {"full": True}):
        marked = world.mark()
        assert world.sync(**options) == 0
        assert world.writes_since(marked) == []
        world.clock.advance(LATER)


@pytest.mark.parametrize("watch", list(Watch))
@pytest.mark.parametrize("alive", [True, False], ids=["cursor alive", "cursor dead"])
@pytest.mark.parametrize("runs", [1, 2, 3, 10])
def test_after_so_many_runs(tmp_path, runs, alive, watch):
    world = put_back(tmp_path, runs, watch, alive=alive)
    exact_after_one_run(world)


@pytest.mark.parametrize("watch", list(Watch))
@pytest.mark.parametrize("runs", [1, 3])
def test_with_more_edits_since(tmp_path, runs, watch):
    world = put_back(tmp_path, runs, watch)
    for name in ("short", "short series", "new", "second half"):
        world.mailbox.delete(world.ids[name])
    world.mailbox.edit(world.ids["changed"], subject="Renamed since")
    exact_after_one_run(world)


def single(world):
    world.ids["x"] = world.mailbox.create(timed("Single", TODAY + timedelta(2), 9))


def series(world):
    world.ids["x"] = world.mailbox.create(weekly("Series", TODAY, 20))
    world.mailbox.edit_occurrence(world.ids["x"], TODAY + timedelta(7), subject="Once")


def without_a_rule(world):
    """A series in a zone of its own, which is mirrored occurrence by occurrence."""
    event = weekly("Odd", TODAY, 20) | {
        "recurrence": {"pattern": {"type": "daily", "interval": 1}, "range": numbered(TODAY, 9)}
    }
    world.ids["x"] = world.mailbox.create(event, real_zone="Australia/Lord_Howe")


def delete(world):
    world.mailbox.delete(world.ids["x"])


def decline(world):
    world.mailbox.cancel(world.ids["x"])


def move_away(world):
    world.mailbox.move_to_calendar(world.ids["x"], world.other)


@pytest.mark.parametrize("watch", [Watch.DAILY, Watch.NEVER])
@pytest.mark.parametrize("then", [delete, decline, move_away])
@pytest.mark.parametrize("made", [single, series])
def test_what_the_state_never_knew_goes_when_it_goes_in_outlook_though_nothing_else_happened(
    tmp_path, made, then, watch
):
    world = World(tmp_path, check_drift=watch).fill(singles=3).settle()
    world.other = world.mailbox.add_calendar("Other")
    backup = world.path.read_bytes()
    world.clock.advance(LATER)
    made(world)
    assert world.sync() == 0
    world.path.write_bytes(backup)
    then(world)
    world.clock.advance(LATER)
    exact_after_one_run(world)
    assert world.copies("x") == []


@pytest.mark.parametrize("watch", [Watch.DAILY, Watch.NEVER])
def test_what_was_edited_and_is_as_it_was_again_is_written_as_it_is(tmp_path, watch):
    world = World(tmp_path, check_drift=watch).fill(singles=3).settle()
    backup = world.path.read_bytes()
    world.clock.advance(LATER)
    for name in ("single-1", "west"):
        world.mailbox.edit(world.ids[name], subject="For a while")
    assert world.sync() == 0
    world.path.write_bytes(backup)
    world.mailbox.edit(world.ids["single-1"], subject="Single 1")
    world.mailbox.edit(world.ids["west"], subject="West")
    world.clock.advance(LATER)
    exact_after_one_run(world)


def test_a_state_is_old_though_what_it_does_not_know_has_lower_run_numbers(tmp_path):
    """The newer state was one that had begun anew, and an idle run comes first."""
    world = World(tmp_path).fill(singles=3).settle()
    world.clock.advance(LATER)
    for _ in range(3):
        assert world.sync() == 0
    backup = world.path.read_bytes()
    world.path.unlink()
    world.clock.advance(LATER)
    assert world.sync() == 0
    world.ids["later"] = world.mailbox.create(weekly("Later", TODAY, 20))
    world.clock.advance(LATER)
    assert world.sync() == 0
    newer = {row["id"]: row for row in world.ours()}
    world.path.write_bytes(backup)
    world.clock.advance(LATER)
    assert world.sync() == 0
    assert {row["id"]: row for row in world.ours()} == newer
    [run] = world.mirror().store.runs("work", 1)
    assert run.counts.get("insert", 0) == 0
    assert world.verify().differences == ()


def test_the_state_is_rebuilt_once_and_no_run_has_a_number_that_was_used(tmp_path):
    world = put_back(tmp_path, 3)
    last = max(int(marks_of(row).partition(".")[0]) for row in world.ours())
    assert world.sync() == 0
    assert world.sync() == 0
    assert world.mirror().store.runs("work", 1)[0].id > last
    marked = world.mark()
    world.mailbox.edit(world.ids["single-1"], subject="Another title")
    assert world.sync() == 0
    assert world.since(marked) == (1, 2)


def marks_of(row):
    return row["extendedProperties"]["private"]["calmirrorRun"]


def test_plan_shows_what_the_run_will_do_and_changes_nothing(tmp_path):
    world = put_back(tmp_path, 3)
    world.mailbox.delete(world.ids["short"])
    marked, state = world.mark(), world.state
    assert world.sync(dry_run=True) == 0
    assert world.writes_since(marked) == []
    planned = sorted((one.verb, one.source_id, one.part) for one in world.report.plan.actions)
    assert world.state.cursor == state.cursor
    assert world.sync() == 0
    assert sorted((one.verb, one.source_id, one.part) for one in world.report.plan.actions) == planned


def test_only_the_whole_read_sees_that_an_old_state_was_put_back_where_nothing_happens_any_more(tmp_path):
    """The guide on backups says so: Microsoft has no change to tell, since the last one lies before the backup."""
    world = World(tmp_path, check_drift=Watch.NEVER).fill(singles=3).settle()
    backup = world.path.read_bytes()
    world.clock.advance(LATER)
    single(world)
    assert world.sync() == 0
    delete(world)
    cursor = world.state.cursor
    world.path.write_bytes(backup)
    with closing(sqlite3.connect(world.path)) as database, database:
        database.execute("UPDATE mirror SET cursor = ?", (cursor,))
    world.graph.log.clear()
    world.google.log.clear()
    world.clock.advance(DAY)
    assert world.sync() == 0
    assert world.copies("x") == []
    world.assert_exact()


@pytest.mark.parametrize("step", range(5, 50, 3))
def test_after_a_run_that_was_cut_short_while_it_made_a_series_anew(tmp_path, step):
    world = World(tmp_path).fill(singles=2).settle()
    world.clock.advance(LATER)
    backup = world.path.read_bytes()
    world.mailbox.edit(world.ids["changed"], **moved(date(2026, 3, 2), 8))
    world.mailbox.edit_occurrence(world.ids["changed"], date(2026, 3, 23), subject="Once more")
    with suppress(KilledError):
        world.sync(death=Death(step))
    world.path.write_bytes(backup)
    world.clock.advance(LATER)
    exact_after_one_run(world)
