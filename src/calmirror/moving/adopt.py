"""Taking over what other tools copied into Google: our own event first, then theirs goes, one by one and proven."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from calmirror.errors import SafetyStopError, UserFixableError
from calmirror.google.calendar import Outcome, Write
from calmirror.google.wire import moments
from calmirror.mirror.apply import BATCH, apply
from calmirror.mirror.context import PADDING, Lease, Mirror, leased
from calmirror.mirror.place import existing_destination
from calmirror.mirror.run import run
from calmirror.mirror.touch import remembered, touched, with_touch
from calmirror.model.ids import EventId, SourceId
from calmirror.model.mirror import FOREIGN, JournalEntry, Link, Verb
from calmirror.model.times import Window
from calmirror.moving.pairing import Copy, Left, Occurrence, Pair, Pairing, Slot, paired
from calmirror.moving.tools import Tool, has_guests, tool_of
from calmirror.plan import identity
from calmirror.plan.actions import Action, Plan

if TYPE_CHECKING:
    from calmirror.mirror.report import Report

ADOPTED = "adopted"
FEW = 4
"""So many copies are too few to tell whether they are of this calendar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a person asked for. `calendar_id` is where the copies are, "" for the mirror's own destination."""

    calendar_id: str = ""
    unmarked: bool = False
    by_time: bool = False
    allow_mismatch: bool = False


@dataclass(frozen=True, kw_only=True)
class Prospect:
    """What an adoption would do: the sync that goes before it, and what becomes of each copy."""

    report: Report
    calendar_id: str
    pairing: Pairing
    others: int
    """Events in the window that no tool made, and neither did we."""

    @property
    def tools(self) -> Counter[str]:
        """How many copies each tool has in the window."""
        copies = [*(pair.copy for pair in self.pairing.pairs), *(left.copy for left in self.pairing.left)]
        return Counter(copy.tool.name for copy in copies)

    def plan(self) -> Plan:
        """The deletions, to be shown."""
        return Plan(actions=tuple(_shown(pair) for pair in self.pairing.pairs))

    def mismatched(self) -> SafetyStopError | None:
        """Why this is not believed: copies of a tool would go, most of which are of no event in this calendar."""
        going = Counter(pair.copy.tool.name for pair in self.pairing.pairs)
        fitting = going + Counter(left.copy.tool.name for left in self.pairing.left if left.by_time)
        for tool, number in self.tools.items():
            if number > FEW and going[tool] and fitting[tool] * 2 < number:
                return SafetyStopError(
                    f'Mirror "{self.report.mirror}": only {fitting[tool]} of {number} copies of {tool} are of events '
                    "in its Outlook calendar.",
                    code="adopt-mismatch",
                    command=f"If they are meant: calmirror adopt --mirror {self.report.mirror} --allow-mismatch",
                )
        return None


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


def look(mirror: Mirror, asked: Asked) -> Prospect:
    """What an adoption would do now; writes nothing.

    Raises:
        UserFixableError: `copies-unreachable` for a calendar that the sign-in cannot reach.
        SafetyStopError: the sync that goes first would be refused.
    """
    report = run(mirror, dry_run=True, full=True)
    if report.refused is not None:
        raise report.refused
    written = (action.body for action in (report.plan.actions if report.plan else ()))
    sent = (link.sent for link in mirror.store.links(mirror.name))
    return _prospect(mirror, report, _uids([*written, *sent]), asked)


def adopt(mirror: Mirror, asked: Asked, agreed: Collection[EventId]) -> Adopted:
    """Synchronises, gives our events what the person set on the copies, and deletes those that ours replace.

    A copy goes only where Google shows ours for it, and only in the version that was looked at. One that was cut
    short is repeated: what it did is no longer there to be found.

    Args:
        mirror: which one.
        asked: as for `look`.
        agreed: the copies that a person was shown and may go; others stay.

    Raises:
        SafetyStopError: `adopt-mismatch`; and what `run` raises. No copy was deleted.
    """
    report = run(mirror, full=True)
    links = mirror.store.links(mirror.name)
    prospect = _prospect(mirror, report, _uids(link.sent for link in links), asked)
    mismatched = None if asked.allow_mismatch else prospect.mismatched()
    if mismatched is not None:
        raise mismatched
    done = Adopted(report=report, left=list(prospect.pairing.left))
    proof = _Proof(mirror, links)
    for pair in prospect.pairing.pairs:
        if pair.copy.event_id in agreed and not proof.is_shown(pair):
            done.left.append(
                Left(pair.copy, "nothing, or not all of it, is shown instead: see your settings and rules")
            )
    left = {one.copy.event_id for one in done.left}
    pairs = [one for one in prospect.pairing.pairs if one.copy.event_id in agreed and one.copy.event_id not in left]
    if pairs:
        with leased(mirror) as lease, lease.recorded():
            _take_over(mirror, lease, prospect.calendar_id, pairs, proof, done)
    return done


def _prospect(mirror: Mirror, report: Report, uids: Mapping[str, SourceId], asked: Asked) -> Prospect:
    window = mirror.window_now()
    calendar_id = asked.calendar_id or existing_destination(mirror)
    copies, others = _copies(mirror, calendar_id, window, asked) if calendar_id else ([], 0)
    outlook = list(_occurrences(mirror, window)) if copies else []
    pairing = paired(copies, outlook, uids, by_time=asked.by_time)
    return Prospect(report=report, calendar_id=calendar_id, pairing=pairing, others=others)


def _uids(bodies: Iterable[Mapping[str, Any] | None]) -> dict[str, SourceId]:
    """Outlook's events by iCalUId, as our own marks tell them; where two share one, neither."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for body in bodies:
        marks = identity.private_marks(body or {})
        found[marks.get(identity.UID, "").lower()].add(marks.get(identity.SOURCE, ""))
    found.pop("", None)
    return {uid: SourceId(one) for uid, sources in found.items() if len(sources) == 1 for one in sources}


def _copies(mirror: Mirror, calendar_id: str, window: Window, asked: Asked) -> tuple[list[Copy], int]:
    """Other tools' copies in the window, each series as one; and the number of all other events."""
    mirror.progress("Looking for copies of other tools in Google", 0, 0)
    instances: defaultdict[EventId, list[Mapping[str, Any]]] = defaultdict(list)
    tools: dict[EventId, Tool] = {}
    others: set[str] = set()
    try:
        for event in mirror.destination.all_events(calendar_id, window.padded(PADDING)):
            event_id = EventId(str(event.get("recurringEventId") or event["id"]))
            tool = tool_of(event, unmarked=asked.unmarked)
            if tool is not None:
                tools.setdefault(event_id, tool)
                instances[event_id].append(event)
            elif identity.MIRROR not in identity.private_marks(event):
                others.add(event_id)
    except UserFixableError as error:
        raise _unreachable(error) from error
    series = [one for one, events in instances.items() if "recurringEventId" in events[0]]
    whole = mirror.destination.fetch(calendar_id, series) if series else {}
    bodies = {one: whole.get(one) or events[0] for one, events in instances.items()}
    copies = [_copy(bodies[one], tools[one], events) for one, events in instances.items()]
    return copies, len(others - instances.keys())


def _unreachable(error: UserFixableError) -> UserFixableError:
    if error.code not in ("google-calendar-missing", "google-scope"):
        return error
    return UserFixableError(
        "The Google calendar with the copies cannot be reached by this sign-in.",
        code="copies-unreachable",
        command='Add scope = "owned" to [google] ("events" for a calendar that is not yours) and sign in again: '
        "calmirror connect google. Or leave that calendar as it is, and hide it",
    )


def _copy(body: Mapping[str, Any], tool: Tool, events: Sequence[Mapping[str, Any]]) -> Copy:
    # What the tool never sets is at Google's defaults, unless a person set it.
    made = {"reminders": {"useDefault": True}} | {name: body[name] for name in tool.sets if name in body}
    return Copy(
        event_id=EventId(str(body["id"])),
        tool=tool,
        title=str(body.get("summary", "")),
        slots=tuple(_slot(event) for event in events),
        series=bool(body.get("recurrence")),
        body=body,
        theirs=touched(made, body),
        guests=any(map(has_guests, (body, *events))),
    )


def _slot(event: Mapping[str, Any]) -> Slot:
    span = moments(event)
    return Slot(span.start.isoformat(), span.end.isoformat())


def _occurrences(mirror: Mirror, window: Window) -> Iterator[Occurrence]:
    """Outlook's occurrences with their own titles: what the settings hide or rename is still a copy's origin."""
    mirror.progress("Asking Microsoft for every occurrence", 0, 0)
    calendar_id = mirror.state.source_calendar or mirror.source.resolve(mirror.settings.source)
    for raw in mirror.source.occurrences(calendar_id, window.padded(PADDING)):
        starts, ends = (str(raw[edge]["dateTime"])[:19] for edge in ("start", "end"))
        slot = Slot(starts[:10], ends[:10]) if raw.get("isAllDay") else Slot(f"{starts}+00:00", f"{ends}+00:00")
        series = raw.get("seriesMasterId")
        yield Occurrence(SourceId(str(series or raw["id"])), str(raw.get("subject") or ""), slot, bool(series))


def _shown(pair: Pair) -> Action:
    copy = pair.copy
    link = Link(
        source_id=pair.source_id,
        part=FOREIGN + copy.tool.name,
        event_id=copy.event_id,
        generation=0,
        fingerprint="",
        sent=copy.body,
    )
    return Action(
        verb=Verb.DELETE,
        source_id=pair.source_id,
        part=link.part,
        generation=0,
        reason=_reason(pair),
        title=copy.title,
        when=copy.slots[0].starts,
        link=link,
    )


def _reason(pair: Pair) -> str:
    return f"copy of {pair.copy.tool.name}, known by {pair.by}; calmirror's own takes its place"


class _Proof:
    """What Google shows of ours right now: a copy goes only where ours is there for it."""

    def __init__(self, mirror: Mirror, links: Iterable[Link]) -> None:
        window, name = mirror.window_now().padded(PADDING), mirror.name
        self._shown: set[tuple[str, Slot]] = set()
        for event in mirror.destination.occurrences(existing_destination(mirror), window, identity.MIRROR, name):
            self._shown.add((identity.private_marks(event).get(identity.SOURCE, ""), _slot(event)))
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
    kept = apply(mirror, lease, existing_destination(mirror), Plan(actions=tuple(_touches(pairs, proof))))
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
    wanted: defaultdict[EventId, list[Mapping[str, Any]]] = defaultdict(list)
    ours: dict[EventId, tuple[Link, str]] = {}
    for pair in pairs:
        link = proof.ours(pair)
        if link is not None and link.sent is not None and not remembered(link.sent):
            wanted[link.event_id].append(pair.copy.theirs)
            ours[link.event_id] = link, pair.copy.tool.name
    for event_id, fields in wanted.items():
        link, tool = ours[event_id]
        if fields[0] and all(one == fields[0] for one in fields):
            yield _with(link, fields[0], f"colour, reminder or note of the copy of {tool}")


def _with(link: Link, theirs: Mapping[str, Any], reason: str) -> Action:
    sent = link.sent or {}
    return Action(
        verb=Verb.UPDATE,
        source_id=link.source_id,
        part=link.part,
        generation=link.generation,
        reason=reason,
        title=str(sent.get("summary", "")),
        when=link.starts,
        ends=link.ends,
        body=with_touch(sent, theirs),
        fingerprint=link.fingerprint,
        since=link.since,
        children=link.children,
        link=replace(link),
    )


def _delete(mirror: Mirror, lease: Lease, calendar_id: str, pairs: Sequence[Pair], done: Adopted) -> None:
    """Deletes copies in the version that was read. They are in the journal before they go: no crash loses one."""
    lease.renew()
    _journal(mirror, lease, [_entry(pair, _reason(pair), after=None) for pair in pairs])
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
