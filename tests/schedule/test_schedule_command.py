"""`calmirror schedule`, with the sandbox, and a crontab program that keeps its table in a file."""

from __future__ import annotations

import json
import os
import shlex
import stat
import subprocess
import sys
from datetime import datetime

import pytest
from click.testing import CliRunner
from schedule_jobs import AWKWARD, ENVIRONMENT, keys, unquoted

from calmirror.cli.main import main
from calmirror.cli.screen import say
from calmirror.schedule.log import logged
from calmirror.store import open_store

SECRET = "hunter2"


@pytest.fixture(autouse=True)
def machine(tmp_path, monkeypatch):
    """A machine without systemd, with cron; a home of its own."""
    programs = tmp_path / "programs"
    programs.mkdir()
    table = tmp_path / "table"
    (programs / "systemctl").write_text("#!/bin/sh\nexit 1\n")
    (programs / "crontab").write_text(
        f"#!/bin/sh\nif [ \"$1\" = -l ]; then cat '{table}' 2>/dev/null || {{ echo no crontab for eva >&2; exit 1; }}\n"
        f"else cat > '{table}'; fi\n"
    )
    for program in programs.iterdir():
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=os.pathsep)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", f"http://eva:{SECRET}@proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return table


@pytest.fixture
def jobs(tmp_path):
    """The folder of our own files."""
    return tmp_path / ".local" / "share" / "calmirror" / "schedule"


def fire(table) -> subprocess.CompletedProcess[str]:
    """Runs the line's command in the environment that cron gives, without its waiting."""
    words = shlex.split(table.read_text().splitlines()[-1].split(" ", 5)[5], comments=True)
    words[words.index("--after") + 1] = "0"
    given = {"HOME": "/root", "LOGNAME": "root", "PATH": "/usr/bin:/bin", "SHELL": "/bin/sh"}
    return subprocess.run(words, capture_output=True, text=True, env=given, cwd="/", timeout=60, check=False)


def status(world):
    return json.loads(world.run("schedule", "status", "--json").stdout)


def test_installed_it_syncs_with_next_to_no_environment_and_says_how_it_went(world, machine, jobs):
    world.meet()
    installed = world.run("schedule", "install")
    assert installed.exit_code == 0, installed.output
    assert installed.stdout.startswith("Every 15 minutes from now on, by cron: calmirror --config ")
    done = fire(machine)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len(world.google.events(world.calendar())) == 1
    found = status(world)
    assert (found["installed"], found["using"], found["every"], found["problems"]) == (True, "cron", 900, [])
    assert (found["last"]["exit"], found["last"]["codes"]) == (0, [])
    assert datetime.fromisoformat(found["next"]).minute in map(int, machine.read_text().split(" ")[0].split(","))
    [log] = jobs.glob("*.log")
    assert " work: exact — 1 written (1 new), " in log.read_text()
    assert "  last run: less than a minute ago, exact" in world.run("schedule", "status").stdout


def test_what_systemd_starts_syncs_with_what_systemd_gives(world, machine, tmp_path, monkeypatch):
    """Its command is taken apart as systemd does; what it prints is for the journal."""
    (tmp_path / "programs" / "systemctl").write_text("#!/bin/sh\n")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / AWKWARD))
    world.meet()
    assert "by systemd" in world.run("schedule", "install").stdout
    [unit] = (tmp_path / ".config" / "systemd" / "user").glob("*.service")
    words = unquoted(keys(unit.read_text())["ExecStart"])
    done = subprocess.run(words, capture_output=True, text=True, env=ENVIRONMENT, cwd="/", timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("work: exact — 1 written (1 new), ")
    assert status(world)["last"]["exit"] == 0


def test_a_run_that_fails_is_told_in_the_log_and_by_status(world, machine, jobs):
    world.configure("work", work="No such calendar")
    world.run("schedule", "install")
    done = fire(machine)
    assert (done.returncode, done.stdout, done.stderr) == (4, "", "")
    assert status(world)["last"]["codes"] == ["calendar-not-found"]
    assert "ago, failed: calendar-not-found" in world.run("schedule", "status").stdout
    [log] = jobs.glob("*.log")
    stamped = log.read_text().splitlines()
    assert stamped[-1].endswith(" code: calendar-not-found")
    assert all(datetime.strptime(line[:24], "%Y-%m-%d %H:%M:%S%z") for line in stamped)


def test_another_run_at_work_is_no_failure(world, machine):
    world.run("sync")
    world.run("schedule", "install")
    with open_store(f"sqlite:///{world.config.parent}/state.db") as store:
        store.take_lease("work", owner="elsewhere:1:1", now=10_000_000_000.0, ttl=600)
    assert fire(machine).returncode == 0
    assert status(world)["last"]["exit"] == 7
    assert "another run was at work" in world.run("schedule", "status").stdout


def test_installing_again_replaces_and_removing_leaves_nothing_but_the_log(world, machine, jobs):
    machine.write_text("@daily backup\n")
    for every in ("15m", "1h", "1h"):
        assert world.run("schedule", "install", "--every", every).exit_code == 0
    assert len(machine.read_text().splitlines()) == 2
    assert status(world)["every"] == 3600
    fire(machine)
    assert world.run("schedule", "remove").stdout == "Removed from cron.\n"
    assert machine.read_text() == "@daily backup\n"
    assert [path.suffix for path in jobs.iterdir()] == [".log"]
    assert world.run("schedule", "remove").stdout == "It was not installed.\n"
    assert not status(world)["installed"]


def test_two_configurations_have_two_schedules(world, machine, tmp_path):
    other = tmp_path / "other.toml"
    other.write_text(world.config.read_text())
    world.run("schedule", "install")
    CliRunner().invoke(main, ["--config", str(other), "schedule", "install"])
    assert len(machine.read_text().splitlines()) == 2
    world.run("schedule", "remove")
    assert len(machine.read_text().splitlines()) == 1
    assert not status(world)["installed"]


def test_the_environment_is_kept_for_its_owner_alone_and_never_shown(world, machine, jobs, monkeypatch):
    monkeypatch.setenv("MY_TOKEN_HELPER", "a")
    shown = world.run("schedule", "install", "--env", "MY_TOKEN_HELPER").output
    shown += world.run("schedule", "install", "--env", "MY_TOKEN_HELPER", "--print").output
    shown += world.run("schedule", "status").output + world.run("schedule", "status", "--json").output
    assert SECRET not in shown + machine.read_text()
    [file] = jobs.glob("*.json")
    kept = json.loads(file.read_text())["environment"]
    assert SECRET in kept["HTTPS_PROXY"]
    assert kept["MY_TOKEN_HELPER"] == "a"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(jobs.stat().st_mode) == stat.S_IMODE(jobs.parent.stat().st_mode) == 0o700
    assert world.run("schedule", "install", "--env", "NO_SUCH_VARIABLE").exit_code == 2


def test_a_passphrase_is_kept_only_where_a_person_says_so(world, machine, jobs, monkeypatch):
    monkeypatch.setenv("CALMIRROR_TOKENS_PASSPHRASE", SECRET * 2)
    installed = world.run("schedule", "install")
    assert "CALMIRROR_TOKENS_PASSPHRASE is a secret, and was not kept." in installed.stdout
    [file] = jobs.glob("*.json")
    assert SECRET * 2 not in file.read_text()
    installed = world.run("schedule", "install", "--env", "CALMIRROR_TOKENS_PASSPHRASE")
    assert "was not kept" not in installed.stdout
    assert SECRET * 2 in file.read_text()


@pytest.mark.parametrize("using", ["cron", "systemd", "launchd", "windows"])
def test_what_would_be_written_is_shown_on_any_machine_and_nothing_is_written(world, machine, jobs, using):
    shown = world.run("schedule", "install", "--using", using, "--print")
    assert shown.exit_code == 0
    assert "schedule" in shown.stdout
    assert not jobs.exists()
    assert not machine.exists()


def test_without_anything_that_could_run_it(world, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    failed = world.run("schedule", "install")
    assert failed.exit_code == 4
    assert failed.stderr.splitlines()[-1] == "  code: schedule-none"


def test_a_broken_configuration_is_not_installed(world, machine):
    world.config.write_text("mirror = 3")
    assert world.run("schedule", "install").exit_code == 4
    assert not machine.exists()


def test_a_configuration_that_is_gone_is_told_and_can_still_be_removed(world, machine):
    world.run("schedule", "install")
    world.config.unlink()
    assert fire(machine).returncode == 4
    assert status(world)["last"]["codes"] == ["config-missing"]
    assert status(world)["problems"] == [f"The configuration is gone: {world.config}"]
    assert world.run("schedule", "remove").stdout == "Removed from cron.\n"


def test_a_python_that_is_gone_and_runs_that_stay_away_are_told(world, machine, jobs):
    world.run("schedule", "install")
    [file] = jobs.glob("*.json")
    file.write_text(file.read_text().replace(sys.executable, "/nowhere/python"))
    os.utime(file, (1_700_000_000, 1_700_000_000))
    gone, late = status(world)["problems"]
    assert gone == "The Python that it starts is gone: /nowhere/python"
    assert late.startswith("It should have run since")
    assert "to put it right: calmirror --config" in world.run("schedule", "status").stdout


def test_a_line_whose_file_is_gone_says_so(world, machine, jobs):
    world.run("schedule", "install")
    [file] = jobs.glob("*.json")
    file.write_text("{")
    assert status(world)["problems"] == [f"The file of the schedule, {file}, is missing or damaged."]
    done = fire(machine)
    assert done.returncode == 4
    assert "code: schedule-file" in done.stderr


def test_moving_to_another_scheduler_takes_it_from_the_first(world, machine, tmp_path):
    world.run("schedule", "install")
    (tmp_path / "programs" / "systemctl").write_text("#!/bin/sh\n")
    moved = world.run("schedule", "install")
    assert "by systemd" in moved.stdout
    assert machine.read_text() == ""
    assert status(world)["using"] == "systemd"


def test_the_log_is_bounded(tmp_path):
    log = tmp_path / "log" / "calmirror.log"
    for run in range(50):
        with logged(log, largest=1000):
            say("\n".join([f"work: exact {run}"] * 5))
    assert {path.name for path in log.parent.iterdir()} == {"calmirror.log", "calmirror.old.log"}
    assert all(path.stat().st_size < 1300 for path in log.parent.iterdir())
    assert log.read_text().endswith(" work: exact 49\n")
