"""How much of time a published calendar covers, judged from what it lists now.

Outlook publishes a period around today that its owner chose and may change, and does not say which. What lies outside
of it is not missing. Single events tell the period: every one of them within it is listed. A series, or a changed
occurrence of one, is listed with times from long before it; an event far away from all others tells nothing, either.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from calmirror.model.times import Window, as_instant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from calmirror.model.times import Span

SLACK = timedelta(days=2)
"""The period's beginning moves on by whole days, at whatever midnight."""
GAP_BACK, GAP_AHEAD = timedelta(days=31), timedelta(days=185)
"""How far an event may be from the one before it to be of the same period. Going back a doubt costs nothing: what is
past stays."""
ALL = Window(datetime(1602, 1, 1, tzinfo=UTC), datetime(4500, 1, 1, tzinfo=UTC))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """What is remembered of a feed: what tells that it is the same, and what it covered, in seconds since 1970.

    `once` is the latest end that it ever covered: what it listed then and does not list now may have been deleted, or
    the period become shorter.
    """

    etag: str = ""
    modified: str = ""
    digest: str = ""
    start: float = 0.0
    end: float = 0.0
    once: float = 0.0

    @classmethod
    def read(cls, text: str) -> Cursor:
        """A cursor from its text; one that knows nothing from anything else."""
        try:
            kept = json.loads(text) if text.startswith("{") else {}
            words = (str(kept.get(name, "")) for name in ("etag", "modified", "digest"))
            times = (bounded(float(kept.get(name, 0.0))) for name in ("start", "end", "once"))
            (etag, modified, digest), (start, end, once) = words, times
        except (ValueError, TypeError, OverflowError, RecursionError):
            return cls()
        return cls(etag=etag, modified=modified, digest=digest, start=start, end=end, once=once)

    def text(self) -> str:
        """As it is stored."""
        return json.dumps(asdict(self), separators=(",", ":"))

    def covering(self, covered: Window) -> Cursor:
        """The cursor after a feed that covers this."""
        start, end = covered.start.timestamp(), covered.end.timestamp()
        once = self.once if covered == ALL else max(self.once, end)
        return replace(self, start=start, end=end, once=once)

    @property
    def covers(self) -> Window:
        """When everything would be listed."""
        start, end = (datetime.fromtimestamp(edge, UTC) for edge in (self.start, max(self.start, self.end)))
        return Window(start, end)

    @property
    def doubtful(self) -> Window | None:
        """The time behind what is covered of which the feed once listed events; None where there is none."""
        if self.once <= self.end:
            return None
        return Window(self.covers.end, datetime.fromtimestamp(self.once, UTC))


def bounded(edge: float) -> float:
    """A time within what a feed can say, in seconds since 1970."""
    return min(max(edge, ALL.start.timestamp()), ALL.end.timestamp())


def covered(spans: Iterable[Span], now: float) -> Window:
    """What a feed with single events at these times covers: from the present as far as they follow on each other."""
    times = [(as_instant(span.start), as_instant(span.end)) for span in spans]
    moment = start = end = datetime.fromtimestamp(now, UTC)
    for ended in sorted((last for _, last in times if last <= moment), reverse=True):
        if start - ended > GAP_BACK:
            break
        start = ended
    for begins in sorted(first for first, _ in times if first > moment):
        if begins - end > GAP_AHEAD:
            break
        end = begins
    return Window(min(start + SLACK, moment), end + timedelta(seconds=1))
