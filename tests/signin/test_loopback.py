"""The loopback address takes the one answer that it waits for, and nothing else has any effect."""

from __future__ import annotations

import errno
import http.client
import socket

import pytest

from calmirror.errors import UserFixableError
from calmirror.tokens import loopback as loopback_module
from calmirror.tokens.browser import answer
from calmirror.tokens.loopback import Loopback
from calmirror.tokens.person import Asking, Way

STATE = "the-state-of-this-sign-in"
GOOD = f"/?code=CANARY-code&state={STATE}"


def ask(loopback, target=GOOD, *, method="GET", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", loopback.port, timeout=5)
    connection.request(method, target, headers=headers)
    reply = connection.getresponse()
    page = reply.read().decode()
    connection.close()
    assert "CANARY" not in page
    assert reply.headers.get("Content-Security-Policy", "").startswith("default-src 'none'")
    assert reply.headers["Cache-Control"] == "no-store"
    return reply.status


@pytest.fixture
def loopback():
    with Loopback(STATE) as one:
        yield one


def test_the_answer_is_taken_from_either_name_of_this_machine(loopback):
    assert ask(loopback) == 200
    assert loopback.answer(5) == {"code": "CANARY-code", "state": STATE}
    assert ask(loopback, Host=f"localhost:{loopback.port}") == 200


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/favicon.ico", 404),
        (f"/callback?code=CANARY&state={STATE}", 404),
        ("/", 400),
        ("/?code=CANARY", 400),
        ("/?code=CANARY&state=", 400),
        ("/?code=CANARY&state=another", 400),
        (f"/?state={STATE}", 400),
        (f"/?code=CANARY&state={STATE}&state=another", 400),
        ("/?" + "&".join(f"CANARY{number}=1" for number in range(60)), 400),
    ],
)
def test_anything_else_is_refused_and_the_answer_still_awaited(loopback, target, status):
    assert ask(loopback, target) == status
    assert loopback.answer(0.01) is None
    assert ask(loopback) == 200
    assert loopback.answer(5)["code"] == "CANARY-code"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "127.0.0.1", "", "localhost:1"])
def test_a_page_that_reaches_this_machine_under_another_name_is_refused(loopback, host):
    assert ask(loopback, Host=host) == 421
    assert loopback.answer(0.01) is None


@pytest.mark.parametrize("method", ["POST", "HEAD", "OPTIONS", "PUT"])
def test_nothing_but_a_get_is_answered(loopback, method):
    assert ask(loopback, method=method) == 501
    assert loopback.answer(0.01) is None


def test_what_is_no_http_and_who_says_nothing_keeps_nobody_from_answering(loopback):
    with (
        socket.create_connection(("127.0.0.1", loopback.port)),
        socket.create_connection(("127.0.0.1", loopback.port)) as rude,
    ):
        rude.sendall(b"\x16\x03\x01 CANARY\r\n\r\n")
        assert ask(loopback) == 200


def test_it_listens_on_the_loopback_addresses_alone(loopback):
    assert {server.server_address[0] for server in loopback._servers} <= {"127.0.0.1", "::1"}
    assert {server.server_address[1] for server in loopback._servers} == {loopback.port}


def has_ipv6():
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


def test_it_listens_at_both_addresses_where_there_are_two(loopback):
    assert len(loopback._servers) == 1 + has_ipv6()
    if has_ipv6():
        connection = http.client.HTTPConnection("::1", loopback.port, timeout=5)
        for host in (f"localhost:{loopback.port}", f"[::1]:{loopback.port}"):
            connection.request("GET", GOOD, headers={"Host": host})
            assert connection.getresponse().read()
        connection.close()
        assert loopback.answer(5)["code"] == "CANARY-code"


def test_a_port_at_which_somebody_else_waits_for_localhost_is_not_used(monkeypatch):
    """Another user of the machine at [::1] would get the code: browsers try that address first."""
    if not has_ipv6():
        return
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as theirs:
        with pytest.raises(UserFixableError) as caught:
            Loopback(STATE, theirs.getsockname()[1])
        assert caught.value.code == "sign-in-port"


def test_a_machine_without_ipv6_has_one_address(monkeypatch):
    def none(*_):
        raise OSError(errno.EADDRNOTAVAIL, "none")

    monkeypatch.setattr("calmirror.tokens.loopback.Server6", none)
    with Loopback(STATE) as one:
        assert ask(one) == 200


def test_of_free_ports_one_is_taken_that_is_free_at_both(monkeypatch):
    taken = iter([True, True, False])
    real = loopback_module.Server6

    def sometimes(*args):
        if next(taken):
            raise OSError(errno.EADDRINUSE, "in use")
        return real(*args) if has_ipv6() else loopback_module.Server(("127.0.0.1", 0), args[1])

    monkeypatch.setattr(loopback_module, "Server6", sometimes)
    with Loopback(STATE) as one:
        assert ask(one) == 200


def test_a_port_that_is_taken_is_said(loopback):
    with pytest.raises(UserFixableError) as caught:
        Loopback(STATE, loopback.port)
    assert (caught.value.code, caught.value.exit_code) == ("sign-in-port", 4)
    assert "earlier sign-in is still valid" in caught.value.meaning


def test_the_port_is_free_again_afterwards():
    with Loopback(STATE) as first:
        port = first.port
    with Loopback(STATE, port) as second:
        assert second.port == port


class Paster:
    """A person who pastes one thing after another."""

    def __init__(self, *pasted):
        self.pasted = list(pasted)
        self.told = []

    def tell(self, text):
        self.told.append(text)

    def open(self, url):
        return False

    def ask(self, question, *, secret=False):
        return self.pasted.pop(0)


def pasted(*texts):
    person = Paster(*texts)
    asking = Asking(person=person, way=Way.PASTE)
    return answer(asking, "Google", lambda redirect: f"https://accounts.example/?r={redirect}", state=STATE, host="x")


@pytest.mark.parametrize("around", ["{}", "  {}\n", "<{}>", '"{}"'])
def test_the_address_that_a_browser_ended_up_at_can_be_pasted(around):
    assert pasted(around.format(f"http://localhost{GOOD}"))["code"] == "CANARY-code"


def test_a_wrong_address_can_be_pasted_anew_but_not_forever():
    wrong = ["https://accounts.example/", "http://[", "http://localhost/?code=1&state=old"]
    assert pasted(*wrong[:2], f"http://localhost{GOOD}")["code"] == "CANARY-code"
    with pytest.raises(UserFixableError) as caught:
        pasted(*wrong)
    assert caught.value.code == "sign-in-no-answer"


def test_an_answer_that_names_another_service_is_not_taken():
    assert pasted(f"http://localhost{GOOD}&iss=https://accounts.example")["code"] == "CANARY-code"
    with pytest.raises(UserFixableError, match="another service"):
        pasted(f"http://localhost{GOOD}&iss=https://evil.example")


def test_a_browser_that_never_comes_back_is_not_waited_for_forever():
    person = Paster()
    asking = Asking(person=person, timeout=0.05)
    with pytest.raises(UserFixableError) as caught:
        answer(asking, "Microsoft", str, state=STATE, host="localhost", hint="Ask your administrator")
    assert (caught.value.code, caught.value.exit_code) == ("sign-in-no-answer", 4)
    assert "Ask your administrator" in caught.value.command
    assert "http://localhost:" in person.told[0]
