"""Graph's JSON of events becomes source values; whatever cannot be understood is named by its id, never guessed."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime
from sys import intern
from typing import TYPE_CHECKING, Any

from calmirror.errors import SkippedEventError
from calmirror.microsoft.meeting import attendees, join_url, person, places, response
from calmirror.microsoft.members import Members
from calmirror.microsoft.moments import OddValueError, day, instant_or_none, instants, parsed, span
from calmirror.microsoft.recurrence import recurrence
from calmirror.model.ids import SourceId
from calmirror.model.source import Kind, Outline, SourceEvent, Stub
from calmirror.model.times import as_instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

FIELDS = (
    "id,type,seriesMasterId,occurrenceId,originalStart,iCalUId,changeKey,subject,body,location,start,end,isAllDay,"
    "originalStartTimeZone,originalEndTimeZone,showAs,sensitivity,isReminderOn,reminderMinutesBeforeStart,"
    "webLink,isCancelled,recurrence,importance,categories,organizer,attendees,responseStatus,isOrganizer,"
    "hideAttendees,locations,isOnlineMeeting,onlineMeeting,onlineMeetingUrl,hasAttachments"
)
"""Every member that is read here, as a `$select`."""
KINDS = {kind.value.lower(): kind for kind in Kind}
AVAILABILITIES = ("free", "tentative", "busy", "oof", "workingElsewhere", "unknown")
IMPORTANCES = ("low", "normal", "high")
SENSITIVITIES = ("normal", "personal", "private", "confidential")


class UnreadableEventError(SkippedEventError):
    """One event of Microsoft's that cannot be understood.

    Args:
        event_id: its id; titles never get here.
        reason: what is wrong, as the end of a sentence about the event: "it has no start".
    """

    def __init__(self, event_id: str, reason: str) -> None:
        super().__init__(
            f"An event of Microsoft's cannot be understood, {reason}: {event_id}",
            code="unreadable-event",
            meaning="Its copy, if there is one, stays as it is. All other events are mirrored.",
            command="Open the event in Outlook and save it again.",
        )
        self.event_id = event_id
        self.reason = reason


def entry(raw: object) -> SourceEvent | Stub:
    """One entry of a delta round or of `/instances`: occurrences as stubs, everything else whole.

    Raises:
        UnreadableEventError: it cannot be understood.
    """
    members = Members(raw)
    kind = kind_of(members)
    with naming(members):
        return stub_of(members, kind) if kind is Kind.OCCURRENCE else whole_event(members, kind)


def event(raw: object, *, series_id: SourceId | None = None) -> SourceEvent:
    """One event, whole.

    Args:
        series_id: for the exceptions listed inside a master, which need not repeat what they belong to.

    Raises:
        UnreadableEventError: it cannot be understood.
    """
    members = Members(raw)
    with naming(members):
        return whole_event(members, Kind.EXCEPTION if series_id else kind_of(members), series_id)


def stub(raw: object) -> Stub:
    """When an occurrence or exception is, from whatever members there are.

    Raises:
        UnreadableEventError: it cannot be understood.
    """
    members = Members(raw)
    with naming(members):
        return stub_of(members, kind_of(members))


def outline(raw: object) -> Outline:
    """What can be told of an entry that cannot be understood."""
    members = Members(raw)
    start = members.inner("start")
    starts = start.text("dateTime")[:19]
    try:
        starts = datetime.fromisoformat(starts).isoformat() if starts else ""
    except ValueError:
        starts = ""
    secret = members.text("sensitivity", "normal").lower() != "normal"
    in_utc = bool(starts) and start.text("timeZone").upper() == "UTC"
    return Outline("" if secret else members.text("subject"), starts + "+00:00" * in_utc)


def comparable(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """An entry as it came, whose id, title and times have the types that Graph documents, for those who read it raw.

    Raises:
        UnreadableEventError: they have not.
    """
    members = Members(raw)
    with naming(members):
        required_id(members, "id")
        for edge in ("start", "end"):
            moment = raw.get(edge)
            parsed(Members(moment).text("dateTime") if isinstance(moment, dict) and "dateTime" in moment else "")
        if not isinstance(raw.get("subject"), str | None):
            raise OddValueError("it has a title that is no text")
    return raw


@contextmanager
def naming(members: Members) -> Iterator[None]:
    """Puts the event's id to what could not be understood of it."""
    try:
        yield
    except OddValueError as error:
        raise UnreadableEventError(members.text("id"), str(error)) from error


def listed(exception: SourceEvent) -> Stub:
    """The stub of an exception that came whole."""
    assert exception.series_id is not None
    start, end = as_instant(exception.span.start), as_instant(exception.span.end)
    return Stub(exception.id, exception.series_id, exception.kind, start, end, exception.original_start)


def cancelled_dates(ids: Iterable[str]) -> tuple[date, ...]:
    """The original dates that `cancelledOccurrences` names, each the tail of an occurrence's id.

    Raises:
        OddValueError: one has no date.
    """
    return tuple(day(name[-10:]) for name in ids)


def kind_of(members: Members) -> Kind:
    """Graph's `type`; where it is missing, what the other members make of it."""
    if kind := KINDS.get(members.text("type").lower()):
        return kind
    if members.has("recurrence"):
        return Kind.MASTER
    if members.has("seriesMasterId"):
        return Kind.EXCEPTION if members.has("subject") else Kind.OCCURRENCE
    return Kind.SINGLE


def whole_event(members: Members, kind: Kind, series_id: SourceId | None = None) -> SourceEvent:
    """The event's values; raises OddValueError."""
    part_of_series = kind in {Kind.EXCEPTION, Kind.OCCURRENCE}
    reminder = members.number("reminderMinutesBeforeStart") if members.has("reminderMinutesBeforeStart") else None
    return SourceEvent(
        id=required_id(members, "id"),
        kind=kind,
        span=span(members),
        series_id=(series_id or required_id(members, "seriesMasterId")) if part_of_series else None,
        ical_uid=members.text("iCalUId"),
        change_key=members.text("changeKey"),
        subject=members.text("subject"),
        body_type=intern(members.inner("body").text("contentType").lower()) or "html",
        body=members.inner("body").text("content"),
        location=place(members),
        start_zone=intern(members.text("originalStartTimeZone")),
        end_zone=intern(members.text("originalEndTimeZone")),
        show_as=members.choice("showAs", AVAILABILITIES, missing="busy", other="busy"),
        # A sensitivity that we do not know is somebody's wish for more privacy than "normal".
        sensitivity=members.choice("sensitivity", SENSITIVITIES, missing="normal", other="private"),
        reminder_minutes=reminder if members.flag("isReminderOn") else None,
        web_link=members.text("webLink"),
        is_cancelled=members.flag("isCancelled"),
        original_start=instant_or_none(members.text("originalStart")) if part_of_series else None,
        original_date=original_date(members) if part_of_series else None,
        recurrence=recurrence(members) if kind is Kind.MASTER else None,
        importance=members.choice("importance", IMPORTANCES, missing="normal", other="normal"),
        categories=tuple(filter(None, members.texts("categories"))),
        organizer=person(members.inner("organizer")),
        attendees=attendees(members),
        response=response(members.inner("responseStatus")),
        is_organizer=members.flag("isOrganizer"),
        hide_attendees=members.flag("hideAttendees"),
        places=places(members),
        join_url=join_url(members),
        has_attachments=members.flag("hasAttachments"),
        is_online=members.flag("isOnlineMeeting") or bool(join_url(members)),
    )


def stub_of(members: Members, kind: Kind) -> Stub:
    """The stub's values; raises OddValueError."""
    # Whatever name of the zone was asked for, the times of stubs have come with Windows' name of one.
    times = instants(members, any_zone=True)
    return Stub(
        id=required_id(members, "id"),
        series_id=SourceId(intern(required_id(members, "seriesMasterId"))),
        kind=kind,
        start=as_instant(times.start),
        end=as_instant(times.end),
        original_start=instant_or_none(members.text("originalStart")) if kind is Kind.EXCEPTION else None,
    )


def required_id(members: Members, name: str) -> SourceId:
    """An id that has to be there."""
    if not members.text(name):
        raise OddValueError(f"it has no {name}")
    return SourceId(members.text(name))


def original_date(members: Members) -> date | None:
    """The date at the end of `occurrenceId`; None where there is none."""
    try:
        return day(members.text("occurrenceId")[-10:])
    except OddValueError:
        return None


def place(members: Members) -> str:
    """The location's name, or the names of all locations where the one is empty."""
    names: Iterable[Any] = (Members(one).text("displayName") for one in members.objects("locations"))
    return members.inner("location").text("displayName") or "; ".join(filter(None, names))
