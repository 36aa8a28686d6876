"""Plain text on one line, from whatever a person or a program typed."""

from __future__ import annotations

import unicodedata

LONGEST_LINE = 1000
_BLANKS = "\r\n\t\v\f"
_JOINER = "\u200d"
"""What holds the parts of one emoji together; the only format character that is kept."""


def one_line(text: str, longest: int = LONGEST_LINE) -> str:
    """Plain text on one line: no control characters, no writing-direction overrides, no lone surrogates."""
    line = " ".join((text if text.isprintable() else _kept(text)).split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def _kept(text: str) -> str:
    return "".join(" " if c in _BLANKS else c for c in text if c in _BLANKS or c == _JOINER or _printable(c))


def _printable(char: str) -> bool:
    return unicodedata.category(char) not in {"Cc", "Cf", "Cs"}
