"""How we know our own events: a computed id and private marks. Both are needed before one is touched."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from calmirror.model.ids import EventId, SourceId
from calmirror.model.mirror import Link

MIRROR, SOURCE, PART, GENERATION = "calmirror", "calmirrorSource", "calmirrorPart", "calmirrorGeneration"
HASH, UID, SCHEDULE, SINCE = "calmirrorHash", "calmirrorUid", "calmirrorSchedule", "calmirrorSince"
SHOW, COLOR, REMINDERS = "calmirrorShow", "calmirrorColor", "calmirrorReminders"
TOUCH = "calmirrorTouch"
"""Which fields of the event are the person's."""
MARKS = "extendedProperties"
LONGEST_VALUE = 1000
"""Google cuts a property's value at 1024 characters without a word."""
LONGEST_NUMBER = 10
"""Digits of a generation; a person can write anything into a mark."""

_NOT_SENT = frozenset(
    {
        *("kind", "etag", "id", "htmlLink", "created", "updated", "creator", "organizer", "iCalUID", "sequence"),
        *("eventType", "recurringEventId", "originalStartTime", "hangoutLink"),
    }
)
"""Members of Google's answer that are its own."""


def event_id(mirror: str, source_id: SourceId, part: str, generation: int, instance: str = "") -> EventId:
    """The Google id of one piece of a source event; an override's is its series' id and the instance.

    Google takes base32hex in lower case. The generation is in it because a deleted id stays reserved for ever.
    """
    piece = "" if instance else part
    digest = hashlib.sha256("\0".join((mirror, source_key(source_id), piece, str(generation))).encode()).digest()
    text = base64.b32hexencode(digest[:25]).decode().lower()
    return EventId(f"{text}_{instance}" if instance else text)


def source_key(source_id: str) -> str:
    """The source id as it is marked on the event; one that is too long for a property is hashed."""
    if len(source_id) <= LONGEST_VALUE:
        return source_id
    return "sha256:" + hashlib.sha256(source_id.encode()).hexdigest()


def instance_of(part: str) -> str:
    """The instance suffix of an override's or a hole's part, empty for the others."""
    kind, _, key = part.partition(":")
    return key if kind in ("override", "hole") else ""


def marked(body: Mapping[str, Any], marks: Mapping[str, str]) -> dict[str, Any]:
    """The body with our private marks; empty ones are left out."""
    private = {key: value[:LONGEST_VALUE] for key, value in marks.items() if value}
    return {**body, MARKS: {"private": private}}


class MarkedBody(Mapping[str, Any]):
    """The same without a copy of the body: a plan may hold a hundred thousand."""

    __slots__ = ("_body", "_marks")

    def __init__(self, body: Mapping[str, Any], marks: Mapping[str, str]) -> None:
        # Flat: a dict for each of them would take three times as much.
        self._body, self._marks = body, tuple(chain.from_iterable(mark for mark in marks.items() if mark[1]))

    def __getitem__(self, key: str) -> Any:
        if key != MARKS:
            return self._body[key]
        return marked({}, dict(zip(self._marks[::2], self._marks[1::2], strict=True)))[MARKS]

    def __iter__(self) -> Iterator[str]:
        yield from (key for key in self._body if key != MARKS)
        yield MARKS

    def __len__(self) -> int:
        return len(self._body) + (MARKS not in self._body)


def private_marks(event: Mapping[str, Any]) -> dict[str, str]:
    """The private marks of an event as Google or the store holds it."""
    return dict((event.get(MARKS) or {}).get("private") or {})


def recognised(event: Mapping[str, Any], mirror: str) -> Link | None:
    """The link of an event that is ours beyond doubt; None for a person's, a duplicate of ours included.

    A duplicate made in Google carries the marks but not the computed id.
    """
    marks = private_marks(event)
    part, source_id = marks.get(PART, ""), SourceId(marks.get(SOURCE, ""))
    number = marks.get(GENERATION, "")
    generation = int(number) if number.isdecimal() and len(number) <= LONGEST_NUMBER else 0
    expected = event_id(mirror, source_id, part, generation, instance_of(part))
    if marks.get(MIRROR) != mirror or not source_id or event.get("id") != expected:
        return None
    return Link(
        source_id=source_id,
        part=part,
        event_id=expected,
        generation=generation,
        fingerprint=marks.get(HASH, ""),
        etag=str(event.get("etag", "")),
        sequence=int(event.get("sequence", 0)),
        since=marks.get(SINCE, ""),
        sent=body_of(event),
    )


def spelled(reminders: Mapping[str, Any] | None) -> str:
    """Reminders as one text, for a mark: Google leaves out an empty list and does not keep their order."""
    own = reminders or {}
    overrides = sorted(f"{one.get('method')} {one.get('minutes')}" for one in own.get("overrides") or ())
    return ", ".join(["default"] * bool(own.get("useDefault")) + overrides) or "none"


def body_of(event: Mapping[str, Any]) -> dict[str, Any]:
    """An event as Google answered it, without what is Google's own: as it could be sent again."""
    return {key: value for key, value in event.items() if key not in _NOT_SENT}


def schedule_of(link: Link) -> str:
    """The schedule that was sent with a series' recurring event."""
    return private_marks(link.sent or {}).get(SCHEDULE, "")
