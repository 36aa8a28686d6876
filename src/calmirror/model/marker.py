"""The line in a description below which a person keeps a note, and texts from outside without such a line."""

from __future__ import annotations

import re

MARKER = "--- my notes ---"
"""What a person types on a line of its own; more dashes and other capitals will do."""
# Nothing here is tried twice: what stands in an event may be written to keep a search busy for hours.
MARKER_LINE = re.compile(r"(?:^|(?<=[>\s]))-{2,}+\s*+my\s++notes?\s*+-{2,}+", re.IGNORECASE)
DEFUSED_LINE = re.compile(r"\u2013{2,}+\s*+my\s++notes?\s*+\u2013{2,}+", re.IGNORECASE)


def defused(text: str) -> str:
    """The text with other dashes in each marker line, or the sender's words would be taken for the person's note."""
    return MARKER_LINE.sub(lambda found: found[0].replace("-", "\u2013"), text)
