"""Copies that a person deleted for good, or moved to where Outlook has nothing, are put right all the same."""

from datetime import date, timedelta

import pytest
from world import TODAY, World, moved, timed

DAY = 86_400


@pytest.mark.parametrize("day", [date(2026, 3, 30), date(2026, 4, 6)], ids=["a plain one", "a changed one"])
@pytest.mark.parametrize("emptied", [False, True])
def test_an_edit_of_one_occurrence_restores_the_series_that_a_person_deleted(emptied, day):
    world = World().fill(singles=3).settle()
    world.google.person_delete(world.destination, world.copies("changed")[0]["id"])
    if emptied:
        world.google.empty_trash(world.destination)
    world.mailbox.edit_occurrence(world.ids["changed"], day, subject="Only this one")
    assert world.sync() == 0, world.report
    world.assert_exact()


def test_an_occurrence_that_came_back_to_life_without_its_series_does_not_stay_beside_the_new_one():
    """A person deleted the occurrence in Google, it was edited in Outlook, and then the series was deleted."""
    world = World().fill(singles=3).settle()
    series = world.copies("changed")[0]["id"]
    world.google.person_delete(world.destination, f"{series}_20260330T120000Z")
    world.google.person_delete(world.destination, series)
    world.mailbox.edit_occurrence(world.ids["changed"], date(2026, 3, 30), subject="Only this one")
    assert world.sync() == 0
    assert world.repair().exit_code == 0
    world.assert_exact()


@pytest.mark.parametrize("deleted", [False, True])
def test_repair_puts_an_old_copy_back_that_a_person_moved_to_today(deleted):
    """The event ended before the window, so no round lists it; it may even be gone."""
    world = World().fill(singles=3)
    world.ids["old"] = world.mailbox.create(timed("Old", TODAY - timedelta(10), 9))
    world.settle()
    world.clock.advance(15 * DAY)
    assert world.sync() == 0
    start = moved(TODAY + timedelta(16), 9, "UTC")
    world.google.person_edit(world.destination, world.copies("old")[0]["id"], **start)
    if deleted:
        world.mailbox.delete(world.ids["old"])
    assert [one.kind for one in world.verify().differences] == ["only in Google"]
    assert world.repair().exit_code == 0
    world.assert_exact()
