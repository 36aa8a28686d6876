"""Schedule members as a client would post them: of one instance, of a series from a date on, of a series cut short."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from calmirror.sandbox.graph.items import SCHEDULE_MEMBERS, Instance, Schedule
from calmirror.sandbox.graph.zones import wire_time


def without_schedule(event: Mapping[str, Any]) -> dict[str, Any]:
    """The members other than those of the schedule."""
    return {key: value for key, value in event.items() if key not in SCHEDULE_MEMBERS}


def posted_of(shown: Instance, schedule: Schedule) -> dict[str, Any]:
    """The members of this one instance alone."""
    return {
        "start": {"dateTime": shown.first.isoformat(), "timeZone": _clock_name(schedule)},
        "end": {"dateTime": shown.last.isoformat(), "timeZone": _clock_name(schedule)},
        "isAllDay": shown.all_day,
    }


def posted_at(day: date, schedule: Schedule) -> dict[str, Any]:
    """The members of an occurrence on a day."""
    start = datetime.combine(day, schedule.start.time())
    end = start + (schedule.end - schedule.start)
    name = _clock_name(schedule)
    return {
        "start": {"dateTime": wire_time(start), "timeZone": name},
        "end": {"dateTime": wire_time(end), "timeZone": name},
        "isAllDay": schedule.all_day,
    }


def posted_until(last: date, schedule: Schedule) -> dict[str, Any]:
    """The members of a series that ends on a day."""
    recurrence = schedule.posted["recurrence"]
    limits = {"type": "endDate", "endDate": last.isoformat()}
    kept = {k: v for k, v in (recurrence.get("range") or {}).items() if k in ("startDate", "recurrenceTimeZone")}
    return {**schedule.posted, "recurrence": {**recurrence, "range": {**kept, **limits}}}


def same_but_for_range(old: Schedule, new: Schedule) -> bool:
    """Whether two schedules of a series differ in the range of the recurrence alone."""
    if old.rule is None or new.rule is None:
        return False
    patterns = [schedule.posted["recurrence"]["pattern"] for schedule in (old, new)]
    times = [(one.start, one.end, one.zone, one.end_zone, one.all_day) for one in (old, new)]
    return patterns[0] == patterns[1] and times[0] == times[1]


def _clock_name(schedule: Schedule) -> str:
    """The name of the zone whose wall clock the schedule is on: the start's, unless a series recurs in another."""
    same = schedule.rules[schedule.start_name] == schedule.zone
    return schedule.start_name if same else schedule.rule_name
