"""The stand-in's own expansion of Graph's patterns, held against dateutil and against hand-made cases."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import DAILY, MONTHLY, WEEKLY, YEARLY, rrule
from graph_bench import BERLIN, PACIFIC, Bench, daily, times, weekly
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from calmirror.sandbox.graph.recurrence import INDEXES, WEEKDAYS, WIRE_TYPES, Rule

FREQUENCIES = {
    "daily": DAILY,
    "weekly": WEEKLY,
    "absolutemonthly": MONTHLY,
    "relativemonthly": MONTHLY,
    "absoluteyearly": YEARLY,
    "relativeyearly": YEARLY,
}


@st.composite
def rules(draw):
    kind = draw(st.sampled_from(sorted(FREQUENCIES)))
    start = draw(st.dates(date(2019, 1, 1), date(2026, 12, 31)))
    return Rule(
        type=kind,
        interval=draw(st.integers(1, 5)),
        start=start,
        last=draw(st.one_of(st.just(date.max), st.dates(start, start + timedelta(days=2000)))),
        count=draw(st.one_of(st.just(0), st.integers(1, 40))),
        weekdays=frozenset(draw(st.sets(st.integers(0, 6), min_size=1))),
        week_start=draw(st.integers(0, 6)),
        day_of_month=draw(st.integers(1, 31)),
        month=draw(st.integers(1, 12)),
        index=draw(st.sampled_from(sorted(INDEXES))),
        clamp=draw(st.booleans()),
    )


def by_dateutil(rule, until):
    """The same dates by an RRULE in a library that is not ours."""
    parts = {"interval": rule.interval, "wkst": rule.week_start, "dtstart": datetime.combine(rule.start, time())}
    if rule.type == "weekly":
        parts["byweekday"] = sorted(rule.weekdays)
    if rule.type.startswith("relative"):
        nth = INDEXES[rule.index]
        parts |= {"byweekday": sorted(rule.weekdays), "bysetpos": -1 if nth < 0 else nth + 1}
    if rule.type.startswith("absolute"):
        days = range(28, rule.day_of_month + 1) if rule.clamp and rule.day_of_month > 28 else [rule.day_of_month]
        parts |= {"bymonthday": list(days), "bysetpos": -1}
    if rule.type.endswith("yearly"):
        parts["bymonth"] = rule.month
    if rule.count:
        parts["count"] = rule.count
    last = datetime.combine(min(until, rule.last), time())
    return [
        moment.date() for moment in rrule(FREQUENCIES[rule.type], **parts).between(parts["dtstart"], last, inc=True)
    ]


@settings(max_examples=300)
@given(rules(), st.integers(0, 1200), st.integers(0, 900))
def test_dates_are_those_of_an_independent_library(rule, skipped, days):
    since = rule.start + timedelta(days=skipped)
    until = since + timedelta(days=days)
    expected = [day for day in by_dateutil(rule, until) if day >= since]
    assert list(rule.dates(since, until)) == expected


def shown(event, start, end, **bench):
    """Start and end (UTC) of what a calendar with this one event shows."""
    bench = Bench(**bench)
    bench.mailbox.create(event)
    window = (datetime.fromisoformat(start).replace(tzinfo=UTC), datetime.fromisoformat(end).replace(tzinfo=UTC))
    return [(f"{o.start:%m-%d %H:%M}", f"{o.end:%m-%d %H:%M}") for o in bench.mailbox.occurrences(None, *window)]


def posted(rule, start, zone):
    """The event that one would post for a rule, an hour long."""
    pattern = {
        "type": next(kind for kind in WIRE_TYPES if kind.lower() == rule.type),
        "interval": rule.interval,
        "daysOfWeek": [WEEKDAYS[day] for day in rule.weekdays],
        "firstDayOfWeek": WEEKDAYS[rule.week_start],
        "dayOfMonth": rule.day_of_month,
        "month": rule.month,
        "index": rule.index,
    }
    limits = {"type": "noEnd", "startDate": rule.start.isoformat()}
    if rule.count:
        limits |= {"type": "numbered", "numberOfOccurrences": rule.count}
    elif rule.last < date.max:
        limits |= {"type": "endDate", "endDate": rule.last.isoformat()}
    moment = f"{rule.start}T{start:%H:%M}"
    return times(moment, 1, zone, recurrence={"pattern": pattern, "range": limits})


@settings(max_examples=100)
@given(
    rules(),
    st.times(),
    st.sampled_from(
        [
            ("W. Europe Standard Time", "Europe/Berlin"),
            (PACIFIC, "America/Los_Angeles"),
            ("Lord Howe Standard Time", "Australia/Lord_Howe"),
            ("Egypt Standard Time", "Africa/Cairo"),
            ("Pacific/Auckland", "Pacific/Auckland"),
            ("UTC", "UTC"),
        ]
    ),
)
def test_a_series_keeps_its_wall_clock_in_every_zone_and_pattern(rule, start, zone):
    start = start.replace(second=0, microsecond=0, fold=0)
    windows, iana = zone
    rule = replace(rule, last=date.max if rule.count else rule.last)
    until = rule.start + timedelta(days=1500)
    expected = [datetime.combine(day, start, ZoneInfo(iana)).astimezone(UTC) for day in by_dateutil(rule, until)]
    assume(expected)
    bench = Bench(clamp_month_end=rule.clamp)
    series = bench.mailbox.create(posted(rule, start, windows))
    shown = bench.mailbox.occurrences(None, datetime(2018, 12, 1, tzinfo=UTC), expected[-1] + timedelta(seconds=1))
    assert [occurrence.start for occurrence in shown] == expected
    assert bench.mailbox.find(series).start == expected[0]


def test_a_night_shift_over_the_change_ends_at_its_wall_clock():
    event = daily("2026-03-27T22:00", 3, BERLIN, 8)
    assert shown(event, "2026-03-27", "2026-04-01") == [
        ("03-27 21:00", "03-28 05:00"),
        ("03-28 21:00", "03-29 04:00"),
        ("03-29 20:00", "03-30 04:00"),
    ]


@pytest.mark.parametrize(("gap", "start"), [("forward", "03-29 01:30"), ("back", "03-29 00:30")])
def test_a_start_in_a_gap_follows_the_switch(gap, start):
    event = daily("2026-03-28T02:30", 3, BERLIN, 2)
    assert shown(event, "2026-03-29", "2026-03-30", gap=gap) == [(start, "03-29 02:30")]


@pytest.mark.parametrize(("choice", "start"), [("first", "10-25 00:30"), ("second", "10-25 01:30")])
def test_a_start_in_a_repeated_hour_follows_the_switch(choice, start):
    event = daily("2026-10-24T02:30", 3, BERLIN, 2)
    assert shown(event, "2026-10-25", "2026-10-26", repeated_hour=choice) == [(start, "10-25 03:30")]


def test_an_end_is_never_before_a_start_that_a_gap_moved():
    event = daily("2026-03-28T02:30", 3, BERLIN, 0.5)
    assert shown(event, "2026-03-29", "2026-03-30") == [("03-29 01:30", "03-29 02:00")]


@pytest.mark.parametrize(
    ("clamp", "days"),
    [
        (True, ["01-31", "02-28", "03-31", "04-30"]),
        (False, ["01-31", "03-31"]),
    ],
)
def test_day_31_falls_on_the_last_day_of_shorter_months_unless_switched(clamp, days):
    pattern = {"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 31}
    limits = {"type": "noEnd", "startDate": "2026-01-31"}
    event = times("2026-01-31T12:00", zone="UTC", recurrence={"pattern": pattern, "range": limits})
    got = shown(event, "2026-01-01", "2026-05-01", clamp_month_end=clamp)
    assert [start[:5] for start, _ in got] == days


@pytest.mark.parametrize(
    ("first_day", "days"), [("sunday", ["01-06", "01-18", "01-20"]), ("monday", ["01-06", "01-11", "01-20"])]
)
def test_the_first_day_of_the_week_decides_which_sunday_is_in_a_fortnight(first_day, days):
    event = weekly("2026-01-06T12:00", "sunday", "tuesday", zone="UTC", interval=2)
    event["recurrence"]["pattern"]["firstDayOfWeek"] = first_day
    assert [start[:5] for start, _ in shown(event, "2026-01-01", "2026-01-22")] == days


def test_deleted_occurrences_count_towards_a_numbered_series():
    bench = Bench()
    series = bench.mailbox.create(daily("2026-01-05T09:00", 3))
    bench.mailbox.delete_occurrence(series, date(2026, 1, 6))
    year = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    assert [o.original.day for o in bench.mailbox.occurrences(None, *year)] == [5, 7]


@pytest.mark.parametrize(("switch", "start_date"), [("first", "2026-01-12"), ("posted", "2026-01-07")])
def test_a_series_begins_on_the_first_date_that_matches(switch, start_date):
    bench = Bench(range_start=switch)
    series = bench.mailbox.create(weekly("2026-01-07T09:00", "monday"))
    master = bench.read(f"/me/events/{series}")
    assert master["start"]["dateTime"][:10] == "2026-01-12"
    assert master["recurrence"]["range"]["startDate"] == start_date


def test_week_days_are_those_of_the_recurrence_zone():
    event = weekly("2026-01-05T18:00", "monday", zone=PACIFIC)
    assert shown(event, "2026-01-01", "2026-01-14") == [("01-06 02:00", "01-06 03:00"), ("01-13 02:00", "01-13 03:00")]


def test_the_mailbox_alone_knows_the_rules_of_a_customized_zone():
    bench = Bench()
    name = "Customized Time Zone"
    with pytest.raises(ValueError, match="real_zone"):
        bench.mailbox.create(weekly("2026-01-05T09:00", "monday", zone=name))
    series = bench.mailbox.create(weekly("2026-01-05T09:00", "monday", zone=name), real_zone="Asia/Tokyo")
    master = bench.read(f"/me/events/{series}")
    assert master["start"]["dateTime"] == "2026-01-05T00:00:00.0000000"
    assert master["recurrence"]["range"]["recurrenceTimeZone"] == name
    bench.mailbox.edit(series, start={"dateTime": "2026-01-05T10:00"})
    assert bench.read(f"/me/events/{series}")["start"]["dateTime"] == "2026-01-05T01:00:00.0000000"
    following = bench.mailbox.split(series, date(2026, 1, 12))
    assert bench.read(f"/me/events/{following}")["start"]["dateTime"] == "2026-01-12T01:00:00.0000000"


def test_a_name_can_hide_other_rules():
    bench = Bench()
    single = bench.mailbox.create(times("2026-07-01T09:00", zone=BERLIN), real_zone="America/New_York")
    event = bench.read(f"/me/events/{single}")
    assert (event["start"]["dateTime"][11:16], event["originalStartTimeZone"]) == ("13:00", BERLIN)


def test_an_empty_recurrence_zone_is_reported_as_it_is():
    bench = Bench()
    event = weekly("2026-01-05T09:00", "monday", range_={"recurrenceTimeZone": ""})
    series = bench.mailbox.create(event)
    master = bench.read(f"/me/events/{series}")
    assert master["recurrence"]["range"]["recurrenceTimeZone"] == ""
    assert master["start"]["dateTime"] == "2026-01-05T08:00:00.0000000"


@pytest.mark.parametrize(
    "change",
    [
        {"type": "fortnightly"},
        {"daysOfWeek": []},
        {"interval": 0},
    ],
)
def test_patterns_that_the_service_would_refuse_are_refused(change):
    event = weekly("2026-01-05T09:00", "monday")
    event["recurrence"]["pattern"] |= change
    with pytest.raises(ValueError, match=r".+"):
        Bench().mailbox.create(event)


def test_a_start_date_that_is_not_the_events_is_refused():
    with pytest.raises(ValueError, match="startDate"):
        Bench().mailbox.create(weekly("2026-01-05T09:00", "monday", range_={"startDate": "2026-01-06"}))
