"""A scratch calendar at Google: raw requests, made events, and how the calendar itself is made and removed."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from contract_check import OURS, NotSettledError, Person, UnexpectedAnswerError, accepted

from calmirror.google.batch import Call, decode, encode
from calmirror.http.client import Client
from calmirror.http.message import Answer, Clock
from calmirror.http.pacing import Meter

Event = dict[str, Any]
ZONE = "Europe/Berlin"
NAME = "calmirror contract"
MARK = "A scratch calendar of calmirror's contract checks. It may be deleted."
READY_SECONDS = 60
OWN = f"{OURS}own"
"""The title of an instance that was changed on its own."""


@dataclass(frozen=True, slots=True)
class Made:
    """A calendar that was made: its id, the first answer that it gave, and the seconds until it could be used."""

    calendar: str
    first: Answer
    seconds: float


def make_calendar(client: Client) -> str:
    """Make a scratch calendar and return its id. Asked once only: a repetition could make a second one."""
    body = {"summary": NAME, "description": MARK, "timeZone": ZONE}
    answer, _ = client.send_json("POST", "/calendars", json=body, attempts=1)
    return str(accepted(answer)["id"])


def wait_for(client: Client, clock: Clock, calendar: str) -> Made:
    """Read a new calendar until it answers with a list."""
    began, first = clock.now(), client.send("GET", events_path(calendar))
    answer = first
    while answer.status != 200:
        if clock.now() > began + READY_SECONDS:
            raise UnexpectedAnswerError(f"the new calendar cannot be used: {answer.status}")
        clock.sleep(1)
        answer = client.send("GET", events_path(calendar))
    return Made(calendar, first, clock.now() - began)


def is_scratch(client: Client, calendar: str) -> bool:
    """Whether a calendar is there and has our mark in its description."""
    answer = client.send("GET", f"/calendars/{quote(calendar, safe='')}")
    return answer.status == 200 and answer.json().get("description") == MARK


def scratch_calendars(client: Client) -> Iterable[str]:
    """The ids of all calendars with our mark; none where the sign-in may not list calendars."""
    answer = client.send("GET", "/users/me/calendarList?maxResults=250&showHidden=true")
    rows = answer.json()["items"] if answer.status == 200 else []
    return [row["id"] for row in rows if row.get("description") == MARK]


def remove_calendar(client: Client, calendar: str) -> None:
    """Delete a scratch calendar with all that is in it."""
    answer = client.send("DELETE", f"/calendars/{quote(calendar, safe='')}")
    if answer.status not in (404, 410):
        accepted(answer)


def events_path(calendar: str, suffix: str = "", **query: str) -> str:
    """The path of a calendar's events, or of what follows below it."""
    return f"/calendars/{quote(calendar, safe='')}/events{suffix}" + (f"?{urlencode(query)}" if query else "")


class GoogleScratch:
    """What checks do in a scratch calendar. Events are given and returned as the API's JSON.

    Methods other than `send` and `batch` raise UnexpectedAnswerError for a refusal.

    Args:
        pace: counts quota units; a patch costs three.
    """

    def __init__(self, client: Client, made: Made, *, person: Person, pace: Meter, clock: Clock) -> None:
        self.made = made
        self.person = person
        self.clock = clock
        self.day = monday(clock.now())
        """When made events begin: in winter, so that 9 o'clock is 8 o'clock in UTC."""
        self._client = client
        self._pace = pace

    def send(self, method: str, event_id: str = "", body: object = None, *, version: str = "", **query: str) -> Answer:
        """Send one request to the calendar's events, or below one of them; `version` is the etag of `If-Match`."""
        self._pace.take(3 if method == "PATCH" else 1)
        suffix = f"/{quote(event_id, safe='/')}" if event_id else ""
        headers = {"if-match": version} if version else {}
        path = events_path(self.made.calendar, suffix, **query)
        return self._client.send(method, path, headers=headers, json=body)

    def batch(self, *calls: tuple[str, str, object, str]) -> list[Answer]:
        """The answers to one batch of calls (method, event id, body, version), in their order."""
        self._pace.take(len(calls) * 3)
        parts = dict(enumerate(self._call(*call) for call in calls))
        base = urlsplit(self._client.base_url)
        kind, body = encode(parts, base.path)
        url = f"{base.scheme}://{base.netloc}/batch{base.path}"
        answers = decode(self._client.send("POST", url, headers={"content-type": kind}, body=body))
        if answers is None or answers.keys() != parts.keys():
            raise UnexpectedAnswerError("a batch was not answered member by member")
        return [answers[number] for number in parts]

    def _call(self, method: str, event_id: str, body: object, version: str) -> Call:
        headers = {"content-type": "application/json"} | ({"if-match": version} if version else {})
        path = events_path(self.made.calendar, f"/{event_id}")
        return Call(method, path, headers, b"" if body is None else json.dumps(body).encode())

    def insert(self, title: str = "single", **fields: Any) -> Event:
        """Insert an event of one hour under an id of our own."""
        return self._done("POST", "", self.body(title, **fields))

    def body(self, title: str = "single", **fields: Any) -> Event:
        """The JSON of a new event, with an id that no event has had."""
        times = {"start": at(self.day), "end": at(self.day, "10:00")}
        return {"id": f"contract{secrets.token_hex(8)}", "summary": f"{OURS}{title}", **times, **fields}

    def series(self, *, count: int = 6, title: str = "series", **fields: Any) -> str:
        """Insert a daily series and return its id."""
        return str(self.insert(title, recurrence=[f"RRULE:FREQ=DAILY;COUNT={count}"], **fields)["id"])

    def instance(self, series: str, number: int) -> str:
        """The id of an instance of a series that `series` made, counted from 0."""
        return f"{series}_{self.day + timedelta(number):%Y%m%d}T080000Z"

    def own(self, series: str, number: int = 1, **fields: Any) -> Event:
        """Change an instance on its own: another title, and these fields."""
        return self.patch(self.instance(series, number), summary=OWN, **fields)

    def get(self, event_id: str) -> Event:
        """Read an event."""
        return self._done("GET", event_id)

    def patch(self, event_id: str, **fields: Any) -> Event:
        """Change some fields."""
        return self._done("PATCH", event_id, fields)

    def put(self, event: Mapping[str, Any], **fields: Any) -> Event:
        """Write an event back whole, with these fields changed."""
        return self._done("PUT", str(event["id"]), {**event, **fields})

    def delete(self, event_id: str) -> None:
        """Delete an event, or cancel an instance."""
        self._done("DELETE", event_id)

    def rows(self, event_id: str = "", **query: str) -> list[Event]:
        """All pages of a list; `event_id` may be a path below an event."""
        return self._pages(event_id, **query)[0]

    def token(self) -> str:
        """The sync token of now."""
        return self._pages("")[1]

    def changed(self, token: str) -> list[Event]:
        """What an incremental read lists."""
        return self.rows(syncToken=token)

    def own_title_is_left(self, series: str) -> bool:
        """Whether a row or instance of a series still has the title of an instance that was changed on its own."""
        rows = self.rows(iCalUID=f"{series}@google.com")
        return any(row.get("summary") == OWN and row["status"] != "cancelled" for row in rows)

    def instances(self, series: str, **query: str) -> list[Event]:
        """The instances of a series, by start."""
        return sorted(self.rows(f"{series}/instances", **query), key=lambda row: instant(row["start"]))

    def _done(self, method: str, event_id: str, body: object = None) -> Event:
        return accepted(self.send(method, event_id, body)) or {}

    def _pages(self, event_id: str, **query: str) -> tuple[list[Event], str]:
        page = accepted(self.send("GET", event_id, **query))
        rows = list(page.get("items", []))
        while "nextPageToken" in page:
            page = accepted(self.send("GET", event_id, **query, pageToken=page["nextPageToken"]))
            rows += page.get("items", [])
        return rows, page.get("nextSyncToken", "")


def at(day: date, clock: str = "09:00") -> dict[str, str]:
    """A time of the scratch calendar's zone as the API takes it."""
    return {"dateTime": f"{day}T{clock}:00", "timeZone": ZONE}


def instant(moment: Mapping[str, str]) -> datetime:
    """The UTC instant of a time that Google answered."""
    return datetime.fromisoformat(moment["dateTime"]).astimezone(UTC)


def changed_by_person(rows: Iterable[Event], title: str) -> Event:
    """The row with a title that a person was asked to give; NotSettledError where there is none."""
    row = next((row for row in rows if row.get("summary") == title), None)
    if row is None:
        raise NotSettledError("what was asked for has not been done")
    return row


def monday(now: float) -> date:
    """A Monday in January of next year. `now` is in UNIX seconds."""
    first = date(datetime.fromtimestamp(now, UTC).year + 1, 1, 4)
    return first + timedelta(-first.weekday() % 7)


def last_sunday(year: int, month: int) -> date:
    """The day on which clocks change in Europe; the month has 31 days."""
    last = date(year, month, 31)
    return last - timedelta((last.weekday() + 1) % 7)
