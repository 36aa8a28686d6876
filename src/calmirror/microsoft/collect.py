"""A round's entries become a Round; of what is said about one id, the last word counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calmirror.microsoft.members import Members, whole
from calmirror.microsoft.parse import UnreadableEventError, entry, listed
from calmirror.microsoft.reads import odd_answer
from calmirror.model.ids import SourceId
from calmirror.model.source import Kind, Round, SourceEvent, Stub

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from calmirror.model.times import Window


class Collector:
    """Takes the pages of one round in the order they came."""

    def __init__(self) -> None:
        self._events: dict[SourceId, SourceEvent] = {}
        self._stubs: dict[SourceId, Stub] = {}
        self._tombstones: set[SourceId] = set()
        self._unreadable: dict[SourceId, str] = {}

    def add(self, entries: Iterable[Mapping[str, Any]]) -> None:
        """Takes one page; raises RetryableError for an entry without an id."""
        for raw in entries:
            event_id = id_of(raw)
            if not event_id:
                raise odd_answer("an entry without an id")
            self._forget(event_id)
            if raw.get("@removed") is not None:
                self._tombstones.add(event_id)
            else:
                self._keep(event_id, raw)

    def finished(self, *, full: bool, window: Window, cursor: str) -> Round:
        """The round, once its delta link has come."""
        stubs: dict[SourceId, list[Stub]] = {}
        for stub in self._stubs.values():
            stubs.setdefault(stub.series_id, []).append(stub)
        return Round(
            full=full,
            window=window,
            singles=self._of(Kind.SINGLE),
            masters=self._of(Kind.MASTER),
            exceptions=self._of(Kind.EXCEPTION),
            stubs={series_id: tuple(found) for series_id, found in stubs.items()},
            tombstones=frozenset(self._tombstones),
            unreadable=self._unreadable,
            cursor=cursor,
        )

    def _forget(self, event_id: SourceId) -> None:
        self._events.pop(event_id, None)
        self._stubs.pop(event_id, None)
        self._unreadable.pop(event_id, None)
        self._tombstones.discard(event_id)

    def _keep(self, event_id: SourceId, raw: Mapping[str, Any]) -> None:
        try:
            said = entry(raw)
        except UnreadableEventError as error:
            self._unreadable[event_id] = error.reason
            return
        if isinstance(said, Stub):
            self._stubs[event_id] = said
            return
        self._events[event_id] = said
        if said.kind is Kind.EXCEPTION:
            self._stubs[event_id] = listed(said)

    def _of(self, kind: Kind) -> dict[SourceId, SourceEvent]:
        return {event_id: event for event_id, event in self._events.items() if event.kind is kind}


def id_of(raw: Mapping[str, Any]) -> SourceId:
    """The id of an entry, "" where it has none."""
    value = raw.get("id")
    return SourceId(whole(value) if isinstance(value, str) else Members(raw).text("id"))
