"""The face towards sockets: a thin ASGI application over one stand-in and its control interface."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from calmirror.http.message import Answer, ConnectionBrokenError, Request
from calmirror.sandbox.control import PREFIX, Control, refused
from calmirror.sandbox.transport import origin

if TYPE_CHECKING:
    from calmirror.sandbox.service import Service

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

HEADERS_OF_THE_CONNECTION = {"connection", "content-length", "transfer-encoding"}


class Face:
    """An ASGI application. It must be run by a server that offers `state["cut"]` (see `protocol`)."""

    def __init__(self, service: Service, control: Control) -> None:
        self._service = service
        self._control = control

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one HTTP request, or breaks its connection where a fault says so."""
        request = await self._request(scope, receive)
        try:
            answer, whole = await asyncio.to_thread(self._answer, request)
        except ConnectionBrokenError:
            scope["state"]["cut"]()
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        answer = packed(answer, request.headers.get("accept-encoding", ""))
        await send(start_of(answer, len(answer.body) + (not whole)))
        await send({"type": "http.response.body", "body": answer.body, "more_body": not whole})

    async def _request(self, scope: Scope, receive: Receive) -> Request:
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        query = scope["query_string"].decode("latin-1")
        target = scope["raw_path"].decode("latin-1") + (f"?{query}" if query else "")
        url = origin(self._service.base_url) + target
        return Request(scope["method"], url, dict(joined(scope["headers"])), body)

    def _answer(self, request: Request) -> tuple[Answer, bool]:
        """The answer, and whether all of it is to arrive."""
        if from_a_page(request.headers):
            return refused(403, "the sandbox answers programs on this machine, not the pages of a browser"), True
        if urlsplit(request.url).path.startswith(PREFIX):
            if request.method == "POST" and not is_json(request.headers):
                return refused(415, "an order needs the header Content-Type: application/json"), True
            return self._control.answer(request), True
        with self._service.lock:
            before = cuts(self._service)
            answer = self._service.answer(request)
            return answer, cuts(self._service) == before


def from_a_page(headers: Mapping[str, str]) -> bool:
    """Whether a web page sent the request: under a name that its owner had lead here, or from an origin of its own.

    Browsers let every page send requests to this machine; DNS decides where a page's own name leads.
    """
    host = headers.get("host", "")
    return not on_this_machine(host) or urlsplit(headers.get("origin", f"//{host}")).netloc.lower() != host.lower()


def is_json(headers: Mapping[str, str]) -> bool:
    """Whether the body says that it is JSON: a browser sends no such request of a page without asking first."""
    return headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"


def on_this_machine(netloc: str) -> bool:
    """Whether a host, with or without port, is localhost or a loopback address."""
    try:
        host = urlsplit(f"//{netloc}").hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def packed(answer: Answer, accepted: str) -> Answer:
    """The answer compressed for a client that understands gzip, as both services do it."""
    if "gzip" not in accepted or not answer.body:
        return answer
    headers = {**answer.headers, "content-encoding": "gzip", "vary": "Accept-Encoding"}
    return Answer(answer.status, headers, gzip.compress(answer.body, compresslevel=1))


def start_of(answer: Answer, length: int) -> MutableMapping[str, Any]:
    """Status and headers; a `length` beyond the body makes the server cut the connection after it."""
    headers = [
        (name.encode("latin-1"), value.encode("latin-1"))
        for name, value in answer.headers.items()
        if name.lower() not in HEADERS_OF_THE_CONNECTION
    ]
    if answer.status not in {204, 304}:
        headers.append((b"content-length", str(length).encode()))
    return {"type": "http.response.start", "status": answer.status, "headers": headers}


def joined(headers: list[tuple[bytes, bytes]]) -> Iterator[tuple[str, str]]:
    """Header names in lower case, repeated ones as one comma-separated value."""
    seen: dict[str, list[str]] = {}
    for name, value in headers:
        seen.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return ((name, ", ".join(values)) for name, values in seen.items())


def cuts(service: Service) -> int:
    """How many answers have been cut short by a fault so far."""
    return sum(f.seen for f in service.faults if f.truncate is not None and not f.inside_batch)
