"""Two other ways to keep a Google calendar like an Outlook one, written for comparison from descriptions of them.

Both see a series as its occurrences, each an event of its own, and send each write alone. They get the same clients,
and the same pace for Google's quota, as calmirror.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from calmirror.http.client import Client
from calmirror.http.message import Clock
from calmirror.http.pacing import Meter

Event = dict[str, Any]
GRAPH_PAGE, GOOGLE_PAGE = 999, 250
"""The largest page that is often asked for, and the one that Google gives to those who do not ask."""


class Rival:
    """What both have in common: reading Outlook's view, and Google's three writes."""

    def __init__(self, microsoft: Client, google: Client, clock: Clock, state: Path) -> None:
        self._microsoft, self._google, self._clock, self._state = microsoft, google, clock, state
        self._meter = Meter(clock)
        self.known: dict[str, Any] = json.loads(state.read_text()) if state.exists() else {}
        self._path = self.known.get("calendar") or self._made()

    def listed(self, page: int) -> list[Event]:
        """Everything in the window, series as their occurrences."""
        now = datetime.fromtimestamp(self._clock.now(), UTC)
        window = {
            "startDateTime": f"{now - timedelta(20):%FT00:00:00Z}",
            "endDateTime": f"{now + timedelta(365):%FT%TZ}",
        }
        url, events = f"/me/calendarView?{urlencode(window | {'$top': str(page)})}", []
        headers = {"Prefer": 'outlook.timezone="UTC"'}
        while url:
            _, body = self._microsoft.send_json("GET", url, headers=headers)
            events += body["value"]
            url = body.get("@odata.nextLink", "")
        return events

    def ours(self, page: int) -> Iterator[Event]:
        """All events in the Google calendar."""
        token = ""
        while True:
            query = {"maxResults": str(page)} | ({"pageToken": token} if token else {})
            body = self._ask("GET", f"{self._path}?{urlencode(query)}")
            yield from body["items"]
            if not (token := body.get("nextPageToken", "")):
                return

    def insert(self, event: Event) -> None:
        """A new event."""
        self._ask("POST", f"{self._path}?sendUpdates=none", body(event))

    def replace(self, known: Event, event: Event) -> None:
        """An event as it should be."""
        self._ask("PUT", f"{self._path}/{known['id']}?sendUpdates=none", body(event) | {"sequence": known["sequence"]})

    def delete(self, known: Event) -> None:
        """One event less."""
        self._ask("DELETE", f"{self._path}/{known['id']}?sendUpdates=none")

    def keep(self, **known: Any) -> None:
        """Writes the state file."""
        self.known |= known
        self._state.write_text(json.dumps(self.known))

    def _made(self) -> str:
        calendar = self._ask("POST", "/calendars", {"summary": "Outlook"})["id"]
        path = f"/calendars/{quote(calendar)}/events"
        self.keep(calendar=path)
        return path

    def _ask(self, method: str, path: str, sent: Event | None = None) -> Any:
        self._meter.take(1)
        if method == "DELETE":
            return self._google.send(method, path)
        answer, found = self._google.send_json(method, path, json=sent)
        assert answer.status == 200, answer.body
        return found


def rewrite_all(rival: Rival) -> None:
    """Compares ids and times of change with those of the last run; where any differs, all goes and comes again."""
    events = rival.listed(GRAPH_PAGE)
    signature = {event["id"]: event["lastModifiedDateTime"] for event in events}
    if signature == rival.known.get("signature"):
        return
    for known in list(rival.ours(2500)):
        rival.delete(known)
    for event in events:
        rival.insert(event)
    rival.keep(signature=signature)


def list_and_compare(rival: Rival) -> None:
    """Lists both sides in every run and writes what differs; each copy says where it comes from."""
    events = {event["id"]: event for event in rival.listed(250)}
    there = {mark(known): known for known in rival.ours(GOOGLE_PAGE)}
    for one, event in events.items():
        if one not in there:
            rival.insert(event)
        elif there[one]["extendedProperties"]["private"]["version"] != version(event):
            rival.replace(there[one], event)
    for one, known in there.items():
        if one not in events:
            rival.delete(known)


RIVALS: dict[str, Callable[[Rival], None]] = {"rewrite all": rewrite_all, "list and compare": list_and_compare}


def body(event: Event) -> Event:
    """An Outlook event as Google takes it."""
    return {
        "summary": event["subject"],
        "description": event.get("bodyPreview", ""),
        "start": {"dateTime": event["start"]["dateTime"][:19] + "Z"},
        "end": {"dateTime": event["end"]["dateTime"][:19] + "Z"},
        "extendedProperties": {"private": {"source": event["id"], "version": version(event)}},
    }


def mark(known: Event) -> str:
    """The Outlook event that a copy was made of."""
    return str(known["extendedProperties"]["private"]["source"])


def version(event: Event) -> str:
    """What tells that an event changed: the change key of a series is that of all its occurrences."""
    return f"{event['changeKey']} {event['start']['dateTime']} {event['subject']}"
