"""A share of what `./dev simulate`, `crashes`, `month` and `starts` do at length; CALMIRROR_SHARE multiplies it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).parents[2] / "tools"
SHARE = int(os.environ.get("CALMIRROR_SHARE", "1"))
QUICKLY_FOUND = [
    "the cursor is saved first",
    "ids are drawn by lot",
    "a refusal is taken for a deletion",
    "a sweep takes what it does not know",
    "Google's echo is compared",
    "attendees are copied",
    "people are told of changes",
    "a person's colour is overwritten",
    "an error tells the token",
]
"""The defects that a few histories show."""


def ran(tool, *options, code=0):
    """What a tool said, which ends as it should."""
    words = [sys.executable, TOOLS / f"{tool}.py", *map(str, options)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=os.environ | {"PYTHONHASHSEED": "0"})
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def test_histories_keep_every_promise():
    ran("simulate", "--seeds", f"1-{40 * SHARE}", "--no-shrink", "--jobs", 1)


def test_the_same_seed_is_the_same_history_request_by_request():
    first, second = (ran("simulate", "--seed", 17) for _ in range(2))
    assert re.search("digest [0-9a-f]{16}", first)
    assert [line for line in first.splitlines() if "a minute" not in line] == [
        line for line in second.splitlines() if "a minute" not in line
    ]


@pytest.mark.parametrize("defect", QUICKLY_FOUND)
def test_histories_find_a_defect_that_was_put_in(defect):
    told = ran("simulate", "--find", defect, "--within", 40, "--jobs", 1)
    assert re.search(rf"^ +\d+  \S+ +{re.escape(defect)}$", told, re.MULTILINE), told


def test_a_run_that_dies_at_any_request_statement_or_file_recovers():
    told = ran("crashes", "--every", max(1, 60 // SHARE), "--jobs", 1).splitlines()[-1]
    tried, recovered = re.findall(r"\d+", told)[:2]
    assert int(tried) == int(recovered) > 50


def test_days_of_failing_requests_end_exact_and_cost_little_more():
    ran("month", "--days", 2 * SHARE)


def test_of_two_processes_started_at_once_one_runs():
    ran("starts", "--pairs", 5 * SHARE)
