"""A series that a whole read shows to be as it was is not read again; whatever speaks against it has it read."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
from world import TODAY, Death, KilledError, World, moved, numbered, timed, weekly

from calmirror.model.policy import Policy, Profile

DAY = 86_460


@pytest.fixture
def world():
    world = World(future_days=40).fill(6)
    world.ids["files"] = world.mailbox.create(weekly("Files", TODAY, 13) | {"attachments": [{"name": "Agenda.pdf"}]})
    return world.settle()


def a_day_later(world, days=1):
    """The requests of the whole read of the next day, by the last part of their path."""
    world.clock.advance(days * DAY)
    marked = world.mark()
    assert world.sync() == 0, world.error
    assert world.report.full
    return [one.path.rpartition("/")[2] for one in world.graph.log[marked[0] :]]


def test_an_unchanged_calendar_is_read_by_its_list_alone(world):
    marked = world.mark()
    assert set(a_day_later(world)) == {"delta"}
    assert world.writes_since(marked) == []
    world.assert_exact()


CHANGES = {
    "deleted": lambda box, ids: box.delete_occurrence(ids["west"], date(2026, 4, 2)),
    "changed": lambda box, ids: box.edit_occurrence(ids["west"], date(2026, 4, 9), subject="Once"),
    "moved": lambda box, ids: box.edit_occurrence(ids["changed"], date(2026, 3, 23), **moved(date(2026, 6, 30), 9)),
    "moved at last": lambda box, ids: box.edit_occurrence(
        ids["west"], date(2026, 4, 23), **moved(date(2026, 6, 30), 9)
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("silent", [False, True])
def test_a_changed_occurrence_has_its_series_read(world, monkeypatch, change, silent):
    """Whether or not the master's version moves with it."""
    if silent:
        versions = iter([world.mailbox.item(world.ids[one]).change_key for one in ("west", "changed")])
        monkeypatch.setattr(world.mailbox.mint, "change_key", lambda: next(versions))
        if change is CHANGES["moved"]:
            next(versions)
    change(world.mailbox, world.ids)
    assert "$batch" in a_day_later(world)
    monkeypatch.undo()
    world.assert_exact()


def test_every_four_weeks_a_series_is_read_all_the_same(world):
    assert "$batch" not in a_day_later(world, 27)
    assert "$batch" in a_day_later(world, 2)


def test_an_override_that_the_window_has_left_behind_stays_as_it_is(world):
    before = {row["id"]: row for row in world.copies("changed")}
    a_day_later(world, 25)
    assert {row["id"]: row for row in world.copies("changed")} == before
    world.assert_exact()


def test_other_settings_reach_every_occurrence_of_a_series(world):
    a_day_later(world, 25)
    world.policy = Policy(profile=Profile.BUSY)
    assert world.sync() == 0
    assert {row["summary"] for row in world.copies("changed")} == {"Busy"}


def test_what_a_person_deleted_in_google_comes_back_with_its_overrides(world):
    for row in world.copies("changed")[:1]:
        world.google.person_delete(world.destination, row["id"])
    a_day_later(world)
    assert len(world.copies("changed")) == 3
    world.assert_exact()


def test_the_zone_of_a_series_is_told_by_years_of_it_again_when_its_copy_was_deleted(world):
    """All that is left in the books is an occurrence that was cancelled before; the window has only one other."""
    first = date(2025, 1, 5)
    rule = {"type": "absoluteMonthly", "interval": 2, "dayOfMonth": 5}
    event = timed("Far away", first, 9, recurrence={"pattern": rule, "range": numbered(first, 50)})
    for edge in (event["start"], event["end"]):
        edge["timeZone"] = ""
    event["recurrence"]["range"]["recurrenceTimeZone"] = ""
    world.ids["far"] = world.mailbox.create(event, real_zone="Asia/Tokyo")
    world.mailbox.edit_occurrence(world.ids["far"], date(2026, 5, 5), subject="Once")
    a_day_later(world)
    world.mailbox.delete_occurrence(world.ids["far"], date(2026, 5, 5))
    a_day_later(world)
    [row] = world.copies("far")
    world.google.person_delete(world.destination, row["id"])
    assert world.repair().exit_code == 0
    assert world.copies("far")[0]["start"] == row["start"]


def test_names_of_attachments_are_asked_for_once(world):
    [row] = world.copies("files")
    assert "Agenda.pdf" in row["description"]
    world.mailbox.edit(world.ids["files"], subject="Files, renamed")
    marked = world.mark()
    assert world.sync() == 0
    assert any("attachments" in str(one.request.body) for one in world.graph.log[marked[0] :])
    assert set(a_day_later(world)) == {"delta"}


def test_nothing_that_an_event_says_is_remembered(world):
    mirror = world.mirror()
    kept = list(mirror.store.recall("work", "series", mirror.store.memories("work", "series")).values())
    assert len(kept) == 5
    assert not [body for body in kept for word in ("Changed", "Daily", "West", "Files") if word in body]


def test_a_series_that_is_gone_is_forgotten(world):
    world.mailbox.delete(world.ids["west"])
    a_day_later(world)
    kept = world.mirror().store.memories("work", "series")
    assert world.ids["west"] not in kept
    assert world.ids["changed"] in kept


def test_what_a_run_read_but_did_not_write_is_read_again(world):
    """It died before the occurrence that was moved out of the window was overridden."""
    world.mailbox.edit_occurrence(world.ids["west"], date(2026, 4, 9), **moved(date(2026, 9, 9), 9))
    for at in range(1, 30):
        with suppress(KilledError):
            world.sync(Death(at, after=True))
            break
        world.graph.expire_cursors()
    world.clock.advance(DAY)
    assert world.sync() == 0
    world.assert_exact()
