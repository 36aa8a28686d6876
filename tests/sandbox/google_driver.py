"""A short way to speak HTTP with the stand-in of Google Calendar."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

from calmirror.http.message import Answer, Request
from calmirror.sandbox.google.service import GoogleService
from calmirror.sandbox.google.switches import GoogleSwitches
from calmirror.sandbox.service import SandboxClock

SCOPE = "https://www.googleapis.com/auth/"
START = 1_773_275_391.132  # 2026-03-12T00:29:51.132Z


class Driver:
    """One token and one secondary calendar; a call returns the Answer."""

    def __init__(self, *, scope: str = "calendar", time_zone: str = "UTC", **switches: Any) -> None:
        self.clock = SandboxClock(START)
        self.service = GoogleService(self.clock, switches=GoogleSwitches(**switches))
        self.service.grant("token", [SCOPE + scope])
        self.calendar = self.service.add_calendar("Outlook", time_zone, created_by="calmirror")

    def send(self, method: str, path: str, body: Any = None, headers: Any = None, **query: Any) -> Answer:
        """A path below the API, or an absolute one beginning with `http`."""
        url = path if path.startswith("http") else self.service.base_url + path
        if query:
            url += "?" + urlencode(query, doseq=True)
        content = b"" if body is None else json.dumps(body).encode()
        return self.service.answer(Request(method, url, {"authorization": "Bearer token", **(headers or {})}, content))

    def events(self, method: str, suffix: str = "", body: Any = None, headers: Any = None, **query: Any) -> Answer:
        """A path below the events of the calendar."""
        return self.send(method, f"/calendars/{quote(self.calendar)}/events{suffix}", body, headers, **query)

    def insert(self, event_id: str = "meeting", **body: Any) -> dict[str, Any]:
        """A new event, which must be accepted."""
        answer = self.events("POST", "", timed() | {"id": event_id} | body, sendUpdates="none")
        assert answer.status == 200, answer.body
        return answer.json()

    def listed(self, **query: Any) -> list[str]:
        """The ids of one page."""
        return [item["id"] for item in self.events("GET", "", **query).json()["items"]]


def timed(start: str = "2026-03-20T09:00:00", end: str = "2026-03-20T10:00:00", zone: str = "UTC") -> dict[str, Any]:
    """The times of an event on the clock."""
    return {"start": {"dateTime": start, "timeZone": zone}, "end": {"dateTime": end, "timeZone": zone}}


def whole_days(first: str, end: str) -> dict[str, Any]:
    """The times of an all-day event, its end exclusive."""
    return {"start": {"date": first}, "end": {"date": end}}


def reason(answer: Answer) -> tuple[int, str]:
    """Status and reason of a refusal."""
    return answer.status, answer.json()["error"]["errors"][0]["reason"]


def message(answer: Answer) -> str:
    """The text of a refusal."""
    return str(answer.json()["error"]["message"])
