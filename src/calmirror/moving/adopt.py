"""Taking over what other tools copied into Google: our own event first, then theirs goes, one by one and proven."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from calmirror.google.calendar import Outcome, Write
from calmirror.mirror.apply import BATCH, apply
from calmirror.mirror.context import PADDING, Lease, Mirror, leased
from calmirror.mirror.destination_calendar import existing_destination
from calmirror.mirror.drift_polling import store_report
from calmirror.mirror.preread import Preread
from calmirror.mirror.run import run
from calmirror.mirror.user_edits import edits_sent, with_edits
from calmirror.model.ids import EventId, SourceId
from calmirror.model.mirror import FOREIGN, JournalEntry, Link, Verb
from calmirror.moving.pairing import Copy, Left, Pair, Slot
from calmirror.moving.prospect import Terms, prospect, reason_of, slot_of, uids_in
from calmirror.plan import identity
from calmirror.plan.actions import Action, Plan

if TYPE_CHECKING:
    from calmirror.mirror.report import Report

ADOPTED = "adopted"


@dataclass(kw_only=True)
class Adopted:
    """What an adoption did. `kept` counts our events that got the person's colour, reminder or note of a copy."""

    report: Report
    deleted: int = 0
    kept: int = 0
    left: list[Left] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """That of the sync: a copy that is left is no failure."""
        return self.report.exit_code


def adopt(mirror: Mirror, terms: Terms, agreed: Collection[EventId]) -> Adopted:
    """Synchronises, gives our events what the person set on the copies, and deletes those that ours replace.

    A copy goes only where Google shows ours for it, and only in the version that was looked at. One that was cut
    short is repeated: what it did is no longer there to be found.

    Args:
        mirror: which one.
        terms: as for `look`.
        agreed: the copies that a person was shown and may go; others stay.

    Raises:
        SafetyStopError: `adopt-mismatch`; and what `run` raises. No copy was deleted.
    """
    report = run(mirror, full=True)
    links = mirror.store.links(mirror.name)
    looked = prospect(mirror, report, uids_in(link.sent for link in links), terms)
    mismatched = None if terms.allow_mismatch else looked.mismatched()
    if mismatched is not None:
        raise mismatched
    done = Adopted(report=report, left=list(looked.pairing.left))
    proof = _Proof(mirror, links)
    for pair in looked.pairing.pairs:
        if pair.copy.event_id in agreed and not proof.is_shown(pair):
            done.left.append(
                Left(pair.copy, "nothing, or not all of it, is shown instead: see your settings and rules")
            )
    left = {one.copy.event_id for one in done.left}
    pairs = [one for one in looked.pairing.pairs if one.copy.event_id in agreed and one.copy.event_id not in left]
    if pairs:
        with leased(mirror) as lease, lease.recorded():
            _take_over(mirror, lease, looked.calendar_id, pairs, proof, done)
    return done


class _Proof:
    """What Google shows of ours right now: a copy goes only where ours is there for it."""

    def __init__(self, mirror: Mirror, links: Collection[Link]) -> None:
        window, own = mirror.window_now().padded(PADDING), existing_destination(mirror)
        self._shown: set[tuple[str, Slot]] = set()
        # Marks alone prove nothing: whoever may write into the calendar can copy them.
        known = {identity.family_of(link.event_id) for link in links}
        for event in mirror.destination.occurrences(own, window, identity.MIRROR, mirror.identity):
            if identity.family_of(str(event["id"])) in known:
                self._shown.add((identity.private_marks(event).get(identity.SOURCE, ""), slot_of(event)))
        self._sources = {source for source, _ in self._shown}
        self._links: defaultdict[SourceId, dict[str, Link]] = defaultdict(dict)
        for link in links:
            if not link.is_hole:
                self._links[link.source_id][link.part] = link

    def is_shown(self, pair: Pair) -> bool:
        """Whether ours is there: at the time of a single copy; of a series, as one whole series."""
        key = identity.source_key(pair.source_id)
        if pair.copy.series:
            whole = self._links[pair.source_id].get("")
            return key in self._sources and whole is not None and bool((whole.sent or {}).get("recurrence"))
        return (key, pair.slot) in self._shown if pair.slot else key in self._sources

    def ours(self, pair: Pair) -> Link | None:
        """Our event that shows what the copy shows: a changed occurrence, or the whole event or series."""
        links = self._links[pair.source_id]
        exact = (link for link in links.values() if link.part and pair.slot and _begins(link, pair.slot))
        return next(exact, links.get(""))


def _begins(link: Link, slot: Slot) -> bool:
    start = (link.sent or {}).get("start") or {}
    return bool(slot.starts in (start.get("date"), link.starts))


def _take_over(
    mirror: Mirror, lease: Lease, calendar_id: str, pairs: Sequence[Pair], proof: _Proof, done: Adopted
) -> None:
    plan, own = Plan(actions=tuple(_touches(pairs, proof))), existing_destination(mirror)
    preread = Preread(mirror, lease, own)
    store_report(mirror, lease, preread.read(plan, mirror.store.links(mirror.name)))
    kept = apply(mirror, lease, own, plan, preread)
    done.kept = kept.written[Verb.UPDATE.value]
    hindered = kept.skipped.keys() | kept.again
    done.left += [Left(pair.copy, "its colour could not be kept yet") for pair in pairs if pair.source_id in hindered]
    rest = iter([pair for pair in pairs if pair.source_id not in hindered])
    while batch := list(islice(rest, BATCH)):
        mirror.progress("Deleting copies", done.deleted, len(pairs))
        _delete(mirror, lease, calendar_id, batch, done)
    counts = {Verb.UPDATE.value: done.kept, Verb.DELETE.value: done.deleted}
    lease.end(ADOPTED, counts)


def _touches(pairs: Iterable[Pair], proof: _Proof) -> Iterator[Action]:
    """Ours with the person's fields, where all copies that one event of ours replaces have the same."""
    wanted: defaultdict[EventId, list[Copy]] = defaultdict(list)
    ours: dict[EventId, Link] = {}
    for pair in pairs:
        link = proof.ours(pair)
        if link is not None and link.sent is not None and not edits_sent(link.sent):
            wanted[link.event_id].append(pair.copy)
            ours[link.event_id] = link
    for event_id, made in wanted.items():
        if made[0].theirs and all(one.theirs == made[0].theirs for one in made):
            yield _with(ours[event_id], made[0])


def _with(link: Link, made: Copy) -> Action:
    """Our event written again; what the person set on the copy goes over, as on every event that takes one's place."""
    sent = link.sent or {}
    theirs = Link(
        source_id=link.source_id,
        part=link.part,
        event_id=made.event_id,
        generation=link.generation,
        fingerprint="",
        sent=with_edits(identity.body_of(made.body), made.theirs),
    )
    return Action(
        verb=Verb.UPDATE,
        source_id=link.source_id,
        part=link.part,
        generation=link.generation,
        reason=f"colour, reminder or note of the copy of {made.tool.name}",
        title=str(sent.get("summary", "")),
        when=link.starts,
        ends=link.ends,
        body=sent,
        fingerprint=link.fingerprint,
        since=link.since,
        children=link.children,
        link=link,
        replaces=theirs,
    )


def _delete(mirror: Mirror, lease: Lease, calendar_id: str, pairs: Sequence[Pair], done: Adopted) -> None:
    """Deletes copies in the version that was read. They are in the journal before they go: no crash loses one."""
    lease.renew()
    _journal(mirror, lease, [_entry(pair, reason_of(pair), after=None) for pair in pairs])
    by_id = {pair.copy.event_id: pair for pair in pairs}
    writes = [Write(verb=Verb.DELETE, event_id=one, etag=str(pair.copy.body["etag"])) for one, pair in by_id.items()]
    for results in mirror.destination.send(calendar_id, writes):
        refused = [
            result for result in results if result.outcome not in (Outcome.DONE, Outcome.DELETED, Outcome.MISSING)
        ]
        done.deleted += len(results) - len(refused)
        stays = [by_id[result.write.event_id] for result in refused]
        done.left += [Left(pair.copy, "it was changed just now, or Google does not let it go") for pair in stays]
        _journal(
            mirror, lease, [_entry(pair, "stays: it was changed meanwhile", after=pair.copy.body) for pair in stays]
        )


def _journal(mirror: Mirror, lease: Lease, entries: Sequence[JournalEntry]) -> None:
    if entries:
        mirror.store.settle(mirror.name, lease.epoch, lease.run, journal=entries)


def _entry(pair: Pair, reason: str, *, after: Mapping[str, Any] | None) -> JournalEntry:
    return JournalEntry(
        source_id=pair.source_id,
        part=FOREIGN + pair.copy.tool.name,
        event_id=pair.copy.event_id,
        verb=Verb.DELETE if after is None else Verb.UPDATE,
        reason=reason,
        before=pair.copy.body,
        after=after,
    )
