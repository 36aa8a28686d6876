"""What is shipped for servers: the units, and the container's main program."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from schedule_jobs import ENVIRONMENT, keys

PACKAGING = Path(__file__).parents[2] / "packaging"
UNITS = PACKAGING / "systemd"
INSTALLED = "/opt/calmirror/bin/calmirror"
MOST_EXPOSED = "20"
"""Tenths: systemd rates the exposure of a service from 0 to 10."""

needs_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")


@pytest.fixture
def units(tmp_path):
    """The units as instances of "office", with this environment's calmirror as the installed one."""
    program = Path(sys.executable).with_name("calmirror")
    for unit in UNITS.iterdir():
        text = unit.read_text().replace(INSTALLED, str(program))
        (tmp_path / unit.name.replace("@", "@office")).write_text(text)
    return sorted(tmp_path.glob("*@office.*"))


def analyzed(*words: str | Path) -> tuple[int, str]:
    done = subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, env=ENVIRONMENT, check=False)
    return done.returncode, done.stdout + done.stderr


@needs_systemd
def test_systemd_finds_nothing_to_complain_about(units):
    assert [unit.suffix for unit in units] == [".service", ".timer"]
    assert analyzed("--man=no", "verify", *units) == (0, "")


@needs_systemd
def test_systemd_rates_the_service_as_little_exposed(units):
    code, said = analyzed("security", "--offline=yes", "--no-pager", f"--threshold={MOST_EXPOSED}", units[0])
    assert code == 0, said


def test_the_units_command_syncs_with_what_systemd_gives(world, tmp_path):
    world.meet()
    service = keys((UNITS / "calmirror@.service").read_text())
    program, *words = service["ExecStart"].split(" ")
    assert program == INSTALLED
    words = [str(world.config) if word == "/etc/calmirror/%i.toml" else word for word in words]
    own = dict(one.split("=") for one in service["Environment"].replace("/var/lib/calmirror", str(tmp_path)).split())
    done = subprocess.run(
        [Path(sys.executable).with_name("calmirror"), *words],
        env={**ENVIRONMENT, **own},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("work: exact — 1 written (1 new), ")


def test_another_run_at_work_does_not_fail_the_unit():
    assert keys((UNITS / "calmirror@.service").read_text())["SuccessExitStatus"] == "7"


def test_the_container_names_files_that_are_there_and_runs_as_nobody_in_particular():
    text = (PACKAGING / "Containerfile").read_text()
    copied = re.findall(r"^COPY (?:--chmod=\d+ )?((?!--from)[^\n]+) \S+$", text, re.MULTILINE)
    assert [name for line in copied for name in line.split() if not (PACKAGING.parent / name).exists()] == []
    assert len(copied) == 4
    assert "\nUSER 10001:10001\n" in text
    assert set(re.findall(r"^FROM (\S+)", text, re.MULTILINE)) == {"docker.io/library/python:3.11-slim"}


@pytest.fixture
def container(tmp_path):
    """The environment of the container's main program, with a calmirror that writes down what it is asked."""
    program = tmp_path / "calmirror"
    program.write_text(f"#!/bin/sh\necho \"$@\" >> '{tmp_path}/asked'\necho started\n")
    program.chmod(0o755)
    return {"PATH": f"{tmp_path}:/usr/bin:/bin"}


def test_the_container_syncs_again_and_again(tmp_path, container):
    with subprocess.Popen([PACKAGING / "every", "0.01s"], env=container, stdout=subprocess.PIPE, text=True) as main:
        seen = [main.stdout.readline() for _ in range(3)]
        main.send_signal(signal.SIGTERM)
        main.communicate(timeout=20)
    assert seen == ["started\n"] * 3
    assert set((tmp_path / "asked").read_text().splitlines()) == {"sync"}
    assert main.returncode == 0


@pytest.mark.parametrize("when", ["while it waits", "during a run"])
def test_a_container_that_is_told_to_stop_stops_at_once_and_lets_the_run_end(tmp_path, container, when):
    program = tmp_path / "calmirror"
    if when == "during a run":
        program.write_text(
            f"#!/bin/sh\ntrap \"echo ended >> '{tmp_path}/asked'; exit 143\" TERM\necho started\nsleep 60 & wait\n"
        )
    with subprocess.Popen([PACKAGING / "every", "1h"], env=container, stdout=subprocess.PIPE, text=True) as main:
        assert main.stdout.readline() == "started\n"
        main.send_signal(signal.SIGTERM)
        assert main.wait(timeout=20) == 0
    assert (tmp_path / "asked").read_text() == ("ended\n" if when == "during a run" else "sync\n")


def test_other_words_are_the_commands_own(tmp_path, container):
    subprocess.run([PACKAGING / "every", "plan", "--full"], env=container, check=True, capture_output=True)
    assert (tmp_path / "asked").read_text() == "plan --full\n"
    assert os.access(PACKAGING / "every", os.X_OK)
