"""One write of a mirror event: what is sent for it and what its answer means."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from calmirror.google.batch import Call
from calmirror.google.refusals import STALE_SEQUENCE, Refusal, refusal_of
from calmirror.google.sender import event_in
from calmirror.model.mirror import Verb

if TYPE_CHECKING:
    from collections.abc import Mapping

    from calmirror.http.message import Answer
    from calmirror.model.ids import EventId

NOT_OURS = ("attendees", "conferenceData")
"""Fields by which Google would write to other people."""


class Outcome(StrEnum):
    """How a write ended."""

    DONE = "done"
    EXISTS = "exists"
    """The id is taken: by our own insert whose answer was lost, or by an event that was deleted."""
    CHANGED = "changed"
    """The event is not the one we knew: read it, decide again."""
    MISSING = "missing"
    """Google knows no such event (of an insert: no such calendar)."""
    DELETED = "deleted"
    INVALID = "invalid"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One write. `body` has Google's fields; `etag`, where given, lets it happen only to that version."""

    verb: Verb
    event_id: EventId
    body: Mapping[str, Any] | None = None
    etag: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """How one write ended. `event` is what Google answered (None after a deletion or a refusal)."""

    write: Write
    outcome: Outcome
    event: Mapping[str, Any] | None = None
    reason: str = ""
    """Google's reason, "" when done; nothing of the event is in it."""


def events_path(calendar_id: str, event_id: str | None = None) -> str:
    """The path of a calendar's events, or of one event."""
    path = f"/calendars/{segment(calendar_id)}/events"
    return path if event_id is None else f"{path}/{segment(event_id)}"


def segment(value: str) -> str:
    """An id as one segment of a path; raises ValueError for one that would name something else.

    Dots alone would be resolved on the way: a deletion of the event ".." is a deletion of the calendar.
    """
    if not value.strip("."):
        raise ValueError("an id is empty or made of dots")
    return quote(value, safe="")


def write_call(calendar_id: str, write: Write) -> Call:
    """The call that carries out a write; raises ValueError for one that must never be sent."""
    headers = {"if-match": safe_etag(write.etag)} if write.etag else {}
    if write.verb is Verb.DELETE:
        return Call("DELETE", events_path(calendar_id, write.event_id) + "?sendUpdates=none", headers)
    headers["content-type"] = "application/json; charset=UTF-8"
    event_path = events_path(calendar_id, write.event_id) + "?sendUpdates=none"
    body = safe_body(write)
    if write.verb is Verb.UPDATE:
        return Call("PUT", event_path, headers, encoded(body))
    return Call(
        "POST",
        events_path(calendar_id) + "?sendUpdates=none",
        headers,
        encoded(body | {"id": write.event_id}),
    )


def safe_etag(etag: str) -> str:
    """An etag that stays within its header line; raises ValueError otherwise."""
    if not (etag.isascii() and etag.isprintable()):
        raise ValueError("an etag holds a control character")
    return etag


def safe_body(write: Write) -> dict[str, Any]:
    """The body of a write; raises ValueError where it is missing or would reach other people."""
    if write.body is None:
        raise ValueError(f"an {write.verb} without a body")
    if refused := [field for field in NOT_OURS if field in write.body]:
        raise ValueError(f"a mirror event never has {' or '.join(refused)}")
    return dict(write.body)


def encoded(body: Mapping[str, Any]) -> bytes:
    """JSON on one line, in ASCII: no line of it can be taken for a batch's boundary."""
    return json.dumps(body, separators=(",", ":")).encode()


def write_result(write: Write, answer: Answer) -> Result:
    """What an answer that settles a write means."""
    refusal = refusal_of(answer)
    if refusal is None:
        return Result(write, Outcome.DONE, event_in(answer))
    return Result(write, outcome_of(refusal), None, refusal.label)


def outcome_of(refusal: Refusal) -> Outcome:
    """The outcome that a final refusal means."""
    if refusal.status == 400 and refusal.message.startswith(STALE_SEQUENCE):
        # The event was rescheduled since we read it; Google checks this beside If-Match.
        return Outcome.CHANGED
    known = {
        403: Outcome.FORBIDDEN,
        404: Outcome.MISSING,
        409: Outcome.EXISTS,
        410: Outcome.DELETED,
        412: Outcome.CHANGED,
    }
    return known.get(refusal.status, Outcome.INVALID)
