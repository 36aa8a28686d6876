"""How long published calendars of hostile shapes take to read, from 1 kB to 1 MB, in seconds of the processor.

Nobody else's calendar may hold a run: with a size ten times as large, a read takes at most ten times as long, and no
megabyte takes longer than SLOWEST. Printed are the seconds to read the calendar and those of `verify` to expand it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

sys.path.append(str(Path(__file__).parents[1] / "tests" / "simulation"))
sys.path.append(str(Path(__file__).parents[1] / "tests" / "ics"))

from feed_world import HEAD, TAIL, event

from calmirror.ics import proof
from calmirror.ics.contents import contents
from calmirror.ics.split import whole_feed
from calmirror.model.times import Window

SIZES = (1_000, 10_000, 100_000, 1_000_000)
SLOWEST = 5.0
"""Seconds for a megabyte, on a core of today that does nothing else."""
YEAR = 2026
WINDOW = Window(datetime(YEAR, 2, 1, tzinfo=UTC), datetime(YEAR + 1, 3, 1, tzinfo=UTC))
AT, END = ":20260320T100000Z", ":20260320T110000Z"
OLD, OLD_END = ":16120229T100000Z", ":16120229T110000Z"
DAILY = event("series", AT, END, "RRULE:FREQ=DAILY")
Shape = Callable[[int], str]


def repeating(rule: str, start: str = AT, end: str = END) -> Shape:
    """Series of one rule."""
    return lambda number: event(f"e{number}", start, end, f"RRULE:{rule}")


def changing(of: str) -> Shape:
    """One daily series and changes of one day each."""

    def shape(number: int) -> str:
        day = datetime(YEAR, 3, 20, tzinfo=UTC) + timedelta(number)
        return DAILY * (number == 0) + event("series", AT, END, f"{of}:{day:%Y%m%d}T100000Z")

    return shape


def zoned(number: int) -> str:
    """A zone of its own for each event; a calendar may define zones between events."""
    lines = ("DTSTART:16010101T000000", "TZOFFSETFROM:+0100", f"TZOFFSETTO:+02{number % 60:02}")
    rule = "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10"
    block = [f"BEGIN:VTIMEZONE\r\nTZID:Z{number}", "BEGIN:STANDARD", *lines, rule, "END:STANDARD", "END:VTIMEZONE\r\n"]
    start, end = (f";TZID=Z{number}:20260320T{hour}0000" for hour in (10, 11))
    return "\r\n".join(block) + event(f"e{number}", start, end)


def asked_each_year(number: int) -> str:
    """One zone of twenty rules, of which each event asks another year."""
    year = 1602 + number % 2800
    lines = ("BEGIN:STANDARD", "DTSTART:16010101T000000", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200")
    block = "\r\n".join((*lines, "RRULE:FREQ=YEARLY;BYYEARDAY=5", "END:STANDARD\r\n"))
    zone = f"BEGIN:VTIMEZONE\r\nTZID:Own\r\n{block * 20}END:VTIMEZONE\r\n" if not number else ""
    return zone + event(f"e{number}", *(f";TZID=Own:{year}0320T{hour}0000" for hour in (10, 11)), "RRULE:FREQ=YEARLY")


SHAPES: dict[str, Shape] = {
    "single events": lambda number: event(f"e{number}", AT, END),
    "daily since 1900": repeating("FREQ=DAILY", ":19000101T100000Z", ":19000101T110000Z"),
    "daily, counted": repeating("FREQ=DAILY;COUNT=40000", ":19200101T100000Z", ":19200101T110000Z"),
    "monthly since 1612": repeating("FREQ=MONTHLY", OLD, OLD_END),
    "yearly by week since 1612": repeating("FREQ=YEARLY;BYWEEKNO=20", OLD, OLD_END),
    "every thousand years": repeating("FREQ=YEARLY;INTERVAL=1000"),
    "hourly": repeating("FREQ=HOURLY"),
    "never": repeating("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"),
    "on 29 February": repeating("FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=29"),
    "changed occurrences": changing("RECURRENCE-ID"),
    "changes of all that follow": changing("RECURRENCE-ID;RANGE=THISANDFUTURE"),
    "time zones": zoned,
    "one zone in many years": asked_each_year,
    "punctuation": lambda number: event(f"e{number}", AT, END, "DESCRIPTION:" + 'x;:,"\\' * 40),
    "folded lines": lambda number: event(f"e{number}", AT, END, "DESCRIPTION:a" + "\r\n b" * 50),
    "lengths": lambda number: event(f"e{number}", AT, END, f"BEGIN:VALARM\r\nTRIGGER:-P{'1' * 60}W\r\nEND:VALARM"),
}


def of_size(shape: Shape, size: int) -> bytes:
    """A calendar of about that many bytes, one event at least."""
    return (HEAD + "".join(shape(number) for number in range(max(1, size // len(shape(1))))) + TAIL).encode()


def seconds(body: bytes) -> tuple[float, float]:
    """To read it, and to expand it once more."""
    begun = time.process_time()
    found = contents(whole_feed(body), WINDOW, YEAR)
    read = time.process_time()
    for series in found.series.values():
        proof.starts(series, *series.stretch(WINDOW))
    return read - begun, time.process_time() - read


def measured() -> Iterator[tuple[str, float]]:
    """Prints a line for each shape; its name, and the seconds of its largest size."""
    for name, shape in SHAPES.items():
        took = [seconds(of_size(shape, size)) for size in SIZES]
        click.echo(f"{name:<28}" + "".join(f"{read:>8.2f} +{proved:>5.2f}" for read, proved in took))
        yield name, max(sum(took[-1]), 0.0)


def report() -> int:
    """Prints a line for each shape; 1 where one takes too long."""
    click.echo(" " * 28 + "".join(f"{size // 1000:>12} kB" for size in SIZES))
    slow = [name for name, took in measured() if took > SLOWEST]
    click.echo(f"{len(SHAPES)} shapes of calendars, longer than {SLOWEST:g} s for 1 MB: {', '.join(slow) or 'none'}")
    return int(bool(slow))
