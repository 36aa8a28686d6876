"""A mirror that left the configuration while events of it are in Google is named where a person looks."""

from __future__ import annotations

import json
import shlex

import pytest
from cli_world import World

PURGE = "purge --mirror old"


@pytest.fixture
def forgetful(world: World) -> World:
    """Two mirrors were at work, "old" with two events; only "work" is still configured."""
    world.meet()
    world.meet("Lunch", hour=12)
    world.configure("work", "old")
    assert world.run("sync").exit_code == 0
    world.configure("work")
    return world


@pytest.mark.parametrize("command", ["status", "plan", "doctor"])
def test_it_is_named_with_the_command_that_takes_its_events_out(forgetful: World, command: str) -> None:
    shown = forgetful.run(command)
    assert shown.exit_code == 0
    assert "old: no longer in the configuration; 2 events of it stay in Google" in shown.stdout
    assert f"calmirror --config {forgetful.config} {PURGE}" in shown.stdout


@pytest.mark.parametrize("command", ["status", "plan"])
def test_it_is_an_object_of_its_own_in_json(forgetful: World, command: str) -> None:
    work, old = map(json.loads, forgetful.run(command, "--json").stdout.splitlines())
    assert work["configured"] is True
    assert old == {
        "mirror": "old",
        "exit": 0,
        "configured": False,
        "events": 2,
        "command": f"calmirror --config {forgetful.config} {PURGE}",
    }


def test_doctor_gives_it_as_a_note_in_json(forgetful: World) -> None:
    findings = [json.loads(line) for line in forgetful.run("doctor", "--json").stdout.splitlines()]
    [note] = [finding for finding in findings if finding["subject"] == "mirror old"]
    assert (note["verdict"], note["exit_code"]) == ("note", 0)
    assert note["what"] == "no longer in the configuration; 2 events of it stay in Google"
    assert note["cure"] == f"calmirror --config {forgetful.config} {PURGE}"


@pytest.mark.parametrize("command", ["status", "plan"])
def test_whoever_asks_for_one_mirror_hears_of_that_one(forgetful: World, command: str) -> None:
    assert "old" not in forgetful.run(command, "--mirror", "work").stdout


@pytest.mark.parametrize("command", ["status", "plan", "doctor"])
def test_what_was_taken_out_is_not_named(forgetful: World, command: str) -> None:
    assert forgetful.run(*shlex.split(PURGE), "--yes").exit_code == 0
    assert "no longer in the configuration" not in forgetful.run(command).output


@pytest.mark.parametrize("command", ["status", "plan", "doctor"])
def test_a_renamed_mirror_is_not_forgotten(world: World, command: str) -> None:
    world.meet()
    world.run("sync")
    world.config.write_text(world.config.read_text().replace('name = "work"', 'name = "job"'))
    assert "no longer in the configuration" not in world.run(command).output


def test_the_command_is_one_word_to_the_shell(world: World) -> None:
    world.meet()
    world.configure("work", "my old one")
    world.run("sync")
    world.configure("work")
    [line] = [line for line in world.run("status").stdout.splitlines() if line.startswith("my old one: ")]
    assert shlex.split(line[line.index("calmirror ") :])[-2:] == ["--mirror", "my old one"]


def test_a_purge_of_it_promises_no_sync_that_fills_the_calendar_again(forgetful: World) -> None:
    assert "The next sync" in forgetful.run("purge", "--mirror", "work", "--yes").stdout
    shown = forgetful.run(*shlex.split(PURGE), "--yes")
    assert shown.exit_code == 0
    assert "The next sync" not in shown.stdout


def test_what_another_mirror_made_in_the_same_calendar_is_not_this_mirrors(world: World) -> None:
    world.meet()
    world.configure("work", "busy")
    world.config.write_text(world.config.read_text().replace('"Outlook busy"', '"Outlook work"'))
    assert world.run("sync").exit_code == 0
    assert "1 other event there would stay: not this mirror's\n" in world.run("purge", "--mirror", "busy").stdout
