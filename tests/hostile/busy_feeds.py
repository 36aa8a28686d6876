"""Published calendars as somebody writes them who wants to keep a run busy: rules, zones, and times that need them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from hypothesis import strategies as st

from calmirror.ics.expansion import RANGES, WEEKDAYS

MOST_CALLS = 5_000_000
"""Calls of functions within which a calendar of some kilobytes is read and proved: about two seconds' work."""
LONGEST = 60_000
"""Characters of observances that are alike: what is longer takes longer in any case."""
FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY", "NEVER", "")
NUMBERS = ("0", "1", "2", "7", "12", "24", "999", "1000", "1001", "999999999", "-1", "", "x", "9" * 5000)
OFFSETS = ("+0100", "+0200", "-0500", "+0530", "+1400", "-1200", "+0000", "+9959", "+1559", "0100", "+010", "")
YEARS = st.one_of(st.integers(2024, 2028), st.sampled_from((1, 1582, 1601, 1602, 1770, 1900, 1970, 4499, 4500, 9999)))


class BusyError(Exception):
    """Something takes more calls than it may."""


@contextmanager
def few_calls(most: int = MOST_CALLS) -> Iterator[None]:
    """Raises BusyError within once that many functions were called: the same on any machine, however slow it is."""
    left = most

    def count(_frame: FrameType, event: str, _arg: object) -> None:
        nonlocal left
        left -= event in ("call", "c_call")
        if left < 0:
            raise BusyError

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        yield
    finally:
        sys.setprofile(before)


def ranged(name: str) -> st.SearchStrategy[str]:
    """A list of numbers such as a part of a rule takes: a few, or all that there are."""
    low, high = RANGES[name]
    few = st.lists(st.integers(low - 1, high + 1), min_size=1, max_size=4)
    return st.one_of(few, st.just(list(range(low, high + 1)))).map(lambda found: ",".join(map(str, found)))


def moments(zone: str = "") -> st.SearchStrategy[str]:
    """A date, or a time on a clock or in UTC, some of which nobody can read."""
    days = st.builds("{:04}{:02}{:02}".format, YEARS, st.integers(1, 12), st.integers(1, 29))
    times = st.sampled_from(("T100000", "T023000", "T235959", "T100000Z", "T000000Z", "", "T240000", "Tx"))
    return st.builds(f"{zone}{{}}{{}}".format, days, times)


@st.composite
def rules(draw: st.DrawFn) -> str:
    """A rule: mostly one that can be followed, for as long as one likes."""
    parts = {
        "FREQ": draw(st.sampled_from(FREQUENCIES[:5]) if draw(st.integers(0, 9)) else st.sampled_from(FREQUENCIES))
    }
    if draw(st.booleans()):
        parts["INTERVAL"] = draw(st.sampled_from(NUMBERS))
    for name in draw(st.lists(st.sampled_from(sorted(RANGES)), max_size=4, unique=True)):
        parts[name] = draw(ranged(name))
    if draw(st.booleans()):
        nth = st.sampled_from(("", "", "1", "-1", "5", "+2", "53", "-53", "54", "0"))
        named = st.lists(st.tuples(nth, st.sampled_from(WEEKDAYS)).map("".join), min_size=1, max_size=7)
        parts["BYDAY"] = ",".join(draw(named))
    end = draw(st.integers(0, 4))
    if end == 1:
        parts["COUNT"] = draw(st.sampled_from((*NUMBERS, "40000", "50000")))
    elif end == 2:
        parts["UNTIL"] = draw(moments())
    if draw(st.booleans()):
        parts["WKST"] = draw(st.sampled_from((*WEEKDAYS, "XX")))
    return ";".join(f"{name}={value}" for name, value in parts.items())


@st.composite
def clocks(draw: st.DrawFn) -> str:
    """The definition of the zone "Own": a few observances, or as many as one likes of nearly the same."""
    blocks = []
    for _ in range(draw(st.integers(0, 3))):
        kind, times = draw(st.sampled_from(("STANDARD", "DAYLIGHT"))), draw(st.integers(0, 9))
        lines = [f"BEGIN:{kind}", f"DTSTART:{draw(moments())}"]
        lines += [f"TZOFFSET{edge}:{draw(st.sampled_from(OFFSETS))}" for edge in ("FROM", "TO")]
        if times < 6:
            yearly = st.sampled_from(("FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", "FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU"))
            lines.append(f"RRULE:{draw(st.one_of(yearly, rules()))}")
        elif times < 8:
            days = [
                f"20260{month}{day:02}T0{hour}0000" for month in range(1, 10) for day in range(1, 29) for hour in (1, 2)
            ]
            lines.append("RDATE:" + ",".join(draw(st.sampled_from((days[:2], days[:60], days)))))
        block = "\r\n".join([*lines, f"END:{kind}\r\n"])
        blocks.append(block * min(draw(st.sampled_from((1, 1, 1, 60, 400, 401))), 1 + LONGEST // len(block)))
    return f"BEGIN:VTIMEZONE\r\nTZID:Own\r\n{''.join(blocks)}END:VTIMEZONE\r\n"


@st.composite
def series(draw: st.DrawFn, number: int) -> str:
    """An event that repeats, changed and with holes, or once a year for as long as one likes."""
    zone = draw(st.sampled_from((":", ":", ";TZID=Own:", ";TZID=Own:", ";VALUE=DATE:", ";TZID=Europe/Berlin:")))
    lines = [f"UID:{draw(st.sampled_from((number, 0)))}", f"DTSTART{draw(moments(zone))}"]
    lines += [f"RRULE:{rule}" for rule in draw(st.lists(rules(), max_size=2))] * draw(st.sampled_from((1, 1, 1, 300)))
    lines += [
        f"{name}{draw(moments(zone))}" for name in draw(st.lists(st.sampled_from(("EXDATE", "RDATE")), max_size=3))
    ]
    if not draw(st.integers(0, 5)):
        lines.append(
            f"RDATE{zone}" + ",".join(f"{year}0601T100000" for year in range(1602, draw(st.integers(1603, 4500))))
        )
    if not draw(st.integers(0, 3)):
        lines.append(f"RECURRENCE-ID{draw(st.sampled_from((';RANGE=THISANDFUTURE', '')))}{draw(moments(zone))}")
    if draw(st.booleans()):
        lines.append(
            draw(st.one_of(moments(zone).map("DTEND{}".format), st.sampled_from(("DURATION:PT1H", "DURATION:P999W"))))
        )
    return "\r\n".join(("BEGIN:VEVENT", *lines, "END:VEVENT\r\n"))


@st.composite
def yearly(draw: st.DrawFn) -> str:
    """Events in the zone "Own" in many years, each of which asks its clock."""
    first, step = draw(st.integers(1602, 2026)), draw(st.sampled_from((1, 1, 3)))
    return "".join(
        f"BEGIN:VEVENT\r\nUID:y{year}\r\nDTSTART;TZID=Own:{year}0601T100000\r\nRRULE:FREQ=DAILY;COUNT=1\r\nEND:VEVENT\r\n"
        for year in range(first, min(4500, first + draw(st.sampled_from((5, 50, 300)))), step)
    )


def calendar(*parts: str) -> str:
    """A whole calendar."""
    return "".join(("BEGIN:VCALENDAR\r\n", *parts, "END:VCALENDAR\r\n"))


many_series = st.integers(1, 4).flatmap(lambda count: st.tuples(*(series(number) for number in range(count))))
of_rules = st.builds(lambda zone, events: calendar(zone, *events), clocks(), many_series)
of_zones = st.builds(lambda zone, events, more: calendar(zone, more, *events), clocks(), many_series, yearly())
