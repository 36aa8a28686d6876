"""The ways to write one series for Google, and the proof of one: its expansion against Microsoft's own list."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from itertools import islice, product, takewhile
from typing import TypeAlias
from zoneinfo import ZoneInfo

from calmirror.model.source import Kind, Series, SourceEvent, Stub
from calmirror.model.times import Span, Window, as_instant
from calmirror.translate.rules import Rule, instants, is_clean, rules, wall
from calmirror.translate.zones import POSSIBLE, iana, zone

NEAR = timedelta(hours=3)
"""No zone has moved its clocks by more at one change; within it a listed time belongs to its nominal one."""
FEW = 3
NEAR_WINDOW = timedelta(days=2)
"""More than a zone is away from UTC, and an all-day event's instant from its day."""

Times: TypeAlias = tuple[datetime, datetime] | tuple[date, date]
"""Start and end, as in a Span, where there are thousands of them."""


class Dated(Enum):
    """What the date may be by which Microsoft names a changed or cancelled occurrence. It is not documented."""

    AUTHORED = "where the event was written, as recorded"
    LOCAL = "where the series is repeated"
    UTC = "of its start in UTC"
    DAY_BEFORE = "of midnight in UTC, east of it"


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a series. Occurrences are keyed by their naive local start (midnight when all-day)."""

    rule: Rule
    zone: ZoneInfo | None
    first: datetime
    length: timedelta
    dated: Dated
    """What the dates of changed and cancelled occurrences mean."""
    days_in: ZoneInfo | None
    """Where midnight is that of an all-day series; None where Microsoft does not name the zone."""
    author: ZoneInfo | None = None
    """Where the event was written; None where Microsoft does not name the zone."""

    def is_clean(self, start: datetime) -> bool:
        """Whether every convention gives this occurrence the same start and end."""
        return self.zone is None or is_clean(start, self.length, self.zone)

    def starts_clearly(self, start: datetime) -> bool:
        """Whether the start is neither in a gap nor in a repeated hour, so that its instance id is certain."""
        early, late = instants(start, self.zone) if self.zone else (start, start)
        return early == late

    def instant(self, start: datetime) -> datetime:
        """The start in UTC (the first reading where there are two); whole days as days in UTC."""
        return instants(start, self.zone)[0] if self.zone else as_instant(start.date())

    def span(self, start: datetime) -> Span:
        """When the occurrence is, by the wall clock at both ends."""
        if self.zone is None:
            return Span(start.date(), (start + self.length).date())
        return Span(self.instant(start), instants(start + self.length, self.zone)[0])

    def times(self, start: datetime) -> Times:
        """The same of a clean one, at less cost."""
        if self.zone is None:
            return start.date(), (start + self.length).date()
        early = self.instant(start)
        return early, early + self.length

    def date_of(self, start: datetime) -> date:
        """The date by which Microsoft names the occurrence when it is changed or cancelled."""
        if self.dated is Dated.LOCAL:
            return start.date()
        if self.dated is Dated.AUTHORED and self.author:
            return wall(self.instant(start), self.author).date()
        return self.instant(start).date() if self.dated is Dated.UTC else start.date() - timedelta(days=1)

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
    unclean: frozenset[datetime]
    """Starts of occurrences that conventions about changing clocks could move."""
    listed: dict[datetime, Times]
    """Where Microsoft lists a plain occurrence: the truth for those that are not clean."""
    missing: frozenset[datetime]
    extra: int
    """How many occurrences and exceptions Microsoft has that the form has no place for."""
    dates: int
    """How many changed and cancelled occurrences it has a place for."""

    @property
    def proven(self) -> bool:
        """Whether the expansion is exactly what Microsoft lists."""
        return not self.missing and not self.extra


def forms(series: Series, hints: Iterable[str], written: str = "") -> Iterator[Form]:
    """Every form worth trying, likeliest first.

    `hints` are IANA zones seen elsewhere in the calendar. `written` is the rule that Google has: a list of other
    months may not tell any more why it was chosen.
    """
    master = series.master
    recurrence = master.recurrence
    if recurrence is None:
        return
    named = [known for known in map(zone, named_zones(series)) if known]
    ways = sorted(rules(recurrence), key=lambda rule: not f"{written};".startswith(f"RRULE:{rule.pattern};"))
    candidates: Iterable[ZoneInfo | None] = [None] if master.span.all_day else _zones(series, hints)
    for where in candidates:
        first, length = _first(master.span, where)
        days = dict.fromkeys([first.date(), recurrence.start_date])
        author = zone(master.start_zone)
        clocks = dict.fromkeys([first.time(), *_listed_clock(series, where if where in named else None)])
        for clock, rule, day, dated in product(clocks, ways, days, _datings(series, first, where, author)):
            days_in = where or (named[0] if named else None)
            yield Form(rule, where, datetime.combine(day, clock), length, dated, days_in, author)


def expand(form: Form, series: Series) -> Grid | None:
    """The form's grid, compared with Microsoft's list where there is one; None when it has no occurrence at all."""
    compared = series.listed_window.padded(-1)
    starts = tuple(_until(form, _horizon(series, compared)))
    if not starts:
        return None
    exceptions = _placed(form, starts, series.exceptions)
    cancelled = _holes(form, starts, series.cancelled or ())
    holes = cancelled - exceptions.keys()
    unclean = frozenset(start for start in starts if not form.is_clean(start))
    plain = [start for start in _near(starts, compared, form) if start not in holes and start not in exceptions]
    found, left = _match(form, plain, unclean, _listed(series, compared, form))
    missing = frozenset(s for s in plain if s not in found and _must_be_listed(s, compared, form, unclean))
    placed = {exception.id for exception in exceptions.values()}
    left += sum(e.id not in placed and e.span.overlaps(compared) for e in series.exceptions)
    if series.cancelled is None and series.listed_complete:
        holes, missing = holes | missing, frozenset()
    dates = len(cancelled) + len(exceptions)
    return Grid(form, starts, holes, exceptions, unclean, found, missing, left, dates)


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


def _listed_clock(series: Series, where: ZoneInfo | None) -> Iterator[time]:
    """The time of day at which every listed occurrence starts in the zone that Microsoft names.

    Windows knows the rules of today for all years, so that an old first start may be at odds with the others.
    """
    found = (
        {wall(stub.start, where).time() for stub in series.listed if stub.kind is Kind.OCCURRENCE} if where else set()
    )
    if len(found) == 1:
        yield from found


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


def _datings(series: Series, first: datetime, where: ZoneInfo | None, author: ZoneInfo | None) -> list[Dated]:
    """What the dates of occurrences may mean, likeliest first, where that makes a difference to one of them."""
    named = {*(series.cancelled or ()), *(e.original_date for e in series.exceptions if e.original_date)}
    if not named:
        return [Dated.LOCAL]
    if where is None:
        return [Dated.LOCAL, Dated.DAY_BEFORE]
    starts = [datetime.combine(day, first.time()) for day in named]
    moments = [(instants(start, where)[0], start.date()) for start in starts]
    in_utc = any(moment.date() != day for moment, day in moments)
    written = author is not None and any(wall(moment, author).date() != day for moment, day in moments)
    return [Dated.AUTHORED] * written + [Dated.LOCAL] + [Dated.UTC] * in_utc


def _horizon(series: Series, compared: Window) -> datetime:
    """How far to expand: past the list, and past every hole and exception that has to be found."""
    days = [compared.end.date(), *(series.cancelled or ())]
    for exception in series.exceptions:
        originals = (exception.original_date, exception.original_start and exception.original_start.date())
        days += [as_instant(exception.span.start).date(), *filter(None, originals)]
    return datetime.combine(max(days), time()) + timedelta(days=3)


def _until(form: Form, horizon: datetime) -> Iterator[datetime]:
    """The first start, wherever it is, and the others up to the horizon."""
    starts = form.rule.starts(form.first)
    yield from islice(starts, 1)
    yield from takewhile(horizon.__ge__, starts)


def _near(starts: tuple[datetime, ...], window: Window, form: Form) -> tuple[datetime, ...]:
    """The starts of all occurrences that could overlap the window, and of some that do not."""
    first = window.start.replace(tzinfo=None) - form.length - NEAR_WINDOW
    last = window.end.replace(tzinfo=None) + NEAR_WINDOW
    return starts[bisect_left(starts, first) : bisect_right(starts, last)]


def _holes(form: Form, starts: tuple[datetime, ...], cancelled: Collection[date]) -> frozenset[datetime]:
    by_date = {form.date_of(start): start for start in starts} if cancelled else {}
    return frozenset(by_date[day] for day in cancelled if day in by_date)


def _placed(
    form: Form, starts: tuple[datetime, ...], exceptions: Collection[SourceEvent]
) -> dict[datetime, SourceEvent]:
    """Each exception at the start it was moved from; those that fit nowhere are left out."""
    if not exceptions:
        return {}
    free = {start.date(): start for start in starts}
    named = {} if form.dated is Dated.LOCAL else {form.date_of(start): start.date() for start in starts}
    placed = {}
    for exception in exceptions:
        day = next((d for d in _original_days(form, exception, named) if d in free), None)
        if day is not None:
            placed[free.pop(day)] = exception
    return placed


def _original_days(form: Form, exception: SourceEvent, named: Mapping[date, date]) -> Iterator[date]:
    """The local day an exception was on, best evidence first.

    That is the date in `occurrenceId`, read as the form reads such dates; `named` has the local days by the dates
    that Microsoft names them by, where these are others. `originalStart` can be missing, null, or of a time that the
    series no longer has, and of whole days it is midnight in a zone that may not be named.
    """
    original, name = exception.original_start, exception.original_date
    if name:
        readings = (named.get(name, name), name)
        if original and form.zone and (day := wall(original, form.zone).date()) in readings:
            yield day
        yield from readings
    if original and form.days_in and (form.zone or wall(original, form.days_in).time() == time()):
        yield wall(original, form.days_in).date()
    if original:
        # Of an all-day series this is midnight somewhere, in UTC: the nearest midnight tells the day.
        yield (original + timedelta(hours=12)).date()


def _listed(series: Series, compared: Window, form: Form) -> set[Times]:
    plain = (stub for stub in series.listed if stub.kind is Kind.OCCURRENCE)
    if form.zone is None:
        days = {listed_span(stub, all_day=True) for stub in plain}
        return {(day.start, day.end) for day in days if day.overlaps(compared)}
    return {(stub.start, stub.end) for stub in plain if stub.start < compared.end and stub.end > compared.start}


def listed_span(stub: Stub, *, all_day: bool) -> Span:
    """When a listed occurrence is; Graph gives whole days as midnights in whatever zone was asked for."""
    return Span(stub.start.date(), stub.end.date()) if all_day else Span(stub.start, stub.end)


def _match(
    form: Form, plain: list[datetime], unclean: frozenset[datetime], listed: set[Times]
) -> tuple[dict[datetime, Times], int]:
    """Which expected occurrence each listed one is, and how many listed ones are none."""
    expected = ((start, form.times(start)) for start in plain if start not in unclean)
    found = {start: times for start, times in expected if times in listed}
    left = listed.difference(found.values())
    for start in plain:
        if not left:
            break
        if start in unclean:
            away = {times: abs(as_instant(times[0]) - form.instant(start)) for times in left}
            nearest = min(left, key=away.__getitem__)
            if away[nearest] <= NEAR:
                found[start] = nearest
                left.discard(nearest)
    return found, len(left)


def _must_be_listed(start: datetime, compared: Window, form: Form, unclean: frozenset[datetime]) -> bool:
    """Whether Microsoft must list it. One that is not clean, at the window's edge, may be just outside."""
    if start not in unclean:
        return form.span(start).overlaps(compared)
    return form.span(start).overlaps(Window(compared.start + NEAR, compared.end - NEAR))
