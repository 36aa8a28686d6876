"""A JSON object from Graph, read without trusting the case of its member names or the type of its values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Members:
    """Typed access to one JSON object; what is missing, null or of another type reads as the default."""

    def __init__(self, raw: object) -> None:
        # Undocumented members, and documented ones of expanded events, come in PascalCase.
        self._values = {name.lower(): value for name, value in raw.items()} if isinstance(raw, dict) else {}

    def has(self, name: str) -> bool:
        """Whether the member is there with any value but null."""
        return self._values.get(name.lower()) is not None

    def text(self, name: str, default: str = "") -> str:
        """A string member."""
        value = self._values.get(name.lower())
        return whole(value) if isinstance(value, str) else default

    def flag(self, name: str) -> bool:
        """A boolean member, False by default."""
        return self._values.get(name.lower()) is True

    def number(self, name: str, default: int = 0) -> int:
        """A whole-number member."""
        value = self._values.get(name.lower())
        return value if isinstance(value, int) and not isinstance(value, bool) else default

    def inner(self, name: str) -> Members:
        """An object member."""
        return Members(self._values.get(name.lower()))

    def texts(self, name: str) -> tuple[str, ...]:
        """The strings of a list member."""
        return tuple(whole(value) for value in self._list(name) if isinstance(value, str))

    def objects(self, name: str) -> tuple[Mapping[str, Any], ...]:
        """The objects of a list member, as they came."""
        return tuple(value for value in self._list(name) if isinstance(value, dict))

    def choice(self, name: str, known: Iterable[str], *, missing: str, other: str | None = None) -> str:
        """The member of an enumeration in its documented spelling.

        Args:
            missing: for a member that is not there, null or empty.
            other: for a value that is not among the `known`; None: the value itself.
        """
        value = self.text(name)
        if not value:
            return missing
        spelled = next((one for one in known if one.lower() == value.lower()), None)
        return spelled or (value if other is None else other)

    def _list(self, name: str) -> list[Any]:
        value = self._values.get(name.lower())
        return value if isinstance(value, list) else []


def whole(text: str) -> str:
    """The text without halves of characters: JSON can spell them, but nothing can store or send them."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
