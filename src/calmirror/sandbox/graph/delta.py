"""Change tracking of a calendar view: rounds, pages, links, and the generations after which links die."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate

from calmirror.http.message import Answer
from calmirror.sandbox.graph.entries import Block, Entry, View, all_blocks, arranged, changed_blocks
from calmirror.sandbox.graph.errors import malformed_token, sync_state_not_found
from calmirror.sandbox.graph.mailbox import Mailbox
from calmirror.sandbox.graph.query import RefusedError
from calmirror.sandbox.graph.records import Change
from calmirror.sandbox.graph.switches import GraphSwitches
from calmirror.sandbox.graph.zones import wire_stamp


@dataclass(slots=True)
class Chain:
    """The sync state of one calendar view: each answered page makes a new generation of it."""

    view: View
    generation: int = 0
    floor: int = 0
    """Generations up to here were thrown out."""
    links: list[Link] = field(default_factory=list)


@dataclass(slots=True)
class Round:
    """One round's entries, fixed when it began. `ends`: where each block of them ends that a page does not cut."""

    entries: list[Entry]
    ends: list[int]
    since: int
    until: int
    """Positions in the change log that the round covers."""
    empty_first: bool


@dataclass(slots=True)
class Link:
    """What a token stands for: a page within `round`, or (None) the next round after position `since`."""

    chain: Chain
    generation: int
    round: Round | None
    offset: int = 0
    since: int = 0
    since_before: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """One answered page; `token` goes into a next link, or into a delta link when the round is `over`."""

    entries: Sequence[Entry]
    token: str
    over: bool


class DeltaEngine:
    """All chains of one service."""

    def __init__(self, switches: GraphSwitches, seed: int) -> None:
        self._switches = switches
        self._links: dict[str, Link] = {}
        self._random = random.Random(seed)  # noqa: S311  repeatable shuffling, not a secret

    def first(self, mailbox: Mailbox, calendar: str, window: tuple[datetime, datetime], size: int, now: float) -> Page:
        """The first page of a full round."""
        chain = Chain(View(mailbox, calendar, *window))
        until = self._visible(mailbox, now)
        return self._page(chain, self._round(chain.view, all_blocks(chain.view), 0, until), 0, size)

    def follow(self, mailbox: Mailbox, calendar: str, token: str, size: int, now: float, url: str) -> Page:
        """The page behind a token; raises RefusedError for a dead or a foreign one."""
        link = self._links.get(token)
        if link is None or (link.chain.view.mailbox, link.chain.view.calendar) != (mailbox, calendar):
            raise RefusedError(malformed_token(self._switches.malformed_cursor))
        chain = link.chain
        if link.generation <= max(chain.floor, chain.generation - self._switches.generations_kept):
            raise RefusedError(self._expired(link, url))
        if link.round is not None:
            return self._page(chain, link.round, link.offset, size)
        until = max(link.since, self._visible(mailbox, now))
        blocks = changed_blocks(chain.view, [*self._repeated(link), *mailbox.log[link.since : until]])
        return self._page(chain, self._round(chain.view, blocks, link.since, until), 0, size)

    def expire(self) -> None:
        """Throws out the state behind every link."""
        for link in self._links.values():
            link.chain.floor = link.chain.generation

    def _visible(self, mailbox: Mailbox, now: float) -> int:
        """How much of the change log may be seen: changes show up late."""
        return sum(1 for change in mailbox.log if change.at <= now - self._switches.delay)

    def _repeated(self, link: Link) -> list[Change]:
        """The changes that the round before reported, where a round repeats them; a full one reported what shows."""
        view = link.chain.view
        changes = view.mailbox.log[link.since_before : link.since] if self._switches.replay else []
        if link.since_before:
            return changes
        shown = {item.id for item in view.mailbox.items(view.calendar) if view.whole(item)}
        return [change for change in changes if change.item_id in shown]

    def _round(self, view: View, blocks: list[Block], since: int, until: int) -> Round:
        blocks = arranged(view, blocks, self._random)
        flat = [entry for block in blocks for entry in block]
        return Round(flat, list(accumulate(map(len, blocks))), since, until, self._switches.first_page_empty)

    def _page(self, chain: Chain, this: Round, offset: int, size: int) -> Page:
        """Answers one page, which makes a new generation, and mints the token of what follows."""
        size = size or self._switches.default_delta_page
        if this.empty_first:
            this.empty_first = False
            entries: list[Entry] = []
            following, total = 0, 1
        else:
            entries, following = self._cut(this, offset, size)
            total = len(this.entries)
        over = following >= total
        chain.generation += 1
        if over:
            link = Link(chain, chain.generation, None, since=this.until, since_before=this.since)
        else:
            link = Link(chain, chain.generation, this, offset=following)
        token = chain.view.mailbox.mint.token()
        self._links[token] = link
        chain.links.append(link)
        for old in chain.links[: -self._switches.generations_kept or None]:
            old.round = None
        del chain.links[: -self._switches.generations_kept or None]
        return Page(entries, token, over)

    def _cut(self, this: Round, offset: int, size: int) -> tuple[list[Entry], int]:
        """The entries of the page at `offset`, and where the next one begins."""
        flat, following = this.entries, min(offset + size, len(this.entries))
        if not self._switches.page_size_obeyed_for_series:
            fitting = this.ends[bisect_right(this.ends, offset) : bisect_right(this.ends, offset + size)]
            after = this.ends[bisect_right(this.ends, offset) :][:1] or [len(flat)]
            following = fitting[-1] if fitting else after[0]
        if self._switches.endless_pages and following - offset > size:
            return flat[offset : offset + size], offset
        again = flat[offset - 1 : offset] if self._switches.duplicates and offset else []
        return again + flat[offset:following], following

    def _expired(self, link: Link, url: str) -> Answer:
        chain, kind = link.chain, self._switches.expired_cursor
        oldest = max(chain.floor, chain.generation - self._switches.generations_kept) + 1
        kept = list(range(chain.generation, oldest - 1, -1))
        if kind == "410-location":
            window = f"startDateTime={_stamp(chain.view.start)}&endDateTime={_stamp(chain.view.end)}"
            return sync_state_not_found(link.generation, kept, location=f"{url}?{window}&$deltatoken=")
        return sync_state_not_found(link.generation, kept, status=int(kind))


def _stamp(moment: datetime) -> str:
    return wire_stamp(moment.timestamp())
