"""One body of the corpus, with what must and must not be found in the description made of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from calmirror.model.source import Kind, SourceEvent
from calmirror.model.times import Span

HOUR = Span(datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 3, 2, 10, tzinfo=UTC))


@dataclass(frozen=True, kw_only=True)
class Sample:
    """`words` must survive, `junk` must not; `link` is the join link that is in there."""

    name: str
    content: str
    content_type: str = "html"
    words: tuple[str, ...] = ()
    junk: tuple[str, ...] = ()
    link: str = ""
    location: str = ""
    join_url: str = ""

    def event(self) -> SourceEvent:
        """An event that carries this body."""
        return SourceEvent(
            id=self.name,
            kind=Kind.SINGLE,
            span=HOUR,
            subject="Review",
            body=self.content,
            body_type=self.content_type,
            location=self.location,
            join_url=self.join_url,
            web_link="https://outlook.office365.com/owa/?itemid=AAMkAGI%3D&exvsurl=1&path=/calendar/item",
        )
