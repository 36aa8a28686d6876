"""What is sent for one action, and the order in which Google can follow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from calmirror.google.calendar import Write
from calmirror.mirror.touch import with_touch
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
    theirs: Mapping[str, Any] = field(default_factory=dict)
    """The person's fields, which go with it."""

    def body(self) -> dict[str, Any] | None:
        """What Google gets, less id and sequence."""
        if self.action.body is None:
            return None
        marks = identity.private_marks(self.action.body) | {identity.GENERATION: str(self.generation)}
        return with_touch(identity.marked(self.action.body, marks), self.theirs)

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

    def renewed(self, verb: Verb, event: Mapping[str, Any], theirs: Mapping[str, Any]) -> Job:
        """The same against an event as Google holds it now, with what is the person's on it."""
        # A cancelled instance may come bare. What is too low is refused, so it grows until it is enough.
        etag, sequence = str(event.get("etag", "")), int(event.get("sequence", self.sequence * 2 + 1))
        return replace(self, verb=verb, etag=etag, sequence=sequence, theirs=theirs)


def phases(actions: Iterable[Action]) -> Iterator[list[Action]]:
    """Groups that Google may carry out in any order within, but not among each other.

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


def batches(actions: Iterable[Action], size: int) -> Iterator[list[Action]]:
    """The actions in their order, so many at a time."""
    rest = iter(actions)
    while batch := list(islice(rest, size)):
        yield batch
