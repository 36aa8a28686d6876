"""How often, and when within that."""

from datetime import datetime

import pytest

from calmirror.schedule.times import DAY, following, interval, offset, slots, told

ALLOWED = [f"{minutes}m" for minutes in (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60)] + [
    f"{hours}h" for hours in (1, 2, 3, 4, 6, 8, 12, 24)
]


@pytest.mark.parametrize("text", ALLOWED)
def test_every_interval_that_divides_an_hour_or_a_day_is_kept_to_all_day_long(text):
    every = interval(text)
    first = offset(every, "some machine", "/a.toml")
    minutes, hours = slots(every, first)
    runs = sorted((hour * 60 + minute) * 60 for hour in hours or range(24) for minute in minutes)
    assert runs == [first // 60 * 60 + every * run for run in range(DAY // every)]


@pytest.mark.parametrize("text", ["", "15", "25m", "90m", "5h", "0m", "0h", "-1h", "48h", "1d", "15s", "1.5h", "٣m2"])
def test_other_intervals_are_refused(text):
    with pytest.raises(ValueError, match="must be 1, 2, 3"):
        interval(text)


def test_machines_and_configurations_are_spread_over_the_whole_interval_and_each_keeps_its_place():
    places = [offset(900, f"machine {number}", "/home/eva/calmirror.toml") for number in range(1000)]
    assert places == [offset(900, f"machine {number}", "/home/eva/calmirror.toml") for number in range(1000)]
    by_minute = [sum(place // 60 == minute for place in places) for minute in range(15)]
    assert min(by_minute) > 30
    assert offset(900, "one", "/a.toml") != offset(900, "one", "/b.toml")


@pytest.mark.parametrize(
    ("now", "expected"),
    [("10:00:00", "10:07:23"), ("10:07:23", "10:07:23"), ("10:07:24", "10:22:23"), ("23:58:00", "00:07:23")],
)
def test_the_next_run(now, expected):
    at = following(900, 7 * 60 + 23, datetime.fromisoformat(f"2026-11-22T{now}+01:00"))
    assert f"{at:%H:%M:%S}" == expected


def test_intervals_in_words():
    assert [told(interval(text)) for text in ("1m", "15m", "60m", "2h")] == [
        "every minute",
        "every 15 minutes",
        "every hour",
        "every 2 hours",
    ]
