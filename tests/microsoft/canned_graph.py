"""A Graph that answers what it is told to, alone and inside a batch."""

import json
from datetime import UTC, datetime
from urllib.parse import unquote

from calmirror.http.client import Client
from calmirror.http.message import Answer, Request
from calmirror.microsoft.calendar import OutlookCalendar
from calmirror.model.times import Window
from calmirror.sandbox.service import SandboxClock, Service
from calmirror.sandbox.transport import SandboxTransport

BASE = "http://graph.sandbox/v1.0"
CALENDAR = "AAMkcal="
HOME = f"/me/calendars/{CALENDAR}"
DELTA = f"{HOME}/calendarView/delta"
WINDOW = Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))


def json_answer(value, status=200, **headers):
    lower = {name.replace("_", "-"): text for name, text in headers.items()}
    return Answer(status, {"content-type": "application/json", **lower}, json.dumps(value).encode())


def graph_error(status, code, message="", **headers):
    inner = {"request-id": "r-1", "date": "2026-01-01T00:00:00"}
    return json_answer({"error": {"code": code, "message": message, "innerError": inner}}, status, **headers)


NOT_FOUND = graph_error(404, "ErrorItemNotFound", "The specified object was not found in the store.")


def page(*entries, next_link="", delta_link=""):
    links = {"@odata.nextLink": next_link, "@odata.deltaLink": delta_link}
    return json_answer({"value": list(entries), **{name: link for name, link in links.items() if link}})


def at(text, zone="UTC"):
    return {"dateTime": f"{text}.0000000", "timeZone": zone}


def single(event_id, start="2026-03-02T09:00:00", end="2026-03-02T10:00:00", **more):
    entry = {"id": event_id, "type": "singleInstance", "subject": "Secret words", "start": at(start), "end": at(end)}
    return {"@odata.etag": f'W/"{event_id}"', **entry, **more}


def occurrence(event_id, series_id, day, hour="09"):
    times = {"start": at(f"{day}T{hour}:00:00"), "end": at(f"{day}T{hour}:30:00")}
    return {"id": event_id, "type": "occurrence", "seriesMasterId": series_id, **times}


def exception(event_id, series_id, day, hour="11", **more):
    original = {"originalStart": f"{day}T09:00:00Z", "occurrenceId": f"OID.{series_id}.{day}"}
    named = {"type": "exception", "subject": "Secret words", **original, **more}
    return occurrence(event_id, series_id, day, hour) | named


def master(event_id, **more):
    pattern = {"type": "daily", "interval": 1, "month": 0, "dayOfMonth": 0, "index": "first"}
    limits = {"type": "noEnd", "startDate": "2026-03-02", "endDate": "0001-01-01", "recurrenceTimeZone": "UTC"}
    rule = {"pattern": pattern, "range": limits}
    return single(event_id, end="2026-03-02T09:30:00", type="seriesMaster", recurrence=rule, **more)


def tombstone(event_id):
    return {"@odata.type": "#microsoft.graph.event", "id": event_id, "@removed": {"reason": "deleted"}}


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


class CannedGraph(Service):
    """`canned` holds lists of answers by path, with or without its query; the last one is given for ever.

    A path can also lead to a function of the request.
    """

    def __init__(self):
        super().__init__(name="graph", base_url=BASE, clock=SandboxClock(frozen_at=1_800_000_000.0))
        self.canned = {HOME: [json_answer({"id": CALENDAR, "name": "Calendar"})]}
        self.members = []
        self.tokens = Tokens()

    def respond(self, request, exchange):
        if exchange.path.endswith("/$batch"):
            return self.batch(json.loads(request.body)["requests"])
        return self.one(request)

    def batch(self, members):
        self.members.append(members)
        answers = [
            (m["id"], self.one(Request(m["method"], BASE + m["url"], {k.lower(): v for k, v in m["headers"].items()})))
            for m in members
        ]
        responses = [
            {"id": number, "status": answer.status, "headers": dict(answer.headers), "body": answer.json()}
            for number, answer in reversed(answers)
        ]
        return json_answer({"responses": responses})

    def one(self, request):
        assert request.method == "GET"
        path = unquote(request.url.removeprefix(BASE))
        for known in (path, path.partition("?")[0]):
            answers = self.canned.get(known)
            if callable(answers):
                return answers(request)
            if answers:
                return answers.pop(0) if len(answers) > 1 else answers[0]
        return NOT_FOUND

    @property
    def urls(self):
        return [unquote(exchange.request.url.removeprefix(BASE)) for exchange in self.log]

    def outlook(self):
        transport = SandboxTransport([self])
        return OutlookCalendar(
            Client(transport, self.clock, base_url=BASE, service="Microsoft", tokens=self.tokens, jitter=lambda: 1.0)
        )
