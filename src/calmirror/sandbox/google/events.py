"""Single events: insert, import, get, update, patch, delete, move."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from calmirror.http.message import Answer
from calmirror.sandbox.google import family
from calmirror.sandbox.google.body import ID, accepted, gated, ungiven
from calmirror.sandbox.google.call import Call, merged
from calmirror.sandbox.google.errors import refused
from calmirror.sandbox.google.expansion import find
from calmirror.sandbox.google.moments import Moment, known_zone, read_moment
from calmirror.sandbox.google.render import render_event
from calmirror.sandbox.google.schedule import Schedule, parse_schedule
from calmirror.sandbox.google.storage import Calendar, Event, State

Rendered = dict[str, Any]
DAY_SECONDS = 86_400
STALE_SEQUENCE = (
    "Invalid sequence value. The specified sequence number is below the current sequence number of the "
    "resource. Re-fetch the resource and use its sequence number on the following request."
)


class EventCalls:
    """The methods of `events` that touch one event; each takes a Call and returns what is answered."""

    def __init__(self, state: State) -> None:
        self.state = state

    def insert(self, call: Call) -> Rendered:
        """POST events."""
        calendar = self.state.calendar(call.path["calendarId"], call.app)
        event_id = call.body.get("id") or self.state.new_id()
        if not isinstance(event_id, str) or not ID.fullmatch(event_id):
            raise refused("invalid", "Invalid resource id value.")
        if event_id in calendar.events:
            raise refused("duplicate")
        return self._add(call, calendar, event_id)

    def import_(self, call: Call) -> Rendered:
        """POST events/import."""
        calendar = self.state.calendar(call.path["calendarId"], call.app)
        uid = call.body.get("iCalUID")
        if not uid:
            raise refused("required", "Missing iCalUID.")
        if call.body.get("eventType", "default") != "default":
            raise refused("invalid", "Invalid event type.")
        existing = next((event for event in calendar.events.values() if event.ical_uid == uid), None)
        if existing is None:
            return self._add(call, calendar, self.state.new_id(), silent=True)
        if self.state.switches.import_existing == "duplicate":
            raise refused("duplicate")
        if int(call.body.get("sequence") or 0) < existing.sequence:
            raise refused("invalid", STALE_SEQUENCE)
        return self._write(call, calendar, existing, gated(call.body, call))

    def _add(self, call: Call, calendar: Calendar, event_id: str, *, silent: bool = False) -> Rendered:
        fields = accepted(gated(call.body, call), primary=calendar.primary)
        start, end, schedule = self._times(fields)
        now = self.state.tick()
        event = Event(
            id=event_id,
            ical_uid=str(call.body.get("iCalUID") or f"{event_id}@google.com"),
            fields=fields,
            start=start,
            end=end,
            creator=self.state.user,
            created=now,
            updated=now,
            version=now,
            sequence=_sequence(call.body) or 0,
            schedule=schedule,
        )
        calendar.keep(event)
        if not silent:
            self._notify(call, event, "invitation")
        return self._shown(call, calendar, event)

    def get(self, call: Call) -> Rendered:
        """GET events/{eventId}; a deleted event still in the trash is shown."""
        calendar = self.state.calendar(call.path["calendarId"], call.app)
        event = find(calendar, self.state, call.path["eventId"])
        if self.is_burnt(event):
            raise refused("notFound")
        return self._shown(call, calendar, event)

    def update(self, call: Call) -> Rendered:
        """PUT events/{eventId}: what the body leaves out is reset."""
        calendar = self.state.calendar(call.path["calendarId"], call.app)
        event = self._target(call, calendar)
        kept = {name: event.fields[name] for name in ungiven(call) if name in event.fields}
        return self._write(call, calendar, event, {**kept, **gated(call.body, call)})

    def patch(self, call: Call) -> Rendered:
        """PATCH events/{eventId}: what the body leaves out stays, null clears, arrays are replaced."""
        calendar = self.state.calendar(call.path["calendarId"], call.app)
        event = self._target(call, calendar)
        return self._write(call, calendar, event, merged(event.fields, gated(call.body, call)))

    def delete(self, call: Call) -> Answer:
        """DELETE events/{eventId}."""
        calendar = self.state.calendar(call.path["calendarId"], call.app)
        event = find(calendar, self.state, call.path["eventId"])
        if event.cancelled and self.state.switches.second_delete == 410:
            raise refused("deleted")
        check_match(call, event.etag)
        if event.cancelled:
            raise refused("deleted")
        family.cancel(self.state, calendar, event)
        self._notify(call, event, "cancellation")
        return Answer(204)

    def move(self, call: Call) -> Rendered:
        """POST events/{eventId}/move?destination=: the row changes its calendar and leaves a tombstone."""
        calendar = self.state.calendar(call.path["calendarId"], call.app)
        destination = self.state.calendar(call.one("destination"), call.app)
        event = self._target(call, calendar)
        if event.original is not None or event.id in destination.events:
            raise refused("invalid")
        now = self.state.tick()
        moved = Event(
            id=event.id,
            ical_uid=event.ical_uid,
            fields=dict(event.fields),
            start=event.start,
            end=event.end,
            creator=event.creator,
            created=event.created,
            updated=now,
            version=now,
            sequence=event.sequence,
            schedule=event.schedule,
        )
        destination.keep(moved)
        family.cancel(self.state, calendar, event)
        return self._shown(call, destination, moved)

    def _target(self, call: Call, calendar: Calendar) -> Event:
        """The event to be changed, its precondition met."""
        event = find(calendar, self.state, call.path["eventId"])
        if self.is_burnt(event):
            raise refused({403: "forbidden", 404: "notFound", 410: "deleted"}[self.state.switches.purged_update])
        check_match(call, event.etag)
        return event

    def is_burnt(self, event: Event) -> bool:
        """Whether a deleted event has left the trash; its id stays taken."""
        age = self.state.now() - event.updated / 1_000_000
        too_old = event.original is None and age > self.state.switches.trash_days * DAY_SECONDS
        return event.cancelled and (event.purged or too_old)

    def _write(self, call: Call, calendar: Calendar, event: Event, body: Mapping[str, Any]) -> Rendered:
        """Checks the properties that an event would have from now on, and gives it these."""
        wanted = self._checked(call, calendar, event, body)
        changed = _differing(wanted, event)
        if wanted.cancelled and not event.cancelled:
            family.cancel(self.state, calendar, event)
        elif changed or self.state.switches.noop_changes_etag:
            self._become(calendar, event, wanted, changed, by_put=call.method.endswith("update"))
            self._notify(call, event, "update")
        return self._shown(call, calendar, event)

    def _checked(self, call: Call, calendar: Calendar, event: Event, body: Mapping[str, Any]) -> Event:
        """The event as the body would have it; refuses what the service refuses."""
        if (body.get("eventType") or "default") != event.fields["eventType"]:
            raise refused("invalid", "The event type cannot be changed.")
        fields = accepted(body, primary=calendar.primary)
        if event.original is not None:
            fields.pop("recurrence", None)
        start, end, schedule = self._times(fields)
        sequence = self._next_sequence(call, event, (start, end, fields.get("recurrence")))
        return replace(event, fields=fields, start=start, end=end, schedule=schedule, sequence=sequence)

    def _become(self, calendar: Calendar, event: Event, wanted: Event, changed: set[str], *, by_put: bool) -> None:
        """Takes over what was checked, and lets a series' instances follow."""
        revived = event.cancelled and not wanted.cancelled
        _take_over(event, wanted)
        others = family.restored(self.state, calendar, event) if revived else []
        others += family.spread(self.state, calendar, event, changed, by_put=by_put)
        gone = family.undone(self.state, calendar, event, changed)
        others = [one for one in others if one not in gone]
        family.stamp(self.state, calendar, event, others, only_reminders=changed == {"reminders"})
        family.drop(calendar, event, gone)

    def change(self, calendar: Calendar, event: Event, changes: Mapping[str, Any]) -> set[str]:
        """Gives an event other properties (None clears) and does not stamp it; the names of what is not as it was."""
        call = Call("calendar.events.patch", {}, body=changes)
        wanted = self._checked(call, calendar, event, merged(event.fields, changes))
        changed = _differing(wanted, event)
        _take_over(event, wanted)
        return changed

    def _next_sequence(self, call: Call, event: Event, times: tuple[Moment, Moment, Any]) -> int:
        """The sequence after the write: risen when the schedule changes; a sent one must not lie below."""
        sent = _sequence(call.body)
        if sent is None and call.method.endswith("update") and self.state.switches.missing_sequence_is_zero:
            sent = 0
        if sent is not None and sent < event.sequence:
            raise refused("invalid", STALE_SEQUENCE)
        moved = times[:2] != (event.start, event.end)
        if self.state.switches.rule_raises_sequence:
            moved |= times[2] != event.fields.get("recurrence")
        return max(event.sequence + moved, sent or 0)

    def _times(self, fields: Mapping[str, Any]) -> tuple[Moment, Moment, Schedule | None]:
        """Start, end and schedule, checked in the service's order: the end first."""
        lines = fields.get("recurrence")
        switches = self.state.switches
        end = read_moment(fields.get("end"), "end", switches, recurring=bool(lines))
        start = read_moment(fields.get("start"), "start", switches, recurring=bool(lines))
        if (start.at is None) != (end.at is None):
            raise refused("invalid", "Start and end times must either both be date or both be dateTime.")
        refuse_empty(start, end, allowed=switches.zero_length == "accept")
        return start, end, parse_schedule(lines, start, switches) if lines else None

    def _shown(self, call: Call, calendar: Calendar, event: Event) -> Rendered:
        return render_event(
            event, calendar, self.state, asked_zone(call), call.number("maxAttendees", 1_000_000, 1_000_000)
        )

    def _notify(self, call: Call, event: Event, kind: str) -> None:
        """Remembers the mail that guests would be sent; without `sendUpdates` some might still be."""
        people = [person["email"] for person in event.fields.get("attendees", [])]
        if people and call.one("sendUpdates") != "none":
            self.state.mails.append({"kind": kind, "event": event.id, "to": people})


def check_match(call: Call, etag: str) -> None:
    """Refuses with 412 where `If-Match` names another version."""
    wanted = call.headers.get("if-match", "*").strip()
    if wanted not in ("*", etag):
        raise refused("conditionNotMet")


def refuse_empty(start: Moment, end: Moment, *, allowed: bool) -> None:
    """Refuses an end before the start; an all-day event may end on the day on which it starts."""
    if start.day is not None and end.day is not None:
        empty = end.day < start.day
    else:
        assert start.at is not None
        assert end.at is not None
        empty = end.at < start.at or (end.at == start.at and not allowed)
    if empty:
        raise refused("timeRangeEmpty")


def asked_zone(call: Call) -> str:
    """The `timeZone` parameter, empty where absent."""
    name = call.one("timeZone")
    if name and not known_zone(name):
        raise refused("invalid", "Invalid time zone.")
    return name


def _take_over(event: Event, wanted: Event) -> None:
    event.fields, event.start, event.end = wanted.fields, wanted.start, wanted.end
    event.schedule, event.sequence = wanted.schedule, wanted.sequence


def _sequence(body: Mapping[str, Any]) -> int | None:
    value = body.get("sequence")
    if value is not None and not isinstance(value, int):
        raise refused("invalid")
    return value


def _differing(new: Event, old: Event) -> set[str]:
    """The names of what differs; start and end are compared as moments, not as they were stated."""
    names = (new.fields.keys() | old.fields.keys()) - {"start", "end"}
    changed = {name for name in names if new.fields.get(name) != old.fields.get(name)}
    return changed | {name for name in ("start", "end", "sequence") if getattr(new, name) != getattr(old, name)}
