"""What is sent for one action, the version that it names, and the order in which Google can follow."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from calmirror.google.calendar import Write
from calmirror.mirror.user_edits import with_edits
from calmirror.model.ids import EventId
from calmirror.model.mirror import Intent, Verb
from calmirror.plan import identity
from calmirror.plan.actions import Action


@dataclass(frozen=True, slots=True)
class Job:
    """One action on its way: what exactly is sent now."""

    action: Action
    verb: Verb
    event_id: EventId
    generation: int
    etag: str = ""
    sequence: int = 0
    edits: Mapping[str, Any] = field(default_factory=dict)
    """The user edits, which go with it."""
    inherited: Mapping[str, Any] = field(default_factory=dict)
    """What an instance goes on to show of the edits on its series."""
    run: str = ""
    """The mark of the run that sends it."""

    def body(self) -> dict[str, Any] | None:
        """What Google gets, less id and sequence."""
        if self.action.body is None:
            return None
        marks = identity.private_marks(self.action.body)
        marks |= {identity.GENERATION: str(self.generation), identity.RUN: self.run}
        return with_edits(identity.marked({**self.action.body, **self.inherited}, marks), self.edits)

    def write(self) -> Write:
        """The write as the destination's side takes it."""
        body = self.body()
        if body is not None and self.verb is Verb.UPDATE:
            body["sequence"] = self.sequence
        return Write(verb=self.verb, event_id=self.event_id, body=body, etag=self.etag)

    def intent(self, run: int) -> Intent:
        """What is stored before that run sends it."""
        action = self.action
        return Intent(
            source_id=action.source_id,
            part=action.part,
            event_id=self.event_id,
            generation=self.generation,
            verb=self.verb,
            run=run,
        )

    def renewed(self, verb: Verb, event: Mapping[str, Any], edits: Mapping[str, Any]) -> Job:
        """The same against an event as Google holds it now, with the user edits on it."""
        # A cancelled instance may come bare. What is too low is refused, so it grows until it is enough.
        etag, sequence = str(event.get("etag", "")), int(event.get("sequence", self.sequence * 2 + 1))
        return replace(self, verb=verb, etag=etag, sequence=sequence, edits=edits)


class Versions:
    """The versions that writes name: of a series and all its instances the one that was answered last.

    A write to one of them moves the version of all. Where answers show that each row has a version of its own after
    all, each is remembered by itself.
    """

    def __init__(self) -> None:
        self._rows: dict[str, dict[EventId, str]] = {}
        """By family, the version of each of its rows that was seen."""
        self._latest: dict[str, str] = {}
        """By family, the version that was seen last; "" where it has moved unseen."""
        self._apart: set[str] = set()

    def see(self, event: Mapping[str, Any]) -> None:
        """Takes note of an event as Google has just shown it."""
        event_id, etag = EventId(str(event.get("id", ""))), str(event.get("etag", ""))
        family = identity.family_of(event_id)
        rows = self._rows.setdefault(family, {})
        if etag != self._latest.get(family, etag) and etag in rows.values():
            self._apart.add(family)
        rows[event_id] = self._latest[family] = etag

    def see_all(self, events: Iterable[Mapping[str, Any]]) -> None:
        """The same of rows that were read in one go: where versions differ there, each row has its own."""
        first: dict[str, str] = {}
        for event in events:
            family, etag = identity.family_of(str(event.get("id", ""))), str(event.get("etag", ""))
            if first.setdefault(family, etag) != etag:
                self._apart.add(family)
            self.see(event)

    def forget(self, event_id: EventId) -> None:
        """After a deletion, of which Google does not tell the version."""
        self._latest[identity.family_of(event_id)] = ""

    def of(self, event_id: EventId, known: str) -> str:
        """The version to name; "" where it has to be read first. `known` is what was stored."""
        family = identity.family_of(event_id)
        if family not in self._latest:
            return known if family == event_id else ""
        if family in self._apart:
            rows = self._rows[family]
            return rows.get(event_id) or rows.get(EventId(family), "")
        return self._latest[family]


def phases(actions: Iterable[Action]) -> Iterator[list[Action]]:
    """Groups of which each waits for the one before.

    An instance is cancelled before its series' rule leaves it out; a recurring event is there before its
    overrides; what is replaced goes last, so that a crash leaves one too many rather than one too few.
    """
    groups: dict[int, list[Action]] = {0: [], 1: [], 2: [], 3: []}
    for action in actions:
        deletes = action.verb is Verb.DELETE
        groups[(0 if deletes else 2) if action.is_override else (3 if deletes else 1)].append(action)
    yield from groups.values()


def waits_for_others(action: Action) -> bool:
    """An override needs its series; what is replaced is only deleted once its replacement is there."""
    return action.is_override or (action.verb is Verb.DELETE and not action.proven)


def waves(actions: Iterable[Action], size: int) -> Iterator[list[Action]]:
    """The actions, so many at a time, and never two of one series at once.

    A series is one object to Google: each write to a part of it needs the version that the one before was answered
    with. Different series share a batch, which has no order.
    """
    waiting = deque(actions)
    while waiting:
        wave: list[Action] = []
        later: list[Action] = []
        taken: set[object] = set()
        while waiting and len(wave) < size:
            action = waiting.popleft()
            (later if _lane(action) in taken else wave).append(action)
            taken.add(_lane(action))
        waiting.extendleft(reversed(later))
        yield wave


def _lane(action: Action) -> object:
    """What two actions have in common that touch one series in Google."""
    return (action.source_id, action.part) if action.part.startswith("copy:") else action.source_id
