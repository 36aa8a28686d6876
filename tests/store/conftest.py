from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from postgres_server import running_server

from calmirror.store import Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with running_server() as address:
        yield address


@pytest.fixture
def postgres_url(postgres: str) -> str:
    """The address of a database without any state of ours."""
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("SET client_min_messages TO warning")
        connection.execute("DROP SCHEMA IF EXISTS calmirror CASCADE")
    return postgres


@pytest.fixture(params=["file", "postgresql"])
def shared_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a state that several processes can open."""
    if request.param == "file":
        return f"sqlite:///{tmp_path}/state.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture(params=["file", "memory", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store of each kind."""
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    else:
        url = {"file": f"sqlite:///{tmp_path}/state.db", "memory": "sqlite://"}[request.param]
    with open_store(url) as opened:
        yield opened
