"""An event's body from Outlook, as the little HTML that Google Calendar shows.

Bodies arrive as whole documents written by Word, Outlook, Teams or any mail program. A sanitiser makes them safe;
then one pass lays them out in lines: blocks become line breaks, table cells are set apart, and only bold, italic,
underline, links and lists stay marked up. The result is canonical: describing it again changes nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from html import escape, unescape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

INLINE = {"b": "b", "strong": "b", "i": "i", "em": "i", "u": "u"}
LISTS = {"ul", "ol"}
BLOCKS = {
    *("address", "article", "aside", "blockquote", "center", "dd", "div", "dl", "dt", "figure", "footer", "form"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "header", "main", "nav", "p", "pre", "section", "table", "tr"),
}
# What is inside these is no text for a reader.
DROPPED = {"iframe", "math", "noscript", "object", "script", "select", "style", "svg", "template", "title", "xml"}
SCHEMES = {"http", "https", "mailto", "tel"}

RULE = "_" * 16
LONGEST_LINK = 2048
LONGEST_WORD = 60
LONGEST_BODY = 500_000
DEEPEST = 256

_LINK = re.compile(r"(?:https?://|mailto:|tel:)\S", re.IGNORECASE)
_SPACES = re.compile(r"\s+")
_LONG_RULE = re.compile("_{17,}")
# Google cuts everything between two such lines out of a description: it takes it for its own Meet block.
_MEET_LINE = re.compile(r"-?::~[:~]{6,}-?")
# Controls, lone surrogates, and characters of no width that hide nothing but emptiness.
_UNSEEN = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\u200b\u2060\ufeff\ud800-\udfff]")
# The sanitiser writes balanced tags with no attribute but a link's target, and escapes every other "<".
_TOKEN = re.compile(r'<(/?)(\w+)(?: href="([^"]*)")?>|([^<]+)')
_PICTURE = re.compile(r"""data:[^\s"'<>]{1000,}""")
_TAG = re.compile(r"<[^<>]*>")
_NESTING_TAG = re.compile(
    r"<(/?)(?!(?:area|base|br|col|dd|dt|hr|img|input|li|link|meta|option|p|t[bdhr]\w*|wbr|o:p)\b)[a-z]", re.IGNORECASE
)
_HALF_ESCAPE = re.compile(r"&\w*$")


def describe(content: str, content_type: str, *, limit: int = 8192, footer: str = "") -> str:
    """A body of Outlook's as a description for Google, at most `limit` characters long with the footer.

    Args:
        content: the body, of any origin and quality.
        content_type: "text", or anything else for HTML.
        limit: characters in all; what is longer is cut at a word and ends in "…".
        footer: safe HTML that is never cut; an empty line sets it apart from the body.

    Raises:
        ValueError: the footer alone is longer than `limit`.
    """
    room = limit - len(footer)
    if room < 0:
        raise ValueError("the footer alone is longer than the limit")
    runs = _lay_out(_sanitised(_as_html(content) if content_type.lower() == "text" else content), limit)
    if not footer:
        return _render(runs, room)
    body = _render(runs, room - len("<br><br>"))
    return f"{body}<br><br>{footer}" if body else footer


def _as_html(text: str) -> str:
    return "<br>".join(escape(line, quote=False) for line in text.splitlines())


def _sanitised(markup: str) -> str:
    import nh3  # noqa: PLC0415 - a compiled library that a run without changes does not need

    markup = _PICTURE.sub("", _UNSEEN.sub("", markup))
    if _depth(markup) > DEEPEST:
        markup = _as_html(unescape(_TAG.sub(" ", markup)))
    clean = nh3.clean(
        markup[:LONGEST_BODY],
        tags={*INLINE, *LISTS, *BLOCKS, "a", "br", "hr", "li", "tbody", "td", "th"},
        clean_content_tags=DROPPED,
        attributes={"a": {"href"}},
        url_schemes=SCHEMES,
        link_rel=None,
    )
    return _UNSEEN.sub("", clean)  # again: a character reference may have named one


def _depth(markup: str) -> int:
    """How deep elements are nested, about. The sanitiser takes minutes for a hundred thousand levels."""
    depth = deepest = 0
    for tag in _NESTING_TAG.finditer(markup):
        depth = max(0, depth - 1) if tag[1] else depth + 1
        deepest = max(deepest, depth)
    return deepest


def _lay_out(clean: str, enough: int) -> list[_Run]:
    """Sanitised HTML in runs; what comes after `enough` characters of text is left out."""
    layout = _Layout()
    for token in _TOKEN.finditer(clean):
        closing, tag, href, text = token.groups()
        if text:
            layout.text(unescape(text))
        elif closing:
            layout.close(tag)
        else:
            layout.open(tag, unescape(href or ""))
        if layout.size > enough:
            break
    for run in layout.runs:
        run.text = _tidy(run.text)
    return layout.runs


def _tidy(text: str) -> str:
    return _LONG_RULE.sub(RULE, _MEET_LINE.sub(RULE, text))


@dataclass(slots=True)
class _Run:
    """Text of one look. `lists` are the open list elements, `marks` the opening tags inside them."""

    text: str
    lists: tuple[tuple[str, int], ...]
    marks: tuple[str, ...]
    breaks: int = 0


class _Layout:
    """Lays sanitised, balanced HTML out in runs. Breaks and blanks wait until text follows them."""

    def __init__(self) -> None:
        self.runs: list[_Run] = []
        self.size = 0  # characters of text so far
        self._marks: Counter[str] = Counter()  # open inline elements
        self._links: list[str] = []  # opening tags of open links; "" for one that leads nowhere
        self._lists: list[tuple[str, int]] = []  # open list elements, numbered: two items are never one
        self._rows: list[int] = []  # how many runs there were when each open table row began
        self._elements = 0
        self._preformatted = 0
        self._breaks = 0
        self._blank = False
        self._between_cells = False
        self._line_used = False

    def open(self, tag: str, href: str) -> None:
        """Open an element."""
        if tag in INLINE:
            self._marks[INLINE[tag]] += 1
        elif tag == "a":
            self._links.append(_link(href))
        elif tag == "br":
            self._break_line()
        elif tag in {"td", "th"}:
            self._between_cells = bool(self._rows) and len(self.runs) > self._rows[-1]
        elif tag in LISTS or tag == "li":
            self._open_list_element(tag)
        else:
            self._open_block(tag)

    def close(self, tag: str) -> None:
        """Close an element; the sanitiser saw to it that it is open."""
        if tag in INLINE:
            self._marks[INLINE[tag]] -= 1
        elif tag == "a":
            self._links.pop()
        elif tag in LISTS or tag == "li":
            self._close_list_element(tag)
        elif tag in BLOCKS:
            self._close_block(tag)

    def text(self, data: str) -> None:
        """Take text; a line break in it counts only where the text is preformatted."""
        lines = data.split("\n") if self._preformatted else [data]
        for number, line in enumerate(lines):
            if number:
                self._break_line()
            self._take(line)

    def _open_list_element(self, tag: str) -> None:
        self._end_line()
        in_list = bool(self._lists)
        if tag == "li" and in_list and self._lists[-1][0] == "li":
            self._lists.pop()
        if tag != "li" or in_list:
            self._push(tag)

    def _close_list_element(self, tag: str) -> None:
        self._end_line()
        if self._lists and self._lists[-1][0] == "li":
            self._lists.pop()
        if tag != "li":
            self._lists.pop()

    def _push(self, tag: str) -> None:
        self._elements += 1
        self._lists.append((tag, self._elements))

    def _open_block(self, tag: str) -> None:
        self._end_line()
        if tag == "tr":
            self._rows.append(len(self.runs))
            self._between_cells = False
        elif tag == "pre":
            self._preformatted += 1
        elif tag == "hr":
            self._take(RULE)
            self._end_line()

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
        words = _SPACES.sub(" ", data)
        text = _tidy(words.strip())
        self._blank = self._blank or words[:1] == " "
        if text:
            self._write(text)
            self.size += len(text)
            self._blank = words[-1:] == " "
        # Word and Outlook write an empty line as a paragraph with a no-break space in it.
        self._line_used = self._line_used or bool(text) or "\xa0" in data

    def _write(self, text: str) -> None:
        if self._lists and self._lists[-1][0] != "li":
            self._push("li")
        if self._between_cells:
            self._separate_cells()
        self._append(text, self._current_marks())

    def _separate_cells(self) -> None:
        self._between_cells = False
        if self.runs[-1].lists == tuple(self._lists):
            self._breaks, self._blank = 0, True
            self._append("|", ())
            self._blank = True

    def _current_marks(self) -> tuple[str, ...]:
        link = self._links[-1] if self._links else ""
        return (*([link] if link else []), *(f"<{mark}>" for mark in "biu" if self._marks[mark]))

    def _append(self, text: str, marks: tuple[str, ...]) -> None:
        lists = tuple(self._lists)
        last = self.runs[-1] if self.runs else None
        if last is None or last.lists != lists or self._breaks:
            breaks = min(self._breaks, 2) if last and last.lists == lists else 0
            self.runs.append(_Run(text, lists, marks, breaks))
        else:
            self._continue(last, text, marks)
        self._breaks, self._blank = 0, False

    def _continue(self, last: _Run, text: str, marks: tuple[str, ...]) -> None:
        common = last.marks[: _shared(last.marks, marks)]
        # A blank belongs to the plainer side, or links get underlined ends.
        if self._blank and common == last.marks:
            last.text += " "
        elif self._blank and common == marks:
            text = " " + text
        elif self._blank:
            self.runs.append(_Run(" ", last.lists, common))
        if last.marks == marks:
            last.text += text
        else:
            self.runs.append(_Run(text, last.lists, marks))


def _link(href: str) -> str:
    target = "%20".join(href.split())
    if len(target) > LONGEST_LINK or not _LINK.match(target):
        return ""
    return f'<a href="{escape(target)}">'


def _render(runs: list[_Run], room: int) -> str:
    """The runs as HTML of at most `room` characters."""
    pieces = list(_pieces(runs))
    whole = "".join(before + text for before, text in pieces) + (_closers(runs[-1]) if runs else "")
    return whole if len(whole) <= room else _cut(runs, pieces, room)


def _pieces(runs: list[_Run]) -> Iterator[tuple[str, str]]:
    """For each run the tags before it, and its text."""
    last = _Run("", (), ())
    for run in runs:
        same_item = last.lists == run.lists
        kept = _shared(last.marks, run.marks) if same_item else 0
        between = "<br>" * run.breaks if same_item else _list_tags(last.lists, run.lists)
        before = _closing(last.marks[kept:]) + between + "".join(run.marks[kept:])
        yield before, escape(run.text, quote=False)
        last = run


def _closers(run: _Run) -> str:
    return _closing(run.marks) + _list_tags(run.lists, ())


def _shared(old: Sequence[object], new: Sequence[object]) -> int:
    """How many elements both have open, from the outermost on."""
    return next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))


def _closing(marks: tuple[str, ...]) -> str:
    return "".join(f"</{mark[1]}>" for mark in reversed(marks))


def _list_tags(old: tuple[tuple[str, int], ...], new: tuple[tuple[str, int], ...]) -> str:
    kept = _shared(old, new)
    closed = "".join(f"</{tag}>" for tag, _ in reversed(old[kept:]))
    return closed + "".join(f"<{tag}>" for tag, _ in new[kept:])


def _cut(runs: list[_Run], pieces: list[tuple[str, str]], room: int) -> str:
    if room < 1:
        return ""
    kept, size, ending = [], 1, ""  # one character is the ellipsis
    for run, (before, text) in zip(runs, pieces, strict=True):
        closers = _closers(run)
        short = _shorten(text, room - size - len(before) - len(closers))
        if short:
            kept += [before, short]
            size += len(before) + len(short)
            ending = closers
        if short != text:
            break
    return "".join(kept) + "…" + ending


def _shorten(text: str, length: int) -> str:
    """Escaped text cut to `length` at a blank; within a word only if the word is endless."""
    if length <= 0 or len(text) <= length:
        return text if length > 0 else ""
    blank = text.rfind(" ", max(0, length - LONGEST_WORD), length + 1)
    if blank < 0 and length <= LONGEST_WORD:
        return ""
    return _HALF_ESCAPE.sub("", text[: blank if blank >= 0 else length]).rstrip()
