"""What version 0.1 left is taken over: nothing is doubled or made anew, and what it wrote wrongly is corrected."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cli_world import World
from earlier import MADE_AT, RIGHT, WRONG, fill, fill_google, fill_state, google_of, kept, served

LATER = MADE_AT + timedelta(hours=1)
WHOSE = {"work": "Outlook work", "team": "Outlook team"}


@pytest.fixture
def upgraded(tmp_path: Path) -> Iterator[World]:
    """An hour after the last sync of 0.1. In Google there are a colour, a note and an event of the person's."""
    with served(tmp_path, LATER) as world:
        fill(world.graph.mailbox, kept("outlook.json"))
        fill_google(world.google, kept("google.json"))
        fill_state(world)
        yield world


def rows(world: World, name: str = "work") -> dict[str, dict[str, Any]]:
    """What a mirror's calendar shows, by event id."""
    return {row["id"]: row for row in world.google.events(world.calendar(name))}


def titled(world: World, title: str) -> dict[str, Any]:
    """The event or series of that title."""
    [row] = [row for row in rows(world).values() if row["summary"] == title and "recurringEventId" not in row]
    return row


def planned(world: World, name: str = "work") -> dict[str, Any]:
    return json.loads(world.run("plan", "--mirror", name, "--json").stdout)


def test_the_stand_in_holds_what_0_1_left(upgraded: World) -> None:
    assert google_of(upgraded.google) == kept("google.json")


def test_nothing_is_doubled_or_made_anew_and_a_second_run_writes_nothing(upgraded: World) -> None:
    before = {name: set(rows(upgraded, name)) for name in WHOSE}
    assert [planned(upgraded, name)["counts"]["insert"] for name in WHOSE] == [0, 0]
    assert upgraded.run("sync").exit_code == 0
    assert set(rows(upgraded)) == before["work"]
    assert set(rows(upgraded, "team")) < before["team"]
    for name in WHOSE:
        assert planned(upgraded, name)["counts"] == {"insert": 0, "update": 0, "delete": 0}
    verified = upgraded.run("verify")
    assert verified.exit_code == 0, verified.output
    assert {one.summary for one in upgraded.google.state.live() if not one.primary} == set(WHOSE.values())


def test_the_first_plan_says_how_much_is_corrected_and_why(upgraded: World) -> None:
    told = upgraded.run("plan").stdout
    assert (
        "work: an earlier version wrote this calendar last. 8 of these writes correct what it wrote (text 7, "
        "place 4, title 1), or follow what changed in Outlook since"
    ) in told
    assert "team: an earlier version wrote this calendar last. 2 of these writes correct" in told
    assert [planned(upgraded, name)["corrected"] for name in WHOSE] == [8, 2]
    upgraded.run("sync")
    assert "earlier version" not in upgraded.run("plan").stdout
    assert planned(upgraded)["corrected"] == 0


def test_what_was_right_is_not_written_and_what_was_wrong_is_right_afterwards(upgraded: World) -> None:
    before = rows(upgraded)
    titles = Counter(action["title"] for action in planned(upgraded)["actions"])
    assert set(titles) == {posted["subject"] for posted in WRONG.values()}
    upgraded.run("sync")
    untouched = {row["id"] for row in before.values() if row["summary"] in {one["subject"] for one in RIGHT.values()}}
    assert {one: rows(upgraded)[one] for one in untouched} == {one: before[one] for one in untouched}
    for title in ("Minutes", "Minutes weekly"):
        assert "--- my notes ---" not in titled(upgraded, title)["description"]
        assert "Salaries" in titled(upgraded, title)["description"]
    for title in ("Glued", "Glued weekly"):
        assert "会后请填写" in titled(upgraded, title)["description"]
        assert titled(upgraded, title)["location"].endswith("?pwd=abc")
    assert titled(upgraded, "می‌خواهم")
    assert "location" not in titled(upgraded, "Lookalike")
    assert "\u202e" not in titled(upgraded, "Turned")["description"]
    assert "Canceled: Lunch" not in {row["summary"] for row in rows(upgraded, "team").values()}


def test_what_a_sender_wrote_below_a_marker_goes_when_the_event_turns_private(upgraded: World) -> None:
    one = kept("outlook.json")["Minutes"]["id"]
    upgraded.graph.mailbox.edit(one, sensitivity="private")
    event_id = titled(upgraded, "Minutes")["id"]
    assert upgraded.run("sync").exit_code == 0
    assert "Salaries" not in json.dumps(rows(upgraded)[event_id])
    assert rows(upgraded)[event_id]["summary"] == "Busy"


def test_what_a_person_set_stays(upgraded: World) -> None:
    calendar = upgraded.calendar()
    edges = {edge: {"dateTime": f"2026-03-20T{hour}:00:00Z"} for edge, hour in (("start", 12), ("end", 13))}
    own = upgraded.google.person_insert(calendar, {"summary": "Mine", **edges})
    for title in ("Glued", "Minutes", "Plain"):
        row = titled(upgraded, title)
        text = f"{row.get('description', '')}<br>--- my notes ---<br>Bring the keys"
        upgraded.google.person_edit(calendar, row["id"], colorId="11", description=text)
    assert upgraded.run("sync", "--full").exit_code == 0
    for title in ("Glued", "Minutes", "Plain"):
        row = titled(upgraded, title)
        assert row["colorId"] == "11"
        assert row["description"].endswith("--- my notes ---<br>Bring the keys")
    assert rows(upgraded)[own["id"]] == own
    assert upgraded.run("verify", "--mirror", "work").exit_code == 0


def test_without_its_state_it_is_rebuilt_from_google_alone(upgraded: World) -> None:
    before = set(rows(upgraded))
    upgraded.config.with_name("state.db").unlink()
    assert upgraded.run("sync", "--mirror", "work").exit_code == 0
    assert set(rows(upgraded)) == before
    assert planned(upgraded)["counts"] == {"insert": 0, "update": 0, "delete": 0}


def test_a_mirror_of_0_1_may_be_renamed_with_the_upgrade(upgraded: World) -> None:
    before = set(rows(upgraded))
    upgraded.config.write_text(upgraded.config.read_text().replace('name = "work"', 'name = "job"'))
    renamed = upgraded.run("sync", "--mirror", "job")
    assert renamed.exit_code == 0, renamed.output
    assert set(rows(upgraded)) == before
