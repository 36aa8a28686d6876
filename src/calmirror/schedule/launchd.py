"""An agent of the user's own launchd, on macOS."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from calmirror.schedule.programs import ask, have_done

if TYPE_CHECKING:
    from calmirror.schedule.job import Job

TRIES = 5
PAUSE = 0.5
"""Seconds."""


class Launchd:
    """A property list among the user's agents. launchd never starts an agent that is still running."""

    name = "launchd"
    keeps_log = False

    def available(self) -> bool:
        """Whether this is macOS."""
        return sys.platform == "darwin"

    def files(self, job: Job) -> dict[str, str]:
        """What is written, by path."""
        import plistlib  # noqa: PLC0415 - most machines need none

        content = {
            "Label": job.name,
            "ProgramArguments": list(job.command),
            "StartInterval": job.every,
            "RunAtLoad": True,
            "ProcessType": "Background",
            # What goes wrong before our own log is open, such as a Python that is gone.
            "StandardErrorPath": str(job.log),
        }
        return {str(agent(job.name)): plistlib.dumps(content, sort_keys=False).decode()}

    def install(self, job: Job) -> list[str]:
        """Puts the agent in place, instead of an earlier one, and loads it."""
        [(path, content)] = self.files(job).items()
        agent(job.name).parent.mkdir(parents=True, exist_ok=True)
        ask("launchctl", "bootout", f"{domain()}/{job.name}")
        Path(path).write_text(content, encoding="utf-8")
        load(path)
        return ["It runs while you are logged in."]

    def installed(self, name: str) -> bool:
        """Whether the agent is there."""
        return agent(name).exists()

    def remove(self, name: str) -> None:
        """Unloads the agent and removes its file."""
        ask("launchctl", "bootout", f"{domain()}/{name}")
        agent(name).unlink(missing_ok=True)

    def log(self, job: Job) -> str:
        """Where its output is found."""
        return str(job.log)


def load(path: str) -> None:
    """Loads an agent. launchd refuses for a moment what it is still unloading."""
    for _ in range(TRIES - 1):
        if ask("launchctl", "bootstrap", domain(), path).status == 0:
            return
        time.sleep(PAUSE)
    have_done("launchctl", "bootstrap", domain(), path)


def agent(name: str) -> Path:
    """The file of an agent of the user's."""
    return Path.home() / "Library" / "LaunchAgents" / f"{name}.plist"


def domain() -> str:
    """Where the user's agents are loaded."""
    return f"gui/{os.getuid()}"
