"""The file that holds the state: whose it is, who may read it, and what is refused."""

from __future__ import annotations

import errno
import os
import re
import sqlite3
import stat
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from calmirror.errors import CalmirrorError, RetryableError, UserFixableError
from calmirror.store import open_store, sqlite
from calmirror.store.database import STEPS, queries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from calmirror.store.sqlite import SqliteDatabase


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


def address(path: Path) -> str:
    return f"sqlite:///{path}"


def made(path: Path) -> Path:
    """A state with one mirror in it."""
    with open_store(address(path)) as store:
        store.mirror("work")
    return path


def refusal(path: Path, *, create: bool = True) -> CalmirrorError:
    with pytest.raises(CalmirrorError) as refused:
        open_store(address(path), create=create)
    return refused.value


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_state_survives_closing(path: Path) -> None:
    made(path)
    with open_store(address(path), create=False) as store:
        assert [state.name for state in store.mirrors()] == ["work"]


def test_a_relative_path_is_taken_from_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    open_store("sqlite:///a file #1?.db").close()
    assert (tmp_path / "a file #1?.db").is_file()


def test_only_the_owner_can_read_the_state(path: Path) -> None:
    before = os.umask(0)
    try:
        with open_store(address(path)) as store:
            store.mirror("work")
            modes = {file.name: mode(file) for file in path.parent.iterdir()}
    finally:
        os.umask(before)
    assert modes == {"state.db": 0o600, "state.db-wal": 0o600, "state.db-shm": 0o600}


def test_nothing_else_is_left_in_the_folder(path: Path) -> None:
    made(path)
    assert list(path.parent.iterdir()) == [path]


def test_a_file_system_without_hard_links_will_do(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "no hard links here")

    monkeypatch.setattr(os, "link", refuse)
    made(path)
    assert list(path.parent.iterdir()) == [path]


def test_a_missing_folder_of_our_own_is_made_for_the_owner_alone(tmp_path: Path) -> None:
    made(tmp_path / "share" / "calmirror" / "state.db")
    assert mode(tmp_path / "share" / "calmirror") == 0o700


def test_another_missing_folder_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "typo" / "state.db").code == "state-folder"
    assert not (tmp_path / "typo").exists()


def test_a_missing_state_is_not_made_unasked(path: Path) -> None:
    assert refusal(path, create=False).code == "state-missing"
    assert not path.exists()


def test_a_full_disk_is_told_and_no_draft_is_left(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fills(database: SqliteDatabase, statement: str) -> None:
        Path(f"{draft()}-shm").touch()
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
        with database._refusing():
            raise error

    def draft() -> Path:
        return next(path.parent.iterdir())

    monkeypatch.setattr(sqlite.SqliteDatabase, "run", fills)
    assert refusal(path).code == "state-full"
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"BEGIN:VCALENDAR\r\n" * 20, b"SQLite format 3\0cut off"])
def test_a_file_that_is_no_database_is_left_as_it_is(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    refused = refusal(path)
    assert isinstance(refused, UserFixableError)
    assert refused.code == "state-not-a-database"
    assert path.read_bytes() == content


def test_a_folder_in_place_of_the_file_is_refused(path: Path) -> None:
    path.mkdir()
    assert refusal(path).code == "state-not-a-database"


def test_a_database_of_another_program_is_left_as_it_is(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE mirror (name TEXT)")
        connection.commit()
        content = {file.name: file.read_bytes() for file in path.parent.iterdir()}
        assert refusal(path).code == "state-not-ours"
        assert {file.name: file.read_bytes() for file in path.parent.iterdir()} == content


def test_a_state_of_a_newer_version_is_left_as_it_is(path: Path) -> None:
    made(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE meta SET schema_version = 99")
        connection.commit()
    content = path.read_bytes()
    refused = refusal(path)
    assert (refused.code, "version 99" in refused.what) == ("state-newer", True)
    assert path.read_bytes() == content


def test_a_state_of_an_older_version_is_brought_up_to_date(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(path)
    step = path.with_name("step.sql")
    step.write_text("ALTER TABLE mirror ADD COLUMN colour TEXT;\nCREATE TABLE tag (name TEXT);\n")
    for module in ("sqlite", "database"):
        monkeypatch.setattr(f"calmirror.store.{module}.STEPS", (*STEPS, str(step)))
    for _ in range(2):
        open_store(address(path)).close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT schema_version FROM meta").fetchall() == [(len(STEPS) + 1,)]
        assert connection.execute("SELECT name, colour FROM mirror").fetchall() == [("work", None)]
        assert connection.execute("SELECT COUNT(*) FROM tag").fetchall() == [(0,)]


def test_a_file_that_was_cut_off_is_damaged(path: Path) -> None:
    content = made(path).read_bytes()
    path.write_bytes(content[: len(content) // 2])
    refused = refusal(path)
    assert isinstance(refused, UserFixableError)
    assert refused.code == "state-corrupted"
    assert path.read_bytes() == content[: len(content) // 2]


def test_a_damaged_page_is_reported_when_it_is_read(path: Path) -> None:
    content = bytearray(made(path).read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    assert refusal(path).code == "state-corrupted"


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root may write anywhere, so root steps down for the test."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def test_what_this_user_may_not_write_is_refused() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = made(Path(folder, "state.db"))
        path.chmod(0o444)
        Path(folder).chmod(0o555)
        with as_nobody():
            assert refusal(path).code == "state-read-only"
            assert refusal(path.with_name("new.db")).code == "state-read-only"
        Path(folder).chmod(0o700)


def test_a_folder_that_may_not_be_written_is_refused_even_if_the_file_may() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = made(Path(folder, "state.db"))
        path.chmod(0o666)
        Path(folder).chmod(0o555)
        with as_nobody():
            assert refusal(path).code == "state-read-only"
        Path(folder).chmod(0o700)


def test_a_state_locked_for_too_long_is_tried_again_later(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.01)
    with open_store(address(path)) as store, closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(RetryableError) as refused:
            store.begin_run("work", at=1)
    assert refused.value.code == "state-busy"


def test_a_transaction_is_a_writer_from_the_start(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that turns writer later would be refused at once if another process wrote meanwhile."""
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.01)
    with closing(sqlite.open_file(path, create=True)) as one, open_store(address(path)) as other:
        with one.transaction(), pytest.raises(RetryableError):
            other.mirror("work")
        assert other.mirrors() == []


def test_a_full_disk_loses_nothing(path: Path) -> None:
    made(path)
    with open_store(address(path)) as store:
        store._database.run("PRAGMA max_page_count = 1")
        epoch = store.take_lease("work", owner="me", now=0, ttl=1)
        noise = os.urandom(100_000)
        with pytest.raises(RetryableError) as refused:
            store.stage("work", epoch, key="k", next_link="n", page=noise)
        assert refused.value.code == "state-full"
        assert store.staged("work", "k")[0] == ""
        store.save("work", epoch, failures=1)
        assert store.mirror("work").failures == 1


def test_commits_are_durable_and_foreign_keys_hold(path: Path) -> None:
    made(path)
    database = sqlite.open_file(path, create=False)
    with closing(database):
        settings = {
            name: database._connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}


@pytest.mark.parametrize("query", [name for name in queries() if name not in {"mirrors", "next-run"}])
def test_no_query_reads_a_whole_table(query: str) -> None:
    """One mirror's work does not grow with what other mirrors own; the single row of `meta` is no table."""
    with closing(sqlite.open_memory()) as database:
        plan = plan_of(database, query)
    assert [step for step in plan if step.startswith("SCAN") and "meta" not in step] == []


@pytest.mark.parametrize("query", ["links-of", "remove-link", "remove-children", "remove-intent"])
def test_what_is_asked_of_one_event_does_not_read_the_whole_mirror(query: str) -> None:
    with closing(sqlite.open_memory()) as database:
        plan = plan_of(database, query)
    assert [step for step in plan if step.endswith("(mirror=?)")] == []
    assert any("_id=?" in step for step in plan)


def plan_of(database: SqliteDatabase, query: str) -> list[str]:
    statement = queries()[query]
    values = dict.fromkeys(re.findall(r":([a-z_]+)", statement), 0)
    return [row[3] for row in database._connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)]


@pytest.mark.parametrize("url", ["", "state.db", "mysql://host/db", "sqlite:/state.db"])
def test_an_address_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(UserFixableError) as refused:
        open_store(url)
    assert refused.value.code == "state-url"


def test_the_default_folder_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    assert refusal(tmp_path / "file" / "calmirror" / "calmirror.db").code == "state-read-only"


def test_whether_the_state_is_there_cannot_be_told(tmp_path):
    assert refusal(tmp_path / ("long" * 100) / "state.db").code == "state-read-only"
