"""The units, as systemd itself judges them, and run as it would run them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

import pytest
from schedule_jobs import ENVIRONMENT, job, keys, unquoted

from calmirror.errors import UserFixableError
from calmirror.schedule.systemd import Systemd, quoted

needs_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")


@pytest.fixture
def units(tmp_path, monkeypatch):
    """A home, and a systemctl and a loginctl that write down what they are asked."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("systemctl", "loginctl"):
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(
            f'#!/bin/sh\necho {name} "$@" >> "{tmp_path}/asked"\ncat "{tmp_path}/answer" 2>/dev/null || :\n'
        )
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    return tmp_path / "config" / "systemd" / "user"


def test_the_command_is_taken_apart_into_the_same_words(tmp_path):
    one = job(tmp_path, using="systemd")
    service, _ = Systemd().files(one).values()
    assert unquoted(keys(service)["ExecStart"]) == list(one.command)


@needs_systemd
@pytest.mark.parametrize("name", ["100 % Python $HOME #1 ü", 'it\'s "Python" \\ 3'])
def test_systemd_finds_nothing_to_complain_about(units, tmp_path, name):
    """A wrongly quoted interpreter would be one that does not exist."""
    python = tmp_path / name
    python.symlink_to(sys.executable)
    Systemd().install(job(tmp_path, using="systemd", python=str(python)))
    assert verified(units, tmp_path) == (0, "")


def test_a_user_without_a_systemd_is_told_before_anything_is_written(units, tmp_path):
    (tmp_path / "bin" / "systemctl").write_text("#!/bin/sh\necho no bus >&2\nexit 1\n")
    with pytest.raises(UserFixableError) as refused:
        Systemd().install(job(tmp_path, using="systemd"))
    assert refused.value.code == "schedule-refused"
    assert not units.exists()


@needs_systemd
def test_systemd_finds_an_interpreter_that_is_not_there(units, tmp_path):
    Systemd().install(job(tmp_path, using="systemd", python=str(tmp_path / "none")))
    assert "none is not executable" in verified(units, tmp_path)[1]


def verified(units, tmp_path):
    """What systemd says of the units."""
    (tmp_path / "run").mkdir(mode=0o700)
    done = subprocess.run(
        ["systemd-analyze", "--user", "--man=no", "verify", *sorted(units.iterdir())],
        capture_output=True,
        text=True,
        check=False,
        env={**ENVIRONMENT, "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path / "run")},
    )
    return done.returncode, done.stderr


def test_an_interpreter_that_systemd_cannot_be_told_is_started_by_the_shell(tmp_path):
    """systemd takes no quotes in a program's path."""
    printer = tmp_path / 'it\'s "100 %" $HOME'
    printer.write_text(f"#!{sys.executable}\nimport sys\nprint(*sys.argv[1:], sep='\\n')\n")
    printer.chmod(0o755)
    one = job(tmp_path, using="systemd", python=str(printer))
    words = unquoted(keys(next(iter(Systemd().files(one).values())))["ExecStart"])
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=ENVIRONMENT)
    assert done.stdout.splitlines() == list(one.command[1:])


@needs_systemd
@pytest.mark.parametrize("every", [60, 900, 3600, 6 * 3600, 86400])
def test_systemd_reads_the_same_times(tmp_path, every):
    _, timer = Systemd().files(job(tmp_path, every=every, offset=443 % every)).values()
    when = keys(timer)["OnCalendar"]
    said = subprocess.run(
        ["systemd-analyze", "calendar", "--iterations=3", "--base-time=2026-11-22 00:00:00 UTC", when],
        capture_output=True,
        text=True,
        check=True,
        env={**ENVIRONMENT, "TZ": "UTC"},
    ).stdout
    times = re.findall(r"(\d\d):(\d\d):(\d\d) UTC", said)
    seconds = [int(h) * 3600 + int(m) * 60 + int(s) for h, m, s in times]
    assert [at % 86400 for at in seconds[:3]] == [(443 % every + run * every) % 86400 for run in range(3)]


def test_what_was_missed_is_made_up_for_and_runs_do_not_overlap(tmp_path):
    service, timer = (keys(unit) for unit in Systemd().files(job(tmp_path)).values())
    assert (timer["Persistent"], timer["WantedBy"]) == ("true", "timers.target")
    assert service["Type"] == "oneshot"


def test_installing_twice_leaves_one_timer_and_removing_none(units, tmp_path):
    for _ in range(2):
        hints = Systemd().install(job(tmp_path, using="systemd"))
    assert [one.name for one in sorted(units.iterdir())] == ["calmirror-0123abcd.service", "calmirror-0123abcd.timer"]
    assert hints == ["It runs while you are logged in. To have it run always: loginctl enable-linger"]
    assert "systemctl --user enable calmirror-0123abcd.timer" in (tmp_path / "asked").read_text()
    assert Systemd().installed("calmirror-0123abcd")
    (units / "backup.timer").write_text("[Timer]\n")
    Systemd().remove("calmirror-0123abcd")
    assert [one.name for one in units.iterdir()] == ["backup.timer"]
    assert "systemctl --user disable --now calmirror-0123abcd.timer" in (tmp_path / "asked").read_text()


def test_where_the_user_lingers_nothing_has_to_be_said(units, tmp_path):
    (tmp_path / "answer").write_text("yes\n")
    assert Systemd().install(job(tmp_path, using="systemd")) == []


def test_a_systemd_that_refuses_is_said(units, tmp_path):
    program = tmp_path / "bin" / "systemctl"
    program.write_text("#!/bin/sh\necho 'Failed to connect to bus' >&2\nexit 1\n")
    assert not Systemd().available()
    with pytest.raises(UserFixableError) as refused:
        Systemd().install(job(tmp_path, using="systemd"))
    assert (refused.value.code, refused.value.what) == (
        "schedule-refused",
        "systemctl refused: Failed to connect to bus",
    )


def test_words_are_quoted_one_by_one():
    assert quoted('a "b" \\ 100%') == '"a \\"b\\" \\\\ 100%%"'
