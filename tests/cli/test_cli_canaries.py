"""Nothing of a busy or a private event leaves Outlook: not to Google, not to the state, not to the screen or a log."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import Any

import pytest
from cli_world import TOMORROW, World

from calmirror.http.message import Answer
from calmirror.sandbox.service import Fault

WORDS = (
    *("canarytitle", "canarybody", "canaryplace", "canarystreet", "canaryperson", "canaryguest"),
    *("canarycategory", "canaryjoin", "canaryfile", "canarylink", "canarymoved", "canarynew"),
)
PERSON = {"emailAddress": {"name": "Canaryperson", "address": "canaryperson@contoso.example"}}
GUEST = {"emailAddress": {"name": "Canaryguest", "address": "canaryguest@contoso.example"}}
EVENT: dict[str, Any] = {
    "body": {"contentType": "html", "content": "<p>canarybody https://zoom.us/j/1234567890?pwd=canaryjoin</p>"},
    "location": {"displayName": "canaryplace", "address": {"street": "canarystreet 1"}},
    "organizer": PERSON,
    "attendees": [{"type": "required", **GUEST}],
    "categories": ["canarycategory"],
    "onlineMeeting": {"joinUrl": "https://teams.microsoft.com/l/meetup-join/canaryjoin"},
    "isOnlineMeeting": True,
    "hasAttachments": True,
    "attachments": [{"name": "canaryfile.pdf"}],
    "webLink": "https://outlook.office365.com/owa/?itemid=canarylink",
    "importance": "high",
    "showAs": "oof",
}
COLOURS = '[mirror.colors]\n"canarycategory" = "Tomato"'
COMMANDS = (("status",), ("calendars",), ("plan", "--full"), ("sync", "--full"), ("verify",), ("repair",))
WEEKLY = {
    "pattern": {"type": "daily", "interval": 1},
    "range": {"type": "numbered", "startDate": str(TOMORROW), "numberOfOccurrences": 5, "recurrenceTimeZone": "UTC"},
}


def fill(world: World, **more: Any) -> list[str]:
    """Three events and a series with an exception."""
    event = EVENT | more
    ids = [world.meet(f"canarytitle {hour}", hour, **event) for hour in (9, 11, 13)]
    series = world.meet("canarytitle", 15, recurrence=WEEKLY, **event)
    world.graph.mailbox.edit_occurrence(series, TOMORROW + timedelta(2), subject="canarymoved")
    world.graph.mailbox.delete_occurrence(series, TOMORROW + timedelta(3))
    return [*ids, series]


def leaks(world: World, said: str) -> list[str]:
    """The words that are where they must not be."""
    sent = [exchange.request.body.decode() + exchange.request.url for exchange in world.google.log]
    kept = [
        path.read_bytes().decode("latin-1") for path in world.config.parent.iterdir() if path.name != "calmirror.toml"
    ]
    everything = "\n".join([said, *sent, *kept]).lower()
    return [word for word in WORDS if word in everything]


def everything_said(world: World, *commands: tuple[str, ...]) -> str:
    """All that these commands print, plain and as JSON; each of them has to end well."""
    said = []
    for command in commands:
        for options in ((), ("--json",), ("--traceback",)):
            ended = world.run(*command, *options)
            assert ended.exit_code == 0, ended.output
            said.append(ended.stdout + ended.stderr)
    return "\n".join(said)


@pytest.mark.parametrize(
    ("keys", "rule", "more"),
    [
        ('profile = "busy"', "", {}),
        ("", "", {"sensitivity": "private"}),
        ("", "", {"sensitivity": "confidential"}),
        ('reminder = "default"', "", {"sensitivity": "personal"}),
        ("", '[[mirror.rule]]\ntitle = "^canary"\nprofile = "busy"', {}),
        ("", '[[mirror.rule]]\nnew_title = "{title} {organizer} {category}"', {"sensitivity": "private"}),
    ],
)
def test_nothing_of_a_hidden_event_is_let_through(world, caplog, keys, rule, more):
    caplog.set_level(logging.DEBUG)
    world.configure("work", more=f"{keys}\n{COLOURS}\n{rule}")
    ids = fill(world, **more)
    said = everything_said(world, ("plan",), ("sync",), ("plan",), ("verify",))
    box = world.graph.mailbox
    box.edit(ids[0], subject="canarynew", start=time_of(17), end=time_of(18))
    box.delete(ids[1])
    world.meet("canarynew", 18, **(EVENT | more))
    said += everything_said(world, ("plan",), ("sync",), *COMMANDS)
    assert leaks(world, said + caplog.text) == []
    rows = [row for row in world.google.events(world.calendar()) if row.get("summary") == "Busy"]
    assert len(rows) == 5


def test_what_goes_wrong_tells_nothing_either(world, caplog):
    """Events that Google refuses, and the differences that verify finds then."""
    caplog.set_level(logging.DEBUG)
    world.configure("work", more='profile = "busy"')
    ids = fill(world)
    said = everything_said(world, ("sync",))
    world.graph.mailbox.edit(ids[0], subject="canarynew", start=time_of(17), end=time_of(18))
    world.graph.mailbox.edit(ids[2], subject="canarynew", start=time_of(20), end=time_of(21))
    refused = Answer(400, {}, b'{"error": {"code": 400, "errors": [{"reason": "invalid"}], "message": "no"}}')
    for inside in (False, True):
        fault = Fault(matches=lambda one: one.method == "PUT", answer=refused, times=-1, inside_batch=inside)
        world.google.faults.append(fault)
    codes = {}
    for command in ("plan", "sync", "verify", "status"):
        for options in ((), ("--json",), ("--traceback",)):
            ended = world.run(command, *options)
            codes[command] = ended.exit_code
            said += ended.stdout + ended.stderr
    assert codes == {"plan": 0, "sync": 3, "verify": 3, "status": 0}
    assert leaks(world, said + caplog.text) == []
    assert "(shown as busy)" in world.run("verify").stdout


def test_explain_tells_its_owner_what_nobody_else_learns(world):
    world.configure("work", more='profile = "busy"')
    fill(world)
    world.run("sync")
    told = world.run("explain", "canarytitle 9")
    assert told.exit_code == 0
    assert "canarytitle 9" in told.stdout
    assert leaks(world, "") == []


def time_of(hour: int) -> dict[str, str]:
    """A moment of tomorrow, as Graph takes it."""
    return {"dateTime": f"{TOMORROW}T{hour}:00:00", "timeZone": "UTC"}


def test_the_canaries_would_be_found(world):
    """With everything shown, all words are where the tests above look for them."""
    fill(world)
    world.meet("canarynew", 18, **EVENT)
    said = everything_said(world, ("plan",), ("sync",))
    assert set(WORDS) - set(leaks(world, said)) == set()
    assert json.loads(world.run("verify", "--json").stdout)["exit"] == 0
