"""A calendar as people have them, of any size: half of what one sees is single events, half belongs to series."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from calmirror.sandbox.graph.mailbox import Mailbox

BERLIN = "W. Europe Standard Time"
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
FIRST, SPREAD = 15, 330
"""Events lie from so many days before today over so many days: none of them rolls into the window, or out of it."""
LETTER = (
    '<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"><style>p.MsoNormal {{margin:0cm;'
    'font-size:11.0pt;font-family:"Calibri",sans-serif}}</style></head><body lang="EN-GB" link="#0563C1">'
    '<div class="WordSection1">{}</div></body></html>'
)
LINE = '<p class="MsoNormal"><b>Point {0}</b>: what was said about it last week, and who looks after it until then.</p>'
TEAMS = "https://teams.microsoft.com/l/meetup-join/19%3ameeting_{0}%40thread.v2/0"
INVITATION = (
    "<div>________________________________________________________________________________</div>"
    '<div><a href="{0}">Join the meeting now</a></div><div>Meeting ID: 312 444 555 {1}</div>'
    "<div>________________________________________________________________________________</div>"
)


def filled(mailbox: Mailbox, events: int, today: date) -> tuple[list[str], list[str]]:
    """Fills the mailbox with so many events, occurrences counted each; the ids of single events and of series."""
    kinds = series_kinds(today)
    series: list[str] = []
    left = events // 2
    while left >= 10:
        body, occurrences, changed = next(kinds)
        left -= occurrences
        series.append(mailbox.create(text(len(series)) | body | {"subject": f"Series {len(series)}"}))
        if changed:
            mailbox.edit_occurrence(series[-1], changed, subject="Once, otherwise")
            mailbox.delete_occurrence(series[-1], changed + timedelta(7))
    singles = [mailbox.create(single(n, events - events // 2, today)) for n in range(events // 2 + left)]
    return singles, series


def single(number: int, of: int, today: date) -> dict[str, Any]:
    """A meeting of an hour, somewhere in the year."""
    day = today + timedelta(number * SPREAD // of - FIRST)
    return text(number) | times(day, 8 + number % 9) | {"subject": f"Single {number}"}


def series_kinds(today: date) -> Iterator[tuple[dict[str, Any], int, date | None]]:
    """Series, how many occurrences of each are seen, and the day of one that is changed; the next one is cancelled."""
    monday = today - timedelta(today.weekday())
    number = 0
    while True:
        day, hour = monday + timedelta(number % 5), 8 + number % 9
        weekly = {"type": "weekly", "daysOfWeek": [DAYS[number % 5]], "firstDayOfWeek": "monday"}
        pattern, ends, seen, changed = (
            (weekly | {"interval": 1}, 10, 9, day + timedelta(7)),
            ({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 5}, 9, 9, None),
            (weekly | {"interval": 2}, 0, 26, None),
            (weekly | {"interval": 1}, 0, 51, day + timedelta(14)),
            (weekly | {"interval": 1, "daysOfWeek": list(DAYS)}, 40, 39, monday + timedelta(8)),
        )[number % 5]
        first = day if pattern["type"] == "weekly" else (monday + timedelta(31)).replace(day=5)
        first = monday if len(pattern.get("daysOfWeek", ())) > 1 else first
        yield times(first, hour) | {"recurrence": {"pattern": pattern, "range": reach(first, ends)}}, seen, changed
        number += 1


def reach(first: date, count: int) -> dict[str, Any]:
    """A range of so many occurrences, or without an end."""
    limit = {"type": "numbered", "numberOfOccurrences": count} if count else {"type": "noEnd"}
    return {"startDate": str(first), "recurrenceTimeZone": BERLIN} | limit


def times(day: date, hour: int) -> dict[str, Any]:
    """Start and end of an hour's event."""
    return {
        edge: {"dateTime": f"{datetime(day.year, day.month, day.day, at):%FT%T}", "timeZone": BERLIN}  # noqa: DTZ001 - its zone is beside it
        for edge, at in (("start", hour), ("end", hour + 1))
    }


def text(number: int) -> dict[str, Any]:
    """What an event says: nothing, a letter, or an invitation to a meeting with people in it."""
    kind = number % 3
    if not kind:
        return {}
    people = [person(n) for n in range(number % 7)]
    if kind == 1:
        body = LETTER.format("".join(LINE.format(n) for n in range(number % 11)))
        return {"body": {"contentType": "html", "content": body}, "location": {"displayName": "Room 5"}}
    link = TEAMS.format(number)
    return {
        "body": {"contentType": "html", "content": LETTER.format(INVITATION.format(link, number % 1000))},
        "attendees": people,
        "isOnlineMeeting": True,
        "onlineMeeting": {"joinUrl": link},
    }


def person(number: int) -> dict[str, Any]:
    """Someone invited."""
    address = {"name": f"Person {number}", "address": f"person{number}@contoso.example"}
    return {"type": "required", "status": {"response": "accepted"}, "emailAddress": address}
