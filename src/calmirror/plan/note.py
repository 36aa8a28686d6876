"""A person's own note on a mirrored event: whatever stands below a marker line in its description."""

from __future__ import annotations

import re

MARKER = "--- my notes ---"
"""What a person types on a line of its own; more dashes and other capitals will do."""
LONGEST = 4000
"""Characters of a note that are kept, so that the event's own text has room beside it."""
_BREAK = r"(?:<br\s*/?>|</p>|</div>|<p>|<div>|\n|\s)*"
_LINE = re.compile(rf"{_BREAK}(?:^|(?<=[>\s]))-{{2,}}\s*my\s+notes?\s*-{{2,}}{_BREAK}", re.IGNORECASE)


def split_note(description: str) -> tuple[str, str]:
    """The description without the person's note, and the note; "" where there is no marker line."""
    found = _LINE.search(description)
    if found is None:
        return description, ""
    return description[: found.start()], description[found.end() :].strip()[:LONGEST]


def with_note(description: str, note: str) -> str:
    """The description with the note below the marker line."""
    return "<br><br>".join(part for part in (description, f"{MARKER}<br>{note}") if part) if note else description
