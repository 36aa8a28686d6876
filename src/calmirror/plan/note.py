"""A person's own note on a mirrored event: whatever stands below a marker line in its description."""

from __future__ import annotations

import re
from collections import deque

MARKER = "--- my notes ---"
"""What a person types on a line of its own; more dashes and other capitals will do."""
NOTE = "note"
"""Its name among what a person set on an event; not a field of Google's."""
LONGEST = 4000
"""Characters of a note that are kept, so that the event's own text has room beside it."""
# Nothing here is tried twice: what stands in an event may be written to keep a search busy for hours.
_BREAKS = re.compile(r"(?:<br\s*+/?>|</?p>|</?div>|\s)++", re.IGNORECASE)
_MARKER = re.compile(r"(?:^|(?<=[>\s]))-{2,}+\s*+my\s++notes?\s*+-{2,}+", re.IGNORECASE)


def split_note(description: str) -> tuple[str, str]:
    """The description without the person's note, and the note; "" where there is no marker line."""
    found = _MARKER.search(description)
    if found is None:
        return description, ""
    own, note = description[: found.start()], description[found.end() :]
    last = next(iter(deque(_BREAKS.finditer(own), maxlen=1)), None)
    first = _BREAKS.match(note)
    return (
        own[: last.start()] if last and last.end() == len(own) else own,
        (note[first.end() :] if first else note).strip()[:LONGEST],
    )


def with_note(description: str, note: str) -> str:
    """The description with the note below the marker line."""
    return "<br><br>".join(part for part in (description, f"{MARKER}<br>{note}") if part) if note else description
