"""The server of published calendars: an address for each, validators or none, and whatever a test wants it to say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from calmirror.http.message import Answer, Request
from calmirror.sandbox.ics.render import feed
from calmirror.sandbox.service import Exchange, SandboxClock, Service

if TYPE_CHECKING:
    from calmirror.sandbox.graph.mailbox import Mailbox

BASE = "https://outlook.sandbox"


@dataclass(slots=True)
class FeedSwitches:
    """What public sources leave open."""

    etag: bool = True
    last_modified: bool = False
    date: bool = True
    """Answers tell the server's time."""
    back_days: int = 90
    """The period that is published, around today."""
    ahead_days: int = 365
    new_uids: bool = False
    """Every answer has other UIDs."""


@dataclass(slots=True)
class Shared:
    """A mailbox's calendar that is published."""

    mailbox: Mailbox
    calendar: str


class FeedService(Service):
    """Answers GET on published addresses."""

    def __init__(self, clock: SandboxClock, *, base_url: str = BASE, switches: FeedSwitches | None = None) -> None:
        super().__init__(name="ics", base_url=base_url, clock=clock)
        self.switches = switches or FeedSwitches()
        self._published: dict[str, Shared] = {}
        self._raw: dict[str, tuple[bytes, float]] = {}
        self._moved: dict[str, str] = {}
        self._answers = 0
        self._told: dict[str, tuple[bytes, int, float]] = {}
        """Of each published path: what was last answered, how many changes led to it, and when it had changed."""

    def publish(self, mailbox: Mailbox, calendar: str | None = None) -> str:
        """Publishes a calendar; its address."""
        token = sha256(f"{mailbox.address}/{calendar}".encode()).hexdigest()
        path = f"/owa/calendar/{token[:32]}@example.org/{token[32:]}/calendar.ics"
        self._published[path] = Shared(mailbox, calendar or mailbox.default_calendar)
        return self.base_url + path

    def put(self, body: bytes | str, path: str = "/feed.ics") -> str:
        """Serves these bytes from now on; their address."""
        self._raw[path] = (body.encode() if isinstance(body, str) else body, self.clock.now())
        return self.base_url + path

    def move(self, path: str, location: str) -> str:
        """Redirects a path; its address."""
        self._moved[path] = location
        return self.base_url + path

    def period(self) -> tuple[datetime, datetime]:
        """Beginning and end of what is published of a calendar now."""
        now = datetime.fromtimestamp(self.clock.now(), UTC)
        return now - timedelta(self.switches.back_days), now + timedelta(self.switches.ahead_days)

    def body(self, address: str) -> bytes:
        """What is served there now."""
        found = self._body(urlsplit(address).path)
        assert found is not None, "only what is served is looked at"
        return found[0]

    def respond(self, request: Request, exchange: Exchange) -> Answer:
        """The feed, or that it is the same."""
        del exchange
        path = urlsplit(request.url).path
        if path in self._moved:
            return Answer(302, {"location": self._moved[path]})
        found = self._body(path)
        if found is None:
            return Answer(404, {"content-type": "text/html"}, b"<html><body>Not found</body></html>")
        body, modified = found
        return self._answer(request, body, modified)

    def _body(self, path: str) -> tuple[bytes, float] | None:
        if path in self._raw:
            return self._raw[path]
        shared = self._published.get(path)
        if shared is None:
            return None
        start, end = self.period()
        name = shared.mailbox.calendars[shared.calendar].name
        self._answers += 1
        text = feed(shared.mailbox, shared.calendar, start=start, end=end, now=self.clock.now(), name=name)
        modified = self._modified(path, shared, stable(text.encode()))
        if self.switches.new_uids:
            text = text.replace("\r\nUID:", f"\r\nUID:answer-{self._answers}-")
        return text.encode(), modified

    def _modified(self, path: str, shared: Shared, text: bytes) -> float:
        """When the text changed: with the last edit or, where there was none, with the period that is published."""
        edits = [change.at for change in shared.mailbox.log if change.calendar == shared.calendar]
        before, count, modified = self._told.get(path, (b"", 0, 0.0))
        if text != before:
            modified = edits[-1] if len(edits) > count else self.clock.now()
        self._told[path] = text, len(edits), modified
        return modified

    def _answer(self, request: Request, body: bytes, modified: float) -> Answer:
        headers = {"content-type": "text/calendar; charset=utf-8"}
        if self.switches.date:
            headers["date"] = formatdate(self.clock.now(), usegmt=True)
        if self.switches.etag:
            headers["etag"] = f'"{sha256(stable(body)).hexdigest()[:16]}"'
        if self.switches.last_modified:
            headers["last-modified"] = formatdate(modified, usegmt=True)
        asked = request.headers
        # RFC 9110, 13.1.3: whoever understands If-None-Match ignores If-Modified-Since.
        if self.switches.etag and "if-none-match" in asked:
            same = headers["etag"] == asked["if-none-match"]
        else:
            same = headers.get("last-modified") == asked.get("if-modified-since", "-")
        return Answer(304, headers) if same else Answer(200, headers, body)


def stable(body: bytes) -> bytes:
    """A feed without the time of the answer."""
    return b"\n".join(line for line in body.splitlines() if not line.startswith(b"DTSTAMP"))
