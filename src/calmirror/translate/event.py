"""The fields of one event: title, text, place, availability, privacy, reminder, link back, time."""

from __future__ import annotations

import html
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from calmirror.model.mirror import Desired, DesiredEvent
from calmirror.model.source import SourceEvent
from calmirror.model.times import Span, as_instant
from calmirror.translate.html import describe
from calmirror.translate.zones import iana

LONGEST_LINE = 1000
LONGEST_REMINDER = 40320
"""Minutes; Google refuses more (four weeks)."""
NO_LENGTH_NOTE = "has no length in Outlook, so it is one minute long in Google"


def desired_single(event: SourceEvent) -> Desired:
    """What Google should hold for an event that does not repeat."""
    span = with_length(event.span)
    part = DesiredEvent(part="", body=fields(event) | times(span, iana(event.start_zone)), **extent(span))
    note = NO_LENGTH_NOTE if span != event.span else ""
    return Desired(source_id=event.id, ical_uid=event.ical_uid, parts=(part,), note=note)


def fields(event: SourceEvent) -> dict[str, Any]:
    """All that does not depend on when it is. No attendees, ever: Google would write to them."""
    link = event.web_link if event.web_link.startswith("https://") else ""
    body: dict[str, Any] = {
        "summary": one_line(event.subject),
        "description": describe(event.body, event.body_type, footer=_link_back(link)),
        "location": one_line(event.location),
        "transparency": "transparent" if event.show_as.lower() == "free" else "opaque",
        "visibility": "default" if event.sensitivity.lower() == "normal" else "private",
        "reminders": _reminders(event.reminder_minutes),
        "status": "confirmed",
    }
    if link:
        body["source"] = {"title": "Outlook", "url": link}
    return {key: value for key, value in body.items() if value != ""}


def times(span: Span, zone: str | None) -> dict[str, Any]:
    """`start` and `end` as Google takes them: dates, or wall-clock times with offset and IANA zone."""
    return {"start": moment(span.start, zone), "end": moment(span.end, zone)}


def moment(value: Any, zone: str | None) -> dict[str, str]:
    """One end of a span; without a known zone the instant is written in UTC, which is never wrong."""
    if not isinstance(value, datetime):
        return {"date": value.isoformat()}
    local = value.astimezone(ZoneInfo(zone) if zone else UTC)
    return {"dateTime": local.isoformat(timespec="seconds"), "timeZone": zone or "UTC"}


def with_length(span: Span) -> Span:
    """Google refuses a timed event of no length and stores an empty day verbatim: a minute, or a day, is added."""
    if span.end > span.start:
        return span
    return Span(span.start, span.start + (timedelta(days=1) if span.all_day else timedelta(minutes=1)))


def extent(span: Span) -> dict[str, str]:
    """`starts` and `ends` for DesiredEvent."""
    return {"starts": as_instant(span.start).isoformat(), "ends": as_instant(span.end).isoformat()}


def one_line(text: str) -> str:
    """Plain text on one line: no control characters, no writing-direction overrides, no lone surrogates."""
    kept = "".join(" " if c in "\r\n\t\v\f" else c for c in text if c in "\r\n\t\v\f\u200d" or _printable(c))
    return " ".join(kept.split())[:LONGEST_LINE]


def _printable(char: str) -> bool:
    return unicodedata.category(char) not in ("Cc", "Cf", "Cs")


def _link_back(link: str) -> str:
    return f'<a href="{html.escape(link, quote=True)}">Open in Outlook</a>' if link else ""


def _reminders(minutes: int | None) -> dict[str, Any]:
    if minutes is None:
        return {"useDefault": False, "overrides": []}
    bounded = min(max(minutes, 0), LONGEST_REMINDER)
    return {"useDefault": False, "overrides": [{"method": "popup", "minutes": bounded}]}
