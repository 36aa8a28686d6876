"""What Google's own screens do with a series: "this event", "this and following events", "all events"."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from calmirror.sandbox.google import family
from calmirror.sandbox.google.events import EventCalls
from calmirror.sandbox.google.expansion import find
from calmirror.sandbox.google.moments import zone
from calmirror.sandbox.google.schedule import Series, parse_schedule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from calmirror.sandbox.google.moments import Moment
    from calmirror.sandbox.google.storage import Calendar, Event, State

SECOND = timedelta(seconds=1)


def series_of(state: State, calendar: Calendar, event_id: str) -> tuple[Event, Moment]:
    """The series that an instance (or the series itself) belongs to, and the original start that is meant."""
    event = find(calendar, state, event_id)
    series = calendar.events[event.series_id] if event.original else event
    if series.schedule is None:
        raise ValueError(f"{event_id} is no part of a series")
    return series, event.original or series.start


def cut(state: State, calendar: Calendar, series: Event, at: Moment) -> tuple[list[str], list[Event]]:
    """Ends a series before an instance; the lines of the rest, and the instances that go with it, not undone yet."""
    lines = series.fields["recurrence"]
    fields = {**series.fields, "recurrence": list(_ending(lines, _eve(at)))}
    series.fields = fields
    rest = list(_rest(state, calendar, series, at, lines))
    series.schedule = parse_schedule(fields["recurrence"], series.start, state.switches)
    later = [one for one in calendar.exceptions_of(series) if one.original and one.original.wall() >= at.wall()]
    return rest, later


def delete_following(state: State, calendar: Calendar, event_id: str) -> None:
    """ "This and following events", deleted."""
    series, at = series_of(state, calendar, event_id)
    if at == series.start:
        delete_all(state, calendar, event_id)
        return
    _, later = cut(state, calendar, series, at)
    family.stamp(state, calendar, series)
    family.drop(calendar, series, later)


def delete_all(state: State, calendar: Calendar, event_id: str) -> None:
    """ "All events", deleted: the series and what was cut off it before."""
    series, _ = series_of(state, calendar, event_id)
    for one in [series, *calendar.parts_of(series)]:
        if not one.cancelled:
            family.cancel(state, calendar, one)


def edit_following(calls: EventCalls, calendar: Calendar, event_id: str, changes: Mapping[str, Any]) -> Event:
    """ "This and following events", changed: a part of its own; where the time changes, under an id of its own."""
    state = calls.state
    series, at = series_of(state, calendar, event_id)
    rest, later = cut(state, calendar, series, at)
    retimed = bool({"start", "end"} & changes.keys())
    part = _part(state, series, at, rest, new_id=state.new_id() if retimed else "")
    calls.change(calendar, part, changes)
    part.sequence = series.sequence + retimed
    family.stamp(state, calendar, series, [part])
    part.version, part.updated = series.version, series.updated
    family.drop(calendar, series, later)
    return part


def edit_all(calls: EventCalls, calendar: Calendar, event_id: str, changes: Mapping[str, Any]) -> Event:
    """ "All events", changed: the series, and the texts of what was cut off it and of every changed instance."""
    state = calls.state
    series, _ = series_of(state, calendar, event_id)
    changed = calls.change(calendar, series, changes)
    texts = set(changes) & {"summary", "description"}
    rows = [row for row in calendar.family_of(series) if row is not series]
    reached = family.overwrite(rows, series.fields, texts)
    reached += [one for one in family.spread(state, calendar, series, changed, by_put=False) if one not in reached]
    gone = family.undone(state, calendar, series, changed)
    family.stamp(state, calendar, series, [one for one in reached if one not in gone])
    family.drop(calendar, series, gone)
    return series


def _part(state: State, series: Event, at: Moment, lines: list[str], *, new_id: str) -> Event:
    """What begins at an instance, with all that its series has; not stored yet."""
    event_id = new_id or f"{series.family}_R{at.suffix().removesuffix('Z')}"
    length = series.end.wall() - series.start.wall()
    expanded = Series(series.start, series.end, series.schedule, state.switches)  # type: ignore[arg-type] # a series has one
    end = expanded.end_of(at, length)
    now = state.tick()
    return replace(
        series,
        id=event_id,
        ical_uid=f"{event_id}@google.com",
        fields={**series.fields, "recurrence": lines, "start": at.raw(), "end": end.raw()},
        start=at,
        end=end,
        schedule=parse_schedule(lines, at, state.switches),
        updated=now,
        version=now,
        change=0,
        ordinal=0,
    )


def _eve(at: Moment) -> str:
    """The last second of the day before, as UNTIL states it."""
    if at.day is not None:
        return f"{at.day - timedelta(1):%Y%m%d}"
    midnight = datetime.combine(at.wall().date(), time(), zone(at.zone or "UTC"))
    return f"{(midnight - SECOND).astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _ending(lines: list[str], until: str) -> Iterator[str]:
    """The lines of a series that ends then."""
    for line in lines:
        if line.startswith("RRULE:"):
            yield re.sub(r";(COUNT|UNTIL)=[^;]+", "", line) + f";UNTIL={until}"
        else:
            yield line


def _rest(state: State, calendar: Calendar, series: Event, at: Moment, lines: list[str]) -> Iterator[str]:
    """The lines of what begins there: of a counted rule, what is left of the count."""
    assert series.schedule is not None
    before = Series(series.start, series.end, replace(series.schedule, excluded=frozenset()), state.switches)
    first, then = series.start.instant(calendar.time_zone), at.instant(calendar.time_zone)
    passed = sum(1 for one in before.occurrences(calendar.time_zone, first - SECOND, then) if one.start != at)
    for line in lines:
        counted = re.search(r"COUNT=(\d+)", line) if line.startswith("RRULE:") else None
        yield line.replace(counted[0], f"COUNT={int(counted[1]) - passed}") if counted else line
