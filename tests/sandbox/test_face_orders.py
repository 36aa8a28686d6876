"""The control interface over the real stand-ins: every order is there, documented, and does what a person would."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest

from calmirror.http.message import Request
from calmirror.sandbox.control import Control
from calmirror.sandbox.google.errors import named
from calmirror.sandbox.google.service import GoogleService
from calmirror.sandbox.graph.errors import CATALOGUE
from calmirror.sandbox.graph.service import GraphService
from calmirror.sandbox.serve import GOOGLE_SCOPES, MICROSOFT_SCOPES
from calmirror.sandbox.service import SandboxClock, Service
from calmirror.sandbox.story_calendar import timed

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "sandbox.md"
SPAN = {"start": "2026-11-01T00:00:00Z", "end": "2027-02-01T00:00:00Z"}


class Person:
    """Someone at the control interface of one stand-in."""

    def __init__(self, service: Service, control: Control) -> None:
        self.service = service
        self.orders = control.orders
        self._control = control

    def __call__(self, do: str, **arguments: Any) -> Any:
        body = json.dumps({"do": do, **arguments}).encode()
        answer = self._control.answer(Request("POST", "http://127.0.0.1:1/_control", {}, body))
        assert answer.status == 200, answer.body
        return answer.json()["result"]


@pytest.fixture
def outlook() -> Person:
    graph = GraphService(SandboxClock(frozen_at=1_795_000_000))
    return Person(graph, Control(graph, MICROSOFT_SCOPES, CATALOGUE.__getitem__, {"next_day": list}))


@pytest.fixture
def gmail() -> Person:
    google = GoogleService(SandboxClock(frozen_at=1_795_000_000))
    return Person(google, Control(google, GOOGLE_SCOPES, named))


def test_an_order_that_cannot_be_carried_out_is_answered(outlook: Person, gmail: Person) -> None:
    for person, order in ((outlook, {"do": "calendar_id", "name": "?"}), (gmail, {"do": "person_delete"})):
        body = json.dumps(order).encode()
        answer = person._control.answer(Request("POST", "http://127.0.0.1:1/_control", {}, body))
        assert (answer.status, "error" in answer.json()) == (400, True)
    refused = {"do": "person_delete", "calendar_id": "primary", "event_id": "nothing"}
    answer = gmail._control.answer(Request("POST", "http://127.0.0.1:1/_control", {}, json.dumps(refused).encode()))
    assert answer.status == 400


def documented() -> set[str]:
    """The orders in the first column of the page's tables of orders."""
    orders = PAGE.read_text().partition("### Orders both take")[2]
    orders = re.sub(r"### Faults.*?(?=### What)", "", orders, flags=re.DOTALL)
    cells = re.findall(r"^\|([^|]+)\|", orders, flags=re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}


def test_the_page_names_every_order_and_no_other(outlook: Person, gmail: Person) -> None:
    assert documented() == outlook.orders.keys() | gmail.orders.keys()


def test_a_life_in_outlook(outlook: Person) -> None:
    """A series is made, one occurrence moved, one dropped, the rest split off, and the truth can be asked for."""
    times = timed(datetime.combine(date(2026, 12, 1), time(9)), 60)
    weekly = {
        "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["tuesday"]},
        "range": {"type": "numbered", "startDate": "2026-12-01", "numberOfOccurrences": 5},
    }
    calendar = outlook("calendar_id", name="Calendar")
    master = outlook("create", event={"subject": "Choir", "recurrence": weekly, **times})
    moved = timed(datetime.combine(date(2026, 12, 9), time(9)), 60)
    outlook("edit_occurrence", master_id=master, original="2026-12-08", **moved)
    outlook("delete_occurrence", master_id=master, original="2026-12-15")
    outlook("split", master_id=master, at="2026-12-22", subject="Big choir")
    happens = sorted(outlook("occurrences", calendar=calendar, **SPAN), key=lambda one: one["start"])
    assert [(one["subject"], one["original"], one["start"][:10]) for one in happens] == [
        ("Choir", "2026-12-01", "2026-12-01"),
        ("Choir", "2026-12-08", "2026-12-09"),
        ("Big choir", "2026-12-22", "2026-12-22"),
        ("Big choir", "2026-12-29", "2026-12-29"),
    ]
    outlook("delete", event_id=master)
    assert len(outlook("occurrences", calendar=calendar, **SPAN)) == 2
    outlook("expire_cursors")


def test_a_life_in_google_calendar(gmail: Person) -> None:
    calendar = gmail("add_calendar", summary="Family", time_zone="Europe/Berlin")
    times = {"start": {"dateTime": "2026-12-01T09:00:00+01:00"}, "end": {"dateTime": "2026-12-01T10:00:00+01:00"}}
    made = gmail("person_insert", calendar_id=calendar, body={"summary": "Choir", **times})
    gmail("person_edit", calendar_id=calendar, event_id=made["id"], summary="Big choir")
    gmail("person_duplicate", calendar_id=calendar, event_id=made["id"])
    assert len(gmail("occurrences", calendar_id=calendar, **SPAN)) == 2
    gmail("person_delete", calendar_id=calendar, event_id=made["id"])
    assert [one["summary"] for one in gmail("events", calendar_id=calendar)] == ["Big choir"]
    gmail("empty_trash", calendar_id=calendar)
    gmail("expire_sync_tokens")
    gmail("delete_calendar", calendar_id=calendar)


def test_every_switch_can_be_set_to_what_it_is(outlook: Person, gmail: Person) -> None:
    for person in (outlook, gmail):
        for name, value in person("switches").items():
            assert person("switch", name=name, value=value) == value


def test_a_fresh_token_is_enough_for_what_calmirror_asks(outlook: Person, gmail: Person) -> None:
    for person, path in ((outlook, "/me/calendars"), (gmail, "/colors")):
        url = person.service.base_url + path
        assert person.service.answer(Request("GET", url)).status == 401
        token = person("grant")["token"]
        assert person.service.answer(Request("GET", url, {"authorization": f"Bearer {token}"})).status == 200
