"""`undo`, what `sync` and `status` say afterwards, and `sync --unpin`."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from calmirror.cli.main import main


@pytest.fixture
def mirrored(world):
    """Two runs: two new events, then one renamed and one gone."""
    board, lunch = world.meet("Board meeting", 9), world.meet("Lunch", 12)
    world.run("sync")
    world.graph.mailbox.edit(board, subject="Board at last")
    world.graph.mailbox.delete(lunch)
    world.run("sync")
    return world


def titles(world):
    """What is in Google."""
    return sorted(event["summary"] for event in world.google.events(world.calendar()))


def answered(world, answer, *words):
    """The command with a person's answer."""
    return CliRunner().invoke(main, ["--config", str(world.config), *words], input=answer)


def test_undo_shows_what_it_would_write_and_asks(mirrored):
    asked = answered(mirrored, "n\n", "undo", "2")
    assert (asked.exit_code, asked.stderr.splitlines()[-1]) == (4, "  code: not-confirmed")
    back, renamed, summary = asked.stdout.splitlines()
    assert back.startswith("+ ")
    assert "Lunch" in back
    assert back.endswith("as before run 2: comes back")
    assert renamed.endswith("Board meeting  as before run 2: title")
    assert summary == "work: 1 new, 1 changed. Nothing is written yet."
    assert titles(mirrored) == ["Board at last"]
    assert mirrored.run("journal").stdout.splitlines()[1].endswith("UTC  declined when asked, nothing written")
    assert "last error" not in mirrored.run("status").stdout
    done = answered(mirrored, "y\n", "undo", "2")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[3] == "work: as before run 2: 1 new, 1 changed"
    assert titles(mirrored) == ["Board meeting", "Lunch"]


def test_what_is_undone_is_told_by_sync_and_status_until_it_is_resumed(mirrored):
    assert mirrored.run("undo", "2", "--yes").exit_code == 0
    before = mirrored.requests()
    kept = mirrored.run("sync")
    assert (kept.exit_code, mirrored.requests()) == (3, (before[0] + 1, before[1]))
    head, how = kept.stdout.splitlines()
    assert head.startswith("work: partial — nothing to write, 2 held")
    hint = f"calmirror --config {mirrored.config} sync --mirror work --unpin"
    assert how == f"  2 events stay as you put or kept them; to follow Outlook again: {hint}"
    assert how in mirrored.run("status").stdout.splitlines()
    assert mirrored.run("plan").stdout == "work: nothing to do, 2 held\n"
    assert json.loads(mirrored.run("sync", "--json").stdout)["held"] == 2
    assert "next sync: left out: it stays as you put or kept it" in mirrored.run("explain", "Board").stdout
    planned = mirrored.run("plan", "--unpin").stdout.splitlines()
    assert planned[-1] == "work: 1 changed, 1 deleted. Nothing was written."
    former = mirrored.run("plan", "--resume")
    assert former.stdout.splitlines() == planned
    assert former.stderr == "--resume is called --unpin now.\n"
    resumed = mirrored.run("sync", "--unpin")
    assert resumed.exit_code == 0
    assert titles(mirrored) == ["Board at last"]
    assert "held" not in resumed.stdout + mirrored.run("status").stdout


def test_undo_needs_no_microsoft(mirrored):
    asked, _ = mirrored.requests()
    assert mirrored.run("undo", "2", "--yes").exit_code == 0
    assert mirrored.requests()[0] == asked


def test_one_event_is_undone_by_the_id_that_journal_shows(mirrored):
    line = next(line for line in mirrored.run("journal", "2").stdout.splitlines() if "Lunch" in line)
    shown = line.rpartition("(id …")[2].rstrip(")")
    done = mirrored.run("undo", "2", "--event", shown, "--yes", "--json")
    assert done.exit_code == 0
    told = json.loads(done.stdout)
    assert (told["undone"], told["held"], told["written"]) == (2, 1, {"insert": 1, "update": 0, "delete": 0})
    assert [action["title"] for action in told["actions"]] == ["Lunch"]
    assert titles(mirrored) == ["Board at last", "Lunch"]


def test_an_undo_is_a_run_that_can_be_undone(mirrored):
    mirrored.run("undo", "2", "--yes")
    assert "run 3  " in (listed := mirrored.run("journal").stdout)
    assert "undo of run 2, 1 new, 1 changed" in listed
    assert mirrored.run("undo", "3", "--yes").exit_code == 0
    assert titles(mirrored) == ["Board at last"]
    assert mirrored.run("undo", "3", "--yes").stdout.splitlines()[0] == "work: nothing to do"


def test_more_deletions_than_are_safe_need_a_persons_word(world):
    for number in range(12):
        world.meet(f"Meeting {number}", 9, number)
    world.run("sync")
    refused = world.run("undo", "1", "--yes")
    assert (refused.exit_code, refused.stderr.splitlines()[-1]) == (6, "  code: mass-delete")
    assert f"calmirror --config {world.config} undo 1 --allow-mass-delete" in refused.stderr
    assert len(titles(world)) == 12
    assert "last error" not in world.run("status").stdout
    assert world.run("undo", "1", "--allow-mass-delete", "--yes").exit_code == 0
    assert titles(world) == []


def test_a_run_of_another_mirror_is_not_undone(mirrored):
    mirrored.configure("work", "home")
    refused = mirrored.run("undo", "2", "--mirror", "home", "--yes")
    assert (refused.exit_code, refused.stderr.splitlines()[-1]) == (4, "  code: run-not-found")
