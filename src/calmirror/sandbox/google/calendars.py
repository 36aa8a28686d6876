"""Calendars, the calendar list, colours, free and busy times, channels."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from calmirror.http.message import Answer
from calmirror.sandbox.google.call import Call
from calmirror.sandbox.google.errors import CATALOGUE, Refusal, RefusedError, backend_error, refused
from calmirror.sandbox.google.events import check_match
from calmirror.sandbox.google.expansion import instances, overlaps
from calmirror.sandbox.google.listing import Rendered, seal, unseal
from calmirror.sandbox.google.moments import known_zone, milliseconds, parameter_instant, second
from calmirror.sandbox.google.render import (
    COLORS,
    EVENT_COLORS,
    calendar_etag,
    render_calendar,
    render_entry,
)
from calmirror.sandbox.google.storage import Calendar, State

OWNER_CANNOT_LEAVE = "The data owner of a calendar cannot remove such a calendar from their calendar list."
ENTRY_SETTINGS = ("summaryOverride", "hidden", "selected", "defaultReminders")
COLOR = re.compile(r"#[0-9a-fA-F]{6}")


class CalendarCalls:
    """The methods of `calendars`, `calendarList`, `colors`, `freebusy` and `channels`."""

    def __init__(self, state: State, app: str) -> None:
        self.state = state
        self.app = app

    def insert(self, call: Call) -> Rendered:
        """POST calendars; every one counts for good, deleted or not."""
        if not call.body.get("summary"):
            raise refused("required", "Missing summary.")
        zone_name = _zone(call.body.get("timeZone"), "UTC")
        quota = self.state.switches.calendar_quota
        if quota is not None and self.state.calendars_made >= quota:
            raise refused("quotaExceeded")
        self.state.calendars_made += 1
        calendar = self.state.add_calendar(str(call.body["summary"]), zone_name, self.app)
        self._describe(calendar, call)
        return render_calendar(calendar, self.state)

    def get(self, call: Call) -> Rendered:
        """GET calendars/{calendarId}."""
        return render_calendar(self.state.calendar(call.path["calendarId"], call.app), self.state)

    def patch(self, call: Call) -> Rendered:
        """PATCH calendars/{calendarId}; one that changes nothing leaves the etag as it is."""
        calendar = self.state.calendar(call.path["calendarId"], call.app)
        check_match(call, calendar_etag(calendar))
        zone_name = _zone(call.body.get("timeZone"), calendar.time_zone)
        summary = str(call.body.get("summary", calendar.summary))
        before = _told(calendar)
        calendar.summary, calendar.time_zone = summary, zone_name
        self._describe(calendar, call)
        if _told(calendar) != before:
            calendar.version = self.state.tick()
            self.state.list_changed(calendar)
        return render_calendar(calendar, self.state)

    def update(self, call: Call) -> Rendered:
        """PUT calendars/{calendarId}."""
        if not call.body.get("summary"):
            raise refused("required", "Missing summary.")
        blank = {"description": "", "location": ""}
        whole = Call(call.method, call.path, call.query, call.headers, {**blank, **call.body}, call.app)
        return self.patch(whole)

    def delete(self, call: Call) -> Answer:
        """DELETE calendars/{calendarId}: a secondary calendar with all its events."""
        calendar = self.state.calendar(call.path["calendarId"], call.app)
        if calendar.primary:
            raise refused("forbidden", "Cannot delete the primary calendar.")
        check_match(call, calendar_etag(calendar))
        calendar.deleted = True
        for rows in (calendar.events, calendar.exceptions, calendar.kin, calendar.dropped):
            rows.clear()
        self.state.list_changed(calendar)
        return Answer(204)

    def clear(self, call: Call) -> Answer:
        """POST calendars/{calendarId}/clear: the primary calendar only."""
        calendar = self.state.calendar(call.path["calendarId"], call.app)
        if not calendar.primary:
            raise refused("invalid")
        for event in calendar.events.values():
            event.fields = {**event.fields, "status": "cancelled"}
            event.version = event.updated = self.state.tick()
            event.purged = True
            calendar.keep(event)
        return Answer(204)

    def _describe(self, calendar: Calendar, call: Call) -> None:
        calendar.description = str(call.body.get("description", calendar.description) or "")
        calendar.location = str(call.body.get("location", calendar.location) or "")

    def list_entries(self, call: Call) -> Rendered:
        """GET users/me/calendarList, with pages and sync tokens."""
        since = self._since(call)
        first = -1 if "pageToken" not in call.query else self._page_key(call)
        shown = sorted(self.state.calendars.values(), key=lambda one: one.change)
        rows = [one for one in shown if one.change > max(since, first) and self._is_listed(one, call, again=since >= 0)]
        size = call.number("maxResults", 100, 250)
        page, rest = rows[:size], rows[size:]
        answer: Rendered = {"kind": "calendar#calendarList", "etag": f'"p3{self.state.list_changes:013}o"'}
        if rest:
            answer["nextPageToken"] = seal("entries", key=page[-1].change)
        else:
            content = {"changes": self.state.list_changes, "epoch": self.state.list_epoch}
            answer["nextSyncToken"] = seal("entry-sync", **content)
        return answer | {"items": [render_entry(calendar, self.state) for calendar in page]}

    def _since(self, call: Call) -> int:
        if "syncToken" not in call.query:
            return -1
        token = unseal("entry-sync", call.one("syncToken"))
        if token is None:
            raise refused("invalid", "Invalid sync token value.")
        if token["epoch"] != self.state.list_epoch:
            raise refused("fullSyncRequired")
        return int(token["changes"])

    def _page_key(self, call: Call) -> int:
        token = unseal("entries", call.one("pageToken"))
        if token is None:
            raise refused("invalid", "Invalid page token value.")
        return int(token["key"])

    def _is_listed(self, calendar: Calendar, call: Call, *, again: bool) -> bool:
        if calendar.deleted and not (again or call.flag("showDeleted")):
            return False
        return again or call.flag("showHidden") or not calendar.entry.get("hidden")

    def entry(self, call: Call) -> Rendered:
        """GET users/me/calendarList/{calendarId}."""
        return render_entry(self.state.calendar(call.path["calendarId"], call.app), self.state)

    def patch_entry(self, call: Call) -> Rendered:
        """PATCH (or PUT) users/me/calendarList/{calendarId}."""
        calendar = self.state.calendar(call.path["calendarId"], call.app)
        check_match(call, f'"{calendar.entry_version}"')
        settings = {name: call.body[name] for name in ENTRY_SETTINGS if name in call.body}
        settings |= _colors(call)
        changed = {**calendar.entry, **settings}
        if call.method.endswith("update"):
            changed = settings
        if changed != calendar.entry:
            calendar.entry = {name: value for name, value in changed.items() if value is not None}
            self.state.list_changed(calendar)
        return render_entry(calendar, self.state)

    def delete_entry(self, call: Call) -> Answer:
        """DELETE users/me/calendarList/{calendarId}: the owner cannot."""
        self.state.calendar(call.path["calendarId"], call.app)
        raise refused("forbidden", OWNER_CANNOT_LEAVE)

    def colors(self, _call: Call) -> Rendered:
        """GET colors."""
        palettes = {
            name: {key: {"background": color, "foreground": "#1d1d1d"} for key, color in palette.items()}
            for name, palette in (("calendar", COLORS), ("event", EVENT_COLORS))
        }
        return {"kind": "calendar#colors", "updated": "2012-02-14T00:00:00.000Z", **palettes}

    def free_busy(self, call: Call) -> Rendered:
        """POST freeBusy: the merged times of events that block time."""
        if not call.body.get("timeMin") or not call.body.get("timeMax"):
            raise refused("required", "Missing time range.")
        after = parameter_instant(str(call.body["timeMin"]), "timeMin")
        before = parameter_instant(str(call.body["timeMax"]), "timeMax")
        if after >= before:
            raise refused("timeRangeEmpty")
        asked = [str(item.get("id")) for item in call.body.get("items") or []]
        return {
            "kind": "calendar#freeBusy",
            "timeMin": _stamp(after),
            "timeMax": _stamp(before),
            "calendars": {name: self._busy(name, after, before) for name in asked},
        }

    def _busy(self, name: str, after: datetime, before: datetime) -> Rendered:
        try:
            calendar = self.state.calendar(name)
        except RefusedError:
            return {"errors": [{"domain": "global", "reason": "notFound"}], "busy": []}
        spans: list[tuple[datetime, datetime]] = []
        for event in list(calendar.events.values()):
            found = [event] if event.schedule is None else instances(event, calendar, self.state, after, before)
            spans += [
                (max(one.start.instant(calendar.time_zone), after), min(one.end.instant(calendar.time_zone), before))
                for one in found
                if not one.cancelled
                and one.fields.get("transparency") != "transparent"
                and overlaps(one, calendar, after, before)
            ]
        return {"busy": [{"start": second(start), "end": second(end)} for start, end in _joined(spans)]}

    def stop_channel(self, call: Call) -> Answer:
        """POST channels/stop: there never is a channel, since `watch` is not offered."""
        name = str(call.body.get("id", ""))
        text = f"Channel '{name}' not found for project '0'"
        missing = CATALOGUE["notFound"]
        raise RefusedError(backend_error(Refusal(404, missing.reason, text)))


def _zone(name: Any, usual: str) -> str:
    if name is None:
        return usual
    if not known_zone(str(name)):
        raise refused("invalid", "Invalid time zone.")
    return str(name)


def _told(calendar: Calendar) -> tuple[str, ...]:
    return calendar.summary, calendar.time_zone, calendar.description, calendar.location


def _colors(call: Call) -> dict[str, Any]:
    """A palette's number, or the two colours where `colorRgbFormat` opens them."""
    chosen: dict[str, Any] = {}
    if "colorId" in call.body:
        if call.body["colorId"] not in COLORS:
            raise refused("invalid", "Invalid color id.")
        chosen = {"colorId": call.body["colorId"], "backgroundColor": None, "foregroundColor": None}
    if call.flag("colorRgbFormat"):
        free = {name: call.body[name] for name in ("backgroundColor", "foregroundColor") if name in call.body}
        if not all(COLOR.fullmatch(str(value)) for value in free.values()):
            raise refused("invalid", "Invalid color.")
        chosen |= free
    return chosen


def _joined(spans: list[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    joined: list[tuple[datetime, datetime]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def _stamp(at: datetime) -> str:
    return milliseconds(int(at.timestamp()) * 1_000_000)
