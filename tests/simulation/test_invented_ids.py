"""Ids that Outlook never had, told by a list that lied: once it tells the truth, nothing is left of them."""

import json

import pytest
from world import TODAY, Answer, World, broken, timed

from calmirror.sandbox.graph.errors import CATALOGUE

DATE = "0001-01-01T00:00:00Z"
DAY = 86_400


def lying(world, change):
    """From now on `change` is applied to what every list says."""

    def alter(_request, answer):
        return Answer(answer.status, answer.headers, json.dumps(change(answer.json())).encode())

    broken(world.graph, "calendarView/delta", alter=alter)


def dated(key):
    """A list in which the date is in place of these ids."""

    def change(content):
        for entry in content["value"]:
            entry.update({key: DATE} if key in entry else {})
        return content

    return change


def truthful(world):
    """A whole list that tells the truth is due."""
    world.graph.faults.clear()
    world.clock.advance(DAY + 60)
    return world


def test_a_series_that_nobody_knows_is_forgotten_once_a_whole_list_is_without_it():
    world = World().fill(singles=3)
    lying(world, dated("seriesMasterId"))
    assert world.sync() == 3
    assert DATE in world.report.skipped
    world.graph.faults.clear()
    assert world.sync() == 3, "what changed tells nothing of what there is"
    assert truthful(world).sync() == 0, world.report
    world.assert_exact()


def test_a_copy_under_an_id_that_is_none_goes_once_its_event_is_listed_under_another():
    world = World()
    for title in ("One", "Two", "Three"):
        world.mailbox.create(timed(title, TODAY, 9))
    lying(world, dated("id"))
    assert world.sync() == 0
    assert len(world.ours()) == 1
    assert truthful(world).sync() == 0, world.report
    world.assert_exact()


def test_a_copy_under_an_id_that_is_none_stays_while_no_other_event_is_it():
    world = World()
    only = world.mailbox.create(timed("Only", TODAY, 9))
    lying(world, dated("id"))
    assert world.sync() == 0
    before = world.ours()
    world.mailbox.delete(only)
    world.mailbox.create(timed("Another", TODAY, 9))
    assert truthful(world).sync() == 3
    assert DATE in world.report.skipped
    assert [row for row in world.ours() if row in before] == before


@pytest.mark.parametrize("whole", [True, False], ids=["whole", "changes"])
def test_events_that_are_neither_listed_nor_known_by_id_stay(whole):
    """Two lies that agree prove nothing while no list shows the event under another id."""
    world = World().fill(singles=5).settle()
    before = world.mirrored()
    if whole:
        world.clock.advance(DAY + 60)
    gone = [{"id": one, "@removed": {"reason": "deleted"}} for one in world.ids.values()]
    lying(world, lambda content: content | {"value": [] if whole else gone})
    broken(world.graph, "/events/", inside_batch=True, answer=CATALOGUE["id-malformed"])
    assert world.sync() == 3
    assert world.mirrored() == before
    assert truthful(world).sync() == 0
    world.assert_exact()
