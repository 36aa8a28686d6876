"""Both stand-ins on real loopback sockets, in a thread of their own."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from calmirror.sandbox.control import Control
from calmirror.sandbox.face import Face
from calmirror.sandbox.google.errors import named as google_error
from calmirror.sandbox.graph.errors import CATALOGUE as MICROSOFT_ERRORS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import uvicorn

    from calmirror.sandbox.service import Service

MICROSOFT_SCOPES = ("Calendars.Read",)
GOOGLE_SCOPES = ("https://www.googleapis.com/auth/calendar.app.created",)


class Running:
    """Two stand-ins being served. Also a context manager that stops them at its end."""

    def __init__(
        self, graph: Service, google: Service, thread: threading.Thread, servers: Sequence[uvicorn.Server]
    ) -> None:
        self.graph_url = graph.base_url
        self.google_url = google.base_url
        self._thread = thread
        self._servers = servers

    def stop(self) -> None:
        """Closes both ports and waits for the thread to end. Stopping twice does no harm."""
        for server in self._servers:
            server.should_exit = True
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def serve(
    graph: Service,
    google: Service,
    *,
    host: str = "127.0.0.1",
    ports: tuple[int, int] = (0, 0),
    orders: Mapping[str, Callable[..., Any]] | None = None,
) -> Running:
    """Starts serving both and returns at once; connections are accepted from then on.

    Their `base_url` becomes the real address, since paging links in answers are absolute.

    Args:
        graph: the stand-in of Microsoft Graph.
        google: the stand-in of Google Calendar.
        host: a loopback address.
        ports: one for each; 0 takes a free one.
        orders: more orders for the control interface of `graph`.

    Raises:
        ValueError: `host` is not a loopback address.
        OSError: a port is taken.
    """
    if not ipaddress.ip_address(host).is_loopback:
        raise ValueError(f"the sandbox is served on loopback addresses alone, not on {host}")
    listeners = listen(host, ports)
    servers = [
        server(graph, Control(graph, MICROSOFT_SCOPES, MICROSOFT_ERRORS.__getitem__, orders), listeners[0]),
        server(google, Control(google, GOOGLE_SCOPES, google_error), listeners[1]),
    ]
    thread = threading.Thread(target=asyncio.run, args=(serve_all(servers, listeners),), name="sandbox", daemon=True)
    thread.start()
    return Running(graph, google, thread, servers)


def listen(host: str, ports: tuple[int, int]) -> list[socket.socket]:
    """A listening socket for each port; none stays open when one cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    first = socket.create_server((host, ports[0]), family=family)
    try:
        return [first, socket.create_server((host, ports[1]), family=family)]
    except OSError:
        first.close()
        raise


def server(service: Service, control: Control, listener: socket.socket) -> uvicorn.Server:
    """A silent server of one stand-in, which learns its real address here."""
    import uvicorn  # noqa: PLC0415 - the commands' start-up must not pay for it

    host, port = listener.getsockname()[:2]
    netloc = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    service.base_url = urlsplit(service.base_url)._replace(scheme="http", netloc=netloc).geturl()
    config = uvicorn.Config(
        Face(service, control),
        http="calmirror.sandbox.protocol:CuttableProtocol",
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)


async def serve_all(servers: Sequence[uvicorn.Server], listeners: Sequence[socket.socket]) -> None:
    """Runs every server on its listener until all have been told to stop."""
    await asyncio.gather(*(one.serve(sockets=[listener]) for one, listener in zip(servers, listeners, strict=True)))
