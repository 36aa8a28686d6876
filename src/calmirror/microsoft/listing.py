"""Whether a calendar lists an event: an event can be read through a calendar that it was moved away from."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from calmirror.microsoft.addresses import LARGE_PAGE, calendar_path, in_window
from calmirror.microsoft.members import Members
from calmirror.microsoft.parse import UnreadableEventError, stub
from calmirror.microsoft.reads import read_list
from calmirror.microsoft.series import list_instances
from calmirror.model.source import Kind, SourceEvent, Stub
from calmirror.model.times import Window, as_instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from calmirror.http.client import Client

MARGIN = timedelta(days=1)
"""All-day events lie in a window by an instant that may be most of a day away from the day they show."""
LONGEST_WINDOW = timedelta(days=1825)
"""Graph refuses to list more at once."""


def is_listed(client: Client, calendar_id: str, event: SourceEvent) -> bool:
    """Whether the calendar lists the event, asked around the event's own time. Of a series, any occurrence counts."""
    window = _time_of(client, calendar_id, event)
    if window is None:
        return False
    url = in_window(f"{calendar_path(calendar_id)}/calendarView", window, select="id,seriesMasterId", top=LARGE_PAGE)
    entries = (Members(raw) for raw in read_list(client, url))
    return any(event.id in (entry.text("id"), entry.text("seriesMasterId")) for entry in entries)


def _time_of(client: Client, calendar_id: str, event: SourceEvent) -> Window | None:
    start, end = as_instant(event.span.start), as_instant(event.span.end)
    if event.kind is not Kind.MASTER:
        return around(start, end)
    # A master's own time is that of its first occurrence, which may have been deleted or moved.
    life = Window(start - MARGIN, start + LONGEST_WINDOW - MARGIN)
    first = next(readable(list_instances(client, calendar_id, event.id, life)), None)
    return around(first.start, first.end) if first else None


def readable(entries: Iterable[Mapping[str, Any]]) -> Iterator[Stub]:
    """When the entries are, those left out that cannot be understood."""
    for raw in entries:
        with suppress(UnreadableEventError):
            yield stub(raw)


def around(start: datetime, end: datetime) -> Window:
    """A window that surely touches what lies between the two, and that Graph accepts."""
    return Window(start - MARGIN, min(end + MARGIN, start - MARGIN + LONGEST_WINDOW))
