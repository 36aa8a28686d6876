"""`calendars`: both sides, each on its own, and which mirror uses which."""

from __future__ import annotations

import json

from calmirror.http.message import Answer
from calmirror.sandbox.service import Fault

ALL = "https://www.googleapis.com/auth/calendar"


def sides(world):
    """What `--json` says of Microsoft and of Google."""
    microsoft, google = (json.loads(line) for line in world.run("calendars", "--json").stdout.splitlines())
    assert (microsoft["service"], google["service"]) == ("microsoft", "google")
    return microsoft, google


def test_both_sides_are_listed_with_ids_and_the_mirrors_that_use_them(world):
    world.meet()
    team = world.graph.mailbox.add_calendar("Team")
    world.configure("work", "team", team="Team")
    world.run("sync", "--accept-empty")
    listed = world.run("calendars")
    assert listed.exit_code == 0
    lines = listed.stdout.splitlines()
    [default] = [line for line in lines if line.endswith("used by mirror work") and ", default" in line]
    assert default.startswith('  "Calendar"')
    assert f"      {team}" in lines
    assert lines[lines.index(f"      {team}") - 1].endswith("used by mirror team")
    assert f"      {world.calendar('work')}" in lines
    assert '  "Outlook team", used by mirror team' in lines


def test_before_the_first_sync_nothing_is_made_and_the_command_for_it_is_named(world):
    listed = world.run("calendars")
    assert listed.exit_code == 0
    assert listed.stdout.endswith(
        f"work: has no calendar yet. To have it made and filled: calmirror --config {world.config} sync\n"
    )
    assert not (world.config.parent / "state.db").exists()
    assert {exchange.method for exchange in world.google.log} == {"GET"}


def test_a_sign_in_that_may_list_shows_every_google_calendar(world):
    """Also those that no mirror uses; the id "primary" is the person's own calendar."""
    world.meet()
    world.run("sync")
    own = sides(world)[1]
    assert (own["complete"], [calendar["mirrors"] for calendar in own["calendars"]]) == (False, [["work"]])
    world.google.grant("g", [ALL])
    text = world.config.read_text()
    world.config.write_text(text + '[[mirror]]\nname = "mine"\ndestination = "primary"\n')
    google = sides(world)[1]
    assert google["complete"] is True
    used = {tuple(calendar["mirrors"]): calendar for calendar in google["calendars"]}
    assert used["work",]["id"] == world.calendar()
    assert used["mine",]["default"] is True
    assert used["mine",]["access"] == "owner"


def test_a_side_that_fails_is_told_and_the_other_is_listed(world):
    world.graph.faults.append(Fault(answer=Answer(503, {"retry-after": "3600"}), times=-1))
    listed = world.run("calendars")
    assert listed.exit_code == 5
    assert listed.stderr.splitlines()[-1] == "  code: unavailable"
    assert listed.stdout.startswith("Google, to write to:")
    microsoft, google = sides(world)
    assert (microsoft["exit"], microsoft["error"]["code"], google["exit"]) == (5, "unavailable", 0)


def test_a_side_that_nobody_can_sign_in_to_stops_only_itself(world):
    text = world.config.read_text()
    world.config.write_text(text.replace('token_command = ["echo", "g"]', 'credentials = "google.json"'))
    microsoft, google = sides(world)
    assert (microsoft["exit"], google["exit"], google["error"]["code"]) == (0, 4, "google-client-file")


def test_a_mirror_whose_calendars_are_not_there_is_named_with_the_names_that_are(world):
    world.meet()
    world.configure("work", "lost", lost="Nowhere")
    world.run("sync")
    world.google.delete_calendar(world.calendar())
    listed = world.run("calendars")
    assert listed.exit_code == 4
    assert 'lost: There is no Outlook calendar "Nowhere"; there are: "Calendar". Correct source' in listed.stdout
    microsoft, google = sides(world)
    assert [(one["mirror"], one["wrong"]) for one in microsoft["remarks"]] == [("lost", True)]
    assert [(one["mirror"], one["wrong"]) for one in google["remarks"]] == [("work", True), ("lost", False)]
    assert google["exit"] == 4


def test_names_cannot_steer_the_terminal(world):
    world.graph.mailbox.add_calendar("red\x1b[31m \u202edrow")
    assert "\x1b" not in world.run("calendars").stdout
