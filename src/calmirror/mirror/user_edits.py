"""User edits: the colour, the reminder and the note that a person set on a mirror event, which outlive its changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from calmirror.model.mirror import JournalEntry, Link, Verb
from calmirror.plan.content import echo_of
from calmirror.plan.identity import COLOR, REMINDERS, TOUCH, body_of, private_marks, spelled
from calmirror.plan.note import NOTE, repeats, split_note, with_note
from calmirror.translate.html import describe

FIELDS = ("colorId", "reminders")
LONGEST_DESCRIPTION = 8192


def edits_on(
    sent: Mapping[str, Any] | None,
    current: Mapping[str, Any],
    series: Mapping[str, Any] | None = None,
    *,
    overwritten: bool = False,
) -> dict[str, Any]:
    """The user edits on an event: what differs from what we sent, and what was the person's before.

    Args:
        sent: what we sent last; None where nobody knows, so that the event's own marks tell what was ours.
        current: the event as Google holds it.
        series: of an instance, its recurring event as Google holds it. Google may write what changes of a series over
            its instances' own: what one has in common with its series, and did not have before, nobody chose for it.
        overwritten: a write of ours to the series may have done so, and not a person who changed all events at once:
            what they had chosen for the instance before still counts. A note counts either way.
    """
    noted = set(private_marks(sent if sent is not None else current).get(TOUCH, "").split(","))
    before, now = _compared(sent) if sent is not None else _marked(current), _compared(current, sent)
    spread = _spread(before, now, _compared(series, sent)) if series is not None else set[str]()
    found: dict[str, Any] = {}
    for name in FIELDS:
        source = (sent or {}) if name in spread else current
        chosen = name in noted and overwritten if name in spread else name in noted or now[name] != before[name]
        if chosen and name in source:
            found[name] = source[name]
    note = _note(sent or {}) if NOTE in spread else now[NOTE]
    return found | ({NOTE: note} if note else {})


def edits_sent(sent: Mapping[str, Any] | None) -> dict[str, Any]:
    """The user edits as they were sent last."""
    return edits_on(sent, sent) if sent is not None else {}


def inherited(current: Mapping[str, Any], edits_on_series: Mapping[str, Any]) -> dict[str, Any]:
    """What an instance shows of the edits on its series: a person who colours all events means this one, too."""
    own, of_series = _compared(current), _compared(edits_on_series)
    return {name: current[name] for name in FIELDS if name in edits_on_series and own[name] == of_series[name]}


def as_found(link: Link, event: Mapping[str, Any], series: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The body of a link's event as Google holds it, with the mark of what is the person's.

    While it is as we wrote it, or has the version that we wrote, only a reminder can have changed, and what was sent
    says it best.
    """
    same = link.sent is not None and (event.get("etag") == link.etag or echo_of(event) == link.echo)
    edits = edits_on(link.sent, event, series, overwritten=link.is_unsure)
    return with_edits((same and link.sent) or body_of(event), edits, link.sent)


def by_hand(link: Link, after: Mapping[str, Any] | None) -> JournalEntry:
    """What a person did to a mirror event, for the journal; None after a deletion."""
    return JournalEntry(
        source_id=link.source_id,
        part=link.part,
        event_id=link.event_id,
        verb=Verb.DELETE if after is None else Verb.UPDATE,
        reason="by hand in Google",
        before=link.sent,
        after=after,
        by_hand=True,
    )


def with_edits(
    body: Mapping[str, Any], edits: Mapping[str, Any], sent: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The body with these user edits and no others, and the mark that they are.

    `sent`, of a body as Google holds it: what we sent last, where that is known.
    """
    fields = {name: value for name, value in edits.items() if name != NOTE}
    made = dict(body) | fields
    marks = {name: value for name, value in private_marks(body).items() if name != TOUCH}
    if fields:
        marks[TOUCH] = ",".join(sorted(fields))
    if marks:
        made["extendedProperties"] = {"private": marks}
    if NOTE in edits or _note(body, sent):
        made["description"] = _noted(_split(body, sent)[0], edits.get(NOTE, ""))
    return made


def _spread(before: Mapping[str, Any], now: Mapping[str, Any], of_series: Mapping[str, Any]) -> set[str]:
    """The names of what has become like the series."""
    return {name for name in now if now[name] != before[name] and now[name] == of_series[name]}


def _noted(own: str, note: str) -> str:
    """Our text and the person's note; where both do not fit, ours is cut."""
    if repeats(note, own):
        return own
    room = LONGEST_DESCRIPTION - len(with_note(" ", note))
    return with_note(own if len(own) <= room else describe(own, "html", limit=room), note)


def _split(body: Mapping[str, Any], sent: Mapping[str, Any] | None) -> tuple[str, str]:
    told = None if sent is None or sent is body else str(sent.get("description", ""))
    return split_note(str(body.get("description", "")), told)


def _note(body: Mapping[str, Any], sent: Mapping[str, Any] | None = None) -> str:
    return _split(body, sent)[1]


def _compared(body: Mapping[str, Any], sent: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {"colorId": body.get("colorId"), "reminders": spelled(body.get("reminders")), NOTE: _note(body, sent)}


def _marked(event: Mapping[str, Any]) -> dict[str, Any]:
    marks = private_marks(event)
    return {
        "colorId": marks.get(COLOR),
        "reminders": marks.get(REMINDERS, spelled(event.get("reminders"))),
        NOTE: "",
    }
