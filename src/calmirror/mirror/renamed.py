"""Rounds, series and events with other ids than those that they were read with; and the UIDs that lead to these."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from calmirror.model.ids import SourceId
    from calmirror.model.mirror import Link
    from calmirror.model.source import Round, Series, SourceEvent

ALONE = "only changed occurrences of its series are published; what is mirrored of it stays as it is"
NATIVE_PREFIX = "040000008200E00074C5B7101A82E008"
WRAPPED = b"vCal-Uid".hex().upper()


def uids_of(links: Iterable[Link]) -> dict[str, dict[SourceId, str]]:
    """The source events that we own, with their UIDs as marked, by the key of the UID."""
    from calmirror.plan.identity import UID, private_marks  # noqa: PLC0415 - an idle run compares no marks

    found: defaultdict[str, dict[SourceId, str]] = defaultdict(dict)
    for link in links:
        if uid := private_marks(link.sent or {}).get(UID, ""):
            found[uid_key(uid)][link.source_id] = uid
    return found


def uid_key(uid: str) -> str:
    """What is the same for one event everywhere: Exchange wraps others' UIDs in its own, and dates its own."""
    if not uid.upper().startswith(NATIVE_PREFIX):
        return uid
    wrapped = uid.upper().partition(WRAPPED)[2]
    if not wrapped:
        return uid.upper()[:32] + "0" * 8 + uid.upper()[40:]
    try:
        return bytes.fromhex(wrapped)[4:].rstrip(b"\0").decode("utf-8", "replace")
    except ValueError:
        return uid.upper()


def without_parts(said: Round, mirrored: Collection[SourceId]) -> Round:
    """The round without single occurrences of series that are mirrored, but not in the feed themselves: they stay."""
    alone = {e.series_id: ALONE for e in said.singles.values() if e.series_id and e.series_id in mirrored}
    if not alone:
        return said
    kept = {one: event for one, event in said.singles.items() if event.series_id not in alone}
    return replace(said, singles=kept, unreadable=said.unreadable | alone)


def renamed(event: SourceEvent, names: Mapping[SourceId, SourceId]) -> SourceEvent:
    """An event by the id that it is known by, and its series by its own."""
    series_id = names.get(event.series_id, event.series_id) if event.series_id else None
    one = names.get(event.id, event.id)
    return event if (one, series_id) == (event.id, event.series_id) else replace(event, id=one, series_id=series_id)


def renamed_series(series: Series, names: Mapping[SourceId, SourceId]) -> Series:
    """A series likewise; stubs are only told apart by their own ids."""
    exceptions = tuple(renamed(one, names) for one in series.exceptions)
    return replace(series, master=renamed(series.master, names), exceptions=exceptions)


def renamed_round(said: Round, names: Mapping[SourceId, SourceId]) -> Round:
    """A round likewise."""
    if not names:
        return said

    def by_id(events: Mapping[SourceId, SourceEvent]) -> dict[SourceId, SourceEvent]:
        return {names.get(one, one): renamed(event, names) for one, event in events.items()}

    return replace(
        said,
        singles=by_id(said.singles),
        masters=by_id(said.masters),
        exceptions=by_id(said.exceptions),
        stubs={names.get(one, one): stubs for one, stubs in said.stubs.items()},
        tombstones=frozenset(names.get(one, one) for one in said.tombstones),
        unreadable={names.get(one, one): reason for one, reason in said.unreadable.items()},
        outlines={names.get(one, one): outline for one, outline in said.outlines.items()},
    )


def renamed_raw(raw: Mapping[str, Any], names: Mapping[Any, Any]) -> Mapping[str, Any]:
    """An occurrence as a service wrote it, its ids likewise."""
    ids = {key: names[raw[key]] for key in ("id", "seriesMasterId") if raw.get(key) in names}
    return {**raw, **ids} if ids else raw
