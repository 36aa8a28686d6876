"""On which line of a TOML text each key stands; parsers do not tell."""

from __future__ import annotations

import tomllib
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

KeyPath = tuple[str | int, ...]
"""Keys from the outside in; elements of an array of tables by their index."""


DEEPEST = 10
"""Keys within keys, more than any configuration has: deeper ones have no line."""
LONGEST = 200
"""Lines of one statement, likewise. Each is parsed anew with the lines before it."""


def key_lines(toml: str) -> dict[KeyPath, int]:
    """The line (from 1) on which each table and key of a valid TOML text begins."""
    found: dict[KeyPath, int] = {}
    elements: Counter[KeyPath] = Counter()
    table: KeyPath = ()
    for line, statement in statements(toml):
        if isinstance(statement, dict):
            for path in paths(statement):
                found.setdefault(table + path, line)
        else:
            table = header(tomllib.loads(statement), elements)
            for length in range(1, len(table) + 1):
                found.setdefault(table[:length], line)
    return found


def statements(toml: str) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Each statement with its first line: keys and values parsed, a table's header as it is written.

    A statement ends with the first line with which it is valid TOML of its own.
    """
    gathered: list[str] = []
    for line, text in enumerate(toml.replace("\r\n", "\n").split("\n"), 1):
        gathered.append(text)
        statement = "\n".join(gathered)
        try:
            parsed = tomllib.loads(statement)
        except ValueError:
            if len(gathered) > LONGEST:
                return
            continue
        yield line - len(gathered) + 1, statement if statement.lstrip().startswith("[") else parsed
        gathered.clear()


def header(parsed: dict[str, Any], elements: Counter[KeyPath]) -> KeyPath:
    """The path of the table that a header opens; counts the elements of arrays of tables."""
    path: KeyPath = ()
    while parsed:
        [(key, inner)] = parsed.items()
        path = (*path, key)
        if isinstance(inner, list):
            elements[path] += 1
            inner = {}
        if elements[path]:
            path = (*path, elements[path] - 1)
        parsed = inner
    return path


def paths(value: object, deep: int = DEEPEST) -> Iterator[KeyPath]:
    """The paths of all keys within a value, as deep as a configuration goes."""
    if not deep:
        return
    if isinstance(value, dict):
        inner: Iterator[tuple[str | int, object]] = iter(value.items())
    elif isinstance(value, list):
        inner = enumerate(value)
    else:
        return
    for key, item in inner:
        yield (key,)
        yield from ((key, *path) for path in paths(item, deep - 1))
