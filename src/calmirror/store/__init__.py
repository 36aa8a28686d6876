"""What calmirror remembers between runs, in a SQLite file or on PostgreSQL."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from calmirror.store import refusals, sqlite
from calmirror.store.store import MirrorFields, Store

__all__ = ["MirrorFields", "Store", "open_store"]


def open_store(url: str, *, create: bool = True) -> Store:
    """Opens the state at `url`: `sqlite:///path`, `sqlite://` (in memory) or `postgresql://…`.

    A path without a slash of its own in front is relative to the working directory. A missing state is made
    if `create` says so; a missing folder only when it is called `calmirror`, and then for its owner alone.

    Raises:
        UserFixableError: code `state-…`: not found, not ours, from a newer version, damaged, not writable;
            `postgresql-extra`: psycopg is not installed. What was found is left as it is.
        RetryableError: `state-busy`, `state-full`, `state-disk`, `state-unreachable`.
    """
    if url == "sqlite://":
        return Store(sqlite.open_memory())
    if url.startswith("sqlite:///"):
        return Store(sqlite.open_file(Path(url.removeprefix("sqlite:///")), create=create))
    if url.startswith(("postgresql://", "postgres://")):
        if find_spec("psycopg") is None:
            raise refusals.extra_missing()
        from calmirror.store import postgresql  # noqa: PLC0415 imported only by whoever has the extra

        return Store(postgresql.open_server(url, create=create))
    raise refusals.bad_url()
