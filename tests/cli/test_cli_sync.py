"""`sync` and `plan`: what they print, what they cost, what they never do."""

from __future__ import annotations

import json
from urllib.parse import quote

from cli_world import TOMORROW

from calmirror.http.message import Answer
from calmirror.sandbox.graph.errors import CATALOGUE
from calmirror.sandbox.service import Fault


def test_a_plan_names_each_event_with_its_reason_and_writes_nothing(world):
    world.meet("Security training", hour=14)
    planned = world.run("plan")
    assert planned.exit_code == 0
    line, summary = planned.stdout.splitlines()
    day = f"+ {TOMORROW:%a} {TOMORROW.day:>2} {TOMORROW:%b}"
    assert line.startswith(day)
    assert line.removeprefix(day).partition("  ")[2].split() == ["Security", "training", "new", "in", "Outlook"]
    assert "14:00" in line
    assert summary == "work: 1 new. Nothing was written."
    assert {exchange.method for exchange in world.google.log} == {"GET"}


def test_a_plan_says_what_changed_and_what_goes(world):
    moved, gone = world.meet("Design review"), world.meet("Standup", hour=11)
    assert world.run("sync").exit_code == 0
    later = {
        edge: {"dateTime": f"{TOMORROW}T{at}:30:00", "timeZone": "UTC"} for edge, at in (("start", "09"), ("end", "10"))
    }
    world.graph.mailbox.edit(moved, **later)
    world.graph.mailbox.delete(gone)
    update, delete, summary = world.run("plan").stdout.splitlines()
    assert update.startswith("~ ")
    assert update.endswith("moved 30 min later")
    assert "09:30" in update
    assert delete.startswith("- ")
    assert "Standup" in delete
    assert summary == "work: 1 changed, 1 deleted. Nothing was written."


def test_titles_cannot_steer_the_terminal(world):
    world.meet("red\x1b[31m \u202egnitirw\r\nover")
    planned = world.run("plan").stdout
    assert "\x1b" not in planned
    assert "\u202e" not in planned
    assert len(planned.splitlines()) == 2


def test_a_plan_in_json_holds_every_action(world):
    source_id = world.meet("Standup")
    told = json.loads(world.run("plan", "--json").stdout)
    assert told["counts"] == {"insert": 1, "update": 0, "delete": 0}
    [action] = told["actions"]
    assert action["source_id"] == source_id
    assert action["title"] == "Standup"
    assert action["starts"] == f"{TOMORROW}T09:00:00+00:00"


def test_an_occurrence_is_shown_as_one_of_its_series(world):
    pattern = {"type": "daily", "interval": 1}
    rule = {"pattern": pattern, "range": {"type": "numbered", "startDate": str(TOMORROW), "numberOfOccurrences": 5}}
    series = world.meet("Standup", recurrence=rule)
    world.graph.mailbox.edit_occurrence(series, TOMORROW, subject="Standup with guests")
    planned = world.run("plan").stdout
    assert "Standup (series)" in planned
    assert "Standup with guests (one of its series)" in planned


def test_sync_tells_one_line_and_no_title(world):
    world.meet("Very secret meeting")
    synced = world.run("sync")
    assert synced.exit_code == 0
    assert synced.stdout.startswith("work: exact — 1 written (1 new), ")
    assert len(synced.output.splitlines()) == 1
    assert "secret" not in synced.output


def test_a_run_with_nothing_to_do_costs_one_request(world):
    world.meet()
    world.run("sync")
    before = world.requests()
    synced = world.run("sync")
    assert (world.requests()[0] - before[0], world.requests()[1] - before[1]) == (1, 0)
    assert "nothing to write, 1 request to Microsoft, 0 to Google" in synced.stdout


def test_quiet_says_nothing_when_all_is_well(world):
    world.meet()
    assert world.run("sync", "--quiet").output == ""


def test_sync_in_json(world):
    world.meet()
    told = json.loads(world.run("sync", "--json").stdout)
    assert told["written"] == {"insert": 1, "update": 0, "delete": 0}
    assert told["outcome"] == "exact"
    assert (told["requests"]["microsoft"], told["requests"]["google"]) == world.requests()


def test_full_reads_the_whole_calendar_again(world):
    world.meet()
    world.run("sync")
    assert json.loads(world.run("sync", "--full", "--json").stdout)["full"] is True
    assert json.loads(world.run("plan", "--json").stdout)["full"] is False
    assert json.loads(world.run("plan", "--full", "--json").stdout)["full"] is True


def test_one_mirror_that_fails_stops_no_other(world):
    world.configure("first", "broken", "last", broken="No such calendar")
    world.meet()
    synced = world.run("sync")
    assert synced.exit_code == 4
    assert [line.partition(":")[0] for line in synced.stdout.splitlines()] == ["first", "last", "3 mirrors"]
    assert synced.stderr.startswith("broken: There is no Outlook calendar")


def test_only_the_mirrors_that_are_named(world):
    world.meet()
    world.configure("first", "second", "third")
    synced = world.run("sync", "--mirror", "third", "--mirror", "first")
    assert [line.partition(":")[0] for line in synced.stdout.splitlines()] == ["first", "third", "2 mirrors"]


def refuse(world, word):
    """Google refuses whatever holds the word, alone and in batches."""
    body = json.dumps({"error": {"code": 400, "errors": [{"reason": "invalid"}], "message": "no"}}).encode()
    answer = Answer(400, {"content-type": "application/json"}, body)
    for inside in (True, False):
        fault = Fault(matches=lambda r: word in r.body, answer=answer, times=-1, inside_batch=inside)
        world.google.faults.append(fault)


def test_an_event_that_google_refuses_is_named_without_its_title(world):
    """The others are mirrored; the run ends partial. `plan` shows its title to the person who asks."""
    refused = world.meet("Cursed meeting")
    world.meet("Fine meeting", hour=12)
    refuse(world, b"Cursed")
    synced = world.run("sync")
    assert synced.exit_code == 3
    summary, left_out, how_to_see = synced.stdout.splitlines()
    assert summary.startswith("work: partial — 1 written (1 new), 1 left out")
    assert left_out.startswith(f"  left out: the event of {TOMORROW} 09:00 UTC (id …{refused[-8:]}): ")
    assert "Cursed" not in synced.output
    assert how_to_see == f"  to see their titles: calmirror --config {world.config} plan"
    [new] = [line for line in world.run("plan").stdout.splitlines() if line.startswith("+")]
    assert "Cursed meeting" in new
    assert new.endswith("new in Outlook; left out by the last sync: Google refused it (invalid)")
    [skipped] = json.loads(world.run("sync", "--json").stdout)["skipped"]
    assert (skipped["source_id"], skipped["starts"]) == (refused, f"{TOMORROW}T09:00:00+00:00")


def test_a_mirrored_event_that_cannot_be_read_any_more_is_found_by_its_copy(world):
    broken = world.meet("Cursed meeting")
    world.run("sync")
    world.graph.mailbox.delete(broken)
    corrupt = CATALOGUE["item-corrupt"]
    world.graph.faults.append(
        Fault(matches=lambda r: quote(broken) in r.url, answer=corrupt, times=-1, inside_batch=True)
    )
    told = json.loads(world.run("plan", "--json").stdout)
    assert told["exit"] == 3
    assert told["skipped"][0]["title"] == "Cursed meeting"
    planned = world.run("plan").stdout
    assert f'! the event of {TOMORROW} 09:00 UTC "Cursed meeting" (id …{broken[-8:]}) is left out: ' in planned
    synced = world.run("sync")
    assert synced.exit_code == 3
    assert f"left out: the event of {TOMORROW} 09:00 UTC (id …{broken[-8:]}): could not be read" in synced.stdout
    assert len(world.google.events(world.calendar())) == 1


def test_a_plan_says_when_a_sync_would_refuse_it(world):
    events = [world.meet(hour=hour) for hour in range(8, 20)]
    world.run("sync")
    assert json.loads(world.run("plan", "--json").stdout)["refused"] is None
    for event in events:
        world.graph.mailbox.delete(event)
    planned = world.run("plan")
    assert planned.exit_code == 0
    refusal, command = planned.stdout.splitlines()[-2:]
    assert refusal.startswith("work: not without your word: all 12 events ")
    assert command.endswith(f"calmirror --config {world.config} sync --mirror work --allow-mass-delete")
    assert json.loads(world.run("plan", "--json").stdout)["refused"]["code"] == "mass-delete"
    assert len(world.google.events(world.calendar())) == 12


def test_after_another_destination_was_named_the_plan_is_for_that_and_what_stays_in_the_old_one_is_said(world):
    world.meet("Security training", hour=14)
    world.meet("Lunch", hour=12)
    assert world.run("sync").exit_code == 0
    world.config.write_text(world.config.read_text().replace('"Outlook work"', '"Office"'))
    before = 'work: 2 events stay in "Outlook work", its destination before; '
    stays = f"{before}name it again and type calmirror purge to remove them"
    planned = world.run("plan")
    assert planned.stdout.splitlines()[-2:] == [stays, "work: 2 new. Nothing was written."]
    synced = world.run("sync")
    assert synced.exit_code == 0
    assert stays in synced.stdout
    assert "2 written (2 new)" in synced.stdout
    again = world.run("plan")
    assert again.stdout == "work: nothing to do\n"
