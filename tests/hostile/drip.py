"""A server that never ends an answer: it says something small every few hundredths of a second."""

from __future__ import annotations

import itertools
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n"
DRIPS = {
    "status-line": (b"HTTP/1.1 200 ", b"O", b"K\r\ncontent-length: 0\r\n\r\n"),
    "header": (OK + b"x-slow: ", b"a", b"\r\ncontent-length: 0\r\n\r\n"),
    "continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n", OK + b"content-length: 0\r\n\r\n"),
    "chunk-size": (CHUNKED, b"0", b"\r\n\r\n"),
    "chunk-extension": (CHUNKED + b"0;", b"a", b"\r\n\r\n"),
    "chunk": (CHUNKED, b"1\r\nx\r\n", b"0\r\n\r\n"),
    "trailer": (CHUNKED + b"0\r\n", b"x: y\r\n", b"\r\n"),
    "body": (OK + b"content-length: 1000000\r\n\r\n", b"x", b""),
    "body-to-the-end": (OK + b"\r\n", b"x", b""),
}
"""What comes first, what drips, and what would end the answer."""
EVERY = 0.02
LONGEST = 150
"""Drips until it ends the answer after all, so that a client that waits fails a test instead of holding it."""


@contextmanager
def dripping(kind: str) -> Iterator[str]:
    """The address of a server on loopback that drips so."""
    first, drip, end = DRIPS[kind]
    listener = socket.create_server(("127.0.0.1", 0))
    stopped = threading.Event()

    def serve() -> None:
        while not stopped.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                try:
                    connection.recv(65536)
                    connection.sendall(first)
                    for _ in itertools.repeat(None, LONGEST):
                        connection.sendall(drip)
                        if stopped.wait(EVERY):
                            return
                    connection.sendall(end)
                except OSError:
                    continue  # the client has gone

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        stopped.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)
