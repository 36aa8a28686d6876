"""The state on a PostgreSQL server, in a schema of its own. Imported only where psycopg is installed."""

from __future__ import annotations

import re
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict

from calmirror.errors import CalmirrorError
from calmirror.store import refusals
from calmirror.store.database import STEPS, Row, migrate, queries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping


PLACE = "the PostgreSQL database"
CONNECT_SECONDS = 10
SETTINGS = ("SET search_path TO calmirror", "SET lock_timeout TO '5s'", "SET synchronous_commit TO on")
MIGRATING = 0x43616C6D
"""The advisory lock under which one process at a time makes or changes the tables."""

REFUSALS: tuple[tuple[type[psycopg.Error], Callable[[str], CalmirrorError]], ...] = (
    (errors.LockNotAvailable, refusals.busy),
    (errors.DeadlockDetected, refusals.busy),
    (errors.SerializationFailure, refusals.busy),
    (errors.DiskFull, refusals.full),
    (errors.IoError, refusals.unreadable),
    (errors.InsufficientPrivilege, refusals.read_only),
    (errors.ReadOnlySqlTransaction, refusals.read_only),
    (errors.DataCorrupted, refusals.corrupted),
    (errors.IndexCorrupted, refusals.corrupted),
    (errors.UndefinedTable, refusals.corrupted),
    (errors.UndefinedColumn, refusals.corrupted),
    (errors.DuplicateTable, refusals.corrupted),
    (psycopg.OperationalError, refusals.unreachable),
)
"""What psycopg's errors mean, where they are not a bug of ours; the first that fits."""


class PostgresqlDatabase:
    """See `Database`."""

    def __init__(self, url: str) -> None:
        with _refusing():
            self._connection = psycopg.connect(url, autocommit=True, connect_timeout=CONNECT_SECONDS)
            try:
                for statement in SETTINGS:
                    self.run(statement)
            except CalmirrorError:
                self._connection.close()
                raise

    def rows(self, query: str, **values: object) -> Iterator[Row]:
        with _refusing():
            yield from self._connection.execute(_statement(query), values)

    def change(self, query: str, **values: object) -> int:
        with _refusing():
            return self._connection.execute(_statement(query), values).rowcount

    def change_all(self, query: str, rows: Iterable[Mapping[str, object]]) -> None:
        with _refusing(), self._connection.cursor() as cursor:
            cursor.executemany(_statement(query), rows)

    def run(self, statement: str) -> None:
        with _refusing():
            self._connection.execute(statement.encode())

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with _refusing(), self._connection.transaction():
            yield

    def close(self) -> None:
        self._connection.close()

    def version(self) -> int:
        """The version of the tables, 0 when there are none."""
        # From the catalogue's rows: to_regclass may not yet see what another process has just committed.
        with _refusing():
            found = self._connection.execute(
                "SELECT 1 FROM pg_tables WHERE schemaname = 'calmirror' AND tablename = 'meta'"
            ).fetchone()
        if found is None:
            return 0
        [(version,)] = self.rows("schema-version")
        return int(version)


def open_server(url: str, *, create: bool) -> PostgresqlDatabase:
    """The state in the database that `url` names, made first if need be."""
    try:
        conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise refusals.bad_url() from None
    database = PostgresqlDatabase(url)
    try:
        if database.version() != len(STEPS):
            _bring_up_to_date(database, create=create)
    except BaseException:
        database.close()
        raise
    return database


def _bring_up_to_date(database: PostgresqlDatabase, *, create: bool) -> None:
    with database.transaction():
        database.run(f"SELECT pg_advisory_xact_lock({MIGRATING})")
        version = database.version()
        if version > len(STEPS):
            raise refusals.newer(PLACE, version)
        if version == 0:
            if not create:
                raise refusals.missing(PLACE)
            database.run("CREATE SCHEMA IF NOT EXISTS calmirror")
        migrate(database, version)


@cache
def _statement(query: str) -> bytes:
    """A named query with its parameters as psycopg writes them."""
    return re.sub(r":([a-z_]+)", r"%(\1)s", queries()[query]).encode()


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        refusal = next((words for kind, words in REFUSALS if isinstance(error, kind)), None)
        if refusal is None:
            raise
        # Without its cause, whose text may hold the address or the values of a row.
        raise refusal(PLACE) from None
