"""Fetching a published calendar: only what changed, redirections within bounds, and never a word of its address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from calmirror.errors import RetryableError, UserFixableError
from calmirror.http.client import UNAVAILABLE, origin
from calmirror.http.hosts import addresses_of, is_private
from calmirror.http.message import ConnectionBrokenError, Request
from calmirror.http.proxies import is_loopback
from calmirror.http.retry_after import retry_after, seconds_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from calmirror.http.message import Answer, Clock, Transport

TRIES = 3
FIRST_WAIT = 2.0
LONGEST_WAIT = 60.0
"""Seconds; a server that asks for more is left alone until the next run."""
MOST_REDIRECTIONS = 5
MOVED = frozenset({301, 302, 303, 307, 308})
WHERE = "source of the mirror in calmirror.toml"


@dataclass(frozen=True, slots=True)
class Fetched:
    """A feed as it came, and what the server takes to say that it is still the same."""

    body: bytes
    etag: str = ""
    modified: str = ""


class FeedClient:
    """Fetches one address. It sends no credentials; the address itself is one, so no error and no log holds it.

    Args:
        address: https, or http on this machine.
        lookup: the addresses of a host's name.
    """

    def __init__(
        self,
        transport: Transport,
        clock: Clock,
        address: str,
        *,
        lookup: Callable[[str], Iterable[str]] = addresses_of,
    ) -> None:
        self.requests = 0
        """Requests sent so far, redirections and repetitions included."""
        self._transport = transport
        self._clock = clock
        self._address = address
        self._lookup = lookup

    def fetch(self, etag: str = "", modified: str = "") -> Fetched | None:
        """The feed; None when the server says that it is still the one with this etag or date.

        Raises:
            UserFixableError: `feed-gone` or `feed-forbidden`.
            RetryableError: `throttled`, `unavailable`, `unreachable`, `redirected` or `feed-odd`.
        """
        asked = {"if-none-match": etag, "if-modified-since": modified}
        headers = {"accept": "text/calendar, */*;q=0.1"} | {name: value for name, value in asked.items() if value}
        answer = self._settled(headers)
        if answer.status == 200:
            return Fetched(answer.body, answer.headers.get("etag", ""), lasting_date(answer))
        if answer.status == 304 and (etag or modified):
            return None
        raise refusal(answer)

    def _settled(self, headers: dict[str, str]) -> Answer:
        for attempt in range(1, TRIES + 1):
            try:
                answer = self._followed(headers)
            except ConnectionBrokenError as error:
                what = f"The published calendar cannot be reached ({error})"
                failure = RetryableError(what, code="unreachable", command=error.cure)
                wait = 0.0
            else:
                if answer.status not in UNAVAILABLE | {429}:
                    return answer
                failure, wait = busy(answer), retry_after(answer, self._clock.now())
            if attempt == TRIES or wait > LONGEST_WAIT:
                raise failure
            self._clock.sleep(max(wait, FIRST_WAIT**attempt))
        raise AssertionError("the last try returns or raises")

    def _followed(self, headers: dict[str, str]) -> Answer:
        url = self._address
        for _ in range(MOST_REDIRECTIONS + 1):
            self.requests += 1
            answer = self._transport.send(Request("GET", url, headers))
            if answer.status not in MOVED:
                return answer
            url = self._next(url, answer.headers.get("location", ""))
        raise redirected("in circles")

    def _next(self, url: str, location: str) -> str:
        """Where a redirection leads, if one may go there."""
        there = urljoin(url, location)
        found = origin(there)
        if not location or found is None:
            raise redirected("to nowhere")
        scheme, host, _ = found
        own = urlsplit(self._address).hostname or ""
        if scheme != "https" and not (scheme == "http" and is_loopback(host) and is_loopback(own)):
            raise redirected("to an address that is not https")
        if is_private(host, self._lookup) and not is_private(own, self._lookup):
            raise redirected("to an address of a private network")
        return there


def lasting_date(answer: Answer) -> str:
    """The date of the last change, "" where another one may follow with the same date.

    It counts seconds: only of one that is a second before the answer itself nothing else can come (RFC 9110, 8.8.2.2).
    """
    modified = answer.headers.get("last-modified", "")
    changed, answered = seconds_until(modified, 0), seconds_until(answer.headers.get("date", ""), 0)
    return modified if 0 < changed <= answered - 1 else ""


def redirected(where: str) -> RetryableError:
    """The error for a redirection that is not followed."""
    return RetryableError(
        f"The published calendar's address leads {where}, which is not followed",
        code="redirected",
        command=f"If it lasts: publish the calendar again and correct {WHERE}",
    )


def busy(answer: Answer) -> RetryableError:
    """The error for a server that asks to come back later."""
    if answer.status == 429:
        return RetryableError("The published calendar's server asks to slow down (429)", code="throttled")
    return RetryableError(f"The published calendar is not available ({answer.status})", code="unavailable")


def refusal(answer: Answer) -> RetryableError | UserFixableError:
    """The error that an answer means."""
    if answer.status in (404, 410):
        return UserFixableError(
            f"There is no published calendar at the address any more ({answer.status})",
            code="feed-gone",
            command=f"Publish the calendar again in Outlook and correct {WHERE}",
        )
    if answer.status in (401, 403):
        return UserFixableError(
            f"The published calendar may not be read ({answer.status})",
            code="feed-forbidden",
            command=f"Publish the calendar again in Outlook and correct {WHERE}",
        )
    return RetryableError(f"The published calendar's server gave an odd answer ({answer.status})", code="feed-odd")
