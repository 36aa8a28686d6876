"""`calmirror sync` as real processes on real sockets and a real file, killed at some fifty moments by the system."""

import os
import random
import signal
import subprocess
import sys
import threading
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

from world import TODAY, World, moved, timed

from calmirror.sandbox.serve import serve
from calmirror.sandbox.service import Fault
from calmirror.store import open_store

KILLS, CHECKED_EVERY = 50, 10
CONFIG = """
[state]
url = "sqlite:///state.db"
[microsoft]
graph_url = "{graph}"
token_command = ["echo", "microsoft-token"]
[google]
api_url = "{google}"
token_command = ["echo", "google-token"]
[[mirror]]
name = "work"
destination = "Outlook"
past_days = {past_days}
future_days = 60
"""
MOMENTS = ("before", "after", "between")


class Killer:
    """Kills a process at its n-th request: before that takes effect, after it, or some milliseconds later."""

    def __init__(self, at, moment, delay):
        self.at, self.moment, self.delay, self.seen = at, moment, delay, 0
        self.started, self.timer, self.pid = threading.Event(), None, 0

    def fault(self):
        """To be put in the way of both services."""
        return Fault(matches=self.strikes, reset_before=True, times=-1)

    def strikes(self, _request):
        """Counts a request; True where it must not take effect any more."""
        self.started.wait()
        self.seen += 1
        if self.seen == self.at and self.moment == "between":
            self.timer = threading.Timer(self.delay, self.kill)
            self.timer.start()
        elif self.seen == self.at:
            self.kill()
        return self.seen >= self.at and self.moment == "before"

    def kill(self):
        """At once, and without a word."""
        os.kill(self.pid, signal.SIGKILL)


class Child:
    """The command in a process of its own, over and over."""

    def __init__(self, folder, world, running):
        self.config, self.world = folder / "calmirror.toml", world
        # The process has the machine's clock, the calendars have that of March 2026.
        past_days = (datetime.now(UTC).date() - TODAY).days + 40
        text = CONFIG.format(graph=running.graph_url, google=running.google_url, past_days=past_days)
        self.config.write_text(text)

    def sync(self, killer=None):
        """The exit code; -9 where it was killed."""
        services = (self.world.graph, self.world.google)
        for service in services:
            service.faults[:] = [killer.fault()] if killer else []
        command = [sys.executable, "-m", "calmirror", "--config", str(self.config), "sync", "--quiet"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            if killer:
                killer.pid = process.pid
                killer.started.set()
            said = process.communicate()[1].decode()
            if killer and killer.timer:
                killer.timer.cancel()
                killer.timer.join()
        assert process.returncode in (0, -signal.SIGKILL), said
        return process.returncode


def something_happens(world, chance, number):
    """Something new, an edit of a kind that chance decides, and now and then a deletion, too few to ask a person."""
    box, ids = world.mailbox, world.ids
    ids[f"new {number}"] = box.create(timed(f"New {number}", TODAY + timedelta(chance.randrange(30)), 12))
    kinds = (
        lambda: box.edit(ids["changed"], **moved(date(2026, 3, 2), chance.randrange(8, 18))),
        lambda: box.edit(ids["west"], subject=f"West {number}"),
        lambda: box.edit_occurrence(ids["west"], date(2026, 4, 9), subject=f"Once {number}"),
        lambda: box.edit_occurrence(
            ids["changed"], date(2026, 4, 6), **moved(date(2026, 4, 7), chance.randrange(8, 18))
        ),
        lambda: box.edit(ids["single-1"], subject=f"Single {number}"),
    )
    chance.choice(kinds)()
    if number % 6 == 5:
        box.delete(ids.pop(next(name for name in ids if name.startswith("new "))))


def is_right(world, child):
    """By the stand-ins' own truth."""
    with closing(open_store(f"sqlite:///{child.config.with_name('state.db')}")) as store:
        world.others_identities = {state.identity for state in store.mirrors()}
    assert world.shown_in_google() == world.shown_in_outlook()
    world.check()


def test_processes_killed_at_any_moment_leave_what_the_next_one_makes_exact(tmp_path):
    chance = random.Random(20260316)
    world = World().fill(singles=8)
    with serve(world.graph, world.google) as running:
        child = Child(tmp_path, world, running)
        killed = 0
        for number in range(KILLS):
            killer = Killer(chance.randrange(1, 6), MOMENTS[number % 3], chance.random() / 20)
            killed += child.sync(killer) != 0
            something_happens(world, chance, number)
            if number % CHECKED_EVERY == 0:
                assert child.sync() == 0
                is_right(world, child)
        assert child.sync() == 0
        is_right(world, child)
        assert killed > 40
