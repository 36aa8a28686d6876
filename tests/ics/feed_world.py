"""A world whose mirror reads a published calendar: a mailbox's own, or a feed that a test wrote."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from world import TODAY, Wire, World, is_ours, utc

from calmirror.ics.calendar import FeedCalendar
from calmirror.ics.fetch import FeedClient
from calmirror.mirror.source import Source
from calmirror.sandbox.ics.service import FeedService, FeedSwitches

HEAD = "BEGIN:VCALENDAR\r\nMETHOD:PUBLISH\r\nPRODID:Microsoft Exchange Server 2010\r\nVERSION:2.0\r\n"
TAIL = "END:VCALENDAR\r\n"


class FeedWorld(World):
    """As World; `address` is what the mirror reads, "" for the mailbox by sign-in."""

    def __init__(self, folder: Path | None = None, *, switches: FeedSwitches | None = None, **options: Any) -> None:
        super().__init__(folder, **options)
        self.feeds = FeedService(self.clock, switches=switches)
        self.others.append(self.feeds)
        self.published = self.feeds.publish(self.mailbox)

    def reading(self, address: str) -> FeedWorld:
        """From now on the mirror reads this address; "" for the mailbox by sign-in."""
        self.feed = address
        return self

    def source(self, wire: Wire) -> Source:
        """What the mirror reads from."""
        if not self.feed:
            return super().source(wire)
        client = FeedClient(wire, self.clock, self.feed, lookup=lambda _host: ["93.184.216.34"])
        return FeedCalendar(client, self.clock, self.feed)

    def serve(self, *events: str, zones: str = "", head: str = HEAD) -> FeedWorld:
        """Serves a feed of these events and reads it."""
        return self.reading(self.feeds.put(head + zones + "".join(events) + TAIL))

    def shown(self) -> list[tuple[str, str, str]]:
        """Title, start and end of every occurrence that calmirror shows in the window."""
        window = self.mirror().window_now()
        rows = self.google.occurrences(self.destination, window.start, window.end)
        return sorted((str(row.get("summary", "")), utc(row["start"]), utc(row["end"])) for row in rows if is_ours(row))

    def stored(self) -> list[str]:
        """Every row in Google that calmirror made, as text."""
        return sorted(str(row) for row in self.ours())


def event(uid: str, start: str, end: str, *lines: str, title: str = "") -> str:
    """A VEVENT; start and end with their parameters, such as ";VALUE=DATE:20260316"."""
    own = [
        f"UID:{uid}",
        f"SUMMARY:{title or uid}",
        f"DTSTART{start}",
        f"DTEND{end}",
        "DTSTAMP:20260101T000000Z",
        *lines,
    ]
    return "".join(f"{line}\r\n" for line in ["BEGIN:VEVENT", *own, "END:VEVENT"])


def days(count: int, *, first: date = TODAY) -> Iterator[str]:
    """Single events of an hour, one a day."""
    for number in range(count):
        day = date.fromordinal(first.toordinal() + number)
        yield event(f"day-{number}", f":{day:%Y%m%d}T100000Z", f":{day:%Y%m%d}T110000Z")


def at(day: date, hour: int) -> str:
    """A moment in UTC as the stand-in's rows are read."""
    return f"{datetime(day.year, day.month, day.day, hour, tzinfo=UTC):%F %T}"
