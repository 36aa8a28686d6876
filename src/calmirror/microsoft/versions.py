"""Which of two entries for one id is the older one: by the time of the change, else by the version."""

from __future__ import annotations

from base64 import b64decode
from contextlib import suppress
from sys import intern
from typing import TYPE_CHECKING, Any, NamedTuple

from calmirror.microsoft.moments import OddValueError, instant_or_none

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

COUNTER_BYTES = 6
STUB_HEAD = bytes.fromhex("0f000000")
"""How the etag of an occurrence begins; the length of the version follows in four bytes, then the version."""


class Version(NamedTuple):
    """The `lastModifiedDateTime` and the etag of an entry, as they came; "" where they did not come."""

    modified: str
    etag: str


def version_of(raw: Mapping[str, Any]) -> Version:
    """The version of an entry."""
    modified, etag = raw.get("lastModifiedDateTime"), raw.get("@odata.etag")
    # All occurrences of a series have one etag.
    return Version(modified if isinstance(modified, str) else "", intern(etag) if isinstance(etag, str) else "")


def is_older(one: Version, other: Version) -> bool:
    """Whether the first version is surely older than the second; False where they are equal or cannot be compared."""
    times = _instant(one.modified), _instant(other.modified)
    if times[0] and times[1] and times[0] != times[1]:
        return times[0] < times[1]
    (store, count), (other_store, other_count) = _counted(one.etag), _counted(other.etag)
    return bool(store) and store == other_store and count < other_count


def _instant(text: str) -> datetime | None:
    with suppress(OddValueError):
        return instant_or_none(text)
    return None


def _counted(etag: str) -> tuple[bytes, int]:
    """The part of a version that names the mailbox, and the number behind it, which counts up; b"" for no version."""
    try:
        raw = b64decode(etag.removeprefix("W/").strip('"'), validate=True)
    except ValueError:
        return b"", 0
    if raw.startswith(STUB_HEAD) and int.from_bytes(raw[4:8], "little") == len(raw) - 8:
        raw = raw[8:]
    return raw[:-COUNTER_BYTES], int.from_bytes(raw[-COUNTER_BYTES:], "big")
