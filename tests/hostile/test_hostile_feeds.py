"""A published calendar of a megabyte does not hold a run, whatever its zones and its times ask of each other."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from busy_feeds import calendar, few_calls
from parsers import WINDOW

from calmirror.ics.contents import contents
from calmirror.ics.split import whole_feed

RULES = tuple(f"RRULE:FREQ=YEARLY;BYMONTH={month};BYDAY=-1SU" for month in range(1, 13)) * 5
TIMES = [
    f"{year}{month:02}{day:02}T000000" for year in range(1970, 2060) for month in range(1, 13) for day in range(1, 28)
]


MOST = 6_500_000
"""Calls, as `few_calls` counts them."""


def clock(name: str, lines: Iterable[str]) -> str:
    """A definition with an observance for each line."""
    made = (
        f"BEGIN:STANDARD\r\nDTSTART:16010101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+02{number:02}\r\n{line}\r\nEND:STANDARD\r\n"
        for number, line in enumerate(lines)
    )
    return f"BEGIN:VTIMEZONE\r\nTZID:{name}\r\n{''.join(made)}END:VTIMEZONE\r\n"


def event(name: str, zone: str, year: int) -> str:
    """An event of which the year has to be known on the zone's clock."""
    lines = (f"UID:{name}-{year}", f"DTSTART;TZID={zone}:{year}0320T100000", "RRULE:FREQ=YEARLY;COUNT=1")
    return "\r\n".join(("BEGIN:VEVENT", *lines, "END:VEVENT\r\n"))


def in_years(zone: str, count: int) -> list[str]:
    """One event a year."""
    return [event("e", zone, 1602 + number % 2800) for number in range(count)]


BUSY = {
    "sixty rules, asked for each year": [clock("Own", RULES), *in_years("Own", 800)],
    "every day of the year": [clock("Own", ["RRULE:FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU"]), *in_years("Own", 800)],
    "twenty days of the year": [clock("Own", ["RRULE:FREQ=YEARLY;BYYEARDAY=5"] * 20), *in_years("Own", 800)],
    "times without number": [
        clock("Own", ["RDATE:" + ",".join(TIMES[n : n + 990]) for n in range(0, len(TIMES), 990)]),
        *in_years("Own", 800),
    ],
    "forty clocks of sixty rules": [clock(f"Z{n}", RULES) + event("e", f"Z{n}", 2026) for n in range(40)],
    "forty clocks that count": [
        clock(f"Z{n}", [f"{rule};COUNT=490" for rule in RULES]) + event("e", f"Z{n}", 2026) for n in range(40)
    ],
    "forty clocks, each asked for many years": [
        clock(f"Z{n}", RULES[:2]) + "".join(event("e", f"Z{n}", year) for year in range(1602, 1660)) for n in range(40)
    ],
    "one broken clock by many names": [
        clock("a\\,b\\,c\\,d\\,e\\,f\\,g\\,h\\,i\\,j", [*["RDATE:" + ",".join(TIMES[:990])] * 30, "RDATE:never"]),
        *(
            event(
                "e",
                '"' + "".join(c + ("\\," if n >> i & 1 else ",") for i, c in enumerate("abcdefghi")) + 'j"',
                1602 + n,
            )
            for n in range(512)
        ),
    ],
}


@pytest.mark.parametrize("parts", BUSY.values(), ids=BUSY)
def test_a_clock_that_takes_long_to_follow_holds_no_run(parts: list[str]) -> None:
    feed = calendar(*parts, "BEGIN:VEVENT\r\nUID:good\r\nDTSTART:20260321T100000Z\r\nEND:VEVENT\r\n")
    with few_calls(MOST):
        found = contents(whole_feed(feed.encode()), WINDOW, 2026)
    assert "ics:good" in found.singles
    assert len(found.named) == len(found.singles) + len(found.series) + len(found.unreadable) + len(found.far)


def test_a_history_of_many_zones_is_followed() -> None:
    """Forty years in each of twenty zones of its own, as a long-used calendar has them."""
    zones = [clock(f"Z{n}", RULES[n % 12 :][:2]) for n in range(20)]
    events = [event(f"e{n}", f"Z{n}", year) for n in range(20) for year in range(1986, 2027)]
    with few_calls(MOST):
        found = contents(whole_feed(calendar(*zones, *events).encode()), WINDOW, 2026)
    assert not found.unreadable
    assert len(found.series) == 20 * 41
