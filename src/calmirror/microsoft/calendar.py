"""The source calendar, as the rest of the program reads it. There is no way to write."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from calmirror.microsoft.addresses import LARGE_PAGE, calendar_path, in_window
from calmirror.microsoft.calendars import CalendarInfo, calendar_title, list_calendars, resolve_calendar
from calmirror.microsoft.delta import DeltaRound, Staging
from calmirror.microsoft.members import Members
from calmirror.microsoft.parse import UnreadableEventError, stub
from calmirror.microsoft.reads import read_list
from calmirror.microsoft.series import SeriesReader, list_instances, read_events, read_instances
from calmirror.model.source import CursorLostError, Kind, Reading, Series, SourceEvent, Stub
from calmirror.model.times import Window, as_instant

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import datetime

    from calmirror.http.client import Client
    from calmirror.model.ids import SourceId
    from calmirror.model.source import Round

__all__ = ["CalendarInfo", "CursorLostError", "OutlookCalendar", "Reading", "Staging"]

MARGIN = timedelta(days=1)
"""All-day events lie in a window by an instant that may be most of a day away from the day they show."""
LONGEST_WINDOW = timedelta(days=1825)
"""Graph refuses to list more at once."""


class OutlookCalendar:
    """Reads calendars of the signed-in Microsoft account, or of the mailbox that is named."""

    def __init__(self, client: Client, mailbox: str = "") -> None:
        self._client = client
        self._mailbox = mailbox
        self._series = SeriesReader(client)

    def calendars(self) -> list[CalendarInfo]:
        """Every calendar that the account can see, once."""
        return list_calendars(self._client, self._mailbox)

    def resolve(self, source: str) -> str:
        """The id of the calendar meant by an id, by a name, or by "" for the default one (one request).

        Raises:
            UserFixableError: `calendar-not-found`, `calendar-ambiguous`, `mailbox-not-enabled` or
                `microsoft-forbidden`.
        """
        return resolve_calendar(self._client, source, self._mailbox)

    def title(self, calendar_id: str) -> str:
        """The calendar's name and its owner's address, as words in a sentence (one request)."""
        return calendar_title(self._client, calendar_id)

    def round(
        self, calendar_id: str, *, window: Window, cursor: str = "", last: str = "", staged: Staging | None = None
    ) -> Round:
        """What the calendar holds (no cursor), or what changed since the cursor. See `DeltaRound.read`.

        Args:
            window: of a full round, padded by the caller; of an incremental one what is fixed in its cursor.
            last: not used; Graph says by itself what it lists.
            staged: keeps the pages of a full round that gets interrupted.
        """
        del last
        return DeltaRound(self._client, calendar_id, window, cursor, staged).read()

    def read(self, calendar_id: str, ids: Collection[SourceId]) -> dict[SourceId, SourceEvent | Reading]:
        """The events of these ids as they are now, or what reading them said instead."""
        return read_events(self._client, calendar_id, ids)

    def read_series(
        self,
        calendar_id: str,
        ids: Collection[SourceId],
        window: Window,
        stubs: Mapping[SourceId, tuple[Stub, ...]],
    ) -> dict[SourceId, Series | Reading]:
        """These series whole, or what reading them said instead.

        Where a cloud does not list holes, what `/instances` has in the window takes their place; that is
        remembered for the life of this object.

        Args:
            stubs: what a round listed of each series in the window.
        """
        return self._series.read(calendar_id, ids, window, stubs)

    def instances(
        self, calendar_id: str, series_id: SourceId, window: Window
    ) -> tuple[tuple[Stub, ...], tuple[SourceEvent, ...]]:
        """Every occurrence and exception of a series overlapping the window; the exceptions also whole.

        Raises:
            UnreadableEventError: one of them cannot be understood.
        """
        return read_instances(self._client, calendar_id, series_id, window)

    def attachment_names(self, calendar_id: str, ids: Collection[SourceId]) -> dict[SourceId, tuple[str, ...]]:
        """The names of the attachments of these events; () where they cannot be read."""
        from calmirror.microsoft.attachments import attachment_names  # noqa: PLC0415 - few events have any

        return attachment_names(self._client, calendar_id, ids)

    def is_listed(self, calendar_id: str, event: SourceEvent) -> bool:
        """Whether this calendar lists the event, asked around the event's own time.

        An event can be read through a calendar that it was moved away from; being listed is what tells that it
        has only left the window. Of a series, any of its occurrences counts.
        """
        window = self._time_of(calendar_id, event)
        if window is None:
            return False
        url = in_window(
            f"{calendar_path(calendar_id)}/calendarView", window, select="id,seriesMasterId", top=LARGE_PAGE
        )
        entries = (Members(raw) for raw in read_list(self._client, url))
        return any(event.id in (entry.text("id"), entry.text("seriesMasterId")) for entry in entries)

    def occurrences(self, calendar_id: str, window: Window) -> Iterator[Mapping[str, Any]]:
        """Every single event, occurrence and exception in the window, as Microsoft expands and writes them."""
        return read_list(self._client, in_window(f"{calendar_path(calendar_id)}/calendarView", window, top=LARGE_PAGE))

    def covers(self, cursor: str) -> None:
        """Graph lists all there is in any window."""

    def _time_of(self, calendar_id: str, event: SourceEvent) -> Window | None:
        start, end = as_instant(event.span.start), as_instant(event.span.end)
        if event.kind is not Kind.MASTER:
            return around(start, end)
        # A master's own time is that of its first occurrence, which may have been deleted or moved.
        life = Window(start - MARGIN, start + LONGEST_WINDOW - MARGIN)
        first = next(readable(list_instances(self._client, calendar_id, event.id, life)), None)
        return around(first.start, first.end) if first else None


def readable(entries: Iterable[Mapping[str, Any]]) -> Iterator[Stub]:
    """When the entries are, those left out that cannot be understood."""
    for raw in entries:
        with suppress(UnreadableEventError):
            yield stub(raw)


def around(start: datetime, end: datetime) -> Window:
    """A window that surely touches what lies between the two, and that Graph accepts."""
    return Window(start - MARGIN, min(end + MARGIN, start - MARGIN + LONGEST_WINDOW))
