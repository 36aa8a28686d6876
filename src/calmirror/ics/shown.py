"""Occurrences as a published calendar shows them, in Graph's members: what `verify` holds against Google."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from calmirror.model.source import Kind
from calmirror.model.times import as_instant

if TYPE_CHECKING:
    from datetime import date

    from calmirror.model.source import Person, SourceEvent, Stub
    from calmirror.model.times import Span


def single(event: SourceEvent) -> dict[str, Any]:
    """A single event or a changed occurrence."""
    return {
        "id": event.id,
        "type": event.kind.value,
        "seriesMasterId": event.series_id if event.kind is Kind.EXCEPTION else None,
        "iCalUId": event.ical_uid,
        "subject": event.subject,
        "isAllDay": event.span.all_day,
        **times(event.span),
        "showAs": event.show_as,
        "sensitivity": event.sensitivity,
        "isCancelled": event.is_cancelled,
        "importance": event.importance,
        "categories": list(event.categories),
        "organizer": recipient(event.organizer),
        "isOnlineMeeting": event.is_online,
        "onlineMeetingUrl": event.join_url,
    }


def occurrence(stub: Stub, master: SourceEvent, span: Span) -> dict[str, Any]:
    """An unchanged occurrence of a series."""
    return single(master) | {"id": stub.id, "type": "occurrence", "seriesMasterId": master.id} | times(span)


def times(span: Span) -> dict[str, Any]:
    """Start and end in UTC; days as midnights."""
    return {"start": moment(span.start), "end": moment(span.end)}


def moment(value: date) -> dict[str, str]:
    """Graph's dateTimeTimeZone."""
    return {"dateTime": f"{as_instant(value).astimezone(UTC):%Y-%m-%dT%H:%M:%S}.0000000", "timeZone": "UTC"}


def recipient(person: Person | None) -> dict[str, Any] | None:
    """Graph's recipient."""
    return {"emailAddress": {"name": person.name, "address": person.address}} if person else None
