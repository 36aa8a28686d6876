"""What both stand-ins have in common: a request becomes an answer, counted, timed, and faulty when asked to be."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from calmirror.http.message import Answer, ConnectionBrokenError, Request


class SandboxClock:
    """Real time plus an offset that can be moved; with `frozen_at` it stands still until moved."""

    def __init__(self, frozen_at: float | None = None) -> None:
        self._frozen = frozen_at
        self._offset = 0.0

    def now(self) -> float:
        """UNIX seconds, UTC."""
        return (time.time() if self._frozen is None else self._frozen) + self._offset

    def advance(self, seconds: float) -> None:
        """Moves time on (or back)."""
        self._offset += seconds

    def sleep(self, seconds: float) -> None:
        """A frozen clock moves itself on; a real one waits."""
        if self._frozen is None:
            time.sleep(seconds)
        else:
            self.advance(seconds)


@dataclass(slots=True)
class Exchange:
    """One line of the request log. `units` is what it costs of the service's quota (a batch of n counts n)."""

    at: float
    method: str
    path: str
    query: dict[str, str]
    request: Request
    status: int = 0
    sent_bytes: int = 0
    units: int = 1
    parts: list[Exchange] = field(default_factory=list)
    """The members of a batch, in the order they were carried out."""


@dataclass(slots=True)
class Fault:
    """Something that goes wrong for the next `times` requests that match; -1 is for ever.

    `matches` sees the request (of a batch also each member, when `inside_batch`). Exactly one of these happens:
    `answer`: this is answered instead; `reset_before`: the connection breaks and nothing took effect;
    `reset_after`: it took effect, then the connection breaks; `answer_after`: it took effect, then this is
    answered; `alter`: it took effect, then the answer is what this makes of it; `truncate`: only that many bytes of
    the true answer arrive.
    """

    matches: Callable[[Request], bool] = lambda _request: True
    answer: Answer | None = None
    answer_after: Answer | None = None
    reset_before: bool = False
    reset_after: bool = False
    alter: Callable[[Request, Answer], Answer] | None = None
    truncate: int | None = None
    times: int = 1
    inside_batch: bool = False
    delay: float = 0.0
    seen: int = 0

    def takes(self, request: Request, *, inside_batch: bool) -> bool:
        """Whether it strikes now; counts down when it does."""
        if self.times == 0 or self.inside_batch != inside_batch or not self.matches(request):
            return False
        self.times -= self.times > 0
        self.seen += 1
        return True


@dataclass(slots=True)
class Grant:
    """What one access token may do. `client` is the app that it was given to."""

    scopes: frozenset[str]
    client: str = "calmirror"
    user: str = ""
    expires_at: float = float("inf")


class Service:
    """One stand-in: subclasses say how a request is answered (`respond`); this counts, locks and breaks it."""

    def __init__(self, *, name: str, base_url: str, clock: SandboxClock) -> None:
        self.name = name
        self.base_url = base_url.rstrip("/")
        self.clock = clock
        self.log: list[Exchange] = []
        self.faults: list[Fault] = []
        self.grants: dict[str, Grant] = {}
        self.lock = threading.RLock()

    def answer(self, request: Request) -> Answer:
        """Answers one request; raises ConnectionBrokenError where a fault breaks the connection."""
        with self.lock:
            exchange = self.record(request)
            self.log.append(exchange)
            answer = self.faulty(request, lambda: self.respond(request, exchange), inside_batch=False)
            exchange.status = answer.status
            exchange.sent_bytes = len(answer.body)
            return answer

    def respond(self, request: Request, exchange: Exchange) -> Answer:
        """The true answer; a batch adds its members to `exchange.parts` and sets `exchange.units`."""
        raise NotImplementedError

    def record(self, request: Request) -> Exchange:
        """The log line of a request, not yet in the log."""
        url = urlsplit(request.url)
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        path = unquote(url.path)
        return Exchange(at=self.clock.now(), method=request.method, path=path, query=query, request=request)

    def faulty(self, request: Request, respond: Callable[[], Answer], *, inside_batch: bool) -> Answer:
        """The answer as the first matching fault lets it through; batch members come here too."""
        fault = next((f for f in self.faults if f.takes(request, inside_batch=inside_batch)), None)
        if fault is None:
            return respond()
        if fault.delay:
            self.clock.sleep(fault.delay)
        if fault.reset_before:
            raise ConnectionBrokenError("the connection was reset")
        if fault.answer is not None:
            return fault.answer
        answer = respond()
        if fault.reset_after:
            raise ConnectionBrokenError("the connection was reset")
        if fault.answer_after is not None:
            return fault.answer_after
        if fault.alter is not None:
            return fault.alter(request, answer)
        if fault.truncate is not None:
            return Answer(answer.status, answer.headers, answer.body[: fault.truncate])
        return answer

    def grant(self, token: str, scopes: Iterable[str], **more: str | float) -> None:
        """Makes a bearer token valid."""
        self.grants[token] = Grant(frozenset(scopes), **more)  # type: ignore[arg-type]

    def granted(self, request: Request) -> Grant | None:
        """What the request's bearer token may do; None where it is missing, unknown or expired."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        grant = self.grants.get(token.strip()) if kind.lower() == "bearer" else None
        return grant if grant and grant.expires_at > self.clock.now() else None
