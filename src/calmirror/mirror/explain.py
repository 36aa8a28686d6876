"""Why one event looks in Google as it does: what Outlook has, what decided, what Google holds, what comes next.

Events that only the mirror has are found, too: those whose deletion waits, or that a person keeps.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from calmirror.errors import UserFixableError
from calmirror.google.wire import moments, stands
from calmirror.mirror.run import run
from calmirror.mirror.showing import parsed
from calmirror.model.ids import SourceId
from calmirror.model.source import Kind, SourceEvent, no_more_open
from calmirror.plan.identity import SHOW, private_marks
from calmirror.translate.decide import decide
from calmirror.translate.event import shown_as

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from calmirror.errors import SafetyStopError
    from calmirror.mirror.context import Mirror
    from calmirror.mirror.report import Report
    from calmirror.model.times import Span
    from calmirror.plan.actions import Action

HELD = "it stays as you put or kept it, until calmirror sync --unpin"
LONGEST_LIST = 20
"""Matches that are told."""


@dataclass(frozen=True, slots=True)
class Found:
    """An event or a series that was asked for, with those of its occurrences that are in the window.

    `entries` is empty for what the source does not list; `sent` is what was written of it.
    """

    source_id: SourceId
    entries: tuple[SourceEvent, ...] = ()
    sent: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Judged:
    """An event, a series or a changed occurrence, and what was decided about it. `shown` is "" when it is left out."""

    event: SourceEvent
    shown: str
    trace: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """One event that Google holds for it; `part` as in a link."""

    part: str
    title: str
    span: Span
    shown: str
    private: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that is known. `judged` has the whole event first, then occurrences that were decided otherwise.

    `refused` is why a sync writes nothing about it. `by_likeness`: as `Bridge.knows_by_likeness`.
    """

    found: Found
    judged: tuple[Judged, ...]
    held: tuple[Held, ...]
    actions: tuple[Action, ...]
    skipped: str
    refused: SafetyStopError | None
    by_likeness: bool

    @property
    def source_id(self) -> SourceId:
        """The id by which it is mirrored."""
        return self.found.source_id


def explained(mirror: Mirror, words: str) -> Explanation | list[Found]:
    """What there is to say about an event, given by its id or by words of its title; several that match are listed.

    Raises:
        UserFixableError: `event-not-found`.
    """
    # First, since it recognises events that are listed under other ids than before.
    report = run(mirror, dry_run=True)
    calendar_id = mirror.state.source_calendar or mirror.source.resolve(mirror.settings.source)
    found = _find(mirror, calendar_id, words, report)
    if not found:
        raise UserFixableError(
            f'Mirror "{mirror.name}": the Outlook calendar has no event of that id, nor one of such a title within '
            "the days that are mirrored.",
            code="event-not-found",
            command="Give another word of its title: calmirror explain WORD",
        )
    return found if len(found) > 1 else _explain(mirror, calendar_id, found[0], report)


def _find(mirror: Mirror, calendar_id: str, words: str, report: Report) -> list[Found]:
    """By id where one is equal, else by title."""
    groups: dict[SourceId, list[SourceEvent]] = defaultdict(list)
    for raw in mirror.source.occurrences(calendar_id, mirror.window_now()):
        if (entry := parsed(raw)) is not None:
            groups[entry.series_id or entry.id].append(entry)
    found = [Found(one, tuple(entries)) for one, entries in groups.items()]
    found += _unlisted(mirror, report, groups.keys())
    named = [one for one in found if words == one.source_id or any(words == entry.id for entry in one.entries)]
    if named or " " in words:
        return named or _titled(found, words)
    return _titled(found, words) or _outside(mirror, calendar_id, words)


def _titled(found: Iterable[Found], words: str) -> list[Found]:
    wanted = words.casefold()
    return [one for one in found if any(wanted in title.casefold() for title in _titles(one))]


def _titles(found: Found) -> Iterable[str]:
    return [entry.subject for entry in found.entries] or [str(found.sent.get("summary", ""))]


def _unlisted(mirror: Mirror, report: Report, listed: Collection[SourceId]) -> list[Found]:
    """What the source does not list while something of it is in Google: it is to be deleted, waits, or is kept."""
    deleted = {one.source_id for one in report.plan.actions if one.body is None} if report.plan else set()
    others = (deleted | report.held | report.skipped.keys()) - set(listed)
    sent = {
        link.source_id: link.sent
        for link in sorted(mirror.store.links_of(mirror.name, others), key=lambda link: link.part, reverse=True)
        if link.sent
    }
    return [Found(one, sent=body) for one, body in sent.items()]


def _outside(mirror: Mirror, calendar_id: str, words: str) -> list[Found]:
    """An event that is not in the window can be read by its id all the same."""
    one = SourceId(words)
    event = mirror.source.read(calendar_id, {one})[one]
    return [Found(event.series_id or event.id, (event,))] if isinstance(event, SourceEvent) else []


def _explain(mirror: Mirror, calendar_id: str, found: Found, report: Report) -> Explanation:
    actions = report.plan.actions if report.plan else ()
    return Explanation(
        found=found,
        judged=tuple(_judged(mirror, calendar_id, found)) if found.entries else (),
        held=tuple(_held(mirror, found.source_id)),
        actions=tuple(action for action in actions if action.source_id == found.source_id),
        skipped=HELD if found.source_id in report.held else report.skipped.get(found.source_id, ""),
        refused=report.refused if report.plan is None or found.source_id in report.waits else None,
        by_likeness=mirror.bridge.knows_by_likeness(found.source_id),
    )


def _judged(mirror: Mirror, calendar_id: str, found: Found) -> Iterable[Judged]:
    read = mirror.source.read(calendar_id, {found.source_id})[found.source_id]
    master = read if isinstance(read, SourceEvent) else found.entries[0]
    whole = _judge(mirror, master)
    changed = [_judge(mirror, no_more_open(entry, master)) for entry in found.entries if entry.kind is Kind.EXCEPTION]
    return [whole, *(one for one in changed if (one.shown, one.trace) != (whole.shown, whole.trace))]


def _judge(mirror: Mirror, event: SourceEvent) -> Judged:
    decision = decide(event, mirror.settings.policy)
    return Judged(event, "" if decision.skip else shown_as(event, decision), decision.trace)


def _held(mirror: Mirror, source_id: SourceId) -> Iterable[Held]:
    """What Google really holds of what we own."""
    links = {link.event_id: link for link in mirror.store.links_of(mirror.name, [source_id])}
    calendar_id = mirror.state.destination_calendar
    events = mirror.destination.fetch(calendar_id, list(links)) if calendar_id and links else {}
    for event_id, event in events.items():
        if stands(event):
            private = event.get("visibility") in ("private", "confidential")
            shown = private_marks(event).get(SHOW, "")
            yield Held(links[event_id].part, str(event.get("summary", "")), moments(event), shown, private)
