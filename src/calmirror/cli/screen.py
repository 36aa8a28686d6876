"""What reaches the terminal: cleaned of control characters, in characters and colours that it can show."""

from __future__ import annotations

import json
import os
import sys
from typing import Any, TextIO

import click

from calmirror.errors import UserFixableError
from calmirror.model.characters import BLANK, seen

PLAIN = str.maketrans({"→": "->", "—": "-", "…": "..."})
"""Our own signs, for terminals that lack them."""


def say(text: str, *, style: str | None = None) -> None:
    """Prints to stdout; `style` is a colour."""
    _write(sys.stdout, text, style)


def complain(text: str, *, style: str | None = None) -> None:
    """Prints to stderr."""
    _write(sys.stderr, text, style)


def say_json(content: dict[str, Any]) -> None:
    """Prints one JSON object on one line of ASCII."""
    say(json.dumps(content))


def clean(text: str) -> str:
    """The text on one line, without control characters and without what changes the direction of writing."""
    return " ".join(_line(" ".join(text.split())).split())


def fit(text: str, encoding: str | None) -> str:
    """The text as a terminal of that encoding can show it."""
    try:
        text.encode(encoding or "ascii")
    except UnicodeEncodeError:
        plain = text.translate(PLAIN)
        return plain.encode(encoding or "ascii", errors="replace").decode(encoding or "ascii")
    return text


def _write(stream: TextIO | None, text: str, style: str | None) -> None:
    if stream is None:  # it was closed before we were started
        return
    lines = "\n".join(_line(line) for line in text.splitlines())
    shown = fit(lines, stream.encoding)
    coloured = style is not None and stream.isatty() and not os.environ.get("NO_COLOR")
    try:
        click.echo(click.style(shown, fg=style) if coloured else shown, file=stream)
        stream.flush()
    except OSError as error:
        # The work goes on.
        refused = unwritable(stream, error)
        if stream is sys.stdout and not isinstance(error, BrokenPipeError):
            raise refused from error


def unwritable(stream: TextIO, error: OSError) -> UserFixableError:
    """The error of an output that takes no more; the rest goes nowhere, also what is still in a buffer."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return UserFixableError(
        f"The output cannot be written: {error.strerror}.",
        code="output",
        meaning="What was written to a calendar is remembered.",
        command="Free some space, or send the output elsewhere, and try again",
    )


def _line(line: str) -> str:
    """A line as it is laid out, less whatever a terminal would obey."""
    return line if line.isprintable() else seen(BLANK.sub(" ", line), "terminal")
