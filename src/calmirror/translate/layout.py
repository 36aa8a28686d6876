"""Sanitised HTML laid out in lines: runs of text, each of one look, and the breaks between them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape, unescape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

INLINE = {"b": "<b>", "strong": "<b>", "i": "<i>", "em": "<i>", "u": "<u>"}
LISTS = {"ul", "ol"}
BLOCKS = {
    *("address", "article", "aside", "blockquote", "center", "dd", "div", "dl", "dt", "figure", "footer", "form"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "header", "main", "nav", "p", "pre", "section", "table", "tr"),
}
RULE = "_" * 16
LONGEST_LINK = 2048

_LINK = re.compile(r"(?:https?://|mailto:|tel:)\S", re.IGNORECASE)
_LONG_RULE = re.compile("_{17,}")
# Google cuts everything between two such lines out of a description: it takes it for its own Meet block.
_MEET_LINE = re.compile(r"-?::~[:~]{6,}-?")
# The sanitiser writes balanced tags with no attribute but a link's target, and escapes every other "<".
# Text is taken together with the tag after it, and plain blocks in a row with what is blank between them, since
# they end one line: the fewer pieces, the less they cost.
_TOKEN = re.compile(r'([^<]*)(?:((?:</?(?:div|p)>[ \n\t]*)+)|<(/?)(\w+)(?: href="([^"]*)")?>)?')


@dataclass(slots=True)
class Run:
    """Text of one look. `lists` are the open list elements, `marks` the opening tags inside them."""

    text: str
    lists: tuple[tuple[str, int], ...]
    marks: tuple[str, ...]
    breaks: int = 0


def lay_out(clean: str, enough: int) -> list[Run]:
    """Sanitised HTML in runs; what comes after `enough` characters of text is left out."""
    layout = _Layout()
    for text, plain_blocks, closing, tag, href in map(re.Match.groups, _TOKEN.finditer(clean)):
        if text:
            layout.text(unescape(text) if "&" in text else text)
            if layout.size > enough:
                break
        if plain_blocks:
            layout.pass_blocks(plain_blocks)
        elif closing:
            layout.close(tag)
        elif tag:
            layout.open(tag, href)
    if "_" in clean or "~" in clean:
        for run in layout.runs:
            run.text = tidied(run.text)
    return layout.runs


def shared(old: Sequence[object], new: Sequence[object]) -> int:
    """How many elements both have open, from the outermost on."""
    both = 0
    for a, b in zip(old, new, strict=False):
        if a != b:
            break
        both += 1
    return both


def tidied(text: str) -> str:
    """Text without lines that Google takes for its own, and with long rules shortened."""
    if "::~" in text:
        text = _MEET_LINE.sub(RULE, text)
    return _LONG_RULE.sub(RULE, text) if RULE in text else text


class _Layout:
    """Lays sanitised, balanced HTML out in runs. Breaks and blanks wait until text follows them."""

    def __init__(self) -> None:
        self.runs: list[Run] = []
        self.size = 0  # characters of text so far
        self._inline: list[str] = []  # the looks of open elements, as opening tags
        self._links: list[str] = []  # opening tags of open links; "" for one that leads nowhere
        self._marks: tuple[str, ...] = ()  # what comes of both
        self._lists: tuple[tuple[str, int], ...] = ()  # open list elements, numbered: two items are never one
        self._rows: list[int] = []  # how many runs there were when each open table row began
        self._elements = 0
        self._preformatted = 0
        self._breaks = 0
        self._blank = False
        self._between_cells = False
        self._line_used = False

    def open(self, tag: str, href: str | None) -> None:
        """Open an element."""
        if tag in INLINE:
            self._inline.append(INLINE[tag])
            self._mark()
        elif tag in BLOCKS:
            self._open_block(tag)
        elif tag == "a":
            self._links.append(_link(unescape(href or "")))
            self._mark()
        elif tag == "br":
            self._break_line()
        elif tag in {"td", "th"}:
            self._between_cells = bool(self._rows) and len(self.runs) > self._rows[-1]
        elif tag in LISTS or tag == "li":
            self._open_list_element(tag)
        else:
            self._end_line()
            if tag == "hr":
                self._take(RULE)
                self._end_line()

    def close(self, tag: str) -> None:
        """Close an element; the sanitiser saw to it that it is open."""
        if tag in INLINE:
            self._inline.remove(INLINE[tag])
            self._mark()
        elif tag in BLOCKS:
            self._close_block(tag)
        elif tag == "a":
            self._links.pop()
            self._mark()
        elif tag in LISTS or tag == "li":
            self._close_list_element(tag)

    def text(self, data: str) -> None:
        """Take text; a line break in it counts only where the text is preformatted."""
        if not self._preformatted:
            self._take(data)
            return
        for number, line in enumerate(data.split("\n")):
            if number:
                self._break_line()
            self._take(line)

    def pass_blocks(self, tags: str) -> None:
        """Pass the tags of blocks that hold nothing but text, and what is blank between them."""
        self._end_line()
        if self._preformatted:
            self._breaks += tags.count("\n")

    def _mark(self) -> None:
        inline = self._inline
        self._marks = tuple(sorted(set(inline)) if len(inline) > 1 else inline)
        if self._links and self._links[-1]:
            self._marks = (self._links[-1], *self._marks)

    def _open_list_element(self, tag: str) -> None:
        self._end_line()
        in_list = bool(self._lists)
        if tag == "li" and in_list and self._lists[-1][0] == "li":
            self._lists = self._lists[:-1]
        if tag != "li" or in_list:
            self._push(tag)

    def _close_list_element(self, tag: str) -> None:
        self._end_line()
        if self._lists and self._lists[-1][0] == "li":
            self._lists = self._lists[:-1]
        if tag != "li":
            self._lists = self._lists[:-1]

    def _push(self, tag: str) -> None:
        self._elements += 1
        self._lists = (*self._lists, (tag, self._elements))

    def _open_block(self, tag: str) -> None:
        self._end_line()
        if tag == "tr":
            self._rows.append(len(self.runs))
            self._between_cells = False
        elif tag == "pre":
            self._preformatted += 1

    def _close_block(self, tag: str) -> None:
        self._end_line()
        if tag == "tr":
            self._rows.pop()
            self._between_cells = False
            self._breaks = 1  # cells with nothing in them are no reason for an empty line
        elif tag == "pre":
            self._preformatted -= 1

    def _break_line(self) -> None:
        self._breaks += 1
        self._blank = self._line_used = False

    def _end_line(self) -> None:
        if self._line_used:
            self._break_line()

    def _take(self, data: str) -> None:
        words = data.split()
        self._blank = self._blank or data[:1].isspace()
        if words:
            text = tidied(" ".join(words))
            self._write(text)
            self.size += len(text)
            self._blank = data[-1].isspace()
            self._line_used = True
        elif "\xa0" in data:
            # Word and Outlook write an empty line as a paragraph with a no-break space in it.
            self._line_used = True

    def _write(self, text: str) -> None:
        if self._lists and self._lists[-1][0] != "li":
            self._push("li")
        if self._between_cells:
            self._separate_cells()
        self._append(text, self._marks)

    def _separate_cells(self) -> None:
        self._between_cells = False
        if self.runs[-1].lists == self._lists:
            self._breaks, self._blank = 0, True
            self._append("|", ())
            self._blank = True

    def _append(self, text: str, marks: tuple[str, ...]) -> None:
        lists = self._lists
        last = self.runs[-1] if self.runs else None
        if self._breaks or last is None or last.lists != lists:
            breaks = min(self._breaks, 2) if last and last.lists == lists else 0
            self.runs.append(Run(text, lists, marks, breaks))
        else:
            self._continue(last, text, marks)
        self._breaks, self._blank = 0, False

    def _continue(self, last: Run, text: str, marks: tuple[str, ...]) -> None:
        common = last.marks[: shared(last.marks, marks)] if last.marks and marks else ()
        # A blank belongs to the plainer side, or links get underlined ends.
        if self._blank and common == last.marks:
            last.text += " "
        elif self._blank and common == marks:
            text = " " + text
        elif self._blank:
            self.runs.append(Run(" ", last.lists, common))
        if last.marks == marks:
            last.text += text
        else:
            self.runs.append(Run(text, last.lists, marks))


def _link(href: str) -> str:
    target = "%20".join(href.split())
    if len(target) > LONGEST_LINK or not _LINK.match(target):
        return ""
    return f'<a href="{escape(target)}">'
