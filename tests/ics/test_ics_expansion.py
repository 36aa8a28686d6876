"""Rules are expanded as dateutil expands them, and within bounds whatever they say."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from calmirror.ics.expansion import Rule, Steps
from calmirror.ics.proof import shortly_before
from calmirror.ics.values import OddEventError

DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
some = {"min_size": 1, "max_size": 3, "unique": True}


@st.composite
def rules(draw: st.DrawFn) -> str:
    freq = draw(st.sampled_from(["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY"]))
    parts = {"FREQ": freq, "INTERVAL": str(draw(st.integers(1, 4)))}
    options = {
        "BYMONTH": st.integers(1, 12),
        "BYMONTHDAY": st.integers(-31, 31).filter(bool),
        "BYYEARDAY": st.integers(-366, 366).filter(bool),
        "BYHOUR": st.integers(0, 23),
        "BYMINUTE": st.integers(0, 59),
    }
    if freq != "YEARLY":
        options.pop("BYYEARDAY")
    for name in draw(st.lists(st.sampled_from(sorted(options)), max_size=2, unique=True)):
        parts[name] = ",".join(map(str, draw(st.lists(options[name], **some))))
    if draw(st.booleans()):
        nth = st.sampled_from(["1", "-1", "2", "+3"])
        with_nth = freq in ("YEARLY", "MONTHLY") and draw(st.booleans())
        days = draw(st.lists(st.sampled_from(DAYS), **some))
        parts["BYDAY"] = ",".join(draw(nth) + day if with_nth else day for day in days)
    # dateutil begins to count the days of a week at the first start, not at the week's beginning.
    if draw(st.booleans()) and len(parts) > 2 and freq not in ("HOURLY", "WEEKLY"):
        parts["BYSETPOS"] = ",".join(map(str, draw(st.lists(st.sampled_from([1, 2, -1, -2]), **some))))
    if draw(st.booleans()):
        parts["WKST"] = draw(st.sampled_from(DAYS))
    return ";".join(f"{name}={value}" for name, value in parts.items())


def parts_of(text: str) -> dict[str, str]:
    return dict(part.split("=") for part in text.split(";"))


def ours(text: str, first: datetime, begin: datetime, end: datetime) -> list[datetime]:
    return list(Rule.of(parts_of(text), first).starts(first, begin, end, Steps(10**6, 10**6)))


@settings(max_examples=500)
@given(rules(), st.datetimes(datetime(9980, 1, 1), datetime(9990, 1, 1)), st.integers(0, 900))  # noqa: DTZ001 - wall-clock times
def test_the_starts_are_those_of_dateutil(text: str, first: datetime, ahead: int):
    # So late, since dateutil looks for a rule's next start until the year 9999.
    first = first.replace(microsecond=0)
    begin, end = first + timedelta(days=ahead), first + timedelta(days=ahead + 1100)
    try:
        rule = rrulestr(f"{text};UNTIL={end:%Y%m%dT%H%M%S}", dtstart=first)
    except ValueError:  # no start has such an hour
        expected = []
    else:
        expected = [start for start in rule if start >= begin]
    assert ours(text, first, begin, end) == expected


@settings(max_examples=300)
@given(rules(), st.datetimes(datetime(9900, 1, 1), datetime(9950, 1, 1)), st.integers(0, 9000))  # noqa: DTZ001 - as above
def test_the_proof_begins_late_and_finds_the_same(text: str, first: datetime, ahead: int):
    first = first.replace(microsecond=0)
    begin, parts = first + timedelta(days=ahead), parts_of(text)
    late = shortly_before(begin, first, parts["FREQ"], int(parts["INTERVAL"]))
    try:
        known, found = ([*rrulestr(f"{text};UNTIL=99781231", dtstart=at)] for at in (first, late))
    except ValueError:  # no start has such an hour
        return
    assert first <= late <= max(first, begin)
    assert [start for start in found if start >= begin] == [start for start in known if start >= begin]


def test_weeks_are_told_by_number_across_the_turn_of_the_year():
    first = datetime(2025, 12, 22, 9)  # noqa: DTZ001
    found = ours("FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO,SU", first, first, datetime(2027, 2, 1))  # noqa: DTZ001
    assert [f"{one:%F}" for one in found] == ["2025-12-29", "2026-01-04", "2027-01-04", "2027-01-10"]


def test_what_lies_before_is_not_gone_through():
    first = datetime(1770, 1, 1, 9)  # noqa: DTZ001
    begin = datetime(2026, 11, 1)  # noqa: DTZ001
    rule = Rule.of({"FREQ": "DAILY", "INTERVAL": "2"}, first)
    found = list(rule.starts(first, begin, begin + timedelta(days=9), Steps(60, 60)))
    assert [start.day for start in found] == [1, 3, 5, 7, 9] or [start.day for start in found] == [2, 4, 6, 8]


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;INTERVAL=7;BYDAY=WE",
        "FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=31",
        "FREQ=HOURLY;INTERVAL=24;BYHOUR=3",
        "FREQ=MONTHLY;BYSETPOS=300",
    ],
)
def test_a_rule_that_never_occurs_ends(text: str):
    first = datetime(2026, 12, 1, 9)  # noqa: DTZ001
    with pytest.raises(OddEventError, match="too long"):
        list(Rule.of(parts_of(text), first).starts(first, first, datetime(9999, 1, 1), Steps(20_000, 10**9)))  # noqa: DTZ001


def test_a_feed_has_its_own_bound():
    first = datetime(2026, 12, 1, 9)  # noqa: DTZ001
    steps = Steps(4000, 3500)
    rule = Rule.of({"FREQ": "DAILY"}, first)
    assert list(rule.starts(first, first, first + timedelta(days=400), steps))
    steps.begin()
    with pytest.raises(OddEventError, match="this calendar"):
        list(rule.starts(first, first, first + timedelta(days=900), steps))


@pytest.mark.parametrize(
    "text", ["FREQ=DAILY;BYMONTH=13", "FREQ=DAILY;BYHOUR=x", "FREQ=WEEKLY;BYDAY=XX", "FREQ=MONTHLY;BYSETPOS=0"]
)
def test_a_rule_of_nonsense_is_none(text: str):
    with pytest.raises(OddEventError, match="cannot be read"):
        Rule.of(parts_of(text), datetime(2026, 12, 1, 9))  # noqa: DTZ001


def test_too_many_times_of_a_day_are_refused_before_they_are_made():
    sixty = ",".join(map(str, range(60)))
    with pytest.raises(OddEventError, match="too often"):
        Rule.of({"FREQ": "DAILY", "BYMINUTE": sixty, "BYSECOND": sixty}, datetime(2026, 12, 1, 9))  # noqa: DTZ001
