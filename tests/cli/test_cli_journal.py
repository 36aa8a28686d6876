"""`journal`."""

from __future__ import annotations

import json

from cli_world import times


def written(world):
    """Three runs: a new event, the same an hour later under another title, and it is gone."""
    event = world.meet("Board meeting", 9)
    world.meet("Lunch", 12)
    world.run("sync")
    world.graph.mailbox.edit(event, subject="Board at last", **times(10))
    world.run("sync")
    world.graph.mailbox.delete(event)
    world.run("sync")
    return event


def test_runs_are_listed_with_their_numbers(world):
    written(world)
    before = world.requests()
    shown = world.run("journal")
    assert shown.exit_code == 0
    head, *runs = shown.stdout.splitlines()
    assert head == "work:"
    assert [(run.split()[:2], run.rpartition("UTC  ")[2]) for run in runs] == [
        (["run", "3"], "exact, 1 deleted"),
        (["run", "2"], "exact, 1 changed"),
        (["run", "1"], "exact, whole calendar, 2 new"),
    ]
    assert [run["run"] for run in json.loads(world.run("journal", "--json").stdout)["runs"]] == [3, 2, 1]
    assert world.requests() == before


def test_a_run_tells_each_event_before_and_after_and_why(world):
    event = written(world)
    head, line = world.run("journal", "2").stdout.splitlines()
    assert head.startswith("work: run 2, ")
    assert line.startswith("~ ")
    assert "09:00 → " in line
    assert "Board meeting → Board at last  moved 1 h later, title" in line
    assert line.endswith(f"(id …{event[-8:]})")
    told = json.loads(world.run("journal", "3", "--json").stdout)
    [write] = told["writes"]
    assert (write["verb"], write["source_id"], write["after"]) == ("delete", event, None)
    assert write["before"]["summary"] == "Board at last"
    assert world.run("journal", "1").stdout.count("new in Outlook") == 2


def test_a_run_that_is_not_there_is_said_so(world):
    written(world)
    refused = world.run("journal", "99")
    assert (refused.exit_code, refused.stderr.splitlines()[-1]) == (4, "  code: run-not-found")
    world.run("sync")
    assert world.run("journal", "4").stdout.splitlines()[1:] == ["nothing was written"]
