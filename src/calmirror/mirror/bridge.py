"""One identity for each event, whichever way it is read: by sign-in, or from a published calendar.

Both know the same event by ids of their own, and so does a mailbox that was moved to another store: every id is another
one then. But all tell its iCalendar UID. An event keeps the id under which it was first mirrored, from which its id in
Google is computed; when its id changes, the UID leads from the one to the other, and everything else goes on as if
nothing had happened.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from calmirror.ics.ids import PREFIX, feed_id
from calmirror.mirror.renamed import (
    renamed,
    renamed_raw,
    renamed_round,
    renamed_series,
    uid_key,
    uids_of,
    without_parts,
)
from calmirror.model.ids import SourceId
from calmirror.model.mirror import FOUND, JournalEntry, Verb
from calmirror.model.source import Reading, Round, Series, SourceEvent

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from calmirror.microsoft.delta import Staging
    from calmirror.mirror.context import Lease, Mirror
    from calmirror.mirror.reconcile import Findings
    from calmirror.mirror.source import Source
    from calmirror.model.mirror import Link
    from calmirror.model.source import Stub
    from calmirror.model.times import Window

ALIAS = "alias"
"""The kind of memory that leads from the present source's id to the one that an event is known by."""
FORMER = "former"
"""The kind of memory that tells which ids a mailbox gave to events before it was moved, and no list leads from."""
ALL = SourceId("")
"""Stands among them for all that are remembered later, as `undo` brings them back."""
MOVED = "now under another id in Outlook"
TWINS = "several events have its UID, so nobody can tell which one it is; what is mirrored of it stays as it is"


class Bridge:
    """A source whose events go by the ids under which they were first mirrored; see `Source`."""

    def __init__(self, inner: Source, mirror: Mirror) -> None:
        self._inner = inner
        self._mirror = mirror
        self._known: dict[SourceId, SourceId] | None = None
        self._natives: dict[SourceId, SourceId] = {}
        self._former: set[SourceId] | None = None
        self._listed_all = False
        self._twins: set[SourceId] = set()

    def resolve(self, source: str) -> str:
        """As Source.resolve."""
        return self._inner.resolve(source)

    def title(self, calendar_id: str) -> str:
        """As Source.title."""
        return self._inner.title(calendar_id)

    def covers(self, cursor: str) -> Window | None:
        """As Source.covers."""
        return self._inner.covers(cursor)

    def round(
        self, calendar_id: str, *, window: Window, cursor: str = "", last: str = "", staged: Staging | None = None
    ) -> Round:
        """As Source.round."""
        said = self._inner.round(calendar_id, window=window, cursor=cursor, last=last, staged=staged)
        self._listed_all = said.full and not said.unreadable
        told = (said.singles, said.masters, said.exceptions, said.stubs, said.tombstones, said.unreadable)
        return renamed_round(said, self._names()) if any(told) else said

    def read(self, calendar_id: str, ids: Collection[SourceId]) -> dict[SourceId, SourceEvent | Reading]:
        """As Source.read. What another source knew and this one's whole list does not have is gone.

        So is what `undo` brought back under the id of an event that is known by another one.
        """
        strangers = {one for one in ids if self._is_stranger(one) or one in self._names()}
        found = self._inner.read(calendar_id, self._native(set(ids) - strangers)) if set(ids) - strangers else {}
        names = self._names()
        read: dict[SourceId, SourceEvent | Reading] = {
            names.get(one, one): renamed(event, names) if isinstance(event, SourceEvent) else event
            for one, event in found.items()
        }
        if not self._reads_feed and ALL in self._strangers():
            strangers |= {one for one, reading in read.items() if reading is Reading.NO_ID}
        return read | {one: self._without(one) for one in strangers}

    def _without(self, one: SourceId) -> Reading:
        """What is known of an id that leads nowhere: its event is gone once a whole list did not have it."""
        if one in self._twins:
            return Reading.UNKNOWN
        absent = self._listed_all or (not self._reads_feed and one in self._strangers())
        return Reading.GONE if absent else Reading.UNKNOWN

    def read_series(
        self,
        calendar_id: str,
        ids: Collection[SourceId],
        window: Window,
        stubs: Mapping[SourceId, tuple[Stub, ...]],
    ) -> dict[SourceId, Series | Reading]:
        """As Source.read_series."""
        names = self._names()
        native_stubs = {self._native_of(one): listed for one, listed in stubs.items()}
        read = self._inner.read_series(calendar_id, self._native(ids), window, native_stubs)
        return {
            names.get(one, one): renamed_series(series, names) if isinstance(series, Series) else series
            for one, series in read.items()
        }

    def instances(
        self, calendar_id: str, series_id: SourceId, window: Window
    ) -> tuple[tuple[Stub, ...], tuple[SourceEvent, ...]]:
        """As Source.instances."""
        names = self._names()
        stubs, exceptions = self._inner.instances(calendar_id, self._native_of(series_id), window)
        return stubs, tuple(renamed(one, names) for one in exceptions)

    def attachment_names(self, calendar_id: str, ids: Collection[SourceId]) -> dict[SourceId, tuple[str, ...]]:
        """As Source.attachment_names."""
        names = self._names()
        found = self._inner.attachment_names(calendar_id, self._native(ids))
        return {names.get(one, one): files for one, files in found.items()}

    def is_listed(self, calendar_id: str, event: SourceEvent) -> bool:
        """As Source.is_listed."""
        return self._inner.is_listed(calendar_id, replace(event, id=self._native_of(event.id)))

    def occurrences(self, calendar_id: str, window: Window) -> Iterator[Mapping[str, Any]]:
        """As Source.occurrences."""
        names: Mapping[Any, Any] = self._names()
        for raw in self._inner.occurrences(calendar_id, window):
            yield renamed_raw(raw, names) if names else raw

    def knows_by_likeness(self, one: SourceId) -> bool:
        """Whether a feed lists an event under another UID than before: its title and times tell which one it is."""
        native = self._native_of(one)
        return native != one and native.startswith(PREFIX) and one.startswith(PREFIX)

    def recognise(self, said: Round, links: Collection[Link], lease: Lease | None) -> Round:
        """A full round with those events by their known ids that were mirrored from another source.

        An event is recognised where its UID is unique on both sides, and the list does not have it under the id that
        is known: that id's own answer (not found, malformed, of another mailbox) says nothing then. What is found is
        kept, unless `lease` is None.
        """
        if not said.full:
            return said
        links = [link for link in links if link.fingerprint != FOUND]
        found = self._recognised(said, links)
        if found:
            self._learn(found, lease)
            self._leave_behind(_listed(said), {link.source_id for link in links}, set(found.values()), lease)
            if lease is not None:
                self._note(found, links, lease)
        said = self._without_twins(renamed_round(said, found) if found else said, links)
        return without_parts(said, {link.source_id for link in links})

    def _recognised(self, said: Round, links: Collection[Link]) -> dict[SourceId, SourceId]:
        owned = uids_of(links)
        if not owned:
            return {}
        mirrored = {link.source_id for link in links}
        listed = _listed(said)
        events: defaultdict[str, set[SourceId]] = defaultdict(set)
        for event in (*said.singles.values(), *said.masters.values()):
            events[uid_key(event.ical_uid)].add(event.series_id or event.id)
        found = {}
        for key, by_id in owned.items():
            [(one, uid), *others] = by_id.items()
            if others or not key or one in listed or len(events[key]) > 1:
                continue
            # What a feed does not list goes by the id that it would have there: then the feed can be asked for it.
            absent = feed_id(uid) if self._reads_feed and self._is_stranger(one) else None
            native = next(iter(events[key]), absent)
            if native and native not in mirrored:
                found[native] = one
        return found

    def _without_twins(self, said: Round, links: Collection[Link]) -> Round:
        """A feed cannot hold two events of one UID, as a mailbox can: which of them it lists remains open."""
        owned = uids_of(links) if self._reads_feed else {}
        twins = {key: by_id for key, by_id in owned.items() if len(by_id) > 1 and all(map(self._is_stranger, by_id))}
        self._twins = {one for by_id in twins.values() for one in by_id}
        if not twins:
            return said
        return replace(
            said,
            singles={one: event for one, event in said.singles.items() if uid_key(event.ical_uid) not in twins},
            masters={one: event for one, event in said.masters.items() if uid_key(event.ical_uid) not in twins},
            unreadable=said.unreadable | dict.fromkeys(self._twins, TWINS),
        )

    def known_again(self, findings: Findings, links: Collection[Link], lease: Lease | None) -> Findings:
        """The findings of a full round with those events by their known ids that a feed lists under another UID.

        That is not in the journal: it may be so of every event, with every answer of the server.
        """
        from calmirror.mirror.changed_uids import same_events, taken_over  # noqa: PLC0415 - an idle run finds nothing

        found = same_events(findings, links) if self._reads_feed else {}
        if not found:
            return findings
        self._learn(found, lease)
        return taken_over(findings, found, links)

    def _learn(self, found: Mapping[SourceId, SourceId], lease: Lease | None) -> None:
        """Knows the events by these ids from now on, and in later runs unless `lease` is None.

        `found` leads from the ids that a round goes by, which may be known ones of earlier runs.
        """
        natives = {self._native_of(listed): one for listed, one in found.items()}
        learned = {native: one for native, one in natives.items() if native != one}
        again = set(found.values())
        outdated = {native for native, one in self._names().items() if one in again or native in natives}
        self._rename(outdated - learned.keys(), learned, (), lease)

    def _rename(
        self,
        outdated: Collection[SourceId],
        learned: Mapping[SourceId, SourceId],
        former: Collection[SourceId],
        lease: Lease | None,
    ) -> None:
        """Change what is known of ids: aliases that no longer hold, new ones, and ids of the former mailbox."""
        self._known = {native: one for native, one in self._names().items() if native not in outdated} | dict(learned)
        self._natives = {}
        if lease is not None:
            told = {(ALIAS, native): one for native, one in learned.items()} | {(FORMER, one): 1 for one in former}
            forgotten = [(ALIAS, native) for native in outdated]
            self._mirror.store.remember(self._mirror.name, lease.epoch, told, forgotten=forgotten)

    def _leave_behind(
        self, listed: set[SourceId], owned: set[SourceId], found: set[SourceId], lease: Lease | None
    ) -> None:
        """Knows what a mailbox that was moved lists no more: whatever it answers to an old id, it is a stranger's.

        It was moved where events have other ids now, and none has the one that it had.
        """
        own = {one for one in owned if not self._is_other_kind(one)}
        if not own & found:
            return
        # What has its id of now, where some have, is of the mailbox since it was moved.
        left = {ALL} if own & listed else {ALL} | own - found
        self._former = self._strangers() | left
        self._rename([native for native, one in self._names().items() if one in left], {}, left, lease)

    def _strangers(self) -> set[SourceId]:
        if self._former is None:
            self._former = set(self._mirror.store.memories(self._mirror.name, FORMER))
        return self._former

    def _note(self, found: Mapping[SourceId, SourceId], links: Iterable[Link], lease: Lease) -> None:
        """Says in the journal which events were recognised."""
        store, name = self._mirror.store, self._mirror.name
        how = "now read from a published calendar" if self._reads_feed else "now read by sign-in"
        journal = [
            JournalEntry(
                source_id=link.source_id,
                part=link.part,
                event_id=link.event_id,
                verb=Verb.UPDATE,
                reason=f"the same event, {how if self._is_other_kind(link.source_id) else MOVED}: nothing was written",
                before=link.sent,
                after=link.sent,
            )
            for link in links
            if not link.part and link.source_id in set(found.values())
        ]
        store.settle(name, lease.epoch, lease.run, journal=journal)

    @property
    def _reads_feed(self) -> bool:
        return bool(self._mirror.settings.feed)

    def _is_stranger(self, one: SourceId) -> bool:
        """Whether an id is of the other kind of source, or of the mailbox before it was moved, and leads nowhere."""
        is_foreign = self._is_other_kind(one) or (not self._reads_feed and one in self._strangers())
        return is_foreign and self._native_of(one) == one

    def _is_other_kind(self, one: SourceId) -> bool:
        return one.startswith(PREFIX) != self._reads_feed

    def _names(self) -> dict[SourceId, SourceId]:
        if self._known is None:
            store, name = self._mirror.store, self._mirror.name
            natives = store.memories(name, ALIAS)
            # Of two sources that took turns each has its own ids; those of the other one do not matter here.
            own = [one for one in natives if one.startswith(PREFIX) == self._reads_feed]
            self._known = store.recall(name, ALIAS, own)
        return self._known

    def _native_of(self, one: SourceId) -> SourceId:
        names = self._names()
        if len(self._natives) != len(names):
            self._natives = {known: native for native, known in names.items()}
        return self._natives.get(one, one)

    def _native(self, ids: Iterable[SourceId]) -> list[SourceId]:
        return [self._native_of(one) for one in ids]


def _listed(said: Round) -> set[SourceId]:
    return {*said.singles, *said.masters, *said.exceptions, *said.stubs, *said.unreadable}
