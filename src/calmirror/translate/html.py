"""An event's body from Outlook, as the little HTML that Google Calendar shows.

Bodies arrive as whole documents written by Word, Outlook, Teams or any mail program. A sanitiser makes them safe;
then one pass lays them out in lines: blocks become line breaks, table cells are set apart, and only bold, italic,
underline, links and lists stay marked up. The result is canonical: describing it again changes nothing.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from html import escape, unescape
from itertools import chain
from typing import TYPE_CHECKING

from calmirror.model.characters import seen
from calmirror.translate.boilerplate import without_invitation
from calmirror.translate.layout import BLOCKS, INLINE, LISTS, Run, lay_out, shared

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nh3 import Cleaner

# What is inside these is no text for a reader.
DROPPED = {"iframe", "math", "noscript", "object", "script", "select", "style", "svg", "template", "title", "xml"}
SCHEMES = {"http", "https", "mailto", "tel"}

LONGEST_WORD = 60
LONGEST_BODY = 500_000
DEEPEST = 2000
LONGEST_INVITATION = 8192

_PICTURE = re.compile(r"""data:[^\s"'<>]{1000,}""")
_TAG = re.compile(r"(<[^<>]*>)")
_UNREAD_TAG = re.compile(r"<(/?)(script|style|title)\b", re.IGNORECASE)
_NESTING_TAG = re.compile(
    r"<(/?)(?!(?:area|base|br|col|dd|dt|hr|img|input|li|link|meta|option|p|t[bdhr]\w*|wbr|o:p)\b)[a-z]", re.IGNORECASE
)
_HALF_ESCAPE = re.compile(r"&\w*$")


def describe(content: str, content_type: str, *, limit: int = 8192, join_link: str = "") -> str:
    """A body of Outlook's as a description for Google, at most `limit` characters long.

    Args:
        content: the body, of any origin and quality.
        content_type: "text", or anything else for HTML.
        limit: characters in all; what is longer is cut at a word and ends in "…".
        join_link: is shown elsewhere, so that what a meeting service wrote around it is left out.
    """
    return _render(_runs(sanitised(content, content_type), limit, join_link), limit) if content else ""


def _runs(clean: str, limit: int, join_link: str) -> list[Run]:
    if not join_link:
        return lay_out(clean, limit)
    # Room for what is left out, so that the text after an invitation is not lost with it.
    return without_invitation(lay_out(clean, limit + LONGEST_INVITATION), join_link)


def _as_html(text: str) -> str:
    return "<br>".join(escape(line, quote=False) for line in text.splitlines())


@lru_cache(maxsize=2)  # a body is searched for its join link, then described
def sanitised(content: str, content_type: str) -> str:
    """A body of any quality as balanced, harmless HTML without any attribute but a link's target."""
    markup = _as_html(content) if content_type.lower() == "text" else content
    markup = _PICTURE.sub("", seen(markup, "description"))
    if markup.count("<") > DEEPEST and _depth(markup) > DEEPEST:
        markup = _as_html(unescape(_text_alone(markup)))
    clean = _cleaner().clean(markup[:LONGEST_BODY])
    return seen(clean, "description") if "&" in markup else clean  # a character reference may have named one


@cache
def _cleaner() -> Cleaner:
    import nh3  # noqa: PLC0415 - a compiled library that a run without changes does not need

    return nh3.Cleaner(
        tags={*INLINE, *LISTS, *BLOCKS, "a", "br", "hr", "li", "tbody", "td", "th"},
        clean_content_tags=DROPPED,
        attributes={"a": {"href"}, "*": set()},  # unless told otherwise, it keeps "lang" and "title" on anything
        url_schemes=SCHEMES,
        link_rel=None,
    )


def _text_alone(markup: str) -> str:
    kept, unread = [], ""
    for piece in _TAG.split(markup):
        if tag := _UNREAD_TAG.match(piece):
            unread = "" if tag[1] else tag[2]
        elif not unread:
            kept.append(" " if piece.startswith("<") and piece.endswith(">") else piece)
    return "".join(kept)


def _depth(markup: str) -> int:
    """How deep elements are nested, at most, about: what newsletters hide in comments counts too.

    The sanitiser takes minutes for a hundred thousand levels.
    """
    depth = deepest = 0
    for tag in _NESTING_TAG.finditer(markup):
        depth = max(0, depth - 1) if tag[1] else depth + 1
        deepest = max(deepest, depth)
    return deepest


def _render(runs: list[Run], room: int) -> str:
    """The runs as HTML of at most `room` characters."""
    pieces = list(_pieces(runs))
    whole = "".join(chain.from_iterable(pieces)) + (_closers(runs[-1]) if runs else "")
    return whole if len(whole) <= room else _cut(runs, pieces, room)


def _pieces(runs: list[Run]) -> Iterator[tuple[str, str]]:
    """For each run the tags before it, and its text."""
    lists: tuple[tuple[str, int], ...] = ()
    marks: tuple[str, ...] = ()
    for run in runs:
        same_item = lists == run.lists
        before = "<br>" * run.breaks if same_item else _list_tags(lists, run.lists)
        if marks or run.marks:
            kept = shared(marks, run.marks) if same_item else 0
            before = _closing(marks[kept:]) + before + "".join(run.marks[kept:])
        yield before, escape(run.text, quote=False)
        lists, marks = run.lists, run.marks


def _closers(run: Run) -> str:
    return _closing(run.marks) + _list_tags(run.lists, ())


def _closing(marks: tuple[str, ...]) -> str:
    return "".join([f"</{mark[1]}>" for mark in reversed(marks)]) if marks else ""


def _list_tags(old: tuple[tuple[str, int], ...], new: tuple[tuple[str, int], ...]) -> str:
    if old == new:
        return ""
    kept = shared(old, new)
    closed = "".join(f"</{tag}>" for tag, _ in reversed(old[kept:]))
    return closed + "".join(f"<{tag}>" for tag, _ in new[kept:])


def _cut(runs: list[Run], pieces: list[tuple[str, str]], room: int) -> str:
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
