"""What an earlier run read and no list of events tells: a series' holes and exceptions, the names of attachments.

It holds times and versions, never what an event says: of a series that is shown as busy nothing else may be kept.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from calmirror.mirror.context import PADDING, Lease, Mirror
from calmirror.model.ids import SourceId
from calmirror.model.source import Kind, Round, Series, SourceEvent
from calmirror.model.times import Span

SERIES, FILES = "series", "files"
TRUSTED = 28 * 86400.0
"""Seconds after which a series is read again all the same: no list tells of changes that lie outside of the window."""


class Memory:
    """What is known of events from earlier runs, as far as it still holds; what this run learns is kept with `save`.

    A version (Graph's change key) decides: what is known of another one is not told.
    """

    def __init__(self, mirror: Mirror) -> None:
        self._mirror = mirror
        self._now, self._shape = mirror.clock.now(), mirror.shape
        self._used: set[tuple[str, SourceId]] = set()
        self._learned: dict[tuple[str, SourceId], Mapping[str, Any]] = {}

    def series(self, said: Round, ids: Collection[SourceId]) -> list[Series]:
        """Those of the series that are as they were, as far as a full round tells: their proof is still to come."""
        listed: dict[SourceId, dict[SourceId, SourceEvent]] = {}
        for exception in said.exceptions.values():
            if exception.series_id:
                listed.setdefault(exception.series_id, {})[exception.id] = exception
        known = self._recall(SERIES, [one for one in ids if one in said.masters])
        found = (self._series(known[one], said, said.masters[one], listed.get(one, {})) for one in known)
        return [series for series in found if series]

    def learn_series(self, series: Series) -> None:
        """Remembers a series that was read whole; one whose holes are not listed cannot be known again."""
        if series.cancelled is not None and series.master.change_key:
            self._learn(SERIES, series.master.id, _told(series) | {"shape": self._shape, "read": self._now})

    def file_names(self, events: Iterable[SourceEvent]) -> dict[SourceId, tuple[str, ...]]:
        """The names of the attachments of those events that are as they were."""
        versions = {event.id: event.change_key for event in events}
        known = self._recall(FILES, versions)
        return {one: tuple(told["names"]) for one, told in known.items() if told["version"] == versions[one]}

    def learn_file_names(self, event: SourceEvent, names: Collection[str]) -> None:
        """Remembers names; that there are none may mean that they could not be read."""
        if names and event.change_key:
            self._learn(FILES, event.id, {"version": event.change_key, "names": list(names)})

    def save(self, lease: Lease, *, full: bool, without: Collection[SourceId]) -> None:
        """Keeps what was learned, and nothing of events that are not mirrored as they were read.

        After a full round, what was neither learned nor asked for is forgotten.
        """
        store, name = self._mirror.store, self._mirror.name
        learned = {key: told for key, told in self._learned.items() if key[1] not in without}
        forgotten = {(SERIES, one) for one in without}
        if full:
            kept = {(kind, one) for kind in (SERIES, FILES) for one in store.memories(name, kind)}
            forgotten |= kept - self._used - learned.keys()
        store.remember(name, lease.epoch, learned, forgotten=forgotten)

    def _recall(self, kind: str, ids: Collection[SourceId]) -> dict[SourceId, dict[str, Any]]:
        found = self._mirror.store.recall(self._mirror.name, kind, ids)
        self._used |= {(kind, one) for one in found}
        return found

    def _learn(self, kind: str, one: SourceId, told: Mapping[str, Any]) -> None:
        self._learned[kind, one] = told

    def _series(
        self, told: Mapping[str, Any], said: Round, master: SourceEvent, listed: Mapping[SourceId, SourceEvent]
    ) -> Series | None:
        """The series, if nothing that the round lists speaks against it."""
        old = self._now - told["read"] > TRUSTED or told["shape"] != self._shape
        known = {exception.id: exception for exception in _exceptions(told, master.id)}
        window = said.window.padded(-PADDING)
        missing = any(one not in listed and exception.span.overlaps(window) for one, exception in known.items())
        changed = any(one not in known or known[one].change_key != listed[one].change_key for one in listed)
        if old or missing or changed or told["version"] != master.change_key:
            return None
        return Series(
            master=master,
            exceptions=tuple(listed.get(one, exception) for one, exception in known.items()),
            cancelled=tuple(map(date.fromisoformat, told["cancelled"])),
            listed=said.stubs.get(master.id, ()),
            listed_window=said.window,
            unread=frozenset(known.keys() - listed.keys()),
        )


def _told(series: Series) -> dict[str, Any]:
    return {
        "version": series.master.change_key,
        "cancelled": [day.isoformat() for day in series.cancelled or ()],
        "exceptions": [
            [
                *(one.id, one.change_key, one.span.start.isoformat(), one.span.end.isoformat()),
                *(moment.isoformat() if moment else "" for moment in (one.original_start, one.original_date)),
            ]
            for one in series.exceptions
        ],
    }


def _exceptions(told: Mapping[str, Any], series_id: SourceId) -> Iterable[SourceEvent]:
    for one, version, start, end, original_start, original_date in told["exceptions"]:
        yield SourceEvent(
            id=SourceId(one),
            kind=Kind.EXCEPTION,
            series_id=series_id,
            change_key=version,
            span=Span(_moment(start), _moment(end)),
            original_start=datetime.fromisoformat(original_start) if original_start else None,
            original_date=date.fromisoformat(original_date) if original_date else None,
        )


def _moment(text: str) -> datetime | date:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
