"""The entries of a delta round: which ones a view reports of each item, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from random import Random

from calmirror.sandbox.graph.items import Instance, Item
from calmirror.sandbox.graph.mailbox import Mailbox
from calmirror.sandbox.graph.records import Change
from calmirror.sandbox.graph.switches import GraphSwitches


@dataclass(frozen=True, slots=True)
class Gone:
    """A tombstone: an id that is not in the view (any more), whether a client ever saw it or not."""

    id: str
    immutable_id: str


Entry = Instance | Gone
Block = list[Entry]
"""Entries that stay on one page."""


@dataclass(frozen=True, slots=True)
class View:
    """One calendar within one window."""

    mailbox: Mailbox
    calendar: str
    start: datetime
    end: datetime

    @property
    def switches(self) -> GraphSwitches:
        """The switches of the mailbox."""
        return self.mailbox.switches

    def instances(self, item: Item) -> list[Instance]:
        """What the window shows of an item; edges as the switches say."""
        touching = self.switches.edges_inclusive
        return self.mailbox.expander.instances(item, self.start, self.end, touching=touching)

    def shows(self, instance: Instance) -> bool:
        """Whether one instance lies in the window."""
        return instance.overlaps(self.start, self.end, touching=self.switches.edges_inclusive)

    def whole(self, item: Item) -> Block:
        """The entries of an item in a full round: none outside the window; a series has its master first."""
        shown: Block = list(self.instances(item))
        return [self.mailbox.expander.whole(item), *shown] if shown and item.is_series else shown

    def id_of(self, entry: Entry) -> str:
        """The id of an entry."""
        return entry.id if isinstance(entry, Gone) else self.mailbox.id_of(entry.item, entry.original)

    def gone(self, item: Item, original: date | None = None) -> Gone:
        """The tombstone of an item or of one of its occurrences."""
        ids = self.mailbox.id_of
        return Gone(ids(item, original), ids(item, original, immutable=True))

    def versions(self, item_id: str) -> list[Item]:
        """Every version that an item had in this calendar, the oldest first."""
        logged = (change.item for change in self.mailbox.log if change.item_id == item_id)
        return [item for item in logged if item is not None and item.calendar == self.calendar]


def all_blocks(view: View) -> list[Block]:
    """A full round, one block for each item."""
    return [block for item in view.mailbox.items(view.calendar) if (block := view.whole(item))]


def changed_blocks(view: View, changes: Iterable[Change]) -> list[Block]:
    """An incremental round, one block for each item that these changes touched."""
    touched: dict[str, list[Change]] = {}
    for change in changes:
        if change.calendar == view.calendar:
            touched.setdefault(change.item_id, []).append(change)
    blocks = [_after(view, item_id, seen) for item_id, seen in touched.items()]
    return [block for block in blocks if block]


def arranged(view: View, blocks: Sequence[Block], random: Random) -> list[Block]:
    """The blocks in the order of the round, repeated entries among them."""
    switches = view.switches
    older = [] if switches.repeated_entries == "none" else [_older(view, block) for block in blocks]
    if switches.shuffle:
        entries = [entry for block in (*blocks, *older) for entry in block]
        random.shuffle(entries)
        return [[entry] for entry in entries]
    if switches.round_order == "kinds":
        blocks = _by_kind(blocks, cut=switches.page_size_obeyed_for_series)
    return [*older, *blocks] if switches.repeated_entries == "older first" else [*blocks, *older]


def _by_kind(blocks: Sequence[Block], *, cut: bool) -> list[Block]:
    """Singles, masters and tombstones first, then the occurrences and exceptions of each series by date.

    `cut`: a page may end within a series, and the occurrences of all series are sorted together.
    """
    heads: list[Block] = [[entry] for block in blocks for entry in block if not _is_part(entry)]
    parts = [[entry for entry in block if isinstance(entry, Instance) and _is_part(entry)] for block in blocks]
    if cut:
        parts = [[entry] for block in parts for entry in block]
    sorted_parts = [sorted(block, key=lambda entry: entry.start) for block in parts if block]
    return [*heads, *(list[Entry](block) for block in sorted(sorted_parts, key=lambda block: block[0].start))]


def _is_part(entry: Entry) -> bool:
    return isinstance(entry, Instance) and entry.original is not None


def _older(view: View, block: Block) -> Block:
    """An older entry for each id of a block; the same entry again where the item never had an older version."""
    first = block[0]
    versions = view.versions(first.id if isinstance(first, Gone) else first.item.id)
    if not versions:
        return []
    before = versions[-1] if isinstance(first, Gone) else versions[max(0, len(versions) - 2)]
    ids = {view.id_of(entry) for entry in block}
    entries: Block = [view.mailbox.expander.whole(before)]
    if before.is_series:
        entries += view.instances(before)
    return [entry for entry in entries if view.id_of(entry) in ids]


def _after(view: View, item_id: str, changes: list[Change]) -> Block:
    """What a client is told of an item after these changes of it."""
    item, switches = view.mailbox.events.get(item_id), view.switches
    gone = Gone(item_id, changes[-1].immutable_id)
    if item is None or item.calendar != view.calendar:
        return [gone, *_tombstones_of_occurrences(view, item_id)]
    shown: Block = list(view.instances(item))
    if not item.is_series:
        return shown or [gone]
    whole = view.mailbox.expander.whole(item)
    moved_out = _moved_out(view, item, changes)
    if not shown:
        outside: dict[str, Block] = {"tombstone": [gone], "master": [whole], "nothing": []}
        return outside[switches.series_outside_window] + moved_out
    if switches.outside_occurrence_change == "nothing" and _all_outside(view, changes):
        return []
    return _resent(view, whole, shown, changes) + moved_out


def _resent(view: View, whole: Instance, shown: Block, changes: list[Change]) -> Block:
    """The entries of a changed series that has something in the window."""
    if view.switches.series_resend == "all":
        return [whole, *shown]
    days = {change.original for change in changes if change.original}
    changed = [e for e in shown if isinstance(e, Instance) and e.kind == "exception" and e.original in days]
    alone = view.switches.series_resend == "exception"
    if alone and days == {entry.original for entry in changed} and all(change.original for change in changes):
        return [*changed]
    return [whole, *shown] if alone else [whole, *changed]


def _tombstones_of_occurrences(view: View, item_id: str) -> Block:
    """The tombstones of a series' occurrences, where each has one."""
    versions = view.versions(item_id) if view.switches.series_tombstones == "each" else []
    return (
        [view.gone(one.item, one.original) for one in view.instances(versions[-1]) if one.original] if versions else []
    )


def _moved_out(view: View, item: Item, changes: list[Change]) -> Block:
    """The entries of exceptions that left the window."""
    reported = view.switches.exception_outside_window
    if reported == "nothing":
        return []
    days = {change.original for change in changes} & set(item.overrides)
    left = [one for one in view.mailbox.expander.exceptions(item) if one.original in days and not view.shows(one)]
    return [one if reported == "exception" else view.gone(item, one.original) for one in left]


def _all_outside(view: View, changes: list[Change]) -> bool:
    """Whether only occurrences changed that were outside the window before and are outside of it now."""
    seen = [instance for change in changes for instance in change.seen]
    return all(change.original for change in changes) and not any(map(view.shows, seen))
