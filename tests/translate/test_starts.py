# ruff: noqa: DTZ001 -- rules run on the wall clock, which has no zone
"""Arithmetic instead of a library: the same starts, or none at all."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calmirror.translate.rules import instants, steady_offset
from calmirror.translate.starts import by_days, by_library

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
FIRSTS = st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1))


@given(first=FIRSTS, interval=st.integers(1, 60))
def test_every_few_days(first: datetime, interval: int) -> None:
    same(f"FREQ=DAILY;INTERVAL={interval}" if interval > 1 else "FREQ=DAILY", first)


@given(
    first=FIRSTS,
    interval=st.integers(1, 8),
    days=st.lists(st.sampled_from(DAYS), min_size=1, max_size=7),
    week_start=st.sampled_from(DAYS),
)
def test_some_days_of_every_few_weeks(first: datetime, interval: int, days: list[str], week_start: str) -> None:
    every = f";INTERVAL={interval}" if interval > 1 else ""
    same(f"FREQ=WEEKLY{every};BYDAY={','.join(days)};WKST={week_start}", first)


def same(pattern: str, first: datetime) -> None:
    quick = by_days(pattern, first)
    assert quick is not None
    # The library has no fractions of a second, and neither has Outlook.
    assert [s.replace(microsecond=0) for s in islice(quick, 60)] == list(islice(by_library(pattern, first), 60))


@pytest.mark.parametrize("pattern", ["FREQ=MONTHLY;BYMONTHDAY=5", "FREQ=DAILY;BYDAY=MO;WKST=MO", "FREQ=WEEKLY"])
def test_what_is_not_plain_is_left_to_the_library(pattern: str) -> None:
    assert by_days(pattern, datetime(2026, 1, 1)) is None


def test_it_ends_where_dates_end() -> None:
    starts = by_days("FREQ=DAILY;INTERVAL=300", datetime(9998, 1, 1))
    assert starts is not None
    assert len(list(starts)) == 3


@given(
    local=st.datetimes(datetime(1960, 1, 1), datetime(2040, 1, 1)),
    zone=st.sampled_from(
        ["Europe/Berlin", "America/St_Johns", "Africa/Cairo", "America/Havana", "Australia/Lord_Howe", "Pacific/Apia"]
    ),
    near=st.booleans(),
)
def test_a_day_of_one_offset_has_it_at_every_hour(local: datetime, zone: str, near: bool) -> None:
    where = ZoneInfo(zone)
    if near:  # by the year's end of March, when most of them change
        local = local.replace(month=3, day=24) + timedelta(days=local.day % 8)
    offset = steady_offset(local.date(), where)
    readings = {local.replace(tzinfo=where, fold=fold).utcoffset() for fold in (0, 1)}
    assert offset is None or readings == {offset}
    assert (instants(local, where)[0] == instants(local, where)[1]) == (len(readings) == 1)
