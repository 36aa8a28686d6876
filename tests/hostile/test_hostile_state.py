"""A state file of which bytes were changed: told as damage, never with what stood there, and made good from Google."""

from __future__ import annotations

import sqlite3
import traceback
from contextlib import closing

import pytest
from world import World

from calmirror.errors import UserFixableError


@pytest.mark.parametrize("damaged", [b'{"summ\xffry"', b'{"summary}', b'{"summar\0"', b"[" * 10])
def test_changed_bytes_of_a_text_are_damage_and_nothing_of_it_is_told(tmp_path, damaged):
    """The database's own error quotes the text."""
    world = World(tmp_path).fill(singles=1).settle()
    state = tmp_path / "state.db"
    content = state.read_bytes()
    state.write_bytes(content.replace(b'{"summary"', damaged))
    world.mailbox.edit(world.ids["plain"], subject="Renamed")
    world.mailbox.edit(world.ids["single-0"], subject="Renamed")
    before = world.mirrored()
    assert world.sync() == 4
    assert world.error.code == "state-corrupted"
    said = "".join(traceback.format_exception(world.error))
    assert "Plain" not in said
    assert "Single" not in said
    assert world.mirrored() == before
    state.unlink()
    assert world.sync() == 0, world.error
    world.assert_exact()


def refusal(world):
    """With which code a run ends, or does not even begin."""
    try:
        world.sync()
    except UserFixableError as error:
        return error.code
    return world.error and world.error.code


@pytest.mark.parametrize(
    "change",
    [
        *(f"DROP TABLE {table}" for table in ("meta", "mirror", "link", "intent", "run", "memory")),
        "DELETE FROM meta",
        "UPDATE meta SET schema_version = 1",
        "ALTER TABLE link RENAME COLUMN etag TO mark",
        "ALTER TABLE memory RENAME COLUMN body TO text",
    ],
)
def test_tables_that_are_not_those_that_were_made_are_damage(tmp_path, change):
    world = World(tmp_path).fill(singles=1).settle()
    state = tmp_path / "state.db"
    with closing(sqlite3.connect(state)) as connection:
        connection.execute(change)
        connection.commit()
    world.mailbox.edit(world.ids["changed"], subject="Renamed")
    before = world.mirrored()
    assert refusal(world) == "state-corrupted"
    assert world.mirrored() == before
    state.unlink()
    assert world.sync() == 0, world.error
    world.assert_exact()
