"""What a person does in Google's own screens, and what a test may look at."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from calmirror.sandbox.google import screens
from calmirror.sandbox.google.call import Call
from calmirror.sandbox.google.events import EventCalls, Rendered
from calmirror.sandbox.google.expansion import instances, overlaps
from calmirror.sandbox.google.render import render_event
from calmirror.sandbox.google.storage import Event, State

Scope = Literal["this", "following", "all"]
SCREEN = {"sendUpdates": ["none"], "supportsAttachments": ["true"], "conferenceDataVersion": ["1"]}
COPIED = (
    "id",
    "iCalUID",
    "etag",
    "created",
    "updated",
    "htmlLink",
    "sequence",
    "recurringEventId",
    "originalStartTime",
)


class People:
    """The person's side of the stand-in: no token, no quota, no mail."""

    state: State

    def take_away(self, calendar: str, owner: str, role: str = "writer") -> None:
        """The calendar is somebody else's from now on, who shares it with the person."""
        shared = self.state.calendar(calendar)
        shared.owner, shared.role = owner, role

    def add_calendar(self, summary: str, time_zone: str = "UTC", created_by: str | None = None) -> str:
        """The id of a new calendar, made by the person, or by the app named."""
        return self.state.add_calendar(summary, time_zone, created_by).id

    def person_insert(self, calendar_id: str, body: Mapping[str, Any]) -> Rendered:
        """A new event."""
        return EventCalls(self.state).insert(_call("insert", calendar_id, body=body))

    def person_edit(self, calendar_id: str, event_id: str, *, scope: Scope = "this", **changes: Any) -> Rendered:
        """Changes properties of an event, a series or one instance; None clears.

        `scope` is what the screen asks where the event recurs: "this" event, this and "following", or "all" (whose
        times, if any, are those of the first).
        """
        if scope == "this":
            return EventCalls(self.state).patch(_call("patch", calendar_id, event_id, changes))
        calendar = self.state.calendar(calendar_id)
        edit = screens.edit_following if scope == "following" else screens.edit_all
        changed = edit(EventCalls(self.state), calendar, event_id, changes)
        return render_event(changed, calendar, self.state)

    def person_delete(self, calendar_id: str, event_id: str, *, scope: Scope = "this") -> None:
        """Moves an event to the trash, or calls one instance off; `scope` as for `person_edit`."""
        if scope == "this":
            EventCalls(self.state).delete(_call("delete", calendar_id, event_id))
            return
        delete = screens.delete_following if scope == "following" else screens.delete_all
        delete(self.state, self.state.calendar(calendar_id), event_id)

    def person_duplicate(self, calendar_id: str, event_id: str) -> Rendered:
        """Copies an event under a new id, extended properties and all."""
        original = EventCalls(self.state).get(_call("get", calendar_id, event_id))
        body = {name: value for name, value in original.items() if name not in COPIED}
        return self.person_insert(calendar_id, body)

    def empty_trash(self, calendar_id: str) -> None:
        """Deleted events leave the trash for good; their ids stay taken."""
        calendar = self.state.calendar(calendar_id)
        for event in calendar.events.values():
            series = calendar.events.get(event.series_id)
            event.purged |= event.cancelled and (series is None or series.cancelled)

    def delete_calendar(self, calendar_id: str) -> None:
        """Deletes a whole calendar."""
        calendar = self.state.calendar(calendar_id)
        calendar.deleted = True
        self.state.list_changed(calendar)

    def expire_sync_tokens(self) -> None:
        """Every sync token given out so far is answered with 410 from now on."""
        self.state.list_epoch += 1
        for calendar in self.state.calendars.values():
            calendar.epoch += 1

    def events(self, calendar_id: str, *, deleted: bool = False) -> list[Rendered]:
        """The stored rows: single events, series, changed instances; with `deleted` the cancelled too."""
        calendar = self.state.calendar(calendar_id)
        rows = [event for event in calendar.events.values() if deleted or not event.cancelled]
        return [render_event(event, calendar, self.state) for event in rows]

    def occurrences(self, calendar_id: str, start: datetime, end: datetime) -> list[Rendered]:
        """What the person sees between two instants, each series expanded, in order of start."""
        calendar = self.state.calendar(calendar_id)
        seen: list[Event] = []
        for event in list(calendar.events.values()):
            if event.schedule is not None and not event.cancelled:
                seen += instances(event, calendar, self.state, start, end)
            elif event.schedule is None and event.original is None and overlaps(event, calendar, start, end):
                seen.append(event)
        shown = [event for event in seen if not event.cancelled]
        shown.sort(key=lambda event: (event.start.instant(calendar.time_zone), event.id))
        return [render_event(event, calendar, self.state) for event in shown]


def _call(name: str, calendar_id: str, event_id: str = "", body: Mapping[str, Any] | None = None) -> Call:
    path = {"calendarId": calendar_id, "eventId": event_id}
    return Call(f"calendar.events.{name}", path, SCREEN, body=body or {})
