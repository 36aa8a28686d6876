"""Series as Outlook has them; the times that Microsoft lists are counted out day by day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from calmirror.model.ids import SourceId
from calmirror.model.mirror import Desired, DesiredEvent
from calmirror.model.policy import EVERYTHING
from calmirror.model.source import Kind, Recurrence, Series, SourceEvent, Stub
from calmirror.model.times import Span, Window
from calmirror.translate.series import desired_series

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WINDOW = Window(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))
BERLIN = "Europe/Berlin"
MASTER = SourceId("master")


def day(text: str) -> date:
    """A day of 2026, as "03-29"."""
    return date.fromisoformat(f"2026-{text}")


def utc(text: str) -> datetime:
    """A moment of 2026 in UTC, as "03-29 07:00"."""
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=UTC)


def at(local: datetime, zone: str) -> datetime:
    """A wall-clock time as Microsoft reads it: of two readings the first."""
    return local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def days(first: str, last: str, every: int = 1) -> list[date]:
    """Every so many days, the last included."""
    count = (day(last) - day(first)).days // every
    return [day(first) + timedelta(days=every * number) for number in range(count + 1)]


def timed(
    on: Iterable[date],
    clock: str = "09:00",
    *,
    length: timedelta = HOUR,
    zone: str = BERLIN,
    named: str | None = None,
    window: Window = WINDOW,
    cancelled: Iterable[date] = (),
    moved: Mapping[date, Span] | None = None,
    **given: Any,
) -> Series:
    """A series on these days, unless `recurrence` says otherwise. Occurrences that were `moved` are exceptions."""
    starts = {one: datetime.combine(one, time.fromisoformat(clock)) for one in on}
    spans = {one: Span(at(start, zone), at(start + length, zone)) for one, start in starts.items()}
    originals = {one: at(start, zone) for one, start in starts.items()}
    name = zone if named is None else named
    return _series(spans, originals, set(cancelled), moved or {}, window, name, given)


def whole_days(
    on: Iterable[date],
    *,
    length: int = 1,
    zone: str = BERLIN,
    named: str | None = None,
    window: Window = WINDOW,
    cancelled: Iterable[date] = (),
    moved: Mapping[date, Span] | None = None,
    **given: Any,
) -> Series:
    """The same, all-day; the original start of an exception is midnight in `zone`."""
    spans = {one: Span(one, one + timedelta(days=length)) for one in on}
    originals = {one: at(datetime.combine(one, time()), zone) for one in spans}
    name = zone if named is None else named
    return _series(spans, originals, set(cancelled), moved or {}, window, name, given)


def _series(
    spans: dict[date, Span],
    originals: dict[date, datetime],
    cancelled: set[date],
    moved: Mapping[date, Span],
    window: Window,
    zone: str,
    given: dict[str, Any],
) -> Series:
    first = min(spans)
    every = (sorted(spans)[1] - first).days if len(spans) > 1 else 1
    said_of_rule = given.pop("recurrence", {})
    daily = {} if "type" in said_of_rule else {"type": "daily", "interval": every}
    rule = daily | {"start_date": first, "zone": zone} | said_of_rule
    complete, said = given.pop("complete", False), given.pop("said", tuple(sorted(cancelled)))
    event: dict[str, Any] = {"subject": "Meeting", "ical_uid": "uid", "start_zone": zone, "end_zone": zone} | given
    master = SourceEvent(id=MASTER, kind=Kind.MASTER, span=spans[first], recurrence=Recurrence(**rule), **event)
    exceptions = tuple(_exception(one, span, originals[one], event) for one, span in moved.items())
    padded = window.padded(1)
    plain = {one: span for one, span in spans.items() if one not in cancelled and one not in moved}
    stubs = [_stub(f"o-{one}", Kind.OCCURRENCE, span) for one, span in plain.items()]
    stubs += [_stub(f"x-{one}", Kind.EXCEPTION, span, originals[one]) for one, span in moved.items()]
    return Series(
        master=master,
        exceptions=exceptions,
        cancelled=said,
        listed=tuple(stub for stub in stubs if Span(stub.start, stub.end).overlaps(padded)),
        listed_window=padded,
        listed_complete=complete,
    )


def _exception(one: date, span: Span, original: datetime, event: dict[str, Any]) -> SourceEvent:
    own = event | {"subject": "Moved"}
    return SourceEvent(
        id=SourceId(f"x-{one}"), kind=Kind.EXCEPTION, series_id=MASTER, span=span, original_start=original, **own
    )


def _stub(one: str, kind: Kind, span: Span, original: datetime | None = None) -> Stub:
    start, end = (
        value if isinstance(value, datetime) else datetime.combine(value, time(), UTC)
        for value in (span.start, span.end)
    )
    return Stub(SourceId(one), MASTER, kind, start, end, original)


def translated(series: Series, *, window: Window = WINDOW, since: datetime | None = None, **given: Any) -> Desired:
    """What Google should hold, from a list that proves it."""
    desired = desired_series(series, window=window, since=since or window.start, **{"policy": EVERYTHING} | given)
    assert desired is not None
    return desired


def rule_of(desired: Desired) -> list[str]:
    """The recurrence lines of the recurring event."""
    return list(desired.parts[0].body["recurrence"])


def part_of(desired: Desired, part: str) -> DesiredEvent:
    """One part."""
    return next(one for one in desired.parts if one.part == part)


def parts_of(desired: Desired) -> list[str]:
    """The names of the parts besides the recurring event."""
    return [one.part for one in desired.parts if one.part]


def times_of(part: DesiredEvent) -> tuple[str, str]:
    """Start and end, in local time."""
    start, end = (part.body[which] for which in ("start", "end"))
    return (start.get("date") or start["dateTime"], end.get("date") or end["dateTime"])
