"""What there is to run things every so often, and which of it this machine has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from calmirror.errors import UserFixableError
from calmirror.schedule.cron import Cron
from calmirror.schedule.launchd import Launchd
from calmirror.schedule.systemd import Systemd
from calmirror.schedule.windows import TaskScheduler

if TYPE_CHECKING:
    from calmirror.schedule.job import Job


class Scheduler(Protocol):
    """One way to have a job run. Errors are those of `programs`."""

    name: str
    keeps_log: bool
    """Whether the system keeps what a run prints, within bounds."""

    def available(self) -> bool:
        """Whether this machine has it, for this user."""
        ...

    def files(self, job: Job) -> dict[str, str]:
        """What installing writes, by where it stands."""
        ...

    def install(self, job: Job) -> list[str]:
        """Installs the job, in place of an earlier one; returns what a person should know."""
        ...

    def installed(self, name: str) -> bool:
        """Whether the job of that name is there."""
        ...

    def remove(self, name: str) -> None:
        """Removes the job of that name, and nothing else."""
        ...

    def log(self, job: Job) -> str:
        """Where to look for what runs print."""
        ...


SCHEDULERS: tuple[Scheduler, ...] = (TaskScheduler(), Launchd(), Systemd(), Cron())
"""Best first."""
NAMES = tuple(sorted(scheduler.name for scheduler in SCHEDULERS))


def named(name: str) -> Scheduler:
    """The one of that name."""
    return next(scheduler for scheduler in SCHEDULERS if scheduler.name == name)


def available() -> list[Scheduler]:
    """Those of this machine, best first."""
    return [scheduler for scheduler in SCHEDULERS if scheduler.available()]


def best() -> Scheduler:
    """The best of this machine.

    Raises:
        UserFixableError: `schedule-none`.
    """
    if found := available():
        return found[0]
    raise UserFixableError(
        "Neither systemd nor cron was found for this user, so nothing here can run it every so often.",
        code="schedule-none",
        command="Install cron, or have whatever you use run: calmirror sync --quiet",
    )
