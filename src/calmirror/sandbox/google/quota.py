"""Sliding windows: units per user and minute, writes per calendar and ten seconds."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from calmirror.sandbox.google.errors import RefusedError, minute_quota, refused
from calmirror.sandbox.google.switches import GoogleSwitches


@dataclass(slots=True)
class Window:
    """What was spent within the last `seconds`."""

    seconds: float
    spent: deque[tuple[float, int]] = field(default_factory=deque)
    total: int = 0

    def admits(self, now: float, units: int, limit: int) -> bool:
        """Spends the units where they fit; a request that does not fit costs nothing."""
        while self.spent and self.spent[0][0] <= now - self.seconds:
            self.total -= self.spent.popleft()[1]
        if self.total + units > limit:
            return False
        self.spent.append((now, units))
        self.total += units
        return True


@dataclass(slots=True)
class Quota:
    """Refuses what is too much, in turn with 403 and 429 where the switch says so."""

    switches: GoogleSwitches
    now: Callable[[], float]
    minute: Window = field(default_factory=lambda: Window(60))
    calendars: defaultdict[str, Window] = field(default_factory=lambda: defaultdict(lambda: Window(10)))
    refusals: int = 0

    def spend(self, units: int) -> None:
        """Takes the units of one request; raises RefusedError beyond the minute's quota."""
        limit = self.switches.quota_per_minute
        if limit is None or self.minute.admits(self.now(), units, limit):
            return
        self.refusals += 1
        status = self.switches.rate_limit_status
        if status == "alternate":
            status = 403 if self.refusals % 2 else 429
        raise RefusedError(minute_quota(status))

    def write(self, calendar_id: str) -> None:
        """Counts one write to a calendar; raises RefusedError where it is written to too fast."""
        limit = self.switches.writes_per_calendar
        if limit is not None and not self.calendars[calendar_id].admits(self.now(), 1, limit):
            raise refused("quotaExceeded")
