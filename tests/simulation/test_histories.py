"""Random histories keep every promise, and the same seed is the same history. More of them: `./dev simulate`."""

import subprocess
import sys
from pathlib import Path

SIMULATE = Path(__file__).parents[2] / "tools" / "simulate.py"


def simulate(*options):
    return subprocess.run([sys.executable, SIMULATE, *options], capture_output=True, text=True, check=False)


def test_forty_histories_keep_every_promise():
    done = simulate("--seeds", "1-40", "--steps", "25", "--no-shrink")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_same_seed_is_the_same_history():
    first, second = (simulate("--seeds", "17", "--steps", "25", "--trace").stdout for _ in range(2))
    assert "digest" in first
    assert timeless(first) == timeless(second)


def timeless(told):
    """Without the line that says how fast it went."""
    return [line for line in told.splitlines() if not line.endswith("a minute")]
