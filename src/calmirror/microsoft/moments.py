"""Graph's times and dates: seven fraction digits, offsets here and there, and dates that mean "none"."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from calmirror.model.times import Span

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from calmirror.microsoft.members import Members

EARLIEST_YEAR = 1602
LATEST_YEAR = 4500
Moment = TypeVar("Moment", bound=date)
UTC_NAMES = frozenset({"", "utc", "etc/utc", "etc/gmt", "gmt", "tzone://microsoft/utc", "coordinated universal time"})


class OddValueError(ValueError):
    """A value that cannot be understood; the text says which, without the event's words."""


def span(event: Members) -> Span:
    """The `start` and `end` of an event that was asked for in UTC.

    Raises:
        OddValueError: one is missing or out of this world, they are the wrong way round, or not in UTC.
    """
    if event.flag("isAllDay"):
        days = Span(first_day(event, "start"), first_day(event, "end"))
        # A whole day has a length, whatever the service made of its end.
        return ordered(Span(days.start, days.start + timedelta(days=1)) if days.start == days.end else days)
    return instants(event)


def instants(event: Members, *, any_zone: bool = False) -> Span:
    """As `span`, never in dates; with `any_zone` also from times in another zone than UTC."""
    return ordered(Span(utc_instant(event, "start", any_zone=any_zone), utc_instant(event, "end", any_zone=any_zone)))


def ordered(span: Span) -> Span:
    """The span, unless its end lies before its start."""
    if span.end < span.start:
        raise OddValueError("it ends before it starts")
    return span


def first_day(event: Members, name: str) -> date:
    """The date part of a `dateTimeTimeZone`: of whole days it is the day in any zone, and never converted."""
    text = event.inner(name).text("dateTime")
    if not text:
        raise OddValueError(f"it has no {name}")
    return sensible(day(text[:10]), name)


def utc_instant(event: Members, name: str, *, any_zone: bool = False) -> datetime:
    """A `dateTimeTimeZone` as an instant; in another zone than UTC only with `any_zone`."""
    moment = event.inner(name)
    text = moment.text("dateTime")
    if not text:
        raise OddValueError(f"it has no {name}")
    value = parsed(text)
    if value.tzinfo is None and moment.text("timeZone").lower() not in UTC_NAMES:
        if not any_zone:
            raise OddValueError(f"its {name} did not come in UTC")
        value = value.replace(tzinfo=known_zone(moment.text("timeZone"), name))
    return sensible(_same(aware(value)), name)


def known_zone(zone_name: str, name: str) -> ZoneInfo:
    """The rules of a time's zone, Windows' name or IANA's; raises OddValueError where the name does not tell them."""
    from calmirror.translate.zones import zone  # noqa: PLC0415 - with UTC asked for, other zones hardly come

    found = zone(zone_name)
    if found is None:
        raise OddValueError(f"its {name} is in a time zone whose rules are not known")
    return found


@lru_cache(maxsize=1 << 14)
def _same(value: datetime) -> datetime:
    """One value for each time: meetings begin and end on the hour, and there are a hundred thousand of them."""
    return value


def instant_or_none(text: str) -> datetime | None:
    """An instant such as `originalStart`, with any offset; None for "" and the dates that mean "none"."""
    if not text or text.startswith(("0000-", "0001-", "9999-")):
        return None
    return aware(parsed(text))


def day(text: str) -> date:
    """An ISO date."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise OddValueError("it has a date that is none") from error


def parsed(text: str) -> datetime:
    """An ISO time, aware if it carries an offset."""
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise OddValueError("it has a time that is none") from error


def aware(value: datetime) -> datetime:
    """The instant in UTC; without an offset it is UTC already."""
    if value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise OddValueError("it has a time out of range") from error


def sensible(value: Moment, name: str) -> Moment:
    """The moment, unless it is a stand-in for "none": Exchange counts from 1601 and ends with 4500."""
    if not EARLIEST_YEAR <= value.year <= LATEST_YEAR:
        raise OddValueError(f"its {name} lies in the year {value.year}")
    return value
