"""One answer from a browser, received on a loopback address that exists as long as it is waited for."""

from __future__ import annotations

import errno
import hmac
import os
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, SimpleQueue
from socketserver import TCPServer
from time import monotonic
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, urlsplit

from calmirror.errors import UserFixableError

if TYPE_CHECKING:
    from types import TracebackType

HOST = "127.0.0.1"
HOST_6 = "::1"
NO_IPV6 = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT})
TRIES = 10
"""Free ports that are tried, until one is free at both addresses."""
LOOK_EVERY = 0.2
"""Seconds. On Windows, Ctrl-C is only heard between two waits."""
SILENCE = 10.0
"""Seconds that a connection may say nothing; browsers open some in advance."""
STYLE = "font: 1.1em sans-serif; max-width: 34em; margin: 20vh auto; padding: 0 1em"
PAGE = (
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>calmirror</title></head>'
    f'<body style="{STYLE}"><p id="message">%s</p></body></html>'
)
DONE = PAGE % "That is all here. You can close this page and go back to the terminal."
OTHER = PAGE % "This is not the answer that is waited for. Please go back to the terminal."
HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Connection": "close",
}


class Server(ThreadingHTTPServer):
    """Serves this machine, without asking anybody for its name; on Windows too, a port is nobody else's."""

    daemon_threads = True
    allow_reuse_address = os.name != "nt"

    def server_bind(self) -> None:
        """Takes the port."""
        TCPServer.server_bind(self)


class Server6(Server):
    """The same at [::1]."""

    address_family = socket.AF_INET6


class Loopback:
    """Listens on this machine while it is entered, and takes one answer: the one with the right `state`.

    It has the port at 127.0.0.1 and at [::1]: browsers try both for "localhost", and at the one that is left free
    another user of the machine could wait for the answer.

    Whatever else comes (other paths, hosts, states) is refused and changes nothing. Pages are fixed texts: nothing of a
    request is repeated.

    Args:
        port: 0 takes a free one; afterwards it is the one taken.

    Raises:
        UserFixableError: `sign-in-port`: the port is taken.
    """

    def __init__(self, state: str, port: int = 0) -> None:
        self._state = state
        self._answers: SimpleQueue[dict[str, str]] = SimpleQueue()
        try:
            self._servers = servers(port, self._handler())
        except OSError as error:
            raise UserFixableError(
                f"Port {port} cannot be used to sign in ({error.strerror})",
                code="sign-in-port",
                meaning="Nobody was signed in. An earlier sign-in is still valid.",
                command="Leave --port out, or give another one",
            ) from None
        self.port = int(self._servers[0].server_address[1])

    def __enter__(self) -> Self:
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def answer(self, timeout: float) -> dict[str, str] | None:
        """The parameters that the browser brought; None when it did not come within so many seconds."""
        deadline = monotonic() + timeout
        while (left := deadline - monotonic()) > 0:
            try:
                return self._answers.get(timeout=min(left, LOOK_EVERY))
            except Empty:
                continue
        return None

    def _taken(self, host: str, target: str) -> tuple[int, str]:
        """Judges a request, and keeps its parameters when they are the answer; the status and page to reply with."""
        if host.lower() not in {f"{name}:{self.port}" for name in (HOST, f"[{HOST_6}]", "localhost")}:
            return 421, OTHER
        parts = urlsplit(target)
        if parts.path != "/":
            return 404, OTHER
        answer = parameters(parts.query)
        if not matches(answer, self._state):
            return 400, OTHER
        self._answers.put(answer)
        return 200, DONE

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        taken = self._taken

        class Handler(BaseHTTPRequestHandler):
            timeout = SILENCE

            def do_GET(self) -> None:
                try:
                    status, page = taken(self.headers.get("Host", ""), self.path)
                except ValueError:
                    status, page = 400, OTHER
                self.reply(status, page)

            def send_error(self, code: int, *_: Any, **__: Any) -> None:
                self.reply(code, OTHER)

            def reply(self, status: int, page: str) -> None:
                body = page.encode()
                self.send_response_only(status)
                for name, value in HEADERS.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Says nothing: requests carry codes."""

        return Handler


def servers(port: int, handler: type[BaseHTTPRequestHandler]) -> list[Server]:
    """One server for each loopback address that this machine has, all at one port; 0 for any that is free at each.

    Raises:
        OSError: the port is taken at one of them.
    """
    for left in reversed(range(TRIES)):
        first = Server((HOST, port), handler)
        try:
            return [first, Server6((HOST_6, first.server_address[1]), handler)]
        except OSError as error:
            if error.errno in NO_IPV6:
                return [first]
            first.server_close()
            if port or not left:
                raise
    raise AssertionError("the last try returns or raises")


def parameters(query: str) -> dict[str, str]:
    """The parameters of an answer; of one that is there twice, none."""
    found = parse_qs(query, keep_blank_values=True, max_num_fields=50)
    return {name: values[0] for name, values in found.items() if len(values) == 1}


def matches(answer: dict[str, str], state: str) -> bool:
    """Whether an answer belongs to our question; compared in a time that tells nothing."""
    return hmac.compare_digest(answer.get("state", "").encode(), state.encode()) and bool(
        answer.keys() & {"code", "error"}
    )
