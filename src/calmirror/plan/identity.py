"""How we know our own events: a computed id and private marks. Both are needed before one is touched."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from calmirror.model.ids import EventId, SourceId
from calmirror.model.mirror import Link
from calmirror.plan.note import NOTE, split_note

MIRROR, SOURCE, PART, GENERATION = "calmirror", "calmirrorSource", "calmirrorPart", "calmirrorGeneration"
HASH, UID, SCHEDULE, SINCE = "calmirrorHash", "calmirrorUid", "calmirrorSchedule", "calmirrorSince"
SHOW, COLOR, REMINDERS = "calmirrorShow", "calmirrorColor", "calmirrorReminders"
TOUCH = "calmirrorTouch"
"""Which fields of the event are the person's."""
RUN = "calmirrorRun"
"""Which run wrote it: a newer one than the state knows of tells that an older state was put back."""
MARKS = "extendedProperties"
LONGEST_VALUE = 1000
"""Google cuts a property's value at 1024 characters without a word."""
LONGEST_NUMBER = 10
"""Digits of a generation; a person can write anything into a mark."""

_STAMP = r"\d{8}(?:T\d{6})?"
_TAIL = re.compile(rf"(?P<split>R{_STAMP}(?:_R{_STAMP})*)|(?P<instance>{_STAMP}Z?)")
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


def family_of(event_id: str) -> str:
    """The id that a series has in common with its instances and with what was cut off it."""
    return event_id.partition("_")[0]


def part_of(event_id: str, marks: Mapping[str, str]) -> str | None:
    """Which part of its source event an event of ours is; None for what is no part of its own.

    Google makes the ids of a series' instances, and of what "this and following" cuts off it, from the series' own.
    The id is asked before the mark: an instance that a person changed has the marks of its series. An instance of what
    was cut off goes with that.
    """
    family, derived, tail = event_id.partition("_")
    if not derived:
        return marks.get(PART, "")
    found = _TAIL.fullmatch(tail)
    if found is None:
        return None
    if _is_piece(family, marks):
        return f"{marks[PART]}_{tail}" if found["split"] else None
    return f"split:{tail}" if found["split"] else f"override:{tail}"


def is_touched(sent: Mapping[str, Any] | None) -> bool:
    """Whether a body holds something that a person set: a colour, a reminder or a note."""
    return sent is not None and (TOUCH in private_marks(sent) or bool(split_note(str(sent.get("description", "")))[1]))


def set_by_hand(body: Mapping[str, Any]) -> dict[str, Any]:
    """The person's fields of a body of ours, and their note."""
    names = private_marks(body).get(TOUCH, "").split(",")
    note = split_note(str(body.get("description", "")))[1]
    return {name: body[name] for name in names if name in body} | ({NOTE: note} if note else {})


def recognised(event: Mapping[str, Any], mirror: str) -> Link | None:
    """The link of an event that is ours beyond doubt; None for a person's, a duplicate of ours included.

    A duplicate made in Google carries the marks but not the computed id.
    """
    marks, found = private_marks(event), EventId(str(event.get("id", "")))
    part, source_id, generation = part_of(found, marks), SourceId(marks.get(SOURCE, "")), _generation(marks)
    if part is None or marks.get(MIRROR) != mirror or not source_id:
        return None
    family = family_of(found)
    whole = "" if family != found else part
    if family != event_id(mirror, source_id, whole, generation) and not _is_piece(family, marks):
        return None
    return Link(
        source_id=source_id,
        part=part,
        event_id=found,
        generation=generation,
        fingerprint=marks.get(HASH, "") if part == marks.get(PART, "") else "",
        etag=str(event.get("etag", "")),
        sequence=int(event.get("sequence", 0)),
        since=marks.get(SINCE, ""),
        sent=body_of(event),
    )


def _is_piece(family: str, marks: Mapping[str, str]) -> bool:
    """Whether these are marks of what was cut off a series, deleted, and made again by an undo under an id of ours."""
    part, source_id = marks.get(PART, ""), SourceId(marks.get(SOURCE, ""))
    return part.startswith("split:") and family == event_id(marks.get(MIRROR, ""), source_id, part, _generation(marks))


def _generation(marks: Mapping[str, str]) -> int:
    number = marks.get(GENERATION, "")
    return int(number) if number.isdecimal() and len(number) <= LONGEST_NUMBER else 0


def following(generation: int) -> int:
    """The next generation. After the last one that a mark can hold, which only others write, they begin anew."""
    return generation + 1 if generation + 1 < 10**LONGEST_NUMBER else 0


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
