"""A mailbox's calendar as the text that Exchange publishes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from calmirror.sandbox.graph.ids import ical_uid
from calmirror.sandbox.graph.items import Instance, Item
from calmirror.sandbox.graph.mailbox import Mailbox
from calmirror.sandbox.graph.zones import SECRET_NAMES

CLASSES = {"normal": "PUBLIC", "personal": "PRIVATE", "private": "PRIVATE", "confidential": "CONFIDENTIAL"}
BUSY = {"free": "FREE", "tentative": "TENTATIVE", "oof": "OOF", "workingElsewhere": "WORKINGELSEWHERE"}
DAYS = {"sunday": "SU", "monday": "MO", "tuesday": "TU", "wednesday": "WE"}
DAYS |= {"thursday": "TH", "friday": "FR", "saturday": "SA"}
NTH = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1}
LONGEST_LINE = 73


def feed(mailbox: Mailbox, calendar: str, *, start: datetime, end: datetime, now: float, name: str) -> str:
    """The calendar's events that lie in [start, end), series whole, with every zone that they name."""
    shown = [item for item in mailbox.items(calendar) if mailbox.expander.instances(item, start, end)]
    lines = [line for item in shown for line in _events(mailbox, item, now)]
    zones = {tzid(item): item.schedule.zone for item in shown if not item.schedule.all_day}
    head = ["BEGIN:VCALENDAR", "METHOD:PUBLISH", "PRODID:Microsoft Exchange Server 2010", "VERSION:2.0"]
    head.append(f"X-WR-CALNAME:{escaped(name)}")
    defined = [line for each, zone in sorted(zones.items()) for line in time_zone(each, zone, start.year)]
    return "".join(f"{fold(line)}\r\n" for line in [*head, *defined, *lines, "END:VCALENDAR"])


def tzid(item: Item) -> str:
    """The zone's name in the feed; one that the mailbox alone knows is told apart by its rules."""
    schedule = item.schedule
    name = schedule.rule_name or schedule.start_name
    return f"Customized Time Zone {sum(map(ord, schedule.zone.key))}" if name in SECRET_NAMES else name


def escaped(text: str) -> str:
    """Text with backslashes before ICS's own signs."""
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\r", "").replace("\n", "\\n")


def fold(line: str) -> str:
    """A long line in several, cut by characters as Exchange does."""
    pieces = [line[at : at + LONGEST_LINE] for at in range(0, len(line), LONGEST_LINE)]
    return "\r\n ".join(pieces or [""])


def _events(mailbox: Mailbox, item: Item, now: float) -> Iterator[str]:
    yield from _event(item, mailbox.expander.whole(item), now)
    if item.is_series:
        for exception in mailbox.expander.exceptions(item):
            yield from _event(item, exception, now, replaced=mailbox.expander)


def _event(item: Item, shown: Instance, now: float, replaced: Any = None) -> Iterator[str]:
    fields, zone = shown.fields, tzid(item)
    yield "BEGIN:VEVENT"
    organizer = (fields.get("organizer") or {}).get("emailAddress")
    if organizer:
        yield f'ORGANIZER;CN="{organizer.get("name", "")}":MAILTO:{organizer.get("address", "")}'
    yield f"DESCRIPTION:{escaped(str((fields.get('body') or {}).get('content', '')))}"
    if shown.kind == "seriesMaster":
        yield f"RRULE:{rule(item)}"
        if item.cancelled:
            yield _moments("EXDATE", item, sorted(item.cancelled))
    yield f"UID:{ical_uid(item.ical_seed, None)}"
    if replaced:
        assert shown.original is not None, "an exception was somewhere before"
        yield _moments("RECURRENCE-ID", item, [shown.original])
    # Outlook publishes a cancelled meeting as confirmed and free, its title after a word in the mailbox's language.
    cancelled = bool(fields.get("isCancelled"))
    yield f"SUMMARY:{'Canceled: ' if cancelled else ''}{escaped(str(fields.get('subject') or ''))}"
    yield _edge("DTSTART", shown.first, shown.start, shown, zone)
    yield _edge("DTEND", shown.last, shown.end, shown, zone)
    yield f"CLASS:{CLASSES.get(fields.get('sensitivity', 'normal'), 'PRIVATE')}"
    yield f"DTSTAMP:{datetime.fromtimestamp(now, UTC):%Y%m%dT%H%M%SZ}"
    free = cancelled or fields.get("showAs") == "free"
    yield f"TRANSP:{'TRANSPARENT' if free else 'OPAQUE'}"
    yield "STATUS:CONFIRMED"
    yield "SEQUENCE:0"
    yield f"LOCATION:{escaped(str((fields.get('location') or {}).get('displayName', '')))}"
    busy = BUSY.get(fields.get("showAs", "busy"), "BUSY")
    yield f"X-MICROSOFT-CDO-BUSYSTATUS:{'FREE' if cancelled else busy}"
    yield f"X-MICROSOFT-CDO-INTENDEDSTATUS:{busy}"
    yield f"X-MICROSOFT-CDO-ALLDAYEVENT:{'TRUE' if shown.all_day else 'FALSE'}"
    if fields.get("isReminderOn"):
        minutes = fields.get("reminderMinutesBeforeStart", 15)
        yield from ("BEGIN:VALARM", "DESCRIPTION:REMINDER", f"TRIGGER;RELATED=START:-PT{minutes}M")
        yield from ("ACTION:DISPLAY", "END:VALARM")
    yield "END:VEVENT"


def _edge(name: str, wall: datetime, at: datetime, shown: Instance, zone: str) -> str:
    if shown.all_day:
        return f"{name};VALUE=DATE:{wall:%Y%m%d}"
    if shown.kind == "exception":  # its own clock may be another one
        wall = at.astimezone(shown.item.schedule.zone)
    return f"{name};TZID={zone}:{wall:%Y%m%dT%H%M%S}"


def _moments(name: str, item: Item, days: list[date]) -> str:
    schedule = item.schedule
    if schedule.all_day:
        return f"{name};VALUE=DATE:" + ",".join(f"{day:%Y%m%d}" for day in days)
    walls = (datetime.combine(day, schedule.start.time()) for day in days)
    return f"{name};TZID={tzid(item)}:" + ",".join(f"{wall:%Y%m%dT%H%M%S}" for wall in walls)


def rule(item: Item) -> str:
    """A series' pattern as an RRULE; UNTIL is the last start in UTC, or the last day."""
    assert item.schedule.rule is not None, "a series has a rule"
    recurrence = item.schedule.posted["recurrence"]
    pattern, limits = recurrence["pattern"], recurrence.get("range") or {}
    parts = [f"FREQ={_frequency(pattern)}"]
    if limits.get("type") == "endDate":
        dates = item.schedule.rule.dates(item.schedule.start.date(), date.fromisoformat(limits["endDate"]))
        parts.append(f"UNTIL={_until(item, max(dates, default=item.schedule.start.date()))}")
    if limits.get("type") == "numbered":
        parts.append(f"COUNT={limits['numberOfOccurrences']}")
    return ";".join([*parts, f"INTERVAL={pattern.get('interval', 1)}", *_by(pattern)])


def _frequency(pattern: Mapping[str, Any]) -> str:
    kinds = {"daily": "DAILY", "weekly": "WEEKLY", "absoluteMonthly": "MONTHLY", "relativeMonthly": "MONTHLY"}
    return kinds.get(pattern["type"], "YEARLY")


def _until(item: Item, last: date) -> str:
    schedule = item.schedule
    if schedule.all_day:
        return f"{last:%Y%m%d}"
    at = datetime.combine(last, schedule.start.time(), schedule.zone)
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _by(pattern: Mapping[str, Any]) -> Iterator[str]:
    days = [DAYS[day] for day in pattern.get("daysOfWeek", ())]
    if pattern["type"] in ("absoluteYearly", "relativeYearly"):
        yield f"BYMONTH={pattern['month']}"
    if pattern["type"] in ("absoluteMonthly", "absoluteYearly"):
        yield f"BYMONTHDAY={pattern['dayOfMonth']}"
    elif pattern["type"] == "weekly":
        yield from (f"BYDAY={','.join(days)}", f"WKST={DAYS[pattern.get('firstDayOfWeek', 'sunday')]}")
    elif pattern["type"] != "daily" and len(days) == 1:
        yield f"BYDAY={NTH[pattern.get('index', 'first')]}{days[0]}"
    elif pattern["type"] != "daily":
        yield from (f"BYDAY={','.join(days)}", f"BYSETPOS={NTH[pattern.get('index', 'first')]}")


def time_zone(name: str, zone: ZoneInfo, year: int) -> list[str]:
    """A zone's definition from the changes of its clock in one year, as if they were for ever."""
    hours = (datetime.combine(date(year, 1, 1), time(), UTC) + timedelta(hours=n) for n in range(366 * 24))
    offsets = [(hour, hour.astimezone(zone).utcoffset() or timedelta()) for hour in hours]
    changes = [(at, old, new) for (_, old), (at, new) in pairwise(offsets) if old != new]
    inner = [line for change in changes for line in _change(*change)]
    if not changes:
        inner = _part("STANDARD", "16010101T000000", offsets[0][1], offsets[0][1])
    return ["BEGIN:VTIMEZONE", f"TZID:{name}", *inner, "END:VTIMEZONE"]


def _change(at: datetime, old: timedelta, new: timedelta) -> list[str]:
    wall = (at + old).replace(tzinfo=None)
    nth = -1 if (wall + timedelta(days=7)).month != wall.month else (wall.day - 1) // 7 + 1
    yearly = (
        f"RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY={nth}{list(DAYS.values())[(wall.weekday() + 1) % 7]};BYMONTH={wall.month}"
    )
    kind = "DAYLIGHT" if new > old else "STANDARD"
    return _part(kind, f"16010101T{wall:%H%M%S}", old, new, yearly)


def _part(kind: str, start: str, old: timedelta, new: timedelta, *more: str) -> list[str]:
    offsets = [f"TZOFFSETFROM:{_offset(old)}", f"TZOFFSETTO:{_offset(new)}"]
    return [f"BEGIN:{kind}", f"DTSTART:{start}", *offsets, *more, f"END:{kind}"]


def _offset(value: timedelta) -> str:
    minutes = int(value.total_seconds()) // 60
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"
