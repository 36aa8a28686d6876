"""Recognising in Google what is ours, and the links that such events lead to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from calmirror.google.wire import moments, stands
from calmirror.mirror.user_edits import edits_on, with_edits
from calmirror.model.mirror import FOUND, Link
from calmirror.model.times import as_instant
from calmirror.plan import identity

if TYPE_CHECKING:
    from calmirror.mirror.context import Mirror
    from calmirror.model.ids import EventId


def owned_links(mirror: Mirror, calendar_id: str) -> list[Link]:
    """Links of all events in Google that are ours beyond doubt."""
    mirror.progress("Looking for events of this mirror in Google", 0, 0)
    events = list(mirror.destination.owned_events(calendar_id, identity.MIRROR, mirror.identity))
    rows = {str(event["id"]): event for event in events}
    links = (recognised(mirror.identity, event, series=series_of(event, rows)) for event in events)
    return [link for link in links if link is not None]


def known_first(links: Sequence[Link], known: Collection[EventId]) -> list[Link]:
    """The links, those marked as found of which the state knew another event that still stands."""
    standing = {(link.source_id, link.part): link.event_id for link in links if link.event_id in known}
    return [
        replace(link, fingerprint=FOUND)
        if link.event_id not in known and (link.source_id, link.part) in standing
        else link
        for link in links
    ]


def recognised(
    mirror: str,
    event: Mapping[str, Any] | None,
    before: Link | None = None,
    series: Mapping[str, Any] | None = None,
) -> Link | None:
    """The link of an event of ours as Google holds it; None for what is not ours, or was deleted.

    What a person set on it since `before`, or while nobody remembered it, is marked as theirs. `series` is the
    recurring event of an instance.
    """
    if not stands(event) or (link := identity.recognised(event, mirror)) is None:
        return None
    # Of another content than we knew, it is a write of ours that landed unseen: its own marks tell what that sent.
    same = before is not None and before.fingerprint == link.fingerprint
    sent = before.sent if before and same else None
    edits = edits_on(sent, event, series)
    return with_extent(replace(link, sent=with_edits(link.sent or {}, edits, sent)), event)


def with_extent(link: Link, event: Mapping[str, Any]) -> Link:
    """The link with the time that Google shows; of a series the end of its first occurrence says nothing."""
    span = moments(event)
    ends = "" if event.get("recurrence") else as_instant(span.end).isoformat()
    return replace(link, starts=as_instant(span.start).isoformat(), ends=ends)


def series_of(event: Mapping[str, Any], rows: Mapping[Any, Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Of an instance, the row of its series among these, by id."""
    event_id = str(event.get("id", ""))
    family = identity.family_of(event_id)
    return rows.get(family) if family != event_id else None


def cancelled_instance(source_id: Any, event_id: EventId, instance: str, generation: int) -> Link:
    """The link of an instance that we cancelled: Google keeps it, and it matters when the series is rescheduled."""
    return Link(
        source_id=source_id, part=f"hole:{instance}", event_id=event_id, generation=generation, fingerprint="cancelled"
    )


def since_of(links: Iterable[Link], default: datetime) -> datetime:
    """From when on a series' odd times are looked at: fixed when it was first mirrored."""
    days = [link.since for link in links if link.since]
    return datetime.fromisoformat(min(days)) if days else default
