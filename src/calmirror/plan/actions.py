"""A plan: what to do to the destination and why. The same object feeds the screen, the JSON and the tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from calmirror.model.ids import EventId, SourceId
from calmirror.model.mirror import Link, Verb


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One write. `body` is what will be sent, marks included, less id and sequence; None for a deletion.

    `link` is what we own there now; `replaces` the link whose colour and reminder, if a person set them, go over.
    `cascade` are links that go with a deleted recurring event. `proven` deletions count against the budget.
    `drifted_at` is that of an instance which stays at the time that a person chose for it.
    """

    verb: Verb
    source_id: SourceId
    part: str
    generation: int
    reason: str
    title: str = ""
    when: str = ""
    ends: str = ""
    body: Mapping[str, Any] | None = None
    fingerprint: str = ""
    since: str = ""
    children: tuple[SourceId, ...] = ()
    link: Link | None = None
    replaces: Link | None = None
    cascade: tuple[Link, ...] = ()
    proven: bool = False
    drifted_at: float = 0.0

    @property
    def is_override(self) -> bool:
        """Whether it is about one instance of a recurring event, which must be there before it."""
        return self.part.startswith("override:")

    def knowing(self, links: Mapping[EventId, Link]) -> Action:
        """The action with these in place of the links that it has of the same mirror events."""
        link = links.get(self.link.event_id, self.link) if self.link else None
        return replace(self, link=link, cascade=tuple(links.get(one.event_id, one) for one in self.cascade))


@dataclass(frozen=True, slots=True)
class Note:
    """Something worth telling about one event that is not an action."""

    source_id: SourceId
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that one run would write, in no order; `kept` counts mirror events that are right as they are.

    `refreshed` are links whose bookkeeping changed though Google's event did not.
    """

    actions: tuple[Action, ...] = ()
    refreshed: tuple[Link, ...] = ()
    kept: int = 0
    notes: tuple[Note, ...] = ()

    @property
    def deleted_sources(self) -> frozenset[SourceId]:
        """Source events that are gone for good. One exploded series weighs one."""
        return frozenset(action.source_id for action in self.actions if action.proven)

    @property
    def corrections(self) -> tuple[Action, ...]:
        """The writes to what is there that no deletion in the source asks for."""
        return tuple(one for one in self.actions if one.verb is not Verb.INSERT and not one.proven)

    def without(self, sources: Collection[SourceId]) -> Plan:
        """The plan with nothing about these source events."""
        left = tuple(action for action in self.actions if action.source_id not in sources)
        return replace(self, actions=left, kept=self.kept + len(self.actions) - len(left))

    def counts(self) -> dict[str, int]:
        """How many of each verb, and how many kept."""
        verbs = Counter(action.verb.value for action in self.actions)
        return {verb.value: verbs[verb.value] for verb in Verb} | {"keep": self.kept}
