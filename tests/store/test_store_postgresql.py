"""What only a server can do to us."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import psycopg
import pytest

from calmirror.errors import CalmirrorError, RetryableError, UserFixableError
from calmirror.store import open_store

if TYPE_CHECKING:
    from pathlib import Path


def refusal(url: str, *, create: bool = True) -> CalmirrorError:
    with pytest.raises(CalmirrorError) as refused:
        open_store(url, create=create)
    return refused.value


def test_the_state_survives_closing(postgres_url: str) -> None:
    with open_store(postgres_url) as store:
        store.mirror("work")
    with open_store(postgres_url, create=False) as store:
        assert [state.name for state in store.mirrors()] == ["work"]


def test_a_missing_state_is_not_made_unasked(postgres_url: str) -> None:
    assert refusal(postgres_url, create=False).code == "state-missing"


def test_a_state_of_a_newer_version_is_refused(postgres_url: str) -> None:
    open_store(postgres_url).close()
    with psycopg.connect(postgres_url) as connection:
        connection.execute("UPDATE calmirror.meta SET schema_version = 99")
    assert refusal(postgres_url).code == "state-newer"


def test_without_the_extra_the_command_that_installs_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    refused = refusal("postgresql://host/db")
    assert isinstance(refused, UserFixableError)
    assert (refused.code, refused.command) == ("postgresql-extra", "pip install 'calmirror[postgresql]'")


def test_a_server_that_is_not_there_is_tried_again_later_and_its_password_not_told(tmp_path: Path) -> None:
    refused = refusal(f"postgresql://me:secret@/db?host={tmp_path}")
    assert isinstance(refused, RetryableError)
    assert refused.code == "state-unreachable"
    assert refused.__cause__ is None
    assert "secret" not in f"{refused.what} {refused.meaning} {refused.command}"


def test_an_address_that_makes_no_sense_is_refused() -> None:
    assert refusal("postgresql://host/db?colour=red").code == "state-url"


def test_a_lost_connection_is_tried_again_later(postgres_url: str) -> None:
    with open_store(postgres_url) as store:
        with psycopg.connect(postgres_url) as other:
            other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        with pytest.raises(RetryableError) as refused:
            store.mirrors()
    assert refused.value.code == "state-unreachable"


def test_a_row_locked_for_too_long_is_tried_again_later(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "calmirror.store.postgresql.SETTINGS", ("SET search_path TO calmirror", "SET lock_timeout TO '10ms'")
    )
    with open_store(postgres_url) as store, psycopg.connect(postgres_url) as other:
        store.mirror("work")
        other.execute("SELECT 1 FROM calmirror.mirror FOR UPDATE")
        with pytest.raises(RetryableError) as refused:
            store.take_lease("work", owner="me", now=0, ttl=1)
    assert refused.value.code == "state-busy"


def test_a_user_without_the_right_to_write_is_told_so(postgres_url: str) -> None:
    open_store(postgres_url).close()
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("GRANT USAGE ON SCHEMA calmirror TO pg_read_all_data")
        connection.execute("DROP ROLE IF EXISTS reader")
        connection.execute("CREATE ROLE reader LOGIN IN ROLE pg_read_all_data")
    with open_store(postgres_url.replace("calmirror@", "reader@")) as store, pytest.raises(UserFixableError) as refused:
        store.mirror("work")
    assert refused.value.code == "state-read-only"
