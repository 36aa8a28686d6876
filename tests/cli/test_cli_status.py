"""`status` and `repair`."""

from __future__ import annotations

import json
import shlex

from calmirror.http.message import Answer
from calmirror.sandbox.service import Fault


def test_a_mirror_that_never_ran_and_has_no_state_yet(world):
    shown = world.run("status")
    assert shown.exit_code == 0
    assert shown.stdout == f"work: never synchronised. To start: calmirror --config {world.config} sync\n"
    assert not (world.config.parent / "state.db").exists()
    told = json.loads(world.run("status", "--json").stdout)
    assert (told["succeeded_at"], told["window"], told["runs"]) == (None, None, [])


def test_a_mirror_that_is_right_and_what_its_runs_did(world):
    world.configure("work", "idle")
    world.meet()
    world.run("sync", "--mirror", "work")
    world.run("sync", "--mirror", "work")
    before = world.requests()
    shown = world.run("status")
    assert shown.exit_code == 0
    head, *facts = shown.stdout.splitlines()
    assert head == "work: last right less than a minute ago"
    assert "  events: 1 mirrored" in facts
    assert "  whole calendar read again: in 24 hours" in facts
    assert [fact.rpartition("UTC  ")[2] for fact in facts if "UTC" in fact] == ["exact", "exact, whole calendar, 1 new"]
    assert facts[-1].startswith("idle: never synchronised")
    assert world.requests() == before


def test_a_failure_is_shown_with_its_cure_until_a_run_succeeds(world):
    world.meet()
    world.run("sync")
    world.graph.faults.append(Fault(answer=Answer(503, {"retry-after": "3600"}), times=2))
    world.run("sync")
    world.run("sync")
    shown = world.run("status")
    assert shown.exit_code == 0
    assert "last error: unavailable, 2 times in a row; to see what happened and what to do: calmirror" in shown.stdout
    assert json.loads(world.run("status", "--json").stdout)["last_error"] == "unavailable"
    world.run("sync")
    assert "last error" not in world.run("status").stdout


def test_a_calendar_deleted_in_google_is_made_anew_by_the_command_that_is_printed(world):
    world.meet()
    world.run("sync")
    world.google.delete_calendar(world.calendar())
    world.meet(hour=12)
    gone = world.run("sync")
    assert gone.exit_code == 4
    happened, _, command, code = gone.stderr.splitlines()
    assert code == "  code: destination-gone"
    assert "work" in happened
    words = shlex.split(command[command.index("calmirror ") :])[1:]
    assert words == ["--config", str(world.config), "repair", "--mirror", "work", "--new-calendar"]
    repaired = world.run(*words[2:], "--json")
    assert "  repair: found the calendar gone" in world.run("journal").stdout
    assert repaired.exit_code == 0
    told = json.loads(repaired.stdout)
    assert told["written"] == {"insert": 2, "update": 0, "delete": 0}
    assert told["verification"]["occurrences"] == 2
    assert world.run("verify").exit_code == 0


def test_repair_restores_what_a_person_deleted_in_google(world):
    world.meet("Standup")
    world.run("sync")
    [event] = world.google.events(world.calendar())
    world.google.person_delete(world.calendar(), event["id"])
    repaired = world.run("repair")
    assert repaired.exit_code == 0
    assert repaired.stdout.splitlines()[0] == "work: 0 changed and 1 deleted by hand in Google; 1 new"
    assert "Standup" not in repaired.output


def test_what_was_changed_in_google_and_stays_so_by_choice_is_known(world):
    world.configure("work", more='check_drift = "every-run"\non_drift = "keep"')
    world.meet()
    world.run("sync")
    [event] = world.google.events(world.calendar())
    world.google.person_edit(world.calendar(), event["id"], summary="Mine")
    assert world.run("sync").exit_code == 0
    told = world.run("status").stdout.splitlines()
    found = told.index("  changed or deleted by hand in Google, and kept so: 1, the first found less than a minute ago")
    assert told[found + 1] == f"    to put them right: calmirror --config {world.config} repair --mirror work"
    assert json.loads(world.run("status", "--json").stdout)["drifted"]["events"] == 1
    assert world.run("repair").exit_code == 0
    assert world.google.events(world.calendar())[0]["summary"] == "Board meeting"
    assert "by hand" not in world.run("status").stdout
