"""A calendar at Microsoft: raw requests, delta rounds, made events, and how a scratch calendar is made and removed."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from contract_check import OURS, NotSettledError, Person, accepted
from contract_google import monday

from calmirror.http.client import Client
from calmirror.http.message import Answer, Clock

Event = dict[str, Any]
T = TypeVar("T")
BERLIN = "W. Europe Standard Time"
NAME = "calmirror contract"
"""How the name of a scratch calendar begins, before four digits: calendars have no description at Microsoft."""
OWN = f"{OURS}own"
"""The title of an occurrence that was changed on its own."""
WRITE_DAYS, READ_DAYS = 14, 60
"""Length of the window: for each check of its own, or of what is there."""
TRIES, PAUSE = 20, 3.0
"""How often delta is read until it shows what was written, and the seconds between: changes show up late."""
MOST_PAGES = 200


def make_calendar(client: Client) -> str:
    """Make a scratch calendar and return its id. Asked once only: a repetition could make a second one."""
    body = {"name": f"{NAME} {secrets.token_hex(2)}"}
    return str(accepted(client.send_json("POST", "/me/calendars", json=body, attempts=1)[0])["id"])


def scratch_calendars(client: Client) -> Iterable[str]:
    """The ids of all calendars with a name such as scratch calendars have."""
    rows = accepted(client.send("GET", "/me/calendars?$top=100"))["value"]
    return [row["id"] for row in rows if re.fullmatch(rf"{NAME} [0-9a-f]{{4}}", row["name"])]


def remove_calendar(client: Client, calendar: str) -> None:
    """Delete a scratch calendar with all that is in it."""
    answer = client.send("DELETE", f"/me/calendars/{quote(calendar, safe='')}")
    if answer.status != 404:
        accepted(answer)


class Outlook:
    """What checks do in one calendar. Events are given and returned as Graph's JSON.

    Methods other than `send` raise UnexpectedAnswerError for a refusal.

    Args:
        path: the calendar's, as `/me/calendars/AAMk…`.
        writes: whether it is a scratch calendar; otherwise nothing is written, and checks look at what is there.
        another: makes a second scratch calendar and returns its id.
    """

    def __init__(
        self, client: Client, path: str, *, writes: bool, person: Person, clock: Clock, another: Callable[[], str]
    ) -> None:
        self.path = path
        self.home = path.partition("/calendar")[0]
        self.writes = writes
        self.person = person
        self.another = another
        self._shown: dict[str, Any] = {}
        now = clock.now()
        self.day = monday(now) if writes else datetime.fromtimestamp(now, UTC).date()
        """The first day of the window."""
        self._days = WRITE_DAYS if writes else READ_DAYS
        self._made: set[str] = set()
        self._awaited: set[str] = set()
        self._client = client
        self._clock = clock

    def turn(self) -> None:
        """Go on to another check: to the next window, where nothing of the check before is left."""
        self.day += timedelta(WRITE_DAYS if self.writes else 0)
        self._made.clear()
        self._awaited.clear()

    def send(self, method: str, path: str, body: object = None, *, prefer: str = "", **query: str) -> Answer:
        """Send one request to an absolute address, or to a path below Graph's root; query names without their `$`."""
        options = urlencode({f"${name}": value for name, value in query.items()}, safe="$,", quote_via=quote)
        url = path + (f"{'&' if '?' in path else '?'}{options}" if options else "")
        return self._client.send(method, url, headers={"prefer": prefer} if prefer else {}, json=body)

    def read(self, path: str, **more: str) -> Any:
        """The body of a read."""
        return accepted(self.send("GET", path, **more))

    def event(self, event_id: str, **more: str) -> Event:
        """Read an event by its id, below its calendar."""
        event: Event = self.read(self.event_path(event_id), **more)
        return event

    def event_path(self, event_id: str) -> str:
        """The path of an event below its calendar."""
        return f"{self.path}/events/{quote(event_id, safe='')}"

    def post(self, title: str = "single", day: int = 1, *, shows: bool = True, **more: Any) -> str:
        """Make an event and return its id.

        Args:
            title: behind `contract: `.
            day: counted from the first day of the window.
            shows: whether it lies in the window, so that a full round must have it.
        """
        begins = {**times(self.day + timedelta(day)), **more}
        body = {"subject": f"{OURS}{title}", "isReminderOn": False, **begins}
        made = str(accepted(self.send("POST", f"{self.path}/events", body))["id"])
        self._made.add(made)
        self._awaited |= {made} if shows else set()
        return made

    def series(self, count: int = 5, day: int = 1, title: str = "series", *, shows: bool = True, **more: Any) -> str:
        """Make a daily series and return its id."""
        first = self.day + timedelta(day)
        return self.post(title, day, shows=shows, **{"recurrence": daily(first, count), **more})

    def patch(self, event_id: str, **changes: Any) -> Event:
        """Change an event, a series or one occurrence."""
        event: Event = accepted(self.send("PATCH", f"/me/events/{quote(event_id, safe='')}", changes))
        return event

    def delete(self, event_id: str) -> None:
        """Delete an event, a series or one occurrence."""
        accepted(self.send("DELETE", f"/me/events/{quote(event_id, safe='')}"))
        self._awaited.discard(event_id)

    def occurrences(self, series: str, **query: str) -> list[Event]:
        """The occurrences and exceptions of a series, by start, within five years from the window on."""
        window = self._window(30, 1000)
        rows = self.read(f"{self.event_path(series)}/instances?{window}", top="100", **query)["value"]
        self._made |= {row["id"] for row in rows if self.writes}
        return sorted(rows, key=lambda row: row["start"]["dateTime"])

    def view(self, **query: str) -> list[Event]:
        """What a plain view of the window lists; at most 100."""
        rows: list[Event] = self.read(f"{self.path}/calendarView?{self._window()}", top="100", **query)["value"]
        return rows

    def first_link(self) -> str:
        """Where a full round of the window begins."""
        return f"{self.path}/calendarView/delta?{self._window()}"

    def page(self, link: str, *, size: int = 50, zone: str = "") -> tuple[list[Event], str, bool]:
        """One page of a round: its entries, the link that follows, and whether the round is over."""
        prefer = f"odata.maxpagesize={size}" + (f', outlook.timezone="{zone}"' if zone else "")
        body = self.read(link, prefer=prefer)
        over = "@odata.deltaLink" in body
        return body["value"], body["@odata.deltaLink" if over else "@odata.nextLink"], over

    def pages(self, link: str, **more: Any) -> tuple[list[list[Event]], str]:
        """The pages of a round, and the delta link at its end."""
        pages: list[list[Event]] = []
        while len(pages) < MOST_PAGES:
            entries, link, over = self.page(link, **more)
            pages.append(entries)
            if over:
                return pages, link
        raise NotSettledError(f"a round did not end after {MOST_PAGES} pages")

    def full(self, **more: Any) -> tuple[list[list[Event]], str]:
        """The pages of a full round that shows all that was made, and its delta link."""
        for _ in range(TRIES):
            pages, link = self.pages(self.first_link(), **more)
            if self._awaited <= {entry["id"] for page in pages for entry in page}:
                return pages, link
            self._clock.sleep(PAUSE)
        raise self._late()

    def entries(self, **more: Any) -> list[Event]:
        """The entries of a full round that belong to this check."""
        pages, _ = self.full(**more)
        return self.mine([entry for page in pages for entry in page])

    def news(self, link: str, act: Callable[[], object] = lambda: None) -> tuple[list[Event], str]:
        """Act, and read rounds until they show an event that was made afterwards: what they tell of this check.

        So an entry that does not come is one that will not come. Returns the entries and the next link.
        """
        act()
        beacon = self.post("beacon", 0)
        told: list[Event] = []
        for _ in range(TRIES):
            pages, link = self.pages(link)
            told += [entry for page in pages for entry in page]
            if any(entry["id"] == beacon for entry in told):
                return [entry for entry in self.mine(told) if entry["id"] != beacon], link
            self._clock.sleep(PAUSE)
        raise self._late()

    def mine(self, entries: Iterable[Event]) -> list[Event]:
        """The entries of events that this check made; all of them where nothing may be written."""
        wanted = self._made
        return [e for e in entries if not self.writes or {e["id"], e.get("seriesMasterId")} & wanted]

    def once(self, act: Callable[[], T]) -> T:
        """What an act of a person showed, for all checks that need it: nobody is asked twice, or asked again."""
        name = act.__qualname__
        if name not in self._shown:
            try:
                self._shown[name] = act()
            except NotSettledError as error:
                self._shown[name] = error
        if isinstance(self._shown[name], NotSettledError):
            raise NotSettledError(str(self._shown[name]))
        shown: T = self._shown[name]
        return shown

    def some_master(self) -> Event:
        """A series with an occurrence in the window: made, or one that is there."""
        series = self.series() if self.writes else ""
        masters = [entry for entry in self.entries() if entry.get("type") == "seriesMaster"]
        found = next((one for one in masters if one["id"] == series or not series), None)
        if found is None:
            raise NotSettledError(f"there is no series in the next {self._days} days")
        return found

    def another_calendar(self) -> str:
        """The path of another calendar of the mailbox."""
        rows = self.read(f"{self.home}/calendars", top="100")["value"]
        paths = [f"{self.home}/calendars/{quote(row['id'], safe='')}" for row in rows]
        own = self.read(self.path)["id"]
        other = [path for path, row in zip(paths, rows, strict=True) if row["id"] != own]
        if not other:
            raise NotSettledError("the mailbox has one calendar only")
        return other[0]

    def _window(self, before: int = 0, days: int = 0) -> str:
        start, end = self.day - timedelta(before), self.day + timedelta(days or self._days)
        return f"startDateTime={start}T00:00:00Z&endDateTime={end}T00:00:00Z"

    def _late(self) -> NotSettledError:
        return NotSettledError(f"delta did not show what was written within {TRIES * PAUSE:.0f} seconds")


def times(day: date, clock: str = "09:00", hours: float = 1, zone: str = BERLIN) -> dict[str, Any]:
    """The start and end members of an event, `hours` apart on the wall clock."""
    start = datetime.fromisoformat(f"{day}T{clock}:00")
    moments = {"start": start, "end": start + timedelta(hours=hours)}
    return {name: {"dateTime": moment.isoformat(), "timeZone": zone} for name, moment in moments.items()}


def daily(first: date, count: int, **pattern: Any) -> dict[str, Any]:
    """The recurrence of so many occurrences: daily, or of another pattern."""
    limits = {"type": "numbered", "startDate": str(first), "numberOfOccurrences": count}
    return {"pattern": {"type": "daily", "interval": 1, **pattern}, "range": limits}


def types(entries: Sequence[Event]) -> list[str]:
    """What each entry is: its type, or `removed`."""
    return ["removed" if "@removed" in entry else str(entry["type"]) for entry in entries]
