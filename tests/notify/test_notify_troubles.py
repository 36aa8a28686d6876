"""When a person is told of what goes wrong, and when that it is over."""

import pytest

from calmirror.notify.troubles import HOUR, REMIND_EVERY, Failure, news

START = 1_700_000_000.0
MASS = Failure("work", "mass-delete", 6, "40 events seem to be deleted")
DOWN = Failure("work", "unavailable", 5)


class Months:
    """Runs one after the other; what a person was told is kept as (seconds since the first run, codes or recovery)."""

    def __init__(self):
        self.troubles = {}
        self.told = []

    def run(self, at, *failures, covered=("work", "team")):
        what = news(self.troubles, failures, covered, START + at)
        self.troubles = what.troubles
        if what.failures:
            self.told.append((at, [failure.code for failure in what.failures]))
        if what.recovered:
            self.told.append((at, "recovered"))
        assert not (what.failures and what.recovered)
        return what


def test_a_failure_is_told_at_once_then_once_a_day_and_its_end_once():
    months = Months()
    for quarter in range(4 * 49):
        months.run(quarter * 900, MASS)
    for quarter in range(4 * 49, 4 * 60):
        months.run(quarter * 900)
    day = int(REMIND_EVERY)
    assert months.told == [
        (0, ["mass-delete"]),
        (day, ["mass-delete"]),
        (2 * day, ["mass-delete"]),
        (49 * 3600, "recovered"),
    ]


def test_a_service_that_is_down_for_less_than_an_hour_is_not_told_nor_is_its_return():
    months = Months()
    for quarter in range(4):
        months.run(quarter * 900, DOWN)
    months.run(HOUR)
    assert months.told == []


def test_a_service_that_is_down_in_changing_ways_is_told_after_an_hour_with_when_it_began():
    months = Months()
    codes = ("unavailable", "throttled", "unreachable", "unavailable", "throttled")
    for quarter, code in enumerate(codes):
        what = months.run(quarter * 900, Failure("work", code, 5))
    assert months.told == [(HOUR, ["throttled"])]
    assert what.since == START


def test_left_out_events_are_told_once_only():
    months = Months()
    for day in range(30):
        months.run(day * REMIND_EVERY, Failure("work", "partial", 3))
    assert months.told == [(0, ["partial"])]
    months.run(30 * REMIND_EVERY)
    assert months.told[1:] == [(30 * REMIND_EVERY, "recovered")]


def test_a_second_trouble_is_told_at_once_together_with_the_first():
    months = Months()
    months.run(0, MASS)
    months.run(900, MASS, Failure("team", "calendar-not-found", 4))
    assert months.told[1:] == [(900, ["mass-delete", "calendar-not-found"])]
    months.run(1800, MASS)
    assert len(months.told) == 2
    months.run(2700)
    assert months.told[2:] == [(2700, "recovered")]


def test_a_locked_mirror_is_no_trouble_and_says_nothing_about_the_one_before():
    months = Months()
    locked = Failure("work", "locked", 7)
    months.run(0, locked)
    assert months.troubles == {}
    months.run(900, MASS)
    months.run(1800, locked)
    assert list(months.troubles) == ["mass-delete:work"]
    assert months.told == [(900, ["mass-delete"])]


def test_a_run_of_one_mirror_says_nothing_about_another():
    months = Months()
    months.run(0, MASS)
    months.run(900, covered=["team"])
    assert months.told == [(0, ["mass-delete"])]
    months.run(1800, covered=["work"])
    assert months.told[1:] == [(1800, "recovered")]


@pytest.mark.parametrize("code", [1, 4])
def test_what_concerns_the_whole_command_is_over_when_any_run_works(code):
    months = Months()
    months.run(0, Failure("", "state-corrupted", code))
    months.run(900, covered=["work"])
    assert months.told == [(0, ["state-corrupted"]), (900, "recovered")]
