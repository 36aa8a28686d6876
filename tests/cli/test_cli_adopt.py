"""`adopt` as a person and a script meet it."""

import json

import pytest
from cli_world import TOMORROW
from click.testing import CliRunner

from calmirror.cli.main import main


def answering(world, answer, *words):
    return CliRunner().invoke(main, ["--config", str(world.config), *words], input=answer)


def copied(world, title, hour, number=1):
    """A copy that keeper.sh made of something tomorrow."""
    times = {edge: {"dateTime": f"{TOMORROW}T{at:02}:00:00Z"} for edge, at in (("start", hour), ("end", hour + 1))}
    body = {"summary": title, **times, "iCalUID": f"{number:032x}@keeper.sh"}
    return world.google.person_insert(world.calendar(), body)["id"]


def titles(world):
    return sorted(row["summary"] for row in world.google.events(world.calendar()) if row["status"] != "cancelled")


@pytest.fixture
def filled(world):
    world.meet("Dentist")
    assert world.run("sync").exit_code == 0
    copied(world, "Dentist", 9)
    copied(world, "Long gone", 15, 2)
    return world


def test_it_shows_what_goes_and_what_stays_and_asks(filled):
    filled.meet("Board meeting", hour=12)
    refused = answering(filled, "n\n", "adopt")
    assert refused.exit_code == 4
    going, staying, found, todo = refused.stdout.splitlines()
    assert going.startswith("- ")
    assert "Dentist" in going
    assert "copy of keeper.sh, known by time and title" in going
    assert staying.startswith(f"! {TOMORROW} 15:00 UTC  Long gone: copy of keeper.sh, stays")
    assert found == "work: copies of other tools: 2 of keeper.sh; 0 other events, not touched"
    assert todo == "work: to do: sync (1 new, 1 unchanged), then delete 1 copy that calmirror's own replace"
    assert "adopt --mirror work --yes" in refused.stderr
    assert titles(filled) == ["Dentist", "Dentist", "Long gone"]


def test_consent_leaves_one_of_each(filled):
    done = answering(filled, "y\n", "adopt")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[-1] == "work: exact — 1 copy deleted, 1 left"
    assert titles(filled) == ["Dentist", "Long gone"]
    assert filled.run("verify").exit_code == 0
    again = filled.run("adopt")
    assert again.exit_code == 0
    assert again.stdout.splitlines()[-1] == "work: nothing to take over. Nothing was written."


def test_scripts_get_json(filled):
    done = json.loads(filled.run("adopt", "--yes", "--json").stdout)
    assert (done["mirror"], done["exit"], done["outcome"], done["deleted"], done["kept"]) == ("work", 0, "exact", 1, 0)
    [left] = done["left"]
    assert (left["tool"], left["title"]) == ("keeper.sh", "Long gone")


def test_json_never_asks(filled):
    assert json.loads(answering(filled, "y\n", "adopt", "--json").stdout)["error"]["code"] == "not-confirmed"
    assert titles(filled) == ["Dentist", "Dentist", "Long gone"]


def test_copies_that_are_of_another_calendar_are_refused(filled):
    for number in range(9):
        copied(filled, f"Somebody else's {number}", 10, 10 + number)
    refused = filled.run("adopt", "--yes")
    assert refused.exit_code == 6
    assert "only 1 of 11 copies of keeper.sh are of events in its Outlook calendar" in refused.stderr
    assert len(titles(filled)) == 12


def test_of_several_mirrors_one_has_to_be_named(filled):
    filled.configure("work", "team")
    refused = filled.run("adopt", "--yes")
    assert refused.exit_code == 4
    assert "code: unknown-mirror" in refused.stderr


def test_the_journal_shows_what_went(filled):
    filled.run("adopt", "--yes")
    run = json.loads(filled.run("journal", "--json").stdout.splitlines()[0])["runs"][0]
    shown = filled.run("journal", str(run["run"]))
    assert shown.exit_code == 0, shown.output
    assert "Dentist" in shown.stdout
    assert "copy of keeper.sh" in shown.stdout
