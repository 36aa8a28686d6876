"""Proof that the mirror is right: both services expand their own calendars, and the occurrences are compared.

Nothing here comes from the code that made the mirror: what that got wrong would be wrong here as well. Only what a
person's settings leave out or hide has to be told.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any, TypeAlias

from calmirror.errors import SkippedEventError, UserFixableError
from calmirror.microsoft.parse import comparable
from calmirror.mirror.context import PADDING, Mirror
from calmirror.model.mirror import RESPECTED
from calmirror.model.times import Window

MARK, SOURCE_MARK, SHOW_MARK = "calmirror", "calmirrorSource", "calmirrorShow"
TITLED = ("full", "no-details")
"""How much is shown of events whose title is Outlook's own; all others' titles are neither compared nor told."""
COMPARED = 900
"""Characters of a title that are compared; longer ones are cut when mirrored."""


AT_ONCE = 500
"""Microsoft's occurrences, bodies included, that are held in memory."""

Raw: TypeAlias = Mapping[str, Any]
Shown: TypeAlias = Callable[[Sequence[Raw]], list[str]]
"""Of each of Microsoft's occurrences, how much the mirror may show: a word as in the mark, "" for nothing at all."""


@dataclass(frozen=True, slots=True, order=True)
class Occurrence:
    """One occurrence as either service shows it. Times are UTC in ISO 8601, or days.

    `shown` is how much of it may be shown, or says that it shows; `title` is "" where that is not Outlook's own.
    """

    starts: str
    ends: str
    title: str
    free: bool
    private: bool
    shown: str = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One occurrence that is not the same on both sides; the side that lacks it is None."""

    source_id: str
    source: Occurrence | None
    mirror: Occurrence | None

    @property
    def kind(self) -> str:
        """What a person would call it."""
        if self.source is None:
            return "only in Google"
        return "missing in Google" if self.mirror is None else "different"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What was compared in which window, and what differs."""

    mirror: str
    window: Window
    occurrences: int
    differences: tuple[Difference, ...]

    @property
    def exit_code(self) -> int:
        """0 when both calendars show the same."""
        return SkippedEventError.exit_code if self.differences else 0


def verify(mirror: Mirror, shown_of: Shown) -> Verification:
    """Compares what both calendars show in the window of the last run; reads only."""
    state = mirror.state
    if not state.destination_calendar or not state.window_start:
        raise UserFixableError(
            f'Mirror "{mirror.name}" has not been synchronised yet, so there is nothing to compare.',
            code="nothing-to-verify",
            command=f"calmirror sync --mirror {mirror.name}",
        )
    window = Window(datetime.fromisoformat(state.window_start), datetime.fromisoformat(state.window_end))
    mirror.progress("Asking Microsoft for every occurrence", 0, 0)
    source = _grouped(_source_occurrences(mirror, state.source_calendar, window, shown_of))
    mirror.progress("Asking Google for every occurrence", 0, 0)
    shown = _grouped(_mirror_occurrences(mirror, state.destination_calendar, window))
    occurrences = sum(counted.total() for counted in source.values())
    if mirror.settings.feed:
        _pair_up(source, shown)
    covered = mirror.source.covers(state.cursor)
    for one in shown.keys() - source.keys():
        shown[one] = Counter({o: n for o, n in shown[one].items() if covered is None or _overlaps(o, covered)})
    compared = sorted((source.keys() | shown.keys()) - _respected(mirror))
    differences = [d for one in compared for d in _differences(one, source[one], shown[one])]
    return Verification(
        mirror=mirror.name,
        window=window,
        occurrences=occurrences,
        differences=tuple(differences),
    )


def _respected(mirror: Mirror) -> set[str]:
    """Source events whose copy a person deleted in Google and wants to stay deleted."""
    return {link.source_id for link in mirror.store.links(mirror.name) if link.fingerprint == RESPECTED}


def _grouped(pairs: Iterable[tuple[str, Occurrence]]) -> defaultdict[str, Counter[Occurrence]]:
    grouped: defaultdict[str, Counter[Occurrence]] = defaultdict(Counter)
    for source_id, occurrence in pairs:
        grouped[source_id][occurrence] += 1
    return grouped


def _pair_up(source: defaultdict[str, Counter[Occurrence]], shown: defaultdict[str, Counter[Occurrence]]) -> None:
    """Leaves aside what is the same on both sides under an id that the other side does not have.

    A server may publish other UIDs with every answer, this one included: what a calendar shows is all that counts then.
    """
    unknown = [one for one in source.keys() - shown.keys() if source[one]]
    unlisted = [one for one in shown.keys() - source.keys() if shown[one]]
    by_occurrence: defaultdict[Occurrence, list[str]] = defaultdict(list)
    for one in unlisted:
        for occurrence, times in shown[one].items():
            by_occurrence[occurrence] += [one] * times
    for one in unknown:
        for occurrence in list(source[one].elements()):
            if by_occurrence[occurrence]:
                shown[by_occurrence[occurrence].pop()][occurrence] -= 1
                source[one][occurrence] -= 1


def _differences(source_id: str, source: Counter[Occurrence], shown: Counter[Occurrence]) -> Iterator[Difference]:
    """What is on one side alone; of what begins nearest together, one difference is made."""
    missing, extra = sorted((source - shown).elements()), sorted((shown - source).elements())
    for one in list(missing):
        if (hidden := replace(one, private=True)) in extra:
            # More private than in Outlook is right: a rule can ask for it.
            missing.remove(one)
            extra.remove(hidden)
    for one in missing:
        near = min(extra, key=lambda other: (other.starts[:10] != one.starts[:10], other), default=None)
        if near is not None:
            extra.remove(near)
            # What Google has kept of an event that is to be hidden is not told, either.
            near = near if one.shown in TITLED else replace(near, title="")
        yield Difference(source_id=source_id, source=one, mirror=near)
    for other in extra:
        yield Difference(source_id=source_id, source=None, mirror=other)


def _source_occurrences(
    mirror: Mirror, calendar_id: str, window: Window, shown_of: Shown
) -> Iterator[tuple[str, Occurrence]]:
    events = map(comparable, mirror.source.occurrences(calendar_id, window.padded(PADDING)))
    for event, shown in _with_shown(events, shown_of):
        whole = bool(event.get("isAllDay"))
        starts, ends = (_graph_moment(event[which], whole=whole) for which in ("start", "end"))
        if ends <= starts:
            # Google has no event of no length; what stands for one is as short as it can be.
            ends += timedelta(days=1) if whole else timedelta(minutes=1)
        if shown and _within(starts, ends, window):
            free = str(event.get("showAs", "")).lower() == "free"
            private = str(event.get("sensitivity") or "normal").lower() != "normal"
            found = Occurrence(_text(starts), _text(ends), _title(event.get("subject"), shown), free, private, shown)
            yield str(event.get("seriesMasterId") or event["id"]), found


def _with_shown(events: Iterator[Raw], shown_of: Shown) -> Iterator[tuple[Raw, str]]:
    while some := list(islice(events, AT_ONCE)):
        yield from zip(some, shown_of(some), strict=True)


def _mirror_occurrences(mirror: Mirror, calendar_id: str, window: Window) -> Iterator[tuple[str, Occurrence]]:
    for event in mirror.destination.occurrences(calendar_id, window.padded(PADDING), MARK, mirror.identity):
        starts, ends = (_google_moment(event[which]) for which in ("start", "end"))
        if mirror.recognises(event) and _within(starts, ends, window):
            marks = (event.get("extendedProperties") or {}).get("private") or {}
            shown = str(marks.get(SHOW_MARK, "full"))
            free = event.get("transparency") == "transparent"
            private = event.get("visibility") in ("private", "confidential")
            found = Occurrence(_text(starts), _text(ends), _title(event.get("summary"), shown), free, private, shown)
            yield str(marks.get(SOURCE_MARK, "")), found


def _graph_moment(value: Mapping[str, str], *, whole: bool) -> Any:
    """Asked for in UTC; whole days come as midnights, of which only the date counts."""
    moment = datetime.fromisoformat(value["dateTime"][:26]).replace(tzinfo=UTC)
    return moment.date() if whole else moment


def _google_moment(value: Mapping[str, str]) -> Any:
    if "date" in value:
        return date.fromisoformat(value["date"])
    return datetime.fromisoformat(value["dateTime"]).astimezone(UTC)


def _within(starts: Any, ends: Any, window: Window) -> bool:
    if isinstance(starts, datetime):
        return bool(starts < window.end and ends > window.start)
    return bool(starts < window.end.date() and ends > window.start.date())


def _overlaps(one: Occurrence, window: Window) -> bool:
    starts, ends = (datetime.fromisoformat(moment) for moment in (one.starts, one.ends))
    if starts.tzinfo is None:
        return starts.date() < window.end.date() and ends.date() > window.start.date()
    return starts < window.end and ends > window.start


def _text(moment: Any) -> str:
    return str(moment.isoformat())


def _title(text: str | None, shown: str) -> str:
    """A title as it looks: no control characters, no directions of writing, no doubled spaces."""
    if shown not in TITLED:
        return ""
    kept = (" " if c.isspace() else c for c in text or "" if c.isspace() or unicodedata.category(c)[0] != "C")
    return " ".join("".join(kept).split())[:COMPARED]
