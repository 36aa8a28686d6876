"""Bodies as their JSON, compressed: what a first run wants of a hundred thousand events fits into memory."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from calmirror.model.mirror import Desired

FASTEST = 1
"""The level of compression: most of what is in a body twice are its addresses, which any level finds."""


class PackedBody(Mapping[str, Any]):
    """An event's body, unpacked while it is looked into. Equal to a dict of the same content."""

    __slots__ = ("_packed",)

    def __init__(self, body: Mapping[str, Any]) -> None:
        self._packed = zlib.compress(json.dumps(dict(body), separators=(",", ":")).encode(), FASTEST)

    def __getitem__(self, key: str) -> Any:
        return _unpacked(self._packed)[key]

    def __iter__(self) -> Iterator[str]:
        return iter(_unpacked(self._packed))

    def __len__(self) -> int:
        return len(_unpacked(self._packed))


def packed(desired: Desired) -> Desired:
    """The same with its bodies packed."""
    return replace(desired, parts=tuple(replace(part, body=PackedBody(part.body)) for part in desired.parts))


@lru_cache(maxsize=4)  # a body is looked into several times in a row
def _unpacked(body: bytes) -> dict[str, Any]:
    unpacked: dict[str, Any] = json.loads(zlib.decompress(body))
    return unpacked
