"""A very small Google: it keeps events by id, checks If-Match, answers batches, and says what it is told to say."""

from __future__ import annotations

import json
import re
from urllib.parse import unquote, urlsplit

from calmirror.google.calendar import GoogleCalendar
from calmirror.google.refusals import is_rate_limit
from calmirror.http.client import Client
from calmirror.http.message import Answer, Request
from calmirror.http.pacing import Meter
from calmirror.sandbox.service import Exchange, Fault, SandboxClock, Service
from calmirror.sandbox.transport import SandboxTransport

CALENDAR = "c_1@group.calendar.google.com"
BASE = "http://google.sandbox/calendar/v3"
TIMES = {edge: {"dateTime": f"2026-03-17T{hour}:00:00Z"} for edge, hour in (("start", "09"), ("end", "10"))}
"""What every event of Google's has."""
EVENTS = "/calendar/v3/calendars/c_1%40group.calendar.google.com/events"


def refusal(status, reason, message="", *, headers=None):
    """A calendar error document."""
    entry = {"domain": "global", "reason": reason, "message": message}
    body = {"error": {"errors": [entry], "code": status, "message": message}}
    return Answer(status, headers or {}, json.dumps(body).encode())


def json_answer(value, status=200):
    return Answer(status, {"content-type": "application/json; charset=UTF-8"}, json.dumps(value).encode())


class Tokens:
    """Tokens that count how often they were renewed."""

    cure = "sign in again"

    def __init__(self):
        self.renewed = 0

    def token(self):
        return f"token-{self.renewed}"

    def renew(self):
        self.renewed += 1
        return self.token()


class CannedGoogle(Service):
    """Events live in `events`; `canned` answers other paths, each from its own list, the last one for ever."""

    def __init__(self):
        super().__init__(name="google", base_url=BASE, clock=SandboxClock(frozen_at=1_800_000_000.0))
        self.events = {}
        self.canned = {}
        self.writes = []
        self.newline = "\r\n"
        self.reverse = False
        self.drop = set()
        self.version = 0

    def respond(self, request, exchange):
        path = urlsplit(request.url).path
        if path == "/batch/calendar/v3":
            return self.batch(request, exchange)
        if path in self.canned:
            answers = self.canned[path]
            return answers.pop(0) if len(answers) > 1 else answers[0]
        return self.event(request)

    def event(self, request):
        path = urlsplit(request.url)
        event_id = unquote(path.path.removeprefix(EVENTS).removeprefix("/"))
        if request.method != "GET":
            assert path.query == "sendUpdates=none"
            self.writes.append((request.method, event_id))
        if request.method == "POST":
            return self.insert(json.loads(request.body))
        known = self.events.get(event_id)
        if known is None:
            return refusal(404, "notFound", "Not Found")
        if request.method == "GET":
            return json_answer(known)
        if known["status"] == "cancelled" and request.method == "DELETE":
            return refusal(410, "deleted", "Resource has been deleted")
        if request.headers.get("if-match", known["etag"]) != known["etag"]:
            return refusal(412, "conditionNotMet", "Precondition Failed")
        if request.method == "DELETE":
            known["status"] = "cancelled"
            return Answer(204)
        return self.store(event_id, json.loads(request.body))

    def insert(self, body):
        if body["id"] in self.events:
            return refusal(409, "duplicate", "The requested identifier already exists.")
        return self.store(body["id"], body)

    def store(self, event_id, body):
        self.version += 1
        self.events[event_id] = TIMES | body | {"id": event_id, "etag": f'"{self.version}"', "status": "confirmed"}
        return json_answer(self.events[event_id])

    def batch(self, request, exchange):
        boundary = re.search(r'boundary="?([^";]+)', request.headers["content-type"])[1]
        members = request.body.decode().split(f"--{boundary}")[1:-1]
        exchange.units = len(members)
        answers = [self.member(member, request, exchange) for member in members]
        if self.reverse:
            answers.reverse()
        lines = [
            line for content_id, answer in answers if content_id not in self.drop for line in part(content_id, answer)
        ]
        body = self.newline.join([*lines, "--answers--", ""]).encode()
        return Answer(200, {"content-type": "multipart/mixed; boundary=answers"}, body)

    def member(self, text, outer, exchange):
        head, inner = text.lstrip("\r\n").split("\r\n\r\n", 1)
        content_id = re.search(r"Content-ID: <(.+)>", head)[1]
        inner_head, _, body = inner.partition("\r\n\r\n")
        first, *lines = inner_head.split("\r\n")
        method, target, _ = first.split(" ")
        assert target.startswith("/calendar/v3/")
        headers = dict(line.lower().split(": ", 1) for line in lines if not line.startswith("if-match"))
        headers |= dict(line.split(": ", 1) for line in lines if line.startswith("if-match"))
        size = int(headers.get("content-length", 0))
        request = Request(method, "http://google.sandbox" + target, {**outer.headers, **headers}, body[:size].encode())
        exchange.parts.append(Exchange(at=0, method=method, path=target, query={}, request=request))
        return content_id, self.faulty(request, lambda: self.event(request), inside_batch=True)

    def calendar(self):
        """The product's adapter, talking to this."""
        self.tokens = Tokens()
        transport = SandboxTransport([self])
        client = Client(
            transport,
            self.clock,
            base_url=BASE,
            service="Google",
            tokens=self.tokens,
            throttled=is_rate_limit,
            jitter=lambda: 0.5,
        )
        return GoogleCalendar(client, Meter(self.clock))

    def fail(self, method, event_id="", **how):
        """Lets the next calls of this method (on this event) go wrong; inside a batch unless told otherwise."""
        how = {"inside_batch": True} | how

        def matches(request):
            target = urlsplit(request.url).path
            named = target.endswith(f"/{event_id}") or f'"id":"{event_id}"'.encode() in request.body
            return request.method == method and (not event_id or named)

        self.faults.append(Fault(matches=matches, **how))


def part(content_id, answer):
    """The lines of one part of a batch's answer."""
    head = ["--answers", "Content-Type: application/http", f"Content-ID: <response-{content_id}>", ""]
    inner = [f"HTTP/1.1 {answer.status} Whatever", *(f"{name}: {value}" for name, value in answer.headers.items()), ""]
    return [*head, *inner, answer.body.decode()]
