"""The control interface of a stand-in: act as its owner would, break it, flip it, count what it was asked."""

from __future__ import annotations

import re
import secrets
from collections import Counter
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from calmirror.http.message import Answer, Request
from calmirror.sandbox.members import set_members
from calmirror.sandbox.service import Exchange, Fault, Service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

PREFIX = "/_control"

ACTS = (
    "add_calendar",
    "calendar_id",
    "cancel",
    "create",
    "delete",
    "delete_calendar",
    "delete_occurrence",
    "edit",
    "edit_occurrence",
    "empty_trash",
    "events",
    "expire_cursors",
    "expire_sync_tokens",
    "limit_app",
    "move_mailbox",
    "move_to_calendar",
    "occurrences",
    "person_delete",
    "person_duplicate",
    "person_edit",
    "person_insert",
    "split",
    "touch",
)
"""What the stand-ins offer of their own under these names; on Microsoft's side the mailbox acts."""

MOMENTS: Mapping[str, Callable[[str], date]] = {
    "original": date.fromisoformat,
    "at": date.fromisoformat,
    "start": datetime.fromisoformat,
    "end": datetime.fromisoformat,
}
"""Arguments that are moments when they come as text (an event's own `start` comes as an object)."""

COLLECTIONS = {"acl", "calendarGroups", "calendarList", "calendars", "events", "settings", "users", "visit"}
KEYED = re.compile(r"(\w+)\('([^']*)'\)")
ACTIONS = {"delta", "delta()", "import", "quickAdd", "watch"}


class Control:
    """Takes orders `{"do": name, ...arguments}` for one stand-in.

    Args:
        service: the stand-in.
        scopes: what a token from the order `grant` may do, unless the order says otherwise.
        named: the service's own refusals by name, for faults; KeyError for a name unknown.
        more: further orders by name; their arguments are the keys of the JSON object.
    """

    def __init__(
        self,
        service: Service,
        scopes: Sequence[str],
        named: Callable[[str], Answer],
        more: Mapping[str, Callable[..., Any]] | None = None,
    ) -> None:
        self._service = service
        self._scopes = tuple(scopes)
        self._named = named
        self.orders: dict[str, Callable[..., Any]] = {
            "fault": self.fault,
            "heal": service.faults.clear,
            "switch": self.switch,
            "switches": self.switches,
            "grant": self.grant,
            "expire": self.expire,
            "advance": self.advance,
            "mark": lambda: len(service.log),
            "counts": self.counts,
            "forget": service.log.clear,
            **acts(service),
            **(more or {}),
        }

    def answer(self, request: Request) -> Answer:
        """`POST /_control` carries out an order, `GET /_control/log?since=` lists requests; in JSON."""
        url = urlsplit(request.url)
        with self._service.lock:
            try:
                match request.method, url.path:
                    case "POST", "/_control":
                        return answered(200, {"result": self.carry_out(msgspec.json.decode(request.body))})
                    case "GET", "/_control/log":
                        return answered(200, self.listed(**dict(parse_qsl(url.query))))
            except Exception as error:  # noqa: BLE001 -- whatever an order runs into is its caller's, who waits for it
                return refused(400, f"{type(error).__name__}: {error}")
        return refused(404, f"only POST {PREFIX} and GET {PREFIX}/log are here")

    def carry_out(self, order: dict[str, Any]) -> Any:
        """Does what one order says and returns its result."""
        name = order.pop("do", None)
        if name not in self.orders:
            raise LookupError(f"no such order; there are: {', '.join(sorted(self.orders))}")
        moments = {
            key: MOMENTS[key](value) for key, value in order.items() if key in MOMENTS and isinstance(value, str)
        }
        result = self.orders[name](**{**order, **moments})
        return [named_members(one) for one in result] if isinstance(result, list) else result

    def listed(self, since: str = "0") -> dict[str, Any]:
        """The request log from a mark on."""
        log = self._service.log
        return {"mark": len(log), "requests": [line(exchange) for exchange in log[int(since) :]]}

    def fault(
        self,
        *,
        path: str = "",
        method: str = "",
        times: int = 1,
        inside_batch: bool = False,
        answer: dict[str, Any] | str | None = None,
        answer_after: dict[str, Any] | str | None = None,
        reset: str = "",
        truncate: int | None = None,
        delay: float = 0.0,
    ) -> None:
        """Breaks the next `times` requests (-1: all) in whose path and query `path` is found, as Fault says.

        `path` is text in which `*` stands for anything; a regular expression could take the stand-in hours.
        """
        if reset not in {"", "before", "after"}:
            raise ValueError('reset is "before" or "after"')

        pieces = path.split("*")

        def matches(request: Request) -> bool:
            url = urlsplit(request.url)
            return method in {"", request.method} and holds(f"{url.path}?{url.query}", pieces)

        self._service.faults.append(
            Fault(
                matches=matches,
                answer=self._canned(answer),
                answer_after=self._canned(answer_after),
                reset_before=reset == "before",
                reset_after=reset == "after",
                truncate=truncate,
                times=times,
                inside_batch=inside_batch,
                delay=delay,
            )
        )

    def _canned(self, order: Mapping[str, Any] | str | None) -> Answer | None:
        """A refusal by its name, or an answer with `status`, `headers`, and `body` as text or as JSON."""
        if order is None or isinstance(order, str):
            return None if order is None else self._named(order)
        headers = {name.lower(): str(value) for name, value in order.get("headers", {}).items()}
        body = order.get("body", "")
        if isinstance(body, str):
            return Answer(order["status"], headers, body.encode())
        headers = {"content-type": "application/json; charset=utf-8", **headers}
        return Answer(order["status"], headers, msgspec.json.encode(body))

    def switch(self, name: str, value: Any) -> Any:
        """Flips one unsettled behaviour; returns what it was. ValueError for a value it cannot have."""
        switches = self.switches()
        before = getattr(switches, name)
        set_members(switches, {name: value})
        return before

    def switches(self) -> Any:
        """Every switch of this stand-in, with its value."""
        return self._service.switches  # type: ignore[attr-defined] # each stand-in has a dataclass of its own

    def grant(
        self,
        token: str = "",
        scopes: Iterable[str] = (),
        lasts: float = 3600.0,
        client: str = "calmirror",
        user: str = "",
    ) -> dict[str, Any]:
        """Makes a bearer token valid for `lasts` seconds; a new one where none is named."""
        token = token or secrets.token_urlsafe(24)
        expires_at = self._service.clock.now() + lasts
        self._service.grant(token, scopes or self._scopes, client=client, user=user, expires_at=expires_at)
        return {"token": token, "expires_at": iso(expires_at)}

    def expire(self, token: str = "") -> int:
        """Ends one token, or all of them; returns how many."""
        grants = self._service.grants
        ended = [grants[token]] if token else list(grants.values())
        for grant in ended:
            grant.expires_at = 0.0
        return len(ended)

    def advance(self, seconds: float) -> str:
        """Moves the clock of all stand-ins on; returns the new time."""
        self._service.clock.advance(seconds)
        return iso(self._service.clock.now())

    def counts(self, since: int = 0) -> dict[str, Any]:
        """Requests, units and batch members since a mark; by method and kind of path."""
        log = self._service.log[since:]
        return {
            "requests": len(log),
            "units": sum(exchange.units for exchange in log),
            "kinds": Counter(f"{exchange.method} {kind(exchange.path)}" for exchange in log),
            "parts": Counter(f"{part.method} {kind(part.path)}" for exchange in log for part in exchange.parts),
        }


def acts(service: Service) -> dict[str, Callable[..., Any]]:
    """What the person who owns the calendars can do with this stand-in."""
    doers = (service, getattr(service, "mailbox", None))
    return {name: getattr(doer, name) for doer in doers for name in ACTS if callable(getattr(doer, name, None))}


def answered(status: int, content: Any) -> Answer:
    """A JSON answer; dates in ISO 8601."""
    return Answer(status, {"content-type": "application/json"}, msgspec.json.encode(content, enc_hook=str))


def refused(status: int, why: str) -> Answer:
    """A JSON answer that says why nothing was done."""
    return answered(status, {"error": why})


def holds(text: str, pieces: Iterable[str]) -> bool:
    """Whether all pieces are in the text, one after the other."""
    at = 0
    for piece in pieces:
        found = text.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def named_members(value: Any) -> Any:
    """A named tuple as an object, since JSON would make a bare list of it."""
    return value._asdict() if hasattr(value, "_asdict") else value


def line(exchange: Exchange) -> dict[str, Any]:
    """One line of the log, without headers and body."""
    return {
        "at": iso(exchange.at),
        "method": exchange.method,
        "path": exchange.path,
        "query": exchange.query,
        "status": exchange.status,
        "units": exchange.units,
        "sent_bytes": exchange.sent_bytes,
        "parts": [line(part) for part in exchange.parts],
    }


def kind(path: str) -> str:
    """A path with its ids replaced, so that requests of one kind count together; `calendars('x')` as `calendars/x`."""
    return "/".join(without_ids(KEYED.sub(r"\1/\2", path).split("/")))


def without_ids(segments: Iterable[str]) -> Iterator[str]:
    """What follows a collection is an id, unless it is an action on it."""
    collection = False
    for segment in segments:
        yield "{id}" if collection and segment not in ACTIONS else segment
        collection = segment in COLLECTIONS


def iso(seconds: float) -> str:
    """UNIX seconds as ISO 8601, UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()
