"""The meter keeps below a sliding window's limit, and slows down when the service complains."""

from __future__ import annotations

import pytest

from calmirror.http.pacing import Meter
from calmirror.sandbox.service import SandboxClock

NOW = 1_800_000_000.0


def meter(limit: int = 600) -> tuple[Meter, SandboxClock]:
    clock = SandboxClock(NOW)
    return Meter(clock, limit), clock


def test_nothing_waits_below_the_limit() -> None:
    paced, clock = meter()
    for _ in range(12):
        paced.take(50)
    assert clock.now() == NOW


def test_no_window_of_a_minute_ever_holds_more_than_the_limit() -> None:
    paced, clock = meter(limit=100)
    taken = []
    for units in [50, 30, 40, 1, 60, 20, 100, 7] * 5:
        paced.take(units)
        taken.append((clock.now(), units))
        clock.sleep(3)
    for start, _ in taken:
        assert sum(units for at, units in taken if start <= at < start + 60) <= 100
    assert clock.now() - NOW < 60 * (sum(units for _, units in taken) / 100) * 1.6


def test_a_batch_larger_than_the_limit_waits_for_an_empty_window() -> None:
    paced, clock = meter(limit=20)
    paced.take(1)
    paced.take(50)
    assert clock.now() - NOW == pytest.approx(60, abs=0.1)


def test_a_complaint_halves_the_rate_and_quiet_time_brings_it_back() -> None:
    paced, clock = meter()
    paced.slower()
    assert paced.share() == 0.5
    paced.take(300)
    paced.take(1)
    assert clock.now() - NOW == pytest.approx(60, abs=0.1)
    clock.advance(120)
    assert paced.share() == pytest.approx(0.8, abs=0.001)
    clock.advance(600)
    assert paced.share() == 1


def test_complaints_never_stop_it_altogether() -> None:
    paced, clock = meter()
    for _ in range(50):
        paced.slower()
    paced.take(30)
    paced.take(5)
    assert clock.now() == NOW


def test_a_clock_that_is_set_back_does_not_make_it_wait_until_then() -> None:
    paced, clock = meter()
    paced.take(600)
    clock.advance(-3600)
    paced.take(600)
    assert clock.now() == NOW - 3600
