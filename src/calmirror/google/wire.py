"""Small readers of Google's event resource."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from calmirror.model.times import Span

if TYPE_CHECKING:
    from collections.abc import Mapping


def moments(event: Mapping[str, Any]) -> Span:
    """When an event is: dates of an all-day event, else instants in UTC.

    Raises:
        ValueError: it has no start or end (as a cancelled instance), or one without an offset.
    """
    return Span(moment(event, "start"), moment(event, "end"))


def moment(event: Mapping[str, Any], which: str) -> datetime | date:
    """The `start` or `end` of an event."""
    value = event.get(which) or {}
    if "date" in value:
        return date.fromisoformat(value["date"])
    instant = datetime.fromisoformat(value.get("dateTime", ""))
    if instant.tzinfo is None:
        raise ValueError(f"the {which} of an event has no offset")
    return instant.astimezone(UTC)


def private(event: Mapping[str, Any]) -> Mapping[str, str]:
    """The private extended properties of an event; empty where it has none."""
    properties: Mapping[str, str] = (event.get("extendedProperties") or {}).get("private") or {}
    return properties
