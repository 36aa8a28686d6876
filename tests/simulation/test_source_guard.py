"""Deletions need proof and stay within a budget; what exceeds it waits for a person's word."""

import json

import pytest
from world import Answer, Death, KilledError, World, broken

DAY = 86_400


def delete_singles(world, *numbers):
    for number in numbers:
        world.mailbox.delete(world.ids[f"single-{number}"])


def stopped(world):
    """The run refuses, says how to release it, and has written nothing."""
    marked, before = world.mark(), world.ours()
    assert world.sync() == 6
    assert world.error.code == "mass-delete"
    assert world.error.command.endswith("calmirror sync --mirror work --allow-mass-delete")
    assert world.writes_since(marked) == []
    assert world.ours() == before


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("left", ["nothing", "half"])
def test_a_source_that_is_emptied_or_halved_waits_for_a_person(left, full):
    world = World().fill(singles=20).settle()
    names = list(world.ids)
    for name in names if left == "nothing" else names[: len(names) // 2 + 1]:
        world.mailbox.delete(world.ids[name])
    if full:
        world.graph.expire_cursors()
    stopped(world)
    stopped(world)
    assert world.sync(allow_mass_delete=True) == 0
    world.assert_exact()


def test_a_list_that_is_empty_though_the_calendar_is_not_deletes_nothing():
    """The answer is well-formed and brings a valid cursor: only reading each event again shows the lie."""
    world = World().fill(singles=20).settle()
    world.clock.advance(DAY + 60)
    delta = [one.request.url for one in world.graph.log if "calendarView/delta" in one.path][-1]
    lie = {"value": [], "@odata.deltaLink": delta}
    broken(world.graph, "calendarView/delta", times=1, answer=Answer(200, {}, json.dumps(lie).encode()))
    marked = world.mark()
    assert world.sync() == 0
    assert world.report.full
    assert world.writes_since(marked) == []
    world.graph.faults.clear()
    world.clock.advance(DAY + 60)
    assert world.sync() == 0
    world.assert_exact()


def test_an_empty_first_answer_is_made_good_by_the_next_full_round():
    world = World().fill(singles=5)
    lie = {"value": [], "@odata.deltaLink": f"{world.graph.base_url}/me/calendarView/delta?$deltatoken=x"}
    broken(world.graph, "calendarView/delta", times=1, answer=Answer(200, {}, json.dumps(lie).encode()))
    assert world.sync() == 0
    assert world.sync() == 0
    world.assert_exact()


def test_the_budget_holds_for_a_day_not_for_a_run():
    world = World().fill(singles=40).settle()
    delete_singles(world, *range(8, 16))
    assert world.sync() == 0
    delete_singles(world, *range(16, 24))
    stopped(world)
    world.clock.advance(DAY - 60)
    stopped(world)
    world.clock.advance(120)
    assert world.sync() == 0, world.error
    world.assert_exact()


def test_deletions_of_a_run_that_died_count_as_well():
    """Killed at whatever step, and however the next run finds its deletions: the budget of the day stays one."""
    for step in range(1, 40):
        world = World().fill(singles=40).settle()
        delete_singles(world, *range(8, 16))
        try:
            assert world.sync(Death(step)) == 0
        except KilledError:
            assert world.sync() == 0
        else:
            assert step > 5
            return
        delete_singles(world, *range(16, 24))
        stopped(world)
    raise AssertionError("no run came to its end")


def test_changes_wait_with_the_deletions_that_are_stopped():
    """A run that stops changes nothing at all, or the calendars would tell two stories."""
    world = World().fill(singles=24).settle()
    delete_singles(world, *range(6, 20))
    world.mailbox.edit(world.ids["single-2"], subject="Another title")
    stopped(world)
    assert world.sync(allow_mass_delete=True) == 0
    world.assert_exact()
