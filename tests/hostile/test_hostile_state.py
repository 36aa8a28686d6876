"""A state file of which bytes were changed: told as damage, never with what stood there, and made good from Google."""

from __future__ import annotations

import sqlite3
import traceback
from contextlib import closing, suppress

import pytest
from world import Death, KilledError, World

from calmirror.errors import UserFixableError
from calmirror.sandbox.graph.switches import GraphSwitches


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


def refusal(world, **options):
    """With which code a run ends, or does not even begin."""
    try:
        world.sync(**options)
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


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE mirror SET window_start = 'tomorrow'",
        "UPDATE mirror SET window_end = '2026-02-30'",
        "UPDATE link SET starts = '2026-03-16T1\x010:00:00+00:00'",
        "UPDATE memory SET body = substr(body, 2)",
        "UPDATE intent SET verb = 'insist'",
        "UPDATE mirror SET destination_calendar = '..'",
        "UPDATE mirror SET destination_calendar = '.'",
        "UPDATE mirror SET source_calendar = '..'",
        "UPDATE page SET body = x'789c00'",
    ],
)
def test_values_that_no_run_wrote_are_damage(tmp_path, change):
    """Of a run that died in the middle of a whole read, or of its writes, more is stored than of one that ended."""
    world = World(tmp_path, graph=GraphSwitches(first_page_empty=True)).fill(singles=1).settle()
    world.mailbox.edit(world.ids["changed"], subject="Renamed")
    state = tmp_path / "state.db"
    for at in range(1, 100):
        with suppress(KilledError):
            world.sync(Death(at), full=True)
        if changed(state, change):
            break
    before = world.mirrored()
    assert refusal(world, full=True) == "state-corrupted"
    assert world.mirrored() == before
    state.unlink()
    assert world.sync() == 0, world.error
    world.assert_exact()


def changed(state, change):
    """How many rows were there to change."""
    with closing(sqlite3.connect(state)) as connection:
        count = connection.execute(change).rowcount
        connection.commit()
    return count
