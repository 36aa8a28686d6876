"""A feed expanded without a line of calmirror: parsed by icalendar, which finds the zones, and repeated by dateutil."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
from dateutil.rrule import rruleset, rrulestr

Shown = tuple[str, str, str]
DAY = timedelta(days=1)
EDITION = ("SEQUENCE", "LAST-MODIFIED", "DTSTAMP")
SECRET = ("PRIVATE", "CONFIDENTIAL", "X-SECRET")


def shown(feed: bytes, start: datetime, end: datetime) -> list[Shown]:
    """Title, start and end of all that takes place in the window, as calmirror would show it without any settings."""
    feed = re.sub(rb"(?:\r\n|\n|\r)[ \t]", b"", feed)
    feed = re.sub(rb";TZID=tzone://Microsoft/Utc:(\w+)", rb":\1Z", feed)
    calendar = icalendar.Calendar.from_ical(feed.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n"))
    home = ZoneInfo(str(calendar.get("X-WR-TIMEZONE", "UTC")))
    groups: defaultdict[str, list[Any]] = defaultdict(list)
    for event in calendar.walk("VEVENT"):
        groups[str(event["UID"])].append(event)
    apart = [each for events in groups.values() for each in by_event(events, home, end)]
    found = [one for events in apart for one in occurrences(events, home, end)]
    return sorted(told(title, first, last) for title, first, last in found if overlaps(first, last, start, end))


def by_event(events: list[Any], home: ZoneInfo, end: datetime) -> list[list[Any]]:
    """The events of one UID: what begins at different times in the same edition is no version of one another."""
    wholes = [event for event in events if "RECURRENCE-ID" not in event]
    editions = {tuple(event[name].to_ical() if name in event else b"" for name in EDITION) for event in wholes}
    if len({str(event["DTSTART"].to_ical()) for event in wholes}) < 2 or len(editions) > 1:
        return [events]
    apart = []
    for whole in wholes:
        own = {instant(one, home) for one in starts(whole, edges(whole, home)[0], home, end)}
        changed = [one for one in events if one not in wholes and instant(one["RECURRENCE-ID"].dt, home) in own]
        apart.append([whole, *changed])
    return apart


def occurrences(events: list[Any], home: ZoneInfo, end: datetime) -> Iterator[tuple[str, Any, Any]]:
    """One UID's; the newest version alone."""
    newest: dict[Any, Any] = {}
    for event in sorted(events, key=lambda event: int(event.get("SEQUENCE", 0))):
        newest[instant(event["RECURRENCE-ID"].dt, home) if "RECURRENCE-ID" in event else None] = event
    whole = newest.pop(None, None)
    taken = set()
    if whole is not None:
        first, last = edges(whole, home)
        ranged = [(one, event) for one, event in newest.items() if event["RECURRENCE-ID"].params.get("RANGE")]
        for begins in starts(whole, first, home, end):
            taken.add(instant(begins, home))
            changed = newest.get(instant(begins, home))
            later = [(one, event) for one, event in ranged if instant(begins, home) > one]
            if changed is None and later:
                [(_, event)] = later
                moved = [wall(edge) - wall(event["RECURRENCE-ID"].dt) for edge in edges(event, home)]
                yield title(event), *((wall(begins) + by).replace(tzinfo=first.tzinfo) for by in moved)
            elif changed is None and whole.get("STATUS") != "CANCELLED":
                length = wall(last) - wall(first)
                ends = (wall(begins) + length).replace(tzinfo=getattr(first, "tzinfo", None))
                yield title(whole), begins, ends
    for event in newest.values():
        if event.get("STATUS") != "CANCELLED":
            yield title(event), *edges(event, home)


def starts(event: Any, first: Any, home: ZoneInfo, end: datetime) -> Iterator[Any]:
    """A series' starts up to the window's end, or the one start there is."""
    zone = first.tzinfo if isinstance(first, datetime) else None
    begins = wall(first)
    found = rruleset()
    found.rdate(begins)
    for rule in listed(event, "RRULE"):
        parts = {key: values for key, values in rule.items() if key != "UNTIL"}
        text = ";".join(f"{k}={','.join(str(v) for v in values)}" for k, values in parts.items())
        found.rrule(rrulestr(text, dtstart=begins))
    for each in listed(event, "RDATE"):
        for one in each.dts:
            found.rdate(wall(aware(one.dt, home).astimezone(zone) if zone else one.dt))
    for each in listed(event, "EXDATE"):
        for one in each.dts:
            found.exdate(wall(aware(one.dt, home).astimezone(zone) if zone else one.dt))
    last = until(event, home)
    for start in found:
        made = start.replace(tzinfo=zone) if zone else start.date()
        if instant(made, home) > end + DAY or (last and instant(made, home) > last):
            return
        yield made


def until(event: Any, home: ZoneInfo) -> datetime | None:
    for rule in listed(event, "RRULE"):
        for value in rule.get("UNTIL", []):
            if not isinstance(value, datetime):
                zone = getattr(event["DTSTART"].dt, "tzinfo", None) or UTC
                return datetime.combine(value, time(23, 59, 59), zone).astimezone(UTC)
            zone = value.tzinfo or event["DTSTART"].dt.tzinfo or home
            return value.replace(tzinfo=zone).astimezone(UTC)
    return None


def edges(event: Any, home: ZoneInfo) -> tuple[Any, Any]:
    first = event["DTSTART"].dt
    if "DTEND" in event:
        last = event["DTEND"].dt
    else:
        last = first + (
            event["DURATION"].dt if "DURATION" in event else timedelta(days=not isinstance(first, datetime))
        )
    if event.get("X-MICROSOFT-CDO-ALLDAYEVENT") == "TRUE" and isinstance(first, datetime):
        return first.date(), last.date()
    return (aware(first, home), aware(last, home)) if isinstance(first, datetime) else (first, last)


def listed(event: Any, name: str) -> list[Any]:
    value = event.get(name, [])
    return value if isinstance(value, list) else [value]


def aware(value: Any, home: ZoneInfo) -> Any:
    return value if not isinstance(value, datetime) or value.tzinfo else value.replace(tzinfo=home)


def wall(value: Any) -> datetime:
    return value.replace(tzinfo=None) if isinstance(value, datetime) else datetime.combine(value, time())


def instant(value: Any, home: ZoneInfo) -> datetime:
    if not isinstance(value, datetime):
        return datetime.combine(value, time(), UTC)
    return utc(aware(value, home))


def utc(value: datetime) -> datetime:
    """A time that the clock skips is told by the offset before the change (RFC 5545, 3.3.5), which libraries do not."""
    made = value.astimezone(UTC)
    if wall(made.astimezone(value.tzinfo)) == wall(value):
        return made
    return wall(value).replace(tzinfo=UTC) - ((value - timedelta(hours=3)).utcoffset() or timedelta())


def title(event: Any) -> str:
    return "Busy" if event.get("CLASS", "PUBLIC") in SECRET else str(event.get("SUMMARY", ""))


def overlaps(first: Any, last: Any, start: datetime, end: datetime) -> bool:
    begins, ends = instant(first, ZoneInfo("UTC")), instant(last, ZoneInfo("UTC"))
    return begins < end and max(ends, begins + timedelta(minutes=1)) > start


def told(words: str, first: Any, last: Any) -> Shown:
    if isinstance(first, datetime):
        begins, ends = utc(first), utc(last)
        return words, f"{begins:%F %T}", f"{max(ends, begins + timedelta(minutes=1)):%F %T}"
    end = last.date() if isinstance(last, datetime) else last
    return words, str(first), str(end if isinstance(end, date) and end > first else first + DAY)
