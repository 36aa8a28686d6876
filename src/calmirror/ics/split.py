"""A feed's bytes become blocks of lines, but only if the feed is whole: what is cut off says nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import sha256

from calmirror.errors import RetryableError

_FOLD = re.compile(rb"(?:\r\n|\n|\r)[ \t]")
_LINE_END = re.compile(r"\r\n|\n|\r")
_STAMP = re.compile(r"DTSTAMP[:;]", re.IGNORECASE)
COMPONENTS = frozenset({"VCALENDAR", "VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE", "VALARM"})
COMPONENTS |= {"STANDARD", "DAYLIGHT", "VAVAILABILITY", "AVAILABLE", "VLOCATION", "VRESOURCE", "PARTICIPANT"}
NOTHING_SAID = "Nothing is taken for deleted. Nothing was changed in either calendar."

Lines = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Feed:
    """A whole feed: unfolded lines of each event and each time zone, without their BEGIN and END.

    `properties` are the calendar's own, names in capitals, parameters left out. `digest` is the same for feeds that
    say the same: Outlook stamps every event anew with each answer. `strays` counts lines that no calendar has.
    """

    properties: dict[str, str] = field(default_factory=dict)
    zones: tuple[Lines, ...] = ()
    events: tuple[Lines, ...] = ()
    digest: str = ""
    strays: int = 0


def whole_feed(body: bytes) -> Feed:
    """The feed of an answer's body.

    Raises:
        RetryableError: `feed-not-calendar` (a web page, for instance) or `feed-cut-off`.
    """
    # A fold may lie within a character, so lines are joined before they are decoded.
    text = decoded(_FOLD.sub(b"", body)).strip("\0 \t\r\n")
    lines = [line for line in _LINE_END.split(text) if line.strip()]
    if not lines or not _is(lines[0], "BEGIN:VCALENDAR"):
        raise not_a_calendar()
    return _Splitter().split(lines)


def decoded(body: bytes) -> str:
    """The text in UTF-8; a line that is none in the letters of Windows."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "\n".join(map(_decoded_line, body.removeprefix(b"\xef\xbb\xbf").splitlines()))


def _decoded_line(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")


def _is(line: str, what: str) -> bool:
    return line.strip().upper() == what


class _Splitter:
    def __init__(self) -> None:
        self._properties: dict[str, str] = {}
        self._blocks: dict[str, list[Lines]] = {"VTIMEZONE": [], "VEVENT": []}
        self._open: list[str] = []
        self._gathered: list[str] = []
        self._ended = False
        self._strays = 0

    def split(self, lines: list[str]) -> Feed:
        for line in lines:
            self._take(line)
        if self._open or not self._ended:
            raise cut_off()
        if self._properties.get("METHOD", "").upper() in ("CANCEL", "REPLY", "COUNTER", "DECLINECOUNTER", "REFRESH"):
            raise not_a_calendar()
        events, zones = tuple(self._blocks["VEVENT"]), tuple(self._blocks["VTIMEZONE"])
        own = [(f"{name}:{value}",) for name, value in self._properties.items()]
        return Feed(self._properties, zones, events, digest_of([*own, *zones, *events]), self._strays)

    def _take(self, line: str) -> None:
        word, separator, name = line.partition(":")
        word, name = word.upper(), name.strip().upper()
        if not self._open and not _is(line, "BEGIN:VCALENDAR"):
            self._strays += 1  # a server's comment after a whole calendar
        elif word in ("BEGIN", "END") and not self._is_text(word, name):
            self._begin(name, line) if word == "BEGIN" else self._end(name, line)
        elif not separator or word in ("BEGIN", "END"):
            self._strays += 1
        elif len(self._open) > 1:
            self._gathered.append(line)
        elif self._open:
            self._properties[word.partition(";")[0]] = line.partition(":")[2].strip()

    def _is_text(self, word: str, name: str) -> bool:
        """Whether it is a line of an event's text, broken without a fold, as "End: 21:00"."""
        if len(self._open) < 2 or name in COMPONENTS:
            return False
        return not (name.startswith("X-") if word == "BEGIN" else name in self._open)

    def _begin(self, name: str, line: str) -> None:
        if (name == "VCALENDAR") != (not self._open):
            raise cut_off()
        if len(self._open) > 1:
            self._gathered.append(line)
        self._open.append(name)

    def _end(self, name: str, line: str) -> None:
        if not self._open or self._open.pop() != name:
            raise cut_off()
        self._ended = not self._open
        if len(self._open) > 1:
            self._gathered.append(line)
        elif len(self._open) == 1:
            if name in self._blocks:
                self._blocks[name].append(tuple(self._gathered))
            self._gathered = []


def digest_of(blocks: list[Lines]) -> str:
    """A hash of blocks in any order, without the stamps that say when the answer was made."""
    each = sorted(
        sha256("\n".join(line for line in block if not _STAMP.match(line)).encode()).digest() for block in blocks
    )
    return sha256(b"".join(each)).hexdigest()[:32]


def not_a_calendar() -> RetryableError:
    """The error for an answer that is something else, such as a page to sign in on."""
    return RetryableError(
        "The published calendar's address answered with something that is no calendar",
        code="feed-not-calendar",
        meaning=NOTHING_SAID,
        command="If it lasts: open the address in a browser; if no calendar comes, publish it again in Outlook",
    )


def cut_off() -> RetryableError:
    """The error for a calendar that is not whole."""
    return RetryableError(
        "The published calendar came incomplete: its parts do not end where they should",
        code="feed-cut-off",
        meaning=NOTHING_SAID,
    )
