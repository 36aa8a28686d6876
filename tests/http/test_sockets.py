"""Real sockets on loopback: a whole answer, or ConnectionBrokenError without the URL."""

from __future__ import annotations

import contextlib
import gzip
import logging
import shutil
import socket
import ssl
import struct
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest

from calmirror.errors import RetryableError
from calmirror.http.client import Client, Limits
from calmirror.http.clock import SystemClock
from calmirror.http.message import Answer, ConnectionBrokenError, Request
from calmirror.http.proxies import proxy_for
from calmirror.http.sockets import SocketTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SECRET = "s3cr3t-canary"


class NoToken:
    """Nobody is signed in."""

    cure = "sign in"

    def token(self) -> str:
        return ""

    renew = token


class Server:
    """Answers each request with the next raw reply; None says nothing and waits for the client to go."""

    def __init__(self, *replies: bytes | None, reset: bool = False) -> None:
        self.replies = list(replies)
        self.reset = reset
        self.requests: list[bytes] = []
        self.connections = 0
        self.tls: ssl.SSLContext | None = None
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self) -> None:
        while self.replies or self.reset:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            with connection:
                if self.tls is None:
                    self.converse(connection)
                else:
                    with contextlib.suppress(OSError), self.tls.wrap_socket(connection, server_side=True) as secure:
                        self.converse(secure)

    def converse(self, connection: socket.socket) -> None:
        while self.replies or self.reset:
            request = b""
            while b"\r\n\r\n" not in request:
                if not (data := connection.recv(65536)):
                    return
                request += data
            self.requests.append(request)
            if self.reset:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return
            reply = self.replies.pop(0)
            if reply is None:
                connection.recv(1)
                return
            connection.sendall(reply)
            if b"connection: close" in reply:
                return

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(5)


def ok(body: bytes, *headers: str, length: int | None = None) -> bytes:
    lines = ["HTTP/1.1 200 OK", f"content-length: {len(body) if length is None else length}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


@pytest.fixture
def exchange(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., tuple[Server, SocketTransport]]]:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    opened: list[Server | SocketTransport] = []

    def start(*replies: bytes | None, reset: bool = False, **limits: float) -> tuple[Server, SocketTransport]:
        server, transport = Server(*replies, reset=reset), SocketTransport(**limits)
        opened.extend([transport, server])
        return server, transport

    yield start
    for thing in opened:
        thing.close()


def get(server: Server, **headers: str) -> Request:
    return Request("GET", f"http://127.0.0.1:{server.port}/me?$deltatoken={SECRET}", headers)


def broken(server: Server, transport: SocketTransport) -> str:
    with pytest.raises(ConnectionBrokenError) as caught:
        transport.send(get(server, authorization=f"Bearer {SECRET}"))
    assert SECRET not in str(caught.value)
    assert "127.0.0.1" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return str(caught.value)


def test_an_answer_comes_whole_with_header_names_in_lower_case(exchange) -> None:
    server, transport = exchange(ok(b"{}", "X-Thing: a", "X-Thing: b"))
    answer = transport.send(get(server, prefer="x"))
    assert answer == Answer(200, {"content-length": "2", "x-thing": "a, b"}, b"{}")
    assert b"prefer: x\r\n" in server.requests[0]
    assert b"accept-encoding: gzip\r\n" in server.requests[0]


def test_a_body_is_sent(exchange) -> None:
    server, transport = exchange(ok(b""))
    transport.send(Request("POST", f"http://127.0.0.1:{server.port}/", {}, b'{"a":1}'))
    assert b"POST / HTTP/1.1" in server.requests[0]
    assert b"content-length: 7" in server.requests[0].lower()


def test_one_connection_serves_many_requests(exchange) -> None:
    server, transport = exchange(ok(b"1"), ok(b"2"), ok(b""), ok(b"3"))
    assert [transport.send(get(server)).body for _ in range(4)] == [b"1", b"2", b"", b"3"]
    assert server.connections == 1


@pytest.mark.parametrize("status", ["302 Found", "429 Slow", "503 Gone"])
def test_any_status_is_an_answer_and_nothing_is_followed_or_repeated(exchange, status: str) -> None:
    reply = f"HTTP/1.1 {status}\r\nlocation: /elsewhere\r\nretry-after: 0\r\ncontent-length: 0\r\n\r\n".encode()
    server, transport = exchange(reply, ok(b"repeated"))
    assert transport.send(get(server)).status == int(status[:3])
    assert len(server.requests) == 1


def test_gzip_is_decompressed(exchange) -> None:
    body = b'{"value": []}' * 50_000
    server, transport = exchange(ok(gzip.compress(body, mtime=0), "content-encoding: gzip"))
    assert transport.send(get(server)).body == body


def test_a_gzip_bomb_stops_at_the_limit(exchange) -> None:
    bomb = gzip.compress(bytes(8_000_000))
    server, transport = exchange(ok(bomb, "content-encoding: gzip"), largest=100_000)
    assert "too large" in broken(server, transport)


def test_a_body_beyond_the_limit_is_not_read_to_its_end(exchange) -> None:
    server, transport = exchange(ok(bytes(200_000)), largest=100_000)
    assert "too large" in broken(server, transport)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (ok(b"{", "connection: close", length=50), "broke off"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n5\r\nab", "broke off"),
        (ok(gzip.compress(b"x" * 999, mtime=0)[:-9], "content-encoding: gzip"), "cut off"),
        (ok(b"no gzip at all", "content-encoding: gzip"), "damaged"),
        (ok(b"x", "content-encoding: br"), "not asked for"),
        (b"\r\n\r\nconnection: close\r\n\r\n", "broke off"),
        (b"SSH-2.0-OpenSSH connection: close\r\n", "broke off"),
    ],
)
def test_an_answer_that_is_not_whole_is_none(exchange, reply: bytes, words: str) -> None:
    server, transport = exchange(reply)
    assert words in broken(server, transport)


def test_after_a_broken_answer_the_next_request_has_a_fresh_connection(exchange) -> None:
    server, transport = exchange(ok(b"{", "connection: close", length=50), ok(b"whole"))
    broken(server, transport)
    assert transport.send(get(server)).body == b"whole"


def test_a_reset_connection_is_broken(exchange) -> None:
    assert "broke off" in broken(*exchange(reset=True))


def test_a_refused_connection_is_broken(exchange) -> None:
    server, transport = exchange(ok(b""))
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        server.port = unused.getsockname()[1]
        assert "refused" in broken(server, transport)


def test_headers_that_never_come_are_not_waited_for_for_ever(exchange) -> None:
    assert "in time" in broken(*exchange(None, read=0.05))


def test_a_body_that_stalls_is_not_waited_for_for_ever(exchange) -> None:
    assert "in time" in broken(*exchange(ok(b"{", length=50), None, read=0.05))


def test_a_body_that_only_trickles_in_has_a_deadline(exchange) -> None:
    assert "in time" in broken(*exchange(ok(b"x" * 1000), whole=0))


def test_an_unusable_address_is_a_broken_connection() -> None:
    with pytest.raises(ConnectionBrokenError):
        SocketTransport().send(Request("GET", f"gopher://graph.example/{SECRET}"))


@pytest.mark.skipif(not shutil.which("openssl"), reason="makes its certificate with openssl")
def test_a_certificate_that_nobody_vouches_for_is_refused(exchange, tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost"
    subprocess.run([*make.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server, transport = exchange(ok(b"{}"))
    server.tls = context
    with pytest.raises(ConnectionBrokenError, match="TLS"):
        transport.send(Request("GET", f"https://localhost:{server.port}/?{SECRET}"))
    assert server.requests == []
    client = Client(
        transport,
        SystemClock(),
        base_url=f"https://localhost:{server.port}",
        service="Google",
        tokens=NoToken(),
        limits=Limits(attempts=1),
    )
    with pytest.raises(RetryableError) as caught:
        client.send("GET", f"/?{SECRET}")
    assert caught.value.code == "unreachable"
    assert "ca_file" in caught.value.command


def test_no_log_quotes_a_url(exchange, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server, transport = exchange(ok(b"{}", "not a header line at all"))
    transport.send(get(server))
    assert SECRET not in caplog.text


def test_requests_go_through_the_proxy_of_the_environment(exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    server, transport = exchange(ok(b"proxied"))
    monkeypatch.setenv("http_proxy", f"http://user:pass@127.0.0.1:{server.port}")
    assert transport.send(Request("GET", "http://graph.example/me")).body == b"proxied"
    assert server.requests[0].startswith(b"GET http://graph.example/me HTTP/1.1\r\n")
    assert b"proxy-authorization: Basic dXNlcjpwYXNz" in server.requests[0]


def test_this_machine_and_excepted_hosts_need_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "proxy.example:3128")
    monkeypatch.setenv("no_proxy", "inside.example")
    assert proxy_for("http://graph.example/") == "http://proxy.example:3128"
    for host in ("127.0.0.1:8080", "127.1.2.3", "localhost", "[::1]:80", "inside.example"):
        assert proxy_for(f"http://{host}/") == ""


def test_the_clock_tells_unix_time_and_never_waits_backwards() -> None:
    clock = SystemClock()
    clock.sleep(-5)
    assert clock.now() > 1_700_000_000
