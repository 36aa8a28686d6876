"""A series and what Google should hold for it: one recurring event, its overrides, and copies where need be."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from calmirror.model.fingerprint import fingerprint
from calmirror.model.mirror import Desired, DesiredEvent
from calmirror.model.source import Kind, Series, SourceEvent, Stub
from calmirror.model.times import Span, Window, as_instant
from calmirror.translate.event import NO_LENGTH_NOTE, extent, fields, times, with_length
from calmirror.translate.form import Form, Grid, expand, forms, listed_span, nearly
from calmirror.translate.zones import iana

PLAIN, EXPLODED = "", "mirrored occurrence by occurrence: no rule gives exactly what Microsoft lists"


def desired_series(
    series: Series,
    *,
    window: Window,
    since: datetime,
    overridden: Collection[str] = (),
    hints: Iterable[str] = (),
) -> Desired | None:
    """What Google should hold for a series.

    Args:
        series: read whole; its list may be a part of the truth (a round's stubs) or all of it (`/instances`).
        window: kept in sync.
        since: from when on occurrences that clocks make ambiguous are looked at one by one. Fixed when the series
            is first mirrored: if it moved with the window, old rules would be rewritten for ever.
        overridden: instance suffixes that are overrides in Google already and must be given a body.
        hints: IANA zones of other events, for a series whose zone Microsoft does not name.

    Returns:
        None when the list at hand proves no form and is only a part: ask for `/instances` and call again.
    """
    best = _proven(series, hints)
    if best is None and not series.listed_complete:
        return None
    lead = _lead(best) if best else None
    if best is None or lead is None:
        return _exploded(series, window, since)
    return _whole(series, best, lead, since, window, set(overridden))


def _proven(series: Series, hints: Iterable[str]) -> Grid | None:
    """The first form that Microsoft's list proves; with the whole list at hand, else the first nearly so."""
    near: Grid | None = None
    for form in forms(series, hints):
        grid = expand(form, series)
        if grid and grid.proven:
            return grid
        if not series.listed and not series.listed_complete:
            # A round may send the master alone: no list proves nothing, least of all a less likely form.
            return None
        if grid and near is None and series.listed_complete and nearly(grid):
            near = replace(grid, holes=grid.holes | grid.missing, missing=frozenset())
    return near


def _lead(grid: Grid) -> int | None:
    """The index of the first clean occurrence. The recurring event begins there: its length is taken from it."""
    return next((i for i, start in enumerate(grid.starts) if grid.form.is_clean(start)), None)


def _whole(series: Series, grid: Grid, lead: int, since: datetime, window: Window, overridden: set[str]) -> Desired:
    form, master = grid.form, series.master
    zone_name = form.zone.key if form.zone else None
    first = form.span(grid.starts[lead])
    rule = form.rule.text(form.zone, dropped=lead)
    apart = _apart(grid, lead, since, window)
    holes = sorted((grid.holes | set(apart)) & set(grid.starts[lead:]))
    body = fields(master) | times(with_length(first), zone_name) | {"recurrence": [rule, *_exdate(holes, form.zone)]}
    overrides = list(_overrides(series, grid, set(apart), since, window, overridden))
    ends = _ends(series, grid)
    whole = DesiredEvent(part="", body=body, starts=as_instant(first.start).isoformat(), ends=ends)
    return Desired(
        source_id=master.id,
        ical_uid=master.ical_uid,
        parts=(whole, *overrides, *_copies(series, grid, apart, window)),
        schedule=fingerprint({"start": body["start"], "end": body["end"], "rule": rule}),
        since=since.isoformat(),
        children=tuple(exception.id for exception in series.exceptions),
        holes=frozenset(form.suffix(start) for start in holes),
        note=_note(series, form),
    )


def _note(series: Series, form: Form) -> str:
    master = series.master
    named = [iana(n) for n in (master.recurrence.zone if master.recurrence else "", master.start_zone, master.end_zone)]
    if form.zone and form.zone.key not in named:
        return f"its time zone is not named by Microsoft; its times are those of {form.zone.key}"
    return NO_LENGTH_NOTE if with_length(master.span) != master.span else PLAIN


def _apart(grid: Grid, lead: int, since: datetime, window: Window) -> list[datetime]:
    """Occurrences that cannot be instances: before the recurring event begins, or with an uncertain instance id."""
    form = grid.form
    return [
        start
        for i, start in enumerate(grid.starts)
        if (i < lead or not form.starts_clearly(start))
        and since - timedelta(days=1) <= form.instant(start) < window.end
    ]


def _overrides(
    series: Series, grid: Grid, apart: set[datetime], since: datetime, window: Window, overridden: set[str]
) -> Iterator[DesiredEvent]:
    form = grid.form
    for start in grid.starts:
        if start in apart or start in grid.holes or not form.starts_clearly(start):
            continue
        exception = grid.exceptions.get(start)
        if exception is not None:
            if as_instant(exception.span.end) > since or form.instant(start) >= since:
                yield _override(form, start, exception, exception.span)
        elif not form.is_clean(start) and start in grid.listed and grid.listed[start].overlaps(window):
            yield _override(form, start, series.master, grid.listed[start])
        elif form.suffix(start) in overridden and form.is_clean(start):
            yield _override(form, start, series.master, form.span(start))


def _override(form: Form, start: datetime, event: SourceEvent, span: Span) -> DesiredEvent:
    suffix = form.suffix(start)
    return _piece("override", suffix, event, span, form.zone.key if form.zone else None, instance=suffix)


def _copies(series: Series, grid: Grid, apart: list[datetime], window: Window) -> Iterator[DesiredEvent]:
    zone_name = grid.form.zone.key if grid.form.zone else None
    for start in apart:
        event = grid.exceptions.get(start, series.master)
        span = grid.exceptions[start].span if start in grid.exceptions else grid.listed.get(start)
        if start not in grid.holes and span is not None and span.overlaps(window):
            yield _piece("copy", grid.form.suffix(start), event, span, zone_name)


def _piece(
    kind: str, key: str, event: SourceEvent, span: Span, zone_name: str | None, instance: str = ""
) -> DesiredEvent:
    real = with_length(span)
    body = fields(event) | times(real, zone_name)
    return DesiredEvent(part=f"{kind}:{key}", body=body, instance=instance, **extent(real))


def _exdate(holes: list[datetime], where: ZoneInfo | None) -> list[str]:
    """One EXDATE line. Wall-clock form: in a gap the instant would depend on the reader's convention."""
    if not holes:
        return []
    if where is None:
        return ["EXDATE;VALUE=DATE:" + ",".join(f"{hole:%Y%m%d}" for hole in holes)]
    if where.key == "UTC":
        return ["EXDATE:" + ",".join(f"{hole:%Y%m%dT%H%M%SZ}" for hole in holes)]
    return [f"EXDATE;TZID={where.key}:" + ",".join(f"{hole:%Y%m%dT%H%M%S}" for hole in holes)]


def _ends(series: Series, grid: Grid) -> str:
    """When the last occurrence is over; empty for an endless series."""
    rule = grid.form.rule
    if not rule.count and rule.last is None:
        return ""
    last = max(rule.starts(grid.form.first), default=grid.starts[-1]) if rule.count else _last_day(grid)
    ends = [grid.form.span(last).end, *(exception.span.end for exception in series.exceptions)]
    return max(as_instant(end) for end in ends).isoformat()


def _last_day(grid: Grid) -> datetime:
    assert grid.form.rule.last is not None
    return datetime.combine(grid.form.rule.last, grid.form.first.time())


def _exploded(series: Series, window: Window, since: datetime) -> Desired:
    """Each listed occurrence as an event of its own: right whatever the rule, but only within the window."""
    master = series.master
    zone_name = None if master.span.all_day else iana(master.start_zone)
    changed = {exception.id: exception for exception in series.exceptions}
    parts = [_alone(stub, changed.get(stub.id), master, zone_name) for stub in series.listed]
    in_window = [part for part in parts if _overlaps(part, window)]
    return Desired(
        source_id=master.id,
        ical_uid=master.ical_uid,
        parts=tuple(sorted(in_window, key=lambda part: part.part)),
        since=since.isoformat(),
        children=tuple(changed),
        exploded=True,
        note=EXPLODED,
    )


def _alone(stub: Stub, exception: SourceEvent | None, master: SourceEvent, zone_name: str | None) -> DesiredEvent:
    event = exception or master
    span = exception.span if exception else listed_span(stub, all_day=master.span.all_day)
    original = stub.original_start if stub.kind is Kind.EXCEPTION and stub.original_start else stub.start
    return _piece("copy", f"{original:%Y%m%dT%H%M%SZ}", event, span, zone_name)


def _overlaps(part: DesiredEvent, window: Window) -> bool:
    return datetime.fromisoformat(part.starts) < window.end and datetime.fromisoformat(part.ends) > window.start
