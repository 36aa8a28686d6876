"""The ways to write one series for Google, and the proof of one: its expansion against Microsoft's own list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import product
from zoneinfo import ZoneInfo

from calmirror.model.ids import SourceId
from calmirror.model.source import Kind, Series, SourceEvent, Stub
from calmirror.model.times import Span, Window, as_instant
from calmirror.translate.rules import Rule, instants, is_clean, rules, wall
from calmirror.translate.zones import POSSIBLE, iana, zone

NEAR = timedelta(hours=3)
"""No zone has moved its clocks by more at one change; within it a listed time belongs to its nominal one."""
FEW = 3


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a series. Occurrences are keyed by their naive local start (midnight when all-day)."""

    rule: Rule
    zone: ZoneInfo | None
    first: datetime
    length: timedelta
    shift: int
    """How the dates of cancelled occurrences are meant: 0 local, else days from Microsoft's date to ours."""
    days_in: ZoneInfo | None
    """Where midnight is that of an all-day series; None where Microsoft does not name the zone."""

    def is_clean(self, start: datetime) -> bool:
        """Whether every convention gives this occurrence the same start and end."""
        return self.zone is None or is_clean(start, self.length, self.zone)

    def starts_clearly(self, start: datetime) -> bool:
        """Whether the start is neither in a gap nor in a repeated hour, so that its instance id is certain."""
        return self.zone is None or len(set(instants(start, self.zone))) == 1

    def instant(self, start: datetime) -> datetime:
        """The start in UTC (the first reading where there are two); whole days as days in UTC."""
        return instants(start, self.zone)[0] if self.zone else as_instant(start.date())

    def span(self, start: datetime) -> Span:
        """When the occurrence is, by the wall clock at both ends."""
        if self.zone is None:
            return Span(start.date(), (start + self.length).date())
        return Span(self.instant(start), instants(start + self.length, self.zone)[0])

    def suffix(self, start: datetime) -> str:
        """What Google appends to the master's id for this instance."""
        return f"{start:%Y%m%d}" if self.zone is None else f"{self.instant(start):%Y%m%dT%H%M%SZ}"


@dataclass(frozen=True, slots=True)
class Grid:
    """A form expanded: its starts in order, which are holes, which are exceptions, and what Microsoft lists."""

    form: Form
    starts: tuple[datetime, ...]
    holes: frozenset[datetime]
    exceptions: dict[datetime, SourceEvent]
    listed: dict[datetime, Span]
    """Where Microsoft lists a plain occurrence: the truth for those that are not clean."""
    missing: frozenset[datetime]
    extra: int
    """How many occurrences and exceptions Microsoft has that the form has no place for."""

    @property
    def proven(self) -> bool:
        """Whether the expansion is exactly what Microsoft lists."""
        return not self.missing and not self.extra


def forms(series: Series, hints: Iterable[str]) -> Iterator[Form]:
    """Every form worth trying, likeliest first; `hints` are IANA zones seen elsewhere in the calendar."""
    master = series.master
    recurrence = master.recurrence
    if recurrence is None:
        return
    named = [known for known in map(zone, named_zones(series)) if known]
    candidates = [None] if master.span.all_day else list(_zones(series, hints))
    for where, rule in product(candidates, rules(recurrence)):
        first, length = _first(master.span, where)
        days = dict.fromkeys([first.date(), recurrence.start_date])
        for day, shift in product(days, _shifts(series, first, where)):
            days_in = where or (named[0] if named else None)
            yield Form(rule, where, datetime.combine(day, first.time()), length, shift, days_in)


def expand(form: Form, series: Series) -> Grid | None:
    """The form's grid, compared with Microsoft's list where there is one; None when it has no occurrence at all."""
    compared = series.listed_window.padded(-1)
    starts = tuple(_until(form, _horizon(series, compared)))
    if not starts:
        return None
    holes = _holes(form, starts, series.cancelled or ())
    exceptions = _placed(form, starts, series.exceptions)
    listed = _listed(series, compared, form)
    plain = {s: form.span(s) for s in starts if s not in holes and s not in exceptions}
    found, left = _match(form, plain, listed)
    missing = frozenset(s for s, span in plain.items() if s not in found and _within(span, compared, form, s))
    placed = {exception.id for exception in exceptions.values()}
    left += sum(e.id not in placed and e.span.overlaps(compared) for e in series.exceptions)
    if series.cancelled is None and series.listed_complete:
        holes, missing = holes | missing, frozenset()
    return Grid(form, starts, holes, exceptions, found, missing, left)


def nearly(grid: Grid) -> bool:
    """Whether Microsoft lists nothing that the rule lacks, and leaves out only a few: those are holes too."""
    return not grid.extra and len(grid.missing) <= max(FEW, len(grid.listed) // 10)


def names_zone(series: Series) -> bool:
    """Whether the series needs no guess: whole days have no zone, and others mostly say theirs."""
    return series.master.span.all_day or bool(named_zones(series))


def named_zones(series: Series) -> list[str]:
    """The zones that Microsoft names for a series, as IANA zones; the recurrence's own first."""
    master = series.master
    names = (master.recurrence.zone if master.recurrence else "", master.start_zone, master.end_zone)
    return [known for known in map(iana, names) if known]


def _zones(series: Series, hints: Iterable[str]) -> Iterator[ZoneInfo]:
    named = named_zones(series)
    plain = [stub.start for stub in series.listed if stub.kind is Kind.OCCURRENCE]
    sample = plain[:: max(1, len(plain) // 24)]
    others = [*hints, "UTC", *POSSIBLE]
    for name in dict.fromkeys([*named, *others] if sample else named or others[:1]):
        known = zone(name)
        if known and (name in named or _keeps_time(series, sample, known)):
            yield known


def _keeps_time(series: Series, sample: list[datetime], where: ZoneInfo) -> bool:
    """Whether the listed occurrences start at the master's time of day there, but for an odd night."""
    expected = wall(as_instant(series.master.span.start), where).time()
    return sum(wall(start, where).time() != expected for start in sample) <= 1


def _first(span: Span, where: ZoneInfo | None) -> tuple[datetime, timedelta]:
    """The first start and the length, by the wall clock."""
    start, end = as_instant(span.start), as_instant(span.end)
    if where is None:
        return start.replace(tzinfo=None), end - start
    return wall(start, where), wall(end, where) - wall(start, where)


def _shifts(series: Series, first: datetime, where: ZoneInfo | None) -> list[int]:
    """Which day a cancelled date means: our local one, or the UTC date of the start where that differs."""
    if not series.cancelled:
        return [0]
    if where is None:
        return [0, 1]
    away = (first.date() - instants(first, where)[0].date()).days
    return [0, away] if away else [0]


def _horizon(series: Series, compared: Window) -> datetime:
    """How far to expand: past the list, and past every hole and exception that has to be found."""
    days = [compared.end.date(), *(series.cancelled or ())]
    days += [as_instant(e.span.start).date() for e in series.exceptions]
    days += [e.original_start.date() for e in series.exceptions if e.original_start]
    return datetime.combine(max(days), time()) + timedelta(days=3)


def _until(form: Form, horizon: datetime) -> Iterator[datetime]:
    for number, start in enumerate(form.rule.starts(form.first)):
        if start > horizon and number:
            return
        yield start


def _holes(form: Form, starts: tuple[datetime, ...], cancelled: Iterable[date]) -> frozenset[datetime]:
    by_day = {start.date(): start for start in starts}
    days = (day + timedelta(days=form.shift) for day in cancelled)
    return frozenset(by_day[day] for day in days if day in by_day)


def _placed(form: Form, starts: tuple[datetime, ...], exceptions: Iterable[SourceEvent]) -> dict[datetime, SourceEvent]:
    """Each exception at the start it was moved from; those that fit nowhere are left out."""
    free = {start.date(): start for start in starts}
    placed = {}
    for exception in exceptions:
        day = next((d for d in _original_days(form, exception) if d in free), None)
        if day is not None:
            placed[free.pop(day)] = exception
    return placed


def _original_days(form: Form, exception: SourceEvent) -> Iterator[date]:
    """The local day an exception was on, best evidence first. Days, not times: the series' time may have changed."""
    original = exception.original_start
    if original and form.days_in:
        yield wall(original, form.days_in).date()
    if exception.original_date:
        yield exception.original_date
        yield exception.original_date + timedelta(days=form.shift)
    if original:
        # Of an all-day series this is midnight somewhere, in UTC: the nearest midnight tells the day.
        yield (original + timedelta(hours=12)).date()


def _listed(series: Series, compared: Window, form: Form) -> dict[Span, SourceId]:
    plain = (stub for stub in series.listed if stub.kind is Kind.OCCURRENCE)
    spans = {listed_span(stub, all_day=form.zone is None): stub.id for stub in plain}
    return {span: one for span, one in spans.items() if span.overlaps(compared)}


def listed_span(stub: Stub, *, all_day: bool) -> Span:
    """When a listed occurrence is; Graph gives whole days as midnights in whatever zone was asked for."""
    return Span(stub.start.date(), stub.end.date()) if all_day else Span(stub.start, stub.end)


def _match(form: Form, plain: dict[datetime, Span], listed: dict[Span, SourceId]) -> tuple[dict[datetime, Span], int]:
    """Which expected occurrence each listed one is, and how many listed ones are none."""
    found = {start: span for start, span in plain.items() if span in listed and form.is_clean(start)}
    left = set(listed) - set(found.values())
    for start in plain:
        if start in found or form.is_clean(start) or not left:
            continue
        near = [s for s in left if abs(as_instant(s.start) - form.instant(start)) <= NEAR]
        if near:
            found[start] = min(near, key=lambda s: abs(as_instant(s.start) - form.instant(start)))
            left.discard(found[start])
    return found, len(left)


def _within(span: Span, compared: Window, form: Form, start: datetime) -> bool:
    """Whether Microsoft must list it. One that is not clean, at the window's edge, may be just outside."""
    if form.is_clean(start):
        return span.overlaps(compared)
    inner = Window(compared.start + NEAR, compared.end - NEAR)
    return span.overlaps(inner)
