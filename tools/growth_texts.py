"""How the time of each parser grows with what it is given, from 1 kB to 1 MB: no more than in proportion.

Each parser gets texts of one piece over and over: pieces that have kept parsers elsewhere busy (brackets that never
close, quotes that never end, lists within lists, long numbers). Printed are the times and the power of the size by
which they grow, for the slowest piece of each parser. Published calendars are measured on their own.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click

sys.path.append(str(Path(__file__).parents[1] / "tests" / "hostile"))

import parsers

SIZES = tuple(1000 * 4**step for step in range(6))
"""Characters: 1 kB to 1 MB."""
ALLOWED = 1.3
"""The power of the size by which the time may grow: 1 is in proportion, and measuring is not exact."""
NOTICED = 0.2
"""Seconds: what takes less at its largest size is in proportion enough."""
LONGEST = 60.0
"""Seconds after which a parser is not given more."""

Make = Callable[[int], str]


@dataclass(frozen=True)
class Measured:
    """The seconds of one parser, by size, for one piece."""

    parser: str
    piece: str
    seconds: tuple[float, ...]

    @property
    def power(self) -> float:
        """The power of the size by which the time grows, over the last two steps; 1 where it is too short to tell."""
        if len(self.seconds) < 3 or self.seconds[-1] < NOTICED:
            return 1.0
        return math.log(self.seconds[-1] / max(self.seconds[-3], 1e-6)) / math.log(16)

    @property
    def too_much(self) -> bool:
        """Whether it grows by more than in proportion, or was given up."""
        return self.power > ALLOWED or len(self.seconds) < len(SIZES)


def repeated(piece: str, head: str = "", tail: str = "") -> Make:
    """A text of about that many characters: the piece over and over, between its head and its tail."""
    return lambda size: head + piece * max(1, (size - len(head) - len(tail)) // len(piece)) + tail


TEXTS = {
    **{
        repr(piece): repeated(piece)
        for piece in ("<", "a", " ", "\n", "&", "&#x", "(", "[", '"', "-", "=", "\u202e", "\0")
    },
    **{
        repr(piece): repeated(piece)
        for piece in ("<b>", "<div ", "<a href='", "<!--", "<table><tr><td>", "</p>", "<p>x</p>")
    },
    **{
        repr(piece): repeated(piece)
        for piece in ("https://", "https://zoom.us/j/1 ", "https://a%2F", "--- my notes ---\n")
    },
    **{
        repr(piece): repeated(piece)
        for piece in ("-- my notes", "________\n", "From: x\nSent: y\n", "e\u0301", "\U0001f468\u200d")
    },
    "safe links in each other": repeated("https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2F"),
    "one address": repeated("a", "https://zoom.us/j/1?pwd="),
}
LISTS = {
    "lists in lists": lambda size: "[" * (size // 2) + "]" * (size // 2),
    "objects in objects": lambda size: '{"a":' * (size // 6) + "1" + "}" * (size // 6),
    "a long list": lambda size: json.dumps([{"id": str(number)} for number in range(size // 14)]),
    "a long number": repeated("9", '{"value": ', "}"),
    "many keys": lambda size: json.dumps({f"key{number}": number for number in range(size // 18)}),
    "one text": lambda size: json.dumps({"@odata.deltaLink": "x" * size}),
}
PAGES = {
    "events": lambda size: json.dumps(
        {"value": [parsers.MASTER] * (size // 2000 + 1), "@odata.deltaLink": "https://x"}
    ),
    "addresses": lambda size: json.dumps({"value": [], "@odata.nextLink": "https://graph/" + "a?" * (size // 2)}),
}
TABLES = {
    "mirrors": repeated('[[mirror]]\nname = "a"\n'),
    "keys": lambda size: "\n".join(f"key{number} = 1" for number in range(size // 13)),
    "lists in lists": lambda size: "a = " + "[" * (size // 2) + "]" * (size // 2),
    "dots": lambda size: "a" + ".a" * (size // 2) + " = 1",
    "a text that never ends": repeated("a", 'a = "'),
    "tables": lambda size: "\n".join(f"[t{number}]" for number in range(size // 8)),
    "rules": repeated('[[mirror.rule]]\ntitle = "x"\nshow = "busy"\n', '[[mirror]]\nname = "a"\n'),
}
PARTS = {
    "parts": repeated("--b\r\nContent-ID: <response-item-1>\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{}\r\n", tail="--b--"),
    "boundaries": repeated("--b\r\n"),
    "headers": repeated("a: b\r\n", "--b\r\n"),
    "one line": repeated("-"),
}
CODE = {
    "settings": lambda size: "\n".join(f"a{number} = 1" for number in range(size // 11)),
    "brackets": lambda size: "a = " + "(" * (size // 2) + ")" * (size // 2),
    "sums": repeated("+1", "a = 1"),
    "minus": repeated("-", "a = ", "1"),
    "strings": repeated("'x' ", "a = "),
    "a number": repeated("9", "a = "),
}

PARSERS: dict[str, tuple[Callable[[str], object], dict[str, Make]]] = {
    "body": (parsers.check_body, TEXTS),
    "line": (parsers.check_line, TEXTS),
    "links": (parsers.check_links, TEXTS),
    "note": (parsers.check_note, TEXTS),
    "page": (parsers.check_page, LISTS | PAGES),
    "graph-answer": (lambda text: parsers.check_graph_answer({"error": {"code": text, "message": text}}), TEXTS),
    "google-answer": (lambda text: parsers.check_google_answer({"error": {"message": text, "errors": [text]}}), TEXTS),
    "google-event": (lambda text: parsers.check_google_event(event_of(text)), TEXTS),
    "google-batch": (parsers.check_batch, PARTS | TEXTS),
    "headers": (parsers.check_headers, TEXTS),
    "config": (parsers.check_config, TABLES | TEXTS),
    "pattern": (parsers.check_pattern, TEXTS | {"groups": repeated("(a+)"), "choices": repeated("a|")}),
    "script": (parsers.check_script, CODE | TEXTS),
    "files": (parsers.check_files, LISTS | TEXTS),
}


def event_of(text: str) -> dict[str, object]:
    """An event in Google whose texts somebody wrote."""
    return {**parsers.GOOGLE_EVENT, "summary": text, "description": text, "location": text}


def measured(name: str) -> Iterator[Measured]:
    """One parser with each of its pieces."""
    check, pieces = PARSERS[name]
    for piece, make in pieces.items():
        seconds: list[float] = []
        for size in SIZES:
            text = make(size)
            began = time.process_time()
            check(text)
            seconds.append(time.process_time() - began)
            if seconds[-1] > LONGEST:
                break
        yield Measured(name, piece, tuple(seconds))


def report() -> int:
    """Prints a line for each parser, of its slowest piece; 1 where one grows by more than in proportion."""
    click.echo(f"{'parser':<14}" + "".join(f"{size // 1000:>8} kB" for size in SIZES) + "   power  slowest for")
    wrong = 0
    for name in PARSERS:
        all_of_it = list(measured(name))
        worst = [one for one in all_of_it if one.too_much]
        for one in worst or [max(all_of_it, key=lambda one: one.seconds[-1])]:
            times = "".join(f"{seconds:>9.3f} s" for seconds in one.seconds)
            click.echo(f"{name:<14}{times}   {one.power:>5.2f}  {one.piece}{' TOO MUCH' * one.too_much}")
        wrong += len(worst)
    click.echo(f"{len(PARSERS)} parsers, {wrong} of their texts take more than in proportion")
    return int(bool(wrong))
