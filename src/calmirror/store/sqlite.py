"""The state in a SQLite file, readable by its owner only."""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from calmirror.store import refusals
from calmirror.store.database import STEPS, Row, migrate, queries

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


APPLICATION_ID = 0x43616C6D
"""Marks the file as ours in its header."""

BUSY_SECONDS = 5.0
OWN_FOLDER = "calmirror"
MAGIC = b"SQLite format 3\0"
PRIMARY_CODE = 0xFF
SETTINGS = "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;"
REFUSALS = {
    sqlite3.SQLITE_BUSY: refusals.busy,
    sqlite3.SQLITE_LOCKED: refusals.busy,
    sqlite3.SQLITE_FULL: refusals.full,
    sqlite3.SQLITE_IOERR: refusals.unreadable,
    sqlite3.SQLITE_IOERR_SHMSIZE: refusals.full,
    sqlite3.SQLITE_READONLY: refusals.read_only,
    sqlite3.SQLITE_CANTOPEN: refusals.read_only,
    sqlite3.SQLITE_PERM: refusals.read_only,
    sqlite3.SQLITE_NOTADB: refusals.not_a_database,
    sqlite3.SQLITE_CORRUPT: refusals.corrupted,
}
"""What SQLite's codes mean, where they are not a bug of ours; of a code that is not here, its primary code counts."""

UNDECODABLE = "Could not decode to UTF-8"
"""How the library says, without a code, that bytes of a text were changed."""
ALTERED = re.compile(r"no such (table|column)|table \w+ (has no column|already exists)")
"""How it says that the tables are not those that we made: the code is that of any wrong statement."""


class SqliteDatabase:
    """See `Database`."""

    def __init__(self, address: str, *, place: str) -> None:
        """Opens `address`, a path or URI that SQLite understands; `place` is its name in errors."""
        self._place = place
        with self._refusing():
            self._connection = sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
            try:
                self._connection.executescript(SETTINGS)
            except sqlite3.Error:
                self._connection.close()
                raise

    def rows(self, query: str, **values: object) -> Iterator[Row]:
        with self._refusing():
            # Not `yield from`: left off in the middle it closes the cursor, which fails on a closed connection.
            for row in self._connection.execute(queries()[query], values):  # noqa: UP028
                yield row

    def change(self, query: str, **values: object) -> int:
        with self._refusing():
            return self._connection.execute(queries()[query], values).rowcount

    def change_all(self, query: str, rows: Iterable[Mapping[str, object]]) -> None:
        with self._refusing():
            self._connection.executemany(queries()[query], rows)

    def run(self, statement: str) -> None:
        with self._refusing():
            self._connection.execute(statement)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        # IMMEDIATE: a reader that becomes a writer halfway is refused without waiting when another one wrote.
        self.run("BEGIN IMMEDIATE")
        try:
            yield
            self.run("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        try:
            yield
        except UnicodeDecodeError:
            raise refusals.corrupted(self._place) from None
        except sqlite3.Error as error:
            if str(error).startswith(UNDECODABLE):  # and then quotes what is stored
                raise refusals.corrupted(self._place) from None
            if ALTERED.match(str(error)):
                raise refusals.corrupted(self._place) from error
            code = getattr(error, "sqlite_errorcode", 0)
            refusal = REFUSALS.get(code) or REFUSALS.get(code & PRIMARY_CODE)
            if refusal is None:
                raise
            raise refusal(self._place) from error


def open_memory(install: str = "memory") -> SqliteDatabase:
    """A state that is gone when it is closed, of the installation of that id."""
    database = SqliteDatabase(":memory:", place="memory")
    with database.transaction():
        migrate(database, 0, install)
    return database


def open_file(path: Path, *, create: bool) -> SqliteDatabase:
    """The state in the file `path`, made first if need be; a file that is not ours is not touched."""
    if not _exists(path):
        if not create:
            raise refusals.missing(str(path))
        _create(path)
    _check_header(path)
    database = SqliteDatabase(f"{path.absolute().as_uri()}?mode=rw", place=str(path))
    try:
        _bring_up_to_date(database, str(path))
    except BaseException:
        database.close()
        raise
    return database


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:  # such as a folder that this user may not look into
        raise refusals.read_only(str(path)) from error


def _create(path: Path) -> None:
    """Builds the state under another name and then gives it its own, so that nobody ever sees half of one."""
    import tempfile  # noqa: PLC0415 - a state is made once

    try:
        if path.parent.name == OWN_FOLDER:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        os.close(handle)
    except FileNotFoundError as error:
        raise refusals.no_folder(str(path)) from error
    except OSError as error:
        raise refusals.read_only(str(path)) from error
    try:
        _fill(Path(draft))
        _publish(Path(draft), path)
    finally:
        for part in ("", "-wal", "-shm"):
            Path(draft + part).unlink(missing_ok=True)


def _publish(draft: Path, path: Path) -> None:
    """Gives the draft its name, unless another process was first: then that one's state is the state."""
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return
    except OSError:  # a file system without hard links
        draft.rename(path)


def _fill(draft: Path) -> None:
    database = SqliteDatabase(draft.absolute().as_uri(), place=str(draft))
    try:
        database.run(f"PRAGMA application_id = {APPLICATION_ID}")
        database.run("PRAGMA journal_mode = WAL")
        with database.transaction():
            migrate(database, 0)
    finally:
        database.close()


def _check_header(path: Path) -> None:
    # By hand: SQLite would already write to a stranger's file when it finds an unfinished log beside it.
    try:
        with path.open("r+b") as file:
            header = file.read(100)
    except IsADirectoryError as error:
        raise refusals.not_a_database(str(path)) from error
    except OSError as error:
        raise refusals.read_only(str(path)) from error
    if len(header) < 100 or not header.startswith(MAGIC):
        raise refusals.not_a_database(str(path))
    if int.from_bytes(header[68:72], "big") != APPLICATION_ID:
        raise refusals.not_ours(str(path))


def _bring_up_to_date(database: SqliteDatabase, place: str) -> None:
    if _version(database, place) == len(STEPS):
        return
    with database.transaction():
        version = _version(database, place)
        if version > len(STEPS):
            raise refusals.newer(place, version)
        migrate(database, version)


def _version(database: SqliteDatabase, place: str) -> int:
    try:
        [(version,)] = database.rows("schema-version")
    except ValueError:
        raise refusals.corrupted(place) from None
    return int(version)
