"""Jobs whose paths hold whatever a shell, a crontab, a unit file or XML could trip over."""

from __future__ import annotations

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
