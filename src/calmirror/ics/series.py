"""A published series expanded by RFC 5545: when it takes place, which occurrences were changed, which are left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from heapq import merge
from typing import TYPE_CHECKING

from calmirror.ics.parse import Published, occurrence_id, span_of
from calmirror.ics.rules import LONGEST_WAIT, repeat
from calmirror.ics.values import OddEventError, When
from calmirror.model.source import Kind, Series, SourceEvent, Stub
from calmirror.model.times import Span, Window, as_instant

if TYPE_CHECKING:
    from calmirror.ics.expansion import Steps
    from calmirror.ics.rules import Repeat
    from calmirror.ics.zones import Zone, Zones

MOST_LISTED = 20_000
"""Occurrences of one series in a window."""
STUB = 5
"""Steps that it takes to list an occurrence."""
SPARE = timedelta(days=2)
"""More than clocks are apart."""


@dataclass(frozen=True, slots=True)
class PublishedSeries:
    """A series master and the changes to its occurrences. Occurrences are keyed by their wall-clock start."""

    master: Published
    changes: tuple[Published, ...]
    zone: Zone | None
    repeats: tuple[Repeat, ...]
    length: timedelta
    steps: Steps
    left_out: frozenset[datetime] = field(default_factory=frozenset)
    left_out_days: frozenset[datetime] = field(default_factory=frozenset)

    @classmethod
    def of(cls, master: Published, changes: Iterable[Published], zones: Zones, steps: Steps) -> PublishedSeries:
        """The series; raises OddEventError where its rule cannot be followed."""
        zone = master.first.zone
        known = [*changes]
        replaced = {one.event.id for one in known}
        known += (one for one in periods(master) if one.event.id not in replaced)
        made = cls(
            master=master,
            changes=tuple(sorted(known, key=lambda change: change.event.id)),
            zone=zone,
            repeats=tuple(repeat(rule, zones) for rule in master.rules),
            steps=steps,
            length=(master.last.in_zone(zone) if zone else master.last.wall) - master.first.wall,
            left_out=frozenset(wall_in(hole, zone) for hole in master.holes if not hole.is_day or zone is None),
            left_out_days=frozenset(hole.wall for hole in master.holes if hole.is_day and zone is not None),
        )
        for one in made.repeats:
            one.check(master.first.wall, steps)
        return made

    def starts(self, begin: datetime, horizon: datetime) -> Iterator[datetime]:
        """All starts from `begin` up to the horizon in order, those left out as well."""
        first = self.master.first.wall
        each = [one.starts(first, self.zone, begin, horizon, self.steps) for one in self.repeats] or [iter([first])]
        more = sorted(wall_in(one, self.zone) for one in self.master.more)
        last = None
        for start in merge(*each, (one for one in more if begin <= one <= horizon)):
            self.steps.take()
            if start != last:
                yield start
            last = start

    def is_left_out(self, start: datetime) -> bool:
        """Whether an EXDATE takes it away."""
        return start in self.left_out or datetime.combine(start.date(), datetime.min.time()) in self.left_out_days

    def span(self, start: datetime) -> Span:
        """When an unchanged occurrence takes place: Outlook keeps the wall clock at both ends."""
        end = start + self.length
        if self.zone is None:
            return Span(start.date(), end.date())
        first, last = self.zone.instant(start), self.zone.instant(end)
        # A start in a gap can be moved past an end after it.
        return Span(first, last if last >= first else first + self.length)

    def read(self, window: Window) -> tuple[Series, tuple[SourceEvent, ...]]:
        """The series as the translation takes it, its list complete within the window; and changes of no occurrence."""
        exceptions, holes, stubs = [], [], []
        starts = list(self.starts(*self.stretch(window)))
        changed = self._changed(starts)
        for start in starts:
            exception = changed.pop(start, None)
            if exception:
                exceptions.append(exception)
            elif self.is_left_out(start):
                holes.append(start.date())
            elif (span := self.span(start)).overlaps(window):
                stubs.append(self.stub(span))
                self.steps.take(STUB)
            if len(stubs) > MOST_LISTED:
                raise OddEventError("it repeats too often")
        stubs += [stub_of(exception) for exception in exceptions if exception.span.overlaps(window)]
        series = Series(
            master=self.whole,
            exceptions=tuple(exceptions),
            cancelled=tuple(holes),
            listed=tuple(stubs),
            listed_window=window,
            listed_complete=True,
        )
        return series, tuple(changed.values())

    @property
    def whole(self) -> SourceEvent:
        """The master with its rule; one of several rules, or of single days besides, has none that could be written."""
        first = self.master.first.wall
        single = len(self.repeats) == 1 and not self.master.more and self.repeats[0].counts_from(first)
        rule = self.repeats[0].recurrence(first, self.zone) if single else None
        return replace(self.master.event, kind=Kind.MASTER, recurrence=rule)

    def _changed(self, starts: Sequence[datetime]) -> dict[datetime, SourceEvent]:
        """The changed occurrences by the start they had; a change of all that follow is one of each."""
        changed = self._matched({wall_in(one.replaces, self.zone): one for one in self.changes if one.replaces}, starts)
        made = {start: one.event for start, one in changed.items()}
        for begins in sorted(start for start, one in changed.items() if one.following):
            self.steps.take(len(starts))
            for start in starts:
                if start > begins and not self.is_left_out(start) and start not in changed:
                    made[start] = self._following(changed[begins], begins, start)
        return made

    def _matched(self, changed: dict[datetime, Published], starts: Sequence[datetime]) -> dict[datetime, Published]:
        """The changes by the start that each one means, which need not be told on the series' own clock.

        A day means the occurrence on that day; a time in another zone may mean what the series' clock shows as well.
        """
        known = set(starts)
        by_day = {datetime.combine(start.date(), datetime.min.time()): start for start in starts}
        matched = {}
        for start, change in changed.items():
            assert change.replaces is not None, "only asked of what changes an occurrence"
            meant = by_day.get(start) if change.replaces.is_day else change.replaces.wall
            if start in known or meant not in known or meant in changed:
                matched[start] = change
            else:
                event = replace(change.event, original_start=as_instant(self.span(meant).start))
                matched[meant] = replace(change, event=event)
        return matched

    def _following(self, change: Published, begins: datetime, start: datetime) -> SourceEvent:
        moved = start - begins
        first, last = (When(edge.wall + moved, edge.zone, edge.floating) for edge in (change.first, change.last))
        original = When(start, self.zone)
        return replace(
            change.event,
            id=occurrence_id(self.master.uid, original),
            span=span_of(first, last),
            original_start=original.instant,
            original_date=start.date(),
        )

    def stub(self, span: Span) -> Stub:
        """An unchanged occurrence as a list has it."""
        first, last = as_instant(span.start), as_instant(span.end)
        return Stub(occurrence_id(self.master.uid, first), self.master.event.id, Kind.OCCURRENCE, first, last)

    def stretch(self, window: Window) -> tuple[datetime, datetime]:
        """The window and what was changed or left out before it and in the years after it, with some to spare."""
        start, end = (edge.astimezone(UTC).replace(tzinfo=None) for edge in (window.start, window.end))
        known = [*self.left_out, *self.left_out_days, *(wall_in(c.replaces, self.zone) for c in self.changes)]
        begin = min([start - max(self.length, timedelta()), *known])
        return begin - SPARE, max([end, *(one for one in known if one < end + LONGEST_WAIT)]) + SPARE


def periods(master: Published) -> Iterator[Published]:
    """The occurrences of a series that have an end of their own, as changed ones."""
    for first, last in master.periods:
        event = replace(
            master.event,
            id=occurrence_id(master.uid, first),
            kind=Kind.EXCEPTION,
            series_id=master.event.id,
            span=span_of(first, last),
            original_start=first.instant,
            original_date=first.wall.date(),
        )
        yield replace(master, event=event, first=first, last=last, replaces=first, rules=(), more=(), periods=())


def wall_in(value: When | None, zone: Zone | None) -> datetime:
    """A time on the series' clock; of a series of days the midnight of its day."""
    assert value is not None, "only asked of what is there"
    if zone is None:
        return datetime.combine(value.day(None), datetime.min.time())
    return value.wall if value.is_day else value.in_zone(zone)


def stub_of(exception: SourceEvent) -> Stub:
    """A changed occurrence as a list has it."""
    assert exception.series_id is not None, "a changed occurrence is of a series"
    first, last = as_instant(exception.span.start), as_instant(exception.span.end)
    return Stub(exception.id, exception.series_id, Kind.EXCEPTION, first, last, exception.original_start)
