"""Runs that are stopped before and after every request, every database statement and every write to a file.

Each scenario is run once to count these; then once for each of them, with a process that dies right there. The next
run has to end where the first one did: both calendars show the same, nothing is there twice, nothing is left to do.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sqlite3
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing import Pool
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

import click

sys.path.append(str(Path(__file__).parents[1] / "tests" / "simulation"))

from crash_scenarios import SCENARIOS, Scenario
from world import Death, KilledError, World

FAST = Path("/dev/shm")  # noqa: S108 -- folders of our own are made there; commits need not reach a disk
ON_FILES = ("open", "rename", "replace", "link", "unlink", "mkdir", "fsync")
CHUNK = 60
"""Points that one process tries before it makes way."""


class Effects(Death):
    """One process whose every effect is a step: a request, a statement, a change of a file."""

    def __init__(self, at: int = 0, *, after: bool = False) -> None:
        super().__init__(at, after=after)
        self.folder = Path()
        self.left: Path | None = None
        """A copy of the folder as the death left it: what is closed and tidied up afterwards, no dead process does."""
        self._copying = False

    def breathe(self) -> None:
        """A dead process does nothing any more."""
        if self.dead and self.left is None and not self._copying:
            self._copying = True
            self.left = Path(mkdtemp(dir=self.folder.parent))
            shutil.copytree(self.folder, self.left, dirs_exist_ok=True)
            self._copying = False
        super().breathe()

    @contextmanager
    def watched(self, folder: Path) -> Iterator[None]:
        """Whatever is done to databases and files meanwhile is an effect; files end as the death left them."""
        self.folder = folder
        connect, originals = sqlite3.connect, {name: getattr(os, name) for name in ON_FILES}
        sqlite3.connect = partial(self._connect, connect)
        for name, original in originals.items():
            setattr(os, name, partial(self._do, original))
        try:
            yield
        finally:
            sqlite3.connect = connect
            for name, original in originals.items():
                setattr(os, name, original)
            if self.left is not None:
                shutil.rmtree(folder)
                self.left.rename(folder)

    def _do(self, original: Callable[..., Any], *values: Any, **more: Any) -> Any:
        if self._copying:
            return original(*values, **more)
        with self.step():
            return original(*values, **more)

    def _connect(self, connect: Callable[..., Any], *values: Any, **more: Any) -> Any:
        with self.step():
            return connect(*values, factory=partial(Connection, effects=self), **more)


class Connection(sqlite3.Connection):
    """A connection whose every statement is a step."""

    def __init__(self, *values: Any, effects: Effects, **more: Any) -> None:
        self._effects = effects
        super().__init__(*values, **more)

    def execute(self, *values: Any) -> Any:
        """As it is."""
        with self._effects.step():
            return super().execute(*values)

    def executemany(self, *values: Any) -> Any:
        """As it is."""
        with self._effects.step():
            return super().executemany(*values)

    def executescript(self, *values: Any) -> Any:
        """As it is."""
        with self._effects.step():
            return super().executescript(*values)


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of some points of one scenario."""

    scenario: str
    tried: int
    lost: tuple[str, ...]
    """Those from which the next run did not recover, and how."""


def effects_of(scenario: Scenario) -> int:
    """How many effects its run has."""
    with TemporaryDirectory(dir=FAST if FAST.is_dir() else None) as name:
        world, effects = scenario.build(folder(name)), Effects()
        with effects.watched(folder(name)):
            scenario.act(world, effects)
        scenario.prove(world)
        return effects.steps


def folder(name: str) -> Path:
    """The state's own folder in a temporary one."""
    own = Path(name) / "state"
    own.mkdir(exist_ok=True)
    return own


def die_at(scenario: Scenario, world: World, at: int, *, after: bool) -> str:
    """Dies there and recovers; "" where that went well."""
    effects = Effects(at, after=after)
    assert world.path is not None, "a world of its own files"
    try:
        with effects.watched(world.path.parent), suppress(KilledError):
            scenario.act(world, effects)
        if effects.left is None:
            return "it did not die"
        scenario.recover(world)
        scenario.prove(world)
    except Exception as error:  # noqa: BLE001 -- whatever it is, it is what this looks for
        return f"{type(error).__name__}: {error}\n{''.join(traceback.format_tb(error.__traceback__)[-3:])}"
    return ""


def try_points(piece: tuple[str, range]) -> Tried:
    """Tries some points of a scenario, each in a process of its own that begins with the same world."""
    (name, points), lost = piece, []
    with TemporaryDirectory(dir=FAST if FAST.is_dir() else None) as own:
        world = SCENARIOS[name].build(folder(own))
        for point in points:
            at, after = point // 2 + 1, bool(point % 2)
            told = apart(partial(in_a_copy, name, world, at, after), Path(own) / "told")
            lost += [f"{'after' if after else 'before'} {at}: {told}"] if told else []
    return Tried(name, len(points), tuple(lost))


def in_a_copy(name: str, world: World, at: int, after: bool) -> str:
    """One point, on a copy of the world's files."""
    assert world.path is not None, "a world of its own files"
    with TemporaryDirectory(dir=FAST if FAST.is_dir() else None) as own:
        shutil.copytree(world.path.parent, folder(own), dirs_exist_ok=True)
        world.live_in(folder(own))
        return die_at(SCENARIOS[name], world, at, after=after)


def apart(work: Callable[[], str], told: Path) -> str:
    """Does the work in a forked process, so that nothing of it stays; what it returned."""
    pid = os.fork()
    if pid == 0:
        try:
            told.write_text(work() or "well")
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    said = told.read_text() if told.exists() else "it ended without a word"
    told.unlink(missing_ok=True)
    return "" if said == "well" else said


def chunks(names: list[str], every: int) -> Iterator[tuple[str, range]]:
    """All points of the scenarios, or every n-th, in pieces."""
    for name in names:
        points = range(0, 2 * effects_of(SCENARIOS[name]), every)
        for start in range(0, len(points), CHUNK):
            yield name, points[start : start + CHUNK]


def tell(tried: Counter[str], lost: Counter[str]) -> None:
    """What came of the latest scenario."""
    name = list(tried)[-1]
    click.echo(f"{tried[name]:6} tried  {tried[name] - lost[name]:6} recovered  {name}")


def main() -> int:
    """Exit code 1 when a run did not recover."""
    parser = argparse.ArgumentParser(prog="./dev crashes", description=__doc__)
    parser.add_argument("--scenario", action="append", choices=list(SCENARIOS), help="only this one")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every n-th point (default: all)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes (default: one a processor)")
    given = parser.parse_args()
    began, tried, lost = time.monotonic(), Counter[str](), Counter[str]()
    with Pool(given.jobs) as pool:
        for done in pool.imap(try_points, chunks(given.scenario or list(SCENARIOS), given.every)):
            if done.scenario not in tried and tried:
                tell(tried, lost)
            tried[done.scenario] += done.tried
            lost[done.scenario] += len(done.lost)
            for one in done.lost:
                click.echo(f"NOT RECOVERED: {done.scenario}, {one}")
    tell(tried, lost)
    click.echo(f"{tried.total():6} tried  {tried.total() - lost.total():6} recovered, {time.monotonic() - began:.0f} s")
    return 1 if lost.total() else 0


if __name__ == "__main__":
    sys.exit(main())
