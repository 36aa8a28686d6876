"""A task of Windows' Task Scheduler."""

from __future__ import annotations

import os
import sys
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from calmirror.schedule.programs import ask, have_done

if TYPE_CHECKING:
    from collections.abc import Mapping
    from xml.etree import ElementTree as ET

    from calmirror.schedule.job import Job

NAMESPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"
LONG_AGO = datetime(2026, 1, 1)  # noqa: DTZ001 - the Task Scheduler takes a time without a zone for local time
FOLDER = "\\calmirror\\"
SETTINGS = {
    "MultipleInstancesPolicy": "IgnoreNew",
    "DisallowStartIfOnBatteries": "false",
    "StopIfGoingOnBatteries": "false",
    "StartWhenAvailable": "true",
    "Hidden": "true",
    "ExecutionTimeLimit": "PT4H",
}


class TaskScheduler:
    """A task of the user who installs it, without a window. It runs while that user is logged on."""

    name = "windows"
    keeps_log = False

    def available(self) -> bool:
        """Whether this is Windows."""
        return sys.platform == "win32"

    def files(self, job: Job) -> dict[str, str]:
        """What the Task Scheduler is given."""
        from xml.etree import ElementTree as ET  # noqa: PLC0415 - most machines need none

        root = task(job, os.environ)
        ET.indent(root)
        return {FOLDER + job.name: ET.tostring(root, encoding="unicode") + "\n"}

    def install(self, job: Job) -> list[str]:
        """Creates the task, instead of an earlier one."""
        from tempfile import TemporaryDirectory  # noqa: PLC0415 - as above

        [(name, content)] = self.files(job).items()
        with TemporaryDirectory() as folder:
            path = os.path.join(folder, "task.xml")  # noqa: PTH118 - a text for a command line
            with open(path, "w", encoding="utf-16") as file:  # noqa: PTH123 - as above
                file.write(f'<?xml version="1.0" encoding="UTF-16"?>\n{content}')
            have_done("schtasks", "/Create", "/TN", name, "/XML", path, "/F")
        return ["It runs while you are logged on."]

    def installed(self, name: str) -> bool:
        """Whether the task is there."""
        return ask("schtasks", "/Query", "/TN", FOLDER + name).status == 0

    def remove(self, name: str) -> None:
        """Deletes the task."""
        have_done("schtasks", "/Delete", "/TN", FOLDER + name, "/F")

    def log(self, job: Job) -> str:
        """Where its output is found."""
        return str(job.log)


def task(job: Job, environ: Mapping[str, str]) -> ET.Element:
    """The task. Its elements stand in the order of the schema, where that prescribes one."""
    from subprocess import list2cmdline  # noqa: PLC0415 - as above
    from xml.etree import ElementTree as ET  # noqa: PLC0415 - as above

    program, *arguments = job.command
    trigger = {
        "Enabled": "true",
        "StartBoundary": (LONG_AGO + timedelta(seconds=job.offset)).isoformat(),
        "Repetition": {"Interval": f"PT{job.every // 60}M"},
        "RandomDelay": "PT30S",
    }
    content = {
        "RegistrationInfo": {"Description": f"calmirror: {job.config}"},
        "Triggers": {"TimeTrigger": trigger},
        "Principals": {"Principal": {"UserId": user(environ), "LogonType": "InteractiveToken"}},
        "Settings": SETTINGS,
        "Actions": {"Exec": {"Command": program, "Arguments": list2cmdline(arguments)}},
    }
    root = ET.Element("Task", version="1.2", xmlns=NAMESPACE)
    add(root, content)
    return root


def user(environ: Mapping[str, str]) -> str:
    """Who is logged on, as Windows writes it."""
    return "\\".join(part for part in (environ.get("USERDOMAIN"), environ.get("USERNAME")) if part)


def add(parent: ET.Element, content: Mapping[str, object]) -> None:
    """Adds elements, each with its text or with elements of its own."""
    from xml.etree import ElementTree as ET  # noqa: PLC0415 - as above

    for name, inner in content.items():
        element = ET.SubElement(parent, name)
        if isinstance(inner, dict):
            add(element, inner)
        else:
            element.text = str(inner)
