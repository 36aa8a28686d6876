"""`calmirror explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from calmirror.cli.each import each_mirror
from calmirror.cli.failures import told
from calmirror.cli.options import Asked, common_options
from calmirror.cli.plan_lines import SIGNS, Refused, action_json
from calmirror.cli.screen import clean, say, say_json
from calmirror.cli.verify import span
from calmirror.google.wire import moments
from calmirror.mirror.explain import LONGEST_LIST, Explanation, Found, explained

if TYPE_CHECKING:
    from collections.abc import Iterator

    from calmirror.cli.assemble import Wired
    from calmirror.mirror.explain import Held, Judged
    from calmirror.model.source import SourceEvent
    from calmirror.model.times import Span

LIKENESS = "the published calendar lists it under another UID now; it is known by its title, start and end"
UNLISTED = "not listed in Outlook"
NO_TRACE = "shown with everything: no setting and no rule says otherwise"


@click.command()
@common_options
@click.argument("event")
def explain(asked: Asked, *, event: str) -> int:
    """Tell what is shown of EVENT in Google, and which setting or rule decided it.

    EVENT is Outlook's id of an event, or words of its title. Writes nothing. Times are UTC.
    """

    def show(wired: Wired, found: Explanation | list[Found]) -> int:
        name = wired.mirror.name
        refused = None if isinstance(found, list) or not found.refused else told(found.refused, asked, name)
        if asked.as_json:
            said = matches_json(found) if isinstance(found, list) else as_json(found, refused)
            say_json({"mirror": name, "exit": 0, **said})
        else:
            for line in matches(name, found) if isinstance(found, list) else lines(name, found, refused):
                say(line)
        return 0

    return each_mirror(asked, lambda wired: explained(wired.mirror, event), show)


def matches(mirror: str, found: list[Found]) -> Iterator[str]:
    """Several events that could be meant."""
    yield clean(f"{mirror}: {len(found)} events have such a title; ask again with the id of one:")
    for one in found[:LONGEST_LIST]:
        yield "  " + clean(headed(one))
        yield "    " + clean(one.source_id)
    if len(found) > LONGEST_LIST:
        yield f"  and {len(found) - LONGEST_LIST} more"


def lines(mirror: str, found: Explanation, refused: Refused) -> Iterator[str]:
    """What Outlook has, what decided, what Google holds, what the next sync does."""
    yield clean(f"{mirror}: {called(found.judged[0].event) if found.judged else headed(found.found)}")
    yield "  id: " + clean(found.source_id)
    if found.by_likeness:
        yield f"  {LIKENESS}"
    for whole in found.judged[:1]:
        yield from reasons(whole, "  ")
    for one in found.judged[1:]:
        yield "  " + clean(f"its changed occurrence {called(one.event)}")
        yield from reasons(one, "    ")
    for held in found.held:
        yield "  " + clean(f"in Google: {held_words(held)}")
    if not found.held:
        yield "  in Google: nothing"
    then = "waits for your word" if refused else "next sync"
    for action in found.actions:
        yield "  " + clean(f'{then}: {SIGNS[action.verb][0]} "{action.title}": {action.reason}')
    if refused:
        yield "  " + clean(f"a sync stops: {refused['what']}" if not found.actions else refused["what"])
        yield "  → " + refused["command"]
    if found.skipped:
        yield "  " + clean(f"next sync: left out: {found.skipped}")
    if not found.actions and not found.skipped and not refused:
        yield "  next sync: nothing to do"


def reasons(judged: Judged, indent: str) -> Iterator[str]:
    """The trace of one decision."""
    for reason in judged.trace or (NO_TRACE,):
        yield indent + clean(f"why: {reason}")


def called(event: SourceEvent) -> str:
    """An event by title and time; of a series, the time of its first occurrence."""
    series = " (series)" if event.recurrence else ""
    return f'"{event.subject}"{series}, {span(*_moments(event.span))}'


def headed(found: Found) -> str:
    """One that was found, by title and time."""
    if found.entries:
        return called(found.entries[0])
    return f'"{found.sent.get("summary", "")}", {span(*_moments(moments(found.sent)))}: {UNLISTED}'


def held_words(held: Held) -> str:
    """One event in Google."""
    words = ["private"] * held.private + [f"shown as {held.shown}"] * bool(held.shown)
    return ", ".join([f'"{held.title}"', span(*_moments(held.span)), *words])


def as_json(found: Explanation, refused: Refused) -> dict[str, Any]:
    """The explanation as `--json` prints it."""
    return {
        "source_id": found.source_id,
        "decisions": [_event_json(one.event) | {"shown": one.shown, "trace": list(one.trace)} for one in found.judged],
        "google": [
            {"title": one.title, "part": one.part, "shown": one.shown, "private": one.private, **_span_json(one.span)}
            for one in found.held
        ],
        "actions": [action_json(action) for action in found.actions],
        "skipped": found.skipped,
        "refused": refused,
        "by_likeness": found.by_likeness,
    }


def matches_json(found: list[Found]) -> dict[str, Any]:
    """Several events that could be meant, as `--json` prints them."""
    return {"matches": [_match_json(one) | {"source_id": one.source_id} for one in found]}


def _match_json(found: Found) -> dict[str, Any]:
    if found.entries:
        return _event_json(found.entries[0])
    return {"title": found.sent.get("summary", ""), "type": "", **_span_json(moments(found.sent))}


def _event_json(event: SourceEvent) -> dict[str, Any]:
    return {"title": event.subject, "type": event.kind.value, **_span_json(event.span)}


def _span_json(when: Span) -> dict[str, str]:
    starts, ends = _moments(when)
    return {"starts": starts, "ends": ends}


def _moments(when: Span) -> tuple[str, str]:
    return when.start.isoformat(), when.end.isoformat()
