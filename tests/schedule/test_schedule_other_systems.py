"""What launchd and the Task Scheduler are given, field by field."""

from __future__ import annotations

import plistlib
from datetime import datetime
from pathlib import PurePosixPath
from xml.etree import ElementTree as ET

import pytest
from schedule_jobs import job

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
