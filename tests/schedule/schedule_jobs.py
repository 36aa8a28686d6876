"""Jobs whose paths hold whatever a shell, a crontab, a unit file or XML could trip over."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from calmirror.schedule.job import Job

AWKWARD = 'Eva\'s "50 %n" $HOME & <Müller> \\t #1; 日'


def job(folder: Path, *, every: int = 900, offset: int = 443, using: str = "cron", python: str = sys.executable) -> Job:
    """A job that is kept in a folder of that name below `folder`."""
    file = folder / AWKWARD / "calmirror" / "schedule" / "calmirror-0123abcd.json"
    return Job(
        file=file,
        config=folder / AWKWARD / "calmirror.toml",
        every=every,
        offset=offset,
        using=using,
        environment={"PATH": "/usr/bin:/bin"},
        log=file.with_suffix(".log"),
        python=python,
    )


ENVIRONMENT = {"HOME": "/root", "LANG": "C.UTF-8", "LOGNAME": "root", "PATH": "/usr/bin:/bin", "SHELL": "/bin/sh"}
"""About what a user's systemd gives to a service."""


def keys(text: str) -> dict[str, str]:
    """The settings of a unit."""
    return dict(one.split("=", 1) for one in text.splitlines() if "=" in one and one[0] != "#")


def unquoted(command: str) -> list[str]:
    """A command line as systemd takes it apart: C escapes within quotes, "%%" is "%"; ":" switches "$" off."""
    assert command.startswith(":")
    words = re.findall(r'"((?:[^"\\]|\\.)*)"', command[1:])
    assert command == ":" + " ".join(f'"{word}"' for word in words)
    assert all("%" not in word.replace("%%", "") for word in words)
    letters = {"n": "\n", "t": "\t"}
    return [re.sub(r"\\(.)", lambda c: letters.get(c[1], c[1]), word.replace("%%", "%")) for word in words]
