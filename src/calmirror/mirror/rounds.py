"""Reading the source: the next incremental round, or a full one where that is due or all that is left."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from calmirror.errors import UserFixableError
from calmirror.mirror.context import PADDING, Lease, Mirror
from calmirror.model.ids import SourceId
from calmirror.model.mirror import MirrorState
from calmirror.model.source import CursorLostError, Round
from calmirror.model.times import Window

T = TypeVar("T")
DAY = 86400.0
"""Seconds after which the whole window is read again: it rolls on, and whatever a delta left out is found."""
FORMER_ID = ("calendar-not-found", "microsoft-forbidden")
"""What is said of a calendar's id that was right once: ids change, and a foreign one may be refused as another's."""


def fetch_round(mirror: Mirror, lease: Lease, *, full: bool, dry_run: bool) -> Round:
    """What Microsoft says; raises RetryableError or UserFixableError and leaves everything as it is."""
    state = mirror.state
    fresh = 0 <= mirror.clock.now() - state.full_at < DAY
    if state.cursor and state.settings == mirror.shape and fresh and not full:
        try:
            said = mirror.source.round(state.source_calendar, window=_kept_window(state), cursor=state.cursor)
            return replace(said, calendar_id=state.source_calendar)
        except (CursorLostError, UserFixableError) as error:
            if isinstance(error, UserFixableError) and error.code not in FORMER_ID:
                raise
            lease.doubts_links = True
            mirror.progress("The cursor does not tell what changed: reading the whole calendar", 0, 0)
    return _full_round(mirror, lease, state, dry_run=dry_run)


def is_idle(said: Round) -> bool:
    """Whether an incremental round said nothing at all."""
    return not said.full and not said.tombstones and not _lists(said)


def is_empty(said: Round) -> bool:
    """Whether a full round lists no event at all, not even one that cannot be read."""
    return said.full and not _lists(said)


def _lists(said: Round) -> bool:
    return any((said.singles, said.masters, said.exceptions, said.stubs, said.unreadable))


def _full_round(mirror: Mirror, lease: Lease, state: MirrorState, *, dry_run: bool) -> Round:
    mirror.progress("Reading the Outlook calendar", 0, 0)
    known = state.source_calendar if state.settings == mirror.shape else ""
    calendar_id = known or mirror.source.resolve(mirror.settings.source)
    try:
        return _read(mirror, lease, calendar_id, dry_run=dry_run)
    except UserFixableError as error:
        # The one that was found by name is looked up again, once.
        renewed = mirror.source.resolve(mirror.settings.source) if known and error.code in FORMER_ID else ""
        if renewed in ("", known):
            raise
        return _read(mirror, lease, renewed, dry_run=dry_run)


def _read(mirror: Mirror, lease: Lease, calendar_id: str, *, dry_run: bool) -> Round:
    window = mirror.window_now().padded(PADDING)
    key = f"{mirror.shape} {calendar_id} {window.start.isoformat()} {window.end.isoformat()}"
    staged = None if dry_run else StagedPages(mirror, lease, key)
    said = mirror.source.round(calendar_id, window=window, last=mirror.state.cursor, staged=staged)
    if staged and staged.resumed:
        said = _brought_up_to_date(mirror, calendar_id, said, staged)
    return replace(said, calendar_id=calendar_id)


def _brought_up_to_date(mirror: Mirror, calendar_id: str, said: Round, staged: StagedPages) -> Round:
    """A round that began in an earlier run, with what has changed since; its first pages may be hours old."""
    try:
        more = mirror.source.round(calendar_id, window=said.window, cursor=said.cursor)
    except CursorLostError:
        staged.drop()
        return mirror.source.round(calendar_id, window=said.window)
    return merged(said, more)


def merged(said: Round, more: Round) -> Round:
    """A full round and the incremental one that follows it, as one full round. What is gone is no longer listed."""
    gone = more.tombstones | more.unreadable.keys()
    no_series = gone | more.singles.keys()
    exceptions = {one: event for one, event in said.exceptions.items() if event.series_id not in no_series}
    return replace(
        said,
        singles=without(said.singles, gone | more.masters.keys()) | more.singles,
        masters=without(said.masters, no_series) | more.masters,
        exceptions=without(exceptions, gone) | more.exceptions,
        stubs=without(said.stubs, no_series | more.masters.keys() | more.stubs.keys()) | more.stubs,
        unreadable=without(said.unreadable, {*more.tombstones, *more.singles, *more.masters, *more.exceptions})
        | more.unreadable,
        outlines={**said.outlines, **more.outlines},
        cursor=more.cursor,
    )


def without(entries: Mapping[SourceId, T], ids: Collection[SourceId]) -> dict[SourceId, T]:
    """The entries of all other ids."""
    return {one: entry for one, entry in entries.items() if one not in ids}


def _kept_window(state: MirrorState) -> Window:
    start, end = datetime.fromisoformat(state.window_start), datetime.fromisoformat(state.window_end)
    return Window(start, end).padded(PADDING)


@dataclass
class StagedPages:
    """Pages of an unfinished full round, kept in the store, so that a crash does not start it again from nothing."""

    mirror: Mirror
    lease: Lease
    key: str
    resumed: bool = False
    """Whether there were pages of an earlier run."""

    def load(self) -> tuple[str, Iterable[bytes]]:
        """The link to go on with and the pages before it."""
        link, pages = self.mirror.store.staged(self.mirror.name, self.key)
        self.resumed = bool(link)
        return link, pages

    def add(self, next_link: str, page: bytes) -> None:
        """Keeps one page."""
        self.lease.renew()
        self.mirror.store.stage(self.mirror.name, self.lease.epoch, key=self.key, next_link=next_link, page=page)

    def drop(self) -> None:
        """Forgets all pages."""
        self.mirror.store.drop_staged(self.mirror.name, self.lease.epoch)
