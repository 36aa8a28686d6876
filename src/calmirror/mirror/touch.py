"""What a person set on a mirrored copy and keeps when the event changes: colour, reminder, and a note."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from calmirror.model.mirror import JournalEntry, Link, Verb
from calmirror.plan.identity import COLOR, REMINDERS, TOUCH, body_of, private_marks, spelled
from calmirror.plan.note import NOTE, split_note, with_note
from calmirror.translate.html import describe

FIELDS = ("colorId", "reminders")
LONGEST_DESCRIPTION = 8192


def touched(sent: Mapping[str, Any] | None, current: Mapping[str, Any]) -> dict[str, Any]:
    """The person's fields of an event: those that differ from what we sent, and those that were theirs before.

    Without a record of what was sent, the event's own marks tell which colour and reminders were ours, and what is
    theirs.
    """
    before = _compared(sent) if sent is not None else _marked(current)
    changed = {name for name, value in _compared(current).items() if value != before[name]}
    marks = private_marks(sent if sent is not None else current)
    theirs = changed | set(marks.get(TOUCH, "").split(",")) & set(FIELDS)
    kept = {name: current[name] for name in FIELDS if name in theirs and name in current}
    _, note = split_note(str(current.get("description", "")))
    return kept | ({NOTE: note} if note else {})


def remembered(sent: Mapping[str, Any] | None) -> dict[str, Any]:
    """The person's fields as they were sent last."""
    return touched(sent, sent) if sent is not None else {}


def as_found(link: Link, event: Mapping[str, Any]) -> dict[str, Any]:
    """The body of a link's event as Google holds it, with the mark of what is the person's.

    While its version is the one that we wrote, only a reminder can have changed, and what was sent says it best.
    """
    unchanged = link.sent is not None and event.get("etag") == link.etag
    return with_touch((unchanged and link.sent) or body_of(event), touched(link.sent, event))


def by_hand(link: Link, after: Mapping[str, Any] | None) -> JournalEntry:
    """What a person did to a mirrored event, for the journal; None after a deletion."""
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


def with_touch(body: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    """The body with the person's fields, and the mark that they are."""
    fields = {name: value for name, value in theirs.items() if name != NOTE}
    made = dict(body) | fields
    if fields:
        made["extendedProperties"] = {"private": {**private_marks(body), TOUCH: ",".join(sorted(fields))}}
    if NOTE in theirs:
        made["description"] = _noted(str(body.get("description", "")), theirs[NOTE])
    return made


def _noted(description: str, note: str) -> str:
    """Our text and the person's note; where both do not fit, ours is cut."""
    own, _ = split_note(description)
    room = LONGEST_DESCRIPTION - len(with_note(" ", note))
    return with_note(own if len(own) <= room else describe(own, "html", limit=room), note)


def _compared(body: Mapping[str, Any]) -> dict[str, Any]:
    return {"colorId": body.get("colorId"), "reminders": spelled(body.get("reminders"))}


def _marked(event: Mapping[str, Any]) -> dict[str, Any]:
    marks = private_marks(event)
    return {"colorId": marks.get(COLOR), "reminders": marks.get(REMINDERS, spelled(event.get("reminders")))}
