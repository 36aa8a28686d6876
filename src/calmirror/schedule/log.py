"""A log of our own, for where the system keeps none: each line with its time, and never more than two files of it."""

from __future__ import annotations

import io
import os
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

LARGEST = 512 * 1024
"""Bytes, when a new run begins."""


class Stamped(io.TextIOWrapper):
    """A text file whose lines begin with the local time at which they were written."""

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        super().__init__(os.fdopen(descriptor, "ab"), encoding="utf-8", errors="backslashreplace", line_buffering=True)
        self._now = now
        self._at_start = True

    def write(self, text: str) -> int:
        """Writes the text, stamped."""
        for line in text.splitlines(keepends=True):
            stamp = f"{self._now():%Y-%m-%d %H:%M:%S%z} " if self._at_start else ""
            super().write(stamp + line)
            self._at_start = line.endswith("\n")
        return len(text)


def local_now() -> datetime:
    """The time, with this machine's zone."""
    return datetime.now().astimezone()


@contextmanager
def logged(path: Path | None, now: Callable[[], datetime] = local_now, largest: int = LARGEST) -> Iterator[None]:
    """What is printed meanwhile goes to the end of the log; where there is none, to where it goes anyhow."""
    if path is None:
        yield
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.exists() and path.stat().st_size > largest:
        path.replace(path.with_suffix(".old.log"))
    with ExitStack() as stack:
        log = stack.enter_context(Stamped(path, now))
        stack.enter_context(redirect_stdout(log))
        stack.enter_context(redirect_stderr(log))
        yield
