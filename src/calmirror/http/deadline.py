"""One deadline for a whole request: resolving, connecting, TLS, sending, and every byte of the answer.

urllib3's read time-out begins anew with each byte, and http.client reads any number of "100 Continue" answers and
trailer lines, so a server that drips a byte now and then could hold a run without limit.
"""

from __future__ import annotations

import io
from concurrent.futures import Future
from contextvars import ContextVar
from http.client import HTTPResponse
from math import inf
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError

if TYPE_CHECKING:
    from collections.abc import Callable
    from socket import socket

DEADLINE: ContextVar[float] = ContextVar("deadline", default=inf)
"""When the request of this thread is given up, on the monotonic clock."""
PIECE = 16 * 1024
"""Bytes sent within one time-out; TLS sends no more at once."""


def left() -> float:
    """Seconds until the deadline; raises TimeoutError once it has passed."""
    seconds = DEADLINE.get() - monotonic()
    if seconds <= 0:
        raise TimeoutError("the deadline has passed")
    return seconds


def enforce(manager: PoolManager) -> None:
    """Has all connections that the manager makes from now on keep to `DEADLINE`."""
    manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}


class _Response(HTTPResponse):
    """An answer that is read from `_Reader`, its status line, headers and trailers included."""

    def __init__(self, sock: socket, *args: Any, **more: Any) -> None:
        super().__init__(sock, *args, **more)
        self.fp.close()
        self.fp = io.BufferedReader(_Reader(sock))


class _Reader(io.RawIOBase):
    """What a socket receives; each wait ends with the socket's time-out or the deadline, whichever is first."""

    def __init__(self, sock: socket) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._silence = sock.gettimeout() or inf

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(min(self._silence, left()))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Plain(HTTPConnection):
    """A connection of which every wait ends at the deadline."""

    response_class = _Response

    def _new_conn(self) -> socket:
        try:
            sock = connected(super()._new_conn)
            sock.settimeout(min(self.timeout or inf, left()))  # TLS comes next
        except TimeoutError:
            raise ConnectTimeoutError(self, "the deadline has passed") from None
        return sock

    def send(self, data: Any) -> None:
        for start in range(0, len(data), PIECE):
            if self.sock is not None:
                self.sock.settimeout(min(self.timeout or inf, left()))
            super().send(data[start : start + PIECE])


class _Tls(_Plain, HTTPSConnection):
    """The same over TLS."""


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _Tls


def connected(connect: Callable[[], socket]) -> socket:
    """The socket that `connect` makes in a thread of its own; raises TimeoutError at the deadline.

    A resolver has no time-out that a program can set, and connecting has one for each of a name's addresses, of which
    the name's owner may list thousands. A thread that is given up ends on its own, and its socket is closed unused.
    """
    found: Future[socket] = Future()

    def work() -> None:
        try:
            found.set_result(connect())
        except BaseException as error:  # noqa: BLE001 - raised again where the socket is waited for
            found.set_exception(error)

    Thread(target=work, daemon=True).start()
    try:
        return found.result(left())
    except TimeoutError:
        found.add_done_callback(close_unused)
        raise


def close_unused(found: Future[socket]) -> None:
    """Closes a socket that came too late."""
    if found.exception() is None:
        found.result().close()
