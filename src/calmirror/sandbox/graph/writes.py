"""What a token that may write does over HTTP: calendars and events are made, changed and deleted."""

from __future__ import annotations

import json
from typing import Any

from calmirror.http.message import Answer, Request
from calmirror.sandbox.graph.errors import graph_error
from calmirror.sandbox.graph.query import RefusedError
from calmirror.sandbox.graph.reads import Reading


def written(request: Request, reading: Reading, below: list[str], rest: list[str]) -> Answer:
    """Carries out one write and answers it: 201 for what was made, 200 for what was changed, 204 after a deletion.

    Args:
        reading: the place of the request, by which what was written is answered.
        below: the path below the calendar (or below the mailbox, where the path names no calendar).
        rest: the whole path below the mailbox.
    """
    try:
        return _carried_out(request, reading, below, rest)
    except (KeyError, ValueError, TypeError, AttributeError):  # whatever is not there was refused by its reading
        text = "The request is malformed or incorrect."
        raise RefusedError(graph_error(400, "ErrorInvalidRequest", text)) from None


def _carried_out(request: Request, reading: Reading, below: list[str], rest: list[str]) -> Answer:
    place, body = reading.place, json.loads(request.body or b"{}")
    mailbox = place.mailbox
    match request.method, [part.lower() for part in below], len(rest):
        case "POST", ["events"], _:
            return _answered(201, reading.event(mailbox.create(body, place.calendar)))
        case "PATCH", ["events", _], _:
            reading.event(below[1])
            mailbox.edit(below[1], **body)
            return _answered(200, reading.event(below[1]))
        case "DELETE", ["events", _], _:
            reading.event(below[1])
            mailbox.delete(below[1])
            return Answer(204)
        case "POST", [], 1 if rest[0].lower() == "calendars":
            made = mailbox.add_calendar(str(body["name"]))
            return _answered(201, reading.render.calendar(mailbox.calendars[made]))
        case "DELETE", [], 2 if rest[0].lower() == "calendars" and place.calendar != mailbox.default_calendar:
            mailbox.delete_calendar(place.calendar)
            return Answer(204)
    raise RefusedError(graph_error(405, "ErrorInvalidRequest", "The OData request is not supported."))


def _answered(status: int, body: dict[str, Any]) -> Answer:
    return Answer(status, {}, json.dumps(body).encode())
