"""What launchd and the Task Scheduler are given, field by field."""

from __future__ import annotations

import os
import plistlib
from datetime import datetime
from pathlib import PurePosixPath
from xml.etree import ElementTree as ET

import pytest
from schedule_jobs import job

from calmirror.errors import UserFixableError
from calmirror.schedule import launchd
from calmirror.schedule.launchd import Launchd
from calmirror.schedule.windows import NAMESPACE, TaskScheduler, task

ORDER = {
    "TimeTrigger": ["Enabled", "StartBoundary", "EndBoundary", "Repetition", "ExecutionTimeLimit", "RandomDelay"],
    "Repetition": ["Interval", "Duration", "StopAtDurationEnd"],
}
"""Where the Task Scheduler's schema has sequences; elsewhere the order is free."""


def given_to_windows(one):
    [(name, text)] = TaskScheduler().files(one).items()
    return name, ET.fromstring(text)


def test_the_agent_of_launchd(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    one = job(tmp_path, using="launchd")
    [(path, text)] = Launchd().files(one).items()
    assert PurePosixPath(path) == PurePosixPath(tmp_path) / "Library" / "LaunchAgents" / "calmirror-0123abcd.plist"
    assert plistlib.loads(text.encode()) == {
        "Label": "calmirror-0123abcd",
        "ProgramArguments": list(one.command),
        "StartInterval": 900,
        "RunAtLoad": True,
        "ProcessType": "Background",
        "StandardErrorPath": str(one.log),
    }


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Puts a program of the system in its place, which writes down what it is asked; returns what it was asked."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "bin").mkdir()
    asked = tmp_path / "asked"

    def put(name, script):
        file = tmp_path / "bin" / name
        file.write_text(f"#!/bin/sh\ncd {tmp_path}\nprintf '%s\\n' \"$*\" >> asked\n{script}\n")
        file.chmod(0o755)
        return lambda: asked.read_text().splitlines()

    return put


def test_launchd_is_asked_again_while_it_unloads_the_earlier_agent(tmp_path, program, monkeypatch):
    monkeypatch.setattr(launchd, "PAUSE", 0.0)
    asked = program("launchctl", '[ "$1" = bootout ] || mkdir once 2>/dev/null && exit 5; exit 0')
    one = job(tmp_path, using="launchd")
    Launchd().install(one)
    agent = tmp_path / "Library" / "LaunchAgents" / "calmirror-0123abcd.plist"
    domain = f"gui/{os.getuid()}"
    assert asked() == [f"bootout {domain}/calmirror-0123abcd", *[f"bootstrap {domain} {agent}"] * 2]
    assert Launchd().installed("calmirror-0123abcd")
    Launchd().remove("calmirror-0123abcd")
    assert asked()[-1] == f"bootout {domain}/calmirror-0123abcd"
    assert not agent.exists()


def test_a_launchd_that_goes_on_refusing_is_said(tmp_path, program, monkeypatch):
    monkeypatch.setattr(launchd, "PAUSE", 0.0)
    asked = program("launchctl", "echo 'Bootstrap failed: 5' >&2; exit 5")
    with pytest.raises(UserFixableError, match="Bootstrap failed: 5"):
        Launchd().install(job(tmp_path))
    assert len(asked()) == 1 + launchd.TRIES


def test_the_task_scheduler_is_given_the_task_as_a_file(tmp_path, program):
    asked = program("schtasks", 'cp "$5" task.xml 2>/dev/null || :')
    TaskScheduler().install(job(tmp_path, using="windows"))
    assert asked()[0].startswith("/Create /TN \\calmirror\\calmirror-0123abcd /XML ")
    assert asked()[0].endswith(" /F")
    content = (tmp_path / "task.xml").read_bytes()
    assert content[:2] in (b"\xff\xfe", b"\xfe\xff")
    assert ET.fromstring(content).findtext(f".//{{{NAMESPACE}}}Command") == job(tmp_path).python
    assert TaskScheduler().installed("calmirror-0123abcd")
    TaskScheduler().remove("calmirror-0123abcd")
    assert asked()[1:] == [
        "/Query /TN \\calmirror\\calmirror-0123abcd",
        "/Delete /TN \\calmirror\\calmirror-0123abcd /F",
    ]


def test_the_task_of_windows(tmp_path, monkeypatch):
    monkeypatch.setenv("USERDOMAIN", "CONTOSO")
    monkeypatch.setenv("USERNAME", "Éva & Co")
    one = job(tmp_path, using="windows")
    name, root = given_to_windows(one)
    assert name == "\\calmirror\\calmirror-0123abcd"
    assert root.tag == f"{{{NAMESPACE}}}Task"
    found = {element.tag.partition("}")[2]: element.text for element in root.iter() if len(element) == 0}
    assert found == {
        "Description": f"calmirror: {one.config}",
        "Enabled": "true",
        "StartBoundary": "2026-01-01T00:07:23",
        "Interval": "PT15M",
        "RandomDelay": "PT30S",
        "UserId": "CONTOSO\\Éva & Co",
        "LogonType": "InteractiveToken",
        "MultipleInstancesPolicy": "IgnoreNew",
        "DisallowStartIfOnBatteries": "false",
        "StopIfGoingOnBatteries": "false",
        "StartWhenAvailable": "true",
        "Hidden": "true",
        "ExecutionTimeLimit": "PT4H",
        "Command": one.python,
        "Arguments": found["Arguments"],
    }
    assert datetime.fromisoformat(found["StartBoundary"])


def test_elements_stand_in_the_order_of_the_schema(tmp_path):
    _, root = given_to_windows(job(tmp_path))
    seen = 0
    for element in root.iter():
        order = ORDER.get(element.tag.partition("}")[2])
        if order:
            places = [order.index(child.tag.partition("}")[2]) for child in element]
            assert places == sorted(places)
            seen += 1
    assert seen == 2


@pytest.mark.parametrize("every", [60, 3600, 86400])
def test_an_interval_is_in_minutes(tmp_path, every):
    root = task(job(tmp_path, every=every), {})
    assert root.findtext(".//Interval") == f"PT{every // 60}M"


def windows_words(line: str) -> list[str]:
    """A command line as Microsoft's C runtime takes it apart."""
    words, word, quoted, slashes, begun = [], "", False, 0, False
    for character in line + " ":
        if character == "\\":
            slashes, begun = slashes + 1, True
            continue
        if character == '"':
            word, odd, slashes, begun = word + "\\" * (slashes // 2), slashes % 2, 0, True
            word, quoted = (word + '"', quoted) if odd else (word, not quoted)
            continue
        word, slashes = word + "\\" * slashes, 0
        if character == " " and not quoted:
            words, word, begun = ([*words, word], "", False) if begun else (words, "", False)
        else:
            word, begun = word + character, True
    return words


def test_arguments_reach_python_word_for_word(tmp_path):
    one = job(tmp_path)
    _, root = given_to_windows(one)
    arguments = root.findtext(f".//{{{NAMESPACE}}}Arguments")
    assert windows_words(arguments) == list(one.command[1:])
