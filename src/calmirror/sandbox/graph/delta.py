"""Change tracking of a calendar view: rounds, pages, links, and the generations after which links die."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate

from calmirror.http.message import Answer
from calmirror.sandbox.graph.errors import CATALOGUE, graph_error, sync_state_not_found
from calmirror.sandbox.graph.items import Instance, Item
from calmirror.sandbox.graph.mailbox import Mailbox
from calmirror.sandbox.graph.query import RefusedError
from calmirror.sandbox.graph.records import Change
from calmirror.sandbox.graph.switches import GraphSwitches
from calmirror.sandbox.graph.zones import wire_stamp


@dataclass(frozen=True, slots=True)
class Gone:
    """A tombstone: an id that is not in the view (any more), whether a client ever saw it or not."""

    id: str
    immutable_id: str


Entry = Instance | Gone


@dataclass(slots=True)
class Chain:
    """The sync state of one calendar view: each answered page makes a new generation of it."""

    mailbox: Mailbox
    calendar: str
    start: datetime
    end: datetime
    generation: int = 0
    floor: int = 0
    """Generations up to here were thrown out."""
    links: list[Link] = field(default_factory=list)

    def entries(self, item: Item) -> list[Instance]:
        """What the view shows of an item; edges as the switches say."""
        touching = self.mailbox.switches.edges_inclusive
        return self.mailbox.expander.instances(item, self.start, self.end, touching=touching)

    def shows(self, instance: Instance) -> bool:
        """Whether one instance lies in the window."""
        return instance.overlaps(self.start, self.end, touching=self.mailbox.switches.edges_inclusive)


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
        chain = Chain(mailbox, calendar, *window)
        until = self._visible(mailbox, now)
        blocks = [block for item in mailbox.items(calendar) if (block := _whole_block(chain, item))]
        return self._page(chain, self._round(blocks, 0, until), 0, size)

    def follow(self, mailbox: Mailbox, calendar: str, token: str, size: int, now: float, url: str) -> Page:
        """The page behind a token; raises RefusedError for a dead or a foreign one."""
        link = self._links.get(token)
        if link is None or link.chain.mailbox is not mailbox or link.chain.calendar != calendar:
            raise RefusedError(self._malformed())
        chain = link.chain
        if link.generation <= max(chain.floor, chain.generation - self._switches.generations_kept):
            raise RefusedError(self._expired(link, url))
        if link.round is not None:
            return self._page(chain, link.round, link.offset, size)
        until = max(link.since, self._visible(mailbox, now))
        blocks = self._changed(chain, [*self._repeated(link), *mailbox.log[link.since : until]])
        return self._page(chain, self._round(blocks, link.since, until), 0, size)

    def expire(self) -> None:
        """Throws out the state behind every link."""
        for link in self._links.values():
            link.chain.floor = link.chain.generation

    def _visible(self, mailbox: Mailbox, now: float) -> int:
        """How much of the change log may be seen: changes show up late."""
        return sum(1 for change in mailbox.log if change.at <= now - self._switches.delay)

    def _repeated(self, link: Link) -> list[Change]:
        """The changes that the round before reported, where a round repeats them; a full one reported what shows."""
        chain = link.chain
        changes = chain.mailbox.log[link.since_before : link.since] if self._switches.replay else []
        if link.since_before:
            return changes
        shown = {item.id for item in chain.mailbox.items(chain.calendar) if _whole_block(chain, item)}
        return [change for change in changes if change.item_id in shown]

    def _changed(self, chain: Chain, changes: Iterable[Change]) -> list[list[Entry]]:
        touched: dict[str, list[Change]] = {}
        for change in changes:
            if change.calendar == chain.calendar:
                touched.setdefault(change.item_id, []).append(change)
        blocks = [self._after(chain, item_id, seen) for item_id, seen in touched.items()]
        return [block for block in blocks if block]

    def _after(self, chain: Chain, item_id: str, changes: list[Change]) -> list[Entry]:
        """What a client is told of an item after these changes of it."""
        item = chain.mailbox.events.get(item_id)
        gone = Gone(item_id, changes[-1].immutable_id)
        if item is None or item.calendar != chain.calendar:
            return [gone]
        shown: list[Entry] = list(chain.entries(item))
        if not item.is_series:
            return shown or [gone]
        whole = chain.mailbox.expander.whole(item)
        moved_out = self._moved_out(chain, item, changes)
        if not shown:
            outside: dict[str, list[Entry]] = {"tombstone": [gone], "master": [whole], "nothing": []}
            return outside[self._switches.series_outside_window] + moved_out
        if self._switches.outside_occurrence_change == "nothing" and _all_outside(chain, changes):
            return []
        if self._switches.series_resend == "master":
            days = {change.original for change in changes if change.original}
            shown = [e for e in shown if isinstance(e, Instance) and e.kind == "exception" and e.original in days]
        return [whole, *shown, *moved_out]

    def _moved_out(self, chain: Chain, item: Item, changes: list[Change]) -> list[Entry]:
        """Tombstones of exceptions that left the window, where the service sends such."""
        if self._switches.exception_outside_window == "nothing":
            return []
        days = {change.original for change in changes} & set(item.overrides)
        left = [day for day in days if day and not chain.shows(_exception(chain, item, day))]
        ids = chain.mailbox.id_of
        return [Gone(ids(item, day), ids(item, day, immutable=True)) for day in sorted(left)]

    def _round(self, blocks: list[list[Entry]], since: int, until: int) -> Round:
        if self._switches.shuffle:
            entries = [entry for block in blocks for entry in block]
            self._random.shuffle(entries)
            blocks = [[entry] for entry in entries]
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
        token = chain.mailbox.mint.token()
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

    def _malformed(self) -> Answer:
        status = int(self._switches.malformed_cursor)
        error = CATALOGUE["cursor-malformed"].json()["error"]
        return graph_error(status, error["code"], error["message"])

    def _expired(self, link: Link, url: str) -> Answer:
        chain, kind = link.chain, self._switches.expired_cursor
        oldest = max(chain.floor, chain.generation - self._switches.generations_kept) + 1
        kept = list(range(chain.generation, oldest - 1, -1))
        if kind == "410-location":
            window = f"startDateTime={_stamp(chain.start)}&endDateTime={_stamp(chain.end)}"
            return sync_state_not_found(link.generation, kept, location=f"{url}?{window}&$deltatoken=")
        return sync_state_not_found(link.generation, kept, status=int(kind))


def _whole_block(chain: Chain, item: Item) -> list[Entry]:
    """What a full round tells of an item: nothing outside the window, and a series with its master."""
    shown: list[Entry] = list(chain.entries(item))
    return [chain.mailbox.expander.whole(item), *shown] if shown and item.is_series else shown


def _all_outside(chain: Chain, changes: list[Change]) -> bool:
    """Whether only occurrences changed that were outside the window before and are outside of it now."""
    seen = [instance for change in changes for instance in change.seen]
    return all(change.original for change in changes) and not any(map(chain.shows, seen))


def _exception(chain: Chain, item: Item, original: object) -> Instance:
    return next(e for e in chain.mailbox.expander.exceptions(item) if e.original == original)


def _stamp(moment: datetime) -> str:
    return wire_stamp(moment.timestamp())
