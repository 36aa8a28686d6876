"""Two calendars, a person on each side, and calmirror between them: all in one process, on a clock that stands still.

After every step `World.check` holds what happened against the promises that no fault may break.
"""

from __future__ import annotations

import socket
import sqlite3
import weakref
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from promises import MOST_REQUESTS, Watch, calls, hold, marks, piece

from calmirror.cli.failures import told
from calmirror.cli.options import Asked
from calmirror.config.settings import MirrorSettings
from calmirror.errors import CalmirrorError
from calmirror.google.calendar import GoogleCalendar
from calmirror.google.refusals import is_rate_limit
from calmirror.http.client import Client
from calmirror.http.message import Answer, Request
from calmirror.http.pacing import Meter
from calmirror.microsoft.calendar import OutlookCalendar
from calmirror.mirror.context import Mirror
from calmirror.mirror.remembered import Remembered
from calmirror.mirror.repair import Repair, repair
from calmirror.mirror.report import Report
from calmirror.mirror.run import run
from calmirror.mirror.showing import Showing
from calmirror.mirror.source import Source
from calmirror.mirror.verify import Verification, verify
from calmirror.model.mirror import MirrorState
from calmirror.model.policy import Past, Policy
from calmirror.model.times import Window
from calmirror.sandbox.google.service import GoogleService
from calmirror.sandbox.google.switches import GoogleSwitches
from calmirror.sandbox.graph.service import GraphService
from calmirror.sandbox.graph.switches import GraphSwitches
from calmirror.sandbox.service import Fault, SandboxClock, Service
from calmirror.sandbox.transport import SandboxTransport
from calmirror.store import Store
from calmirror.store.database import Row
from calmirror.store.sqlite import SqliteDatabase, open_file, open_memory

NOW = datetime(2026, 3, 16, 10, tzinfo=UTC)
TODAY = NOW.date()
BERLIN = "W. Europe Standard Time"
APP_CREATED = "https://www.googleapis.com/auth/calendar.app.created"
WHOLE_CALENDAR = "https://www.googleapis.com/auth/calendar"
DEAD = f"{socket.gethostname()}:99999999:0"
"""A lease's owner as a process of this machine leaves it that is no more."""


class KilledError(BaseException):
    """The process is no more; nothing after this took place."""


class Death:
    """Kills a process at its n-th step, before or after the step took effect. Requests and commits are steps."""

    def __init__(self, at: int = 0, *, after: bool = False) -> None:
        self.at, self.after, self.steps, self.dead = at, after, 0, False

    @contextmanager
    def step(self) -> Iterator[None]:
        """Around one step."""
        self.breathe()
        self.steps += 1
        fatal = self.steps == self.at
        self.dead = fatal and not self.after
        self.breathe()
        try:
            yield
        finally:  # what failed, a file that was not there or an answer that was lost, is a step as well
            self.dead = fatal
            self.breathe()

    def breathe(self) -> None:
        """A dead process does nothing any more."""
        if self.dead:
            raise KilledError

    def pause(self) -> None:
        """Between two steps, with no transaction open; a process that can stand still does so here."""


class Wire:
    """The network of one process, which notes what it is asked to carry."""

    def __init__(self, services: Iterable[Service], death: Death, carried: list[Request]) -> None:
        self._inner = SandboxTransport(list(services))
        self._death, self._carried = death, carried

    def send(self, request: Request) -> Answer:
        """As Transport.send."""
        self._death.pause()
        with self._death.step():
            self._carried.append(request)
            answer = self._inner.send(request)
        self._death.pause()
        return answer


class MortalDatabase:
    """A state file whose every commit is a step at which the process may die."""

    def __init__(self, inner: SqliteDatabase, death: Death) -> None:
        self._inner, self._death, self._inside = inner, death, False

    def rows(self, query: str, **values: object) -> Iterator[Row]:
        """As Database.rows; a query that writes commits by itself."""
        self._death.breathe()
        if query != "take-lease" or self._inside:
            return self._inner.rows(query, **values)
        self._death.pause()
        with self._death.step():
            return iter(list(self._inner.rows(query, **values)))

    def change(self, query: str, **values: object) -> int:
        """As Database.change."""
        if self._inside:
            return self._inner.change(query, **values)
        self._death.pause()
        with self._death.step():
            return self._inner.change(query, **values)

    def change_all(self, query: str, rows: Iterable[Any]) -> None:
        """As Database.change_all."""
        self._inner.change_all(query, rows)

    def run(self, statement: str) -> None:
        """As Database.run."""
        self._inner.run(statement)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """As Database.transaction; it is undone where the process dies before its end."""
        self._death.pause()
        self._death.breathe()
        with self._inner.transaction():
            self._inside = True
            try:
                yield
            finally:
                self._inside = False
            self._death.steps += 1
            fatal = self._death.steps == self._death.at
            self._death.dead = fatal and not self._death.after
            self._death.breathe()
        self._death.dead = fatal
        self._death.breathe()
        self._death.pause()

    def close(self) -> None:
        """As Database.close."""
        self._inner.close()


class Bearer:
    """A token that never runs out; `renewed` counts how often another one was asked for."""

    cure = "sign in again"

    def __init__(self, token: str) -> None:
        self._token, self.renewed = token, 0

    def token(self) -> str:
        """The token."""
        return self._token

    def renew(self) -> str:
        """The same one."""
        self.renewed += 1
        return self._token


class World:
    """Both stand-ins with a small calendar in Outlook and a person's own event in Google, and one mirror.

    Every `sync`, `verify` and `repair` is a process of its own: new clients, the state opened anew. Without a
    `folder` the state is kept in memory.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        graph: GraphSwitches | None = None,
        google: GoogleSwitches | None = None,
        scope: str = APP_CREATED,
        future_days: int = 60,
        **choices: Any,
    ) -> None:
        self.future_days, self._choices = future_days, choices
        self.policy = Policy()
        self.called = "work"
        """The name of the mirror that everything is about, unless another is asked for."""
        self.mirrors = {self.called: ("", "Outlook")}
        """Source and destination of each mirror; all but the first are for those who ask for them by name."""
        self.clock = SandboxClock(frozen_at=NOW.timestamp())
        self.graph = GraphService(self.clock, switches=graph)
        self.google = GoogleService(self.clock, switches=google)
        self.graph.grant("microsoft-token", ["Calendars.Read"])
        self.google.grant("google-token", [scope])
        self.others: list[Service] = []
        """Stand-ins besides the two."""
        self.feed = ""
        """The address of a published calendar, where the mirror reads one."""
        self.watch = Watch(self)
        self.mailbox = self.graph.mailbox
        self.path = folder / "state.db" if folder else None
        self._memory = open_memory()
        closed_after(self, self._memory)
        self._calendars = folder / "calendars.json" if folder else None
        self.report: Report | None = None
        self.error: CalmirrorError | None = None
        self.ids: dict[str, str] = {}
        self.others_identities: set[str] = set()
        self.add_foreign(self.google.state.user)

    # The person in Outlook

    def fill(self, singles: int = 24) -> World:
        """A few dozen single events, and series with and without changed and cancelled occurrences."""
        for number in range(singles):
            day = TODAY + timedelta(number - 5)
            self.ids[f"single-{number}"] = self.mailbox.create(timed(f"Single {number}", day, 8 + number % 9))
        self.ids["days"] = self.mailbox.create(whole_days("Days off", TODAY + timedelta(8), 2))
        monday = date(2026, 3, 2)
        for name, day, hour in (("plain", monday, 9), ("changed", monday, 14), ("west", monday + timedelta(3), 17)):
            self.ids[name] = self.mailbox.create(weekly(name.title(), day, hour))
        self.ids["daily"] = self.mailbox.create(daily("Daily", TODAY, 7, count=20))
        moved = timed("", date(2026, 3, 24), 16)
        self.mailbox.edit_occurrence(self.ids["changed"], date(2026, 3, 23), start=moved["start"], end=moved["end"])
        self.mailbox.edit_occurrence(self.ids["changed"], date(2026, 4, 6), subject="Changed title")
        self.mailbox.delete_occurrence(self.ids["changed"], date(2026, 4, 13))
        return self

    def edit_of_every_kind(self) -> None:
        """New, changed and deleted singles; series renamed, rescheduled, split, deleted; one occurrence each way."""
        box, ids = self.mailbox, self.ids
        box.edit(ids["single-7"], **moved(TODAY + timedelta(2), 18))
        box.edit(ids["single-8"], subject="Another title")
        box.delete(ids["single-9"])
        ids["new"] = box.create(timed("New", TODAY + timedelta(4), 12))
        box.edit(ids["changed"], **moved(date(2026, 3, 2), 15))
        ids["second half"] = box.split(ids["plain"], date(2026, 3, 30), **moved(date(2026, 3, 30), 11))
        box.delete_occurrence(ids["west"], date(2026, 4, 2))
        box.edit_occurrence(ids["west"], date(2026, 4, 9), subject="West, once")
        box.delete(ids["daily"])
        ids["weekly"] = box.create(weekly("Newly weekly", date(2026, 3, 18), 10))
        box.edit_occurrence(ids["weekly"], date(2026, 3, 25), **moved(date(2026, 3, 26), 10))

    # The person in Google

    def add_foreign(self, calendar: str) -> str:
        """An event that the person made in Google."""
        body = {
            "summary": "Mine",
            "start": {"dateTime": f"{TODAY}T12:00:00Z"},
            "end": {"dateTime": f"{TODAY}T13:00:00Z"},
        }
        event = self.google.person_insert(calendar, body)
        self.protect(calendar, event["id"])
        return str(event["id"])

    def protect(self, calendar: str, event_id: str, *, once_ours: bool = False) -> None:
        """From now on this event must stay byte for byte what it is; no write even names it, unless it was ours."""
        self.watch.protect(calendar, event_id, once_ours=once_ours)

    @property
    def foreign(self) -> dict[str, tuple[str, str]]:
        """What is not ours, by event id: its calendar and its text."""
        return self.watch.foreign

    @property
    def state(self) -> MirrorState:
        """What the state says of the mirror."""
        return self._store(Death()).mirror(self.called)

    @property
    def identities(self) -> set[str]:
        """Who the mirrors of this state are in Google, and those of other installations that write there, too."""
        store = self._store(Death())
        try:
            return self.others_identities | {state.identity for state in store.mirrors()}
        finally:
            if self.path is not None:
                store.close()

    @property
    def remembered(self) -> Remembered:
        """The calendars of our making, as the next process will remember them."""
        return Remembered(self._calendars)

    @property
    def destination(self) -> str:
        """The id of the calendar that the mirror made; the last one, where a lost answer had it made twice."""
        return [calendar.id for calendar in self.google.state.live() if calendar.summary == "Outlook"][-1]

    def copies(self, name: str) -> list[dict[str, Any]]:
        """What Google stores of one source event: single or series first, changed instances after."""
        rows = [row for row in self.ours() if marks(row)["calmirrorSource"] == self.ids[name]]
        return sorted(rows, key=lambda row: len(row["id"]))

    def ours(self) -> list[dict[str, Any]]:
        """The live rows in Google that calmirror made."""
        calendars = [calendar.id for calendar in self.google.state.live()]
        return [row for calendar in calendars for row in self.google.events(calendar) if is_ours(row)]

    # calmirror

    def mirror(self, death: Death | None = None, owner: str = DEAD, name: str = "") -> Mirror:
        """A new process, which dies when `death` says so."""
        mortal, name = death or Death(), name or self.called
        wire = Wire([self.graph, self.google, *self.others], mortal, self.watch.carried)
        return Mirror(
            settings=MirrorSettings(
                name=name,
                source=self.mirrors[name][0],
                feed=self.feed,
                destination=self.mirrors[name][1],
                past_days=20,
                future_days=self.future_days,
                policy=self.policy,
                **self._choices,
            ),
            source=self.source(wire),
            connect=lambda: GoogleCalendar(
                self._client(wire, "Google", self.google.base_url, "google-token"), Meter(self.clock)
            ),
            store=self._store(mortal),
            clock=self.clock,
            remembered=Remembered(self._calendars),
            owner=owner,
        )

    def source(self, wire: Wire) -> Source:
        """What the mirror reads from."""
        return OutlookCalendar(self._client(wire, "Microsoft", self.graph.base_url, "microsoft-token"))

    def sync(self, death: Death | None = None, *, owner: str = DEAD, name: str = "", **options: Any) -> int:
        """One run; the exit code that the command would end with. Raises KilledError where `death` says so."""
        self.report = self.error = None
        before, marked = self.mirrored(), self.mark()
        mirror = self.mirror(death, owner, name)
        try:
            self.report = run(mirror, **options)
        except CalmirrorError as error:
            self.error = error
        finally:
            self._close(mirror)
            self.watch.said += said(self.report, self.error)
            hold("I9", sum(self.since(marked)) <= MOST_REQUESTS, self.since(marked))
            self.check()
            if self._choices.get("past") is not Past.PRUNE:
                self._nothing_lost(before)
        return self.error.exit_code if self.error else self.report.exit_code if self.report else 1

    def verify(self, name: str = "") -> Verification:
        """What `verify` finds."""
        mirror = self.mirror(name=name)
        try:
            return verify(mirror, Showing(mirror))
        finally:
            self._close(mirror)

    def repair(self, death: Death | None = None, **options: Any) -> Repair:
        """One repair."""
        mirror = self.mirror(death)
        try:
            return repair(mirror, **options)
        finally:
            self._close(mirror)
            self.check()

    def settle(self) -> World:
        """The first run, and a person's own event in the new calendar."""
        assert self.sync() == 0, self.error
        self.add_foreign(self.destination)
        return self

    # What must be so

    def assert_exact(self) -> None:
        """Both calendars show the same, by `verify` and by the stand-ins' own truth, and nothing is left to do."""
        differences = self.verify().differences
        hold("I10", differences == (), differences)
        hold("I10", self.shown_in_google() == self.shown_in_outlook(), "the calendars do not show the same")
        pieces = Counter(piece(row) for row in self.ours())
        hold("I3", max(pieces.values(), default=1) == 1, pieces.most_common(1))
        marked = self.mark()
        hold("I10", self.sync() == 0, repr(self.error))
        hold("I11", self.writes_since(marked) == [], self.writes_since(marked))
        if not self.graph.switches.replay:
            assert self.since(marked) == (1 + self.graph.switches.first_page_empty, 0)

    def mark(self) -> tuple[int, int]:
        """How many requests each service has seen."""
        return len(self.graph.log), len(self.google.log)

    def since(self, marked: tuple[int, int]) -> tuple[int, int]:
        """How many requests each service has seen since then."""
        return len(self.graph.log) - marked[0], len(self.google.log) - marked[1]

    def writes_since(self, marked: tuple[int, int]) -> list[tuple[str, str]]:
        """Method and path of every write that Google was asked for since then."""
        return [(one.method, one.path) for one in calls(self.google.log[marked[1] :]) if one.method != "GET"]

    def check(self) -> None:
        """What no fault may ever break."""
        self.watch.look()

    def _nothing_lost(self, before: set[str]) -> None:
        """Whatever was mirrored, is still in Outlook and is not to be hidden is still mirrored."""
        there = self.meant_to_show() if self.policy == Policy() else set()
        hold("I4", before & there <= self.mirrored(), "an event that stands in Outlook was deleted")

    def mirrored(self) -> set[str]:
        """The ids of the events in Outlook of which Google holds something."""
        return {
            marks(event.fields)["calmirrorSource"]
            for calendar in self.google.state.live()
            for event in calendar.events.values()
            if not event.cancelled and is_ours({"id": event.id, **event.fields})
        }

    def meant_to_show(self) -> set[str]:
        """The events and series that are shown where nobody chose anything: all but cancelled and declined ones."""
        return {
            item.id
            for item in self.mailbox.items(self.mailbox.default_calendar)
            if not item.fields.get("isCancelled")
            and item.fields.get("responseStatus", {}).get("response") != "declined"
        }

    def shown_in_outlook(self) -> Counter[tuple[str, str, str]]:
        """Subject, start and end of everything that is to be shown in the middle of the window."""
        window = self._middle()
        shown: Counter[tuple[str, str, str]] = Counter()
        there, private = self.meant_to_show(), self.private
        for one in self.mailbox.occurrences(None, window.start, window.end):
            if one.id not in there:
                continue
            # What has no length, as the clocks can make it, is a minute long in Google.
            end = max(one.end, one.start + timedelta(minutes=1))
            times = (one.first_day, one.last_day) if one.all_day else (f"{one.start:%F %T}", f"{end:%F %T}")
            secret = one.id in private or one.fields.get("sensitivity", "normal") != "normal"
            title = self.policy.busy_title if secret else one.subject
            shown[title, str(times[0]), str(times[1])] += 1
        return shown

    @property
    def private(self) -> set[str]:
        """The events and series that are private in Outlook."""
        items = self.mailbox.items(self.mailbox.default_calendar)
        return {item.id for item in items if item.fields.get("sensitivity", "normal") != "normal"}

    def shown_in_google(self) -> Counter[tuple[str, str, str]]:
        """The same of what calmirror made."""
        window = self._middle()
        found = self.google.occurrences(self.destination, window.start, window.end)
        return Counter((row["summary"], utc(row["start"]), utc(row["end"])) for row in found if is_ours(row))

    def _middle(self) -> Window:
        now = datetime.fromtimestamp(self.clock.now(), UTC)
        return Window.around(now, past_days=17, future_days=self.future_days - 3)

    def _client(self, wire: Wire, service: str, url: str, token: str) -> Client:
        throttled = {"throttled": is_rate_limit} if service == "Google" else {}
        return Client(
            wire, self.clock, base_url=url, service=service, tokens=Bearer(token), jitter=lambda: 0.5, **throttled
        )

    def _store(self, death: Death) -> Store:
        database = open_file(self.path, create=True) if self.path else self._memory
        mortal = MortalDatabase(database, death)
        if self.path:
            closed_after(mortal, database)
        return Store(mortal)

    def _close(self, mirror: Mirror) -> None:
        if self.path is not None:
            mirror.store.close()


def closed_after(user: object, database: SqliteDatabase) -> None:
    """Has a database closed with the life of its user: a process that is no more closes nothing itself."""

    def close() -> None:
        with suppress(sqlite3.ProgrammingError):  # of another thread
            database.close()

    weakref.finalize(user, close)


def said(report: Report | None, error: CalmirrorError | None) -> list[str]:
    """What a run says to people, other than `plan`, which shows titles."""
    return [str(error), *told(error, Asked()).values()] if error else list(report.skipped.values()) if report else []


def is_ours(row: dict[str, Any]) -> bool:
    """Whether calmirror made it: a person's copy has the marks, but an id of Google's making."""
    return "calmirror" in marks(row) and len(row["id"].partition("_")[0]) == 40


def utc(value: dict[str, str]) -> str:
    """A day, or a moment in UTC."""
    if "date" in value:
        return value["date"]
    return f"{datetime.fromisoformat(value['dateTime']).astimezone(UTC):%F %T}"


def moved(day: date, hour: int, zone: str = BERLIN) -> dict[str, Any]:
    """Start and end of an hour's event."""
    return {
        edge: {"dateTime": f"{day}T{at:02}:00:00", "timeZone": zone}
        for edge, at in (("start", hour), ("end", hour + 1))
    }


def timed(subject: str, day: date, hour: int, **more: Any) -> dict[str, Any]:
    """A single event of one hour."""
    return {"subject": subject, **moved(day, hour), **more}


def whole_days(subject: str, day: date, days: int) -> dict[str, Any]:
    """An all-day event."""
    return {
        "subject": subject,
        "isAllDay": True,
        "start": {"dateTime": f"{day}T00:00:00", "timeZone": BERLIN},
        "end": {"dateTime": f"{day + timedelta(days)}T00:00:00", "timeZone": BERLIN},
    }


def weekly(subject: str, day: date, hour: int) -> dict[str, Any]:
    """A series on the day's day of the week, ten times."""
    names = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    pattern = {"type": "weekly", "interval": 1, "daysOfWeek": [names[day.weekday()]], "firstDayOfWeek": "monday"}
    return timed(subject, day, hour, recurrence={"pattern": pattern, "range": numbered(day, 10)})


def daily(subject: str, day: date, hour: int, *, count: int) -> dict[str, Any]:
    """A series day by day."""
    pattern = {"type": "daily", "interval": 1}
    return timed(subject, day, hour, recurrence={"pattern": pattern, "range": numbered(day, count)})


def numbered(day: date, count: int) -> dict[str, Any]:
    """A series' range of so many occurrences."""
    return {"type": "numbered", "startDate": str(day), "numberOfOccurrences": count, "recurrenceTimeZone": BERLIN}


def refusal(status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> Answer:
    """An answer for a fault to give."""
    return Answer(status, headers or {}, body)


def broken(service: Service, path: str = "", *, method: str = "", **what: Any) -> Fault:
    """Breaks a service's answers to requests whose address holds `path`, until healed; returns the fault."""
    fault = Fault(
        matches=lambda request: path in request.url and method in ("", request.method), **({"times": -1} | what)
    )
    service.faults.append(fault)
    return fault
