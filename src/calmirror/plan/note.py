"""A person's own note on a mirror event: what stands below a marker line in its description, and is not our text."""

from __future__ import annotations

import re
from collections import Counter, deque
from html import unescape
from itertools import islice

from calmirror.model.marker import DEFUSED_LINE, MARKER, MARKER_LINE

NOTE = "note"
"""Its name among what a person set on an event; not a field of Google's."""
LONGEST = 4000
"""Characters of a note that are kept, so that the event's own text has room beside it."""
# Nothing here is tried twice: what stands in an event may be written to keep a search busy for hours.
_BREAKS = re.compile(r"(?:<br\s*+/?>|</?p>|</?div>|\s)++", re.IGNORECASE)
_LINE_END = re.compile(r"(<br\s*+/?>|</?(?:p|div|ul|ol|li)>|\n)", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*+>")
_WAY_BACK = re.compile(r'<a\s[^<>]*?href="([^"]*)"[^<>]*+>Open in Outlook</a>', re.IGNORECASE)
"""How our text ends."""


def split_note(description: str, sent: str | None = None) -> tuple[str, str]:
    """The description without the person's note, and the note; "" where there is none.

    Args:
        description: as Google holds it, or as it was sent.
        sent: what was sent last. No marker line in our own text begins a note, and no line of it is part of one,
            wherever the person typed the marker. None where nobody knows, or where the description is what was sent.
    """
    own = None if sent is None else split_note(sent)[0]
    found = _marker(description, own)
    if found is None:
        return description, ""
    before, note = description[: found.start()], description[found.end() :]
    last = next(iter(deque(_BREAKS.finditer(before), maxlen=1)), None)
    above = before[: last.start()] if last and last.end() == len(before) else before
    if missing := Counter(_lines(own or "")) - Counter(_lines(above)):
        note = _without(note, missing)
    first = _BREAKS.match(note)
    return above, (note[first.end() :] if first else note).strip()[:LONGEST]


def with_note(description: str, note: str) -> str:
    """The description with the note below the marker line."""
    return "<br><br>".join(part for part in (description, f"{MARKER}<br>{note}") if part) if note else description


def is_forged(description: str) -> bool:
    """Whether a text that was sent has a marker line of the event's own: version 0.1 sent them as they came."""
    own, _ = split_note(description)
    return bool(MARKER_LINE.search(own))


def repeats(note: str, own: str) -> bool:
    """Whether a note says only what the event's own text says below a line that would have been taken for a marker."""
    return bool(DEFUSED_LINE.search(own)) and not Counter(_lines(note)) - Counter(_lines(own))


def _marker(description: str, own: str | None) -> re.Match[str] | None:
    """Where the person's note begins."""
    if own is not None:
        ours = sum(1 for _ in MARKER_LINE.finditer(own))
        return next(islice(MARKER_LINE.finditer(description), ours, None), None)
    # Version 0.1 sent marker lines of the event's own text as they came, before the way back with which it ends.
    found = MARKER_LINE.search(description)
    if found is None or not (backs := list(_WAY_BACK.finditer(description))):
        return found
    end = next(back.end() for back in backs if back[1] == backs[-1][1])
    return MARKER_LINE.search(description, end)


def _lines(text: str) -> list[str]:
    """What a person reads in each line, whatever Google made of tags and blanks."""
    return [line for piece in _LINE_END.split(text) if (line := _plain(piece))]


def _plain(piece: str) -> str:
    return " ".join(unescape(_TAG.sub("", piece)).split())


def _without(note: str, lines: Counter[str]) -> str:
    """The note without these lines, each as often as it is counted; "" where nothing is left to read."""
    kept = []
    for piece in _LINE_END.split(note):
        if lines[line := _plain(piece)] > 0 and line:
            lines[line] -= 1
        else:
            kept.append(piece)
    while kept and not _plain(kept[-1]):
        kept.pop()
    return "".join(kept)
