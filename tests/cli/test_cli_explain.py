"""`explain`: what is shown of one event, which setting or rule decided it, what Google holds, what comes next."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from cli_world import TOMORROW, World

RULE = '[[mirror.rule]]\nname = "Customers"\ntitle = "board"\nnew_title = "Customer: {title}"\nprofile = "no-details"'
WHY = "rule 1 “Customers”: the title matches /board/i → shown with title, time and place, titled “Customer: {title}”"
DAILY = {
    "pattern": {"type": "daily", "interval": 1},
    "range": {"type": "numbered", "startDate": str(TOMORROW), "numberOfOccurrences": 4, "recurrenceTimeZone": "UTC"},
}


def told(world: World, *words: str) -> dict[str, Any]:
    """The explanation as JSON."""
    ended = world.run("explain", *words, "--json")
    assert ended.exit_code == 0, ended.stderr
    return dict(json.loads(ended.stdout))


def test_an_event_is_explained_before_and_after_it_is_mirrored(world):
    world.configure("work", more=RULE)
    one = world.meet("Board meeting")
    before = world.run("explain", "board").stdout.splitlines()
    assert before == [
        f'work: "Board meeting", {TOMORROW} 09:00 to 10:00 UTC',
        f"  id: {one}",
        f"  why: {WHY}",
        "  in Google: nothing",
        '  next sync: + "Customer: Board meeting": new in Outlook',
    ]
    assert {exchange.method for exchange in world.google.log} <= {"GET"}
    assert world.run("sync").exit_code == 0
    after = world.run("explain", one).stdout.splitlines()
    assert after[:3] == before[:3]
    assert after[3:] == [
        f'  in Google: "Customer: Board meeting", {TOMORROW} 09:00 to 10:00 UTC, shown as no-details+title',
        "  next sync: nothing to do",
    ]


def test_a_changed_rule_is_seen_coming(world):
    one = world.meet("Board meeting")
    world.run("sync")
    world.configure("work", more='[[mirror.rule]]\ntitle = "board"\nskip = true')
    found = told(world, "Board")
    assert found["source_id"] == one
    assert [decision["shown"] for decision in found["decisions"]] == [""]
    assert [(action["verb"], action["title"]) for action in found["actions"]] == [("delete", "Board meeting")]
    assert found["actions"][0]["reason"] == found["decisions"][0]["trace"][0]
    assert [held["title"] for held in found["google"]] == ["Board meeting"]


def test_an_event_shown_with_everything_says_so(world):
    world.meet("Lunch")
    assert "why: shown with everything: no setting and no rule says otherwise" in world.run("explain", "lunch").stdout


def test_a_private_event_says_why_it_is_busy(world):
    world.meet("Dentist", sensitivity="private")
    world.run("sync")
    shown = world.run("explain", "dentist").stdout
    assert "its sensitivity is “private” → private in Google" in shown
    assert "private_details = false → shown as busy" in shown
    assert 'in Google: "Busy"' in shown
    assert "private, shown as busy" in shown


def test_a_series_is_explained_with_the_exceptions_that_were_decided_otherwise(world):
    series = world.meet("Stand-up", recurrence=DAILY)
    box = world.graph.mailbox
    changed = box.edit_occurrence(series, TOMORROW + timedelta(1), sensitivity="private")
    box.edit_occurrence(series, TOMORROW + timedelta(2), subject="Stand-up, short")
    world.run("sync")
    for words in ("stand-up", series, changed):
        found = told(world, words)
        assert [(one["type"], one["shown"]) for one in found["decisions"]] == [
            ("seriesMaster", "full"),
            ("exception", "busy"),
        ]
        assert sorted(held["title"] for held in found["google"]) == ["Busy", "Stand-up", "Stand-up, short"]
    lines = world.run("explain", series).stdout
    assert f'work: "Stand-up" (series), {TOMORROW} 09:00' in lines
    assert f'its changed occurrence "Stand-up", {TOMORROW + timedelta(1)}' in lines


def test_several_events_of_a_title_are_listed_with_their_ids(world):
    ids = {world.meet(f"Call {hour}", hour) for hour in (9, 11)}
    assert {one["source_id"] for one in told(world, "call")["matches"]} == ids
    lines = world.run("explain", "CALL").stdout.splitlines()
    assert lines[0] == "work: 2 events have such a title; ask again with the id of one:"
    assert {line.strip() for line in lines[2::2]} == ids
    for hour in range(25):
        world.meet("Call again", 9, days=hour)
    assert world.run("explain", "call").stdout.splitlines()[-1] == "  and 7 more"


def test_an_event_outside_the_window_is_found_by_its_id_alone(world):
    one = world.meet("Far away", days=1000)
    assert told(world, one)["decisions"][0]["title"] == "Far away"
    assert world.run("explain", "Far away").exit_code == 4


def test_an_event_that_is_not_there_is_said_to_be_missing(world):
    for words in ("nothing", "nothing at all", "AAMkNo="):
        ended = world.run("explain", words)
        assert ended.exit_code == 4
        assert "event-not-found" in ended.stderr
        assert words not in ended.stderr


def test_only_the_mirror_that_is_asked_for_explains(world):
    world.configure("work", "home")
    world.meet("Lunch")
    assert [line.split(":")[0] for line in world.run("explain", "lunch").stdout.splitlines() if line[0] != " "] == [
        "work",
        "home",
    ]
    assert "home" not in world.run("explain", "lunch", "--mirror", "work").stdout


def test_titles_cannot_steer_the_terminal(world):
    world.meet("red\x1b[31m \u202egnitirw")
    shown = world.run("explain", "red").stdout
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def waits(world: World, count: int = 12) -> list[str]:
    """More events were deleted in Outlook than are allowed in a day; their ids."""
    ids = [world.meet(f"Talk {number}", 10, days=number) for number in range(30)]
    assert world.run("sync").exit_code == 0
    for one in ids[:count]:
        world.graph.mailbox.delete(one)
    return ids


def test_a_deletion_that_waits_is_no_promise_of_a_write(world):
    ids = waits(world)
    sync = f"calmirror --config {world.config} sync --mirror work"
    for _ in range(2):
        lines = world.run("explain", "talk 11").stdout.splitlines()
        assert lines == [
            f'work: "Talk 11", {TOMORROW + timedelta(11)} 10:00 to 11:00 UTC: not listed in Outlook',
            f"  id: {ids[11]}",
            f'  in Google: "Talk 11", {TOMORROW + timedelta(11)} 10:00 to 11:00 UTC, shown as full',
            '  waits for your word: - "Talk 11": deleted in Outlook',
            "  12 deletions wait for your word: more than are allowed in 24 hours. calmirror plan lists them.",
            f"  → If they are meant to go: {sync} --allow-mass-delete. To keep them: {sync} --keep-deleted",
        ]
        assert world.run("sync").exit_code == 6
    found = told(world, ids[11])
    assert (found["refused"]["code"], found["decisions"], len(found["actions"])) == ("mass-delete", [], 1)
    assert told(world, ids[20])["refused"] is None
    assert "next sync: nothing to do" in world.run("explain", "talk 20").stdout


def test_what_is_new_while_deletions_wait_is_written(world):
    waits(world)
    world.meet("Tomorrow")
    assert 'next sync: + "Tomorrow": new in Outlook' in world.run("explain", "tomorrow").stdout


def test_where_a_sync_would_write_nothing_at_all_nothing_is_promised(world):
    waits(world, 20)
    world.meet("Tomorrow")
    shown = world.run("explain", "tomorrow").stdout
    assert "next sync:" not in shown
    assert 'waits for your word: + "Tomorrow": new in Outlook' in shown
    assert "more than half" in shown
    assert told(world, "tomorrow")["refused"]["code"] == "mass-delete"


def test_what_was_kept_although_outlook_deleted_it_is_found(world):
    ids = waits(world)
    assert world.run("sync", "--keep-deleted").exit_code == 3
    shown = world.run("explain", ids[3]).stdout
    assert '"Talk 3"' in shown
    assert "left out: it stays as you put or kept it, until calmirror" in shown
    assert "waits" not in shown


def test_a_title_lists_what_waits_beside_what_is_in_outlook(world):
    ids = waits(world)
    assert {ids[1], *ids[10:20]} == {one["source_id"] for one in told(world, "talk 1")["matches"]}
    assert "Talk 1" in world.run("explain", "talk 1").stdout


def test_of_a_private_event_that_waits_only_google_is_told(world):
    one = world.meet("Dentist", 15, sensitivity="private")
    waits(world)
    world.graph.mailbox.delete(one)
    assert world.run("explain", "dentist").exit_code == 4
    assert '"Busy"' in world.run("explain", one).stdout
