"""The stand-in of Microsoft Graph: who may ask, where a request goes, what every answer carries."""

from __future__ import annotations

import json
import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from email.utils import formatdate
from typing import Any
from urllib.parse import urlsplit

from calmirror.http.message import Answer, ConnectionBrokenError, Request
from calmirror.sandbox.graph.batch import batched
from calmirror.sandbox.graph.delta import DeltaEngine
from calmirror.sandbox.graph.errors import CATALOGUE, graph_error, throttled
from calmirror.sandbox.graph.ids import IdMint
from calmirror.sandbox.graph.mailbox import Mailbox
from calmirror.sandbox.graph.paths import no_segment, place_of, segments_of
from calmirror.sandbox.graph.query import RefusedError, options_of, prefer_of
from calmirror.sandbox.graph.reads import Reading
from calmirror.sandbox.graph.render import Event
from calmirror.sandbox.graph.switches import GraphSwitches
from calmirror.sandbox.graph.tracking import tracked
from calmirror.sandbox.graph.writes import written
from calmirror.sandbox.graph.zones import IANA_NAMES, windows_names, wire_stamp
from calmirror.sandbox.service import Exchange, Grant, SandboxClock, Service

QUOTA_SECONDS = 600.0
READ = frozenset({"Calendars.Read", "Calendars.ReadWrite", "Calendars.Read.Shared", "Calendars.ReadWrite.Shared"})
WRITE = frozenset({"Calendars.ReadWrite", "Calendars.ReadWrite.Shared"})
BASIC = frozenset({"Calendars.ReadBasic", "Calendars.ReadBasic.All"})
APP_ONLY = ".default"
"""A grant with this scope is an app's own: no /me, every mailbox; its other scopes are application permissions."""
_JSON = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
_PLACE = (
    '{"ServerInfo":{"DataCenter":"West Europe","Slice":"E","Ring":"5","ScaleUnit":"003",'
    '"RoleInstance":"AM2PEPF00000000"}}'
)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the mailbox of the signed-in person, if they have one, and what the token allows."""

    own: Mailbox | None
    scopes: frozenset[str]
    client: str

    @property
    def app_only(self) -> bool:
        """Whether an app asks in its own name."""
        return APP_ONLY in self.scopes

    @property
    def reads(self) -> bool:
        """Whether calendars may be read whole."""
        return bool(self.scopes & READ)

    @property
    def writes(self) -> bool:
        """Whether calendars may be written."""
        return bool(self.scopes & WRITE)

    @property
    def settings(self) -> bool:
        """Whether mailbox settings may be read."""
        return bool(self.scopes & {"MailboxSettings.Read", "MailboxSettings.ReadWrite"})


class GraphService(Service):
    """Answers requests as graph.microsoft.com would; `mailbox` is the person whose calendar it is."""

    def __init__(
        self,
        clock: SandboxClock,
        base_url: str = "http://graph.sandbox/v1.0",
        switches: GraphSwitches | None = None,
        mailbox: str = "adele@contoso.example",
        time_zone: str = "W. Europe Standard Time",
        seed: int = 0,
    ) -> None:
        super().__init__(name="graph", base_url=base_url, clock=clock)
        self.switches = switches or GraphSwitches()
        self.mailboxes: dict[str, Mailbox] = {}
        self._seed = seed
        self._reach: dict[str, frozenset[str]] = {}
        self._requests: dict[tuple[str, str], deque[float]] = {}
        self._mint = IdMint(f"{seed}/requests")
        self._delta = DeltaEngine(self.switches, seed)
        self.mailbox = self.add_mailbox(mailbox, time_zone)

    def add_mailbox(self, address: str, time_zone: str = "W. Europe Standard Time") -> Mailbox:
        """Adds another person's mailbox."""
        self.mailboxes[address.lower()] = made = Mailbox(
            address, clock=self.clock, switches=self.switches, time_zone=time_zone, seed=self._seed, lock=self.lock
        )
        return made

    def limit_app(self, client: str, mailboxes: Sequence[str]) -> None:
        """An administrator lets an app reach these mailboxes alone."""
        self._reach[client] = frozenset(address.lower() for address in mailboxes)

    def expire_cursors(self) -> None:
        """Throws out the state behind every delta and next link that was ever given."""
        with self.lock:
            self._delta.expire()

    def respond(self, request: Request, exchange: Exchange) -> Answer:
        """The true answer; see Service.respond."""
        grant = self.granted(request)
        if grant is None:
            return self._finished(request, CATALOGUE["token-expired"])
        try:
            if self._path(request).lower() == "/$batch":
                return self._finished(request, self._batch(request, exchange))
            return self._finished(request, self._single(request, self._caller(grant)))
        except RefusedError as refused:
            return self._finished(request, refused.answer)

    def _batch(self, request: Request, exchange: Exchange) -> Answer:
        if request.method != "POST":
            raise RefusedError(graph_error(405, "BadRequest", "Only POST is allowed."))

        def send(member: Request) -> Answer:
            part = self.record(member)
            exchange.parts.append(part)
            exchange.units = len(exchange.parts)
            try:
                answer = self.faulty(member, lambda: self.respond(member, part), inside_batch=True)
            except ConnectionBrokenError:
                answer = CATALOGUE["gateway-timeout"]
            part.status, part.sent_bytes = answer.status, len(answer.body)
            return answer

        return batched(request, root=self.base_url, send=send, any_order=self.switches.batch_any_order)

    def _single(self, request: Request, caller: Caller) -> Answer:
        segments = segments_of(self._path(request))
        names = [segment.lower() for segment in segments]
        if names[:1] == ["subscriptions"]:
            raise RefusedError(graph_error(501, "NotImplemented", "The sandbox offers no change notifications."))
        mailbox, rest = self._user(segments, names, caller)
        self._count(mailbox, caller)
        if request.method == "GET":
            return self._read(request, caller, mailbox, rest)
        if not caller.writes:
            raise RefusedError(CATALOGUE["access-denied"])
        return written(request, *self._reading(request, caller, mailbox, rest), rest)

    def _read(self, request: Request, caller: Caller, mailbox: Mailbox, rest: list[str]) -> Answer:
        prefer = prefer_of(request)
        body = self._about_user(mailbox, [part.lower() for part in rest], caller)
        if body is None:
            if not caller.reads and not caller.scopes & BASIC:
                raise RefusedError(CATALOGUE["access-denied"])
            reading, below = self._reading(request, caller, mailbox, rest)
            body = self._calendar_route(reading, below, rest, caller)
        tracked = ["odata.track-changes"] if rest and rest[-1].lower() == "delta" else []
        applied = ", ".join((*tracked, *prefer.applied))
        headers = {"preference-applied": applied} if applied else {}
        return Answer(200, headers, json.dumps(body).encode())

    def _reading(
        self, request: Request, caller: Caller, mailbox: Mailbox, rest: list[str]
    ) -> tuple[Reading, list[str]]:
        """Where a request reads and how, and the path below that calendar."""
        place, below = place_of(mailbox, rest)
        reading = Reading(
            place=place,
            prefer=prefer_of(request),
            options=options_of(request),
            url=self._public(request),
            root=self.base_url,
            switches=self.switches,
            basic=not caller.reads,
        )
        return reading, below

    def _calendar_route(self, reading: Reading, below: list[str], rest: list[str], caller: Caller) -> Event:
        """The body of a route below a mailbox or one of its calendars."""
        match [part.lower() for part in below]:
            case ["calendarview"]:
                return reading.view()
            case ["calendarview", "delta"]:
                if not caller.reads:
                    raise RefusedError(CATALOGUE["access-denied"])
                return tracked(reading, self._delta, self.clock.now())
            case ["events"]:
                return reading.events()
            case ["events", "delta"]:
                raise RefusedError(CATALOGUE["events-delta"])
            case ["events", _]:
                return reading.event(below[1])
            case ["events", _, "instances"]:
                return reading.instances(below[1])
            case ["events", _, "attachments"]:
                return reading.attachments(below[1])
            case []:
                return self._calendar_list(reading, rest)
        raise RefusedError(no_segment(below[-1]))

    def _calendar_list(self, reading: Reading, rest: list[str]) -> Event:
        match [part.lower() for part in rest]:
            case ["calendars"]:
                return reading.calendars(next(iter(reading.place.mailbox.groups)))
            case ["calendargroups"]:
                return reading.groups()
            case ["calendargroups", _]:
                return reading.group(rest[1])
            case ["calendargroups", _, "calendars"]:
                return reading.calendars(rest[1])
        return reading.calendar()

    def _about_user(self, mailbox: Mailbox, names: Sequence[str], caller: Caller) -> Event | None:
        """What is known of a person besides calendars; None for every other route."""
        match list(names):
            case []:
                return {
                    "@odata.context": f"{self.base_url}/$metadata#users/$entity",
                    "id": mailbox.oid,
                    "displayName": mailbox.address.partition("@")[0],
                    "mail": mailbox.address,
                    "userPrincipalName": mailbox.address,
                }
            case ["mailboxsettings", *_] | ["outlook", *_] if not caller.settings:
                raise RefusedError(CATALOGUE["access-denied"])
            case ["mailboxsettings"]:
                context = f"{self.base_url}/$metadata#Me/mailboxSettings"
                return {"@odata.context": context, "timeZone": mailbox.time_zone}
            case ["mailboxsettings", "timezone"]:
                return {"value": mailbox.time_zone}
            case ["outlook", "mastercategories"]:
                rows = [
                    {"id": f"{number:08x}-0000-4000-a000-000000000000", "displayName": name, "color": color}
                    for number, (name, color) in enumerate(mailbox.categories.items())
                ]
                context = f"{self.base_url}/$metadata#users('{mailbox.oid}')/outlook/masterCategories"
                return {"@odata.context": context, "value": rows}
            case ["outlook", name] if name.startswith("supportedtimezones"):
                zones = IANA_NAMES if "'iana'" in name else windows_names()
                context = f"{self.base_url}/$metadata#Collection(microsoft.graph.timeZoneInformation)"
                return {"@odata.context": context, "value": [{"alias": z, "displayName": z} for z in zones]}
        return None

    def _user(self, segments: list[str], names: list[str], caller: Caller) -> tuple[Mailbox, list[str]]:
        """The mailbox in the path and what follows it; raises RefusedError where the caller may not go there."""
        if names[:1] == ["me"]:
            if caller.app_only:
                raise RefusedError(CATALOGUE["me-without-user"])
            if caller.own is None:
                raise RefusedError(CATALOGUE["mailbox-not-enabled"])
            return caller.own, segments[1:]
        if names[:1] != ["users"] or len(names) < 2:
            raise RefusedError(no_segment(segments[0] if segments else ""))
        found = self.mailboxes.get(names[1]) or next((m for m in self.mailboxes.values() if m.oid == names[1]), None)
        if found is None:
            message = f"The requested user '{segments[1]}' is invalid."
            raise RefusedError(graph_error(404, "ErrorInvalidUser", message))
        shared = caller.app_only or caller.scopes & {"Calendars.Read.Shared", "Calendars.ReadWrite.Shared"}
        if found is not caller.own and not shared:
            raise RefusedError(CATALOGUE["access-denied"])
        reach = self._reach.get(caller.client) if caller.app_only else None
        if reach is not None and found.address.lower() not in reach:
            raise RefusedError(CATALOGUE["access-policy"])
        return found, segments[2:]

    def _caller(self, grant: Grant) -> Caller:
        scopes = frozenset(scope.rpartition("/")[2] for scope in grant.scopes)
        own = self.mailboxes.get(grant.user.lower()) if grant.user else self.mailbox
        return Caller(own, scopes, grant.client)

    def _count(self, mailbox: Mailbox, caller: Caller) -> None:
        """Counts against the quota of this app for this mailbox; refused requests count too."""
        now, sent = self.clock.now(), self._requests.setdefault((caller.client, mailbox.address), deque())
        while sent and sent[0] <= now - QUOTA_SECONDS:
            sent.popleft()
        sent.append(now)
        if len(sent) > self.switches.quota:
            wait = sent[0] + QUOTA_SECONDS - now
            texts = {"integer": str(math.ceil(wait)), "float": f"{wait:.3f}", "absent": None}
            raise RefusedError(throttled(texts[self.switches.retry_after]))

    def _path(self, request: Request) -> str:
        """The path below the service's root, still percent-encoded; refused outside of it."""
        path, root = urlsplit(request.url).path, urlsplit(self.base_url).path
        if path != root and not path.startswith(f"{root}/"):
            raise RefusedError(graph_error(400, "BadRequest", "Invalid version."))
        return path[len(root) :] or "/"

    def _public(self, request: Request) -> str:
        """The request's address as links name it."""
        query = urlsplit(request.url).query
        return f"{self.base_url}{self._path(request)}{'?' + query if query else ''}"

    def _finished(self, request: Request, answer: Answer) -> Answer:
        """Every answer's headers, and an error's ids."""
        request_id = self._mint.guid()
        client_id = request.headers.get("client-request-id", request_id)
        headers = {
            "content-type": _JSON,
            "cache-control": "private",
            "date": formatdate(self.clock.now(), usegmt=True),
            "request-id": request_id,
            "client-request-id": client_id,
            "x-ms-ags-diagnostic": _PLACE,
            **answer.headers,
        }
        body = answer.body
        if answer.status >= 400 and body.startswith(b"{"):
            error: dict[str, Any] = json.loads(body)
            error["error"]["innerError"] |= {
                "date": wire_stamp(self.clock.now())[:19],
                "request-id": request_id,
                "client-request-id": client_id,
            }
            body = json.dumps(error).encode()
        return replace(answer, headers=headers, body=body)
