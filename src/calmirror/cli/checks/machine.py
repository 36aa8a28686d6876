"""This machine: zones, the state's file and its disk."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from calmirror.cli.assemble import sqlite_path
from calmirror.cli.checks.finding import Finding, fine, note, wrong
from calmirror.cli.failures import quoted
from calmirror.config import Settings
from calmirror.errors import CalmirrorError
from calmirror.store import open_store

SAMPLES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")
ENOUGH = 200 * 2**20
"""Bytes: the state of a very large calendar, twice."""
SCARCE = 20 * 2**20


def zones() -> Iterator[Finding]:
    """Time zones are known by name."""
    try:
        for name in SAMPLES:
            ZoneInfo(name)
    except ZoneInfoNotFoundError:
        yield wrong("time zones", f"{name} is not known on this machine.", "pip install --force-reinstall tzdata")
        return
    yield fine("time zones", f"known (tzdata {version('tzdata')})")


def state(settings: Settings) -> Iterator[Finding]:
    """The state can be opened, and is nobody else's to read."""
    path = sqlite_path(settings.state_url)
    try:
        with closing(open_store(settings.state_url, create=False)) as store:
            mirrors = len(store.mirrors())
    except CalmirrorError as error:
        if error.code != "state-missing":
            raise
        yield note("state", "none yet; the first sync makes it")
        return
    place = str(path) if path else "on PostgreSQL"
    if path and _open_to_others(path):
        yield wrong("state", f"{place} can be read by others, and holds titles.", f"chmod 600 {place}")
        return
    yield fine("state", f"{place}, {mirrors} mirror{'s' * (mirrors != 1)}")


def keys(settings: Settings) -> Iterator[Finding]:
    """What proves an app's identity, and Google's client file, are nobody else's to read."""
    files = (settings.microsoft.certificate, settings.microsoft.secret_file, settings.google.credentials)
    for path in files:
        if path and path.exists() and _open_to_others(path):
            yield note("keys", f"{path} can be read by others", f"chmod 600 {quoted(str(path))}")


def disk(settings: Settings) -> Iterator[Finding]:
    """There is room for the state, and it may be written."""
    path = sqlite_path(settings.state_url)
    if path is None:
        return
    folder = next((one for one in path.parents if one.is_dir()), Path("/"))
    free = shutil.disk_usage(folder).free
    amount = f"{free // 2**20:,} MB free at {folder}"
    if not os.access(folder, os.W_OK):
        yield wrong("disk", f"This user may not write to {folder}.", f"Give this user the right to write to {folder}")
    elif free < SCARCE:
        yield wrong("disk", f"Only {amount}.", "Free some space", exit_code=5)
    elif free < ENOUGH:
        yield note("disk", amount, "Free some space before long")
    else:
        yield fine("disk", amount)


def _open_to_others(path: Path) -> bool:
    return os.name == "posix" and bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))
