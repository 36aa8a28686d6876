"""How commands end: every exit code, reached for real, and what is said on the way out."""

from __future__ import annotations

import json
import shlex

import click
import pytest
from cli_world import World
from click.testing import CliRunner

from calmirror.cli.failures import guarded, tell, worst
from calmirror.cli.main import main
from calmirror.cli.options import Asked
from calmirror.http.message import Answer
from calmirror.sandbox.graph.errors import graph_error
from calmirror.sandbox.service import Fault
from calmirror.store import open_store

UNTOUCHED = "Nothing was changed in either calendar."


def four_lines(stderr):
    """What happened, what it means, what to type, the code."""
    happened, means, command, code = stderr.splitlines()
    assert command.startswith("  → ")
    assert code.startswith("  code: ")
    return happened, means.strip(), command.removeprefix("  → "), code.removeprefix("  code: ")


def typed(world: World, command: str):
    """Runs a command as it was printed."""
    name, *words = shlex.split(command)
    assert name == "calmirror"
    return CliRunner().invoke(main, words)


def write_config(world, old, new):
    world.config.write_text(world.config.read_text().replace(old, new))


def test_0_an_exact_mirror_is_verified(world):
    world.meet()
    world.run("sync")
    verified = world.run("verify")
    assert verified.exit_code == 0
    assert verified.stdout.startswith("work: both calendars agree: 1 occurrences from ")


def test_1_an_answer_that_nobody_expects_is_reported_as_a_bug(world):
    world.graph.faults.append(Fault(answer=graph_error(400, "ErrorInvalidRequest", "no"), times=-1))
    failed = world.run("sync")
    assert failed.exit_code == 1
    assert four_lines(failed.stderr)[3] == "microsoft-refused"


@pytest.mark.parametrize("words", [["sync", "--no-such-option"], ["no-such-command"], ["verify", "--mirror"]])
def test_2_a_wrong_word_on_the_command_line(world, words):
    assert world.run(*words).exit_code == 2
    assert world.requests() == (0, 0)


def test_3_an_occurrence_moved_in_google_is_found_and_put_right(world):
    world.meet("Standup")
    world.run("sync")
    [event] = world.google.events(world.calendar())
    later = {**event["start"], "dateTime": event["start"]["dateTime"].replace("09:00", "09:01")}
    world.google.person_edit(world.calendar(), event["id"], start=later)
    verified = world.run("verify")
    assert verified.exit_code == 3
    assert '09:00 to 10:00 UTC "Standup"' in verified.stdout
    assert "09:01 to 10:00 UTC in Google" in verified.stdout
    assert verified.stdout.splitlines()[-1].startswith("work: 1 difference among 1 occurrences")
    [difference] = json.loads(world.run("verify", "--json").stdout)["differences"]
    assert difference["kind"] == "different"
    repaired = world.run("repair")
    assert repaired.exit_code == 0
    assert repaired.stdout.splitlines()[0] == "work: 1 changed and 0 deleted by hand in Google; 1 changed"
    ended = [line.rpartition("UTC  ")[2] for line in world.run("journal").stdout.splitlines()[1:3]]
    assert ended == ["exact, whole calendar, 1 changed", "repair: looked at what Google holds"]
    assert world.run("verify").exit_code == 0


def test_4_all_mistakes_of_a_configuration_at_once(world):
    write_config(world, 'name = "work"', 'name = "work"\npast_day = 3\nfuture_days = "many"')
    failed = world.run("sync")
    assert failed.exit_code == 4
    assert "mirror[0].past_day" in failed.stderr
    assert "mirror[0].future_days" in failed.stderr
    assert failed.stderr.splitlines()[-1] == "  code: config"
    told = json.loads(world.run("plan", "--json").stdout)
    assert (told["exit"], told["error"]["code"]) == (4, "config")


def test_4_an_unknown_mirror_and_the_known_ones(world):
    failed = world.run("sync", "--mirror", "wrok")
    assert failed.exit_code == 4
    happened, means, command, code = four_lines(failed.stderr)
    assert (means, code) == (UNTOUCHED, "unknown-mirror")
    assert "'wrok'" in happened
    assert "'work'" in happened
    assert command == f"calmirror --config {world.config} status"
    assert typed(world, command).exit_code == 0


def test_4_without_a_configuration(tmp_path):
    failed = CliRunner().invoke(main, ["sync", "--config", str(tmp_path / "none.toml")])
    assert failed.exit_code == 4
    assert four_lines(failed.stderr)[3] == "config-missing"


def test_4_before_anybody_signed_in_it_says_how_to(world):
    write_config(world, 'token_command = ["echo", "m"]', 'client_id = "11111111-2222-3333-4444-555555555555"')
    failed = world.run("sync")
    assert failed.exit_code == 4
    happened, _, command, code = four_lines(failed.stderr)
    assert code == "sign-in"
    assert "Microsoft" in happened
    assert command.endswith("connect microsoft")
    assert world.run("status").exit_code == 0


def test_4_the_folder_of_the_state_is_missing(world):
    write_config(world, "sqlite:///state.db", "sqlite:///nowhere/state.db")
    for command in ("sync", "plan"):
        failed = world.run(command)
        assert failed.exit_code == 4
        assert four_lines(failed.stderr)[3] == "state-folder"
    assert world.requests() == (0, 0)


def test_4_the_state_is_a_file_of_another_program(world):
    (world.config.parent / "state.db").write_text("dear diary")
    assert world.run("sync").exit_code == 4
    assert world.run("status").exit_code == 4
    assert (world.config.parent / "state.db").read_text() == "dear diary"


def test_4_a_token_command_that_fails(world):
    write_config(world, '["echo", "m"]', '["false"]')
    failed = world.run("sync")
    assert failed.exit_code == 4
    assert four_lines(failed.stderr)[3] == "token-command"


def test_4_verify_before_the_first_sync_names_the_command_that_helps(world):
    world.meet()
    world.configure("my work")
    failed = world.run("verify")
    assert failed.exit_code == 4
    _, _, command, code = four_lines(failed.stderr)
    assert code == "nothing-to-verify"
    assert typed(world, command).exit_code == 0
    assert world.run("verify").exit_code == 0


def test_5_a_service_that_asks_to_wait_for_an_hour(world):
    world.meet()
    slow = Answer(503, {"retry-after": "3600"})
    world.graph.faults.append(Fault(answer=slow, times=1))
    failed = world.run("sync")
    assert failed.exit_code == 5
    assert four_lines(failed.stderr)[3] == "unavailable"
    assert world.run("sync").exit_code == 0


def test_6_a_mass_deletion_waits_for_a_person_and_the_printed_command_releases_it(world):
    world.configure("my work")
    events = [world.meet(hour=hour) for hour in range(8, 20)]
    world.run("sync")
    for event in events:
        world.graph.mailbox.delete(event)
    stopped = world.run("sync", "--quiet")
    assert stopped.exit_code == 6
    happened, means, command, code = four_lines(stopped.stderr)
    assert code == "mass-delete"
    assert happened.startswith("my work: all 12 events ")
    assert means.startswith(UNTOUCHED)
    assert len(world.google.events(world.calendar("my work"))) == 12
    assert "to see what would go: calmirror" in world.run("status").stdout
    assert world.run("plan").stdout.count("\n- ") == 11
    released = typed(world, command[command.index("calmirror ") :])
    assert released.exit_code == 0
    assert "12 deleted" in released.stdout
    assert world.google.events(world.calendar("my work")) == []


def test_7_another_run_is_at_work(world):
    world.run("sync")
    with open_store(f"sqlite:///{world.config.parent}/state.db") as store:
        far = 10_000_000_000.0
        store.take_lease("work", owner="elsewhere:1:1", now=far, ttl=600)
        failed = world.run("sync")
    assert failed.exit_code == 7
    assert four_lines(failed.stderr)[3] == "locked"


def test_the_most_serious_of_several_endings_counts():
    assert worst([0, 3, 7, 5, 4, 6, 1]) == 1
    assert worst([0, 3, 7, 5, 4, 6]) == 6
    assert worst([0, 3, 7, 5, 4]) == 4
    assert worst([0, 3, 7, 5]) == 5
    assert worst([3, 7]) == 7
    assert worst([0, 3]) == 3
    assert worst([0, 0]) == 0


def test_a_bug_is_reported_without_the_words_of_its_error(capsys):
    def fail():
        json.loads("{Board meeting")

    assert guarded(fail, click.Context(main)) == 1
    happened, _, _, code = four_lines(capsys.readouterr().err)
    assert code == "bug"
    assert "JSONDecodeError in calmirror.cli.failures:" in happened
    assert "Board" not in happened


def test_the_traceback_of_a_bug_is_shown_to_who_asks(capsys):
    assert tell(ZeroDivisionError(), Asked(traceback=True)) == 1
    assert "ZeroDivisionError\n" in capsys.readouterr().err
    assert tell(ZeroDivisionError(), Asked()) == 1
    assert len(capsys.readouterr().err.splitlines()) == 4


def test_errors_in_json_name_their_mirror(world):
    world.meet()
    world.configure("work", "broken", broken="No such calendar")
    told = [json.loads(line) for line in world.run("sync", "--json").stdout.splitlines()]
    assert [(one["mirror"], one["exit"]) for one in told] == [("work", 0), ("broken", 4)]
    assert told[1]["error"].keys() == {"code", "what", "meaning", "command"}
