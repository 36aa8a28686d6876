"""Desired events to plan for, and what a plan leaves behind at Google when its writes land."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from calmirror.model.ids import EventId, SourceId
from calmirror.model.mirror import Desired, DesiredEvent, Link, Verb
from calmirror.model.times import Window
from calmirror.plan import identity
from calmirror.plan.actions import Action, Plan
from calmirror.plan.diff import plan_changes

NAME = "work"
WINDOW = Window(datetime(2026, 3, 1, tzinfo=UTC), datetime(2027, 3, 1, tzinfo=UTC))
TIMES = {
    edge: {"dateTime": f"2026-06-01T{hour}:00:00+02:00", "timeZone": "Europe/Berlin"}
    for edge, hour in (("start", "09"), ("end", "10"))
}
"""Of a series, on Mondays in summer."""
BEFORE, WITHIN = "2026-02-01T10:00:00+00:00", "2026-06-01T10:00:00+00:00"


def piece(part: str = "", title: str = "Meeting", *, ends: str = WITHIN, **body: Any) -> DesiredEvent:
    """One event; an override's instance is in its part."""
    instance = identity.instance_of(part)
    return DesiredEvent(part=part, body={"summary": title, **body}, starts=ends, ends=ends, instance=instance)


def single(source: str = "a", title: str = "Meeting", **more: Any) -> Desired:
    """An event that does not repeat."""
    return Desired(source_id=SourceId(source), ical_uid=f"uid-{source}", parts=(piece("", title, **more),))


def series(source: str = "a", *parts: DesiredEvent, **more: Any) -> Desired:
    """A recurring event and its other parts."""
    given: dict[str, Any] = {"schedule": "weekly", "since": "2026-01-01T00:00:00+00:00"} | more
    rule = [given["schedule"], *sorted(given.get("holes", ()))]
    whole = piece("", given.pop("title", "Meeting"), ends="", recurrence=rule, **TIMES)
    return Desired(source_id=SourceId(source), ical_uid=f"uid-{source}", parts=(whole, *parts), **given)


def exploded(source: str = "a", *keys: str, title: str = "Meeting", ends: str = WITHIN) -> Desired:
    """A series mirrored occurrence by occurrence."""
    parts = tuple(piece(f"copy:{key}", title, ends=ends) for key in keys)
    uid = f"uid-{source}"
    return Desired(source_id=SourceId(source), ical_uid=uid, parts=parts, exploded=True, note="odd", since=BEFORE)


def plan(
    desired: Iterable[Desired],
    links: Iterable[Link] = (),
    gone: Mapping[str, str] | None = None,
    window: Window = WINDOW,
) -> Plan:
    """The plan for these."""
    proofs = {SourceId(source): proof for source, proof in (gone or {}).items()}
    return plan_changes(NAME, desired, proofs, links, window)


def in_order(actions: Iterable[Action]) -> list[Action]:
    """Instances are cancelled first; recurring events come before their overrides; what is replaced goes last."""

    def phase(action: Action) -> int:
        deletes = action.verb is Verb.DELETE
        return (0 if deletes else 2) if action.is_override else (3 if deletes else 1)

    return sorted(actions, key=phase)


def landed(done: Plan, links: Iterable[Link] = (), *, writes: int | None = None) -> list[Link]:
    """The links after a plan's first writes, or all of them, took place."""
    there = {link.event_id: link for link in (*links, *done.refreshed)}
    for action in in_order(done.actions)[:writes]:
        if action.verb is not Verb.DELETE:
            link = written(action)
            there[link.event_id] = link
            continue
        assert action.link is not None
        del there[action.link.event_id]
        for child in action.cascade:
            del there[child.event_id]
        if action.is_override:
            hole = f"hole:{identity.instance_of(action.part)}"
            there[action.link.event_id] = Link(
                source_id=action.source_id,
                part=hole,
                event_id=action.link.event_id,
                generation=action.generation,
                fingerprint="cancelled",
            )
    return list(there.values())


def written(action: Action) -> Link:
    """The link of one write that landed."""
    return Link(
        source_id=action.source_id,
        part=action.part,
        event_id=action.link.event_id if action.link else event_id(action),
        generation=action.generation,
        fingerprint=action.fingerprint,
        etag="1",
        starts=action.when,
        ends=action.ends,
        since=action.since,
        children=action.children,
        sent=action.body,
        echo="as sent",
    )


def event_id(action: Action) -> EventId:
    """The id under which a new event is written."""
    instance = identity.instance_of(action.part)
    return identity.event_id(NAME, action.source_id, action.part, action.generation, instance)


def owned(*desired: Desired) -> list[Link]:
    """The links of a first run with these."""
    return landed(plan(desired))
