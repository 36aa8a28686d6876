"""What a run may cost: exact counts in a calendar of a thousand events, and in one of a hundred. See `./dev bench`."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "tools" / "bench.py"


@pytest.fixture(scope="module")
def costs():
    """Each kind of run by its name and the size of its calendar."""
    words = [sys.executable, BENCH, "--alone", "--json", "--sizes", "100", "1000"]
    done = subprocess.run(words, capture_output=True, check=True)
    return {(cost["run"], cost["events"]): cost for cost in json.loads(done.stdout)}


def requests(cost):
    """Of Microsoft and of Google, and Google's units."""
    return cost["microsoft"], cost["google"], cost["units"]


def test_a_first_run_reads_pages_and_writes_batches(costs):
    """One request makes sure that the calendar that was just made can be used."""
    cost = costs["first run", 1000]
    assert requests(cost) == (9, 15, 536)
    assert cost["google"] <= 1.1 * (cost["writes"] / 50 + 5)


def test_an_idle_run_is_one_request_of_a_kilobyte_whatever_the_calendar(costs):
    small, large = costs["nothing new", 100], costs["nothing new", 1000]
    assert requests(small) == requests(large) == (1, 0, 0)
    assert small["received"] == large["received"] < 1000


def test_an_idle_run_asks_the_database_as_much_whatever_the_calendar(costs):
    assert costs["nothing new", 100]["statements"] == costs["nothing new", 1000]["statements"] <= 18


def test_one_change_is_one_write_whatever_the_calendar(costs):
    small, large = costs["one change", 100], costs["one change", 1000]
    assert requests(small) == requests(large) == (1, 2, 2)
    assert small["statements"] == large["statements"] <= 37


def test_one_in_a_hundred_costs_little_more_than_what_changed(costs):
    """The list is read in a page, which counts as one event."""
    assert requests(costs["1 % changed", 1000]) == (1, 2, 11)


def test_a_moved_series_is_read_once_and_replaced(costs):
    assert requests(costs["a series moved", 1000]) == requests(costs["a series moved", 100]) == (2, 3, 3)


def test_a_day_on_which_nothing_changed_costs_the_pages_of_both_lists_and_a_look_at_whose_the_calendar_is(costs):
    cost = costs["next day", 1000]
    assert (cost["microsoft"], cost["google"], cost["writes"]) == (-(-cost["rows"] // 200), 2, 0)
    assert cost["statements"] <= 84
