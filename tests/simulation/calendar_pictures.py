"""Pictures of a Google calendar: what of ours stands in it, event by event, to hold one moment against another."""

from __future__ import annotations

from typing import Any

from promises import piece
from world import World, utc

FIELDS = ("summary", "description", "location", "colorId", "transparency", "visibility", "recurrence")
UNSAID = {"transparency": "opaque", "visibility": "default"}


def picture(world: World) -> dict[str, dict[str, Any]]:
    """Everything that is ours in Google, by event id."""
    return {row["id"]: content(row) for row in world.ours()}


def by_piece(world: World) -> dict[tuple[str, str], dict[str, Any]]:
    """The same by source event and part: what comes back may have another id."""
    return {piece(row): content(row) for row in world.ours()}


def content(event: Any) -> dict[str, Any] | None:
    """What a person sees of an event, however it was written; None for none."""
    if event is None:
        return None
    shown = {name: event[name] for name in FIELDS if event.get(name) not in (None, "", [], UNSAID.get(name))}
    reminders = event.get("reminders") or {}
    overrides = sorted((one["method"], one["minutes"]) for one in reminders.get("overrides") or [])
    times = {edge: (utc(event[edge]), event[edge].get("timeZone")) for edge in ("start", "end")}
    return {**shown, **times, "reminders": (reminders.get("useDefault", False), overrides)}
