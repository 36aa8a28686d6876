"""Answers of the live service, where they lie beside the checkout, against the stand-in's."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from google_driver import Driver, timed

FOLDER = Path(__file__).parents[3] / "shared" / "captures" / "google-calendar"
WORDS = frozenset({"kind", "status", "accessRole", "eventType", "timeZone", "colorId", "method", "type"})


def shape(value: Any, name: str = "") -> Any:
    """What can be compared of an answer: its keys, the kinds of its values, the format of its texts."""
    if isinstance(value, dict):
        return {key: shape(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    if not isinstance(value, str):
        return type(value).__name__
    if name in WORDS:
        return value if name == "kind" else "word"
    return re.sub(r"[A-Za-z]+", "a", re.sub(r"\d+", "1", value)) if re.match(r"\d{4}-\d\d-", value) else "text"


def drive() -> dict[str, Any]:
    """The stand-in's answer for each capture that it can be held against."""
    driver = Driver()
    path = f"/calendars/{driver.calendar}"
    entry = "/users/me/calendarList/"
    primary = driver.service.person_insert("primary", timed() | {"id": "first", "summary": "x"})
    driver.service.person_insert("primary", timed() | {"id": "second", "summary": "y"} | {"id": "abcde"})
    made = driver.send("POST", "/calendars", {"summary": "Fixture", "description": "d", "timeZone": "UTC"}).json()
    described = driver.send("PUT", path, {"summary": "Updated", "description": "d"}).json()
    inserted = driver.insert(summary="x", description="Fixture body", location="Virtual")
    return {
        "events_insert_response": inserted,
        "events_get_response": driver.events("GET", "/meeting").json(),
        "events_get_primary": primary,
        "events_instances_response": driver.events("GET", "/meeting/instances").json(),
        "events_list_secondary": driver.events("GET").json(),
        "events_list_primary": driver.send("GET", "/calendars/primary/events", maxResults=1).json(),
        "events_patch_response": driver.events("PATCH", "/meeting", {"summary": "y"}).json(),
        "events_update_response": driver.events(
            "PUT",
            "/meeting",
            timed("2026-03-21T09:00:00", "2026-03-21T10:00:00")
            | {
                "summary": "z",
                "description": "Updated",
                "location": "Room B",
            },
        ).json(),
        "calendars_insert_response": made,
        "calendars_update_response": described,
        "calendars_get_primary": driver.send("GET", "/calendars/primary").json(),
        "calendarlist_get_primary": driver.send("GET", entry + "primary").json(),
        "calendarlist_get_secondary": driver.send("GET", entry + driver.calendar).json(),
        "colors_get": driver.send("GET", "/colors").json(),
    }


CAPTURES = sorted(path.stem for path in FOLDER.glob("*.json") if path.stem in drive())


@pytest.mark.parametrize("name", CAPTURES)
def test_an_answer_has_the_shape_of_the_real_one(name: str) -> None:
    captured = json.loads((FOLDER / f"{name}.json").read_text())
    assert shape(drive()[name]) == shape(captured)


@pytest.mark.parametrize("name", [name for name in CAPTURES if name == "colors_get"])
def test_the_palettes_are_the_real_ones(name: str) -> None:
    assert drive()[name] == json.loads((FOLDER / f"{name}.json").read_text())


@pytest.mark.parametrize("path", sorted(FOLDER.glob("events_[mq]*.json")), ids=lambda path: path.stem)
def test_the_keys_of_an_event_come_in_the_real_order(path: Path) -> None:
    captured = list(json.loads(path.read_text()))
    answered = list(Driver().insert(summary="x"))
    assert [key for key in answered if key in captured] == captured
