"""A timer of the user's own systemd."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from calmirror.schedule.programs import ask, have_done
from calmirror.schedule.times import slots, told

if TYPE_CHECKING:
    from calmirror.schedule.job import Job

ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "%": "%%"})
"""Within double quotes; `%` begins a specifier. What `$` would mean is switched off by the ":" before the command."""
REFUSED = re.compile(r"[\"'\\]")
"""What systemd takes in no path of a program, however quoted."""
BY_SHELL = ("/bin/sh", "-c", 'exec "$0" "$@"')
SERVICE = """\
[Unit]
Description=calmirror ({config})

[Service]
Type=oneshot
ExecStart=:{command}
SyslogIdentifier=calmirror
TimeoutStartSec=4h
"""
TIMER = """\
[Unit]
Description=calmirror {every} ({config})

[Timer]
OnCalendar=*-*-* {hours}:{minutes}:{second:02}
Persistent=true
# Runs that were missed are made up for at start-up, when many machines may start at once.
RandomizedDelaySec=30

[Install]
WantedBy=timers.target
"""


class Systemd:
    """A timer and its service among the user's units. systemd never starts a service that is still running."""

    name = "systemd"
    keeps_log = True

    def available(self) -> bool:
        """Whether the user has a systemd that answers."""
        return ask("systemctl", "--user", "show-environment").status == 0

    def files(self, job: Job) -> dict[str, str]:
        """What is written, by path."""
        minutes, hours = slots(job.every, job.offset)
        config = str(job.config).replace("%", "%%")
        timer = TIMER.format(
            every=told(job.every),
            config=config,
            hours=",".join(f"{hour:02}" for hour in hours) or "*",
            minutes=",".join(f"{minute:02}" for minute in minutes),
            second=job.offset % 60,
        )
        words = (*BY_SHELL, *job.command) if REFUSED.search(job.python) else job.command
        service = SERVICE.format(config=config, command=" ".join(map(quoted, words)))
        return {str(unit(job.name, "service")): service, str(unit(job.name, "timer")): timer}

    def install(self, job: Job) -> list[str]:
        """Puts the units in place and starts the timer; returns what a person should know."""
        have_done("systemctl", "--user", "show-environment")  # a user without one is told before units are written
        for path, content in self.files(job).items():
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).write_text(content, encoding="utf-8")
        have_done("systemctl", "--user", "daemon-reload")
        have_done("systemctl", "--user", "enable", f"{job.name}.timer")
        have_done("systemctl", "--user", "restart", f"{job.name}.timer")
        lingers = ask("loginctl", "show-user", str(os.getuid()), "--property=Linger", "--value").out.strip()
        if lingers == b"yes":
            return []
        return ["It runs while you are logged in. To have it run always: loginctl enable-linger"]

    def installed(self, name: str) -> bool:
        """Whether the timer is there."""
        return unit(name, "timer").exists()

    def remove(self, name: str) -> None:
        """Stops and removes the timer, not a run that is at work."""
        have_done("systemctl", "--user", "disable", "--now", f"{name}.timer")
        for kind in ("timer", "service"):
            unit(name, kind).unlink(missing_ok=True)
        have_done("systemctl", "--user", "daemon-reload")

    def log(self, job: Job) -> str:
        """Where its output is found."""
        return f"journalctl --user --unit {job.name}"


def quoted(word: str) -> str:
    """A word of a command line in a unit."""
    return f'"{word.translate(ESCAPES)}"'


def unit(name: str, kind: str) -> Path:
    """The file of a unit of the user's."""
    base = Path(os.environ.get("XDG_CONFIG_HOME", ""))
    return (base if base.is_absolute() else Path.home() / ".config") / "systemd" / "user" / f"{name}.{kind}"
