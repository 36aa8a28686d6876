"""How much of time a published calendar covers, learned from what it has ever listed.

Outlook publishes a period around today that its owner chose, and does not say which. What lies outside of it is not
missing; so as far back and ahead as the feed was ever seen to reach, and no further, absence means something.
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
FARTHEST = 3650 * 86400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """What is remembered of a feed: what tells that it is the same, and its reach in seconds back and ahead."""

    etag: str = ""
    modified: str = ""
    digest: str = ""
    back: float = 0.0
    ahead: float = 0.0

    @classmethod
    def read(cls, text: str) -> Cursor:
        """A cursor from its text; one that knows nothing from anything else."""
        try:
            kept = json.loads(text) if text.startswith("{") else {}
            words = (str(kept.get(name, "")) for name in ("etag", "modified", "digest"))
            reach = (min(max(0.0, float(kept.get(name, 0.0))), FARTHEST) for name in ("back", "ahead"))
            (etag, modified, digest), (back, ahead) = words, reach
        except (ValueError, TypeError, OverflowError, RecursionError):
            return cls()
        return cls(etag=etag, modified=modified, digest=digest, back=back, ahead=ahead)

    def text(self) -> str:
        """As it is stored."""
        return json.dumps(asdict(self), separators=(",", ":"))

    def reaching(self, spans: Iterable[Span], now: float) -> Cursor:
        """The cursor after a feed with single events and changed occurrences at these times."""
        back, ahead = self.back, self.ahead
        for span in spans:
            back = max(back, now - as_instant(span.end).timestamp())
            ahead = max(ahead, as_instant(span.start).timestamp() - now)
        return replace(self, back=min(back, FARTHEST), ahead=min(ahead, FARTHEST))

    def covers(self, now: float) -> Window:
        """When everything would be listed."""
        moment = datetime.fromtimestamp(now, UTC)
        start = min(moment - timedelta(seconds=self.back) + SLACK, moment)
        return Window(start, moment + timedelta(seconds=self.ahead + 1))
