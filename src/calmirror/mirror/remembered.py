"""Ids of the calendars that we made, kept beside the state file: a sign-in for our own calendars cannot list them."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile


class Remembered:
    """Which Google calendar was made for which mirror and destination name. Without a path, it forgets.

    The scope `calendar.app.created` reaches the calendars we made but cannot list them: with the state file lost,
    this small file is what leads back to the calendar. Wherever it is lost too, listing is tried.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def find(self, mirror: str, destination: str) -> str:
        """The id of the calendar made for it, "" when none is remembered."""
        return str(self._load().get(_key(mirror, destination), ""))

    def keep(self, mirror: str, destination: str, calendar_id: str) -> None:
        """Remembers; a folder that cannot be written only costs the memory."""
        known = self._load()
        if self._path is None or known.get(_key(mirror, destination)) == calendar_id:
            return
        known[_key(mirror, destination)] = calendar_id
        with suppress(OSError):
            _write(self._path, json.dumps(known, indent=1))

    def _load(self) -> dict[str, str]:
        try:
            known = json.loads(self._path.read_text(encoding="utf-8")) if self._path else {}
        except (OSError, ValueError):
            return {}
        return known if isinstance(known, dict) else {}


def _write(path: Path, text: str) -> None:
    """Whole or not at all, and for this user's eyes only."""
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
    return f"{mirror} -> {destination}"
