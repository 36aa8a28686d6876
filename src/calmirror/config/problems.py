"""All that is wrong with a configuration, gathered before anything is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calmirror.config.lines import key_lines

if TYPE_CHECKING:
    from collections.abc import Collection

    from calmirror.config.lines import KeyPath


class Problems:
    """Gathers problems of one TOML text, each with the line and the key that it is about."""

    def __init__(self, toml: str) -> None:
        self._toml = toml
        self._found: list[tuple[KeyPath, str]] = []
        self._remarks: list[tuple[KeyPath, str]] = []
        self._concerned: set[KeyPath] = set()

    def add(self, path: KeyPath, what: str) -> None:
        """Notes that `path` "must be …"; of a missing key, give the table that lacks it."""
        self._found.append((path, what))
        self._concerned |= {path[:length] for length in range(len(path) + 1)}

    def remark(self, path: KeyPath, what: str) -> None:
        """Notes what is understood, and better written otherwise."""
        self._remarks.append((path, what))

    def add_unknown(self, path: KeyPath, known: Collection[str]) -> None:
        """Notes a key that means nothing here, with the one that was probably meant."""
        from difflib import get_close_matches  # noqa: PLC0415 - only a misspelt file needs it

        near = get_close_matches(str(path[-1]).lower(), known, n=1)
        meant = f"; did you mean {near[0]}?" if near else f"; known here: {', '.join(sorted(known))}"
        self.add(path, "is not a key that is known here" + meant)

    def within(self, path: KeyPath) -> bool:
        """Whether something is wrong with a key or table, or with what is in it."""
        return path in self._concerned

    def texts(self) -> list[str]:
        """Every problem as "line 12, mirror[0].past_days: must be …", in the order of the lines."""
        return self._placed(self._found)

    def remarks(self) -> list[str]:
        """Every remark, in the same form."""
        return self._placed(self._remarks)

    def _placed(self, found: list[tuple[KeyPath, str]]) -> list[str]:
        if not found:
            return []
        lines = key_lines(self._toml)
        placed = sorted((line_of(path, lines), label(path), what) for path, what in found)
        return [(f"line {line}, " if line else "") + f"{key}: {what}" for line, key, what in placed]


def line_of(path: KeyPath, lines: dict[KeyPath, int]) -> int:
    """The line of a key, or of the table around it; 0 for something that is not in the file at all."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 0)


def label(path: KeyPath) -> str:
    """A path as a person reads it: `mirror[0].past_days`."""
    written = ""
    for key in path:
        written += f"[{key}]" if isinstance(key, int) else f".{key}" if written else key
    return "".join(character for character in written if character.isprintable())[:120]
