"""Graph's paths: segments, the calendar they name, and the answer to those that nobody knows."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import unquote

from calmirror.http.message import Answer
from calmirror.sandbox.graph.errors import CATALOGUE, foreign_id, graph_error
from calmirror.sandbox.graph.mailbox import Mailbox
from calmirror.sandbox.graph.query import RefusedError
from calmirror.sandbox.graph.reads import Place

_KEYED = re.compile(r"(\w+)\('([^']*)'\)")


def segments_of(path: str) -> list[str]:
    """Path segments, decoded; `users('x')` and `delta()` are read like `users/x` and `delta`."""
    segments: list[str] = []
    for part in filter(None, path.split("/")):
        text = unquote(part)
        keyed = _KEYED.fullmatch(text)
        if keyed:
            segments += keyed.groups()
        else:
            segments.append(re.sub(r"^(microsoft\.graph\.)?delta(\(.*\))?$", "delta", text))
    return segments


def place_of(mailbox: Mailbox, rest: list[str]) -> tuple[Place, list[str]]:
    """The calendar in a path and what follows it; without one it is the default calendar."""
    names = [part.lower() for part in rest]
    if names[:1] == ["calendargroups"]:
        if len(rest) > 1 and rest[1] not in mailbox.groups:
            raise RefusedError(_unknown(mailbox, rest[1]))
        rest, names = rest[2:], names[2:]
    default = Place(mailbox, mailbox, mailbox.default_calendar)
    if names[:1] == ["calendar"]:
        return replace(default, named=True), rest[1:]
    if names[:1] != ["calendars"]:
        return default, rest
    if len(rest) == 1:
        return default, []
    shared = mailbox.shared.get(rest[1])
    owner, calendar = (shared.owner, shared.calendar) if shared else (mailbox, rest[1])
    if calendar not in owner.calendars:
        raise RefusedError(_unknown(mailbox, calendar))
    return Place(mailbox, owner, calendar, True, rest[1] if shared else ""), rest[2:]


def _unknown(mailbox: Mailbox, some_id: str) -> Answer:
    """The answer to the id of a calendar or group that is not there."""
    if mailbox.is_foreign(some_id):
        return foreign_id(mailbox.switches.foreign_id, some_id, mailbox.address)
    return CATALOGUE["item-not-found"]


def no_segment(name: str) -> Answer:
    """The answer to a path that names nothing."""
    return graph_error(400, "BadRequest", f"Resource not found for the segment '{name}'.")
