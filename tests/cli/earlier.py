"""What version 0.1 left behind: its state, and its events in Google, of a mailbox and of a published calendar.

The state and the events were made by 0.1 itself, see `record_earlier.py`. Here they are put into today's stand-ins.
"""

from __future__ import annotations

import gc
import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import time_machine
from cli_world import World

from calmirror.sandbox.google.service import GoogleService
from calmirror.sandbox.graph.mailbox import Mailbox
from calmirror.sandbox.graph.service import GraphService
from calmirror.sandbox.ics.service import FeedService
from calmirror.sandbox.serve import serve
from calmirror.sandbox.service import SandboxClock

FOLDER = Path(__file__).parent / "earlier"
MADE_AT = datetime(2026, 3, 16, 10, tzinfo=UTC)
BERLIN = "W. Europe Standard Time"
KEPT = ("id", "summary", "description", "time_zone", "created_by")
WRITABLE = (
    *("summary", "description", "location", "start", "end", "recurrence", "status", "transparency", "visibility"),
    *("reminders", "extendedProperties", "source", "colorId", "guestsCanInviteOthers", "guestsCanSeeOtherGuests"),
)
ZOOM = "https://contoso.zoom.us/j/1234567890?pwd=abc"
MARKER = "--- my notes ---"


@contextmanager
def served(folder: Path, at: datetime = MADE_AT) -> Iterator[World]:
    """Both services and a published calendar at that time, and a configuration of a mirror of each source."""
    with time_machine.travel(at, tick=True):
        clock = SandboxClock()
        graph, google, feeds = GraphService(clock), GoogleService(clock), FeedService(clock)
        graph.grant("m", ["Calendars.Read"])
        google.grant("g", ["https://www.googleapis.com/auth/calendar.app.created"])
        with serve(graph, google, feeds=feeds):
            world = World(graph, google, folder / "calmirror.toml")
            world.configure("work", "team", team=feeds.put(FEED))
            yield world
            gc.collect()


def event(subject: str, day: str, hour: int, body: str = "", **more: Any) -> dict[str, Any]:
    """An hour in Berlin, as Graph takes it."""
    edges = (("start", f"{day}T{hour:02}:00:00"), ("end", f"{day}T{hour + 1:02}:00:00"))
    times = {edge: {"dateTime": at, "timeZone": BERLIN} for edge, at in edges}
    text = {"body": {"contentType": "html", "content": body}} if body else {}
    return {"subject": subject, **times, **text, **more}


def weekly(day: str, **limits: Any) -> dict[str, Any]:
    """Every week on the day of the week of that date."""
    return {
        "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": [f"{date.fromisoformat(day):%A}".lower()]},
        "range": {"type": "noEnd", "startDate": day} | limits,
    }


def daily(day: str, **limits: Any) -> dict[str, Any]:
    """Every day."""
    return {"pattern": {"type": "daily", "interval": 1}, "range": {"type": "noEnd", "startDate": day} | limits}


RIGHT = {
    **{f"Single {n}": event(f"Single {n}", f"2026-03-{17 + n}", 9 + n, f"<p>Text {n}</p>") for n in range(6)},
    "Days off": {
        **event("Days off", "2026-03-30", 0, isAllDay=True),
        "start": {"dateTime": "2026-03-30T00:00:00", "timeZone": "UTC"},
        "end": {"dateTime": "2026-04-01T00:00:00", "timeZone": "UTC"},
    },
    "Plain": event("Plain", "2026-03-02", 9, recurrence=weekly("2026-03-02")),
    "Changed": event("Changed", "2026-03-03", 14, recurrence=weekly("2026-03-03")),
    "Private": event("Dentist", "2026-03-18", 15, sensitivity="private"),
    "Teams": event("Teams", "2026-03-18", 16, '<p>Join: <a href="https://teams.live.com/meet/93">here</a></p>'),
}
WRONG = {
    "Minutes": event("Minutes", "2026-03-19", 8, f"<p>Agenda</p><p>{MARKER}</p><p>Salaries</p>"),
    "Minutes weekly": event(
        "Minutes weekly",
        "2026-03-05",
        8,
        f"<p>Agenda</p><p>{MARKER}</p><p>Salaries</p>",
        recurrence=weekly("2026-03-05"),
    ),
    "Persian": event("می‌خواهم", "2026-03-19", 10),
    "Glued": event("Glued", "2026-03-19", 11, f"<p>请加入 {ZOOM}。会后请填写。</p>"),
    "Glued weekly": event(
        "Glued weekly", "2026-03-06", 11, f"<p>请加入 {ZOOM}。会后请填写。</p>", recurrence=weekly("2026-03-06")
    ),
    "Lookalike": event("Lookalike", "2026-03-19", 13, "<p>https://evil.example%23.zoom.us/j/1234567890</p>"),
    "Turned": event("Turned", "2026-03-19", 14, "<p>evil \u202etxt.exe</p>"),
}
"""What 0.1 wrote otherwise than it is written now."""
OUTLOOK = {**RIGHT, **WRONG}
OCCURRENCES = {
    ("Changed", "2026-03-24"): {"subject": "Changed once"},
    ("Glued weekly", "2026-03-27"): {"showAs": "free"},
}
CANCELLED = (("Changed", "2026-03-31"),)

FEED = "\r\n".join([
    *("BEGIN:VCALENDAR", "METHOD:PUBLISH", "PRODID:Microsoft Exchange Server 2010", "VERSION:2.0"),
    *("BEGIN:VEVENT", "UID:1", "SUMMARY:Talk", "DTSTAMP:20260101T000000Z"),
    *("DTSTART:20260320T100000Z", "DTEND:20260320T110000Z", "END:VEVENT"),
    *("BEGIN:VEVENT", "UID:2", "SUMMARY:Canceled: Lunch", "DTSTAMP:20260101T000000Z", "STATUS:CONFIRMED"),
    *("X-MICROSOFT-CDO-BUSYSTATUS:FREE", "X-MICROSOFT-CDO-INTENDEDSTATUS:BUSY"),
    *("DTSTART:20260321T100000Z", "DTEND:20260321T110000Z", "END:VEVENT"),
    *("BEGIN:VEVENT", "UID:3", "SUMMARY:Choir", "DTSTAMP:20260101T000000Z", "RRULE:FREQ=WEEKLY;COUNT=8"),
    *("DTSTART:20260317T180000Z", "DTEND:20260317T190000Z", "END:VEVENT"),
    *("BEGIN:VEVENT", "UID:4", "SUMMARY:Plan", "DTSTAMP:20260101T000000Z", f"DESCRIPTION:{ZOOM}。会后"),
    *("DTSTART:20260322T100000Z", "DTEND:20260322T110000Z", "END:VEVENT"),
    *("END:VCALENDAR", ""),
])  # fmt: skip


def fill(mailbox: Mailbox, ids: Mapping[str, Mapping[str, str]] | None = None) -> dict[str, str]:
    """The events in Outlook, under the ids that they had for 0.1 where these are given; their ids by name."""
    made = {}
    if ids:
        _renumber_calendar(mailbox, ids["calendar"]["id"])
    for name, posted in OUTLOOK.items():
        made[name] = mailbox.create(posted)
        if ids:
            item = mailbox.events.pop(made[name])
            made[name] = ids[name]["id"]
            item = replace(item, id=made[name], ical_seed=bytes.fromhex(ids[name]["uid"]))
            mailbox.events[item.id], mailbox.by_immutable[item.immutable_id] = item, item.id
    for (name, day), changes in OCCURRENCES.items():
        mailbox.edit_occurrence(made[name], date.fromisoformat(day), **changes)
    for name, day in CANCELLED:
        mailbox.delete_occurrence(made[name], date.fromisoformat(day))
    return made


def ids_of(mailbox: Mailbox, made: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """What `fill` needs to give the events the same ids and UIDs."""
    items = {name: mailbox.item(one) for name, one in made.items()}
    return {"calendar": {"id": mailbox.default_calendar}} | {
        name: {"id": item.id, "uid": item.ical_seed.hex()} for name, item in items.items()
    }


def google_of(google: GoogleService) -> list[dict[str, Any]]:
    """The calendars that 0.1 made, with every row as Google shows it."""
    return [
        {
            **{name: getattr(one, name) for name in KEPT},
            "events": google.events(one.id, deleted=True),
        }
        for one in google.state.live()
        if not one.primary
    ]


def fill_google(google: GoogleService, calendars: list[dict[str, Any]]) -> None:
    """Puts them back, each row with its id, its UID, its times and its version."""
    for kept in calendars:
        made = google.state.add_calendar(kept["summary"], kept["time_zone"], kept["created_by"])
        del google.state.calendars[made.id]
        made.id, made.description = kept["id"], kept["description"]
        google.state.calendars[made.id] = made
        for row in sorted(kept["events"], key=lambda row: "recurringEventId" in row):
            body = {name: row[name] for name in WRITABLE if name in row}
            if "recurringEventId" in row:
                google.person_edit(made.id, row["id"], **body)
            else:
                google.person_insert(made.id, {**body, "id": row["id"], "iCalUID": row["iCalUID"]})
        for row in kept["events"]:
            stored = made.events[row["id"]]
            if "recurringEventId" in row:  # a change adds to what the instance has of its series
                stored.fields["extendedProperties"] = row["extendedProperties"]
            stored.ical_uid, stored.sequence = row["iCalUID"], row["sequence"]
            stored.version = int(row["etag"].strip('"')) // 2
            stored.created, stored.updated = (
                round(datetime.fromisoformat(row[edge]).timestamp() * 1e6) for edge in ("created", "updated")
            )


def fill_state(world: World) -> None:
    """The state's file, from what `script_of` made of it."""
    path, script = world.config.with_name("state.db"), (FOLDER / "state.sql").read_text(encoding="utf-8")
    path.touch(mode=0o600)
    for name, address in _addresses(world).items():
        script = script.replace(f"{{{name}}}", address)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)


def script_of(world: World) -> str:
    """The state's file as a script, with names for the stand-ins' addresses."""
    with closing(sqlite3.connect(world.config.with_name("state.db"))) as connection:
        [(number,)] = connection.execute("PRAGMA application_id").fetchall()
        script = "\n".join([f"PRAGMA application_id = {number};", *connection.iterdump(), ""])
    for name, address in _addresses(world).items():
        script = script.replace(address, f"{{{name}}}")
    return script


def _addresses(world: World) -> dict[str, str]:
    """What the state tells of where the stand-ins were served."""
    feed = world.config.read_text().partition('source = "http')[2].partition('"')[0]
    return {"graph": world.graph.base_url, "feed": f"ics-{sha256(f'http{feed}'.encode()).hexdigest()[:16]}"}


def _renumber_calendar(mailbox: Mailbox, calendar: str) -> None:
    [made] = mailbox.calendars.values()
    mailbox.calendars, mailbox.default_calendar = {calendar: replace(made, id=calendar)}, calendar


def kept(name: str) -> Any:
    """One of the recorded JSON files."""
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))
