"""Lists of events: filters, expansion, pages, sync tokens."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from calmirror.sandbox.google.call import Call
from calmirror.sandbox.google.errors import refused
from calmirror.sandbox.google.events import EventCalls, asked_zone
from calmirror.sandbox.google.expansion import (
    EARLIEST,
    LATEST,
    computed,
    find,
    hidden,
    instances,
    overlaps,
)
from calmirror.sandbox.google.moments import milliseconds, parameter_instant
from calmirror.sandbox.google.render import default_reminders, place_in_series, render_bare, render_event
from calmirror.sandbox.google.storage import Calendar, Event, State, opaque

NOT_WITH_SYNC_TOKEN = (
    "iCalUID",
    "orderBy",
    "privateExtendedProperty",
    "q",
    "sharedExtendedProperty",
    "timeMin",
    "timeMax",
    "updatedMin",
)
NO_SYNC_AFTER = {"iCalUID", "orderBy", "privateExtendedProperty", "q", "sharedExtendedProperty", "updatedMin"}
Rendered = dict[str, Any]
SortKey = list[Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """What one list request wants to see."""

    after: datetime
    before: datetime
    single: bool
    deleted: bool
    since: int = 0
    """Only rows that changed after this change; 0 for all."""
    updated_from: int = 0
    order: str = ""


class ListCalls:
    """`events.list` and `events.instances`."""

    def __init__(self, state: State, events: EventCalls) -> None:
        self.state = state
        self.events = events

    def list_events(self, call: Call) -> Rendered:
        """GET events."""
        calendar = self.state.calendar(call.path["calendarId"], call.app)
        asked = self._asked(call, calendar)
        rows = [
            (sort_key(event, calendar, asked.order), event)
            for event in self._rows(calendar, asked)
            if self._kept(event, call)
        ]
        sync = {"min": _iso(asked.after), "max": _iso(asked.before), "single": asked.single}
        follows = None if NO_SYNC_AFTER & call.query.keys() else sync
        return self._page(call, calendar, rows, 250, follows)

    def instances(self, call: Call) -> Rendered:
        """GET events/{eventId}/instances; an event that does not recur is its own only instance."""
        calendar = self.state.calendar(call.path["calendarId"], call.app)
        event = find(calendar, self.state, call.path["eventId"])
        if self.events.is_burnt(event):
            raise refused("notFound")
        asked = Asked(*_window(call), single=True, deleted=call.flag("showDeleted"))
        whole = event.schedule is None
        found = [event] if whole else instances(event, calendar, self.state, asked.after, asked.before)
        original = call.one("originalStart")
        rows = [
            (sort_key(one, calendar, "startTime"), one)
            for one in found
            if (asked.deleted or not one.cancelled) and (not original or _is_original(one, original))
        ]
        sync = {"min": _iso(asked.after), "max": _iso(asked.before), "single": True}
        return self._page(call, calendar, rows, 250, sync)

    def _asked(self, call: Call, calendar: Calendar) -> Asked:
        if "syncToken" in call.query:
            return self._asked_again(call, calendar)
        order = call.one("orderBy")
        single = call.flag("singleEvents")
        if order not in ("", "startTime", "updated") or (order == "startTime" and not single):
            raise refused("badRequest", "The requested ordering is not available for the particular query.")
        after, before = _window(call)
        return Asked(after, before, single, call.flag("showDeleted"), 0, self._updated_min(call), order)

    def _asked_again(self, call: Call, calendar: Calendar) -> Asked:
        """An incremental read: everything that changed since the token, deletions too."""
        if any(name in call.query for name in NOT_WITH_SYNC_TOKEN) or call.one("showDeleted") == "false":
            raise refused("badRequest", "Sync token cannot be used with other request restrictions.")
        token = unseal("sync", call.one("syncToken"))
        if token is None or token["calendar"] != calendar.id:
            raise refused("invalid", "Invalid sync token value.")
        if token["epoch"] != calendar.epoch:
            raise refused("fullSyncRequired")
        after, before = datetime.fromisoformat(token["min"]), datetime.fromisoformat(token["max"])
        # Changes are numbered from 1, so a token from before the first one is told apart from "all".
        return Asked(after, before, token["single"], deleted=True, since=token["changes"] or -1)

    def _updated_min(self, call: Call) -> int:
        text = call.one("updatedMin")
        if not text:
            return 0
        moment = parameter_instant(text, "updatedMin").timestamp()
        days = self.state.switches.updated_min_days
        if days is not None and moment < self.state.now() - days * 86_400:
            raise refused("updatedMinTooLongAgo")
        return int(moment * 1_000_000)

    def _rows(self, calendar: Calendar, asked: Asked) -> Iterator[Event]:
        # Undone instances are told of once, to those who ask what changed.
        undone = calendar.dropped.values() if asked.since else ()
        for event in (*calendar.events.values(), *undone):
            if asked.since and event.change <= asked.since:
                continue
            if asked.updated_from and event.updated < asked.updated_from:
                continue
            if self._wanted(event, calendar, asked):
                yield event
            if asked.single and event.schedule is not None:
                yield from self._computed(event, calendar, asked)

    def _wanted(self, event: Event, calendar: Calendar, asked: Asked) -> bool:
        series = calendar.events.get(event.series_id) if event.original else None
        if asked.single and event.schedule is not None:
            return False
        if event.cancelled and not self._cancelled_is_shown(event, series, calendar, asked):
            return False
        if series is not None and hidden(event, series, self.state):
            return False
        if asked.since and event.cancelled:
            return True
        return self._in_window(event, calendar, asked)

    def _cancelled_is_shown(self, event: Event, series: Event | None, calendar: Calendar, asked: Asked) -> bool:
        # An instance called off in a living series is shown even to those who do not ask for deleted events,
        # unless they had the series expanded: it is the only sign of the hole.
        if asked.since:
            fallen = event.original is not None and (series is None or series.cancelled)
            return not fallen or event.id in calendar.dropped or self.state.switches.deleted_series == "rows"
        if self.events.is_burnt(event):
            return False
        hole = series is not None and not series.cancelled and not asked.single
        return asked.deleted or bool(asked.updated_from) or hole

    def _in_window(self, event: Event, calendar: Calendar, asked: Asked) -> bool:
        if event.schedule is None:
            return overlaps(event, calendar, asked.after, asked.before)
        if asked.after == EARLIEST and asked.before == LATEST:
            return True
        some = instances(event, calendar, self.state, asked.after, asked.before)
        return next(some, None) is not None

    def _computed(self, event: Event, calendar: Calendar, asked: Asked) -> Iterator[Event]:
        shown = not event.cancelled or asked.deleted or asked.since or asked.updated_from
        if shown and not (event.cancelled and self.events.is_burnt(event)):
            yield from computed(event, calendar, self.state, asked.after, asked.before)

    def _kept(self, event: Event, call: Call) -> bool:
        if "iCalUID" in call.query and event.ical_uid != call.one("iCalUID"):
            return False
        kinds = call.query.get("eventTypes")
        if kinds and event.fields["eventType"] not in kinds:
            return False
        return _has_properties(event, call) and _mentions(event, call.one("q"))

    def _page(
        self, call: Call, calendar: Calendar, rows: list[tuple[SortKey, Event]], usual: int, sync: Rendered | None
    ) -> Rendered:
        """One page after the page token's place, and what leads on from it."""
        place = self._place(call, calendar)
        size = call.number("maxResults", usual, 2500)
        size = max(1, size // 2) if self.state.switches.short_pages else size
        rows = sorted((row for row in rows if place["key"] is None or row[0] > place["key"]), key=lambda row: row[0])
        answer = self._envelope(call, calendar)
        if self.state.switches.empty_pages and not place["empty"]:
            return answer | {"nextPageToken": seal("page", **(place | {"empty": True})), "items": []}
        page, rest = rows[:size], rows[size:]
        if rest:
            token = seal("page", **(place | {"key": page[-1][0], "empty": False}))
            answer["nextPageToken"] = token
        elif sync is not None:
            answer["nextSyncToken"] = seal(
                "sync", calendar=calendar.id, changes=place["changes"], epoch=calendar.epoch, **sync
            )
        return answer | {"items": [self._row(call, calendar, event) for _, event in page]}

    def _place(self, call: Call, calendar: Calendar) -> Rendered:
        """Where a page begins, and which changes were seen when the first one was asked for."""
        if "pageToken" not in call.query:
            return {"calendar": calendar.id, "key": None, "changes": calendar.changes, "empty": False}
        token = unseal("page", call.one("pageToken"))
        if token is None or token["calendar"] != calendar.id:
            raise refused("invalid", "Invalid page token value.")
        return token

    def _envelope(self, call: Call, calendar: Calendar) -> Rendered:
        latest = max((event.updated for event in calendar.events.values()), default=calendar.version)
        return {
            "kind": "calendar#events",
            "etag": f'"p3{opaque(f"{calendar.id} {calendar.changes}").lower()[:12]}0o"',
            "summary": calendar.summary,
            "description": calendar.description,
            "updated": milliseconds(latest),
            "timeZone": asked_zone(call) or calendar.time_zone,
            "accessRole": calendar.role,
            "defaultReminders": default_reminders(calendar),
        }

    def _row(self, call: Call, calendar: Calendar, event: Event) -> Rendered:
        zone_name = asked_zone(call)
        if event.cancelled and event.id in calendar.dropped:
            return render_bare(event)
        again = "syncToken" in call.query and self.state.switches.bare_tombstones
        if event.cancelled and (event.original is not None or again):
            return render_bare(event) | place_in_series(event, zone_name or calendar.time_zone)
        most = call.number("maxAttendees", 1_000_000, 1_000_000)
        return render_event(event, calendar, self.state, zone_name, most)


def sort_key(event: Event, calendar: Calendar, order: str) -> SortKey:
    """What decides a row's place; the default order is that of creation."""
    if order == "startTime":
        return [_iso(event.start.instant(calendar.time_zone)), event.id]
    if order == "updated":
        return [event.updated, event.id]
    return [event.ordinal, event.id]


def seal(kind: str, **content: Any) -> str:
    """An opaque token."""
    return base64.urlsafe_b64encode(json.dumps([kind, content]).encode()).decode()


def unseal(kind: str, token: str) -> Rendered | None:
    """What a token of that kind holds; None for anything else."""
    try:
        found, content = json.loads(base64.urlsafe_b64decode(token.encode()))
    except (ValueError, TypeError):
        return None
    return content if found == kind and isinstance(content, dict) else None


def _window(call: Call) -> tuple[datetime, datetime]:
    after = parameter_instant(call.one("timeMin"), "timeMin") if call.one("timeMin") else EARLIEST
    before = parameter_instant(call.one("timeMax"), "timeMax") if call.one("timeMax") else LATEST
    if after >= before:
        raise refused("timeRangeEmpty")
    return after, before


def _iso(at: datetime) -> str:
    return at.isoformat()


def _is_original(event: Event, text: str) -> bool:
    if event.original is None:
        return False
    if event.original.at is None:
        return str(event.original.day) == text
    return event.original.at == parameter_instant(text, "originalStart")


def _has_properties(event: Event, call: Call) -> bool:
    held = event.fields.get("extendedProperties", {})
    for side in ("private", "shared"):
        for constraint in call.query.get(f"{side}ExtendedProperty", []):
            name, equals, value = constraint.partition("=")
            if not equals:
                raise refused("invalid", "Invalid extended property constraint.")
            if held.get(side, {}).get(name) != value:
                return False
    return True


def _mentions(event: Event, text: str) -> bool:
    if not text:
        return True
    people = [f"{person.get('displayName', '')} {person['email']}" for person in event.fields.get("attendees", [])]
    told = [str(event.fields.get(name, "")) for name in ("summary", "description", "location")]
    everything = " ".join(told + people).lower()
    return all(word in everything for word in text.lower().split())
