"""Servers that drip: a request ends at its deadline, whatever part of the answer is slow, and so does a run."""

from __future__ import annotations

import socket
import threading
from time import monotonic

import pytest
from cli_world import served
from drip import DRIPS, dripping

from calmirror.errors import RetryableError
from calmirror.google.client_file import DesktopClient
from calmirror.google.registration import SCOPES
from calmirror.google.registration import Registration as GoogleRegistration
from calmirror.google.sign_in import GoogleSignIn
from calmirror.http.deadline import DEADLINE, connected
from calmirror.http.message import ConnectionBrokenError, Request
from calmirror.http.sockets import SocketTransport
from calmirror.microsoft.registration import Registration
from calmirror.microsoft.sign_in import MicrosoftSignIn
from calmirror.notify import tell
from calmirror.tokens.endpoint import Endpoint
from calmirror.tokens.model import SignIn

QUICK = {"connect": 0.3, "read": 0.3, "whole": 0.3}
SOMEBODY = SignIn(made_for="x", access_token="a", expires_at=0.0, signed_in_at=0.0, refreshed_at=0.0, refresh_token="r")


class Leading(SocketTransport):
    """Sends to a server on loopback what is meant for https, as MSAL insists on."""

    def __init__(self, url: str) -> None:
        super().__init__(**QUICK)
        self._url = url

    def send(self, request):
        return super().send(Request(request.method, self._url, request.headers, request.body))


class Hurried:
    """A clock on which waiting takes no time."""

    def now(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        del seconds


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize("kind", DRIPS)
def test_a_dripping_answer_has_a_deadline(kind):
    transport = SocketTransport(**QUICK)
    with dripping(kind) as url, pytest.raises(ConnectionBrokenError, match="in time"):
        transport.send(Request("GET", f"{url}/feed"))
    transport.close()


@pytest.mark.parametrize("kind", ["status-line", "header", "continue", "trailer", "chunk-size"])
def test_a_dripping_proxy_has_a_deadline(kind, monkeypatch):
    """For https its answer to CONNECT comes before everything else, and its headers have no bound in number."""
    transport = SocketTransport(**QUICK)
    with dripping(kind) as url:
        monkeypatch.setenv("https_proxy", url)
        monkeypatch.setenv("http_proxy", url)
        for address in ("https://graph.example/me", "http://graph.sandbox/me"):
            with pytest.raises(ConnectionBrokenError):
                transport.send(Request("GET", address))
    transport.close()


def test_an_endless_list_of_headers_from_a_proxy_has_a_deadline(monkeypatch):
    monkeypatch.setitem(DRIPS, "headers", (b"HTTP/1.1 200 OK\r\n", b"x: y\r\n", b"\r\n"))
    transport = SocketTransport(**QUICK)
    with dripping("headers") as url:
        monkeypatch.setenv("https_proxy", url)
        with pytest.raises(ConnectionBrokenError):
            transport.send(Request("GET", "https://graph.example/me"))
    transport.close()


def test_a_handshake_that_drips_has_a_deadline(monkeypatch):
    """One TLS record of 16 KB, a byte at a time."""
    monkeypatch.setitem(DRIPS, "tls", (b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc", b"\0", b""))
    transport = SocketTransport(**QUICK)
    with dripping("tls") as url, pytest.raises(ConnectionBrokenError):
        transport.send(Request("GET", url.replace("http:", "https:")))
    transport.close()


def test_a_server_that_reads_slowly_has_a_deadline():
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    gone = threading.Event()

    def read_slowly():
        connection, _ = listener.accept()
        with connection:
            while not gone.wait(0.01):
                connection.recv(4096)

    thread = threading.Thread(target=read_slowly)
    thread.start()
    transport = SocketTransport(**QUICK)
    with pytest.raises(ConnectionBrokenError):
        transport.send(Request("POST", f"http://127.0.0.1:{listener.getsockname()[1]}/", {}, bytes(40_000_000)))
    gone.set()
    thread.join(5)
    listener.close()
    transport.close()


def test_a_name_with_any_number_of_addresses_has_a_deadline(monkeypatch):
    """The resolver and each address have time-outs of their own, or none."""
    release = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: release.wait(5) and [])
    transport = SocketTransport(**QUICK)
    with pytest.raises(ConnectionBrokenError, match="in time"):
        transport.send(Request("GET", "http://many.sandbox/"))
    assert not release.is_set()
    release.set()
    transport.close()


def test_a_connection_that_comes_too_late_is_closed_unused():
    late, other = socket.socketpair()
    go = threading.Event()
    token = DEADLINE.set(monotonic() + 0.05)
    with pytest.raises(TimeoutError):
        connected(lambda: go.wait(5) and late)
    DEADLINE.reset(token)
    go.set()
    other.settimeout(5)
    assert other.recv(1) == b""
    other.close()


@pytest.mark.parametrize("kind", ["status-line", "header", "continue", "trailer"])
def test_a_dripping_monitor_does_not_hold_a_run_that_is_over(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(tell, "transport", lambda ca_file: SocketTransport(**QUICK, ca_file=ca_file))
    with served(tmp_path) as world, dripping(kind) as url:
        world.meet()
        world.config.write_text(f'{world.config.read_text()}\n[notify]\nheartbeat = "{url}/ping/secret"\n')
        done = world.run("sync")
    assert done.exit_code == 0, done.output
    assert "heartbeat did not arrive" in done.output
    assert "secret" not in done.output


@pytest.mark.parametrize("kind", ["status-line", "header", "continue", "trailer"])
def test_a_dripping_sign_in_has_a_deadline(kind):
    """Its libraries send nothing but through our own transport."""
    microsoft = Registration(client_id="c", tenant="t", graph_url="https://graph.microsoft.com/v1.0")
    client = DesktopClient("c", "s", "https://accounts.example/auth", "https://accounts.example/token")
    with dripping(kind) as url:
        transport = Leading(url)
        google = GoogleRegistration(client, SCOPES["app-created"])
        for flow in (
            MicrosoftSignIn(microsoft, Endpoint(transport, Hurried(), "Microsoft")),
            GoogleSignIn(google, Endpoint(transport, Hurried(), "Google")),
        ):
            with pytest.raises(RetryableError) as caught:
                flow.refresh(SOMEBODY)
            assert caught.value.code == "sign-in-unavailable"
            assert "in time" in caught.value.what
    transport.close()
