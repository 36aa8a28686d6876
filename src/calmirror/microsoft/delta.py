"""One whole round of `calendarView/delta`: links followed word for word, and never for ever."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from calmirror.errors import RetryableError
from calmirror.http.client import origin
from calmirror.microsoft.addresses import LARGE_PAGE, USUAL_PAGE, calendar_path, in_window, read_headers
from calmirror.microsoft.collect import Collector
from calmirror.microsoft.members import Members
from calmirror.microsoft.reads import MOST_PAGES, endless_pages, entries_of, odd_answer
from calmirror.microsoft.refusal import is_dead_cursor, refusal
from calmirror.microsoft.series import read_events
from calmirror.model.source import CursorLostError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from calmirror.http.client import Client
    from calmirror.model.source import Round
    from calmirror.model.times import Window

MOST_EMPTY_PAGES = 20
SAME_PAGE_TIMES = 3


class Staging(Protocol):
    """Where the pages of an unfinished full round wait for the next run.

    One staging belongs to one calendar and one window. Its pages may be dropped as soon as the finished round
    is committed; `round` drops them itself only when they turn out to be of no use.
    """

    def load(self) -> tuple[str, Iterable[bytes]]:
        """The link to go on with and the pages before it, to be gone through once; "" when there is nothing."""
        ...

    def add(self, next_link: str, page: bytes) -> None:
        """Keeps one page and the link that follows it."""
        ...

    def drop(self) -> None:
        """Forgets all pages."""
        ...


class EndlessPagesError(Exception):
    """The pages of a round go round in circles."""


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of a round: what it says and the one link that follows it."""

    body: bytes
    entries: tuple[Mapping[str, Any], ...]
    next_link: str
    delta_link: str

    @classmethod
    def read(cls, body: bytes) -> Page:
        """A page from its JSON; raises RetryableError `odd-answer` where it is none."""
        raw = json.loads(body)
        members = Members(raw)
        next_link, delta_link = members.text("@odata.nextLink"), members.text("@odata.deltaLink")
        if not isinstance(raw, dict) or bool(next_link) == bool(delta_link):
            raise odd_answer("a page without its one link")
        return cls(body, entries_of(raw), next_link, delta_link)

    @property
    def fingerprint(self) -> int:
        """Equal for pages that say the same, in whatever order."""
        said = (tuple(str(raw.get(name)) for name in ("id", "@odata.etag", "@removed")) for raw in self.entries)
        return hash(tuple(sorted(said)))


class CircleGuard:
    """Notices that pages go on without getting anywhere."""

    def __init__(self) -> None:
        self._links: set[str] = set()
        self._fingerprints: Counter[int] = Counter()
        self._empty = 0

    def check(self, link: str, page: Page) -> None:
        """Takes the page that `link` led to; raises EndlessPagesError."""
        self._links.add(link)
        self._empty = 0 if page.entries else self._empty + 1
        fingerprint = page.fingerprint
        self._fingerprints[fingerprint] += bool(page.entries)
        circling = page.next_link in self._links or self._fingerprints[fingerprint] >= SAME_PAGE_TIMES
        if page.next_link and (circling or self._empty >= MOST_EMPTY_PAGES or len(self._links) >= MOST_PAGES):
            raise EndlessPagesError


class DeltaRound:
    """One round, from its first page or from staged ones, to its delta link."""

    def __init__(self, client: Client, calendar_id: str, window: Window, cursor: str, staged: Staging | None) -> None:
        self._client = client
        self._calendar_id = calendar_id
        self._window = window
        self._cursor = cursor
        self._start = cursor or in_window(f"{calendar_path(calendar_id)}/calendarView/delta", window)
        self._staged = None if cursor else staged

    def read(self) -> Round:
        """The finished round.

        A circle is tried once more with large pages; a full round that loses its place starts over once (and
        once more when the place was a staged one).

        Raises:
            CursorLostError: an incremental round's cursor, or a link that followed from it, is dead.
            RetryableError: `endless-pages`, `cursor-lost` or `odd-answer`.
            UserFixableError: the calendar cannot be read; see `refusal`.
        """
        page_size = USUAL_PAGE
        link, bodies = self._staged.load() if self._staged else ("", [])
        restarts = 2 if link else 1
        while True:
            try:
                return self._walk(page_size, link, bodies)
            except EndlessPagesError as error:
                if page_size == LARGE_PAGE:
                    raise endless_pages() from error
                page_size = LARGE_PAGE
            except CursorLostError as error:
                if self._cursor:
                    raise
                if not restarts:
                    raise lost_again() from error
                restarts -= 1
            if self._staged:
                self._staged.drop()
            link, bodies = "", []

    def _walk(self, page_size: int, link: str, bodies: Iterable[bytes]) -> Round:
        collected = Collector()
        self._check_kept(link or self._start)
        for body in bodies if link else ():
            collected.add(staged_page(body).entries)
        delta_link = ""
        for page in self._pages(link or self._start, page_size):
            collected.add(page.entries)
            if self._staged and page.next_link:
                self._staged.add(page.next_link, page.body)
            delta_link = page.delta_link
        if collected.contested:
            for one, read in read_events(self._client, self._calendar_id, collected.contested).items():
                collected.settle(one, read, self._window)
        return collected.finished(full=not self._cursor, window=self._window, cursor=delta_link)

    def _check_kept(self, link: str) -> None:
        """A link that an earlier run kept may name the service by another address than the configuration does now.

        It would be refused as a stranger's, and the sign-in is not sent there.
        """
        if "://" in link and origin(link) != origin(self._client.base_url):
            raise CursorLostError

    def _pages(self, link: str, page_size: int) -> Iterator[Page]:
        guard = CircleGuard()
        while link:
            page = self._page(link, page_size)
            guard.check(link, page)
            yield page
            link = page.next_link

    def _page(self, link: str, page_size: int) -> Page:
        answer, _ = self._client.send_json("GET", link, headers=read_headers(page_size))
        if answer.status == 200:
            page = Page.read(answer.body)
            self._client.check_host(page.next_link or page.delta_link)
            return page
        # How a dead link of Microsoft's own is refused is not settled: a full round tells whether it was that.
        given = bool(self._cursor) or link != self._start
        if is_dead_cursor(answer) or (given and answer.status in (400, 404, 410)):
            raise CursorLostError
        raise refusal(answer)


def staged_page(body: bytes) -> Page:
    """A page from the staging; one that cannot be read makes the whole staging worthless."""
    try:
        return Page.read(body)
    except (ValueError, RetryableError) as error:
        raise CursorLostError from error


def lost_again() -> RetryableError:
    """The error for a full round that cannot be finished."""
    return RetryableError("Microsoft lost its place in the calendar again and again", code="cursor-lost")
