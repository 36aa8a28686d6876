"""Stored rows as the service shows them: its order of keys, its zones, its omissions."""

from __future__ import annotations

import base64
import re
from typing import Any

from calmirror.sandbox.google.moments import milliseconds, render_moment
from calmirror.sandbox.google.storage import Calendar, Event, State, opaque

CONFERENCE = {"allowedConferenceSolutionTypes": ["hangoutsMeet"]}
BEFORE_PEOPLE = ("summary", "description", "location", "colorId", "eventLabelId")
AFTER_UID = (
    "attendees",
    "attendeesOmitted",
    "extendedProperties",
    "conferenceData",
    "anyoneCanAddSelf",
    "guestsCanInviteOthers",
    "guestsCanModify",
    "guestsCanSeeOtherGuests",
    "reminders",
    "source",
    "workingLocationProperties",
    "outOfOfficeProperties",
    "focusTimeProperties",
    "attachments",
    "eventType",
)


def render_event(
    event: Event, calendar: Calendar, state: State, zone_name: str = "", most_attendees: int = 0
) -> dict[str, Any]:
    """An event in the calendar's zone, or in `zone_name`."""
    zone_name = zone_name or calendar.time_zone
    fields = _with_attendees_cut(event.fields, most_attendees)
    shown: dict[str, Any] = {
        "kind": "calendar#event",
        "etag": event.etag,
        "id": event.id,
        "status": fields["status"],
        "htmlLink": html_link(event.id, calendar.id),
        "created": milliseconds(event.created // 1_000_000 * 1_000_000),
        "updated": milliseconds(event.updated),
    }
    shown |= {name: fields[name] for name in BEFORE_PEOPLE if name in fields}
    shown |= _people(event, calendar, state)
    shown["start"] = render_moment(event.start, zone_name)
    shown["end"] = render_moment(event.end, zone_name)
    shown |= {name: fields[name] for name in ("recurrence",) if name in fields}
    shown |= place_in_series(event, zone_name)
    shown |= {name: fields[name] for name in ("transparency", "visibility") if name in fields}
    shown |= {"iCalUID": event.ical_uid, "sequence": event.sequence}
    return shown | {name: fields[name] for name in AFTER_UID if name in fields}


def render_bare(event: Event) -> dict[str, Any]:
    """A deleted event of which nothing more is told."""
    return {"kind": "calendar#event", "etag": event.etag, "id": event.id, "status": "cancelled"}


def place_in_series(event: Event, zone_name: str) -> dict[str, Any]:
    """The members that say of an instance which one of its series it is; none of other events."""
    if event.original is None:
        return {}
    return {"recurringEventId": event.series_id, "originalStartTime": render_moment(event.original, zone_name)}


def _people(event: Event, calendar: Calendar, state: State) -> dict[str, Any]:
    # On a secondary calendar the calendar itself is the organizer, and the creator is not "self".
    if calendar.primary:
        return {
            "creator": {"email": event.creator, "self": True},
            "organizer": {"email": state.user, "self": True},
        }
    organizer = {"email": calendar.id, "displayName": calendar.summary, "self": True}
    return {"creator": {"email": event.creator}, "organizer": organizer}


def _with_attendees_cut(fields: dict[str, Any], most: int) -> dict[str, Any]:
    people = fields.get("attendees", [])
    if not most or len(people) <= most:
        return fields
    return {**fields, "attendees": people[:most], "attendeesOmitted": True}


def html_link(event_id: str, calendar_id: str) -> str:
    """The address of the event's page."""
    shortened = re.sub(r"@group\.calendar\.google\.com$", "@g", calendar_id)
    shortened = re.sub(r"@gmail\.com$", "@m", shortened)
    eid = base64.urlsafe_b64encode(f"{event_id} {shortened}".encode()).decode().rstrip("=")
    return f"https://www.google.com/calendar/event?eid={eid}"


def render_calendar(calendar: Calendar, state: State) -> dict[str, Any]:
    """A `calendars` resource."""
    shown = {
        "kind": "calendar#calendar",
        "etag": calendar_etag(calendar),
        "id": calendar.id,
        "summary": calendar.summary,
    }
    shown |= _described(calendar)
    return shown | {"timeZone": calendar.time_zone, "conferenceProperties": CONFERENCE} | _owner(calendar, state)


def calendar_etag(calendar: Calendar) -> str:
    """The etag of the `calendars` resource."""
    return f'"{opaque(f"{calendar.id} {calendar.version}")}"'


def render_entry(calendar: Calendar, state: State) -> dict[str, Any]:
    """A `calendarList` entry; a removed calendar shows little more than its id."""
    shown: dict[str, Any] = {
        "kind": "calendar#calendarListEntry",
        "etag": f'"{calendar.entry_version}"',
        "id": calendar.id,
    }
    if calendar.deleted:
        return shown | {"deleted": True}
    settings = {"colorId": "14" if calendar.primary else "16", **calendar.entry}
    shown |= {"summary": calendar.summary, **_described(calendar), "timeZone": calendar.time_zone}
    shown |= {name: settings[name] for name in ("summaryOverride",) if name in settings}
    background = COLORS[settings["colorId"]]
    shown |= {
        "colorId": settings["colorId"],
        "backgroundColor": settings.get("backgroundColor", background),
        "foregroundColor": settings.get("foregroundColor", "#000000"),
    }
    shown |= {name: True for name in ("hidden", "selected") if settings.get(name, name == "selected")}
    shown |= {"accessRole": calendar.role, "defaultReminders": default_reminders(calendar)}
    if calendar.primary:
        shown |= {"notificationSettings": NOTIFICATIONS, "primary": True}
    return shown | {"conferenceProperties": CONFERENCE} | _owner(calendar, state)


def default_reminders(calendar: Calendar) -> list[dict[str, Any]]:
    """What an event without reminders of its own gets."""
    own = calendar.entry.get("defaultReminders")
    return own if own is not None else [{"method": "popup", "minutes": 10}] if calendar.primary else []


def _described(calendar: Calendar) -> dict[str, str]:
    texts = {"description": calendar.description, "location": calendar.location}
    return {name: text for name, text in texts.items() if text}


def _owner(calendar: Calendar, state: State) -> dict[str, str]:
    return {} if calendar.primary else {"dataOwner": calendar.owner or state.user}


NOTIFICATIONS = {
    "notifications": [
        {"type": kind, "method": "email"}
        for kind in ("eventCreation", "eventChange", "eventCancellation", "eventResponse")
    ]
}
CALENDAR_PALETTE = (
    "#ac725e #d06b64 #f83a22 #fa573c #ff7537 #ffad46 #42d692 #16a765 #7bd148 #b3dc6c #fbe983 #fad165 "
    "#92e1c0 #9fe1e7 #9fc6e7 #4986e7 #9a9cff #b99aff #c2c2c2 #cabdbf #cca6ac #f691b2 #cd74e6 #a47ae2"
)
EVENT_PALETTE = "#a4bdfc #7ae7bf #dbadff #ff887c #fbd75b #ffb878 #46d6db #e1e1e1 #5484ed #51b749 #dc2127"
COLORS = {str(number): color for number, color in enumerate(CALENDAR_PALETTE.split(), start=1)}
EVENT_COLORS = {str(number): color for number, color in enumerate(EVENT_PALETTE.split(), start=1)}
