"""What calmirror promises, each promise under its name; and the watch that holds a world against them.

Part of them holds at every moment, whatever goes wrong: `Watch.look` checks these, and looks only at what is new since
it looked last. The others hold when nothing goes wrong any more: whoever drives a world checks them with `hold`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from calmirror.http.message import Request
from calmirror.sandbox.google.render import render_event
from calmirror.sandbox.service import Exchange

if TYPE_CHECKING:
    from world import World

PROMISES: Mapping[str, str] = {
    "I1": "What calmirror did not make stays byte for byte what it is, and no write even names it.",
    "I2": "Nobody is notified: every write says so, and no event carries attendees.",
    "I3": "No event of Outlook is in Google twice.",
    "I4": "Nothing is deleted that still stands in Outlook, and never many without a person's word.",
    "I5": "Outlook is only read.",
    "I6": "The cursor is saved after the data: what a run that died had not written, the next one writes.",
    "I7": "A run that lost its mirror to another writes at most what was on its way: one request, or that one again.",
    "I8": "No token, link, title or text is in anything that is said, and each token goes to its own service alone.",
    "I9": "A run ends: it sends no more than so many requests, whatever it is answered.",
    "I10": "When nothing goes wrong any more, one run makes both calendars show the same.",
    "I11": "When that is so, another run writes nothing.",
    "I12": "Wherever a run dies, the next one ends where it would have ended.",
    "I13": "What changes while a run is at work is mirrored by the next one.",
    "I14": "An event that cannot be mirrored, or a mirror that fails, stops no other; it is named.",
    "I15": "The same seed is the same history, request by request.",
    "I16": "The journal restores any earlier run: an undo gives the calendar of before it, and no run takes it back.",
    "I17": "A purge takes all that calmirror made, and nothing else.",
    "I18": "Of what is private in Outlook no title, text or place is in Google, nor is it in any occurrence of it.",
}
MOST_REQUESTS = 2000
"""Of one run: histories are small, and what is refused is tried again eight times at most."""
SILENT = "sendUpdates"
CANARIES = ("microsoft-token", "google-token", "deltatoken", "skiptoken", "Title ")
"""Tokens, what only links hold, and the beginning of every title and text in a history."""
TOKENS = {"graph.sandbox": "Bearer microsoft-token", "google.sandbox": "Bearer google-token"}


class BrokenPromiseError(AssertionError):
    """One promise was not kept."""

    def __init__(self, name: str, what: object) -> None:
        super().__init__(f"{name}: {PROMISES[name]} But: {what}")


def hold(name: str, kept: object, what: object = "") -> None:
    """Raises BrokenPromiseError unless the promise of that name was kept."""
    if not kept:
        raise BrokenPromiseError(name, what)


class Watch:
    """Sees to it that no fault breaks a promise in one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.foreign: dict[str, tuple[str, str]] = {}
        """What is not ours, by event id: its calendar and its text."""
        self.once_ours: set[str] = set()
        """Those of them that writes may still name: they were ours, and no run has looked since."""
        self.carried: list[Request] = []
        """What went over the network since the last look."""
        self.said: list[str] = []
        """What was said to people and to logs since the last look."""
        self._seen = (0, 0)
        self._changes: dict[str, int] = {}

    def protect(self, calendar: str, event_id: str, *, once_ours: bool = False) -> None:
        """From now on this event must stay what it is."""
        self.foreign[event_id] = (calendar, self._text(calendar, event_id))
        self.once_ours |= {event_id} if once_ours else set()

    def look(self) -> None:
        """Checks everything that happened since the last look."""
        world = self._world
        seen, self._seen = self._seen, (len(world.graph.log), len(world.google.log))
        self._foreign_events()
        hold("I2", world.google.mails == [], "mail was sent")
        for one in calls(world.google.log[seen[1] :]):
            self._google_call(one)
        hold("I5", all(one.method == "GET" for one in calls(world.graph.log[seen[0] :])), "a write to Outlook")
        self._words()

    def _foreign_events(self) -> None:
        for calendar in {calendar for calendar, _ in self.foreign.values()}:
            changes = self._world.google.state.calendar(calendar).changes
            if self._changes.get(calendar) != changes:
                self._changes[calendar] = changes
                for event_id, (home, text) in self.foreign.items():
                    hold("I1", home != calendar or self._text(home, event_id) == text, event_id)

    def _google_call(self, one: Exchange) -> None:
        if one.method == "GET" or "/events" not in one.path:
            return
        hold("I1", one.path.rpartition("/")[2] not in self.foreign.keys() - self.once_ours, one.path)
        hold("I2", one.query.get(SILENT) == "none", one.path)
        if one.method != "DELETE":
            body = json.loads(one.request.body)
            hold("I2", "attendees" not in body, one.path)
            hold("I1", marks(body).get("calmirror") in self._world.identities, "a write without our marks")

    def _words(self) -> None:
        for request in self.carried:
            host = urlsplit(request.url).hostname or ""
            hold("I8", request.headers.get("authorization") == TOKENS.get(host), f"another token for {host}")
        for text in self.said:
            hold("I8", not any(canary in text for canary in CANARIES), text)
        self.carried.clear()
        self.said.clear()

    def _text(self, calendar_id: str, event_id: str) -> str:
        calendar = self._world.google.state.calendar(calendar_id)
        return json.dumps(render_event(calendar.events[event_id], calendar, self._world.google.state))


def calls(log: Iterable[Exchange]) -> Iterator[Exchange]:
    """Every call, those in batches one by one."""
    for exchange in log:
        yield from exchange.parts or ([] if exchange.path.endswith(("/$batch", "/batch/calendar/v3")) else [exchange])


def piece(event: Mapping[str, Any]) -> tuple[str, str]:
    """The source event of an event in Google, and which part of it this is.

    An instance that a person changed, and what they cut off a series, have the marks of the series.
    """
    tail = event["id"].partition("_")[2]
    kind = "split" if tail.startswith("R") else "override"
    return marks(event)["calmirrorSource"], f"{kind}:{tail}" if tail else marks(event).get("calmirrorPart", "")


def marks(event: Mapping[str, Any]) -> dict[str, str]:
    """The private properties of an event in Google."""
    return dict(event.get("extendedProperties", {}).get("private", {}))
