"""What the stand-in remembers: calendars, their events, and the order of changes."""

from __future__ import annotations

import base64
import hashlib
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from calmirror.sandbox.google.errors import refused
from calmirror.sandbox.google.moments import Moment
from calmirror.sandbox.google.schedule import Schedule
from calmirror.sandbox.google.switches import GoogleSwitches


@dataclass(slots=True)
class Event:
    """One row: a single event, a series or a changed instance. Times of change in microseconds of UNIX time."""

    id: str
    ical_uid: str
    fields: dict[str, Any]
    """The writable properties as they were accepted, start and end included."""
    start: Moment
    end: Moment
    creator: str
    created: int
    updated: int
    version: int
    """What the etag is made of; parts from `updated` where an edit of reminders moves only one of them."""
    sequence: int = 0
    change: int = 0
    ordinal: int = 0
    series_id: str = ""
    original: Moment | None = None
    schedule: Schedule | None = None
    purged: bool = False
    fell_with_series: bool = False

    @property
    def family(self) -> str:
        """The id that a series, its instances and the parts cut off it have in common."""
        return self.id.partition("_")[0]

    @property
    def cancelled(self) -> bool:
        """Deleted, or an instance called off."""
        return self.fields.get("status") == "cancelled"

    @property
    def etag(self) -> str:
        """Twice the time of the last change, in quotes."""
        return f'"{2 * self.version}"'


@dataclass(slots=True)
class Calendar:
    """One calendar with its events by id; `changes` counts every write to them."""

    id: str
    summary: str
    time_zone: str
    created_by: str | None
    version: int
    primary: bool = False
    owner: str = ""
    """Whose it is; "" where it is the user's own."""
    role: str = "owner"
    """The user's `accessRole`."""
    description: str = ""
    location: str = ""
    entry: dict[str, Any] = field(default_factory=dict)
    """The user's own settings of it, as the calendar list shows them."""
    entry_version: int = 0
    change: int = 0
    deleted: bool = False
    events: dict[str, Event] = field(default_factory=dict)
    exceptions: dict[str, dict[str, Event]] = field(default_factory=dict)
    """By series, the changed and cancelled instances by the name of their original start."""
    kin: dict[str, dict[str, Event]] = field(default_factory=dict)
    """By family, all its rows but the series itself."""
    dropped: dict[str, Event] = field(default_factory=dict)
    """Instances that a change of their series has undone; incremental reads tell of them."""
    changes: int = 0
    epoch: int = 0
    made: float = 0.0
    """UNIX seconds."""

    def keep(self, event: Event) -> None:
        """Stores a new row, or one that changed, as the latest change."""
        self.changes += 1
        event.change = self.changes
        if event.id not in self.events:
            event.ordinal = self.changes
            self.events[event.id] = event
            self.dropped.pop(event.id, None)
            if event.id != event.family:
                self.kin.setdefault(event.family, {})[event.id] = event
        if event.original is not None:
            self.exceptions.setdefault(event.series_id, {})[event.original.suffix()] = event

    def drop(self, event: Event) -> None:
        """Undoes a stored instance: its series' rule says again what is there."""
        del self.events[event.id]
        del self.kin[event.family][event.id]
        assert event.original is not None, "only instances are undone"
        del self.exceptions[event.series_id][event.original.suffix()]
        event.fields = {**event.fields, "status": "cancelled"}
        self.changes += 1
        event.change = self.changes
        self.dropped[event.id] = event

    def exceptions_of(self, event: Event) -> list[Event]:
        """The stored instances of a series."""
        return list(self.exceptions.get(event.id, {}).values())

    def family_of(self, event: Event) -> list[Event]:
        """The stored rows of an event's family, the event's own included."""
        first = self.events.get(event.family)
        return ([first] if first else []) + list(self.kin.get(event.family, {}).values())

    def parts_of(self, event: Event) -> list[Event]:
        """The series that were cut off the one that an event belongs to."""
        return [row for row in self.kin.get(event.family, {}).values() if row.original is None]


@dataclass(slots=True)
class State:
    """Everything one user's account holds, and what decides how it answers."""

    user: str
    now: Callable[[], float]
    switches: GoogleSwitches
    random: random.Random
    calendars: dict[str, Calendar] = field(default_factory=dict)
    mails: list[dict[str, Any]] = field(default_factory=list)
    last_tick: int = 0
    list_changes: int = 0
    list_epoch: int = 0
    calendars_made: int = 0

    def tick(self) -> int:
        """The time of a change: now, but never twice the same."""
        self.last_tick = max(int(self.now() * 1_000_000), self.last_tick + 1)
        return self.last_tick

    def live(self) -> Iterator[Calendar]:
        """The calendars that still exist."""
        return (calendar for calendar in self.calendars.values() if not calendar.deleted)

    def calendar(self, calendar_id: str, app: str | None = None) -> Calendar:
        """The calendar of that id (or `primary`); with `app`, only one that this app made."""
        found = self.calendars.get(self.user if calendar_id == "primary" else calendar_id)
        if found is None or found.deleted or (app is not None and found.created_by != app):
            raise refused("notFound")
        return found

    def refuse_new(self, calendar_id: str) -> None:
        """Refuses a request to a calendar that was only just made, where the switch says so."""
        found, status = self.calendars.get(calendar_id), self.switches.new_calendar
        if found and status != "ready" and self.now() < found.made + self.switches.new_calendar_seconds:
            raise refused("notFound" if status == 404 else "requiredAccessLevel")

    def add_calendar(self, summary: str, time_zone: str, created_by: str | None, *, primary: bool = False) -> Calendar:
        """A new calendar, owned by the user."""
        name = self.user if primary else f"c_{self.random.randbytes(32).hex()}@group.calendar.google.com"
        calendar = Calendar(name, summary, time_zone, created_by, self.tick(), primary=primary, made=self.now())
        self.calendars[name] = calendar
        self.list_changed(calendar)
        return calendar

    def list_changed(self, calendar: Calendar) -> None:
        """Notes that the calendar list shows this calendar differently."""
        self.list_changes += 1
        calendar.change = self.list_changes
        calendar.entry_version = self.tick()

    def new_id(self) -> str:
        """An event id as the service makes them: 26 characters of base32hex."""
        return base64.b32hexencode(self.random.randbytes(16)).decode().rstrip("=").lower()


def opaque(text: str) -> str:
    """A 27-character etag, as calendars have them."""
    return base64.urlsafe_b64encode(hashlib.sha1(text.encode(), usedforsecurity=False).digest()).decode()[:27]
