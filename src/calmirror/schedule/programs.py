"""Asking the system's own programs."""

from __future__ import annotations

import os
from typing import NamedTuple

from calmirror.errors import UserFixableError

SECONDS = 30.0


class Done(NamedTuple):
    """What a program ended with."""

    status: int
    out: bytes
    complaint: str
    """What it printed to stderr, in one line fit to be shown."""


def ask(*argv: str, given: bytes = b"") -> Done:
    """Runs a program of the system to its end, in the C locale; a program that is not there ends with 127."""
    import subprocess  # noqa: PLC0415 - a scheduled run asks none

    try:
        done = subprocess.run(  # noqa: S603 - the words are ours
            argv,
            input=given,
            capture_output=True,
            timeout=SECONDS,
            env={**os.environ, "LC_ALL": "C"},
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Done(127, b"", f"{argv[0]}: {type(error).__name__}")
    said = " ".join(done.stderr.decode(errors="replace").split())
    return Done(done.returncode, done.stdout, "".join(c for c in said if c.isprintable())[:300])


def have_done(*argv: str, given: bytes = b"") -> Done:
    """As `ask`, for what has to succeed.

    Raises:
        UserFixableError: `schedule-refused`.
    """
    done = ask(*argv, given=given)
    if done.status:
        raise UserFixableError(
            f"{argv[0]} refused: {done.complaint or f'exit status {done.status}'}",
            code="schedule-refused",
            command="Put right what it says, then: calmirror schedule install",
        )
    return done
