"""Bodies as the text of their JSON: what a first run wants of a hundred thousand events fits into memory."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from calmirror.model.mirror import Desired


class PackedBody(Mapping[str, Any]):
    """An event's body, unpacked while it is looked into. Equal to a dict of the same content."""

    __slots__ = ("_text",)

    def __init__(self, body: Mapping[str, Any]) -> None:
        self._text = json.dumps(dict(body), separators=(",", ":"))

    def __getitem__(self, key: str) -> Any:
        return _unpacked(self._text)[key]

    def __iter__(self) -> Iterator[str]:
        return iter(_unpacked(self._text))

    def __len__(self) -> int:
        return len(_unpacked(self._text))


def packed(desired: Desired) -> Desired:
    """The same with its bodies packed."""
    return replace(desired, parts=tuple(replace(part, body=PackedBody(part.body)) for part in desired.parts))


@lru_cache(maxsize=4)  # a body is looked into several times in a row
def _unpacked(text: str) -> dict[str, Any]:
    unpacked: dict[str, Any] = json.loads(text)
    return unpacked
