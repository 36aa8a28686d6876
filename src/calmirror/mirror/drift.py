"""Links against what Google holds of ours: drift, instances that a person made, and what no link tells of."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from calmirror.google.wire import stands
from calmirror.mirror.recognition import recognised, with_extent
from calmirror.mirror.user_edits import by_hand, edits_on, with_edits
from calmirror.model.ids import EventId, SourceId
from calmirror.model.mirror import FOUND, KEPT, RENEW, RESPECTED, JournalEntry, Link
from calmirror.model.times import Window
from calmirror.plan import identity
from calmirror.plan.content import echo_of, same_times, shows

Rows = Mapping[EventId, Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class DriftReport:
    """What links have to become. `renewed` are links that are new or not as they were, `gone` those of events that are
    no longer ours, or no longer there.

    `owed` are source events whose copies are not as they should be. `changed` and `deleted` count mirror events that a
    person touched in Google; `noticed` is what a person did to them, where it is put right.
    """

    renewed: tuple[Link, ...] = ()
    gone: tuple[EventId, ...] = ()
    owed: frozenset[SourceId] = frozenset()
    noticed: tuple[JournalEntry, ...] = ()
    changed: int = 0
    deleted: int = 0

    def corrected(self, links: Iterable[Link]) -> tuple[Link, ...]:
        """The links as the report bears them out."""
        gone = set(self.gone)
        books = {link.event_id: link for link in links if link.event_id not in gone}
        return tuple((books | {link.event_id: link for link in self.renewed}).values())

    def and_then(self, later: DriftReport) -> DriftReport:
        """Both, of which the later one knows better."""
        renewed = {link.event_id: link for link in (*self.renewed, *later.renewed) if link.event_id not in later.gone}
        return DriftReport(
            renewed=tuple(renewed.values()),
            gone=(*self.gone, *later.gone),
            owed=self.owed | later.owed,
            noticed=self.noticed + later.noticed,
            changed=self.changed + later.changed,
            deleted=self.deleted + later.deleted,
        )


@dataclass(frozen=True, kw_only=True)
class Rulings:
    """What is done about drift. Where `looks` is off, only what no link tells of is taken note of.

    Before the `window` nothing is restored. `now`: UNIX seconds.
    """

    now: float
    looks: bool = True
    restore_changed: bool = True
    restore_deleted: bool = True
    window: Window | None = None

    def is_aged(self, link: Link) -> bool:
        """Whether it ended before the window."""
        return self.window is not None and link.is_past(self.window)


def detect_drift(
    mirror: str, links: Collection[Link], events: Iterable[Mapping[str, Any]], rulings: Rulings
) -> DriftReport:
    """Compares links with the events in Google that may be theirs; `mirror` is the mirror's identity.

    A different version alone is nothing: a write to a series moves that of all its instances. What is to be restored
    loses its link, or is marked to be written again. What a person deleted is otherwise respected: it is not written
    until it is gone in Outlook, too. `events` are all rows that Google holds of these links, cancelled ones as well
    where they were listed.
    """
    return _Comparison(mirror, links, events, rulings).report()


@dataclass
class _Comparison:
    mirror: str
    links: Collection[Link]
    events: Iterable[Mapping[str, Any]]
    rulings: Rulings
    renewed: list[Link] = field(default_factory=list)
    owed: set[SourceId] = field(default_factory=set)
    noticed: list[JournalEntry] = field(default_factory=list)
    changed: int = 0

    def report(self) -> DriftReport:
        known = {link.event_id: link for link in self.links}
        rows = {EventId(str(event.get("id", ""))): event for event in self.events}
        there: set[EventId] = set()
        for event_id, row in rows.items():
            link = known.get(event_id)
            if not stands(row):
                self._called_off(event_id, row, known)
            elif link is not None and row.get("etag") == link.etag:
                there.add(event_id)
            elif identity.recognised(row, self.mirror) is not None:
                there.add(event_id)
                self._moved(link, row, rows) if link else self._unknown(row, rows, known)
        missing = [link for one, link in known.items() if one not in there and self._is_missed(link)]
        gone = self._missing(missing)
        return DriftReport(
            renewed=tuple(self.renewed),
            gone=tuple(gone),
            owed=frozenset(self.owed),
            noticed=tuple(self.noticed),
            changed=self.changed,
            deleted=len(missing),
        )

    @cached_property
    def _recurring_apart(self) -> set[SourceId]:
        """The series of which instances differ."""
        return {link.source_id for link in self.links if identity.instance_of(link.part)}

    def _unknown(self, row: Mapping[str, Any], rows: Rows, known: Mapping[EventId, Link]) -> None:
        """An event of ours that no link tells of: an instance that a person made, or what a lost state had known."""
        link = recognised(self.mirror, row, series=_series_of(row, rows))
        if link is None:
            return
        family = EventId(identity.family_of(link.event_id))
        series = known.get(family)
        if series is None and (family == link.event_id or family in rows):
            self._renew(replace(link, fingerprint=FOUND))
            return
        if (identity.instance_of(link.part) or link.is_split) and not self.rulings.restore_changed:
            derived = series is not None and identity.private_marks(row).get(identity.HASH) == series.fingerprint
            link = replace(link, fingerprint=KEPT if derived else link.fingerprint, drifted_at=self.rulings.now)
        self._renew(link if link.fingerprint else replace(link, echo=echo_of(row)))

    def _moved(self, link: Link, row: Mapping[str, Any], rows: Rows) -> None:
        """An event of another version than we knew. Where its content is the same, nothing happened to it."""
        if link.is_unsure or not self.rulings.looks or link.echo == echo_of(row):
            return
        if not link.echo and shows(row, link.sent or {}):
            self.renewed.append(replace(link, echo=echo_of(row)))
        elif self.rulings.is_aged(link):
            return
        elif self.rulings.restore_changed:
            self.changed += 1
            apart = link.source_id in self._recurring_apart
            held = as_held(row, link, _series_of(row, rows), recurs_apart=apart)
            self.noticed += [by_hand(link, held.sent)] if link.fingerprint else []
            self._renew(held)
        else:
            self.changed += 1
            self.renewed += [] if link.drifted_at else [replace(link, drifted_at=self.rulings.now)]

    def _called_off(self, event_id: EventId, row: Mapping[str, Any], known: Mapping[EventId, Link]) -> None:
        """An occurrence that a person deleted in Google, where the list tells of it."""
        if event_id in known or not (self.rulings.looks and self.rulings.restore_deleted):
            return
        series = known.get(EventId(str(row.get("recurringEventId", ""))))
        part = identity.part_of(event_id, {})
        if series is None or part is None or not identity.instance_of(part) or series.fingerprint == RESPECTED:
            return
        self._renew(
            Link(
                source_id=series.source_id,
                part=part,
                event_id=event_id,
                generation=series.generation,
                fingerprint="",
                etag=str(row.get("etag", "")),
                echo=echo_of(row),
            )
        )

    def _is_missed(self, link: Link) -> bool:
        """Cancelled instances are never listed; what a person deleted of the past, or once and for all, stays so.

        What is to be written again anyway need not be there.
        """
        owed = bool(identity.instance_of(link.part)) and not link.fingerprint
        kept = link.is_hole or owed or link.fingerprint == RESPECTED or self.rulings.is_aged(link)
        return self.rulings.looks and not kept

    def _missing(self, missing: Iterable[Link]) -> list[EventId]:
        gone = []
        for link in missing:
            if self.rulings.restore_deleted or link.part:
                gone.append(link.event_id)
                self.noticed.append(by_hand(link, None))
                self.owed.add(link.source_id)
            else:
                self.renewed.append(replace(link, fingerprint=RESPECTED, drifted_at=self.rulings.now))
        return gone

    def _renew(self, link: Link) -> None:
        self.renewed.append(link)
        self.owed.add(link.source_id)


def as_held(
    event: Mapping[str, Any], known: Link, series: Mapping[str, Any] | None, *, recurs_apart: bool = False
) -> Link:
    """A link as Google holds its event, to be written again with the user edits.

    `recurs_apart`: there are instances that differ from their series; if the series' times were changed, what Google
    did with them is not documented, and the series is made anew.
    """
    sent = with_edits(identity.body_of(event), edits_on(known.sent, event, series), known.sent)
    anew = recurs_apart and not known.part and not same_times(event, known.sent or {})
    held = replace(
        known,
        fingerprint=RENEW if anew else "",
        etag=str(event.get("etag", "")),
        sequence=int(event.get("sequence", 0)),
        sent=sent,
        echo=echo_of(event),
        drifted_at=0.0,
    )
    return with_extent(held, event)


def _series_of(row: Mapping[str, Any], rows: Rows) -> Mapping[str, Any] | None:
    """Of an instance, the row of its series."""
    event_id = str(row.get("id", ""))
    family = EventId(identity.family_of(event_id))
    return rows.get(family) if family != event_id else None
