"""What Google holds of the events that a plan rewrites, replaces or deletes, read before it is carried out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from calmirror.google.wire import stands
from calmirror.mirror.age import run_of
from calmirror.mirror.context import Lease, Mirror
from calmirror.mirror.drift import DriftReport, Rulings, detect_drift
from calmirror.mirror.recognition import series_of
from calmirror.mirror.user_edits import as_found, by_hand, edits_on, edits_sent, inherited
from calmirror.mirror.write_job import Versions
from calmirror.model.ids import EventId, SourceId
from calmirror.model.mirror import JournalEntry, Link, Verb
from calmirror.model.policy import DeletedInGoogle, OnDrift
from calmirror.model.times import Window
from calmirror.plan import identity
from calmirror.plan.actions import Action, Plan

PAGE = 2500
"""Events on a page of Google's list."""
USED_GENERATION = "generation"
"""The kind of memory that tells the last generation of a source event whose ids are known to be taken for good."""
WORTH = 5
"""A page is read for more than so many events: it counts as one of them, but takes as long as hundreds."""

Row = Mapping[str, Any]


class Preread:
    """Knows the events as they were before our writes: for the user edits, for the journal, and for their versions.

    Of a series all is read that Google holds of it: what a person made of single occurrences is ours to keep right, and
    no write to the series may miss it. The version alone would not do for a single event either: a reminder that a
    person set need not move it.
    """

    def __init__(self, mirror: Mirror, lease: Lease, calendar_id: str, window: Window | None = None) -> None:
        self._mirror, self._lease, self._calendar_id, self._window = mirror, lease, calendar_id, window
        self._held: dict[EventId, Row] = {}
        self._read: set[EventId] = set()
        self._series: set[SourceId] = set()
        """Source events of which all is read."""
        self._links: dict[EventId, Link] = {}
        """The recurring events among them."""
        self._used: dict[SourceId, int] = {}
        self._doubted: set[EventId] = set()
        """The instances whose series this run wrote over."""
        self.versions = Versions()

    def read(self, plan: Plan, links: Iterable[Link]) -> DriftReport:
        """Reads what the plan is about and was not read yet; what that means for the links.

        Only what concerns a series leads to another plan: it names such source events as `owed`.
        """
        if not self._calendar_id:
            return DriftReport()
        links = list(links)
        recurring = {link.source_id for link in links if _recurs(link)} - self._series
        series = {action.source_id for action in plan.actions} & recurring
        owned = [link for link in links if link.source_id in series]
        alone = {link.event_id: link for link in _concerned(plan) if link.source_id not in series | self._series}
        alone = {one: link for one, link in alone.items() if one not in self._read}
        rows = self._fetched(series, alone)
        self._series |= series
        self._links |= {link.event_id: link for link in owned if not link.part}
        self._read |= alone.keys() | {link.event_id for link in owned}
        self._look_up(rows, owned)
        self._see(rows.values())
        return self._singles(plan, alone).and_then(self._of_series(owned, series, rows))

    @property
    def reads(self) -> bool:
        """Whether there is a calendar to read."""
        return bool(self._calendar_id)

    def glance(self, ids: Collection[EventId]) -> dict[EventId, Row]:
        """Those of these events that stand, read for nothing but what they say of the state's age."""
        if self._is_many(len(ids)):
            owned, wanted = self._owned(identity.MIRROR, self._mirror.identity), set(ids)
            found = {one: row for row in owned if (one := EventId(str(row["id"]))) in wanted}
        else:
            found = self._standing(ids)
        self.take_note(found.values())
        return found

    def learn_generations(self, plan: Plan) -> None:
        """Recalls which ids of the plan's new events are taken for good."""
        new = {action.source_id for action in plan.actions if action.verb is Verb.INSERT} - self._used.keys()
        self._used |= self._mirror.store.recall(self._mirror.name, USED_GENERATION, new)

    def instances_after(self, series: Collection[EventId]) -> dict[EventId, list[Row]]:
        """All rows of these series as they are now, after writes to them; cancelled ones as far as they are listed."""
        found: dict[EventId, list[Row]] = {one: [] for one in series}
        if self._is_many(len(series)):
            for row in self._owned(identity.MIRROR, self._mirror.identity):
                found.get(EventId(identity.family_of(str(row["id"]))), []).append(row)
        else:
            for one in series:
                found[one] += self._mirror.destination.series_rows(self._calendar_id, one)
        for rows in found.values():
            self.take_note(rows)
        return found

    def event(self, event_id: EventId) -> Row | None:
        """The event; None where there is none, or it was not read."""
        return self._held.get(event_id)

    def generation(self, action: Action) -> int:
        """The generation of a new event, beyond those that were all deleted."""
        return max(action.generation, self._used.get(action.source_id, -1) + 1)

    def see(self, event: Row) -> None:
        """Takes note of an event that turned out to be another than we knew."""
        self._held[EventId(str(event["id"]))] = event

    def was_there(self, event_id: EventId) -> None:
        """A write that names our last version was taken, so that is what was there, whatever a read said of it."""
        self._read.discard(event_id)

    def edits_on(self, link: Link) -> dict[str, Any]:
        """The user edits on an event; of one that is gone, what was sent of them last."""
        held = self._held.get(link.event_id)
        if held is None:
            return edits_sent(link.sent)
        return edits_on(link.sent, held, self._series_of(held), overwritten=link.is_unsure)

    def inherited(self, link: Link) -> dict[str, Any]:
        """What an instance shows of the user edits on its series."""
        held, series = self._held.get(link.event_id), self._links.get(EventId(identity.family_of(link.event_id)))
        return inherited(held, self.edits_on(series)) if held and series else {}

    def before(self, event_id: EventId, link: Link | None) -> Row | None:
        """What stood in Google under this id, None for nothing. `link` is what we own there, as far as we know."""
        if link is not None and link.is_unsure:
            return link.sent
        held = self._held.get(event_id)
        ours = identity.recognised(held, self._mirror.identity) if held is not None else None
        if held is None or ours is None:
            return link.sent if link and event_id not in self._read else None
        if link is not None:
            return as_found(link, held, self._series_of(held))
        # An instance that has only the marks of its series may be one that was never written.
        return identity.body_of(held) if ours.fingerprint else None

    def doubt(self, instances: Iterable[EventId]) -> None:
        """Attributes what Google holds of these instances to no earlier run: this run wrote, or the journal has it."""
        self._doubted |= set(instances)

    def spread(self, link: Link | None) -> tuple[int, Row] | None:
        """Of an instance that was written over in an earlier run: that run, and what its write to the series left."""
        held = self._held.get(link.event_id) if link is not None and link.is_unsure else None
        if link is None or held is None or link.event_id in self._doubted:
            return None
        series = self._series_of(held)
        (run, _), found = run_of(series), as_found(link, held, series)
        return (run, found) if 0 < run < self._lease.run and found != link.sent else None

    def is_ours(self, event_id: EventId) -> bool:
        """Whether what stands under this id is ours."""
        held = self._held.get(event_id)
        return held is not None and identity.recognised(held, self._mirror.identity) is not None

    def _series_of(self, row: Row) -> Row | None:
        return series_of(row, self._held)

    def _fetched(self, series: Collection[SourceId], alone: Collection[EventId]) -> dict[EventId, Row]:
        """Google counts a page of a list as much as one event, so for many events the list is cheaper."""
        if self._is_many(len(series) + len(alone)):
            keys = {identity.source_key(one) for one in series}
            owned = self._owned(identity.MIRROR, self._mirror.identity)
            return {EventId(str(row["id"])): row for row in owned if row["id"] in alone or _source_of(row) in keys}
        rows = [row for one in series for row in self._owned(identity.SOURCE, identity.source_key(one))]
        found = {EventId(str(row["id"])): row for row in rows}
        return found | self._standing(alone)

    def _is_many(self, count: int) -> bool:
        return count > WORTH and count > WORTH * (self._mirror.store.count_sources(self._mirror.name) // PAGE + 1)

    def _owned(self, key: str, value: str) -> Iterator[Row]:
        return self._mirror.destination.owned_events(self._calendar_id, key, value)

    def _standing(self, ids: Collection[EventId]) -> dict[EventId, Row]:
        found = self._mirror.destination.fetch(self._calendar_id, list(ids)) if ids else {}
        return {one: row for one, row in found.items() if stands(row)}

    def _look_up(self, rows: dict[EventId, Row], owned: Iterable[Link]) -> None:
        """What a list does not have is asked for by its id: nothing is taken for gone because a list says so."""
        rows |= self._standing([link.event_id for link in owned if not link.is_hole and link.event_id not in rows])

    def _see(self, rows: Iterable[Row]) -> None:
        rows = list(rows)
        self.take_note(rows)
        self._held |= {EventId(str(row["id"])): row for row in rows}

    def take_note(self, rows: Iterable[Row]) -> None:
        """Remembers the versions of rows that were read just now; those of what is not ours are never named."""
        ours = [row for row in rows if identity.recognised(row, self._mirror.identity) is not None]
        for row in ours:
            self._lease.check_age(row)
        self.versions.see_all(ours)

    def _singles(self, plan: Plan, links: Mapping[EventId, Link]) -> DriftReport:
        """What a person did to events that the plan is about anyway."""
        gone = self._gone(plan, links)
        there = [link for one, link in links.items() if self.is_ours(one)]
        return self._edits(there).and_then(
            DriftReport(gone=tuple(link.event_id for link in gone), noticed=tuple(by_hand(link, None) for link in gone))
        )

    def _edits(self, links: Iterable[Link]) -> DriftReport:
        """What stands in Google besides what was sent, a reminder alone among it, which need not move the version."""
        found = [
            (link, as_found(link, held, self._series_of(held)))
            for link in links
            if (held := self._held.get(link.event_id))
        ]
        changed = [(link, body) for link, body in found if body != link.sent]
        return DriftReport(
            renewed=tuple(replace(link, sent=body) for link, body in changed),
            noticed=tuple(by_hand(link, body) for link, body in changed),
        )

    def _gone(self, plan: Plan, links: Mapping[EventId, Link]) -> list[Link]:
        """Events that a person deleted and that are to be there."""
        if self._mirror.settings.deleted_in_google is not DeletedInGoogle.RESTORE:
            return []
        owned = {one.event_id for a in plan.actions for one in (a.link, *a.cascade) if one and not one.is_hole}
        return [link for one, link in links.items() if one in owned and one not in self._held]

    def _of_series(
        self, owned: Collection[Link], series: Collection[SourceId], rows: Mapping[EventId, Row]
    ) -> DriftReport:
        """Everything that Google holds of series which the plan is about, held against the links.

        A series that was deleted as a whole is met again when it is written: its own plan still says what it is.
        """
        keys = {identity.source_key(one) for one in series}
        fallen = {link.source_id for link in owned if not link.part and link.event_id not in rows}
        there = [link for link in owned if link.source_id not in fallen]
        settings = self._mirror.settings
        rulings = Rulings(
            now=self._mirror.clock.now(),
            window=self._window,
            restore_changed=settings.on_drift is OnDrift.RESTORE,
            restore_deleted=settings.deleted_in_google is DeletedInGoogle.RESTORE,
        )
        lost = {identity.source_key(one) for one in fallen}
        concerned = [row for row in rows.values() if _source_of(row) in keys - lost]
        report = detect_drift(self._mirror.identity, there, concerned, rulings)
        noticed: list[JournalEntry] = []
        if settings.deleted_in_google is DeletedInGoogle.RESTORE:
            noticed = [by_hand(one, None) for one in owned if one.source_id in fallen and not _is_there(one, rows)]
        gone = tuple(entry.event_id for entry in noticed)
        told = {link.event_id for link in report.renewed}
        same = [one for one in there if one.event_id not in told and self.is_ours(one.event_id) and not one.is_unsure]
        return report.and_then(self._edits(same)).and_then(DriftReport(gone=gone, noticed=tuple(noticed)))


def _is_there(link: Link, rows: Mapping[EventId, Row]) -> bool:
    return link.is_hole or link.event_id in rows


def _source_of(row: Row) -> str:
    return identity.private_marks(row).get(identity.SOURCE, "")


def _recurs(link: Link) -> bool:
    return "_" in link.event_id or bool((link.sent or {}).get("recurrence"))


def _concerned(plan: Plan) -> Iterator[Link]:
    """The links of the events that a plan rewrites, replaces or deletes."""
    for action in plan.actions:
        yield from _links_of(action)


def _links_of(action: Action) -> Iterator[Link]:
    for link in (action.link, action.replaces, *action.cascade):
        if link is not None and not link.is_hole:
            yield link
