"""What Google holds of the events that a plan rewrites, replaces or deletes, read before it is carried out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from calmirror.google.wire import stands
from calmirror.mirror.context import Mirror
from calmirror.mirror.touch import as_found, by_hand, remembered, touched
from calmirror.model.ids import EventId, SourceId
from calmirror.model.mirror import JournalEntry, Link, Verb
from calmirror.model.policy import DeletedInGoogle
from calmirror.plan import identity
from calmirror.plan.actions import Action, Plan

PAGE = 2500
"""Events on a page of Google's list."""
BURNT = "generation"
"""The kind of memory that tells the last generation of a source event whose ids are known to be taken for ever."""
WORTH = 5
"""A page is read for more than so many events: it counts as one of them, but takes as long as hundreds."""


class Ahead:
    """Knows the events as they were before our writes: for the person's fields, and for the journal.

    The version alone would not do: a reminder that a person set need not move the etag.
    """

    def __init__(self, mirror: Mirror, calendar_id: str) -> None:
        self._mirror, self._calendar_id = mirror, calendar_id
        self._held: dict[EventId, Mapping[str, Any]] = {}
        self._read: set[EventId] = set()
        self._burnt: dict[SourceId, int] = {}

    def read(self, plan: Plan) -> tuple[list[Link], list[EventId], list[JournalEntry]]:
        """Reads what the plan is about.

        Returns the links of events that a person changed, as they are now; the ids of those that a person deleted;
        and both for the journal.
        """
        new = {action.source_id for action in plan.actions if action.verb is Verb.INSERT}
        self._burnt = self._mirror.store.recall(self._mirror.name, BURNT, new)
        links = {link.event_id: link for action in plan.actions for link in _concerned(action)}
        self._read = set(links)
        self._held = self._fetched(list(links))
        found = {one: as_found(link, self._held[one]) for one, link in links.items() if self._is_ours(one)}
        changed = {one: body for one, body in found.items() if body != links[one].sent}
        restore = self._mirror.settings.deleted_in_google is DeletedInGoogle.RESTORE
        owned = {one.event_id for a in plan.actions for one in (a.link, *a.cascade) if one and not one.is_hole}
        gone = [link for one, link in links.items() if restore and one in owned - self._held.keys()]
        noticed = [by_hand(links[one], body) for one, body in changed.items()] + [by_hand(link, None) for link in gone]
        renewed = [replace(links[one], sent=body) for one, body in changed.items()]
        return renewed, [link.event_id for link in gone], noticed

    def event(self, event_id: EventId) -> Mapping[str, Any] | None:
        """The event; None where there is none, or it was not read."""
        return self._held.get(event_id)

    def generation(self, action: Action) -> int:
        """The generation of a new event, beyond those that were all deleted."""
        return max(action.generation, self._burnt.get(action.source_id, -1) + 1)

    def see(self, event: Mapping[str, Any]) -> None:
        """Takes note of an event that turned out to be another than we knew."""
        self._held[EventId(str(event["id"]))] = event

    def was_there(self, event_id: EventId) -> None:
        """A write that names our last version was taken, so that is what was there, whatever a read said of it."""
        self._read.discard(event_id)

    def touch_of(self, link: Link) -> dict[str, Any]:
        """What a person set on an event; of one that is gone, what was sent for them last."""
        held = self._held.get(link.event_id)
        return touched(link.sent, held) if held else remembered(link.sent)

    def before(self, event_id: EventId, link: Link | None) -> Mapping[str, Any] | None:
        """What stood in Google under this id, None for nothing. `link` is what we own there, as far as we know."""
        if self._is_ours(event_id):
            held = self._held[event_id]
            return as_found(link, held) if link else identity.body_of(held)
        return link.sent if link and event_id not in self._read else None

    def _is_ours(self, event_id: EventId) -> bool:
        held = self._held.get(event_id)
        return held is not None and identity.recognised(held, self._mirror.name) is not None

    def _fetched(self, wanted: list[EventId]) -> dict[EventId, Mapping[str, Any]]:
        """Google counts a page of a list as much as one event, so for many events the list is cheaper."""
        if not wanted:
            return {}
        if len(wanted) > WORTH * (self._mirror.store.count_sources(self._mirror.name) // PAGE + 1):
            owned = self._mirror.destination.owned_events(self._calendar_id, identity.MIRROR, self._mirror.name)
            concerned = set(wanted)
            return {one: event for event in owned if (one := EventId(str(event["id"]))) in concerned}
        found = self._mirror.destination.fetch(self._calendar_id, wanted)
        return {one: event for one, event in found.items() if stands(event)}


def _concerned(action: Action) -> Iterator[Link]:
    """The links of the events that an action rewrites, replaces or deletes."""
    for link in (action.link, action.replaces, *action.cascade):
        if link is not None and not link.is_hole:
            yield link
