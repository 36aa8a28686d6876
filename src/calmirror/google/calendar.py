"""The destination: Google Calendar, with the few reads and the three writes that a mirror needs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from calmirror.errors import RetryableError, UserFixableError
from calmirror.google.batch import Call
from calmirror.google.refusals import QUOTA, SCOPE, Refusal, error_for, refusal_of, stop_for
from calmirror.google.sender import BatchSender, event_in
from calmirror.google.wire import is_sound, stands
from calmirror.google.writes import Outcome, Result, Write, events_path, segment, write_call, write_result
from calmirror.http.client import RESUMED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from calmirror.http.client import Client
    from calmirror.http.pacing import Meter
    from calmirror.model.ids import EventId
    from calmirror.model.times import Window

__all__ = ["GoogleCalendar", "Outcome", "Result", "Write"]

READY_ATTEMPTS = 6
"""How often a new calendar is asked for: the waits between add up to half a minute."""
MOST_PAGES = 10_000
HEAD = ("summary", "description", "timeZone", "accessRole")
"""What a list of events tells of its calendar."""
"""Pages of one list; Google may send short and empty ones, so their number is no measure of its length."""


class Changes(NamedTuple):
    """Events that changed, and the token from which the next ones are told."""

    events: list[Mapping[str, Any]]
    token: str


class GoogleCalendar:
    """Reads calendars and events, and writes mirror events without telling anybody.

    Every method raises RetryableError where Google does not answer sensibly within bounds, and
    UserFixableError where a person has to act: `sign-in-google`, `google-scope`, `google-api-disabled`,
    `google-no-calendar-user`, `google-calendar-missing`.

    Args:
        client: of the API's base URL, told of Google's 403 rate limits by `refusals.is_rate_limit`.
        meter: counts requests; each member of a batch is one.
    """

    def __init__(self, client: Client, meter: Meter) -> None:
        self._client = client
        self._meter = meter
        self._sender = BatchSender(client, meter)

    def find_calendars(self) -> list[Mapping[str, Any]] | None:
        """The `calendarList` entries of the user; None where the sign-in may not list them."""
        try:
            # A calendar hidden from the user's list is still theirs, and must be found rather than made again.
            query = {"maxResults": "250", "showHidden": "true"}
            found = self._pages("/users/me/calendarList", query, "calendar#calendarList")
            return [identified(entry) for entry in found]
        except RefusedError as refused:
            if refused.refusal.reason in SCOPE:
                return None
            raise error_for(refused.refusal) from refused

    def create_calendar(self, name: str, *, time_zone: str, description: str) -> str:
        """Makes a secondary calendar and returns its id.

        Asked once only: a repetition after a lost answer would make a second calendar.

        Raises:
            RetryableError: `google-calendar-quota`: too many calendars were made lately; it takes hours.
        """
        self._meter.take(1)
        body = {"summary": name, "timeZone": time_zone, "description": description}
        answer, created = self._client.send_json("POST", "/calendars", json=body, attempts=1)
        refusal = refusal_of(answer)
        if refusal and refusal.reason in QUOTA:
            raise RetryableError(
                "Google allows no new calendar for this account at present",
                code="google-calendar-quota",
                command="Wait for some hours, then: calmirror sync. Or name an existing calendar.",
            )
        if refusal:
            raise error_for(refusal)
        made = str(identified(created)["id"])
        if "@" not in made:
            raise nonsense("a new calendar under an id that is none")
        return made

    def wait_for(self, calendar_id: str) -> None:
        """Waits, within bounds, until a calendar that was just made can be used.

        Google has been seen to answer 404 or 403 for some seconds after one was made.

        Raises:
            RetryableError: `google-calendar-not-ready`.
        """
        for attempt in range(1, READY_ATTEMPTS + 1):
            self._meter.take(1)
            answer = self._client.send("GET", events_path(calendar_id) + "?maxResults=1")
            refusal = refusal_of(answer)
            if refusal is None:
                return
            if refusal.status not in (403, 404) or stop_for(refusal):
                raise error_for(refusal)
            if attempt < READY_ATTEMPTS:
                self._client.backoff(attempt, answer)
        raise RetryableError(
            "Google does not let the new calendar be used yet",
            code="google-calendar-not-ready",
            meaning=RESUMED,
            command="Nothing to do: the next run goes on. To try now: calmirror sync",
        )

    def delete_calendar(self, calendar_id: str) -> None:
        """Deletes a calendar with all that is in it, for good. One that is gone already is deleted enough."""
        self._meter.take(1)
        refusal = refusal_of(self._client.send("DELETE", f"/calendars/{segment(calendar_id)}"))
        if refusal and not (refusal.status in (404, 410) and refusal.final):
            raise error_for(refusal)

    def calendar(self, calendar_id: str) -> Mapping[str, Any] | None:
        """A calendar's own resource; None where there is none, or none that this sign-in reaches.

        Where the sign-in may only use events, it is what the head of their list tells: no more than `HEAD`.
        """
        try:
            return identified(self._read(f"/calendars/{segment(calendar_id)}"))
        except RefusedError as refused:
            if refused.refusal.status == 404 and refused.refusal.final:
                return None
            if refused.refusal.reason in SCOPE:
                return self._head_of_events(calendar_id)
            raise error_for(refused.refusal) from refused

    def _head_of_events(self, calendar_id: str) -> Mapping[str, Any] | None:
        """What a list of events tells of its calendar: all that those learn who may do nothing but write events."""
        try:
            head = self._read(f"{events_path(calendar_id)}?maxResults=1")
        except RefusedError as refused:
            if refused.refusal.status == 404 and refused.refusal.final:
                return None
            raise error_for(refused.refusal) from refused
        if not isinstance(head, dict) or head.get("kind") != "calendar#events":
            raise nonsense("something that is not a list")
        return {"id": calendar_id} | {key: head[key] for key in HEAD if key in head}

    def owned_events(self, calendar_id: str, key: str, value: str) -> Iterator[Mapping[str, Any]]:
        """Singles, series masters and exceptions with this private property; deleted ones are left out."""
        return self._events(calendar_id, {"privateExtendedProperty": f"{key}={value}"})

    def series_rows(self, calendar_id: str, event_id: EventId) -> list[Mapping[str, Any]]:
        """All that is stored of a series of ours: the recurring event and its instances, cancelled ones too, if listed.

        They share an iCalendar UID, which Google makes of the id. What was cut off the series has another one.
        """
        return list(self._events(calendar_id, {"iCalUID": f"{event_id}@google.com"}, cancelled=True))

    def all_events(self, calendar_id: str, window: Window | None = None) -> Iterator[Mapping[str, Any]]:
        """Everything in a calendar, whoever made it; with a window, series as the occurrences that lie in it."""
        return self._events(calendar_id, _times(window) if window else {})

    def changes(self, calendar_id: str, token: str) -> Changes | None:
        """What changed in a calendar since the token, deleted events with the status "cancelled"; "" for everything.

        None where Google no longer knows the token, or never did.
        """
        events: list[Mapping[str, Any]] = []
        following = ""
        query = {"maxResults": "2500"} | ({"syncToken": token} if token else {})
        try:
            for page in self._whole_pages(events_path(calendar_id), query, "calendar#events"):
                events += page.get("items", [])
                following = str(page.get("nextSyncToken", ""))
        except RefusedError as refused:
            if token and refused.refusal.status in (400, 410) and refused.refusal.final:
                return None
            if refused.refusal.status == 404 and refused.refusal.final:
                raise calendar_missing() from refused
            raise error_for(refused.refusal) from refused
        return Changes(events, following)

    def occurrences(self, calendar_id: str, window: Window, key: str, value: str) -> Iterator[Mapping[str, Any]]:
        """The same, but each series as the occurrences that Google finds in the window."""
        return self._events(calendar_id, {"privateExtendedProperty": f"{key}={value}"} | _times(window))

    def fetch(self, calendar_id: str, event_ids: Sequence[EventId]) -> dict[EventId, Mapping[str, Any] | None]:
        """Events by id; None where there is none, a deleted one with the status "cancelled"."""
        calls = [Call("GET", events_path(calendar_id, event_id)) for event_id in event_ids]
        found: dict[EventId, Mapping[str, Any] | None] = {}
        for answers in self._sender.answers(calls):
            for number, answer in answers.items():
                refusal = refusal_of(answer)
                if refusal and refusal.status not in (404, 410):
                    raise error_for(refusal)
                found[event_ids[number]] = None if refusal else event_in(answer)
        return found

    def send(self, calendar_id: str, writes: Sequence[Write]) -> Iterator[list[Result]]:
        """Carries out writes in batches and yields the results of each as it lands, in the order given.

        Google carries out a batch in any order: nothing in `writes` may depend on another. A write whose
        answer was lost is repeated: it ends as EXISTS, CHANGED or DELETED although it was ours.

        Raises:
            ValueError: a write that must never be sent (attendees, an empty id); nothing was sent.
        """
        calls = [write_call(calendar_id, write) for write in writes]
        return self._results(writes, calls)

    def _results(self, writes: Sequence[Write], calls: Sequence[Call]) -> Iterator[list[Result]]:
        for answers in self._sender.answers(calls):
            yield [write_result(writes[number], answer) for number, answer in answers.items()]

    def _events(
        self, calendar_id: str, query: dict[str, str], *, cancelled: bool = False
    ) -> Iterator[Mapping[str, Any]]:
        path = events_path(calendar_id)
        try:
            for event in self._pages(path, {"maxResults": "2500"} | query, "calendar#events"):
                # Cancelled instances are listed even when deleted events are not asked for.
                if not stands(event) and not cancelled:
                    continue
                if not is_sound(event):
                    raise nonsense("an event that cannot be understood")
                yield event
        except RefusedError as refused:
            if refused.refusal.status == 404 and refused.refusal.final:
                raise calendar_missing() from refused
            raise error_for(refused.refusal) from refused

    def _pages(self, path: str, query: dict[str, str], kind: str) -> Iterator[Mapping[str, Any]]:
        """The items of every page; raises RetryableError for pages that are none or never end."""
        for page in self._whole_pages(path, query, kind):
            yield from page.get("items", [])

    def _whole_pages(self, path: str, query: dict[str, str], kind: str) -> Iterator[Mapping[str, Any]]:
        seen = {""}
        token = ""
        for _ in range(MOST_PAGES):
            page = self._read(f"{path}?{urlencode(query | ({'pageToken': token} if token else {}))}")
            if not isinstance(page, dict) or page.get("kind") != kind:
                raise nonsense("something that is not a list")
            items = page.get("items", [])
            if not (isinstance(items, list) and all(isinstance(item, dict) for item in items)):
                raise nonsense("a list of something else")
            yield page
            token = page.get("nextPageToken", "")
            if not isinstance(token, str):
                raise nonsense("a list that goes on nowhere")
            if not token:
                return
            if token in seen:
                break
            seen.add(token)
        raise nonsense("a list that never ends")

    def _read(self, path: str) -> Any:
        self._meter.take(1)
        answer, body = self._client.send_json("GET", path)
        if refusal := refusal_of(answer):
            raise RefusedError(refusal)
        return body


class RefusedError(Exception):
    """Google refused a read; it becomes an error that people see where it is known what was read."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.label)
        self.refusal = refusal


def identified(resource: Any) -> dict[str, Any]:
    """A resource that has an id; raises RetryableError for anything else."""
    known = resource.get("id") if isinstance(resource, dict) else None
    if isinstance(known, str) and known.strip(".") and known.isprintable():
        return dict(resource)
    raise nonsense("something that is not a calendar")


def _times(window: Window) -> dict[str, str]:
    return {"timeMin": instant(window.start), "timeMax": instant(window.end), "singleEvents": "true"}


def instant(moment: datetime) -> str:
    """An instant as Google's query parameters take it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def nonsense(what: str) -> RetryableError:
    """The error of a success that makes no sense."""
    return RetryableError(f"Google answered with {what}", code="google-nonsense", meaning=RESUMED)


def calendar_missing() -> UserFixableError:
    """The error of a destination that is not there."""
    return UserFixableError(
        "The destination calendar is not in Google, or this sign-in does not reach it",
        code="google-calendar-missing",
        command="calmirror calendars",
    )
