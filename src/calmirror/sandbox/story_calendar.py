"""What Adele's calendar holds before the story begins: events as one would post them to Microsoft Graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

BERLIN = "W. Europe Standard Time"
PACIFIC = "Pacific Standard Time"
PAST_DAYS, FUTURE_DAYS = 180, 185
WORKING_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
WEEKDAYS = (*WORKING_DAYS, "saturday", "sunday")

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Meeting:
    """A single meeting of the catalogue; `clock` is its start on the clocks of `zone`, `minutes` its length."""

    subject: str
    clock: time
    minutes: int
    place: str = ""
    online: bool = False
    text: Sequence[str] = ()
    show_as: str = "busy"
    sensitivity: str = "normal"
    zone: str = BERLIN

    def on(self, day: date) -> Event:
        """The event of this meeting on one day."""
        return {
            "subject": self.subject,
            "body": word_body(self.text, online=self.online),
            "location": {"displayName": "Microsoft Teams Meeting" if self.online else self.place},
            "showAs": self.show_as,
            "sensitivity": self.sensitivity,
            **(TEAMS if self.online else {}),
            **timed(datetime.combine(day, self.clock), self.minutes, self.zone),
        }


TEAMS: Mapping[str, Any] = {
    "isOnlineMeeting": True,
    "onlineMeetingProvider": "teamsForBusiness",
    "attendees": [
        {"type": "required", "emailAddress": {"name": "Lee Gu", "address": "lee@contoso.example"}},
        {"type": "optional", "emailAddress": {"name": "Megan Bowen", "address": "megan@contoso.example"}},
    ],
}
JOIN = "https://teams.microsoft.com/l/meetup-join/19%3ameeting_c2FuZGJveA%40thread.v2/0?context=%7b%7d"

MEETINGS = (
    Meeting("Offer for Fabrikam", time(10), 60, "Room Elbe", text=("Agenda:", "1. Scope", "2. Price & terms <draft>")),
    Meeting("Call with Northwind Traders", time(16, 30), 45, online=True, text=("They want to see the roadmap.",)),
    Meeting("Dentist", time(8), 50, "Dr. Müller, Hauptstraße 5", sensitivity="private", show_as="oof"),
    Meeting("Interview: reliability engineer", time(11), 60, online=True, show_as="tentative"),
    Meeting("Lunch with Lee", time(12, 30), 60, "Canteen", show_as="free"),
    Meeting("Design review: search", time(13, 30), 90, "Room Alster", text=("Please read the draft before.",)),
    Meeting("West coast architecture forum", time(9), 60, online=True, zone=PACIFIC),
    Meeting("Budget Q1 & headcount", time(15), 60, "Room Elbe", sensitivity="confidential"),
    Meeting("Café ☕ with Zoë", time(10, 30), 30, "Foyer", show_as="free"),
    Meeting("Visit at Wingtip Toys", time(9, 30), 240, "Wingtip Toys, Hafenplatz 1", show_as="oof"),
    Meeting("Parents' evening", time(19), 90, "School", sensitivity="private"),
    Meeting("Customer workshop", time(9), 480, "Room Alster", text=("Day plan:", "morning: data", "afternoon: risks")),
    Meeting("Security training", time(14), 45, online=True, text=("Mandatory once a year.",)),
)

DAYS_OFF = (
    (-150, 5, "Winter leave", "oof"),
    (-75, 1, "Company day", "busy"),
    (-20, 2, "Training in Cologne", "workingElsewhere"),
    (12, 1, "Moving house", "oof"),
    (45, 12, "Annual leave", "oof"),
    (100, 1, "Public holiday", "free"),
    (140, 3, "Conference", "tentative"),
)
"""Whole days: when (days from today), how many, what, shown as."""

LEAVE = range(45, 57)
"""The days from today on which nobody expects Adele at the stand-up."""


def singles(today: date) -> Iterator[Event]:
    """Whole days, a trip across zones, a fair over three days, and a reminder that has no length."""
    for offset, days, subject, show_as in DAYS_OFF:
        yield {"subject": subject, "showAs": show_as, **whole_days(today + timedelta(offset), days)}
    flight = datetime.combine(today + timedelta(20), time(10, 5))
    landing = graph_time(flight.replace(hour=11, minute=40), PACIFIC)
    yield {"subject": "Flight to Seattle", "showAs": "oof", **timed(flight, 0), "end": landing}
    fair = datetime.combine(today + timedelta(33), time(9))
    yield {"subject": "Trade fair", "showAs": "busy", **timed(fair, 2 * 24 * 60 + 8 * 60)}
    yield {"subject": "Send the tax form", "showAs": "free", **timed(fair - timedelta(9, hours=-8), 0)}


def meetings(today: date) -> Iterator[tuple[Meeting, date]]:
    """A meeting on three of four working days, all through the year around today."""
    days = (today + timedelta(offset) for offset in range(-PAST_DAYS, FUTURE_DAYS))
    for number, day in enumerate(day for day in days if day.weekday() < 5):
        if number % 4 != 3:
            yield MEETINGS[number % len(MEETINGS)], day


def series(today: date) -> dict[str, Event]:
    """The recurring events by a short name; each starts on a day that fits its pattern."""
    begin = today - timedelta(PAST_DAYS)
    return {**every_week(begin), **every_month(begin), **others(today)}


def every_week(begin: date) -> dict[str, Event]:
    """Week after week, or every second or third; on the clocks of two zones, one of them over midnight."""

    def weekly(days: Sequence[int], clock: time, minutes: int, zone: str = BERLIN, interval: int = 1) -> Event:
        first = datetime.combine(first_day(begin, lambda d: d.weekday() in days), clock)
        names = [WEEKDAYS[day] for day in days]
        pattern = {"type": "weekly", "interval": interval, "daysOfWeek": names, "firstDayOfWeek": "monday"}
        return recurring(timed(first, minutes, zone), pattern)

    stand_up = {"subject": "Stand-up", "body": word_body((), online=True), **TEAMS}
    planning = {"subject": "Iteration planning", "location": {"displayName": "Room Elbe"}}
    return {
        "stand-up": {**stand_up, **weekly(range(5), time(9, 15), 15)},
        "one-to-one": {"subject": "1:1 Lee and Adele", **weekly([1], time(14), 30, interval=2)},
        "planning": {**planning, **weekly([0], time(10), 90, interval=3)},
        "west": {"subject": "Sync with Redmond", **TEAMS, **weekly([3], time(8, 30), 45, PACIFIC)},
        "shift": {"subject": "Night shift", "showAs": "workingElsewhere", **weekly([5], time(22), 480)},
        "sport": {"subject": "Rowing", "sensitivity": "private", **weekly([0, 3], time(18, 30), 90)},
        "reading": {"subject": "Reading time", "showAs": "free", **weekly([2], time(13), 60)},
    }


def every_month(begin: date) -> dict[str, Event]:
    """The first Wednesday, the last Friday, and a 31st that not every month has."""

    def monthly(clock: time, fits: Callable[[date], bool], **pattern: Any) -> Event:
        first = datetime.combine(first_day(begin, fits), clock)
        kind = "absoluteMonthly" if "dayOfMonth" in pattern else "relativeMonthly"
        return recurring(timed(first, 60), {"type": kind, "interval": 1, **pattern})

    first_wednesday = monthly(
        time(12), lambda d: d.weekday() == 2 and d.day <= 7, daysOfWeek=["wednesday"], index="first"
    )
    last_friday = monthly(
        time(15),
        lambda d: d.weekday() == 4 and (d + timedelta(7)).month != d.month,
        daysOfWeek=["friday"],
        index="last",
    )
    report = word_body(("What we did,", "what we learned."), online=False)
    return {
        "lunch": {"subject": "Team lunch", "showAs": "free", **first_wednesday},
        "review": {"subject": "Monthly review", "body": report, **last_friday},
        "accounts": {
            "subject": "Close the month's accounts",
            **monthly(time(16), lambda d: d.day == 31, dayOfMonth=31),
        },
    }


def others(today: date) -> dict[str, Event]:
    """A whole day every year, something daily for three months, and a course of so many evenings."""
    founding = first_day(today - timedelta(600), lambda d: (d.month, d.day) == (3, 17))
    yearly = {"type": "absoluteYearly", "interval": 1, "dayOfMonth": 17, "month": 3}
    daily = {"type": "daily", "interval": 1}
    build = timed(datetime.combine(today - timedelta(30), time(8, 30)), 10)
    course = timed(datetime.combine(today - timedelta(10), time(17, 45)), 75)
    return {
        "founding": {"subject": "Founding day", "showAs": "free", **recurring(whole_days(founding, 1), yearly)},
        "build": {"subject": "Nightly build", "showAs": "free", **recurring(build, daily, until=today + timedelta(60))},
        "course": {"subject": "Spanish, part two", **recurring(course, {**daily, "interval": 5}, count=14)},
    }


def first_day(begin: date, fits: Callable[[date], bool]) -> date:
    """The first day from `begin` on that fits; looks ahead two years at most."""
    return next(day for day in (begin + timedelta(n) for n in range(731)) if fits(day))


def first_date(event: Event) -> date:
    """The date of a series' first occurrence."""
    return date.fromisoformat(event["recurrence"]["range"]["startDate"])


def timed(begins: datetime, minutes: int, zone: str = BERLIN) -> Event:
    """Start and end of an event on the clocks of a zone."""
    return {"start": graph_time(begins, zone), "end": graph_time(begins + timedelta(minutes=minutes), zone)}


def whole_days(first: date, days: int) -> Event:
    """Start and end of an all-day event; the end is the midnight after its last day."""
    begins = datetime.combine(first, time())
    return {"isAllDay": True, **timed(begins, days * 24 * 60)}


def graph_time(moment: datetime, zone: str) -> dict[str, str]:
    """A wall-clock time as Graph writes it."""
    return {"dateTime": f"{moment:%Y-%m-%dT%H:%M:%S}.0000000", "timeZone": zone}


def recurring(times: Event, pattern: Event, *, count: int = 0, until: date | None = None) -> Event:
    """Makes a series of an event's times: `count` of them, or until a day (inclusive), or without end."""
    span: Event = {"startDate": times["start"]["dateTime"][:10], "recurrenceTimeZone": times["start"]["timeZone"]}
    if count:
        span |= {"type": "numbered", "numberOfOccurrences": count}
    elif until:
        span |= {"type": "endDate", "endDate": until.isoformat()}
    else:
        span |= {"type": "noEnd"}
    return {**times, "recurrence": {"pattern": pattern, "range": span}}


def word_body(lines: Sequence[str], *, online: bool) -> dict[str, str]:
    """A body as Outlook composes it with Word's editor, with the block that Teams adds."""
    paragraphs = "".join(f'<p class="MsoNormal">{escaped(line)}<o:p></o:p></p>\n' for line in lines)
    join = f'<p>________________</p>\n<p>Microsoft Teams meeting</p>\n<p><a href="{JOIN}">Join the meeting</a></p>\n'
    content = (
        '<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8">\n'
        '<style><!-- p.MsoNormal {margin:0cm; font-size:11.0pt; font-family:"Calibri",sans-serif} --></style></head>\n'
        f'<body lang="EN-GB" link="#0563C1"><div class="WordSection1">\n{paragraphs}{join * online}</div></body></html>'
    )
    return {"contentType": "html", "content": content if lines or online else ""}


def escaped(text: str) -> str:
    """Text as HTML content."""
    return text.replace("&", "&amp;").replace("<", "&lt;")
