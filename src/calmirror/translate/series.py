"""A series and what Google should hold for it: one recurring event, its overrides, and copies where need be."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any
from zoneinfo import ZoneInfo

from calmirror.model.fingerprint import fingerprint
from calmirror.model.mirror import Desired, DesiredEvent
from calmirror.model.policy import Policy
from calmirror.model.source import Kind, Series, SourceEvent, Stub, no_more_open
from calmirror.model.times import Span, Window, as_instant
from calmirror.translate.event import NO_LENGTH_NOTE, View, with_length
from calmirror.translate.form import Form, Grid, expand, forms, listed_span, named_zones, nearly
from calmirror.translate.rules import instants, last_counted, means_the_same, wall
from calmirror.translate.zones import iana, zone

MOST_COUNTED = 730
"""Google has been reported to take no larger COUNT; the day of the last occurrence says the same."""
PLAIN, EXPLODED = "", "mirrored occurrence by occurrence: no rule gives exactly what Microsoft lists"


def desired_series(
    series: Series,
    *,
    window: Window,
    since: datetime,
    policy: Policy,
    hints: Iterable[str] = (),
    written: tuple[str, ...] = ("", ""),
    overridden: Collection[str] = (),
) -> Desired | None:
    """What Google should hold for a series.

    Args:
        series: read whole; its list may be a part of the truth (a round's stubs) or all of it (`/instances`).
        window: kept in sync.
        since: from when on occurrences that clocks make ambiguous are looked at one by one. Fixed when the series
            is first mirrored: if it moved with the window, old rules would be rewritten for ever.
        policy: what is shown. The master speaks for all occurrences but the exceptions, each of which is judged by
            itself, though none is less private than its series: one that is not shown becomes a hole, one that is
            shown of a hidden series a copy.
        hints: IANA zones of other events, for a series whose zone Microsoft does not name.
        written: the schedule that was sent to Google last, and its rule, which stays where it means the same; then its
            EXDATE lines.
        overridden: the instances that Google shows changed from `since` on. An exception that was moved away from
            there to before `since` has to follow.

    Returns:
        None when the list at hand proves no form and is only a part: ask for `/instances` and call again.
    """
    view = View(policy)
    exceptions = tuple(no_more_open(exception, series.master) for exception in series.exceptions)
    series = replace(series, exceptions=exceptions)
    if reason := view.hides(series.master):
        return _hidden(series, window, since, view, reason)
    best = _proven(series, hints, written[1])
    if best is None and not series.listed_complete:
        return None
    lead = _lead(best) if best else None
    if best is None or lead is None:
        return _exploded(series, window, since, view)
    return _Whole(series, best, lead, since, window, view, written, overridden).desired()


def _proven(series: Series, hints: Iterable[str], written: str) -> Grid | None:
    """The first form that Microsoft's list proves; with the whole list at hand, else the first nearly so."""
    near: Grid | None = None
    dates = 0
    for form in forms(series, hints, written):
        grid = expand(form, series)
        if grid and grid.dates < dates and not series.listed_complete:
            # A list from before a cancellation fits a form best that has no place for its date.
            continue
        if grid and grid.proven:
            return grid
        dates = grid.dates if grid else dates
        if not series.listed_complete and all(stub.kind is Kind.EXCEPTION for stub in series.listed):
            # A round may send the master alone, or with nothing but what changed: no list of plain occurrences proves
            # nothing, least of all a less likely form.
            return None
        if grid and near is None and series.listed_complete and nearly(grid):
            near = replace(grid, holes=grid.holes | grid.missing, missing=frozenset())
    return near


def _lead(grid: Grid) -> int | None:
    """The index of the first clean occurrence. The recurring event begins there: its length is taken from it."""
    return next((i for i, start in enumerate(grid.starts) if start not in grid.unclean), None)


@dataclass(frozen=True, slots=True)
class _Whole:
    """A series as one recurring event, which begins at the first clean occurrence."""

    series: Series
    grid: Grid
    lead: int
    since: datetime
    window: Window
    view: View
    written: tuple[str, ...]
    overridden: Collection[str]

    def desired(self) -> Desired:
        """The recurring event, its overrides and the copies beside it."""
        series, grid, form, master = self.series, self.grid, self.grid.form, self.series.master
        first = form.span(grid.starts[self.lead])
        rule = self._rule(first)
        apart, left_out = self._apart(), self._left_out()
        cancelled = grid.holes | self._cancelled_before(first, rule)
        holes = sorted((cancelled | set(apart) | left_out.keys()) & set(grid.starts[self.lead :]))
        recurrence = [rule, *_exdate(holes, form.zone)]
        whole = replace(self._piece("", master, first, recurrence=recurrence), ends=_ends(series, grid))
        gone = cancelled | left_out.keys()
        overrides = tuple(self._overrides(gone | set(apart)))
        start, end = whole.body["start"], whole.body["end"]
        return Desired(
            source_id=master.id,
            ical_uid=master.ical_uid,
            parts=(whole, *overrides, *self._copies(apart, gone)),
            schedule=schedule_of(start, end, rule),
            since=self.since.isoformat(),
            children=tuple(exception.id for exception in series.exceptions),
            holes=frozenset(form.suffix(start) for start in holes),
            untold=self._suffixes_to_look_at() - {part.instance for part in overrides},
            note=_note(series, form),
            left_out={form.suffix(start): reason for start, reason in left_out.items()},
        )

    def _rule(self, first: Span) -> str:
        """The rule, in the words that it was written in where they mean the same: each source has its own."""
        form = self.grid.form
        wanted = form.rule
        if wanted.count - self.lead > MOST_COUNTED:
            wanted = replace(wanted, count=0, last=_last_start(self.grid).date())
        rule, before = wanted.text(form.zone, dropped=self.lead), self.written[1]
        if not before or self._schedule(first, before) != self.written[0]:
            return rule
        return before if means_the_same(rule, before, self.grid.starts[self.lead], form.zone) else rule

    def _schedule(self, first: Span, rule: str) -> str:
        body = self._piece("", self.series.master, first).body
        return schedule_of(body["start"], body["end"], rule)

    def _cancelled_before(self, first: Span, rule: str) -> frozenset[datetime]:
        """What was cancelled before Microsoft's list begins, when the list of cancelled occurrences is empty.

        That list has been reported to be empty although there are some, and of these no other list can tell.
        """
        if self.series.cancelled != () or not self.written[2:] or self._schedule(first, rule) != self.written[0]:
            return frozenset()
        form, grid, begins = self.grid.form, self.grid, self.series.listed_window.padded(-1).start
        named = {name for line in self.written[2:] for name in line.partition(":")[2].split(",")}
        plain = (start for start in grid.starts if start not in grid.exceptions and start not in grid.unclean)
        early = takewhile(lambda start: as_instant(form.span(start).end) <= begins, plain)
        return frozenset(start for start in early if _exdate_name(start, form.zone) in named)

    def _left_out(self) -> dict[datetime, str]:
        """Exceptions that are not shown, with the reasons."""
        exceptions, unread = self.grid.exceptions, self.series.unread
        judged = {start: self.view.hides(one) for start, one in exceptions.items() if one.id not in unread}
        return {start: reason for start, reason in judged.items() if reason}

    def _apart(self) -> list[datetime]:
        """Occurrences that cannot be instances: before the recurring event, or with an uncertain instance id."""
        form, grid = self.grid.form, self.grid
        looked_at = Window(self.since, self.window.end)
        return [
            start
            for start in sorted(grid.unclean)
            if (start < grid.starts[self.lead] or not form.starts_clearly(start))
            and (
                self.since - timedelta(days=1) <= form.instant(start) < self.window.end
                or (start in grid.exceptions and grid.exceptions[start].span.overlaps(looked_at))
            )
        ]

    def _overrides(self, without: set[datetime] | frozenset[datetime]) -> Iterator[DesiredEvent]:
        form, grid, master = self.grid.form, self.grid, self.series.master
        for start in self._to_look_at():
            if start in without or not form.starts_clearly(start):
                continue
            exception = grid.exceptions.get(start)
            if exception is not None:
                # Without the override it would show where it was moved from.
                ends = (as_instant(with_length(span).end) for span in (exception.span, form.span(start)))
                looked_at = max(ends) > self.since or form.suffix(start) in self.overridden
                if looked_at and exception.id not in self.series.unread:
                    yield self._override(start, exception, exception.span)
            elif start not in grid.unclean:
                yield self._override(start, master, form.span(start))
            elif start in grid.listed and (span := Span(*grid.listed[start])).overlaps(self.window):
                yield self._override(start, master, span)

    def _to_look_at(self) -> list[datetime]:
        """Where an override may be: exceptions, and occurrences that clocks could move."""
        return sorted(self.grid.unclean | self.grid.exceptions.keys())

    def _suffixes_to_look_at(self) -> frozenset[str]:
        return frozenset(self.grid.form.suffix(start) for start in self._to_look_at())

    def _override(self, start: datetime, event: SourceEvent, span: Span) -> DesiredEvent:
        suffix = self.grid.form.suffix(start)
        return self._piece(f"override:{suffix}", event, span, suffix)

    def _copies(self, apart: list[datetime], gone: Collection[datetime]) -> Iterator[DesiredEvent]:
        grid = self.grid
        for start in apart:
            event = grid.exceptions.get(start, self.series.master)
            times = grid.listed.get(start)
            span = event.span if start in grid.exceptions else times and Span(*times)
            if start not in gone and span and span.overlaps(self.window):
                yield self._piece(f"copy:{grid.form.suffix(start)}", event, span)

    def _piece(self, part: str, event: SourceEvent, span: Span, instance: str = "", **more: Any) -> DesiredEvent:
        zone = self.grid.form.zone
        return self.view.piece(part, event, span, zone.key if zone else None, instance, **more)


def schedule_of(start: Any, end: Any, rule: str) -> str:
    """A hash of what the ids of instances depend on."""
    return fingerprint({"start": start, "end": end, "rule": rule})


def _note(series: Series, form: Form) -> str:
    if form.zone and form.zone.key not in named_zones(series):
        return f"its time zone is not named by Microsoft; its times are those of {form.zone.key}"
    span = series.master.span
    return NO_LENGTH_NOTE if with_length(span) != span else PLAIN


def _exdate(holes: list[datetime], where: ZoneInfo | None) -> list[str]:
    """One EXDATE line. Wall-clock form: in a gap the instant would depend on the reader's convention."""
    if not holes:
        return []
    names = ",".join(_exdate_name(hole, where) for hole in holes)
    if where is None:
        return [f"EXDATE;VALUE=DATE:{names}"]
    return [f"EXDATE:{names}" if where.key == "UTC" else f"EXDATE;TZID={where.key}:{names}"]


def _exdate_name(start: datetime, where: ZoneInfo | None) -> str:
    """An occurrence as an EXDATE line of its zone names it."""
    if where is None:
        return f"{start:%Y%m%d}"
    return f"{start:%Y%m%dT%H%M%S}{'Z' if where.key == 'UTC' else ''}"


def _ends(series: Series, grid: Grid) -> str:
    """When the last occurrence is over; empty for an endless series."""
    rule = grid.form.rule
    if not rule.count and rule.last is None:
        return ""
    ends = [grid.form.span(_last_start(grid)).end, *(exception.span.end for exception in series.exceptions)]
    return max(as_instant(end) for end in ends).isoformat()


def _last_start(grid: Grid) -> datetime:
    """When the last occurrence starts; of a rule with a last day, on that day at the latest."""
    rule, first = grid.form.rule, grid.form.first
    if rule.last is not None:
        return datetime.combine(rule.last, first.time())
    return last_counted(rule, first) or grid.starts[-1]


def _exploded(series: Series, window: Window, since: datetime, view: View) -> Desired:
    """Each listed occurrence as an event of its own: right whatever the rule, but only within the window."""
    master = series.master
    changed = {exception.id: exception for exception in series.exceptions}
    left_out = {one: reason for one, exception in changed.items() if (reason := view.hides(exception))}
    parts = [_alone(stub, changed.get(stub.id), master, view) for stub in series.listed if stub.id not in left_out]
    in_window = [part for part in parts if _overlaps(part, window)]
    return Desired(
        source_id=master.id,
        ical_uid=master.ical_uid,
        parts=tuple(sorted(in_window, key=lambda part: part.part)),
        since=since.isoformat(),
        children=tuple(changed),
        exploded=True,
        note=EXPLODED,
        left_out={
            _key(stub, changed[stub.id], master): left_out[stub.id] for stub in series.listed if stub.id in left_out
        },
    )


def _hidden(series: Series, window: Window, since: datetime, view: View, reason: str) -> Desired:
    """A series that is not shown; its exceptions are judged by themselves."""
    master = series.master
    shown = [e for e in series.exceptions if e.span.overlaps(window) and not view.hides(e)]
    parts = [_alone(_stub(exception), exception, master, view) for exception in shown]
    return Desired(
        source_id=master.id,
        ical_uid=master.ical_uid,
        parts=tuple(sorted(parts, key=lambda part: part.part)),
        since=since.isoformat() if parts else "",
        children=tuple(exception.id for exception in series.exceptions),
        exploded=bool(parts),
        note=f"only changed occurrences are shown of this series: {reason}" if parts else "",
        hidden="" if parts else reason,
    )


def _stub(exception: SourceEvent) -> Stub:
    start, end = as_instant(exception.span.start), as_instant(exception.span.end)
    return Stub(exception.id, exception.series_id or exception.id, exception.kind, start, end, exception.original_start)


def _alone(stub: Stub, exception: SourceEvent | None, master: SourceEvent, view: View) -> DesiredEvent:
    event = exception or master
    span = exception.span if exception else listed_span(stub, all_day=master.span.all_day)
    zone_name = None if master.span.all_day else iana(master.start_zone)
    return view.piece(f"copy:{_key(stub, exception, master)}", event, span, zone_name)


def _key(stub: Stub, exception: SourceEvent | None, master: SourceEvent) -> str:
    """What tells one occurrence of a series from the others: the instant that it was meant for at first."""
    original = _meant_for(exception, master) if exception else None
    if original is None:
        original = stub.original_start if stub.kind is Kind.EXCEPTION and stub.original_start else stub.start
    return f"{original:%Y%m%dT%H%M%SZ}"


def _meant_for(exception: SourceEvent, master: SourceEvent) -> datetime | None:
    """When an exception was to start, by its date where it has one: `originalStart` does not always come."""
    day, start, where = exception.original_date, as_instant(master.span.start), zone(master.start_zone)
    if day is None:
        return exception.original_start
    if master.span.all_day:
        return as_instant(day)
    if where is None:
        return exception.original_start or datetime.combine(day, start.timetz())
    return instants(datetime.combine(day, wall(start, where).time()), where)[0]


def _overlaps(part: DesiredEvent, window: Window) -> bool:
    return datetime.fromisoformat(part.starts) < window.end and datetime.fromisoformat(part.ends) > window.start
