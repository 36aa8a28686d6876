"""Deletions need proof and stay within a budget; what exceeds it waits for a person's word."""

import json
from datetime import timedelta

import pytest
from world import TODAY, Answer, Death, GraphSwitches, KilledError, World, broken, timed

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


def waiting(world, count, **options):
    """So many deletions wait: the run writes none of them, and says how they are released, or kept."""
    before = titles(world)
    assert world.sync(**options) == 6
    assert world.error.code == "mass-delete"
    assert f"{count} deletions wait for your word" in world.error.what
    assert "sync --mirror work --allow-mass-delete" in world.error.command
    assert before <= titles(world) | {"Single 2"}


def titles(world):
    return {row["summary"] for row in world.ours()}


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


def test_an_empty_first_answer_is_not_believed_and_made_good_by_the_next_run():
    world = World().fill(singles=5)
    lie = {"value": [], "@odata.deltaLink": f"{world.graph.base_url}/me/calendarView/delta?$deltatoken=x"}
    broken(world.graph, "calendarView/delta", times=1, answer=Answer(200, {}, json.dumps(lie).encode()))
    assert world.sync() == 6
    assert world.error.code == "empty-source"
    assert world.sync() == 0
    world.assert_exact()


def test_the_budget_holds_for_a_day_not_for_a_run():
    world = World().fill(singles=40).settle()
    delete_singles(world, *range(8, 16))
    assert world.sync() == 0
    delete_singles(world, *range(16, 24))
    waiting(world, 8)
    world.clock.advance(DAY - 60)
    waiting(world, 8)
    world.clock.advance(120)
    waiting(world, 8)
    delete_singles(world, 24, 25)
    assert world.sync() == 6
    assert not {"Single 24", "Single 25"} & titles(world)
    waiting(world, 8)
    assert world.sync(allow_mass_delete=True) == 0, world.error
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
        waiting(world, 8)
    raise AssertionError("no run came to its end")


def test_all_else_is_written_while_deletions_wait():
    """Sixteen deleted meetings must not keep tomorrow's new one out."""
    world = World().fill(singles=40).settle()
    delete_singles(world, *range(6, 22))
    world.mailbox.edit(world.ids["single-2"], subject="Another title")
    world.ids["new"] = world.mailbox.create(timed("New", TODAY + timedelta(3), 9))
    waiting(world, 16)
    assert {"Another title", "New"} <= titles(world)
    assert world.sync(allow_mass_delete=True) == 0
    world.assert_exact()
    marked = world.mark()
    assert world.sync() == 0
    assert world.since(marked) == (1, 0)


@pytest.mark.parametrize("full", [False, True])
def test_what_comes_back_in_outlook_waits_no_longer(full):
    world = World(graph=GraphSwitches(ids_survive_moves=True)).fill(singles=40).settle()
    elsewhere, home = world.mailbox.add_calendar("Elsewhere"), world.mailbox.default_calendar
    gone = [world.ids[f"single-{number}"] for number in range(6, 20)]
    for one in gone:
        world.mailbox.move_to_calendar(one, elsewhere)
    waiting(world, 14)
    for one in gone[:8]:
        world.mailbox.move_to_calendar(one, home)
    world.clock.advance(60)
    waiting(world, 6, full=full)
    for one in gone[8:]:
        world.mailbox.move_to_calendar(one, home)
    world.clock.advance(60)
    assert world.sync(full=full) == 0
    world.assert_exact()


def test_what_a_person_keeps_stays_until_they_let_it_follow_again():
    world = World().fill(singles=40).settle()
    delete_singles(world, *range(6, 20))
    waiting(world, 14)
    assert world.sync(keep_deleted=True) == 3
    assert len(world.report.held) == 14
    marked = world.mark()
    assert world.sync(full=True) == 3
    assert world.writes_since(marked) == []
    assert world.sync(unpin=True) == 6
    waiting(world, 14)
    assert world.sync(allow_mass_delete=True) == 0
    world.assert_exact()


def test_after_days_without_a_run_more_may_be_gone():
    world = World().fill(singles=100).settle()
    world.clock.advance(3 * DAY + 60)
    delete_singles(world, *range(60, 90))
    assert world.sync() == 0
    world.assert_exact()


def test_a_run_killed_anywhere_forgets_no_deletion_that_waits():
    for step in range(1, 60):
        world = World().fill(singles=40).settle()
        delete_singles(world, *range(6, 20))
        try:
            world.sync(Death(step))
        except KilledError:
            waiting(world, 14)
            continue
        assert step > 5
        return
    raise AssertionError("no run came to its end")
