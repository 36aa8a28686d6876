"""Characters without a picture of their own: which of them stay in a text, by code point and by where it is shown."""

from __future__ import annotations

import re
from typing import Final

PLACES: Final = ("title", "place", "description", "terminal", "page")
EVERYWHERE: Final = frozenset(PLACES)
NOWHERE: Final = frozenset[str]()

BLANKS: Final = (
    ("\t", "\r", "tab and line breaks"),
    ("\x1c", "\x1f", "separators of files, groups, records, units"),
    ("\x85", "\x85", "next line"),
    ("\u2028", "\u2029", "line and paragraph separator"),
)
"""First and last code point and what they are; a blank, or a line break where the text has lines."""
UNSEEN: Final = (
    ("\x00", "\x08", "controls", NOWHERE),
    ("\x0e", "\x1b", "controls", NOWHERE),
    ("\x7f", "\x84", "controls", NOWHERE),
    ("\x86", "\x9f", "controls", NOWHERE),
    ("\u00ad", "\u00ad", "soft hyphen", frozenset({"description"})),
    ("\u061c", "\u061c", "Arabic letter mark", EVERYWHERE),
    ("\u180e", "\u180e", "Mongolian vowel separator", NOWHERE),
    ("\u200b", "\u200b", "space of no width", NOWHERE),
    ("\u200c", "\u200d", "joiners, in Persian and Indic words and in emoji", EVERYWHERE),
    ("\u200e", "\u200f", "left-to-right and right-to-left mark", EVERYWHERE),
    ("\u202a", "\u202e", "embeddings and overrides of the direction of writing", NOWHERE),
    ("\u2060", "\u2065", "word joiner, invisible operators", NOWHERE),
    ("\u2066", "\u2069", "isolates of the direction of writing", NOWHERE),
    ("\u206a", "\u206f", "deprecated format characters", NOWHERE),
    ("\ud800", "\udfff", "halves of characters", NOWHERE),
    ("\ufeff", "\ufeff", "byte order mark", NOWHERE),
    ("\ufff9", "\ufffb", "interlinear annotation", NOWHERE),
)
"""First and last code point, what they are, and where they stay. Every other character stays, but for stray tags."""

BLANK: Final = re.compile("[" + "".join(f"{first}-{last}" for first, last, _ in BLANKS) + "]")
_GONE = {
    where: re.compile("[" + "".join(f"{first}-{last}" for first, last, _, stays in UNSEEN if where not in stays) + "]")
    for where in PLACES
}
_TAG = re.compile("[\U000e0000-\U000e007f]")
# The flag of England, and the like: a black flag, a region in tags, and an end. Any other tag can only hide text.
_FLAG_OR_TAG = re.compile(f"(\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{{3,6}}\U000e007f)|{_TAG.pattern}")
_PICTURELESS = "".join(
    chr(code) for first, last, _, kept in UNSEEN if kept for code in range(ord(first), ord(last) + 1)
)


def seen(text: str, where: str) -> str:
    """The text without what no reader should meet in one of the `PLACES`; what is a blank stays as it is."""
    kept = _GONE[where].sub("", text)
    return _FLAG_OR_TAG.sub(lambda tag: tag[1] or "", kept) if _TAG.search(kept) else kept


def is_empty(text: str) -> bool:
    """Whether nothing in a text has a picture."""
    return not text.strip(f"{_PICTURELESS} ")
