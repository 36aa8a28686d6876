"""One request after routing: what its handler may read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from calmirror.sandbox.google.errors import refused


@dataclass(frozen=True, slots=True)
class Call:
    """A method with its path values, query (each name with all its values), headers and JSON body."""

    method: str
    path: Mapping[str, str]
    query: Mapping[str, list[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    app: str | None = None
    """The app to whose own calendars the token is confined."""

    def one(self, name: str, default: str = "") -> str:
        """The last value of a query parameter."""
        return self.query.get(name, [default])[-1]

    def flag(self, name: str) -> bool:
        """A boolean query parameter, false where absent."""
        text = self.one(name, "false").lower()
        if text not in ("true", "false", "1", "0"):
            raise refused("invalidParameter", f"Invalid boolean value: '{name}'.")
        return text in ("true", "1")

    def number(self, name: str, default: int, highest: int) -> int:
        """A whole query parameter of at least 1, cut down to `highest`."""
        text = self.one(name, str(default))
        if not text.isascii() or not text.isdigit() or int(text) < 1:
            raise refused("invalidParameter", f"Invalid integer value: '{name}'.")
        return min(int(text), highest)


def json_body(raw: bytes) -> dict[str, Any]:
    """A request's JSON object; an empty body is an empty object."""
    if not raw.strip():
        return {}
    try:
        value = json.loads(raw)
    except ValueError as error:
        raise refused("parseError") from error
    if not isinstance(value, dict):
        raise refused("parseError")
    return value


def merged(old: Any, new: Any) -> Any:
    """JSON merge patch: objects merge, null removes, anything else (arrays too) replaces."""
    if not isinstance(new, Mapping):
        return new
    result = dict(old) if isinstance(old, Mapping) else {}
    for key, value in new.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result
