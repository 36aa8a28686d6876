"""The client: what it sends, what it tries again, when it gives up, and what it refuses."""

from __future__ import annotations

import json
from email.utils import formatdate

import pytest

from calmirror.errors import RetryableError, SafetyStopError, UserFixableError
from calmirror.http.client import Client, Limits
from calmirror.http.message import Answer, Request
from calmirror.http.retry_after import retry_after
from calmirror.sandbox.service import Exchange, Fault, SandboxClock, Service
from calmirror.sandbox.transport import SandboxTransport

BASE = "http://graph.sandbox/v1.0"
NOW = 1_800_000_000.0
SECRET = "s3cr3t-canary"


class Echo(Service):
    """Answers 200 with what it was sent, to whoever has a valid token."""

    def respond(self, request: Request, exchange: Exchange) -> Answer:
        if not self.granted(request):
            return Answer(401)
        return Answer(200, {}, json.dumps({"path": exchange.path, "sent": request.body.decode()}).encode())


class Tokens:
    """Hands out its tokens one after the other, a new one at each renewal."""

    cure = "sign in again"

    def __init__(self, *tokens: str) -> None:
        self.left = list(tokens)
        self.renewals = 0

    def token(self) -> str:
        return self.left[0]

    def renew(self) -> str:
        self.renewals += 1
        if len(self.left) > 1:
            self.left.pop(0)
        return self.left[0]


class World:
    """A client, the service that it talks to, and their clock."""

    def __init__(
        self, *tokens: str, limits: Limits | None = None, service: str = "Microsoft", jitter: float = 1
    ) -> None:
        self.clock = SandboxClock(NOW)
        self.echo = Echo(name="echo", base_url=BASE, clock=self.clock)
        self.echo.grant("good", [])
        self.tokens = Tokens(*(tokens or ("good",)))
        self.client = Client(
            SandboxTransport([self.echo]),
            self.clock,
            base_url=BASE,
            service=service,
            tokens=self.tokens,
            throttled=lambda answer: answer.status == 403 and b"rate" in answer.body,
            limits=limits or Limits(),
            jitter=lambda: jitter,
        )

    def fail(self, *answers: Answer, times: int = 1) -> None:
        self.echo.faults += [Fault(answer=answer, times=times) for answer in answers]

    @property
    def waited(self) -> float:
        return self.clock.now() - NOW


def test_a_path_is_appended_to_the_base_url_and_json_becomes_the_body() -> None:
    world = World()
    answer, value = world.client.send_json("POST", "/me/events", json={"a": "é"}, headers={"Prefer": "x"})
    assert answer.status == 200
    assert value == {"path": "/v1.0/me/events", "sent": '{"a":"\\u00e9"}'}
    sent = world.echo.log[0].request.headers
    assert sent == {"prefer": "x", "content-type": "application/json", "authorization": "Bearer good"}
    assert world.client.requests == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://evil.example/v1.0/me",
        "https://graph.sandbox/v1.0/me",
        "http://graph.sandbox:8080/v1.0/me",
        "http://graph.sandbox@evil.example/me",
        "http://token@graph.sandbox/v1.0/me",
        "http://graph.sandbox\\@evil.example/me",
        "http://graph.sandbox.evil.example/me",
        "http://169.254.169.254/latest",
        "http://graph.sand\tbox/v1.0/me",
        "http://[::1/me",
        "http://graph.sandbox:99999/me",
        "evil.example/me",
        "file:///etc/passwd",
        "",
    ],
)
def test_nothing_is_sent_to_another_origin(url: str) -> None:
    world = World()
    with pytest.raises(SafetyStopError) as caught:
        world.client.send("GET", url)
    assert caught.value.code == "foreign-host"
    assert world.client.requests == 0
    assert "evil" not in str(caught.value)


@pytest.mark.parametrize("url", ["//evil.example/me", "/me", "nonsense", "http://evil.example/v1.0/me"])
def test_a_link_can_be_checked_before_it_is_kept(url: str) -> None:
    world = World()
    world.client.check_host(f"{BASE}/me")
    with pytest.raises(SafetyStopError):
        world.client.check_host(url)


@pytest.mark.parametrize("attempts", [1, 2])
def test_what_would_do_harm_twice_can_be_tried_less_often(attempts: int) -> None:
    world = World()
    world.fail(Answer(503), times=-1)
    with pytest.raises(RetryableError) as caught:
        world.client.send_json("POST", "/calendars", json={}, attempts=attempts)
    assert world.client.requests == attempts
    assert str(caught.value).count("1 try") == (attempts == 1)


def test_an_absolute_link_to_the_own_origin_is_followed_with_its_default_port_spelled_out() -> None:
    world = World()
    assert world.client.send("GET", f"{BASE}/me?$skiptoken=1").status == 200


def test_a_refused_token_is_renewed_once_and_the_request_repeated() -> None:
    world = World("stale", "good")
    assert world.client.send("GET", "/me").status == 200
    assert (world.tokens.renewals, world.client.requests, world.waited) == (1, 2, 0)


@pytest.mark.parametrize("service", ["Microsoft", "Google"])
def test_a_second_refusal_asks_for_a_sign_in(service: str) -> None:
    world = World("stale", "staler", service=service)
    with pytest.raises(UserFixableError) as caught:
        world.client.send("GET", "/me")
    assert caught.value.code == f"sign-in-{service.lower()}"
    assert world.client.requests == 2
    assert "stale" not in str(caught.value)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_passing_fault_is_waited_out(status: int) -> None:
    world = World()
    world.fail(Answer(status), times=3)
    assert world.client.send("GET", "/me").status == 200
    assert world.waited == 1 + 2 + 4


def test_a_403_that_means_slow_down_is_waited_out_and_any_other_is_the_callers() -> None:
    world = World()
    world.fail(Answer(403, {}, b"rate"), Answer(403, {}, b"forbidden"))
    assert world.client.send("GET", "/me").status == 403
    assert world.waited == 1


@pytest.mark.parametrize("status", [400, 404, 409, 410, 412])
def test_other_statuses_are_returned_as_they_are(status: int) -> None:
    world = World()
    world.fail(Answer(status))
    assert world.client.send("GET", "/me").status == status
    assert world.client.requests == 1


@pytest.mark.parametrize(
    ("fault", "code", "tries"),
    [
        (Fault(answer=Answer(429), times=-1), "throttled", 8),
        (Fault(answer=Answer(403, {}, b"rate"), times=-1), "throttled", 8),
        (Fault(answer=Answer(503), times=-1), "unavailable", 5),
        (Fault(reset_before=True, times=-1), "unreachable", 5),
    ],
)
def test_a_lasting_fault_ends_after_the_tries_of_one_request(fault: Fault, code: str, tries: int) -> None:
    world = World()
    world.echo.faults.append(fault)
    with pytest.raises(RetryableError) as caught:
        world.client.send("GET", f"/me?$deltatoken={SECRET}", body=SECRET.encode())
    assert caught.value.code == code
    assert world.client.requests == tries
    assert world.waited == 2 ** (tries - 1) - 1
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("answer", [Answer(429), Answer(403, {}, b"rate")])
def test_a_minute_s_quota_that_was_used_up_a_moment_ago_is_waited_out(answer: Answer) -> None:
    world = World(jitter=0.0)
    world.echo.faults.append(Fault(matches=lambda _request: world.waited < 60, answer=answer, times=-1))
    assert world.client.send("GET", "/me").status == 200


def test_a_lost_answer_is_asked_for_again() -> None:
    world = World()
    world.echo.faults.append(Fault(reset_after=True))
    assert world.client.send("GET", "/me").status == 200


def test_waiting_has_a_budget_over_all_requests_of_a_client() -> None:
    world = World(limits=Limits(attempts=100, longest_wait=10, budget=60))
    world.fail(Answer(503), times=-1)
    with pytest.raises(RetryableError) as caught:
        world.client.send("GET", "/me")
    assert caught.value.code == "unavailable"
    assert 50 < world.waited <= 60
    with pytest.raises(RetryableError):
        world.client.backoff(10)


def test_a_redirection_is_never_followed() -> None:
    world = World()
    world.fail(Answer(302, {"location": "http://evil.example/"}))
    with pytest.raises(RetryableError) as caught:
        world.client.send("GET", "/me")
    assert caught.value.code == "redirected"
    assert world.client.requests == 1


@pytest.mark.parametrize("body", [b"<html>busy</html>", b'{"value": [', b"", b"[" * 100_000])
def test_a_success_that_is_not_json_is_tried_again_and_then_given_up(body: bytes) -> None:
    world = World()
    world.fail(Answer(200, {}, body))
    assert world.client.send_json("GET", "/me")[1]["path"] == "/v1.0/me"
    world.fail(Answer(200, {}, body), times=-1)
    with pytest.raises(RetryableError) as caught:
        world.client.send_json("GET", "/me")
    assert caught.value.code == "not-json"


def test_an_error_answer_that_is_not_json_and_an_empty_204_have_no_value() -> None:
    world = World()
    world.fail(Answer(404, {}, b"<html>"), Answer(204))
    assert world.client.send_json("GET", "/me")[1] is None
    assert world.client.send_json("DELETE", "/me")[1] is None


@pytest.mark.parametrize(
    ("header", "waited"),
    [
        ("7", 7),
        ("2.128", 2.128),
        ("0", 1),
        ("-1", 1),
        ("abc", 1),
        ("nan", 1),
        ("1e9", 1),
        ("", 1),
        (formatdate(NOW + 9, usegmt=True), 9),
        (formatdate(NOW - 9, usegmt=True), 1),
        ("Sun, 99 Foo 2026", 1),
    ],
)
def test_retry_after_is_honoured_where_it_makes_sense(header: str, waited: float) -> None:
    world = World()
    world.fail(Answer(429, {"retry-after": header}))
    world.client.send("GET", "/me")
    assert world.waited == pytest.approx(waited)


@pytest.mark.parametrize("header", ["100", "1000000000", "Fri, 31 Dec 9999 23:59:59 GMT", "9" * 400])
def test_a_retry_after_beyond_the_longest_wait_is_not_waited_for(header: str) -> None:
    world = World()
    world.fail(Answer(429, {"retry-after": header}), times=-1)
    with pytest.raises(RetryableError):
        world.client.send("GET", "/me")
    assert world.waited == 0


def test_a_retry_after_of_one_second_for_ever_does_not_keep_the_wait_from_growing() -> None:
    world = World()
    world.fail(Answer(429, {"retry-after": "1"}), times=3)
    world.client.send("GET", "/me")
    assert world.waited == 1 + 2 + 4


def test_members_of_a_batch_wait_by_the_same_rules() -> None:
    world = World()
    world.client.backoff(2)
    assert world.waited == 2
    world.client.backoff(1, Answer(429, {"retry-after": "30"}))
    assert world.waited == 32


def test_no_answer_asks_for_no_wait() -> None:
    assert retry_after(None, NOW) == 0
