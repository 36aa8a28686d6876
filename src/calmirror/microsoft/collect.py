"""A round's entries become a Round. Of several entries for one id the newest counts, wherever it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calmirror.microsoft.members import Members, whole
from calmirror.microsoft.parse import UnreadableEventError, entry, kind_of, listed, outline
from calmirror.microsoft.reads import odd_answer
from calmirror.microsoft.versions import Version, is_older, version_of
from calmirror.model.ids import SourceId
from calmirror.model.source import Kind, Reading, Round, SourceEvent, Stub

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from calmirror.model.source import Outline
    from calmirror.model.times import Window

BOTH = "it came both as changed and as deleted, and could not be read by its id"


class Collector:
    """Takes the pages of one round in the order they came."""

    def __init__(self) -> None:
        self._events: dict[SourceId, SourceEvent] = {}
        self._stubs: dict[SourceId, Stub] = {}
        self._tombstones: set[SourceId] = set()
        self._unreadable: dict[SourceId, str] = {}
        self._outlines: dict[SourceId, Outline] = {}
        self._unlisted: dict[SourceId, SourceId] = {}
        """The series of each occurrence that cannot be understood."""
        self._versions: dict[SourceId, Version] = {}

    def add(self, entries: Iterable[Mapping[str, Any]]) -> None:
        """Takes one page; raises RetryableError for an entry without an id."""
        for raw in entries:
            event_id = id_of(raw)
            if not event_id:
                raise odd_answer("an entry without an id")
            if raw.get("@removed") is not None:
                self._tombstones.add(event_id)
            else:
                self._keep(event_id, raw)

    @property
    def contested(self) -> frozenset[SourceId]:
        """Ids that came both with a tombstone and as an event: their order does not tell which of the two holds."""
        return frozenset(self._tombstones & (self._events.keys() | self._unreadable.keys()))

    def settle(self, one: SourceId, read: SourceEvent | Reading, window: Window) -> None:
        """Decides a contested id by what reading it said. An event outside the window keeps its tombstone alone."""
        reason = self._unreadable.get(one, BOTH)
        self._forget(one)
        if isinstance(read, SourceEvent):
            if read.kind is Kind.MASTER or read.span.overlaps(window):
                self._tombstones.discard(one)
                self._hold(one, read)
        elif read is not Reading.GONE:
            self._tombstones.discard(one)
            self._unreadable[one] = reason

    def finished(self, *, full: bool, window: Window, cursor: str) -> Round:
        """The round, once its delta link has come. A series with an unreadable occurrence is among the `stubs`."""
        stubs: dict[SourceId, list[Stub]] = {series_id: [] for series_id in self._unlisted.values()}
        for stub in self._stubs.values():
            stubs.setdefault(stub.series_id, []).append(stub)
        return Round(
            full=full,
            window=window,
            singles=self._of(Kind.SINGLE),
            masters=self._of(Kind.MASTER),
            exceptions=self._of(Kind.EXCEPTION),
            stubs={series_id: tuple(found) for series_id, found in stubs.items()},
            tombstones=frozenset(self._tombstones - self._stubs.keys() - self._unlisted.keys()),
            unreadable=self._unreadable,
            outlines=self._outlines,
            cursor=cursor,
        )

    def _forget(self, event_id: SourceId) -> None:
        self._events.pop(event_id, None)
        self._stubs.pop(event_id, None)
        self._unreadable.pop(event_id, None)
        self._unlisted.pop(event_id, None)

    def _keep(self, event_id: SourceId, raw: Mapping[str, Any]) -> None:
        version, held = version_of(raw), self._versions.get(event_id)
        try:
            read = entry(raw)
        except UnreadableEventError as error:
            # What can be read wins, unless what cannot is surely newer.
            unread = event_id in self._unreadable or event_id in self._unlisted
            if held is None or unread or is_older(held, version):
                self._forget(event_id)
                self._leave_unread(event_id, raw, error.reason)
                self._versions[event_id] = version
            return
        if held is None or not is_older(version, held):
            self._forget(event_id)
            self._hold(event_id, read)
            self._versions[event_id] = version

    def _leave_unread(self, event_id: SourceId, raw: Mapping[str, Any], reason: str) -> None:
        """Notes an entry that cannot be understood. Of an occurrence, its series will be read whole and tells all."""
        series_id = Members(raw).text("seriesMasterId")
        if series_id and kind_of(Members(raw)) is Kind.OCCURRENCE:
            self._unlisted[event_id] = SourceId(series_id)
        else:
            self._unreadable[event_id] = reason
            self._outlines[event_id] = outline(raw)

    def _hold(self, event_id: SourceId, read: SourceEvent | Stub) -> None:
        if isinstance(read, Stub):
            self._stubs[event_id] = read
            return
        self._events[event_id] = read
        if read.kind is Kind.EXCEPTION:
            self._stubs[event_id] = listed(read)

    def _of(self, kind: Kind) -> dict[SourceId, SourceEvent]:
        return {event_id: event for event_id, event in self._events.items() if event.kind is kind}


def id_of(raw: Mapping[str, Any]) -> SourceId:
    """The id of an entry, "" where it has none."""
    value = raw.get("id")
    return SourceId(whole(value) if isinstance(value, str) else Members(raw).text("id"))
