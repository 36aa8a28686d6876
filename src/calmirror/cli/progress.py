"""Telling what a long command is at: a bar on a terminal, now and then a line elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

from calmirror.cli.screen import clean, complain

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

BAR_AFTER = 0.5
"""Seconds; quicker work shows nothing, and does not even import what draws."""
LINE_EVERY = 5.0


class Watched:
    """Shows progress on stderr while it is entered, and nothing if `silent`. It is called as a Progress.

    `seconds` tells the time since some moment.
    """

    def __init__(self, name: str, *, silent: bool, seconds: Callable[[], float] = time.monotonic) -> None:
        self._name = name
        self._silent = silent
        self._seconds = seconds
        self._drawing = sys.stderr is not None and sys.stderr.isatty()
        self._last = self._started = seconds()
        self._bar: Bar | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    def clear(self) -> None:
        """Takes the bar away, for what a person has to read; what comes next draws another one."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def __call__(self, doing: str, done: int, total: int) -> None:
        """Takes note of what is being done; `total` is 0 where it is not known."""
        now = self._seconds()
        if self._silent or now - self._started < BAR_AFTER:
            return
        if self._drawing:
            self._draw(doing, done, total)
        elif now - self._last >= LINE_EVERY:
            self._last = now
            complain(f"{self._name}: {doing}" + (f" ({done} of {total})" if total else ""))

    def _draw(self, doing: str, done: int, total: int) -> None:
        if self._bar is None:
            self._bar = _bar()
            self._bar.start()
            self._task = self._bar.add_task("", total=None)
        assert self._task is not None, "a bar has its task from the start"
        text = clean(f"{self._name}: {doing}").replace("[", r"\[")
        self._bar.update(self._task, description=text, completed=done, total=total or None)


def _bar() -> Any:
    from rich.console import Console  # noqa: PLC0415 - most runs draw nothing
    from rich.progress import Progress  # noqa: PLC0415 - as above

    return Progress(console=Console(stderr=True), transient=True)
