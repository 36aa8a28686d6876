"""What a whole feed says: single events, series, and what of it cannot be understood."""

from __future__ import annotations

import re
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from calmirror.ics.expansion import Steps
from calmirror.ics.ids import feed_id
from calmirror.ics.parse import Published, occurrence_id, outline, published
from calmirror.ics.rules import MOST_STEPS, MOST_STEPS_OF_ALL
from calmirror.ics.series import PublishedSeries
from calmirror.ics.values import OddEventError, component, unescaped, when
from calmirror.ics.zones import Zones
from calmirror.model.source import Kind, outline_of
from calmirror.model.times import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from calmirror.ics.split import Feed, Lines
    from calmirror.ics.values import When
    from calmirror.model.ids import SourceId
    from calmirror.model.source import Outline, Series, SourceEvent
    from calmirror.model.times import Window

_UID = re.compile(r"UID(?:;[^:]*)?:(.*)", re.IGNORECASE)
_EDGE = re.compile(r"DT(?:START|END)(?:;[^:]*)?:(\d{8})", re.IGNORECASE)
_LASTING = re.compile(r"(?:RRULE|RDATE|RECURRENCE-ID|DURATION)[;:]", re.IGNORECASE)
_IDENTITY = frozenset({"DTSTART", "RECURRENCE-ID", "SEQUENCE", "LAST-MODIFIED", "DTSTAMP"})
SPARE = timedelta(days=3)
"""More than any zone's distance from UTC."""
NO_SERIES = "only changed occurrences of its series are published; what is mirrored of it stays as it is"


@dataclass(slots=True)
class Contents:
    """By id. `read` are the series read within the window.

    `apart` are changed occurrences whose series is not in the feed, or has no such occurrence, as single events by
    their series.

    `named` are the ids of everything that the feed has at all, `dated` the times of single events. `far` reads
    a single event that lies outside of the window; it may raise OddEventError.
    """

    singles: dict[SourceId, SourceEvent] = field(default_factory=dict)
    series: dict[SourceId, PublishedSeries] = field(default_factory=dict)
    read: dict[SourceId, Series] = field(default_factory=dict)
    apart: dict[SourceId, list[SourceEvent]] = field(default_factory=lambda: defaultdict(list))
    unreadable: dict[SourceId, str] = field(default_factory=dict)
    outlines: dict[SourceId, Outline] = field(default_factory=dict)
    named: set[SourceId] = field(default_factory=set)
    far: dict[SourceId, Callable[[], SourceEvent]] = field(default_factory=dict)
    dated: list[Span] = field(default_factory=list)


def contents(feed: Feed, window: Window, year: int) -> Contents:
    """All of the feed. Single events far from the window are only named: reading a long history takes time."""
    return _Reader(feed, window, year).read()


class _Reader:
    def __init__(self, feed: Feed, window: Window, year: int) -> None:
        self._feed, self._window = feed, window
        self._zones = Zones(feed.zones, feed.properties.get("X-WR-TIMEZONE", ""), year)
        self._found = Contents()
        self._shared: set[str] = set()
        self._odd: dict[str, list[When]] = defaultdict(list)
        self._steps = Steps(MOST_STEPS, MOST_STEPS_OF_ALL)
        self._read: dict[str, dict[SourceId, Published]] = defaultdict(dict)

    def read(self) -> Contents:
        """Event by event, then what belongs together."""
        self._shared = shared_uids(self._feed.events)
        for lines in self._feed.events:
            self._take(lines)
        for uid, versions in self._read.items():
            whole = versions.pop(feed_id(uid), None)
            try:
                self._group(uid, whole, versions)
            except (OddEventError, OverflowError) as error:
                self._found.unreadable[feed_id(uid)] = reason_of(error)
                if whole is not None:
                    self._found.outlines[feed_id(uid)] = outline_of(whole.event)
        for one in self._found.unreadable:
            for known in (self._found.singles, self._found.series, self._found.apart, self._found.far):
                known.pop(one, None)
        return self._found

    def _take(self, lines: Lines) -> None:
        given = uid_of(lines)
        uid = given if given and given not in self._shared else own_uid(lines)
        self._found.named.add(feed_id(uid))
        if (far := far_away(lines, self._window)) is not None:
            self._found.dated.append(far)
            self._found.far[feed_id(uid)] = lambda: replace(
                published(component(lines), uid, self._zones).event, ical_uid=given
            )
            return
        try:
            one = published(component(lines), uid, self._zones)
            self._keep(replace(one, event=replace(one.event, ical_uid=given)))
        except (OddEventError, OverflowError) as error:
            self._leave_out(uid, lines, reason_of(error))

    def _leave_out(self, uid: str, lines: Lines, reason: str) -> None:
        """An event is left out; of a changed occurrence only itself, as far as it tells which one it is."""
        one = component(lines)
        self._found.outlines[feed_id(uid)] = outline(one, self._zones)
        replaced = one.first("RECURRENCE-ID")
        # A time whose zone nobody knows is taken for one on the series' own clock.
        for zone in dict.fromkeys((replaced.params.get("TZID", ""), "")) if replaced else ():
            with suppress(OddEventError, OverflowError):
                start = when(replaced.value if replaced else "", zone, self._zones)
                self._odd[uid].append(start)
                self._found.unreadable[occurrence_id(uid, start)] = reason
                self._found.outlines[occurrence_id(uid, start)] = self._found.outlines.pop(feed_id(uid))
                return
        self._found.unreadable[feed_id(uid)] = reason

    def _keep(self, one: Published) -> None:
        """Of two with the same id the later edit counts, of equal ones the last."""
        versions = self._read[one.uid]
        before = versions.get(one.event.id)
        if before is None or one.version >= before.version:
            versions[one.event.id] = one
        if one.event.kind is Kind.SINGLE:
            self._found.dated.append(one.event.span)

    def _group(self, uid: str, whole: Published | None, versions: dict[SourceId, Published]) -> None:
        if whole is None:
            for one in versions.values():
                self._found.apart[feed_id(uid)].append(by_itself(one.event))
        elif whole.repeats:
            self._steps.begin()
            # An exception that cannot be read leaves a hole, and nothing else of its series.
            holes = (*whole.holes, *self._odd[uid])
            whole, changes = replace(whole, holes=holes), [c for c in versions.values() if not overruled(c, whole)]
            series = PublishedSeries.of(whole, changes, self._zones, self._steps)
            self._found.read[whole.event.id], strays = series.read(self._window)
            self._found.series[whole.event.id] = series
            if strays:
                self._found.apart[whole.event.id] = [replace(by_itself(one), series_id=None) for one in strays]
        else:
            self._found.singles[whole.event.id] = whole.event


def reason_of(error: Exception) -> str:
    """Why an event is left out, as the end of a sentence."""
    return str(error) if isinstance(error, OddEventError) else "it has a time out of range"


def uid_of(lines: Lines) -> str:
    """An event's UID, "" where it has none."""
    found = next(filter(None, map(_UID.match, lines)), None)
    return unescaped(found[1].strip()) if found else ""


def own_uid(lines: Lines) -> str:
    """What identifies an event that has no UID of its own: its title and its start."""
    said = sorted(line for line in lines if line.upper().startswith(("SUMMARY", "DTSTART", "RECURRENCE-ID")))
    return "no-uid-" + sha256("\n".join(said).encode()).hexdigest()[:32]


def shared_uids(events: Iterable[Lines]) -> set[str]:
    """The UIDs of several events that are no versions of one: of the same edition, they begin at different times."""
    starts: dict[tuple[str, tuple[str, ...]], str] = {}
    shared = set()
    for lines in events:
        found = {name: line for line in lines if (name := re.split("[:;]", line, maxsplit=1)[0].upper()) in _IDENTITY}
        if "RECURRENCE-ID" in found:
            continue
        uid, start = uid_of(lines), found.pop("DTSTART", "")
        edition = tuple(value for _, value in sorted(found.items()))
        if starts.setdefault((uid, edition), start) != start:
            shared.add(uid)
    return shared


def by_itself(change: SourceEvent) -> SourceEvent:
    """A changed occurrence as a single event."""
    return replace(change, kind=Kind.SINGLE, original_start=None, original_date=None)


def overruled(change: Published, master: Published) -> bool:
    """Whether a newer version of the master excludes the occurrence that an exception changes."""
    replaced = change.replaces
    return bool(replaced and change.version < master.version) and any(
        hole.wall.date() == replaced.wall.date() if hole.is_day or replaced.is_day else hole.instant == replaced.instant
        for hole in master.holes
        if replaced
    )


def far_away(lines: Lines, window: Window) -> Span | None:
    """The days of a single event that surely lies outside of the window; None for anything else."""
    if any(map(_LASTING.match, lines)):
        return None
    found = [match[1] for line in lines if (match := _EDGE.match(line))]
    try:
        days = sorted(datetime.strptime(day, "%Y%m%d").date() for day in found)  # noqa: DTZ007 - days have no zone
    except ValueError:
        return None
    if not days or (days[-1] + SPARE >= window.start.date() and days[0] - SPARE <= window.end.date()):
        return None
    return Span(days[0], days[-1])
