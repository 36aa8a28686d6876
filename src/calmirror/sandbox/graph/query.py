"""What a request asks for: query options in any case, Prefer headers, windows, filters."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

from calmirror.http.message import Answer, Request
from calmirror.sandbox.graph.errors import CATALOGUE, graph_error, invalid_parameter, not_supported_zone
from calmirror.sandbox.graph.zones import known_zone

LONGEST_WINDOW_DAYS = 1825
UTC_ZONE = ZoneInfo("UTC")
_PREFERENCE = re.compile(r'([\w.-]+)\s*=\s*("[^"]*"|[^,\s]+)')
_FILTER = re.compile(r"([\w/]+)\s+(eq|ne|gt|ge|lt|le)\s+('(?:[^']|'')*'|[^\s)]+)$")
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq, "ne": operator.ne, "gt": operator.gt, "ge": operator.ge, "lt": operator.lt, "le": operator.le,
}  # fmt: skip


class RefusedError(Exception):
    """The request cannot be carried out; `answer` says why."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Prefer:
    """The preferences of one request; `applied` is what the answer echoes."""

    zone_name: str = "UTC"
    zone: ZoneInfo = UTC_ZONE
    text_bodies: bool = False
    page_size: int = 0
    immutable: bool = False
    applied: tuple[str, ...] = ()


def prefer_of(request: Request) -> Prefer:
    """Reads the Prefer header, several preferences joined by commas; raises RefusedError for an unknown zone."""
    header = request.headers.get("prefer", "")
    found = {key.lower(): value.strip('"') for key, value in _PREFERENCE.findall(header)}
    zone_name = found.get("outlook.timezone", "UTC")
    zone = known_zone(zone_name)
    if zone is None:
        raise RefusedError(not_supported_zone(zone_name))
    size = found.get("odata.maxpagesize", "")
    content = found.get("outlook.body-content-type", "").lower()
    applied = []
    if size:
        applied.append(f"odata.maxpagesize={size}")
    if "outlook.timezone" in found:
        applied.append(f'outlook.timezone="{zone_name}"')
    if content:
        applied.append(f'outlook.body-content-type="{content}"')
    if "idtype" in found:
        applied.append(f'IdType="{found["idtype"]}"')
    return Prefer(
        zone_name=zone_name,
        zone=zone,
        text_bodies=content == "text",
        page_size=int(size) if size.isdigit() else 0,
        immutable=found.get("idtype", "").lower() == "immutableid",
        applied=tuple(applied),
    )


def options_of(request: Request) -> dict[str, str]:
    """Query options, names in lower case; a `+` is a space, as everywhere in a query."""
    return {key.lower(): value for key, value in parse_qsl(urlsplit(request.url).query, keep_blank_values=True)}


def window_of(options: Mapping[str, str]) -> tuple[datetime, datetime]:
    """The requested window; raises RefusedError where it is missing, unreadable, backwards or too long."""
    start = _moment(options, "StartDateTime")
    end = _moment(options, "EndDateTime")
    if end < start:
        raise RefusedError(invalid_parameter("EndDateTime", options["enddatetime"]))
    if (end - start).total_seconds() > LONGEST_WINDOW_DAYS * 86_400:
        raise RefusedError(CATALOGUE["window-too-large"])
    return start, end


def selected(options: Mapping[str, str]) -> list[str]:
    """The names in `$select`, as written."""
    return [name.strip() for name in options.get("$select", "").split(",") if name.strip()]


def paging(options: Mapping[str, str], *, default: int = 10) -> tuple[int, int]:
    """How many to skip and how many to answer; raises RefusedError for what is no number in range."""
    top, skip = options.get("$top", str(default)), options.get("$skip", "0")
    if not (top.isdigit() and 1 <= int(top) <= 1000):
        raise RefusedError(invalid_parameter("$top", top))
    if not skip.isdigit():
        raise RefusedError(invalid_parameter("$skip", skip))
    return int(skip), int(top)


def filtered(events: list[dict[str, Any]], options: Mapping[str, str]) -> list[dict[str, Any]]:
    """The events that `$filter` (comparisons joined by `and`) leaves, in `$orderby`'s order."""
    for clause in filter(None, re.split(r"\s+and\s+", options.get("$filter", "").strip())):
        match = _FILTER.fullmatch(clause.strip(" ()"))
        if match is None:
            raise RefusedError(graph_error(400, "ErrorInvalidUrlQueryFilter", "The query filter is not supported."))
        path, comparison, literal = match.groups()
        wanted = _comparable(literal.strip("'"))
        events = [e for e in events if _compares(_COMPARISONS[comparison], _member(e, path), wanted)]
    for key in reversed([part.strip() for part in options.get("$orderby", "").split(",") if part.strip()]):
        path, _, direction = key.partition(" ")
        events = sorted(events, key=lambda e: str(_member(e, path) or ""), reverse=direction.strip() == "desc")
    return events


def _moment(options: Mapping[str, str], name: str) -> datetime:
    text = options.get(name.lower(), "")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise RefusedError(invalid_parameter(name, text)) from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _member(event: Mapping[str, Any], path: str) -> Any:
    value: Any = event
    for name in path.split("/"):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _comparable(value: Any) -> Any:
    """Times compare as instants, everything else as lower-case text."""
    text = "null" if value is None else str(value)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text.lower()
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _compares(compare: Callable[[Any, Any], bool], value: Any, wanted: Any) -> bool:
    found = _comparable(value)
    return type(found) is type(wanted) and compare(found, wanted)
