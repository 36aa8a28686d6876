"""The way to both services: names, proxies, certificates; and whether this machine's clock agrees with theirs."""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from calmirror.cli.checks.finding import Finding, fine, note, wrong
from calmirror.errors import RetryableError
from calmirror.http.message import Answer, Clock, ConnectionBrokenError, Request, Transport
from calmirror.http.proxies import proxy_for

TOLERATED = 60.0
"""Seconds of difference that no token minds."""
REFUSED = 300.0
"""Seconds from which on sign-ins are refused: a token would seem to be from the future."""


class Way:
    """The way to one service.

    Args:
        service: "Microsoft" or "Google".
        url: any address of it; it is asked without a token, and whatever it answers will do.
    """

    def __init__(self, transport: Transport, clock: Clock, *, service: str, url: str) -> None:
        self._transport = transport
        self._clock = clock
        self._service = service
        self._url = url

    def check(self) -> Iterator[Finding]:
        """Whether an answer comes, and when it says that it was given."""
        host = urlsplit(self._url).hostname or ""
        proxy = proxy_for(self._url)
        through = f" through the proxy {urlsplit(proxy).hostname}" if proxy else ""
        subject = f"way to {self._service}"
        try:
            answer = self._transport.send(Request("GET", self._url))
        except ConnectionBrokenError as error:
            yield wrong(subject, f"{host} cannot be reached{through}: {error}.", self._cure(proxy), UNREACHABLE)
            return
        yield fine(subject, f"{host} answers{through}")
        yield from self._clocks(answer)

    def _cure(self, proxy: str) -> str:
        first = "the proxy in HTTPS_PROXY" if proxy else "the network, and HTTPS_PROXY where there is a proxy"
        return f"Check {first}; for a certificate of your company's own: ca_file of [network]"

    def _clocks(self, answer: Answer) -> Iterator[Finding]:
        try:
            theirs = parsedate_to_datetime(answer.headers.get("date", "")).timestamp()
        except ValueError:
            return
        apart = self._clock.now() - theirs
        if abs(apart) <= TOLERATED:
            yield fine("clock", f"agrees with {self._service}'s")
            return
        what = f"this machine is {_amount(apart)} {'ahead of' if apart > 0 else 'behind'} {self._service}"
        cure = "Let the system keep time; on Linux: timedatectl set-ntp true"
        yield wrong("clock", what, cure) if abs(apart) > REFUSED else note("clock", what, cure)


UNREACHABLE = RetryableError.exit_code


def _amount(seconds: float) -> str:
    minutes, rest = divmod(round(abs(seconds)), 60)
    return f"{minutes} min {rest} s" if minutes < 600 else f"{minutes // 60} hours"
