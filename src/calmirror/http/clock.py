"""Real time."""

from __future__ import annotations

import time


class SystemClock:
    """The machine's clock, as `message.Clock` wants it."""

    def now(self) -> float:
        """Seconds since 1970-01-01 UTC."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Waits; not at all where there is nothing left to wait."""
        time.sleep(max(seconds, 0.0))
