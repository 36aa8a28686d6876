"""Small readers of Google's event resource."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, TypeGuard

from calmirror.model.times import Span

if TYPE_CHECKING:
    from collections.abc import Mapping


TEXTS = (
    *("id", "etag", "status", "summary", "description", "location", "colorId"),
    *("recurringEventId", "visibility", "transparency"),
)

LARGEST = 2**31
"""Google's numbers have 32 bits; a larger one would not fit into the state."""


def is_sound(event: object) -> bool:
    """Whether something is an event of which all that is read here is of the type that Google documents.

    Whoever gets events from elsewhere need not look at any type again.
    """
    try:
        return isinstance(event, dict) and bool(event["id"]) and _is_typed(event) and _has_times(event)
    except (LookupError, AttributeError, TypeError, ValueError, OverflowError):
        return False


def _is_typed(event: Mapping[str, Any]) -> bool:
    marks, reminders = private(event), event.get("reminders") or {}
    overrides = [(one.get("method", ""), one.get("minutes", 0)) for one in reminders.get("overrides") or ()]
    texts = [event[name] for name in TEXTS if name in event] + (event.get("recurrence") or [])
    texts += [*marks.keys(), *marks.values(), *(method for method, _ in overrides)]
    numbers = [event.get("sequence", 0), *(minutes for _, minutes in overrides)]
    # JSON can spell halves of characters, but nothing can store or send them.
    "".join(texts).encode()
    # An etag is sent back as a header, an id as part of a path.
    lines = event["id"] + event.get("etag", "")
    return (
        lines.isascii()
        and lines.isprintable()
        and all(isinstance(number, int) and abs(number) <= LARGEST for number in numbers)
    )


def _has_times(event: Mapping[str, Any]) -> bool:
    if not stands(event):
        return True
    span = moments(event)
    return type(span.start) is type(span.end)


def stands(event: Mapping[str, Any] | None) -> TypeGuard[Mapping[str, Any]]:
    """Whether the event is there: Google knows a deleted one, and a cancelled instance, for long after."""
    return event is not None and event.get("status") != "cancelled"


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
