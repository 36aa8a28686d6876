"""One line of the user's crontab. Every other line of it stays as it is, byte for byte."""

from __future__ import annotations

import shlex
import shutil
from typing import TYPE_CHECKING

from calmirror.errors import UserFixableError
from calmirror.schedule.programs import Done, ask, have_done
from calmirror.schedule.times import slots

if TYPE_CHECKING:
    from calmirror.schedule.job import Job

NONE_YET = ("no crontab for", "No such file or directory")
"""What different crons say of a user who has no crontab; they end with a failure then."""


class Cron:
    """A line that ends in a mark of ours. Its runs do not overlap: each mirror is locked while one is at work."""

    name = "cron"
    keeps_log = False

    def available(self) -> bool:
        """Whether there is a crontab program."""
        return shutil.which("crontab") is not None

    def files(self, job: Job) -> dict[str, str]:
        """What is written."""
        return {"your crontab": line(job)}

    def install(self, job: Job) -> list[str]:
        """Adds the line, in place of an earlier one."""
        added = line(job)
        lines = crontab()
        if lines and not lines[-1].endswith(b"\n"):
            lines[-1] += b"\n"
        others = [one for one in lines if not is_ours(one, job.name)]
        have_done("crontab", "-", given=b"".join(others) + added.encode(errors="surrogateescape"))
        return []

    def installed(self, name: str) -> bool:
        """Whether the line is there; in a crontab that cannot be read there is none that we wrote."""
        return any(is_ours(one, name) for one in split(ask("crontab", "-l").out))

    def remove(self, name: str) -> None:
        """Takes the line out."""
        have_done("crontab", "-", given=b"".join(one for one in crontab() if not is_ours(one, name)))

    def log(self, job: Job) -> str:
        """Where its output is found."""
        return str(job.log)


def line(job: Job) -> str:
    """The crontab's line. The seconds of the offset are waited for, as cron knows none."""
    minutes, hours = slots(job.every, job.offset)
    words = (*job.command[:-1], "--after", str(job.offset % 60), job.command[-1])
    # For cron, a "%" ends the command.
    command = shlex.join(words).replace("%", r"\%")
    when = ",".join(map(str, minutes)), ",".join(map(str, hours)) or "*"
    return f"{when[0]} {when[1]} * * * {command} {mark(job.name)}\n"


def mark(name: str) -> str:
    """What our lines end in; a comment to the shell."""
    return f"# {name}"


def is_ours(one: bytes, name: str) -> bool:
    """Whether it is the line of this job, commented out or not."""
    return one.rstrip().endswith(mark(name).encode()) and b"calmirror schedule run" in one


def crontab() -> list[bytes]:
    """The lines of the crontab, with their ends.

    Raises:
        UserFixableError: `schedule-unreadable`; what cannot be read is never replaced.
    """
    found = ask("crontab", "-l")
    if found.status == 0:
        return split(found.out)
    if not found.out and any(words in found.complaint for words in NONE_YET):
        return []
    raise unreadable(found)


def split(text: bytes) -> list[bytes]:
    """Lines by their line feeds alone, as cron has them."""
    return [one + b"\n" for one in text.split(b"\n")[:-1]] + [rest for rest in [text.rpartition(b"\n")[2]] if rest]


def unreadable(found: Done) -> UserFixableError:
    """The error of a crontab that we must not write, as we do not know what is in it."""
    return UserFixableError(
        f"Your crontab cannot be read: {found.complaint or f'exit status {found.status}'}",
        code="schedule-unreadable",
        meaning="It was left as it is.",
        command="Type crontab -l to see why; or choose another way: calmirror schedule install --using systemd",
    )
