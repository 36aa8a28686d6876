"""A small file that nobody but its owner can read, written all or nothing."""

from __future__ import annotations

import os
import stat
from pathlib import Path

LARGEST = 2**20
NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
"""Windows has neither; there, the profile's folder keeps others out."""
NO_WAIT = getattr(os, "O_NONBLOCK", 0)
"""Opening a pipe that stands in the file's place must not hang."""


class ExposedFileError(Exception):
    """Others can read or replace the file; the text says how."""


def read(path: Path) -> bytes | None:
    """What the file holds; None where there is none.

    Raises:
        ExposedFileError: it is a link, belongs to somebody else, or others may read it.
        OSError: it cannot be read.
    """
    try:
        opened = os.open(path, os.O_RDONLY | NO_FOLLOW | NO_WAIT)
    except FileNotFoundError:
        return None
    except OSError:
        if path.is_symlink():
            raise ExposedFileError("is a symbolic link") from None
        raise
    with os.fdopen(opened, "rb") as file:
        check(os.fstat(opened))
        return file.read(LARGEST)


def check(status: os.stat_result) -> None:
    """Raises ExposedFileError for a file that somebody else could have written or could read."""
    if not stat.S_ISREG(status.st_mode):
        raise ExposedFileError("is not a regular file")
    if os.name == "nt":
        return
    if status.st_uid != os.geteuid():
        raise ExposedFileError("belongs to another user")
    if status.st_mode & 0o077:
        raise ExposedFileError(f"can be read or changed by others (mode {stat.S_IMODE(status.st_mode):o})")


def write(path: Path, content: bytes) -> None:
    """Replaces the file in one step, whatever the umask: at any moment it is the old one or the new one, on the disk.

    Only one process at a time may do this to the same file.

    Raises:
        OSError: the old file is still there.
    """
    make_folder(path.parent)
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)  # what a killed process left
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | NO_FOLLOW, 0o600), "wb") as file:
            if hasattr(os, "fchmod"):
                os.fchmod(file.fileno(), 0o600)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def make_folder(folder: Path) -> None:
    """Makes the folder and those above it, for their owner alone."""
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for one in reversed(missing):
        one.mkdir(mode=0o700, exist_ok=True)


def sync_folder(folder: Path) -> None:
    """Has the disk remember a file's new name; Windows does so by itself."""
    if os.name == "nt":
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
