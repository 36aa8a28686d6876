"""From stored rows to instances: computed ones, changed ones, cancelled ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice

from calmirror.sandbox.google.errors import refused
from calmirror.sandbox.google.moments import Moment
from calmirror.sandbox.google.schedule import Occurrence, Series
from calmirror.sandbox.google.storage import Calendar, Event, State

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(2190, 1, 1, tzinfo=UTC)
MOST_INSTANCES = 730
"""Of one series, where no end of the window is asked for."""
MOMENT = timedelta(seconds=1)
AROUND = timedelta(hours=3)
"""A start that clocks skip is told up to some hours away from where the rule has it."""


def overlaps(event: Event, calendar: Calendar, after: datetime, before: datetime) -> bool:
    """Whether a row itself lies in (after, before); a length of nothing counts where it stands."""
    start, end = event.start.instant(calendar.time_zone), event.end.instant(calendar.time_zone)
    return start < before and max(end, start + MOMENT) > after


def computed(event: Event, calendar: Calendar, state: State, after: datetime, before: datetime) -> Iterator[Event]:
    """The instances that the series' rule makes, stored ones left out."""
    if event.schedule is None:
        return
    series = Series(event.start, event.end, event.schedule, state.switches)
    stored = calendar.exceptions.get(event.id, {})
    occurrences = series.occurrences(calendar.time_zone, after, before)
    for occurrence in occurrences if before < LATEST else islice(occurrences, MOST_INSTANCES):
        if occurrence.start.suffix() not in stored:
            yield instance(event, occurrence)


def instances(event: Event, calendar: Calendar, state: State, after: datetime, before: datetime) -> Iterator[Event]:
    """All instances of a series in (after, before), changed and cancelled ones included."""
    yield from computed(event, calendar, state, after, before)
    for exception in calendar.exceptions_of(event):
        if not hidden(exception, event, state) and overlaps(exception, calendar, after, before):
            yield exception


def hidden(exception: Event, series: Event, state: State) -> bool:
    """Whether an EXDATE of the series takes a changed instance away too."""
    if not state.switches.exdate_hides_override or series.schedule is None or exception.original is None:
        return False
    return exception.original.suffix() in series.schedule.excluded


def instance(series: Event, occurrence: Occurrence) -> Event:
    """One computed instance as a row of its own, not stored."""
    fields = {name: value for name, value in series.fields.items() if name != "recurrence"}
    fields |= {"start": occurrence.start.raw(), "end": occurrence.end.raw()}
    return Event(
        id=f"{series.id}_{occurrence.start.suffix()}",
        ical_uid=series.ical_uid,
        fields=fields,
        start=occurrence.start,
        end=occurrence.end,
        creator=series.creator,
        created=series.created,
        updated=series.updated,
        version=series.version,
        sequence=series.sequence,
        change=series.change,
        ordinal=series.ordinal,
        series_id=series.id,
        original=occurrence.start,
    )


def find(calendar: Calendar, state: State, event_id: str) -> Event:
    """The row of that id, or the computed instance that it names; refuses with 404."""
    stored = calendar.events.get(event_id)
    if stored is not None:
        return stored
    series_id, _, suffix = event_id.rpartition("_")
    series = calendar.events.get(series_id)
    original = _original(suffix)
    if series is None or series.schedule is None or original is None or series.cancelled:
        raise refused("notFound")
    at = original.instant(calendar.time_zone)
    for found in computed(series, calendar, state, at - AROUND, at + AROUND):
        if found.id == event_id:
            return found
    raise refused("notFound")


def _original(suffix: str) -> Moment | None:
    try:
        if re.fullmatch(r"\d{8}", suffix):
            return Moment(day=date(int(suffix[:4]), int(suffix[4:6]), int(suffix[6:])))
        if re.fullmatch(r"\d{8}T\d{6}Z", suffix):
            return Moment(at=datetime.strptime(suffix, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC))
    except ValueError:
        return None
    return None


def orphans(event: Event, calendar: Calendar, state: State) -> Iterator[Event]:
    """Stored instances whose original start the series' rule does not have (any more), exclusions aside."""
    for exception in calendar.exceptions_of(event):
        if event.schedule is None or exception.original is None:
            yield exception
            continue
        at = exception.original.instant(calendar.time_zone)
        rule = replace(event.schedule, excluded=frozenset())
        here = Series(event.start, event.end, rule, state.switches).occurrences(
            calendar.time_zone, at - AROUND, at + AROUND
        )
        if exception.original.suffix() not in {one.start.suffix() for one in here}:
            yield exception
