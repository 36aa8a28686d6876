"""A lock between processes that the operating system takes back when its holder dies."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from calmirror.tokens.private_file import NO_FOLLOW

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LONGEST = 120.0
"""Seconds; whoever holds it asks a service one question, with time-outs."""
LOOK_EVERY = 0.05


class LockBusyError(Exception):
    """Another process has held the lock all the time."""


@contextmanager
def locked(path: Path, longest: float = LONGEST) -> Iterator[None]:
    """Holds the lock of this file, which stays where it is; waits up to `longest` seconds for it.

    Raises:
        LockBusyError: it did not become free.
        OSError: the file cannot be made.
    """
    opened = os.open(path, os.O_RDWR | os.O_CREAT | NO_FOLLOW, 0o600)
    try:
        deadline = time.monotonic() + longest
        while not taken(opened):
            if time.monotonic() > deadline:
                raise LockBusyError
            time.sleep(LOOK_EVERY)
        yield
    finally:
        os.close(opened)


def taken(opened: int) -> bool:
    """Whether the lock could be had at once; closing the file gives it back."""
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - only there

            msvcrt.locking(opened, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 - only there

            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True
