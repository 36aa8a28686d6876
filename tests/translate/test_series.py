"""A series as one recurring event, its overrides, and copies of what no recurring event can say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from outlook_series import (
    BERLIN,
    HOUR,
    MASTER,
    WINDOW,
    day,
    days,
    part_of,
    parts_of,
    rule_of,
    timed,
    times_of,
    translated,
    utc,
    whole_days,
)

from calmirror.model.policy import EVERYTHING
from calmirror.model.source import Kind, Series
from calmirror.model.times import Span, Window
from calmirror.translate.event import NO_LENGTH_NOTE
from calmirror.translate.series import EXPLODED, desired_series

SPRING, DAILY = days("03-02", "03-20"), days("01-05", "12-31")
SUNDAYS = days("01-04", "12-27", 7)
ENDS = {"range_type": "endDate", "end_date": day("03-20")}
ZONES = ["Europe/Berlin", "Asia/Tokyo", "America/Los_Angeles", "Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"]


def until(last: date, **more: Any) -> dict[str, Any]:
    return {"range_type": "endDate", "end_date": last} | more


def counted(on: list[date], **more: Any) -> dict[str, Any]:
    return {"range_type": "numbered", "count": len(on)} | more


def test_a_series_is_one_recurring_event() -> None:
    desired = translated(timed(SPRING, recurrence=ENDS))
    (part,) = desired.parts
    assert (part.part, part.instance, part.body["summary"]) == ("", "", "Meeting")
    assert part.body["start"] == {"dateTime": "2026-03-02T09:00:00+01:00", "timeZone": BERLIN}
    assert part.body["end"] == {"dateTime": "2026-03-02T10:00:00+01:00", "timeZone": BERLIN}
    assert part.body["recurrence"] == ["RRULE:FREQ=DAILY;UNTIL=20260320T225959Z"]
    assert (part.starts, part.ends) == ("2026-03-02T08:00:00+00:00", "2026-03-20T09:00:00+00:00")
    assert (desired.source_id, desired.ical_uid, desired.since) == (MASTER, "uid", WINDOW.start.isoformat())
    assert (desired.holes, desired.children, desired.exploded, desired.note) == (frozenset(), (), False, "")
    assert len(desired.schedule) == 32


def test_a_series_of_whole_days_has_dates_and_no_zone() -> None:
    desired = translated(whole_days(SPRING, length=2, recurrence=ENDS, cancelled=[day("03-05"), day("03-06")]))
    (part,) = desired.parts
    assert times_of(part) == ("2026-03-02", "2026-03-04")
    assert rule_of(desired) == ["RRULE:FREQ=DAILY;UNTIL=20260320", "EXDATE;VALUE=DATE:20260305,20260306"]
    assert (part.starts, part.ends) == ("2026-03-02T00:00:00+00:00", "2026-03-22T00:00:00+00:00")
    assert desired.holes == {"20260305", "20260306"}


def test_a_counted_series_ends_with_its_last_occurrence_and_an_endless_one_never() -> None:
    desired = translated(timed(SPRING, recurrence=counted(SPRING)))
    assert rule_of(desired) == ["RRULE:FREQ=DAILY;COUNT=19"]
    assert desired.parts[0].ends == "2026-03-20T09:00:00+00:00"
    assert translated(timed(SUNDAYS)).parts[0].ends == ""


@pytest.mark.parametrize(("end", "last"), [("04-02 09:00", "04-02 09:00"), ("03-03 09:00", "03-20 09:00")])
def test_a_series_lasts_until_its_last_exception_is_over(end: str, last: str) -> None:
    moved = {day("03-03"): Span(utc(end) - HOUR, utc(end))}
    desired = translated(timed(SPRING, recurrence=ENDS, moved=moved))
    assert desired.parts[0].ends == utc(last).isoformat()


@pytest.mark.parametrize(
    ("zone", "line"),
    [
        (BERLIN, "EXDATE;TZID=Europe/Berlin:20260305T090000,20260306T090000"),
        ("UTC", "EXDATE:20260305T090000Z,20260306T090000Z"),
    ],
)
def test_cancelled_occurrences_are_left_out_in_the_series_own_zone(zone: str, line: str) -> None:
    desired = translated(timed(SPRING, zone=zone, recurrence=ENDS, cancelled=[day("03-06"), day("03-05")]))
    assert rule_of(desired)[1:] == [line]
    assert desired.holes == {f"2026030{n}T0{9 if zone == 'UTC' else 8}0000Z" for n in (5, 6)}
    assert parts_of(desired) == []


@pytest.mark.parametrize("clock", ["00:30", "09:00", "23:30"])
@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("convention", ["local", "utc"])
def test_a_cancelled_date_is_understood_by_either_convention(clock: str, zone: str, convention: str) -> None:
    """Whether it is the local date or the one in UTC is not documented; the list tells."""
    series = timed(SPRING, clock, zone=zone, recurrence=ENDS, cancelled=[day("03-10")])
    if convention == "utc":
        local = series.master.span.start + timedelta(days=8)
        assert isinstance(local, date)
        series = replace(series, cancelled=(utc(f"{local:%m-%d}").date(),))
    assert f"20260310T{clock.replace(':', '')}00" in rule_of(translated(series))[1]


def test_a_cancelled_date_in_utc_is_the_day_before_only_while_clocks_make_it_so() -> None:
    series = timed(
        days("03-02", "04-20"),
        "10:30",
        zone="Australia/Sydney",
        cancelled=[day("03-10"), day("04-09")],
        said=(day("03-09"), day("04-09")),
        recurrence=until(day("04-20")),
    )
    assert rule_of(translated(series))[1] == "EXDATE;TZID=Australia/Sydney:20260310T103000,20260409T103000"


@pytest.mark.parametrize("kind", [timed, whole_days])
def test_a_list_from_before_a_cancellation_does_not_prove_that_its_date_means_another_day(kind: Any) -> None:
    mondays = days("03-02", "03-30", 7)
    given = {} if kind is whole_days else {"clock": "00:30"}
    series = kind(mondays, recurrence=until(day("03-30"), interval=7), said=(day("03-16"),), **given)
    assert desired_series(series, window=WINDOW, since=WINDOW.start, policy=EVERYTHING) is None


def test_what_is_there_as_an_exception_is_not_cancelled_whatever_day_a_date_means() -> None:
    moved = {day("03-10"): Span(utc("03-11 12:00"), utc("03-11 12:30"))}
    series = timed(SPRING, recurrence=ENDS, moved=moved, said=(day("03-10"),))
    assert parts_of(translated(series)) == ["override:20260310T080000Z"]


LATER = Window(WINDOW.start + timedelta(days=60), WINDOW.end)
APRIL = days("03-02", "05-29")
ENDS_LATER = {"range_type": "endDate", "end_date": day("05-29")}


@pytest.mark.parametrize("kind", [timed, whole_days])
@pytest.mark.parametrize("zone", [BERLIN, "UTC"])
def test_what_was_cancelled_before_the_list_begins_stays_cancelled_though_microsoft_tells_of_nothing_any_more(
    kind: Any, zone: str
) -> None:
    """The list of cancelled occurrences can be empty although there are some."""
    on = [day("03-10"), day("03-11")]
    first = translated(kind(APRIL, zone=zone, recurrence=ENDS_LATER, cancelled=on))
    series = kind(APRIL, zone=zone, recurrence=ENDS_LATER, cancelled=on, said=(), window=LATER)
    again = translated(series, window=LATER, written=(first.schedule, *rule_of(first)))
    assert rule_of(again) == rule_of(first)
    assert again.holes == first.holes


@pytest.mark.parametrize(
    "other",
    [
        {"clock": "10:00"},
        {"recurrence": ENDS_LATER | {"end_date": day("05-28")}},
        {"said": (day("03-11"),)},
        {"moved": {day("03-10"): Span(utc("03-11 12:00"), utc("03-11 12:30"))}},
        {"window": WINDOW, "cancelled": []},
    ],
    ids=["another time", "another rule", "a list that is not empty", "changed since", "in the list"],
)
def test_it_does_not_where_it_can_have_been_taken_back(other: dict[str, Any]) -> None:
    first = translated(timed(APRIL, recurrence=ENDS_LATER, cancelled=[day("03-10")]))
    given = {"cancelled": [day("03-10")], "said": (), "window": LATER, "recurrence": ENDS_LATER} | other
    again = translated(timed(APRIL, **given), window=given["window"], written=(first.schedule, *rule_of(first)))
    assert "20260310T" not in "".join(rule_of(again))


@pytest.mark.parametrize("said", [day("03-10"), day("03-09")])
def test_of_whole_days_a_cancelled_date_may_be_the_day_before(said: date) -> None:
    series = whole_days(SPRING, recurrence=ENDS, cancelled=[day("03-10")], said=(said,))
    assert rule_of(translated(series))[1] == "EXDATE;VALUE=DATE:20260310"


def test_a_changed_occurrence_overrides_its_instance() -> None:
    moved = {day("03-10"): Span(utc("03-11 12:00"), utc("03-11 12:30"))}
    desired = translated(timed(SPRING, recurrence=ENDS, moved=moved))
    part = part_of(desired, "override:20260310T080000Z")
    assert part.instance == "20260310T080000Z"
    assert part.body["summary"] == "Moved"
    assert times_of(part) == ("2026-03-11T13:00:00+01:00", "2026-03-11T13:30:00+01:00")
    assert (part.starts, part.ends) == ("2026-03-11T12:00:00+00:00", "2026-03-11T12:30:00+00:00")
    assert desired.children == ("x-2026-03-10",)
    assert len(rule_of(desired)) == 1


def test_an_exception_stays_at_its_day_when_the_series_has_another_time_since() -> None:
    """Its original start is still the old one."""
    moved = {day("03-10"): Span(utc("03-11 12:00"), utc("03-11 12:30"))}
    series = timed(SPRING, recurrence=ENDS, moved=moved)
    old = replace(series.exceptions[0], original_start=utc("03-10 21:00"))
    desired = translated(replace(series, exceptions=(old,)))
    assert parts_of(desired) == ["override:20260310T080000Z"]


@pytest.mark.parametrize("named", [None, "", "Customized Time Zone"])
@pytest.mark.parametrize("zone", ZONES[:3])
def test_an_exception_of_whole_days_is_found_wherever_midnight_is(zone: str, named: str | None) -> None:
    moved = {day("03-10"): Span(day("03-10"), day("03-12"))}
    desired = translated(whole_days(SPRING, zone=zone, named=named, recurrence=ENDS, moved=moved))
    part = part_of(desired, "override:20260310")
    assert (part.instance, times_of(part)) == ("20260310", ("2026-03-10", "2026-03-12"))


@pytest.mark.parametrize(
    ("zone", "original"), [("Pacific/Kiritimati", "03-09 10:00"), ("Pacific/Pago_Pago", "03-10 11:00")]
)
def test_the_named_zone_tells_the_day_where_midnight_is_far_from_utc(zone: str, original: str) -> None:
    moved = {day("03-10"): Span(day("03-10"), day("03-12"))}
    series = whole_days(SPRING, zone=zone, recurrence=ENDS, moved=moved)
    assert series.exceptions[0].original_start == utc(original)
    assert parts_of(translated(series)) == ["override:20260310"]


def test_an_occurrence_from_after_the_window_that_was_moved_into_it_is_found() -> None:
    moved = {day("12-27"): Span(utc("06-10 12:00"), utc("06-10 13:00"))}
    assert parts_of(translated(timed(SUNDAYS, moved=moved))) == ["override:20261227T080000Z"]


def test_of_several_named_zones_the_rules_own_tells_the_day() -> None:
    moved = {day("03-10"): Span(day("03-10"), day("03-12"))}
    zone = "Pacific/Kiritimati"
    series = whole_days(SPRING, zone=zone, recurrence=ENDS, moved=moved, start_zone="UTC", end_zone="UTC")
    assert parts_of(translated(series)) == ["override:20260310"]


def test_without_an_original_start_the_date_in_the_occurrences_id_tells_the_day() -> None:
    moved = {day("03-10"): Span(day("03-20"), day("03-21"))}
    series = whole_days(SPRING, recurrence=ENDS, moved=moved)
    event = replace(series.exceptions[0], original_start=None, original_date=day("03-10"))
    assert parts_of(translated(replace(series, exceptions=(event,)))) == ["override:20260310"]


def test_that_date_may_be_the_day_before_as_cancelled_dates_are() -> None:
    moved = {day("03-16"): Span(day("03-20"), day("03-21"))}
    weekly = until(day("03-30"), interval=7)
    series = whole_days(
        days("03-02", "03-30", 7), recurrence=weekly, cancelled=[day("03-09")], said=(day("03-08"),), moved=moved
    )
    event = replace(series.exceptions[0], original_start=None, original_date=day("03-15"))
    assert parts_of(translated(replace(series, exceptions=(event,)))) == ["override:20260316"]


def named(series: Series, on: date, *, original: Any = None) -> Series:
    """The series, its one exception with this date in `occurrenceId` and this original start."""
    exception = replace(series.exceptions[0], original_date=on, original_start=original)
    return replace(series, exceptions=(exception,))


@pytest.mark.parametrize("zone", ["UTC", "", "W. Europe Standard Time", "Asia/Tokyo"])
@pytest.mark.parametrize("original", ["03-09 23:00", "03-10 07:00", "03-10 00:00", "03-09 10:00", None])
def test_of_whole_days_the_date_in_the_occurrences_id_decides_and_not_where_midnight_seems_to_be(
    zone: str, original: str | None
) -> None:
    """An author east of UTC whose zone is not named, or named wrongly: midnight is on the day before in UTC."""
    moved = {day("03-10"): Span(day("03-10"), day("03-12"))}
    series = whole_days(SPRING, recurrence=ENDS, moved=moved, named=zone)
    placed = named(series, day("03-10"), original=original and utc(original))
    assert parts_of(translated(placed)) == ["override:20260310"]


@pytest.mark.parametrize("original", ["03-10 08:00", "03-10 21:00", "03-08 08:00", None])
def test_of_times_the_date_in_the_occurrences_id_decides_too(original: str | None) -> None:
    moved = {day("03-10"): Span(utc("03-11 12:00"), utc("03-11 12:30"))}
    series = named(timed(SPRING, recurrence=ENDS, moved=moved), day("03-10"), original=original and utc(original))
    assert parts_of(translated(series)) == ["override:20260310T080000Z"]


@pytest.mark.parametrize("original", [True, False])
def test_that_date_is_the_one_where_the_event_was_written(original: bool) -> None:
    """Written in Seattle on the evening before, repeated by the days of Berlin."""
    moved = {day("03-10"): Span(utc("03-11 12:00"), utc("03-11 12:30"))}
    series = timed(
        SPRING,
        "03:00",
        recurrence=ENDS,
        start_zone="Pacific Standard Time",
        end_zone="Pacific Standard Time",
        moved=moved,
    )
    told = named(series, day("03-09"), original=utc("03-10 02:00") if original else None)
    assert parts_of(translated(told)) == ["override:20260310T020000Z"]


def test_so_is_the_date_of_a_cancelled_occurrence() -> None:
    series = timed(
        SPRING,
        "03:00",
        recurrence=ENDS,
        start_zone="Pacific Standard Time",
        cancelled=[day("03-10")],
        said=(day("03-09"),),
    )
    assert rule_of(translated(series))[1] == "EXDATE;TZID=Europe/Berlin:20260310T030000"


@pytest.mark.parametrize("convention", ["authored", "recurrence", "utc"])
@pytest.mark.parametrize("original", [True, False])
def test_whichever_day_is_meant_the_list_proves_it(convention: str, original: bool) -> None:
    """Exceptions and cancelled occurrences are named in the same way."""
    evening = {"named": "", "start_zone": "Pacific Standard Time", "recurrence": ENDS | {"zone": "Asia/Tokyo"}}
    moved = {day("03-10"): Span(utc("03-11 12:00"), utc("03-11 12:30"))}
    off = {"authored": -1, "recurrence": 0, "utc": -1}[convention]
    series = timed(
        SPRING,
        "08:00",
        zone="Asia/Tokyo",
        moved=moved,
        cancelled=[day("03-13")],
        said=(day("03-13") + timedelta(days=off),),
        **evening,
    )
    start = utc("03-09 23:00") if original else None
    desired = translated(named(series, day("03-10") + timedelta(days=off), original=start))
    assert parts_of(desired) == ["override:20260309T230000Z"]
    assert rule_of(desired)[1] == "EXDATE;TZID=Asia/Tokyo:20260313T080000"


def test_a_date_in_utc_is_understood_where_nothing_is_cancelled_and_no_original_start_is_told() -> None:
    moved = {day("03-10"): Span(utc("03-15 12:00"), utc("03-15 12:30"))}
    series = timed(SPRING, "20:00", zone="America/Los_Angeles", recurrence=ENDS, moved=moved)
    assert parts_of(translated(named(series, day("03-11")))) == ["override:20260311T030000Z"]


def test_a_list_from_before_an_exception_does_not_prove_that_its_date_means_another_day() -> None:
    """Its date fits no day of the rule where it is read as one in UTC, and then nothing speaks against the list."""
    mondays = days("03-02", "03-30", 7)
    moved = {day("03-16"): Span(utc("12-24 12:00"), utc("12-24 13:00"))}
    weekly = until(day("03-30"), interval=7)
    series = named(timed(mondays, "00:30", recurrence=weekly, moved=moved), day("03-16"))
    before = timed(mondays, "00:30", recurrence=weekly)
    stale = replace(series, listed=before.listed)
    assert desired_series(stale, window=WINDOW, since=WINDOW.start, policy=EVERYTHING) is None


def test_an_exception_that_fits_nowhere_proves_the_rule_wrong() -> None:
    moved = {day("03-10"): Span(utc("03-11 12:00"), utc("03-11 12:30"))}
    series = timed(SPRING, recurrence=ENDS, moved=moved)
    odd = replace(series.exceptions[0], original_start=utc("06-10 08:00"))
    assert (
        desired_series(replace(series, exceptions=(odd,)), window=WINDOW, since=WINDOW.start, policy=EVERYTHING) is None
    )


@pytest.mark.parametrize(
    ("start", "since", "told"),
    [
        ("03-10 12:00", "03-01 00:00", True),
        ("03-10 12:00", "03-10 08:00", True),
        ("03-09 12:00", "03-10 08:59", True),
        ("03-09 12:00", "03-10 09:00", False),
        ("03-10 12:00", "03-10 12:29", True),
        ("03-10 12:00", "03-10 12:30", False),
        ("03-10 08:30", "03-10 08:59", True),
        ("03-09 07:59", "03-10 09:01", False),
        ("03-20 12:00", "03-12 00:00", True),
    ],
)
def test_exceptions_from_before_the_first_day_are_not_looked_at(start: str, since: str, told: bool) -> None:
    """What counts is when it is, or when it was to be."""
    moved = {day("03-10"): Span(utc(start), utc(start) + timedelta(minutes=30))}
    desired = translated(timed(SPRING, recurrence=ENDS, moved=moved), since=utc(since))
    assert bool(parts_of(desired)) is told


def test_changed_occurrences_of_which_nothing_is_told_are_named() -> None:
    moved = {day(one): Span(utc(f"{one} 12:00"), utc(f"{one} 12:30")) for one in ("03-04", "03-10")}
    desired = translated(
        timed(SPRING, recurrence=ENDS, moved=moved, cancelled=[day("03-11")]), since=utc("03-09 00:00")
    )
    assert parts_of(desired) == ["override:20260310T080000Z"]
    assert desired.untold == {"20260304T080000Z"}


def test_the_schedule_is_what_instances_depend_on_and_nothing_else() -> None:
    base = translated(timed(SPRING, recurrence=ENDS)).schedule
    same = translated(timed(SPRING, recurrence=ENDS, cancelled=[day("03-05")], subject="Another")).schedule
    others = [
        translated(timed(SPRING, "09:15", recurrence=ENDS)).schedule,
        translated(timed(SPRING, length=2 * HOUR, recurrence=ENDS)).schedule,
        translated(timed(SPRING, recurrence=counted(SPRING))).schedule,
        translated(timed(SPRING, zone="Europe/Paris", recurrence=ENDS)).schedule,
    ]
    assert same == base
    assert len({base, *others}) == 5


@pytest.mark.parametrize("named", ["", "Customized Time Zone", "tzone://Microsoft/Custom"])
def test_a_zone_that_microsoft_does_not_name_is_found_by_its_times(named: str) -> None:
    series = timed(SUNDAYS, named=named)
    desired = translated(series, hints=["Asia/Tokyo", "Europe/Paris"])
    assert desired.parts[0].body["start"]["timeZone"] == "Europe/Paris"
    assert desired.note == "its time zone is not named by Microsoft; its times are those of Europe/Paris"
    assert translated(series).parts[0].body["start"]["timeZone"] == BERLIN


def test_the_zone_of_the_rule_decides_then_those_of_start_and_end() -> None:
    series = timed(SUNDAYS, recurrence={"zone": "W. Europe Standard Time"}, start_zone="UTC", end_zone="")
    desired = translated(series)
    assert (desired.parts[0].body["start"]["timeZone"], desired.note) == (BERLIN, "")
    ends = timed(SUNDAYS, recurrence={"zone": ""}, start_zone="", end_zone=BERLIN)
    assert translated(ends, hints=["Europe/Paris"]).note == ""
    wrong = timed(SUNDAYS, recurrence={"zone": "Asia/Tokyo"}, start_zone=BERLIN)
    assert translated(wrong).parts[0].body["start"]["timeZone"] == BERLIN


def test_a_meeting_without_length_is_a_minute_long_and_says_so() -> None:
    desired = translated(timed(SPRING, length=timedelta(), recurrence=ENDS))
    assert times_of(desired.parts[0])[1] == "2026-03-02T09:01:00+01:00"
    assert desired.note == NO_LENGTH_NOTE


MONTHLY = {"type": "absoluteMonthly", "day_of_month": 31}
LAST_DAYS = [day(text) for text in ("03-31", "04-30", "05-31", "06-30", "07-31", "08-31", "09-30", "10-31", "11-30")]


def test_what_becomes_of_the_31st_in_short_months_is_read_off_the_list() -> None:
    clamped = translated(timed(LAST_DAYS, recurrence=MONTHLY))
    assert rule_of(clamped) == ["RRULE:FREQ=MONTHLY;BYMONTHDAY=-1"]
    skipped = translated(timed([one for one in LAST_DAYS if one.day == 31], recurrence=MONTHLY))
    assert rule_of(skipped) == ["RRULE:FREQ=MONTHLY;BYMONTHDAY=31"]


def test_what_was_read_off_the_list_stays_while_later_lists_do_not_tell() -> None:
    """In a window of long months alone both rules give the same."""
    summer = Window(utc("07-02 00:00"), utc("08-31 23:00"))
    series = timed(LAST_DAYS, recurrence=MONTHLY, window=summer)
    for rule in ("RRULE:FREQ=MONTHLY;BYMONTHDAY=31", "RRULE:FREQ=MONTHLY;BYMONTHDAY=-1"):
        assert rule_of(translated(series, window=summer, written=("any", rule))) == [rule]


def test_the_range_may_begin_on_another_day_than_the_first_event() -> None:
    """Every second day, counted from the day before the event that Microsoft shows first."""
    series = timed(days("03-03", "03-19", 2), recurrence=until(day("03-20"), interval=2))
    off = replace(series.master, span=Span(utc("03-02 08:00"), utc("03-02 09:00")))
    assert times_of(translated(replace(series, master=off)).parts[0])[0] == "2026-03-03T09:00:00+01:00"


def test_a_part_of_the_list_that_proves_nothing_asks_for_the_whole() -> None:
    series = timed(SPRING, recurrence=ENDS)
    for listed in ((), series.listed[:-1], series.listed[1:]):
        partly = replace(series, listed=listed)
        assert desired_series(partly, window=WINDOW, since=WINDOW.start, policy=EVERYTHING) is None


def test_a_list_that_says_nothing_proves_no_less_likely_rule_either() -> None:
    series = timed([day("03-31")], recurrence=MONTHLY | {"range_type": "numbered", "count": 1})
    empty = replace(series, listed=())
    assert desired_series(empty, window=WINDOW, since=WINDOW.start, policy=EVERYTHING) is None


def test_a_list_of_nothing_but_a_changed_occurrence_proves_no_less_likely_rule_either() -> None:
    """Of day 31 only the changed one of March came; whether April has one is not told by that."""
    moved = {day("03-31"): Span(utc("03-31 12:00"), utc("03-31 12:30"))}
    recurrence = until(day("04-30"), **MONTHLY)
    series = timed([day("03-31"), day("04-30")], recurrence=recurrence, moved=moved)
    alone = replace(series, listed=tuple(stub for stub in series.listed if stub.kind is Kind.EXCEPTION))
    assert len(alone.listed) == 1
    assert desired_series(alone, window=WINDOW, since=WINDOW.start, policy=EVERYTHING) is None


def test_a_series_that_is_over_before_the_window_needs_no_list() -> None:
    on = days("01-05", "01-09")
    desired = translated(timed(on, recurrence=counted(on)))
    assert rule_of(desired) == ["RRULE:FREQ=DAILY;COUNT=5"]


@pytest.mark.parametrize(("absent", "whole"), [(1, True), (3, True), (4, False)])
def test_a_few_that_the_whole_list_lacks_are_holes(absent: int, whole: bool) -> None:
    series = timed(SPRING, recurrence=ENDS, complete=True)
    desired = translated(replace(series, listed=series.listed[absent:]))
    assert desired.exploded is not whole
    assert len(desired.holes) == (absent if whole else 0)


@pytest.mark.parametrize(("absent", "whole"), [(24, True), (26, False)])
def test_of_a_long_list_a_tenth_may_be_lacking(absent: int, whole: bool) -> None:
    series = timed(DAILY, complete=True)
    desired = translated(replace(series, listed=series.listed[5 : 5 + 250] if False else _thinned(series, absent)))
    assert desired.exploded is not whole


def _thinned(series: Series, absent: int) -> Any:
    return series.listed[:40] + series.listed[40 + absent :]


def test_where_a_cloud_cannot_say_what_is_cancelled_the_list_does() -> None:
    series = timed(SPRING, recurrence=ENDS, complete=True, said=None)
    desired = translated(replace(series, listed=series.listed[:2] + series.listed[12:]))
    assert not desired.exploded
    assert len(desired.holes) == 10
    assert (
        desired_series(
            replace(series, listed=series.listed[:2] + series.listed[12:], listed_complete=False),
            window=WINDOW,
            since=WINDOW.start,
            policy=EVERYTHING,
        )
        is None
    )


def odd_series(**given: Any) -> Series:
    """A series of a pattern that nobody knows."""
    return timed(SPRING, recurrence=ENDS | {"type": "lunar"}, complete=True, **given)


def test_a_series_that_no_rule_gives_is_mirrored_occurrence_by_occurrence() -> None:
    moved = {day("03-10"): Span(utc("03-11 12:00"), utc("03-11 12:30"))}
    desired = translated(odd_series(cancelled=[day("03-05")], moved=moved))
    assert desired.exploded
    assert desired.note == EXPLODED
    assert (desired.schedule, desired.holes, desired.children) == ("", frozenset(), ("x-2026-03-10",))
    assert (desired.source_id, desired.ical_uid, desired.since) == (MASTER, "uid", WINDOW.start.isoformat())
    assert parts_of(desired) == [f"copy:{one:%Y%m%d}T080000Z" for one in SPRING if one != day("03-05")]
    first, changed = part_of(desired, "copy:20260302T080000Z"), part_of(desired, "copy:20260310T080000Z")
    assert times_of(first) == ("2026-03-02T09:00:00+01:00", "2026-03-02T10:00:00+01:00")
    assert first.body["start"]["timeZone"] == BERLIN
    assert "recurrence" not in first.body
    assert (changed.body["summary"], changed.starts, changed.instance) == ("Moved", "2026-03-11T12:00:00+00:00", "")


@pytest.mark.parametrize("zone", [BERLIN, "Customized Time Zone"])
@pytest.mark.parametrize("original", ["03-10 08:00", None])
def test_a_changed_occurrence_of_an_odd_series_has_a_name_of_its_own_wherever_it_is_moved(
    zone: str, original: str | None
) -> None:
    """It was moved to where the next one is, and only its date tells the two apart."""
    moved = {day("03-10"): Span(utc("03-11 08:00"), utc("03-11 09:00"))}
    series = named(odd_series(moved=moved, named=zone), day("03-10"), original=original and utc(original))
    listed = tuple(replace(stub, original_start=series.exceptions[0].original_start) for stub in series.listed)
    desired = translated(replace(series, listed=listed))
    assert sorted(parts_of(desired)) == [f"copy:{one:%Y%m%d}T080000Z" for one in SPRING]


@pytest.mark.parametrize("original", ["03-09 23:00", None])
def test_so_has_one_of_whole_days(original: str | None) -> None:
    moved = {day("03-10"): Span(day("03-11"), day("03-12"))}
    odd = ENDS | {"type": "lunar"}
    series = whole_days(SPRING, recurrence=odd, complete=True, moved=moved)
    desired = translated(named(series, day("03-10"), original=original and utc(original)))
    assert sorted(parts_of(desired)) == [f"copy:{one:%Y%m%d}T000000Z" for one in SPRING]


def test_of_an_odd_series_only_what_is_in_the_window_is_mirrored() -> None:
    window = Window(utc("03-05 09:00"), utc("03-10 08:00"))
    desired = translated(odd_series(), window=window)
    assert parts_of(desired) == [f"copy:{one:%Y%m%d}T080000Z" for one in days("03-06", "03-09")]


def test_an_odd_series_of_whole_days_keeps_its_days() -> None:
    desired = translated(whole_days(SPRING, recurrence=ENDS | {"type": "lunar"}, complete=True))
    assert times_of(desired.parts[0]) == ("2026-03-02", "2026-03-03")
    assert len(desired.parts) == len(SPRING)


def test_an_occurrence_that_no_rule_has_makes_the_series_odd() -> None:
    series = timed(SPRING, recurrence=ENDS, complete=True)
    extra = replace(series.listed[0], start=utc("03-02 15:00"), end=utc("03-02 16:00"))
    desired = translated(replace(series, listed=(*series.listed, extra)))
    assert desired.exploded
    assert len(desired.parts) == len(SPRING) + 1


def test_a_single_event_is_no_series() -> None:
    series = timed(SPRING, complete=True)
    desired = translated(replace(series, master=replace(series.master, recurrence=None, kind=Kind.SINGLE)))
    assert desired.exploded


@pytest.mark.parametrize("original", ["06-04 23:00", "06-04 22:00", "06-04 14:00"])
@pytest.mark.parametrize("named", [None, "06-05"])
def test_a_day_invited_from_east_of_utc_is_the_day_of_its_name_or_of_the_nearest_midnight(original, named):
    """Microsoft names UTC, and gives midnight of the organizer's zone as the original start."""
    moved, ends = (
        {day("06-05"): Span(day("06-05"), day("06-06"))},
        {"range_type": "endDate", "end_date": day("08-10"), "zone": ""},
    )
    series = whole_days(days("06-01", "08-10"), zone="UTC", moved=moved, recurrence=ends)
    [changed] = series.exceptions
    name = day(named) if named else None
    changed = replace(changed, original_start=utc(original), original_date=name)
    assert parts_of(translated(replace(series, exceptions=(changed,)))) == ["override:20260605"]


@pytest.mark.parametrize(
    ("count", "end"), [(730, "COUNT=730"), (731, "UNTIL=20280229T225959Z"), (3000, "UNTIL=20340517T215959Z")]
)
def test_a_larger_count_than_google_takes_is_written_as_the_last_day(count: int, end: str) -> None:
    rule = {"range_type": "numbered", "count": count}
    assert rule_of(translated(timed(days("03-01", "11-30"), recurrence=rule)))[0] == f"RRULE:FREQ=DAILY;{end}"


@pytest.mark.parametrize(
    ("zone", "first", "begins"),
    [
        ("America/Mexico_City", day("03-02").replace(year=2020, month=7, day=6), "15:00"),
        ("America/Chicago", day("03-02").replace(year=2003, month=10, day=27), "14:00"),
        ("Europe/Moscow", day("03-02").replace(year=2009, month=7, day=6), "06:00"),
        ("Africa/Cairo", day("03-02").replace(year=2016, month=7, day=4), "06:00"),
    ],
)
def test_a_zone_that_microsoft_names_stays_where_only_the_first_start_is_at_odds_with_it(
    zone: str, first: date, begins: str
) -> None:
    """Windows has one set of rules for all years."""
    series = timed(days("03-02", "11-30", 7), zone=zone, recurrence={"type": "weekly", "days_of_week": ("monday",)})
    start = datetime.combine(first, time.fromisoformat(begins), UTC)
    recurrence = replace(series.master.recurrence, start_date=first)
    master = replace(series.master, span=Span(start, start + timedelta(hours=1)), recurrence=recurrence)
    made = translated(replace(series, master=master, listed_complete=True), hints=["Europe/Berlin"])
    assert (made.exploded, made.note, len(made.parts)) == (False, "", 1)
    assert made.parts[0].body["start"]["timeZone"] == zone
    assert "T09:00:00" in made.parts[0].body["start"]["dateTime"]
