"""Spans of time and the window kept in sync. Half-open everywhere: the end does not belong to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` to `end`, exclusive: two aware UTC datetimes, or two dates when it is all-day."""

    start: datetime | date
    end: datetime | date

    @property
    def all_day(self) -> bool:
        """Whether the span is made of whole days, which have no zone and must never be converted."""
        return not isinstance(self.start, datetime)

    def overlaps(self, window: Window) -> bool:
        """Whether any of it lies in the window; whole days are taken as days in UTC."""
        return as_instant(self.start) < window.end and as_instant(self.end) > window.start


@dataclass(frozen=True, slots=True)
class Window:
    """The half-open time `[start, end)` kept in sync, as UTC instants."""

    start: datetime
    end: datetime

    @classmethod
    def around(cls, now: datetime, *, past_days: int, future_days: int) -> Window:
        """Whole UTC days around `now`."""
        today = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
        return cls(today - timedelta(days=past_days), today + timedelta(days=future_days))

    def padded(self, days: int) -> Window:
        """A window wider by `days` at both ends."""
        return Window(self.start - timedelta(days=days), self.end + timedelta(days=days))


def rfc3339(local: datetime) -> str:
    """A moment as services take it. Before standard time offsets have seconds, which RFC 3339 lacks: those in UTC."""
    offset = local.utcoffset() or timedelta()
    return (local.astimezone(UTC) if offset % timedelta(minutes=1) else local).isoformat(timespec="seconds")


def as_instant(value: datetime | date) -> datetime:
    """A date as its midnight in UTC; a datetime as it is."""
    return value if isinstance(value, datetime) else datetime.combine(value, time(), UTC)
