"""One service's client: bearer token, bounded retries, and nothing sent to any other host.

No token, body or query of a URL goes into an error or a log from here.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from json import dumps
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from calmirror.errors import UNTOUCHED, RetryableError, SafetyStopError, UserFixableError
from calmirror.http.message import Answer, Clock, ConnectionBrokenError, Request, Transport
from calmirror.http.retry_after import retry_after

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

UNAVAILABLE = frozenset({500, 502, 503, 504})
RESUMED = "What was already written is remembered; the next run goes on from there."


@dataclass(frozen=True, slots=True)
class Limits:
    """How long one client tries. All waits are seconds and above 0."""

    attempts: int = 5
    """Tries of one request."""
    slowed_attempts: int = 8
    """Tries of one that is asked to slow down: the waits between outlast the minute over which Google counts."""
    first_wait: float = 1.0
    """Doubled with each try, jittered."""
    longest_wait: float = 64.0
    """Of one wait; a service that asks for more is given up at once."""
    budget: float = 180.0
    """Of all waits of one client."""


class TokenSource(Protocol):
    """Where bearer tokens come from."""

    @property
    def cure(self) -> str:
        """What a person types or does when the service takes none of its tokens."""
        ...

    def token(self) -> str:
        """A bearer token, cached."""
        ...

    def renew(self) -> str:
        """A new token, after the service refused the cached one."""
        ...


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a try has to be repeated: the error's code and what happened."""

    code: str
    what: str
    answer: Answer | None = None
    cure: str | None = None


def never(_answer: Answer) -> bool:
    """No answer means a rate limit beyond what its status says."""
    return False


class Client:
    """Sends requests to one service. One thread at a time.

    Args:
        base_url: what a path is appended to; its origin is the only one that requests and the token go to.
        service: "Microsoft" or "Google", as errors name it.
        throttled: which other answers mean "too many requests" (Google also says it with a 403).
        jitter: a random number in [0, 1).
    """

    def __init__(
        self,
        transport: Transport,
        clock: Clock,
        *,
        base_url: str,
        service: str,
        tokens: TokenSource,
        throttled: Callable[[Answer], bool] = never,
        limits: Limits = Limits(),
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.requests = 0
        """Requests sent so far, retries included."""
        self._transport = transport
        self._clock = clock
        self._service = service
        self._tokens = tokens
        self._throttled = throttled
        self._limits = limits
        self._jitter = jitter
        self._waited = 0.0

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        json: object | None = None,
    ) -> Answer:
        """Sends one request, again where that may help, and returns the answer that settles it.

        A request whose answer was lost is repeated, so it must do no harm when it takes effect twice.

        Args:
            url: absolute, or a path beginning with "/" that is appended to the base URL.
            json: becomes the body.

        Raises:
            SafetyStopError: `foreign-host`; nothing was sent.
            UserFixableError: `sign-in-microsoft` or `sign-in-google`: a new token was refused, too.
            RetryableError: `throttled`, `unavailable`, `unreachable` or `redirected`.
        """
        return self._settled(self._request(method, url, headers, body, json), self._failure)

    def send_json(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        json: object | None = None,
        attempts: int | None = None,
    ) -> tuple[Answer, Any]:
        """As `send`, with the parsed body; None for a 204 and for an error answer that is not JSON.

        Args:
            attempts: fewer tries than usual, for what would do harm if it took effect twice.

        Raises:
            RetryableError: also `not-json`: a success that is a web page or was cut off, again and again.
        """
        answer = self._settled(self._request(method, url, headers, body, json), self._json_failure, attempts)
        return answer, parsed(answer)[0]

    def backoff(self, attempt: int, answer: Answer | None = None) -> None:
        """Waits once, as after try number `attempt` (from 1) that was answered so; for members of a batch.

        Raises:
            RetryableError: the wait is too long or the budget is used up.
        """
        failure = self._failure(answer) if answer else None
        self._wait(attempt, failure or Failure("throttled", f"{self._service} asks to slow down", answer))

    def _request(
        self, method: str, url: str, headers: Mapping[str, str] | None, body: bytes, json: object | None
    ) -> Request:
        url = self.base_url + url if url.startswith("/") else url
        self.check_host(url)
        lower = {name.lower(): value for name, value in (headers or {}).items()}
        if json is not None:
            body = dumps(json, separators=(",", ":")).encode()
            lower.setdefault("content-type", "application/json")
        return Request(method, url, lower, body)

    def check_host(self, url: str) -> None:
        """Raises SafetyStopError for an address that this client would never send anything to."""
        if origin(url) is None or origin(url) != origin(self.base_url):
            raise SafetyStopError(
                f"{self._service} pointed to an address outside of {urlsplit(self.base_url).hostname}",
                code="foreign-host",
                meaning="Nothing was sent there. " + UNTOUCHED,
                command="Check graph_url and api_url in calmirror.toml, then: calmirror calendars",
            )

    def _settled(
        self, request: Request, failed: Callable[[Answer], Failure | None], attempts: int | None = None
    ) -> Answer:
        attempt = 1
        while isinstance(result := self._tried(request, failed), Failure):
            if attempt >= (attempts or self._most_attempts(result)):
                raise given_up(result, f"after {attempt} " + ("tries" if attempt > 1 else "try"))
            self._wait(attempt, result)
            attempt += 1
        return result

    def _most_attempts(self, failure: Failure) -> int:
        return self._limits.slowed_attempts if failure.code == "throttled" else self._limits.attempts

    def _tried(self, request: Request, failed: Callable[[Answer], Failure | None]) -> Answer | Failure:
        try:
            answer = self._authorized(request)
        except ConnectionBrokenError as error:
            return Failure("unreachable", f"{self._service} cannot be reached ({error})", cure=error.cure)
        return failed(answer) or answer

    def _authorized(self, request: Request) -> Answer:
        answer = self._sent(request, self._tokens.token())
        if answer.status == 401:
            answer = self._sent(request, self._tokens.renew())
        if answer.status == 401:
            raise UserFixableError(
                f"{self._service} does not accept the sign-in any more",
                code=f"sign-in-{self._service.lower()}",
                meaning=RESUMED,
                command=self._tokens.cure,
            )
        return answer

    def _sent(self, request: Request, token: str) -> Answer:
        headers = {**request.headers, "authorization": f"Bearer {token}"}
        self.requests += 1
        return self._transport.send(Request(request.method, request.url, headers, request.body))

    def _failure(self, answer: Answer) -> Failure | None:
        if 300 <= answer.status < 400:
            what = f"{self._service} answered with a redirection ({answer.status}), which is never followed"
            raise given_up(Failure("redirected", what))
        if answer.status == 429 or self._throttled(answer):
            return Failure("throttled", f"{self._service} asks to slow down ({answer.status})", answer)
        if answer.status in UNAVAILABLE:
            return Failure("unavailable", f"{self._service} is not available ({answer.status})", answer)
        return None

    def _json_failure(self, answer: Answer) -> Failure | None:
        failure = self._failure(answer)
        if failure is None and 200 <= answer.status < 300 and not parsed(answer)[1]:
            return Failure("not-json", f"{self._service} answered with something that is not JSON", answer)
        return failure

    def _wait(self, attempt: int, failure: Failure) -> None:
        limits = self._limits
        doubled = min(limits.first_wait * 2 ** min(attempt - 1, 30), limits.longest_wait)
        # Graph says "1" again and again while a mailbox is busy, so our own wait keeps growing beneath it.
        wait = max(doubled * (0.5 + self._jitter() / 2), retry_after(failure.answer, self._clock.now()))
        if wait > limits.longest_wait:
            raise given_up(failure, "and for longer than a run waits")
        if self._waited + wait > limits.budget:
            raise given_up(failure, f"after {self._waited:.0f} seconds of waiting")
        self._waited += wait
        self._clock.sleep(wait)


def given_up(failure: Failure, how_long: str = "") -> RetryableError:
    """The error of a failure that lasted."""
    what = f"{failure.what} {how_long}".rstrip()
    return RetryableError(what, code=failure.code, meaning=RESUMED, command=failure.cure)


def parsed(answer: Answer) -> tuple[Any, bool]:
    """The body as JSON and whether it is; a 204 has none and is fine."""
    if answer.status == 204:
        return None, True
    try:
        return answer.json(), True
    except (ValueError, RecursionError):
        return None, False


def origin(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port; None for anything that two parsers could read differently."""
    if not url.isprintable():
        return None
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    except ValueError:
        return None
    if "@" in parts.netloc or not parts.hostname or not port:
        return None
    return parts.scheme, parts.hostname, port
