"""What a run may cost in requests, in a calendar of a thousand events. More figures: `./dev bench`."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "tools" / "bench.py"


@pytest.fixture(scope="module")
def costs():
    done = subprocess.run([sys.executable, BENCH, "--sizes", "1000", "--json"], capture_output=True, check=True)
    return {cost["run"]: cost for cost in json.loads(done.stdout)}


def test_a_first_run_writes_in_batches(costs):
    cost = costs["first run"]
    assert (cost["writes"], cost["google"] <= 30, cost["microsoft"] <= 10) == (1002, True, True)


def test_an_idle_run_is_one_request(costs):
    assert (costs["idle"]["microsoft"], costs["idle"]["google"]) == (1, 0)


def test_one_change_is_one_write_and_at_most_two_reads(costs):
    cost = costs["one change"]
    assert cost["writes"] == 1
    assert cost["microsoft"] + cost["google"] <= 3


def test_a_tenth_of_a_batch_is_one_batch(costs):
    cost = costs["1 % changed"]
    assert (cost["writes"], cost["google"] <= 2) == (10, True)


def test_a_window_that_rolls_on_over_an_unchanged_calendar_looks_at_google_once(costs):
    assert costs["a day later"]["google"] == 1
