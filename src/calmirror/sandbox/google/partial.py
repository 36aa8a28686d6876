"""Partial answers: the `fields` parameter, as in `items(id,start/dateTime),nextPageToken`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from calmirror.sandbox.google.errors import refused

Mask = dict[str, "Mask"]


def parse_mask(text: str) -> Mask:
    """Reads a mask; an empty inner mask means everything below."""
    pieces = iter(re.findall(r"[^,/()]+|[,/()]", text.replace(" ", "")))
    return _selection(pieces, text, closing="")


def _selection(pieces: Iterator[str], text: str, *, closing: str) -> Mask:
    mask: Mask = {}
    here = mask
    for piece in pieces:
        if piece == closing:
            return mask
        if piece == ",":
            here = mask
        elif piece == "(":
            here.update(_selection(pieces, text, closing=")"))
        elif piece == ")":
            break
        elif piece != "/":
            here = here.setdefault(piece, {})
    else:
        if not closing:
            return mask
    raise refused("invalidParameter", f"Invalid field selection {text}")


def masked(value: Any, mask: Mask) -> Any:
    """What the mask lets through; `*` is every property."""
    if not mask:
        return value
    if isinstance(value, list):
        return [masked(one, mask) for one in value]
    if not isinstance(value, dict):
        return value
    inner = {name: mask.get(name, mask.get("*")) for name in value}
    return {name: masked(value[name], below) for name, below in inner.items() if below is not None}
