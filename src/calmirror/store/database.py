"""What the store asks of a database, and the SQL files that every driver runs."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager

STEPS = ("schema.sql", "memory.sql", "undo.sql", "intents.sql", "echo.sql", "identity.sql")
"""The files that lead from an empty database to the present version, in order: version n ran n of them."""

Row = tuple[Any, ...]


class Database(Protocol):
    """One open connection, used by one thread. Queries go by their names in `queries.sql`.

    Every method raises UserFixableError or RetryableError with a code `state-…` for what is refused.
    """

    def rows(self, query: str, **values: object) -> Iterator[Row]:
        """The rows of a query, streamed: read them all before asking anything else."""
        ...

    def change(self, query: str, **values: object) -> int:
        """Runs one statement; how many rows it changed."""
        ...

    def change_all(self, query: str, rows: Iterable[Mapping[str, object]]) -> None:
        """Runs one statement for each set of values."""
        ...

    def run(self, statement: str) -> None:
        """Runs one statement of a schema file."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing of what is done inside; a writer from the start."""
        ...

    def close(self) -> None:
        """Ends the connection; what is not committed is undone."""
        ...


def text_of(file: str) -> str:
    """The text of one of the SQL files."""
    # Not by importlib.resources: that is slower to import than the whole store.
    return Path(__file__).with_name("sql").joinpath(file).read_text(encoding="utf-8")


@cache
def queries() -> dict[str, str]:
    """The statements of `queries.sql` by name, parameters written `:name`."""
    parts = re.split(r"^-- name: ([a-z-]+)\n", text_of("queries.sql"), flags=re.MULTILINE)
    return {name: body.strip() for name, body in zip(parts[1::2], parts[2::2], strict=True)}


def migrate(database: Database, version: int, install: str = "") -> None:
    """Brings an older version (0: an empty database) to the present one, in the caller's transaction.

    `install` is the random id of this installation, whose state it is; "" draws one.
    """
    import secrets  # noqa: PLC0415 - a state is made once, and a run in which nothing is new must start fast

    for file in STEPS[version:]:
        for statement in text_of(file).split(";\n"):
            if statement.strip():
                database.run(statement)
    database.change("set-schema-version", version=len(STEPS))
    database.change("name-install", install=install or secrets.token_hex(6))
