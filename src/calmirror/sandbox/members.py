"""Members of a stand-in's things, as an order in JSON gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_type_hints

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping


def set_members(thing: Any, changes: Mapping[str, Any]) -> None:
    """Sets members by name, or none of them: LookupError for a name unknown, ValueError for a value of another type."""
    types = get_type_hints(type(thing))
    for name in changes:
        if name not in types:
            raise LookupError(f"there is no {name}; there are: {', '.join(sorted(types))}")
    for name, value in {name: msgspec.convert(value, types[name]) for name, value in changes.items()}.items():
        setattr(thing, name, value)
