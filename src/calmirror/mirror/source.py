"""What a run asks of a source, whichever kind it is: a calendar that is signed in to, or a published one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from calmirror.microsoft.delta import Staging
    from calmirror.model.ids import SourceId
    from calmirror.model.source import Reading, Round, Series, SourceEvent, Stub
    from calmirror.model.times import Window


class Source(Protocol):
    """Reads one account's calendars, or one published calendar. It has no way to write.

    Every method may raise RetryableError or UserFixableError; what a source says then is nothing.
    """

    def resolve(self, source: str) -> str:
        """The id of the calendar that a configuration means."""
        ...

    def title(self, calendar_id: str) -> str:
        """What a person calls the calendar, and whose it is, as words in a sentence; an address is never told."""
        ...

    def round(
        self, calendar_id: str, *, window: Window, cursor: str = "", last: str = "", staged: Staging | None = None
    ) -> Round:
        """What the calendar holds in the window (no cursor), or what changed since the cursor.

        Args:
            last: for a full round, the cursor of the last round, for what a source has learned by then.
            staged: keeps the pages of a full round that gets interrupted.

        Raises:
            CursorLostError: what changed since the cursor cannot be told.
        """
        ...

    def read(self, calendar_id: str, ids: Collection[SourceId]) -> dict[SourceId, SourceEvent | Reading]:
        """The events of these ids as they are now, or what reading them said instead."""
        ...

    def read_series(
        self,
        calendar_id: str,
        ids: Collection[SourceId],
        window: Window,
        stubs: Mapping[SourceId, tuple[Stub, ...]],
    ) -> dict[SourceId, Series | Reading]:
        """These series whole, or what reading them said instead; `stubs` is what a round listed of each."""
        ...

    def instances(
        self, calendar_id: str, series_id: SourceId, window: Window
    ) -> tuple[tuple[Stub, ...], tuple[SourceEvent, ...]]:
        """Every occurrence and exception of a series overlapping the window; the exceptions also whole."""
        ...

    def attachment_names(self, calendar_id: str, ids: Collection[SourceId]) -> dict[SourceId, tuple[str, ...]]:
        """The names of the attachments of these events; () where they cannot be read."""
        ...

    def is_listed(self, calendar_id: str, event: SourceEvent) -> bool:
        """Whether this calendar lists an event that could be read."""
        ...

    def occurrences(self, calendar_id: str, window: Window) -> Iterator[Mapping[str, Any]]:
        """Every single event, occurrence and exception in the window, in Graph's members."""
        ...

    def covers(self, cursor: str) -> Window | None:
        """When the rounds up to this cursor list all there is; None for always."""
        ...
