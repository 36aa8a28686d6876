"""Asking a sign-in service: a few tries, and nothing of a question or an answer in errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from calmirror.errors import RetryableError
from calmirror.http.message import Answer, ConnectionBrokenError, Request
from calmirror.http.retry_after import retry_after
from calmirror.tokens.model import SignIn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from calmirror.http.message import Clock, Transport
    from calmirror.tokens.model import Service

ATTEMPTS = 3
LONGEST_WAIT = 30.0
HOUR = 3600
"""Seconds that an access token lives where the service does not say."""


class Endpoint:
    """Sends requests to the sign-in service, again where it is not available or cannot be reached.

    Repeating does no harm: a code that was spent already is refused, and a refresh token can be used twice.
    """

    def __init__(self, transport: Transport, clock: Clock, service: Service) -> None:
        self.clock = clock
        self.service = service
        self._transport = transport

    def post(self, url: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Answer:
        """The answer to a form, whatever it says, unless it is `sign-in-unavailable`."""
        kind = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
        return self._sent(Request("POST", url, {**(headers or {}), **kind}, urlencode(fields).encode()))

    def document(self, url: str) -> Answer:
        """A public document, or whatever else is answered, unless it is `sign-in-unavailable`."""
        return self._sent(Request("GET", url))

    def _sent(self, request: Request) -> Answer:
        for attempt in range(1, ATTEMPTS + 1):
            wait = 2.0 ** (attempt - 1)
            try:
                answer = self._transport.send(request)
            except ConnectionBrokenError as error:
                why, cure = f"cannot be reached ({error})", error.cure
            else:
                if answer.status != 429 and answer.status < 500:
                    return answer
                why, cure = f"is not available ({answer.status})", None
                wait = max(wait, retry_after(answer, self.clock.now()))
            if attempt == ATTEMPTS or wait > LONGEST_WAIT:
                break
            self.clock.sleep(wait)
        raise unavailable(self.service, why, cure)


def unavailable(service: Service, why: str, cure: str | None = None) -> RetryableError:
    """The error of a sign-in service that is in trouble; no sign-in is lost by it."""
    return RetryableError(
        f"The sign-in service of {service} {why}",
        code="sign-in-unavailable",
        meaning="The sign-in is still there. What was written is remembered; the next run goes on from there.",
        command=cure,
    )


def seconds_in(fields: Mapping[str, Any], name: str, otherwise: int = 0) -> int:
    """How many seconds a field says; services write them as numbers or as text."""
    try:
        return int(fields[name])
    except (LookupError, TypeError, ValueError):
        return otherwise


def granted(fields: Mapping[str, Any], now: float, *, made_for: str, account: str, signed_in_at: float) -> SignIn:
    """The sign-in that the fields of a token answer stand for, given at `now`."""
    return SignIn(
        made_for=made_for,
        access_token=str(fields["access_token"]),
        expires_at=now + seconds_in(fields, "expires_in", HOUR),
        signed_in_at=signed_in_at,
        refreshed_at=now,
        refresh_token=str(fields.get("refresh_token") or ""),
        scopes=tuple(str(fields.get("scope") or "").split()),
        account=account,
    )


def fields_of(answer: Answer) -> dict[str, Any]:
    """The JSON object of an answer; empty where it is none."""
    try:
        content = answer.json()
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
