"""Every kind of answer against the service's own description of itself; nothing unknown may appear in one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import googleapiclient
import jsonschema
import pytest
from google_driver import SCOPE, Driver, timed, whole_days

from calmirror.sandbox.google.scopes import METHOD_SCOPES
from calmirror.sandbox.google.service import ROUTES

DOCUMENT = json.loads(
    (Path(googleapiclient.__file__).parent / "discovery_cache/documents/calendar.v3.json").read_text()
)


def methods(resource: dict[str, Any]) -> dict[str, Any]:
    found = {method["id"]: method for method in resource.get("methods", {}).values()}
    for inner in resource.get("resources", {}).values():
        found |= methods(inner)
    return found


METHODS = methods(DOCUMENT)


def closed(schema: Any) -> Any:
    """A discovery schema as JSON schema, with properties that it does not name forbidden."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    known = {name: value for name, value in schema.items() if value != "any"}
    kept = {name: closed(value) for name, value in known.items() if name in ("type", "items", "enum")}
    if "$ref" in schema:
        return {"$ref": f"#/$defs/{schema['$ref']}"}
    if "properties" in schema:
        kept["properties"] = {name: closed(value) for name, value in schema["properties"].items()}
        kept["additionalProperties"] = False
    elif "additionalProperties" in schema:
        kept["additionalProperties"] = closed(schema["additionalProperties"])
    return kept


DEFINITIONS = {name: closed(schema) for name, schema in DOCUMENT["schemas"].items()}


def conforms(answer: dict[str, Any], kind: str) -> None:
    jsonschema.validate(answer, {"$ref": f"#/$defs/{kind}", "$defs": DEFINITIONS})


FULL = {
    "summary": "Review",
    "description": "<b>text</b>",
    "location": "Room",
    "colorId": "3",
    "transparency": "transparent",
    "visibility": "private",
    "guestsCanModify": True,
    "attendees": [{"email": "guest@example.com"}, {"email": "second@example.com"}],
    "reminders": {"useDefault": False, "overrides": [{"method": "popup", "minutes": 5}]},
    "extendedProperties": {"private": {"a": "b"}, "shared": {"c": "d"}},
    "source": {"title": "Outlook", "url": "https://outlook.example/item"},
    "recurrence": ["RRULE:FREQ=DAILY;COUNT=3"],
}


@pytest.fixture
def driver() -> Driver:
    driver = Driver()
    driver.insert(**FULL)
    driver.insert("alla0", **whole_days("2026-04-01", "2026-04-02"))
    driver.events("PATCH", "/meeting_20260321T090000Z", {"summary": "Moved"})
    driver.events("DELETE", "/meeting_20260322T090000Z")
    driver.insert("gone0")
    driver.events("DELETE", "/gone0")
    return driver


@pytest.mark.parametrize("event", ["meeting", "alla0", "meeting_20260320T090000Z", "meeting_20260321T090000Z", "gone0"])
def test_an_event_of_every_kind_conforms(driver: Driver, event: str) -> None:
    conforms(driver.events("GET", f"/{event}").json(), "Event")


@pytest.mark.parametrize("single", ["true", "false"])
@pytest.mark.parametrize("deleted", ["true", "false"])
def test_a_list_of_every_kind_conforms(driver: Driver, single: str, deleted: str) -> None:
    page = driver.events("GET", "", singleEvents=single, showDeleted=deleted, maxAttendees=1).json()
    assert page["items"]
    conforms(page, "Events")


def test_writes_are_answered_with_events(driver: Driver) -> None:
    conforms(driver.events("PUT", "/alla0", timed() | {"summary": "New"}).json(), "Event")
    conforms(driver.events("POST", "/import", timed() | {"iCalUID": "elsewhere@example.com"}).json(), "Event")
    conforms(driver.events("GET", "/meeting/instances").json(), "Events")
    other = driver.service.add_calendar("Other")
    conforms(driver.events("POST", "/alla0/move", None, destination=other).json(), "Event")


def test_calendars_colours_and_busy_times_conform(driver: Driver) -> None:
    path = f"/calendars/{driver.calendar}"
    entry = f"/users/me/calendarList/{driver.calendar}"
    conforms(driver.send("POST", "/calendars", {"summary": "New", "description": "d"}).json(), "Calendar")
    conforms(driver.send("PATCH", path, {"summary": "Renamed"}).json(), "Calendar")
    conforms(driver.send("GET", "/calendars/primary").json(), "Calendar")
    conforms(driver.send("PATCH", entry, {"hidden": True, "colorId": "5"}).json(), "CalendarListEntry")
    conforms(driver.send("GET", "/users/me/calendarList", showHidden="true").json(), "CalendarList")
    conforms(driver.send("GET", "/colors").json(), "Colors")
    asked = {"timeMin": "2026-03-01T00:00:00Z", "timeMax": "2026-05-01T00:00:00Z"}
    busy = driver.send("POST", "/freeBusy", asked | {"items": [{"id": driver.calendar}, {"id": "nowhere"}]}).json()
    conforms(busy, "FreeBusyResponse")
    assert busy["calendars"][driver.calendar]["busy"] == [
        {"start": "2026-04-01T00:00:00Z", "end": "2026-04-02T00:00:00Z"}
    ]


def test_the_scopes_of_every_method_are_those_of_the_description() -> None:
    for method, scopes in METHOD_SCOPES.items():
        assert sorted(SCOPE + scope for scope in scopes.split()) == sorted(METHODS[method]["scopes"]), method


def test_every_route_is_one_of_the_description() -> None:
    offered = {(verb, path, method) for verb, path, method in ROUTES}
    described = {(method["httpMethod"], method["path"], name) for name, method in METHODS.items()}
    assert offered <= described
    assert {method for _, _, method in ROUTES} == METHOD_SCOPES.keys()
