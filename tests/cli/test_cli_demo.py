"""The demo, as a person runs it: it tells the truth, notices when it does not, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from calmirror.cli.demo_story import recover
from calmirror.cli.demo_teller import FalseClaimError, Teller
from calmirror.cli.demo_world import world as demo_world
from calmirror.cli.main import main

DEMO = [sys.executable, "-m", "calmirror", "demo"]
SECONDS = 300
ACTION = r"^ *[+~-] \w{3} [ \d]\d \w{3} \d\d:\d\d  (.*?)  +(.*)$"
"""A line of a plan: its title and reason."""
README = Path(__file__).parents[2] / "README.md"


def test_the_demo_ends_well_fits_a_screen_and_leaves_nothing_behind(tmp_path):
    environ = {**os.environ, "TMPDIR": str(tmp_path), "CALMIRROR_CONFIG": "/nowhere/calmirror.toml", "COLUMNS": "100"}
    done = subprocess.run(DEMO, env=environ, capture_output=True, encoding="utf-8", timeout=SECONDS, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert len(lines) <= 110
    assert max(map(len, lines)) <= 100
    assert "\x1b" not in done.stdout
    assert [line[0] for line in lines if re.match(r"\d\. ", line)] == list("123456789")
    assert "   NO  " not in done.stdout
    assert "code: mass-delete" in done.stdout
    assert lines[-1].startswith("All ")
    assert list(tmp_path.iterdir()) == []
    shown, told = README.read_text(encoding="utf-8"), done.stdout
    assert len(re.findall(ACTION, shown, re.MULTILINE)) == 8
    assert whose(shown) - {"Busy"} <= whose(told)
    assert reasons(shown) <= reasons(told)


def whose(text):
    """The titles in a plan. Which occurrence of a series comes next, and if a private one does, hangs on the day."""
    return {re.split(r": | \(", title)[0] for title, _ in re.findall(ACTION, text, re.MULTILINE)}


def reasons(text):
    """The reasons in a plan; how far something was moved hangs on the day."""
    return {re.sub(r"\d+ \w+", "a while", reason) for _, reason in re.findall(ACTION, text, re.MULTILINE)}


def test_a_command_that_fails_ends_the_demo_with_1_and_is_named(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    done = CliRunner().invoke(main, ["demo"])
    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1].endswith("this is not true: `calmirror plan` ends with exit code 0")


def test_json_holds_each_claim_and_its_truth(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    done = CliRunner().invoke(main, ["demo", "--json"])
    told = json.loads(done.stdout)
    assert done.exit_code == told["exit"] == 1
    assert told["claims"] == [{"claim": "`calmirror plan` ends with exit code 0", "true": False}]


def test_a_duplicate_would_be_noticed():
    with demo_world() as there:
        assert there.run("sync").code == 0
        events = there.mirror_events()
        there.google.person_duplicate(there.mirror_id(), next(one["id"] for one in events if "recurrence" not in one))
        with pytest.raises(FalseClaimError, match="No duplicate"):
            recover(there, Teller(silent=True), len(events))


def test_a_killed_command_leaves_one_batch_half_done():
    with demo_world() as there:
        ended = there.run_killed("sync", batch=1, member=7)
        assert ended.code == -signal.SIGKILL
        assert len(there.mirror_events()) == 7


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_demo_leaves_nothing_behind(tmp_path, number, code):
    environ = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(DEMO, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while "$ calmirror plan" not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(number)
        _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == code
    assert err == "The demo was stopped. Nothing is left of it.\n"
    assert list(tmp_path.iterdir()) == []
