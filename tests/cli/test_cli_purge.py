"""`purge` as a person and a script meet it."""

import json

import pytest
from click.testing import CliRunner

from calmirror.cli.main import main


def answering(world, answer, *words):
    return CliRunner().invoke(main, ["--config", str(world.config), *words], input=answer)


def events(world):
    return [row for row in world.google.events(world.calendar()) if row["status"] != "cancelled"]


@pytest.fixture
def filled(world):
    world.meet("Dentist")
    world.meet("Board meeting", days=3)
    assert world.run("sync").exit_code == 0
    body = {"summary": "Mine", "start": {"date": "2026-03-01"}, "end": {"date": "2026-03-02"}}
    world.google.person_insert(world.calendar(), body)
    return world


def test_it_shows_what_would_go_and_asks(filled):
    refused = answering(filled, "n\n", "purge")
    assert refused.exit_code == 4
    assert 'work: 2 events in "Outlook work" would go' in refused.stdout
    assert "1 other event there would stay" in refused.stdout
    assert "code: not-confirmed" in refused.stderr
    assert "purge --mirror work --yes" in refused.stderr
    assert len(events(filled)) == 3


def test_nobody_there_to_ask_is_no_consent(filled):
    assert answering(filled, "", "purge").exit_code == 4
    assert len(events(filled)) == 3


def test_consent_deletes_and_says_so_without_a_title(filled):
    done = answering(filled, "y\n", "purge")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[-1] == "work: 2 events deleted"
    assert "Dentist" not in done.output
    assert [row["summary"] for row in events(filled)] == ["Mine"]
    assert "nothing of calmirror's" in filled.run("purge", "--yes").stdout
    assert "2 deleted" in filled.run("status").stdout


def test_scripts_get_json(filled):
    done = filled.run("purge", "--yes", "--json")
    assert json.loads(done.stdout) | {"requests": 0} == {
        "mirror": "work",
        "exit": 0,
        "deleted": 2,
        "calendar_deleted": False,
        "skipped": [],
        "requests": 0,
    }


def test_json_never_asks(filled):
    assert json.loads(answering(filled, "y\n", "purge", "--json").stdout)["error"]["code"] == "not-confirmed"
    assert len(events(filled)) == 3


def test_a_mirror_that_left_the_configuration_is_purged_without_microsoft(filled):
    filled.configure("other")
    filled.config.write_text(filled.config.read_text().replace('token_command = ["echo", "m"]', 'client_id = "gone"'))
    before = len(filled.graph.log)
    done = filled.run("purge", "--mirror", "work", "--yes")
    assert done.exit_code == 0, done.output
    assert len(filled.graph.log) == before
    assert [row["summary"] for row in events(filled)] == ["Mine"]


def test_a_mirror_that_nothing_remembers_is_found_by_its_calendar(filled):
    filled.configure("other")
    for file in filled.config.parent.glob("*.db*"):
        file.unlink()
    unknown = filled.run("purge", "--mirror", "work", "--yes")
    assert "code: unknown-mirror" in unknown.stderr
    assert filled.run("purge", "--mirror", "work", "--calendar-id", filled.calendar(), "--yes").exit_code == 0
    assert [row["summary"] for row in events(filled)] == ["Mine"]


def test_of_several_mirrors_one_has_to_be_named(filled):
    filled.configure("work", "team")
    refused = filled.run("purge", "--yes")
    assert refused.exit_code == 4
    assert "--mirror: 'team', 'work'" in refused.stderr


def test_a_calendar_with_somebody_elses_event_is_not_deleted(filled):
    refused = filled.run("purge", "--calendar", "--yes")
    assert refused.exit_code == 6
    assert "code: calendar-not-ours" in refused.stderr
    assert len(events(filled)) == 3
