"""Settling the writes that an interrupted run left open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from calmirror.google.wire import stands
from calmirror.mirror.age import run_of
from calmirror.mirror.recognition import cancelled_instance, recognised, series_of
from calmirror.mirror.user_edits import by_hand
from calmirror.model.ids import EventId
from calmirror.model.mirror import LANDED_EARLIER, Intent, JournalEntry, Link, Verb
from calmirror.plan import identity

if TYPE_CHECKING:
    from calmirror.mirror.context import Lease, Mirror


def settle_open_intents(mirror: Mirror, lease: Lease, calendar_id: str, intents: Iterable[Intent]) -> None:
    """Reads the events of open intents in Google, and corrects the links by them.

    What turns out to be written stands in the journal of the run that sent it, unless that is forgotten.
    """
    known = {intent.event_id: intent for intent in intents}
    if not known or not calendar_id:
        return
    old = {link.event_id: link for link in mirror.store.links_of(mirror.name, {i.source_id for i in known.values()})}
    # Of an instance its series tells what Google spread over it: a colour that both have is nobody's choice for it.
    families = {EventId(identity.family_of(one)): None for one in known}
    found = mirror.destination.fetch(calendar_id, list(known | families))
    settling = _Settling(mirror, lease, old)
    rows = {one: event for one, event in found.items() if event is not None}
    for event_id, intent in known.items():
        settling.settle(intent, found[event_id], rows)
    settling.store()


@dataclass
class _Settling:
    mirror: Mirror
    lease: Lease
    old: Mapping[EventId, Link]
    links: dict[EventId, Link] = field(default_factory=dict)
    lost: list[Link] = field(default_factory=list)
    journal: dict[int, list[JournalEntry]] = field(default_factory=dict)

    def settle(
        self, intent: Intent, event: Mapping[str, Any] | None, rows: Mapping[EventId, Mapping[str, Any]]
    ) -> None:
        before = self.old.get(intent.event_id)
        series = series_of(event, rows) if event is not None else None
        link = recognised(self.mirror.identity, event, before, series) or _cancelled(intent, event)
        if link is None and before is not None:
            self._gone(intent, before)
        elif link is not None and _landed(intent, before, link):
            self.links[link.event_id] = link
            self._enter(intent.run, _entry(intent, before, link))
            self._doubt_instances(link)

    def store(self) -> None:
        own = self.journal.pop(self.lease.run, [])
        self.mirror.store.settle(
            self.mirror.name,
            self.lease.epoch,
            self.lease.run,
            links=list(self.links.values()),
            gone=[link.event_id for link in self.lost],
            journal=own,
            earlier=self.journal,
        )

    def _gone(self, intent: Intent, before: Link) -> None:
        """An event that is no longer there: only a deletion of ours makes one vanish, otherwise it was a person."""
        # What a person cut off the series has an id that begins like an instance's, and goes on without the series.
        instances = (one for one in self.old.values() if identity.instance_of(one.part))
        for link in (before, *(one for one in instances if one.event_id.startswith(f"{before.event_id}_"))):
            self.lost.append(link)
            if link.is_hole:
                continue
            if intent.verb is Verb.DELETE:
                entry = _entry(replace(intent, part=link.part, event_id=link.event_id), link, None)
                self._enter(intent.run, entry)
            else:
                self._enter(self.lease.run, by_hand(link, None))

    def _doubt_instances(self, series: Link) -> None:
        """Google may have written the series' texts over its instances': they are written again."""
        instances = [link for link in self.old.values() if identity.instance_of(link.part) and not link.is_hole]
        for link in instances if not series.part else ():
            if identity.family_of(link.event_id) == series.event_id and link not in self.lost:
                self.links.setdefault(link.event_id, replace(link, fingerprint="", echo=""))

    def _enter(self, run: int, entry: JournalEntry) -> None:
        known = run == self.lease.run or self.mirror.store.run(run) is not None
        self.journal.setdefault(run if known else self.lease.run, []).append(entry)


def _landed(intent: Intent, before: Link | None, after: Link) -> bool:
    """Whether what Google holds is our write; an event of the same content at another version is a person's doing.

    An instance that has only the marks of its series was never written, or by a person. One that Google wrote its
    series over is of another version, too, but has the mark of the run that wrote it last.
    """
    if not after.fingerprint:
        return False
    if before is not None and before.is_unsure:
        return run_of(after.sent)[0] == intent.run
    return before is None or (after.fingerprint != before.fingerprint and after.etag != before.etag)


def _cancelled(intent: Intent, event: Mapping[str, Any] | None) -> Link | None:
    instance = identity.instance_of(intent.part)
    if not instance or event is None or stands(event):
        return None
    return cancelled_instance(intent.source_id, intent.event_id, instance, intent.generation)


def _entry(intent: Intent, before: Link | None, after: Link | None) -> JournalEntry:
    return JournalEntry(
        source_id=intent.source_id,
        part=intent.part,
        event_id=intent.event_id,
        verb=Verb.DELETE if after is None or after.is_hole else Verb.UPDATE if before else Verb.INSERT,
        reason=LANDED_EARLIER,
        before=before.sent if before else None,
        after=after.sent if after else None,
        # What the interrupted run knew of its reason is lost: counted rather once too often against the budget.
        proven_deletion=after is None and not intent.part,
    )
