"""A machine that fails a run: its disk is full, its state damaged, its clock jumps, it sleeps, it is told to stop.

Calendars are left as they are or brought to what is so; when the machine is well again, one run makes the mirror exact.
"""

import os
import signal
import subprocess
import sys
import threading
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import pytest
from test_killed_processes import CONFIG
from world import TODAY, Fault, World, moved, timed

from calmirror.errors import UserFixableError
from calmirror.mirror.context import LEASE
from calmirror.sandbox.serve import serve
from calmirror.store import Store, sqlite
from calmirror.store.sqlite import open_file

WEEK = 7 * 86_400


def edited(folder):
    """A mirror that was exact, and edits of every kind."""
    world = World(folder).fill(singles=10).settle()
    world.edit_of_every_kind()
    return world


class SmallDisk(World):
    """A disk on which the state has room for so many pages more; without a limit once that is None."""

    room = None

    def _store(self, death):
        database = open_file(self.path, create=True)
        if self.room is not None:
            [(pages,)] = database._connection.execute("PRAGMA page_count")
            database.run(f"PRAGMA max_page_count = {pages + self.room}")
        return Store(database)


def test_a_disk_that_fills_up_during_a_run_stops_it_and_loses_nothing(tmp_path):
    """With room for less and less; what was written to Google before is known to the next run."""
    stopped = 0
    for room in range(12):
        folder = tmp_path / str(room)
        folder.mkdir()
        world = SmallDisk(folder).fill(singles=60)
        world.room = room
        code = world.sync()
        assert code == 0 or (code, world.error.code) == (5, "state-full")
        stopped += code != 0
        world.room = None
        assert world.sync() == 0, world.error
        world.assert_exact()
    assert stopped > 4


def raised_by(world):
    """A run whose error is raised, wherever it arises."""
    world.sync()
    raise world.error


@pytest.mark.parametrize("damage", ["cut in half", "a page of nonsense", "not a database", "empty"])
def test_a_damaged_state_changes_no_calendar_and_without_it_nothing_is_written_again(tmp_path, damage):
    world = edited(tmp_path)
    assert world.sync() == 0
    for file in tmp_path.glob("state.db-*"):
        file.unlink()
    content = world.path.read_bytes()
    damaged = {
        "cut in half": content[: len(content) // 2],
        "a page of nonsense": content[:4096] + b"\xff" * (len(content) - 4096),
        "not a database": b"nonsense" * 100,
        "empty": b"",
    }[damage]
    world.path.write_bytes(damaged)
    marked = world.mark()
    with pytest.raises(UserFixableError) as refused:
        raised_by(world)
    assert refused.value.code in ("state-corrupted", "state-not-a-database")
    assert world.writes_since(marked) == []
    for file in tmp_path.glob("state.db*"):
        file.unlink()
    assert world.sync() == 0, world.error
    # The calendar itself is told who keeps it now.
    assert [path for _, path in world.writes_since(marked) if "/events" in path] == []
    world.assert_exact()


def test_a_locked_state_is_waited_for_and_then_left_for_later(tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.01)
    world = edited(tmp_path)
    marked = world.mark()
    with closing(open_file(world.path, create=False)) as other, other.transaction():
        assert world.sync() == 5
        assert world.error.code == "state-busy"
    assert world.writes_since(marked) == []
    assert world.sync() == 0, world.error
    world.assert_exact()


@pytest.mark.parametrize("seconds", [-3 * 365 * 86_400, -WEEK, -LEASE / 2, LEASE / 2, 2 * 86_400])
def test_a_clock_that_jumps_between_two_runs_costs_no_more_than_a_whole_read(seconds):
    """Far back, everything mirrored lies beyond the window; nothing of it is deleted."""
    world = World().fill(singles=10).settle()
    before = world.mirrored()
    world.clock.advance(seconds)
    assert world.sync() == 0, world.error
    assert world.mirrored() >= before
    world.clock.advance(-seconds)
    world.edit_of_every_kind()
    assert world.sync() == 0, world.error
    world.assert_exact()


@pytest.mark.parametrize("seconds", [-WEEK, -60, WEEK])
def test_wherever_a_clock_jumps_or_a_machine_sleeps_within_a_run_the_next_one_is_exact(seconds):
    """Nobody took the mirror meanwhile: the run goes on where it was."""
    ended = set()
    for number in range(1, 12):
        world = World().fill(singles=10).settle()
        world.edit_of_every_kind()
        seen = iter(range(1, 1000))
        jump = Fault(matches=lambda _request, seen=seen, number=number: next(seen) == number, delay=seconds)
        world.graph.faults.append(jump)
        world.google.faults.append(jump)
        ended.add(world.sync())
        for service in (world.graph, world.google):
            service.faults.clear()
        world.clock.advance(-seconds if seconds < 0 else 0)
        assert world.sync() == 0, world.error
        world.assert_exact()
    assert ended == {0}


def test_a_whole_read_during_which_the_machine_slept_is_of_the_day_when_it_began():
    """The window has moved on meanwhile: the next run reads all of it, instead of in a day."""
    world = World(future_days=20)
    world.mailbox.create(timed("Near", TODAY + timedelta(5), 9))
    world.mailbox.create(timed("Later", TODAY + timedelta(22), 9))
    world.google.faults.append(Fault(delay=WEEK))
    assert [world.sync(), world.sync()] == [0, 0]
    world.assert_exact()
    assert len(world.mirrored()) == 2


def test_a_machine_that_slept_for_weeks_makes_up_for_all_of_it():
    world = World().fill(singles=10).settle()
    world.graph.expire_cursors()
    world.edit_of_every_kind()
    world.mailbox.create(timed("Later", TODAY + timedelta(70), 9))
    world.clock.advance(3 * WEEK)
    assert world.sync() == 0, world.error
    world.assert_exact()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("service", ["graph", "google"])
def test_a_run_that_is_told_to_stop_stops_at_once_and_the_next_one_is_exact(tmp_path, number, service):
    """While it waits for an answer of either service, to what it reads or to what it writes."""
    world = World().fill(singles=8)
    past_days = (datetime.now(UTC).date() - TODAY).days + 40
    asked, go_on = threading.Event(), threading.Event()

    def held(request):
        if service == "graph" or request.method == "POST":
            asked.set()
            go_on.wait(20)
        return False

    with serve(world.graph, world.google) as running:
        config = tmp_path / "calmirror.toml"
        config.write_text(CONFIG.format(graph=running.graph_url, google=running.google_url, past_days=past_days))
        command = [sys.executable, "-m", "calmirror", "--config", str(config), "sync", "--quiet"]
        getattr(world, service).faults.append(Fault(matches=held, times=-1))
        with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
            try:
                assert asked.wait(20)
                os.kill(process.pid, number)
                assert process.wait(timeout=5) == 128 + number
            finally:
                go_on.set()
                process.kill()
        getattr(world, service).faults.clear()
        assert subprocess.run(command, check=False, capture_output=True).returncode == 0
        assert world.shown_in_google() == world.shown_in_outlook()
        world.mailbox.edit(world.ids["changed"], **moved(date(2026, 3, 2), 15))
        assert subprocess.run(command, check=False, capture_output=True).returncode == 0
        assert world.shown_in_google() == world.shown_in_outlook()
