"""What Microsoft says: source events, in Graph's own words, parsed and typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from calmirror.model.ids import SourceId
from calmirror.model.times import Span, Window


class CursorLostError(Exception):
    """The cursor does not tell what changed: the source has to be read whole."""


class Reading(StrEnum):
    """What reading an id said when it did not say the event."""

    GONE = "gone"
    """It is not in the calendar, and the calendar itself answered."""
    NO_ID = "no id"
    """No event of this mailbox can have this id, says the calendar that it was asked of."""
    UNKNOWN = "unknown"
    """Anything else: it decides nothing."""


class Kind(StrEnum):
    """Graph's `type` of an event."""

    SINGLE = "singleInstance"
    MASTER = "seriesMaster"
    OCCURRENCE = "occurrence"
    EXCEPTION = "exception"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """Graph's `patternedRecurrence`, names kept; fields a pattern type does not use are filler and not to be read.

    `type`: daily, weekly, absoluteMonthly, relativeMonthly, absoluteYearly, relativeYearly.
    `range_type`: endDate, noEnd, numbered. Week days are lower-case English names.
    `end_date` is inclusive, a local date in `zone` (Windows or IANA name, may be empty or custom).
    `rule` is an RFC 5545 rule less its end, where a published calendar has one that no pattern of Graph's can say;
    `type` is "" then.
    """

    type: str
    interval: int = 1
    month: int = 0
    day_of_month: int = 0
    days_of_week: tuple[str, ...] = ()
    first_day_of_week: str = "sunday"
    index: str = "first"
    range_type: str = "noEnd"
    start_date: date
    end_date: date | None = None
    count: int = 0
    zone: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """A name and a mail address, as they came; either may be empty."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Attendee:
    """Someone invited. `kind`: required, optional, resource. `response`: Graph's `responseType`, lower-case."""

    person: Person
    kind: str = "required"
    response: str = "none"


@dataclass(frozen=True, slots=True)
class Place:
    """One of an event's locations; `address` is on one line, empty when there is none."""

    name: str
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceEvent:
    """A single instance, a series master or an exception, whole.

    `span` is in UTC, or in dates when the event is all-day. `start_zone` and `end_zone` are Graph's
    `originalStartTimeZone` and `originalEndTimeZone`, as they came. `original_start` (exceptions) is the
    instant Graph gives, which for all-day series is midnight in a zone of Microsoft's choosing;
    `original_date` is the date part of `occurrenceId`, where Graph sent one.
    `reminder_minutes` is None when the reminder is off. `response` is the calendar owner's own answer, Graph's
    `responseType` in lower case. `attendees` are for reading only: none of them is ever invited by the mirror.
    """

    id: SourceId
    kind: Kind
    span: Span
    series_id: SourceId | None = None
    ical_uid: str = ""
    change_key: str = ""
    subject: str = ""
    body_type: str = "html"
    body: str = ""
    location: str = ""
    start_zone: str = ""
    end_zone: str = ""
    show_as: str = "busy"
    sensitivity: str = "normal"
    reminder_minutes: int | None = None
    web_link: str = ""
    is_cancelled: bool = False
    original_start: datetime | None = None
    original_date: date | None = None
    recurrence: Recurrence | None = None
    importance: str = "normal"
    categories: tuple[str, ...] = ()
    organizer: Person | None = None
    attendees: tuple[Attendee, ...] = ()
    response: str = "none"
    is_organizer: bool = False
    hide_attendees: bool = False
    places: tuple[Place, ...] = ()
    join_url: str = ""
    has_attachments: bool = False
    attachments: tuple[str, ...] = ()
    """Their names, where they were asked for: no list of events has them."""
    is_online: bool = False


def no_more_open(exception: SourceEvent, master: SourceEvent) -> SourceEvent:
    """The exception, at least as private as its series.

    Its own sensitivity may be one that it took from the series when it was made: who makes the series private later
    means all of it.
    """
    if exception.sensitivity != "normal" or master.sensitivity == "normal":
        return exception
    return replace(exception, sensitivity=master.sensitivity)


@dataclass(frozen=True, slots=True)
class Stub:
    """One occurrence or exception as a delta round or `/instances` lists it: when it is, nothing more.

    `start` and `end` are aware UTC datetimes; of an all-day series their UTC dates are the days.
    `original_start` is given for exceptions (see SourceEvent).
    """

    id: SourceId
    series_id: SourceId
    kind: Kind
    start: datetime
    end: datetime
    original_start: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A series read whole: its master, its exceptions, its holes, and what Microsoft lists of it.

    `cancelled` holds the dates of `cancelledOccurrences`; None where the cloud cannot say (national clouds),
    and then `exceptions` holds what `/instances` gave.
    `listed` holds every occurrence and exception that Microsoft listed overlapping `listed_window`;
    `listed_complete` is True when the list comes from `/instances` and not from a round's stubs, which may
    be only a part.
    """

    master: SourceEvent
    exceptions: tuple[SourceEvent, ...] = ()
    cancelled: tuple[date, ...] | None = None
    listed: tuple[Stub, ...] = ()
    listed_window: Window
    listed_complete: bool = False
    unread: frozenset[SourceId] = frozenset()
    """Exceptions outside of the window of which only the times are known: what is mirrored of them stays."""


class Outline(NamedTuple):
    """Which event was left out: all that is shown of it.

    `title` is "" where it is private or not known. `starts` is ISO 8601: UTC with its offset, a day, or a wall-clock
    time without an offset where nobody knows its zone; "" where it has no start.
    """

    title: str = ""
    starts: str = ""


def outline_of(event: SourceEvent) -> Outline:
    """The outline of an event that was read whole."""
    title = event.subject if event.sensitivity == "normal" else ""
    return Outline(title, event.span.start.isoformat())


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one whole round of `calendarView/delta` said; only a finished round becomes a value.

    `full` rounds list everything in the window; the others what changed. Each id is there once, in its newest version.
    `singles` and `exceptions` are whole events by id; `masters` are whole but without exceptions and holes;
    `stubs` are by series id, () for a series of which no occurrence could be read. `tombstones` are ids that Graph says
    are gone (a hint, to be confirmed).
    `cursor` is the delta link that follows this round, verbatim.
    """

    full: bool
    window: Window
    singles: dict[SourceId, SourceEvent]
    masters: dict[SourceId, SourceEvent]
    exceptions: dict[SourceId, SourceEvent]
    stubs: dict[SourceId, tuple[Stub, ...]]
    tombstones: frozenset[SourceId]
    unreadable: dict[SourceId, str]
    """Entries that could not be parsed, with the reason: skipped, named, never taken as deleted."""
    cursor: str
    calendar_id: str = ""
    """The calendar that was read."""
    covers: Window | None = None
    """When a full round lists only a part of its window, that part: what lies outside of it is not missing."""
    doubtful: Window | None = None
    """Time behind `covers` of which the source listed events before: what is missing there stays, and is named."""
    outlines: Mapping[SourceId, Outline] = field(default_factory=dict)
    """What can be told of unreadable entries."""
    remark: str = ""
    """What is odd about the source as a whole; "" for nothing."""
