"""Undoing: from what the journal says stood in Google before a run, and what we own there now, to a plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any

from calmirror.model.ids import EventId, SourceId
from calmirror.model.marker import defused
from calmirror.model.mirror import RENEW, RESPECTED, Desired, DesiredEvent, JournalEntry, Link, Verb
from calmirror.model.times import Window
from calmirror.plan import identity
from calmirror.plan.actions import Action, Note, Plan
from calmirror.plan.diff import plan_changes
from calmirror.plan.note import NOTE, split_note, with_note

ALWAYS = Window(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
"""The window of a plan to which nothing is past."""
FIELDS = ("summary", "description", "location", "start", "end", "recurrence", "transparency", "visibility")
"""Fields that we write, besides the colour and the reminder; what a person added to an event is never sent."""
UNSAID = {"transparency": "opaque", "visibility": "default", "status": "confirmed"}
OPENNESS = ("busy", "no-details", "full")
"""Profiles by how much they show."""


@dataclass(frozen=True, slots=True)
class Stood:
    """One event as it stood in Google before the run."""

    event_id: EventId
    body: Mapping[str, Any]

    @property
    def marks(self) -> dict[str, str]:
        """Our private marks on it."""
        return identity.private_marks(self.body)

    @property
    def part(self) -> str:
        """Which part of its source event it was."""
        return identity.part_of(self.event_id, self.marks) or ""

    @property
    def generation(self) -> int:
        """The generation in its id."""
        return _generation(self.body)


def plan_undo(mirror: str, entries: Iterable[JournalEntry], links: Iterable[Link], run: int) -> Plan:
    """The plan that makes the events of these entries what they were before the first entry of each.

    What comes back is written as events of a new generation: what Google does with an id that was deleted, and with
    the instances of such a series, is not documented.

    Args:
        mirror: its identity.
        entries: what the run and all later ones wrote, in order.
        links: all that we own.
        run: the run's number, for the reasons.
    """
    first: dict[EventId, JournalEntry] = {}
    used: dict[SourceId, int] = defaultdict(int)
    latest: dict[tuple[SourceId, str], Mapping[str, Any]] = {}
    for entry in entries:
        latest |= {(entry.source_id, entry.part): entry.before} if entry.before is not None else {}
        first.setdefault(entry.event_id, entry)
        used[entry.source_id] = max(used[entry.source_id], *map(_generation, (entry.before, entry.after)))
    owned: dict[SourceId, list[Link]] = {entry.source_id: [] for entry in first.values()}
    for link in links:
        if link.source_id in owned:
            owned[link.source_id].append(link)
    pieces = [_Piece(one, first, own, latest) for one, own in owned.items()]
    gone = {piece.source_id: f"was not there before run {run}" for piece in pieces if not piece.stood}
    plan = plan_changes(
        mirror,
        [piece.desired() for piece in pieces if piece.stood],
        gone,
        [link for piece in pieces for link in piece.links()],
        ALWAYS,
    )
    by_source = {piece.source_id: piece for piece in pieces}
    actions = (_as_before(a, by_source[a.source_id], used[a.source_id], run) for a in plan.actions)
    notes = [note for piece in pieces for note in piece.notes()]
    return replace(plan, actions=tuple(a for a in actions if not _is_idle(a)), refreshed=(), notes=tuple(notes))


class _Piece:
    """One source event: what stood of it before the run, beside what we own of it now."""

    def __init__(
        self,
        source_id: SourceId,
        first: Mapping[EventId, JournalEntry],
        owned: Iterable[Link],
        latest: Mapping[tuple[SourceId, str], Mapping[str, Any]],
    ) -> None:
        self.source_id, self.owned = source_id, list(owned)
        written = {one: entry for one, entry in first.items() if entry.source_id == source_id}
        untouched = [link for link in self.owned if link.event_id not in written and not link.is_hole]
        there = [Stood(link.event_id, link.sent or {}) for link in untouched if link.fingerprint != RESPECTED]
        there += [Stood(one, entry.before) for one, entry in written.items() if entry.before is not None]
        of_series = identity.set_by_hand(latest.get((source_id, ""), {}))
        self.stood = {
            part: _as_all_were_set(one, latest.get((source_id, part), {}), of_series) if part else one
            for part, one in _newest(there).items()
        }
        self.by_hand = {
            part: _as_set_by_hand(s.body, latest.get((source_id, part), {})) for part, s in self.stood.items()
        }

    @property
    def whole(self) -> Link | None:
        """The recurring or single event that we own of it now."""
        found = [link for link in self.owned if not link.part]
        return max(found, key=lambda link: link.generation, default=None)

    def desired(self) -> Desired:
        """What stood there, as if it were wanted now."""
        marks = next(iter(self.stood.values())).marks
        return Desired(
            source_id=self.source_id,
            ical_uid=marks.get(identity.UID, ""),
            parts=tuple(_desired_event(one) for one in self.stood.values()),
            schedule=marks.get(identity.SCHEDULE, ""),
            since=marks.get(identity.SINCE, ""),
            children=next((link.children for link in self.owned if link.children), ()),
            holes=frozenset(identity.instance_of(link.part) for link in self.owned if link.is_hole) - self._instances(),
            exploded="" not in self.stood,
        )

    def links(self) -> Iterator[Link]:
        """What we own now. A series with an override that did not stand there has to be made anew.

        What came anew since then, without what a person had set on it, has to be written.
        """
        overrides = {identity.instance_of(link.part) for link in self.owned if link.part.startswith("override:")}
        anew = "" in self.stood and bool(overrides - self._instances())
        for link in self.owned:
            renewed = RENEW if anew and link is self.whole else "" if self.is_bare(link) else link.fingerprint
            yield replace(link, fingerprint=renewed)

    def is_bare(self, link: Link) -> bool:
        """Whether it is another event than the one that stood there, and lacks what a person had set on that."""
        stood = self.stood.get(link.part)
        if stood is None or stood.event_id == link.event_id or link.fingerprint == RESPECTED:
            return False
        return (
            not identity.set_by_hand(self.by_hand[link.part]).items() <= identity.set_by_hand(link.sent or {}).items()
        )

    def as_it_stood(self, part: str, stood: Stood) -> Link:
        """The event that stood there, with what a person had set on it: as it is now, if it still stands."""
        gone = Link(
            source_id=self.source_id,
            part=part,
            event_id=stood.event_id,
            generation=stood.generation,
            fingerprint="",
            sent=self.by_hand[part],
        )
        return next((link for link in self.owned if link.event_id == stood.event_id and not link.is_hole), gone)

    def notes(self) -> Iterator[Note]:
        """A remark where undoing shows more again than is shown now."""
        hidden = {link.part: _openness(identity.private_marks(link.sent or {})) for link in self.owned}
        if any(_openness(one.marks) > hidden.get(part, len(OPENNESS)) for part, one in self.stood.items()):
            title = str(next(iter(self.stood.values())).body.get("summary", ""))
            yield Note(self.source_id, title, "is hidden now, and would be shown again")

    def _instances(self) -> set[str]:
        return {instance for part in self.stood if (instance := identity.instance_of(part))}


def _newest(there: Iterable[Stood]) -> dict[str, Stood]:
    """By part, the whole event first; of two generations the newer one, and of instances those that it has."""
    parts = {one.part: one for one in sorted(there, key=lambda one: one.generation)}
    whole = parts.get("")
    return {p: one for p, one in sorted(parts.items()) if not identity.instance_of(p) or (whole and _is_of(one, whole))}


def _is_of(instance: Stood, series: Stood) -> bool:
    """Whether a series had the instance. One that a person made has the marks that its series had at that time."""
    schedules = {marks[identity.SCHEDULE] for marks in (instance.marks, series.marks) if marks.get(identity.SCHEDULE)}
    return instance.event_id.startswith(f"{series.event_id}_") and len(schedules) < 2


def _desired_event(stood: Stood) -> DesiredEvent:
    body = own(stood.body)
    return DesiredEvent(
        part=stood.part,
        body=body,
        starts=_instant(body["start"]),
        ends="" if body.get("recurrence") else _instant(body["end"]),
        instance=identity.instance_of(stood.part),
        show=stood.marks.get(identity.SHOW, ""),
    )


def own(body: Mapping[str, Any]) -> dict[str, Any]:
    """What is ours of an event's body: without marks, without what a person set or added.

    A reminder of theirs stays, since nothing tells what ours was; it is written over by theirs again.
    """
    marks = identity.private_marks(body)
    kept = {name: body[name] for name in (*FIELDS, "reminders", "colorId", "status", "source") if name in body}
    if "colorId" in marks.get(identity.TOUCH, "").split(","):
        kept["colorId"] = marks.get(identity.COLOR)
    if "description" in kept:
        kept["description"] = defused(split_note(str(kept["description"]))[0])
    return {name: value for name, value in kept.items() if value}


def _as_before(action: Action, piece: _Piece, used: int, run: int) -> Action:
    """The action with its reason; of an event that comes back, with what a person had set on it, and an unused id."""
    stood = piece.stood.get(action.part)
    if action.verb is Verb.DELETE or stood is None:
        return action
    before = piece.as_it_stood(action.part, stood)
    now = action.link or action.replaces
    carried = before if now is None or piece.is_bare(now) else action.replaces
    if action.verb is Verb.UPDATE:
        only_theirs = carried is not None and _is_idle(action)
        reason = "what was set by hand" if only_theirs else action.reason.removeprefix("changed in Google: ")
        return replace(action, reason=f"as before run {run}: {reason}", replaces=carried)
    return replace(
        action,
        reason=f"as before run {run}: {'made anew' if action.replaces else 'comes back'}",
        replaces=carried,
        generation=action.generation if action.is_override else max(action.generation, used + 1),
    )


def _as_all_were_set(stood: Stood, latest: Mapping[str, Any], of_series: Mapping[str, Any]) -> Stood:
    """An instance with what it showed at a later moment of the colour and reminder that a person gave to its series."""
    shown = {name: value for name, value in of_series.items() if name != NOTE and latest.get(name) == value}
    return replace(stood, body={**stood.body, **shown})


def _as_set_by_hand(body: Mapping[str, Any], latest: Mapping[str, Any]) -> dict[str, Any]:
    """The body with the person's colour, reminder and note of a later moment."""
    marks, theirs = identity.private_marks(body), identity.set_by_hand(latest)
    note = theirs.pop(NOTE, "")
    if theirs:
        names = {*filter(None, marks.get(identity.TOUCH, "").split(",")), *theirs}
        marks[identity.TOUCH] = ",".join(sorted(names))
        theirs[identity.MARKS] = {"private": marks}
    own = split_note(str(body.get("description", "")))[0]
    return {**body, **theirs, **({"description": with_note(own, note)} if note else {})}


def _generation(body: Mapping[str, Any] | None) -> int:
    return int(identity.private_marks(body or {}).get(identity.GENERATION) or 0)


def _is_idle(action: Action) -> bool:
    """Whether an update would write what stands there already, if in other words."""
    if action.verb is not Verb.UPDATE or action.link is None or action.link.sent is None or action.body is None:
        return False
    if action.replaces is not None or action.link.is_unsure:
        return False
    return _seen(own(action.link.sent)) == _seen(own(action.body))


def _seen(body: Mapping[str, Any]) -> dict[str, Any]:
    """A body as a person sees it: Google's own words for the same are told apart from a change."""
    return {
        **{name: value for name, value in body.items() if UNSAID.get(name) != value},
        **{edge: (_instant(body[edge]), body[edge].get("timeZone")) for edge in ("start", "end")},
        "reminders": identity.spelled(body.get("reminders")),
    }


def _instant(value: Mapping[str, str]) -> str:
    if "date" in value:
        return datetime.combine(date.fromisoformat(value["date"]), time(), UTC).isoformat()
    return datetime.fromisoformat(value["dateTime"]).astimezone(UTC).isoformat()


def _openness(marks: Mapping[str, str]) -> int:
    shown = marks.get(identity.SHOW, "").partition("+")[0]
    return OPENNESS.index(shown) if shown in OPENNESS else len(OPENNESS)
