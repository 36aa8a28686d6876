"""The journal holds every write, before and after, whatever became of the run: `undo` rests on it."""

from __future__ import annotations

from datetime import date

import pytest
from calendar_pictures import content, picture
from world import TODAY, Death, KilledError, World, moved

COLOUR = {"colorId": "11"}
REMINDER = {"reminders": {"useDefault": False, "overrides": [{"method": "popup", "minutes": 33}]}}


def runs_of(world):
    """The numbers of all runs, oldest first."""
    mirror = world.mirror()
    return sorted(run.id for run in mirror.store.runs("work", 1000))


def journal_since(world, number):
    """All entries from that run on."""
    return world.mirror().store.journal_since("work", number)


def assert_told(world, before, number):
    """The entries from run `number` on lead from one picture of the calendar to the one of now, and back."""
    after = picture(world)
    entries = journal_since(world, number)
    first, last = {}, {}
    for entry in entries:
        if not entry.by_hand:
            first.setdefault(entry.event_id, entry.before)
        last[entry.event_id] = entry.after
    assert {one: before.get(one) for one in first} == {one: content(body) for one, body in first.items()}
    assert {one: after.get(one) for one in last} == {one: content(body) for one, body in last.items()}
    untold = {one for one in before.keys() | after.keys() if before.get(one) != after.get(one)} - first.keys()
    assert untold == set()


def person(world):
    """What a person does to copies: another title, time, colour and reminder; one is gone, one instance is theirs."""
    edit, calendar = world.google.person_edit, world.destination
    edit(calendar, world.copies("single-7")[0]["id"], summary="My own words", **COLOUR)
    edit(calendar, world.copies("single-8")[0]["id"], **REMINDER)
    edit(calendar, world.copies("single-9")[0]["id"], summary="Mine, soon gone", **REMINDER)
    edit(calendar, world.copies("changed")[0]["id"], **COLOUR)
    edit(calendar, world.copies("changed")[1]["id"], description="Mine", **COLOUR)
    edit(calendar, world.copies("daily")[0]["id"], **REMINDER)
    world.google.person_delete(calendar, world.copies("single-5")[0]["id"])


def edited(world):
    """Edits of every kind in Outlook, and of what was deleted in Google."""
    world.edit_of_every_kind()
    world.mailbox.edit(world.ids["single-5"], subject="Back again")


def drifted():
    """A mirror that was exact before a person came."""
    world = World().fill(singles=10).settle()
    person(world)
    return world


def test_a_first_run_is_told():
    world = World().fill(singles=60)
    assert world.sync() == 0
    assert_told(world, {}, 1)


@pytest.mark.parametrize("reminders_move_the_etag", [False, True])
def test_a_run_tells_what_it_overwrote_and_deleted_with_what_a_person_had_made_of_it(reminders_move_the_etag):
    world = drifted()
    world.google.switches.reminder_edit_changes_etag = reminders_move_the_etag
    before, number = picture(world), runs_of(world)[-1] + 1
    edited(world)
    assert world.sync() == 0
    assert_told(world, before, number)


def test_a_day_that_puts_drift_right_is_told():
    world = drifted()
    before, number = picture(world), runs_of(world)[-1] + 1
    world.clock.advance(86400)
    assert world.sync() == 0
    assert_told(world, before, number)


def test_a_repair_is_told():
    world = drifted()
    world.google.person_delete(world.destination, world.copies("west")[0]["id"] + "_20260402T150000Z")
    before, number = picture(world), runs_of(world)[-1] + 1
    assert world.repair().exit_code == 0
    assert_told(world, before, number)


def test_an_adopted_calendar_is_told_from_the_loss_on(tmp_path):
    world = World(tmp_path).fill(singles=6).settle()
    for file in tmp_path.glob("state.db*"):
        file.unlink()
    before = picture(world)
    world.mailbox.edit(world.ids["changed"], **moved(date(2026, 3, 2), 15))
    world.mailbox.delete(world.ids["single-2"])
    assert world.sync() == 0
    assert_told(world, before, 1)


@pytest.mark.parametrize("then", ["sync", "repair"])
def test_wherever_a_run_is_killed_it_and_the_next_one_tell_everything(then):
    whole = Death()
    world = drifted()
    edited(world)
    assert world.sync(whole) == 0
    assert whole.steps > 15
    for step in range(1, whole.steps + 1):
        world = drifted()
        before, number = picture(world), runs_of(world)[-1] + 1
        edited(world)
        with pytest.raises(KilledError):
            world.sync(Death(step))
        if then == "repair":
            world.repair()
        assert world.sync() == 0, world.error
        assert_told(world, before, number)


def test_what_a_person_deleted_before_outlook_did_was_gone_already():
    world = World().fill(singles=3).settle()
    world.google.person_delete(world.destination, world.copies("single-2")[0]["id"])
    before, number = picture(world), runs_of(world)[-1] + 1
    world.mailbox.delete(world.ids["single-2"])
    world.mailbox.edit(world.ids["single-1"], **moved(TODAY, 20))
    assert world.sync() == 0
    assert_told(world, before, number)
