"""Plain text on one line, from whatever a person or a program typed."""

from __future__ import annotations

from calmirror.model.characters import BLANK, is_empty, seen

LONGEST_LINE = 1000


def one_line(text: str, longest: int = LONGEST_LINE) -> str:
    """Plain text on one line: no control characters, no writing-direction overrides, no lone surrogates."""
    line = " ".join((text if text.isprintable() else _seen(text)).split())
    return line if len(line) <= longest else _seen(line[: longest - 1]).rstrip() + "…"


def _seen(text: str) -> str:
    line = seen(BLANK.sub(" ", text), "title")
    return "" if is_empty(line) else line
