"""A monitor on loopback that keeps what it is sent."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer


class Monitor(HTTPServer):
    """`seen` is what arrived: "ok" or what stands below the secret, and the body. It answers with `status`."""

    def __init__(self, secret: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.secret = secret
        self.seen: list[tuple[str, str]] = []
        self.heard = threading.Event()
        self.status: dict[str, int] = {}
        self.url = f"http://127.0.0.1:{self.server_port}/ping/{secret}"


class Handler(BaseHTTPRequestHandler):
    server: Monitor

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        last = self.path.rsplit("/", 1)[1]
        name = "ok" if last.startswith(self.server.secret) else last
        self.server.seen.append((name, body.decode()))
        self.send_response(self.server.status.get(name, 200))
        self.send_header("content-length", "0")
        self.end_headers()
        self.server.heard.set()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def listening(secret: str) -> Iterator[Monitor]:
    """A monitor that listens meanwhile."""
    with Monitor(secret) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()
