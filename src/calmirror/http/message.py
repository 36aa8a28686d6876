"""The seam: a request in, an answer out. Real sockets and the in-process sandbox both plug in here."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request: absolute `url`, header names in lower case."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer: header names in lower case, the body decompressed."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> Any:
        """The body as JSON; raises ValueError where it is not."""
        return json.loads(self.body)


class ConnectionBrokenError(OSError):
    """No whole answer came: refused, reset, timed out, cut off. Whether it took effect is unknown."""

    cure: ClassVar[str | None] = None
    """What a person can do, where waiting does not help."""


class UntrustedError(ConnectionBrokenError):
    """Nobody vouches for the other side's certificate, or TLS did not come about: nothing was sent."""

    cure = "For a certificate of your company's own: ca_file of [network] in calmirror.toml. Then: calmirror doctor"


class Transport(Protocol):
    """Sends one request and waits for its whole answer; never retries, redirects or raises for a status."""

    def send(self, request: Request) -> Answer:
        """Returns the answer, whatever its status; raises ConnectionBrokenError where none came."""
        ...


class Clock(Protocol):
    """Time for everything that is not pure: the wall clock in UNIX seconds (UTC), and waiting."""

    def now(self) -> float:
        """Seconds since 1970-01-01 UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Waits; a controlled clock moves itself on instead."""
        ...
