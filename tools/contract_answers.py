"""Requests and answers as evidence: recorded, with everything personal replaced before they are written.

Names of members, statuses, codes of errors and the shape of answers are kept. Ids, etags, addresses, names, links,
tokens, texts, and titles of events that no check made become `id 1`, `etag 2`, …; equal texts have equal names. Times
and numbers are kept only of events that checks made.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from contract_check import OURS, Finding, default_of

from calmirror.http.message import Answer, Request, Transport

KEPT = frozenset({"kind", "status", "type", "@odata.type", "reason", "domain", "code", "eventType", "method"})
"""Members whose texts are words of the service."""
TIMES = frozenset({
    "date", "dateTime", "endDate", "originalEndTimeZone", "originalStart", "originalStartTimeZone", "recurrence",
    "recurrenceTimeZone", "startDate", "timeZone",
})  # fmt: skip
TITLES = frozenset({"displayName", "subject", "Subject", "summary"})
IDS = frozenset(
    {"cancelledOccurrences", "iCalUID", "iCalUId", "id", "occurrenceId", "recurringEventId", "seriesMasterId"}
)
VERSIONS = frozenset({"@odata.etag", "changeKey", "etag"})
LINKS = frozenset({"@odata.deltaLink", "@odata.nextLink"})
QUERY = frozenset({"$expand", "$select", "$top", "maxResults", "singleEvents", "startDateTime", "endDateTime"})
"""Options whose values are kept."""
OCCURRENCE = re.compile(r"OID\.(?P<head>.+)\.(?P<tail>\d{4}-\d\d-\d\d)")
INSTANCE = re.compile(r"(?P<head>[^_].*?)(?P<tail>(?:_R?\d{8}(?:T\d{6}Z?)?)*(?:@google\.com)?)")
WORDS = frozenset({
    "", "$batch", "batch", "calendar", "calendarGroups", "calendarList", "calendarView", "calendars", "delta", "events",
    "import", "instances", "me", "users", "v1.0", "v3",
})  # fmt: skip
"""Segments of paths that are no ids."""
QUOTED = re.compile(r"(?<!\w)'[^']*'|\S+@\S+|\S{30,}")
"""What a message of an error may repeat of somebody's data."""
BATCHED = re.compile(rb"^HTTP/1\.1 (\d{3})", re.MULTILINE)


class Recording:
    """A transport that remembers what goes through it."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._seen: list[tuple[Request, Answer]] = []

    def send(self, request: Request) -> Answer:
        """As Transport.send."""
        answer = self._transport.send(request)
        self._seen.append((request, answer))
        return answer

    def taken(self) -> list[tuple[Request, Answer]]:
        """What went through since the last call."""
        seen, self._seen = self._seen, []
        return seen


class Redaction:
    """Replaces what is personal; equal texts of one redaction have equal names.

    Args:
        scratch: ids of the calendars that only checks write to.
    """

    def __init__(self, scratch: Iterable[str]) -> None:
        self._scratch = set(scratch)
        self._names: dict[tuple[str, str], str] = {}

    def exchange(self, request: Request, answer: Answer) -> dict[str, Any]:
        """One request and its answer, without headers."""
        url = urlsplit(request.url)
        path = unquote(url.path)
        ours = path.startswith("/v1.0/me/events/") or any(calendar in path for calendar in self._scratch)
        query = {
            name: value if name in QUERY and ours else self._text(name, value, ours)
            for name, value in parse_qsl(url.query)
        }
        kept: dict[str, Any] = {"request": f"{request.method} {self._path(path)}", "status": answer.status}
        kept |= {"query": query} if query else {}
        if statuses := BATCHED.findall(answer.body):
            return kept | {"members": [int(status) for status in statuses]}
        for name, body in (("sent", request.body), ("answer", answer.body)):
            try:
                kept |= {name: self._value("", json.loads(body), ours)} if body else {}
            except ValueError:
                kept[name] = "not JSON"
        return kept

    def _value(self, name: str, value: Any, ours: bool) -> Any:
        if isinstance(value, dict):
            return {key: self._value(key, one, ours) for key, one in value.items()}
        if isinstance(value, list):
            return [self._value(name, one, ours) for one in value]
        if value is None or isinstance(value, bool) or (not isinstance(value, str) and (ours or name in KEPT)):
            return value
        return self._text(name, str(value), ours)

    def _text(self, name: str, text: str, ours: bool) -> str:
        if name in KEPT or (ours and name in TIMES) or (name in TITLES and text.startswith(OURS)):
            return text
        if name in IDS:
            return self._id(text, ours)
        if name in VERSIONS:
            return self._named("etag", text.removeprefix("W/").strip('"'))
        if name in LINKS:
            return f"{self._path(unquote(urlsplit(text).path))}?{self._named('token', text)}"
        if name == "message":
            return QUOTED.sub("…", text)
        return self._named(name, text)

    def _path(self, path: str) -> str:
        return "/".join(self._segment(segment) for segment in path.split("/"))

    def _segment(self, segment: str) -> str:
        """One segment of a path: words stay, and what may be an id or an address is named."""
        keyed = re.fullmatch(r"(\w+)\('(.+)'\)", segment)
        if keyed:
            return f"{keyed[1]}('{self._id(keyed[2], True)}')"
        return segment if segment in WORDS else self._id(segment, True)

    def _id(self, text: str, ours: bool) -> str:
        """The name of an id. What Google and Graph make of the ids of a series is kept: dates only of our events."""
        found = OCCURRENCE.fullmatch(text) or INSTANCE.fullmatch(text)
        if found is None:
            return self._named("id", text)
        head = self._named("id", found["head"])
        if found.re is OCCURRENCE:
            return f"OID.{head}.{found['tail'] if ours else self._named('date', found['tail'])}"
        return head + (found["tail"] if ours else "")

    def _named(self, kind: str, text: str) -> str:
        number = 1 + sum(one[0] == kind for one in self._names)
        return self._names.setdefault((kind, text), f"{kind} {number}")


def evidence(finding: Finding, switches: type, exchanges: list[dict[str, Any]]) -> dict[str, Any]:
    """A finding as it is written to a file."""
    check = finding.check
    result: dict[str, Any] = {"why": finding.why} if finding.why else {"result": finding.side}
    switch = {"switch": check.switch, "default": default_of(switches, check.switch)} if check.switch else {}
    return {"check": check.name, "says": check.says, **switch, **result, "exchanges": exchanges}
