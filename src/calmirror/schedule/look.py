"""How a schedule is: whether it is there, how its last run ended, when the next begins, what hinders it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from calmirror.errors import UserFixableError
from calmirror.schedule.choice import available
from calmirror.schedule.job import read
from calmirror.schedule.record import last_run
from calmirror.schedule.times import following

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from calmirror.schedule.job import Job
    from calmirror.schedule.record import LastRun

LATE = 3
"""So many intervals without a run are too many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A schedule as it was found."""

    using: str = ""
    """What runs it; "" where none is installed."""
    job: Job | None = None
    last: LastRun | None = None
    next: datetime | None = None
    """None where the system does not keep to times of day."""
    log: str = ""
    problems: tuple[str, ...] = ()


def look(file: Path, now: datetime) -> Found:
    """Looks for the schedule whose job is kept in `file`; `now` is local time."""
    last = last_run(file)
    scheduler = next((one for one in available() if one.installed(file.stem)), None)
    if scheduler is None:
        return Found(last=last)
    try:
        job = read(file)
    except UserFixableError as error:
        return Found(using=scheduler.name, last=last, problems=(error.what,))
    return Found(
        using=scheduler.name,
        job=job,
        last=last,
        next=None if scheduler.name == "launchd" else following(job.every, job.offset, now),
        log=scheduler.log(job),
        problems=tuple(problems(job, last, now.timestamp())),
    )


def problems(job: Job, last: LastRun | None, now: float) -> Iterator[str]:
    """Why it does not run as it should."""
    if not Path(job.python).exists():
        yield f"The Python that it starts is gone: {job.python}"
    if not job.config.exists():
        yield f"The configuration is gone: {job.config}"
    since = max(last.started if last else 0.0, job.file.stat().st_mtime)
    if now - since > LATE * job.every:
        yield "It should have run since, but did not: was the machine off, or nobody logged on?"
