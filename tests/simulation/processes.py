"""Processes that take turns: each goes on for some steps and then stands still, while the world goes on without it.

They share one thread, so what happens in between depends on nothing but who was told to go on, and for how long.
"""

from __future__ import annotations

from typing import Any

from greenlet import getcurrent, greenlet
from promises import calls, hold
from world import Death, KilledError, World, said

from calmirror.errors import CalmirrorError
from calmirror.mirror.run import run

TO_THE_END = 1_000_000


class Turns(Death):
    """Stands still between two steps when its turn is over."""

    def __init__(self) -> None:
        super().__init__()
        self.left = 0

    def pause(self) -> None:
        """Hands over, and comes back when it is this process's turn again."""
        while self.left <= 0:
            getcurrent().parent.switch()
        self.left -= 1


class Process:
    """One run on another machine, which can stand still anywhere between two requests or commits."""

    def __init__(self, world: World, owner: str, **options: Any) -> None:
        self._world, self._turns, self.owner = world, Turns(), owner
        self._mirror = world.mirror(self._turns, owner)
        self._life = greenlet(lambda: self._live(options))
        self._late: set[tuple[str, str]] = set()
        """What it wrote although another run had the mirror by then."""
        self.held = False
        """Whether it had the lease when its last turn ended."""
        self.ending = ""

    def go_on(self, steps: int) -> bool:
        """Its turn. Whether it wrote although another run had the mirror by then: at most one request ever does."""
        world = self._world
        lost, before = self.held and not self.holds(), len(world.google.log)
        self._turns.left = steps
        self._life.switch()
        wrote = [{(call.method, call.path) for call in calls([one])} for one in world.google.log[before:]]
        wrote = [asked for asked in wrote if any(method != "GET" for method, _ in asked)]
        for asked in wrote if lost else []:
            self._late = self._late or asked
            hold("I7", asked <= self._late, f"another request after the one on its way: {len(asked)} calls")
        self.held = self.holds()
        return lost and bool(wrote)

    def holds(self) -> bool:
        """Whether the lease is its own."""
        return self._world.state.lease_owner == self.owner

    @property
    def ended(self) -> bool:
        """Whether it came to its end."""
        return bool(self._life.dead)

    def kill(self) -> None:
        """It is no more."""
        self._turns.dead = True
        if not self.ended:
            self.go_on(TO_THE_END)

    def _live(self, options: dict[str, Any]) -> None:
        report = error = None
        try:
            report = run(self._mirror, **options)
        except KilledError:
            self.ending = "killed"
            return
        except CalmirrorError as refused:
            error = refused
        self._world.watch.said += said(report, error)
        self.ending = f"exit {error.exit_code} {error.code}" if error else f"exit {report.exit_code if report else 1}"
