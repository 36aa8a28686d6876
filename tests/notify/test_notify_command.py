"""The user's own commands are bounded, and learn nothing but what they should."""

import sys
import time
from pathlib import Path

from calmirror.notify.command import run, variables
from calmirror.notify.memory import Memory, recall, remember
from calmirror.notify.troubles import Failure, Trouble


def test_a_command_that_does_not_end_is_ended(tmp_path):
    before = time.monotonic()
    argv = [sys.executable, "-c", "import subprocess, sys; subprocess.run([sys.executable, '-c', 'input()'])"]
    assert run(["sleep", "60"], {}, tmp_path, seconds=0.2).startswith("did not end within")
    assert run(argv, {}, tmp_path) == "", "it has no input to wait for"
    assert time.monotonic() - before < 30


def test_what_concerns_all_mirrors_has_an_empty_line_of_its_own():
    failures = [Failure("", "config", 4, "All is lost"), Failure("work", "mass-delete", 6, "40 events")]
    learns = variables(failures, 6, 0.0, Path("/calmirror.toml"))
    assert learns == {
        "CALMIRROR_EXIT": "6",
        "CALMIRROR_MIRRORS": "\nwork",
        "CALMIRROR_CODES": "config\nmass-delete",
        "CALMIRROR_MESSAGE": "All is lost\nwork: 40 events",
        "CALMIRROR_SINCE": "",
        "CALMIRROR_CONFIG": "/calmirror.toml",
    }


def test_what_was_told_is_remembered_and_a_damaged_file_is_as_none(tmp_path):
    path = tmp_path / "state.db.told.json"
    memory = Memory({"mass-delete:work": Trouble("work", 1.5, 2.5)}, heartbeat_failed=True)
    remember(path, memory)
    assert recall(path) == memory
    assert path.stat().st_mode & 0o077 == 0
    for damaged in ("", "{", "[]", '{"troubles": {"a": 3}, "heartbeat_failed": false}', '{"troubles": []}'):
        path.write_text(damaged)
        assert recall(path) == Memory()
