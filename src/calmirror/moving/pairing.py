"""Which copy that another tool made is of which Outlook event: by the tool's mark, or by time and title."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from calmirror.model.ids import EventId, SourceId
from calmirror.moving.tools import Tool

PREFIXES = ("updated invitation with note: ", "updated invitation: ", "invitation: ", "fwd: ")
"""What the earlier script took out of titles."""


class Slot(NamedTuple):
    """When an occurrence is: instants in UTC, or days, in ISO 8601."""

    starts: str
    ends: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A copy that another tool made; of a series, with its occurrences in the window. `theirs`: see `touch`."""

    event_id: EventId
    tool: Tool
    title: str
    slots: tuple[Slot, ...]
    series: bool
    body: Mapping[str, Any]
    theirs: Mapping[str, Any] = field(default_factory=dict)
    guests: bool = False


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One occurrence as Outlook shows it; `source_id` is its series' where it is of one."""

    source_id: SourceId
    title: str
    slot: Slot
    of_series: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """A copy and its Outlook event. `slot` is that of the one occurrence that it shows, None for the whole event."""

    copy: Copy
    source_id: SourceId
    slot: Slot | None
    by: str


@dataclass(frozen=True, slots=True)
class Left:
    """A copy that stays, and why."""

    copy: Copy
    reason: str
    by_time: bool = False
    """Whether it would be paired by its time alone."""


@dataclass(frozen=True)
class Pairing:
    """What came of it."""

    pairs: tuple[Pair, ...]
    left: tuple[Left, ...]


def paired(
    copies: Iterable[Copy], outlook: Iterable[Occurrence], uids: Mapping[str, SourceId], *, by_time: bool
) -> Pairing:
    """Pairs the copies with Outlook's events. Of each occurrence a tool can have one copy.

    Args:
        copies: of other tools.
        outlook: every occurrence in the window.
        uids: Outlook's events by their iCalUId in lower case.
        by_time: whether a marked copy whose title is unknown in Outlook is paired by its time alone.
    """
    by_slot: defaultdict[Slot, list[Occurrence]] = defaultdict(list)
    for occurrence in outlook:
        by_slot[occurrence.slot].append(occurrence)
    pairer = _Pairer(by_slot, uids)
    told = [(one, pairer.by_mark(one) or pairer.by_title(one)) for one in copies]
    # By time alone only what is left once all titles have found theirs.
    found = [pair or pairer.by_time(one, allowed=by_time) for one, pair in told]
    return Pairing(
        pairs=tuple(one for one in found if isinstance(one, Pair)),
        left=tuple(one for one in found if isinstance(one, Left)),
    )


class _Pairer:
    def __init__(self, by_slot: Mapping[Slot, list[Occurrence]], uids: Mapping[str, SourceId]) -> None:
        self._by_slot, self._uids = by_slot, uids
        self._series = {one.source_id for found in by_slot.values() for one in found if one.of_series}
        self._used: Counter[tuple[str, Occurrence]] = Counter()

    def by_mark(self, one: Copy) -> Pair | Left | None:
        if one.guests:
            return Left(one, "people are invited to it")
        source_id = next((self._uids[uid] for uid in one.tool.uids_of(one.body) if uid in self._uids), None)
        if source_id is None or (source_id in self._series and not one.series):
            # A single copy of a series is of one of its occurrences, which the series' id does not tell.
            return None
        return Pair(one, source_id, None, "its id")

    def by_title(self, one: Copy) -> Pair | None:
        if one.series:
            return self._whole(one)
        for occurrence in self._free(one, one.slots[0]):
            if same_title(one, occurrence.title):
                return self._take(one, occurrence, "time and title")
        return None

    def _whole(self, one: Copy) -> Pair | None:
        """A series is paired when most of what it shows is of one Outlook series, and nothing of another."""
        found = [self._matching(one, slot) for slot in one.slots]
        sources = {occurrence.source_id for occurrence in found if occurrence}
        if len(sources) != 1 or sum(1 for occurrence in found if occurrence) * 2 < len(found):
            return None
        return Pair(one, sources.pop(), None, "its occurrences' times and title")

    def _matching(self, one: Copy, slot: Slot) -> Occurrence | None:
        return next((other for other in self._by_slot.get(slot, []) if same_title(one, other.title)), None)

    def by_time(self, one: Copy, *, allowed: bool) -> Pair | Left:
        at_that_time = next(self._free(one, one.slots[0]), None) if one.tool.marks and not one.series else None
        if at_that_time is None:
            mark = "" if one.tool.marks else "it may be your own: "
            return Left(one, f"{mark}no Outlook event has its title and time")
        if allowed:
            return self._take(one, at_that_time, "time alone")
        return Left(one, "the Outlook event at its time has another title", by_time=True)

    def _free(self, one: Copy, slot: Slot) -> Iterator[Occurrence]:
        candidates = self._by_slot.get(slot, [])
        for occurrence in dict.fromkeys(candidates):
            if self._used[one.tool.name, occurrence] < candidates.count(occurrence):
                yield occurrence

    def _take(self, one: Copy, occurrence: Occurrence, by: str) -> Pair:
        self._used[one.tool.name, occurrence] += 1
        return Pair(one, occurrence.source_id, occurrence.slot, by)


def same_title(one: Copy, title: str) -> bool:
    """Whether a copy's title is Outlook's, whatever its case and spaces; tools that mark may put a word before it."""
    ours, theirs = plain(title), plain(one.title)
    return ours == theirs or (one.tool.marks and bool(ours) and theirs.endswith(f" {ours}"))


def plain(title: str) -> str:
    """A title as it is compared."""
    text = " ".join(title.split()).casefold() + " "
    for prefix in PREFIXES:
        text = text.replace(prefix, "")
    return text.strip()
