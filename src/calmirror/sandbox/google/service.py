"""The stand-in itself: routes, admits and answers requests, and lets a person act on the calendars."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from calmirror.http.message import Answer, ConnectionBrokenError, Request
from calmirror.sandbox.google import batch, errors
from calmirror.sandbox.google.calendars import CalendarCalls
from calmirror.sandbox.google.call import Call, json_body
from calmirror.sandbox.google.events import EventCalls
from calmirror.sandbox.google.listing import ListCalls
from calmirror.sandbox.google.partial import masked, parse_mask
from calmirror.sandbox.google.people import People
from calmirror.sandbox.google.quota import Quota
from calmirror.sandbox.google.scopes import allowed, confined_to, method_label
from calmirror.sandbox.google.storage import State
from calmirror.sandbox.google.switches import GoogleSwitches
from calmirror.sandbox.service import Exchange, Grant, SandboxClock, Service

Handler = Callable[[Call], dict[str, Any] | Answer]
ROUTES: tuple[tuple[str, str, str], ...] = (
    ("POST", "calendars", "calendar.calendars.insert"),
    ("GET", "calendars/{calendarId}", "calendar.calendars.get"),
    ("PATCH", "calendars/{calendarId}", "calendar.calendars.patch"),
    ("PUT", "calendars/{calendarId}", "calendar.calendars.update"),
    ("DELETE", "calendars/{calendarId}", "calendar.calendars.delete"),
    ("POST", "calendars/{calendarId}/clear", "calendar.calendars.clear"),
    ("GET", "calendars/{calendarId}/events", "calendar.events.list"),
    ("POST", "calendars/{calendarId}/events", "calendar.events.insert"),
    ("POST", "calendars/{calendarId}/events/import", "calendar.events.import"),
    ("GET", "calendars/{calendarId}/events/{eventId}", "calendar.events.get"),
    ("PUT", "calendars/{calendarId}/events/{eventId}", "calendar.events.update"),
    ("PATCH", "calendars/{calendarId}/events/{eventId}", "calendar.events.patch"),
    ("DELETE", "calendars/{calendarId}/events/{eventId}", "calendar.events.delete"),
    ("GET", "calendars/{calendarId}/events/{eventId}/instances", "calendar.events.instances"),
    ("POST", "calendars/{calendarId}/events/{eventId}/move", "calendar.events.move"),
    ("GET", "users/me/calendarList", "calendar.calendarList.list"),
    ("GET", "users/me/calendarList/{calendarId}", "calendar.calendarList.get"),
    ("PATCH", "users/me/calendarList/{calendarId}", "calendar.calendarList.patch"),
    ("PUT", "users/me/calendarList/{calendarId}", "calendar.calendarList.update"),
    ("DELETE", "users/me/calendarList/{calendarId}", "calendar.calendarList.delete"),
    ("GET", "colors", "calendar.colors.get"),
    ("POST", "freeBusy", "calendar.freebusy.query"),
    ("POST", "channels/stop", "calendar.channels.stop"),
)
PATTERNS = tuple(
    (verb, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)), method) for verb, path, method in ROUTES
)
WRITES = frozenset(f"calendar.events.{name}" for name in ("insert", "import", "update", "patch", "delete", "move"))
NO_PAGE = Answer(
    404, {"content-type": "text/html; charset=UTF-8"}, b"<!DOCTYPE html><title>Error 404 (Not Found)!!1</title>\n"
)


@dataclass(frozen=True, slots=True)
class Account:
    """One user's calendars, and what is left of their quota."""

    state: State
    quota: Quota


class GoogleService(People, Service):
    """Google accounts, answering the Calendar API v3 below `base_url` and its batch endpoint.

    `state` is the account of `user`, which tokens open that name nobody; another person's is made when a token first
    opens it. `mails` holds every notification that would have been sent; `switches` may be changed at any time.
    """

    def __init__(
        self,
        clock: SandboxClock,
        base_url: str = "http://google.sandbox/calendar/v3",
        switches: GoogleSwitches | None = None,
        user: str = "adele@example.com",
        seed: int = 0,
    ) -> None:
        super().__init__(name="google", base_url=base_url, clock=clock)
        self.switches = switches or GoogleSwitches()
        self.state = State(user, clock.now, self.switches, random.Random(seed))  # noqa: S311 -- repeatable, no secrets
        self.state.add_calendar(user, "UTC", None, primary=True)
        self.mails = self.state.mails
        self._accounts = {user: Account(self.state, Quota(self.switches, clock.now))}

    def respond(self, request: Request, exchange: Exchange) -> Answer:
        """The true answer to one request, or to a batch of them."""
        path = urlsplit(request.url).path.rstrip("/")
        prefix = urlsplit(self.base_url).path
        try:
            if request.method == "POST" and path in ("/batch", f"/batch{prefix}"):
                return self._batch(request, exchange)
            return self._single(request, exchange)
        except errors.RefusedError as refusal:
            return refusal.answer

    def _batch(self, request: Request, exchange: Exchange) -> Answer:
        url = urlsplit(self.base_url)
        found = batch.members(request, f"{url.scheme}://{url.netloc}")
        exchange.units = 0
        order = list(range(len(found)))
        if self.switches.batch_order == "random":
            self.state.random.shuffle(order)
        answers: dict[int, Answer] = {}
        written: set[str] = set()
        for index in order:
            part = self.record(found[index].request)
            exchange.parts.append(part)
            answers[index] = self._member(found[index].request, part, written)
            part.status, part.sent_bytes = answers[index].status, len(answers[index].body)
            exchange.units += part.units
        boundary = f"batch_{self.state.random.randbytes(16).hex()}"
        return batch.batch_answer([(m.content_id, answers[i]) for i, m in enumerate(found)], boundary)

    def _member(self, request: Request, exchange: Exchange, written: set[str]) -> Answer:
        """One member's answer; where a fault cuts its connection, the front end says 503.

        `written` are the series that members before it have written to.
        """

        def respond() -> Answer:
            series = self._series_written_to(request)
            try:
                if series and series in written and self.switches.batch_conflicts:
                    raise errors.refused("conflict")
                answer = self._single(request, exchange)
            except errors.RefusedError as refusal:
                return refusal.answer
            written.add(series)
            return answer

        try:
            return self.faulty(request, respond, inside_batch=True)
        except ConnectionBrokenError:
            return errors.named("unavailable")

    def _series_written_to(self, request: Request) -> str:
        """The family of the series of which a request changes or deletes a part; "" of any other request."""
        try:
            method, path = self._route(_overridden(request)[0], request)
        except errors.RefusedError:
            return ""
        known = self.state.calendars.get(path.get("calendarId", ""))
        name = path.get("eventId", "").partition("_")[0]
        series = known.events.get(name) if known and method in WRITES else None
        return name if series is not None and series.schedule is not None else ""

    def _single(self, request: Request, exchange: Exchange) -> Answer:
        verb, query = _overridden(request)
        method, path = self._route(verb, request)
        grant = self._admitted(request, method)
        # A patch costs three units of the quota, everything else one.
        exchange.units = 3 if method.endswith("patch") else 1
        account = self._account(grant)
        account.quota.spend(exchange.units)
        body = {} if verb in ("GET", "DELETE") else json_body(request.body)
        call = Call(method, path, query, request.headers, body, confined_to(grant, method))
        account.state.refuse_new(path.get("calendarId", ""))
        if method in WRITES:
            account.quota.write(path["calendarId"])
        answer = handlers(account.state, grant.client)[method](call)
        return answer if isinstance(answer, Answer) else _rendered(answer, call)

    def _route(self, verb: str, request: Request) -> tuple[str, dict[str, str]]:
        prefix = urlsplit(self.base_url).path + "/"
        path = urlsplit(request.url).path
        if path.startswith(prefix):
            for wanted, pattern, method in PATTERNS:
                match = pattern.fullmatch(path.removeprefix(prefix))
                if wanted == verb and match:
                    return method, {name: unquote(value) for name, value in match.groupdict().items()}
        raise errors.RefusedError(NO_PAGE)

    def _admitted(self, request: Request, method: str) -> Grant:
        grant = self.granted(request)
        if grant is None:
            given = "authorization" in request.headers
            raise errors.RefusedError(errors.wrong_token() if given else errors.missing_token())
        if not allowed(grant, method):
            raise errors.RefusedError(errors.scope_missing(method_label(method)))
        return grant

    def _account(self, grant: Grant) -> Account:
        """The account that a token opens; made at its first use."""
        user = grant.user or self.state.user
        if user not in self._accounts:
            random_ids = random.Random(user)  # noqa: S311 -- repeatable, no secrets
            state = State(user, self.clock.now, self.switches, random_ids)
            state.add_calendar(user, "UTC", None, primary=True)
            self._accounts[user] = Account(state, Quota(self.switches, self.clock.now))
        return self._accounts[user]


def handlers(state: State, app: str) -> Mapping[str, Handler]:
    """What carries out each method in an account, for an app."""
    events = EventCalls(state)
    lists = ListCalls(state, events)
    calendars = CalendarCalls(state, app)
    return {
        "calendar.calendars.insert": calendars.insert,
        "calendar.calendars.get": calendars.get,
        "calendar.calendars.patch": calendars.patch,
        "calendar.calendars.update": calendars.update,
        "calendar.calendars.delete": calendars.delete,
        "calendar.calendars.clear": calendars.clear,
        "calendar.events.list": lists.list_events,
        "calendar.events.insert": events.insert,
        "calendar.events.import": events.import_,
        "calendar.events.get": events.get,
        "calendar.events.update": events.update,
        "calendar.events.patch": events.patch,
        "calendar.events.delete": events.delete,
        "calendar.events.instances": lists.instances,
        "calendar.events.move": events.move,
        "calendar.calendarList.list": calendars.list_entries,
        "calendar.calendarList.get": calendars.entry,
        "calendar.calendarList.patch": calendars.patch_entry,
        "calendar.calendarList.update": calendars.patch_entry,
        "calendar.calendarList.delete": calendars.delete_entry,
        "calendar.colors.get": calendars.colors,
        "calendar.freebusy.query": calendars.free_busy,
        "calendar.channels.stop": calendars.stop_channel,
    }


def _overridden(request: Request) -> tuple[str, dict[str, list[str]]]:
    """The method and query meant, also where a long GET was sent as a POST with a form."""
    verb = request.headers.get("x-http-method-override", request.method).upper()
    query = urlsplit(request.url).query
    if verb == "GET" and request.method == "POST":
        query = "&".join(text for text in (query, request.body.decode()) if text)
    return verb, parse_qs(query, keep_blank_values=True)


def _rendered(answer: dict[str, Any], call: Call) -> Answer:
    headers = {"content-type": errors.JSON_TYPE}
    if "etag" in answer:
        headers["etag"] = str(answer["etag"])
    shown = masked(answer, parse_mask(call.one("fields"))) if call.one("fields") else answer
    if call.one("prettyPrint", "true") == "false":
        return Answer(200, headers, json.dumps(shown, ensure_ascii=False, separators=(",", ":")).encode())
    return Answer(200, headers, errors.pretty(shown))
