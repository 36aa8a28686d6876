"""A source without any event: who is asked, and what is said."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from cli_world import World

WORDS = "has no event from"


def typed(world: World, answer: str, *words: str) -> tuple[int, str]:
    """The installed command on a terminal of its own: its exit code and all that it showed."""
    own, theirs = pty.openpty()
    command = [Path(sys.executable).parent / "calmirror", "--config", world.config, *words]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=world.config.parent) as process:
        os.close(theirs)
        os.write(own, answer.encode())
        shown = b""
        try:
            while some := os.read(own, 4096):
                shown += some
        except OSError:  # the last one to write is gone
            pass
        os.close(own)
    return process.returncode, shown.decode()


def test_without_a_terminal_it_ends_with_6_and_the_option(world: World) -> None:
    done = world.run("sync")
    assert done.exit_code == 6
    assert WORDS in done.stderr
    assert f'"Calendar" of {world.graph.mailbox.address}' in done.stderr
    assert "sync --mirror work --accept-empty" in done.stderr
    assert "calmirror connect microsoft" in done.stderr.replace(f"--config {world.config} ", "")
    assert "empty-source" in world.run("status").stdout
    assert world.run("sync", "--accept-empty").exit_code == 0
    assert world.run("sync").exit_code == 0


def test_a_plan_says_it_and_a_proof_does_not_boast(world: World) -> None:
    assert WORDS in world.run("plan").stdout
    refused = json.loads(world.run("plan", "--json").stdout)["refused"]
    assert refused["code"] == "empty-source"
    world.run("sync", "--accept-empty")
    assert "neither shows an event from" in world.run("verify").stdout


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 6), ("\n", 6)])
def test_on_a_terminal_the_first_sync_asks(world: World, answer: str, code: int) -> None:
    ended, shown = typed(world, answer, "sync")
    assert ended == code, shown
    assert WORDS in shown
    assert "Is this the right calendar" in shown
    assert ("code: empty-source" in shown) == (code == 6)
    assert world.run("sync").exit_code == code


@pytest.mark.parametrize("option", ["--json", "--quiet"])
def test_a_program_is_not_asked(world: World, option: str) -> None:
    ended, shown = typed(world, "y\n", "sync", option)
    assert ended == 6
    assert "Is this the right calendar" not in shown


def test_of_several_mirrors_each_empty_one_is_asked_about(world: World) -> None:
    team = world.graph.mailbox.add_calendar("Team")
    other = world.graph.mailbox.add_calendar("Other")
    assert team != other
    world.meet()
    world.configure("work", "team", "other", team="Team", other="Other")
    ended, shown = typed(world, "y\nn\n", "sync")
    assert ended == 6
    assert "team: exact" in shown.replace("\r", "")
    assert "code: empty-source" in shown
    assert world.run("sync", "--mirror", "team").exit_code == 0
    assert world.run("sync", "--mirror", "other").exit_code == 6
