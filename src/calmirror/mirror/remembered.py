"""Ids of the calendars that we made, kept beside the state file: a sign-in for our own calendars cannot list them."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from socket import gethostname
from threading import Lock

ARROW = " -> "
INSTALLS = "installations"


class Remembered:
    """Which Google calendar was made for which mirror and destination name. Without a path, a process alone knows.

    The scope `calendar.app.created` reaches the calendars we made but cannot list them: with the state file lost,
    this small file is what leads back to the calendar. Wherever it is lost too, listing is tried.
    Mirrors with the same destination name share one calendar. Threads may share a Remembered.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = Lock()
        self._unwritten: dict[str, str] = {}
        self._turns: defaultdict[str, Lock] = defaultdict(Lock)

    def find(self, mirror: str, destination: str) -> str:
        """The id of the calendar made for it or for another mirror, "" when none is remembered."""
        return next(self.known(mirror, destination), "")

    def known(self, mirror: str, destination: str) -> Iterator[str]:
        """Ids of calendars of that name, the one made for this mirror first."""
        known, own = self._load(), _key(mirror, destination)
        if str(known.get(own, "")).strip("."):
            yield str(known[own])
        # Where a name holds the arrow itself, nobody can tell which part of the key is the destination.
        others = (one for key, one in known.items() if key != own and key.split(ARROW)[1:] == [destination])
        yield from (one for one in others if isinstance(one, str) and one.strip("."))

    def turn(self, destination: str) -> Lock:
        """Held while the calendar of that name is looked for or made, so that two mirrors do not both make it."""
        with self._lock:
            return self._turns[destination]

    def keep(self, mirror: str, destination: str, calendar_id: str) -> None:
        """Remembers; a folder that cannot be written only costs the memory."""
        with self._lock:
            self._keep(_key(mirror, destination), calendar_id)

    @property
    def installs(self) -> frozenset[str]:
        """The installations whose state lay beside the file: a state that was lost and is put back is no stranger's.

        Those are not among them that a copy of the file brought along from another machine or folder: they may be at
        work there still.
        """
        return frozenset(str(self._load().get(self._place, "")).split())

    def keep_install(self, install: str) -> None:
        """Remembers an installation, as `keep` does a calendar."""
        with self._lock:
            self._keep(self._place, " ".join(sorted({*self.installs, install})))

    @property
    def _place(self) -> str:
        where = f"{gethostname()}:{self._path.absolute() if self._path else ''}"
        return f"{INSTALLS} {sha256(where.encode(errors='surrogateescape')).hexdigest()[:12]}"

    def _keep(self, key: str, value: str) -> None:
        known = self._load()
        if known.get(key) == value:
            return
        known[key] = value
        if self._path is None:
            self._unwritten = known
            return
        with suppress(OSError):
            _write(self._path, json.dumps(known, indent=1))

    def _load(self) -> dict[str, str]:
        if self._path is None:
            return dict(self._unwritten)
        try:
            known = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        return known if isinstance(known, dict) else {}


def _write(path: Path, text: str) -> None:
    """Whole or not at all, and for this user's eyes only."""
    from tempfile import NamedTemporaryFile  # noqa: PLC0415 - a calendar is made once

    with NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as file:
        try:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink()
            raise


def _key(mirror: str, destination: str) -> str:
    return f"{mirror}{ARROW}{destination}"
