"""Staying below a quota that counts requests in a sliding window."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from calmirror.http.message import Clock

SLOWEST = 1 / 16
RECOVERY = 0.1
"""How much of the full rate comes back in each period without another complaint."""
MARGIN = 0.001


class Meter:
    """Lets at most `limit` units through in any `per` seconds.

    It waits on the caller's clock and needs no thread of its own; many may share it. Other programs use up the same
    quota, so the service has the last word: after `slower` only half as much goes through, and more again little by
    little.
    """

    def __init__(self, clock: Clock, limit: int = 600, per: float = 60.0) -> None:
        self._clock = clock
        self._limit = limit
        self._per = per
        self._lock = Lock()
        self._taken: list[tuple[float, int]] = []
        self._share = 1.0
        self._slowed_at = clock.now()

    def take(self, units: int) -> None:
        """Waits until `units` fit in; more than the whole limit waits for an empty window."""
        while (wait := self._taken_or_wait(units)) > 0:
            self._clock.sleep(wait + MARGIN)

    def slower(self) -> None:
        """Halves the rate: the service said that it was too fast."""
        with self._lock:
            self._share = max(self._share_now() / 2, SLOWEST)
            self._slowed_at = self._clock.now()

    def share(self) -> float:
        """The part of the limit that is used at present, in (0, 1]."""
        with self._lock:
            return self._share_now()

    def _taken_or_wait(self, units: int) -> float:
        """0 when the units were taken, else how long to wait: nobody sleeps with the lock in hand."""
        with self._lock:
            wait = self._wait_for(units)
            if wait <= 0:
                self._taken.append((self._clock.now(), units))
            return wait

    def _share_now(self) -> float:
        quiet = max(self._clock.now() - self._slowed_at, 0.0) / self._per
        return min(self._share + RECOVERY * quiet, 1.0)

    def _wait_for(self, units: int) -> float:
        now = self._clock.now()
        # What lies in the future was taken before the machine's clock was set back.
        self._taken = [entry for entry in self._taken if now - self._per < entry[0] <= now]
        room = self._limit * self._share_now() - sum(taken for _, taken in self._taken)
        wait = 0.0
        for at, taken in self._taken:
            if units <= room:
                break
            room += taken
            wait = at + self._per - now
        return wait
