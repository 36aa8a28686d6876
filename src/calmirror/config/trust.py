"""Whether the working directory's calmirror.toml may be used: a configuration runs programs.

Whoever names a file agrees to it. One that only lies where somebody works may be another user's, or come with a
download: it must be the user's own or root's, nobody else may be able to change it, and it is agreed to once.
"""

from __future__ import annotations

import os
import stat
import sys
from hashlib import sha256
from typing import TYPE_CHECKING

from calmirror.errors import UserFixableError

if TYPE_CHECKING:
    from pathlib import Path

UNUSED = "Nothing in it was used, since a configuration can run programs. Nothing was changed in either calendar."


def check_owner(status: os.stat_result, path: Path) -> None:
    """Refuses a file that somebody else has written, or could.

    Raises:
        UserFixableError: `config-untrusted`.
    """
    if sys.platform == "win32":  # profiles keep others out, and modes say nothing
        return
    if status.st_uid not in (os.geteuid(), 0):
        why, cure = f"belongs to another user ({name_of(status.st_uid)})", ""
    elif status.st_mode & stat.S_IWOTH or (status.st_mode & stat.S_IWGRP and not is_private_group(status.st_gid)):
        why = f"can be changed by other users (mode {stat.S_IMODE(status.st_mode):o})"
        cure = f"chmod go-w {path}. "
    else:
        return
    raise UserFixableError(
        f"The configuration in the working directory, {path}, {why}",
        code="config-untrusted",
        meaning=UNUSED,
        command=f"{cure}To use it as it is, name it: calmirror --config {path} plan",
    )


def is_private_group(gid: int) -> bool:
    """Whether the group is the user's alone: their first one, called as they are, with nobody else in it."""
    if sys.platform == "win32":
        return True
    import grp  # noqa: PLC0415 - POSIX has it, and few files can be written by a group
    import pwd  # noqa: PLC0415 - as above

    try:
        user, group = pwd.getpwuid(os.geteuid()), grp.getgrgid(gid)
    except KeyError:
        return False
    return group.gr_gid == user.pw_gid and group.gr_name == user.pw_name and set(group.gr_mem) <= {user.pw_name}


def name_of(uid: int) -> str:
    """What this machine calls a user."""
    if sys.platform != "win32":
        import pwd  # noqa: PLC0415 - as above

        try:
            return pwd.getpwuid(uid).pw_name
        except KeyError:
            pass
    return f"user id {uid}"


def is_agreed(path: Path, data: Path) -> bool:
    """Whether the configuration at this path was agreed to. `data` is the platform's folder for data."""
    return _mark(path, data).exists()


def agree(path: Path, data: Path) -> None:
    """Remembers that it was agreed to; where nothing can be written, it is asked again."""
    mark = _mark(path, data)
    try:
        if not mark.exists():
            mark.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            mark.touch(mode=0o600)
    except OSError:  # a file system that is read-only, as in a container: the next run asks again
        return


def _mark(path: Path, data: Path) -> Path:
    return data / "agreed" / sha256(os.fsencode(path.resolve())).hexdigest()[:32]
