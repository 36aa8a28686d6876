"""What a command imports is what its start costs: an idle run, and help, do without what others need."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from cli_world import World

LATE = {"msal", "google.auth", "requests", "cryptography", "icalendar", "keyring", "rich", "asyncio"}
LATER = {"dateutil", "nh3", "tzlocal", "calmirror.plan.diff", "calmirror.google.calendar"}


def imported(*words: str | Path) -> set[str]:
    """The names of all modules that a run of the command imports."""
    command = Path(sys.executable).parent / "calmirror"
    done = subprocess.run([sys.executable, "-X", "importtime", command, *words], capture_output=True, check=True)
    lines = done.stderr.decode().splitlines()
    return {line.rpartition("|")[2].strip() for line in lines if line.startswith("import time:")}


def test_help_reads_no_configuration_and_opens_no_state() -> None:
    found = imported("--help")
    assert found & (LATE | LATER | {"urllib3", "sqlite3", "tomllib", "calmirror.mirror"}) == set()
    assert len(found) < 150


@pytest.mark.parametrize("changed", [False, True])
def test_a_run_imports_what_it_uses(world: World, changed: bool) -> None:
    world.meet()
    assert world.run("sync").exit_code == 0
    if changed:
        world.meet("Another", hour=11)
    found = imported("--config", world.config, "sync")
    assert found & LATE == set()
    assert changed or found & LATER == set()
    assert len(found) < (430 if changed else 370)
