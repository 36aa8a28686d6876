"""The stand-ins on real loopback sockets, in a thread of their own."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
from contextlib import ExitStack
from dataclasses import dataclass
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
    from calmirror.sandbox.signin.google.service import GoogleSignIn
    from calmirror.sandbox.signin.microsoft.service import MicrosoftSignIn
    from calmirror.sandbox.signin.tls import Certified

MICROSOFT_SCOPES = ("Calendars.Read",)
GOOGLE_SCOPES = ("https://www.googleapis.com/auth/calendar.app.created",)


@dataclass(frozen=True, slots=True)
class SignIn:
    """Both sign-in services, and the files by which Microsoft's is served with TLS; with `tls`, everything."""

    microsoft: MicrosoftSignIn
    google: GoogleSignIn
    certified: Certified
    tls: bool = False


@dataclass(frozen=True, slots=True)
class Served:
    """One stand-in with its control interface; with TLS where it has a certificate."""

    service: Service
    control: Control
    certified: Certified | None = None


class Running:
    """Stand-ins being served. Also a context manager that stops them at its end."""

    def __init__(self, faces: Sequence[Served], thread: threading.Thread, servers: Sequence[uvicorn.Server]) -> None:
        urls = {face.service.name: face.service.base_url for face in faces}
        self.graph_url, self.google_url = (face.service.base_url for face in faces[:2])
        self.microsoft_sign_in_url = urls.get("microsoft-sign-in", "")
        self.google_sign_in_url = urls.get("google-sign-in", "")
        """Empty where the sign-in services are not served."""
        self._thread = thread
        self._servers = servers

    def stop(self) -> None:
        """Closes all ports and waits for the thread to end. Stopping twice does no harm."""
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
    ports: Sequence[int] = (0, 0, 0, 0, 0),
    orders: Mapping[str, Callable[..., Any]] | None = None,
    sign_in: SignIn | None = None,
    feeds: Service | None = None,
) -> Running:
    """Starts serving all of them and returns at once; connections are accepted from then on.

    Their `base_url` becomes the real address, since links in answers are absolute.

    Args:
        graph: the stand-in of Microsoft Graph.
        google: the stand-in of Google Calendar.
        host: a loopback address.
        ports: one for each, in the order graph, google, Microsoft's sign-in, Google's, feeds; 0 takes a free one.
        orders: more orders for the control interface of `graph`.
        sign_in: the sign-in services, where people are to sign in.
        feeds: the server of published calendars.

    Raises:
        ValueError: `host` is not a loopback address.
        OSError: a port is taken.
    """
    if not ipaddress.ip_address(host).is_loopback:
        raise ValueError(f"the sandbox is served on loopback addresses alone, not on {host}")
    certified = sign_in.certified if sign_in and sign_in.tls else None
    faces = [
        Served(graph, Control(graph, MICROSOFT_SCOPES, MICROSOFT_ERRORS.__getitem__, orders), certified),
        Served(google, Control(google, GOOGLE_SCOPES, google_error), certified),
        *(sign_in_faces(sign_in) if sign_in else ()),
        *([Served(feeds, Control(feeds, (), MICROSOFT_ERRORS.__getitem__), certified)] if feeds else ()),
    ]
    listeners = listen(host, ports[: len(faces)])
    servers = [server(face, listener) for face, listener in zip(faces, listeners, strict=True)]
    thread = threading.Thread(target=asyncio.run, args=(serve_all(servers, listeners),), name="sandbox", daemon=True)
    thread.start()
    return Running(faces, thread, servers)


def sign_in_faces(sign_in: SignIn) -> list[Served]:
    """Both sign-in services with their orders. Microsoft's has TLS, since its clients insist on it."""
    from calmirror.sandbox.signin.google.errors import named as google_refusal  # noqa: PLC0415 - not every sandbox
    from calmirror.sandbox.signin.microsoft.errors import named as microsoft_refusal  # noqa: PLC0415

    microsoft, google = sign_in.microsoft, sign_in.google
    return [
        Served(microsoft, Control(microsoft, (), microsoft_refusal, microsoft.orders), sign_in.certified),
        Served(google, Control(google, (), google_refusal, google.orders), sign_in.certified if sign_in.tls else None),
    ]


def listen(host: str, ports: Sequence[int]) -> list[socket.socket]:
    """A listening socket for each port; none stays open when one cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with ExitStack() as opened:
        listeners = [opened.enter_context(socket.create_server((host, port), family=family)) for port in ports]
        opened.pop_all()
    return listeners


def server(face: Served, listener: socket.socket) -> uvicorn.Server:
    """A silent server of one stand-in, which learns its real address here."""
    import uvicorn  # noqa: PLC0415 - the commands' start-up must not pay for it

    service, certified = face.service, face.certified
    host, port = listener.getsockname()[:2]
    netloc = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    scheme = "https" if certified else "http"
    service.base_url = urlsplit(service.base_url)._replace(scheme=scheme, netloc=netloc).geturl()
    config = uvicorn.Config(
        Face(service, face.control),
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
        ssl_certfile=certified.certificate if certified else None,
        ssl_keyfile=certified.key if certified else None,
    )
    return uvicorn.Server(config)


async def serve_all(servers: Sequence[uvicorn.Server], listeners: Sequence[socket.socket]) -> None:
    """Runs every server on its listener until all have been told to stop; no connection outlives them."""
    await asyncio.gather(*(one.serve(sockets=[listener]) for one, listener in zip(servers, listeners, strict=True)))
    # uvicorn gives up waiting after a second, but leaves open what a client did not read to its end.
    for connection in [connection for one in servers for connection in one.server_state.connections]:
        connection.transport.abort()
    await asyncio.sleep(0)
