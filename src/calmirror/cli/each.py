"""One command for several mirrors: side by side, each on its own, told in their order, one exit code in the end."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

from calmirror.cli.assemble import Assembly, Wired, chosen, open_state, settings_of
from calmirror.cli.failures import tell, worst
from calmirror.cli.progress import LINE_EVERY, Watched
from calmirror.cli.screen import complain, say
from calmirror.mirror.report import Report
from calmirror.store import Store, open_store

if TYPE_CHECKING:
    from calmirror.cli.options import Asked
    from calmirror.config import MirrorSettings

T = TypeVar("T")
R = TypeVar("R")

Again: TypeAlias = Callable[[Exception], Callable[[Wired], T] | None]

AT_ONCE = 4
"""Mirrors that are at work at the same time."""
LISTEN_EVERY = 0.5
"""Seconds. On Windows, Ctrl-C is only heard between two waits."""
ENDINGS = {0: "exact", 3: "not exact"}
"""What a mirror is called in the summary by its exit code; the others failed."""


def each_mirror(
    asked: Asked,
    work: Callable[[Wired], T],
    show: Callable[[Wired, T], int],
    *,
    silent: bool = False,
    again: Again[T] | None = None,
) -> int:
    """Does the work for every mirror that was asked for, and shows what came of it in the configuration's order.

    One mirror's failure is told, and neither stops nor delays another. Returns the most serious exit code.

    Args:
        again: what to do once more after a failure, where a person says so; None for what stays a failure.
    """
    settings = settings_of(asked)
    mirrors = chosen(settings, asked.mirrors)
    silent = silent or asked.as_json
    with closing(open_state(settings)) as store:
        each = Each(asked, Assembly(settings), settings.state_url, work, show, silent, again)
        if len(mirrors) == 1:
            return each.shown(mirrors[0], attempt(lambda one: each.alone(one, store), mirrors[0]), store)[1]
        done = zip(mirrors, side_by_side(each.among_others, mirrors), strict=True)
        words, codes = zip(*(each.shown(mirror, outcome, store) for mirror, outcome in done), strict=True)
    if not silent and all(words):
        say(summary(words))
    return worst(codes)


@dataclass(frozen=True)
class Each(Generic[T]):
    """What a command does with each mirror."""

    asked: Asked
    assembly: Assembly
    state_url: str
    work: Callable[[Wired], T]
    show: Callable[[Wired, T], int]
    silent: bool
    again: Again[T] | None = None

    def alone(self, mirror: MirrorSettings, store: Store) -> tuple[Wired, T]:
        """The work for the only mirror."""
        with Watched(mirror.name, silent=self.silent) as watched:
            wired = self.assembly.wired(mirror, store, watched)
            return wired, self.work(wired)

    def among_others(self, mirror: MirrorSettings) -> tuple[Wired, T]:
        """The work for one of several, in a thread: with a store of its own, and no bar."""
        with closing(open_store(self.state_url)) as store:
            wired = self.assembly.wired(mirror, store, Lines(mirror.name, silent=self.silent))
            return wired, self.work(wired)

    def shown(self, mirror: MirrorSettings, done: tuple[Wired, T] | Exception, store: Store) -> tuple[str, int]:
        """Shows what came of it, with this thread's store; its word for the summary, and its exit code."""
        if isinstance(done, Exception) and self.again and (work := self.again(done)):
            once_more = replace(self, work=work, again=None)
            return once_more.shown(mirror, attempt(lambda one: once_more.alone(one, store), mirror), store)
        if isinstance(done, Exception):
            return "failed", tell(done, self.asked, mirror.name)
        wired, result = done
        try:
            wired.mirror.store = store
            code = self.show(wired, result)
        except Exception as error:  # noqa: BLE001 - told in full, and the other mirrors still have their turn
            return "failed", tell(error, self.asked, mirror.name)
        return ending(result, code), code


def ending(result: object, code: int) -> str:
    """The summary's word for how a mirror ended; "" where the result says nothing of how it is."""
    if isinstance(result, Report) and result.dry_run:
        return "planned"
    return ENDINGS[code] if hasattr(result, "exit_code") else ""


class Lines:
    """Tells now and then, in a line of its own, what one mirror of several is at. It is called as a Progress."""

    def __init__(self, name: str, *, silent: bool, seconds: Callable[[], float] = time.monotonic) -> None:
        self._name = name
        self._silent = silent
        self._seconds = seconds
        self._last = seconds()

    def __call__(self, doing: str, done: int, total: int) -> None:
        """Takes note of what is being done; `total` is 0 where it is not known."""
        now = self._seconds()
        if not self._silent and now - self._last >= LINE_EVERY:
            self._last = now
            complain(f"{self._name}: {doing}" + (f" ({done} of {total})" if total else ""))


def side_by_side(work: Callable[[T], R], things: Sequence[T], at_once: int = AT_ONCE) -> Iterator[R | Exception]:
    """Does the work for all things, begun in their order; what came of each, in that order too.

    The threads end with the process, whatever they wait for; what was not begun when the caller stops stays undone.
    """
    outcomes: list[SimpleQueue[R | Exception]] = [SimpleQueue() for _ in things]
    waiting = deque(zip(things, outcomes, strict=True))

    def go_on() -> None:
        while waiting:
            try:
                thing, outcome = waiting.popleft()
            except IndexError:  # another thread took the last one
                return
            outcome.put(attempt(work, thing))

    for number in range(min(at_once, len(things))):
        threading.Thread(target=go_on, name=f"mirrors-{number}", daemon=True).start()
    try:
        for outcome in outcomes:
            yield awaited(outcome)
    finally:
        waiting.clear()


def attempt(work: Callable[[T], R], thing: T) -> R | Exception:
    """What came of the work: its result, or its error."""
    try:
        return work(thing)
    except Exception as error:  # noqa: BLE001 - it is told where the others are told
        return error


def awaited(outcome: SimpleQueue[R]) -> R:
    """The outcome when it is there; Ctrl-C interrupts the waiting."""
    while True:
        try:
            return outcome.get(timeout=LISTEN_EVERY)
        except Empty:
            continue


def summary(endings: Sequence[str]) -> str:
    """How several mirrors ended, in one line."""
    counts = Counter(endings)
    words = [word for word in (*ENDINGS.values(), "planned", "failed") if counts[word]]
    return f"{len(endings)} mirrors: " + ", ".join(f"{counts[word]} {word}" for word in words)
