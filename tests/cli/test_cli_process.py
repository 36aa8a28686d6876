"""The command as a process of its own: what it imports, signals, pipes, terminals."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from cli_world import TOMORROW

import calmirror
from calmirror.sandbox.service import Fault

FULL = Path("/dev/full")
CALMIRROR = [sys.executable, "-m", "calmirror"]
HEAVY = {"urllib3", "rich", "dateutil", "nh3", "starlette", "uvicorn", "msgspec", "sqlite3", "zoneinfo", "tzlocal"}


def imported(*words: str) -> set[str]:
    """The top-level modules that a command has imported when it ends."""
    code = (
        "import sys, json\nfrom calmirror.cli.main import main\n"
        f"try: main({list(words)!r})\nexcept SystemExit: pass\n"
        "print(json.dumps([name.partition('.')[0] for name in sys.modules]), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize("words", [["--help"], ["--version"]])
def test_help_imports_nothing_heavy(words):
    assert imported(*words) & HEAVY == set()


@pytest.mark.parametrize("name", ["plan", "sync", "status", "verify", "repair", "sandbox"])
def test_a_commands_help_imports_neither_network_nor_drawing(name):
    assert imported(name, "--help") & {"urllib3", "rich", "dateutil", "nh3", "starlette", "uvicorn"} == set()


def test_a_run_with_nothing_to_do_imports_nothing_that_only_changes_need(world):
    world.run("sync")
    modules = imported("--config", str(world.config), "sync")
    assert "urllib3" in modules
    assert modules & {"rich", "dateutil", "nh3", "starlette", "uvicorn"} == set()


def test_the_version_is_the_packages():
    done = subprocess.run([*CALMIRROR, "--version"], capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout == f"calmirror {calmirror.__version__}\n"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_run_says_that_nothing_is_lost_and_frees_its_mirror(world, number, code):
    world.meet()
    asked, go_on = threading.Event(), threading.Event()
    world.graph.faults.append(Fault(matches=lambda _request: asked.set() or go_on.wait(20) or True, truncate=10))
    with subprocess.Popen(
        [*CALMIRROR, "--config", str(world.config), "sync"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert asked.wait(20)
            process.send_signal(number)
            out, err = process.communicate(timeout=20)
        finally:
            go_on.set()
            process.kill()
    assert process.returncode == code
    assert out == ""
    assert err == ("Stopped. Nothing is lost: what was written is remembered, and the next run goes on from there.\n")
    world.graph.faults.clear()
    assert world.run("sync").exit_code == 0


def test_a_reader_that_goes_away_stops_neither_the_work_nor_says_so(world):
    world.configure("first", "second")
    world.meet()
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*CALMIRROR, "--config", str(world.config), "sync"],
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        timeout=30,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(world.google.events(world.calendar("second"))) == 1


def test_a_terminal_without_unicode_gets_ascii(world):
    world.meet("Café with 東京")
    environ = {**os.environ, "PYTHONIOENCODING": "ascii"}
    words = [*CALMIRROR, "--config", str(world.config)]
    planned = subprocess.run([*words, "plan"], env=environ, capture_output=True, timeout=30, check=True)
    assert b"Caf? with ??" in planned.stdout
    failed = subprocess.run(
        [*words, "status", "--mirror", "x"], env=environ, capture_output=True, timeout=30, check=False
    )
    assert b"\n  -> calmirror" in failed.stderr


def test_a_pasted_command_finds_a_configuration_with_a_space_in_its_path(world):
    world.meet()
    path = world.config.rename(world.config.with_name("my mirror.toml"))
    words = [*CALMIRROR, "--config", str(path), "verify"]
    failed = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
    command = failed.stderr.splitlines()[2].removeprefix("  → calmirror")
    pasted = f"{sys.executable} -m calmirror{command}"
    done = subprocess.run(pasted, shell=True, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_environment_names_the_configuration(world):
    world.meet("Board meeting")
    environ = {**os.environ, "CALMIRROR_CONFIG": str(world.config)}
    done = subprocess.run([*CALMIRROR, "plan"], env=environ, capture_output=True, text=True, timeout=30, check=True)
    assert f"{TOMORROW.day} {TOMORROW:%b}" in done.stdout


@pytest.mark.skipif(not FULL.exists(), reason="this system has no device that is always full")
@pytest.mark.parametrize("words", [["--help"], ["--version"], ["sync", "--help"]])
def test_help_that_cannot_be_written_is_told_like_any_other_output(words):
    with FULL.open("w") as full:
        done = subprocess.run(
            [*CALMIRROR, *words], stdout=full, stderr=subprocess.PIPE, text=True, timeout=30, check=False
        )
    assert done.returncode == 4
    assert done.stderr.startswith("The output cannot be written: ")
    assert done.stderr.splitlines()[-1] == "  code: output"


@pytest.mark.parametrize("words", [["--help"], ["sync", "--help"]])
def test_help_that_nobody_reads_to_its_end_is_no_failure_to_talk_of(words):
    with subprocess.Popen([*CALMIRROR, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == ""


@pytest.mark.skipif(not FULL.exists(), reason="this system has no device that is always full")
@pytest.mark.parametrize("words", [["sync"], ["sync", "--json"]])
def test_output_that_cannot_be_written_is_told_and_the_work_is_done(world, words):
    world.configure("first", "second")
    world.meet()
    with FULL.open("w") as full:
        done = subprocess.run(
            [*CALMIRROR, "--config", str(world.config), *words],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=30,
            check=False,
        )
    assert done.returncode == 4
    assert "Traceback" not in done.stderr
    if "--json" not in words:
        assert done.stderr.splitlines()[-1] == "  code: output"
    assert len(world.google.events(world.calendar("second"))) == 1


@pytest.mark.parametrize("closed", ["1", "2"])
def test_a_closed_stream_stops_nothing(world, closed):
    world.meet()
    command = shlex.join([*CALMIRROR, "--config", str(world.config), "sync"])
    done = subprocess.run(f"{command} {closed}>&-", shell=True, capture_output=True, timeout=30, check=False)
    assert done.returncode == 0
    assert len(world.google.events(world.calendar())) == 1


def test_a_folder_that_was_deleted_under_us_is_no_bug(world, tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    # Python itself must not look for modules in the folder that is gone.
    environ = {**os.environ, "PYTHONPATH": str(Path(calmirror.__file__).parents[1])}
    words = shlex.join([sys.executable, "-P", "-m", "calmirror", "--config", str(world.config), "status"])
    lost = f"rmdir {shlex.quote(str(gone))} && {words}"
    done = subprocess.run(
        lost, shell=True, cwd=gone, env=environ, capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
