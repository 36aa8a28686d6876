"""The page about fields names every property that Graph has, says which are read and as what, and no other."""

import re
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

from calmirror.http.message import Request
from calmirror.microsoft.parse import FIELDS
from calmirror.model.source import Series, SourceEvent
from calmirror.sandbox.graph.service import GraphService
from calmirror.sandbox.service import SandboxClock
from calmirror.translate.joinlinks import SERVICES

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "fields.md").read_text()
READ, UNREAD = PAGE.split("## Not read")
BY_NAME = {"cancelledOccurrences", "exceptionOccurrences"}
"""Asked for beside the others where a master is read."""


def column(page: str, number: int) -> list[str]:
    """The code words in one column of the page's table."""
    rows = [line.split("|") for line in page.splitlines() if line.startswith("| `")]
    return [name for row in rows for name in re.findall(r"`(\w+)`", row[number])]


def test_the_properties_that_are_read_are_those_that_are_asked_for():
    names = column(READ, 1)
    assert sorted(names) == sorted({*FIELDS.split(","), *BY_NAME})
    assert not set(names) & set(column(UNREAD, 1))


def test_everything_that_is_read_is_told_by_its_name():
    values = {field.name for field in fields(SourceEvent)} | {"cancelled", "exceptions"}
    assert {"cancelled", "exceptions"} <= {field.name for field in fields(Series)}
    assert sorted(column(READ, 2)) == sorted(values)


def test_no_property_that_an_event_has_is_missing():
    clock = SandboxClock(frozen_at=datetime(2026, 1, 1, tzinfo=UTC).timestamp())
    service = GraphService(clock)
    service.grant("token", ("Calendars.Read",))
    start = {"dateTime": "2026-03-02T09:00:00", "timeZone": "UTC"}
    made = service.mailbox.create({"subject": "x", "start": start, "end": start})
    url = f"{service.base_url}/me/events/{made}"
    answer = service.answer(Request("GET", url, {"authorization": "Bearer token"}, b""))
    given = {name for name in answer.json() if "@" not in name}
    assert len(given) > 30
    assert given <= {*column(READ, 1), *column(UNREAD, 1)}


def test_the_services_that_are_known_are_named():
    told = re.search(r"meeting service\s+\(([^)]+)\)", PAGE)[1]
    known = {name.removeprefix("Microsoft ").removesuffix(" Meeting").removesuffix(" huddle") for name in SERVICES}
    assert {" ".join(name.split()) for name in told.split(",")} == known
