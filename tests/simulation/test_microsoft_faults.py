"""Whatever Microsoft answers instead of the truth, no mirrored event goes, and the next run is exact."""

import json

import pytest
from world import TODAY, Answer, World, broken, daily, refusal

from calmirror.sandbox.graph.errors import CATALOGUE, throttled
from calmirror.sandbox.graph.switches import GraphSwitches

DELTA, NEXT_PAGE, BATCH = "calendarView/delta", "skiptoken", "/$batch"


def page_leading_to(link):
    return Answer(200, {}, json.dumps({"value": [], "@odata.nextLink": link}).encode())


def named(name):
    return {"answer": CATALOGUE[name]}


PASSING = {
    "401": named("token-expired"),
    "429 integer": {"answer": throttled("3")},
    "429 fraction": {"answer": throttled("2.128")},
    "429 without a time": {"answer": throttled(None)},
    "500": named("internal"),
    "503 page": named("unavailable-html"),
    "503 empty": named("unavailable-empty"),
    "504": named("gateway-timeout"),
    "page with 200": named("html-instead"),
    "cut off": {"truncate": 100},
    "reset before": {"reset_before": True},
    "reset after": {"reset_after": True},
}
LASTING = {name: (what, 4 if name == "401" else 5) for name, what in PASSING.items()} | {
    "403": (named("access-denied"), 4),
    "no mailbox": (named("mailbox-not-enabled"), 4),
    "429 for a day": ({"answer": throttled("86400")}, 5),
    "redirection": ({"answer": refusal(302, {"location": "https://elsewhere.example/"})}, 5),
    "no page": ({"answer": refusal(200, body=b"{}")}, 5),
    "list without a link": ({"answer": refusal(200, body=b'{"value": []}')}, 5),
}
LINKS = {
    "another host": "https://elsewhere.example/v1.0/me/calendar",
    "a name that looks like ours": "http://graph.sandbox@elsewhere.example/v1.0/me/calendar",
    "another port": "http://graph.sandbox:81/v1.0/me/calendar",
    "another scheme": "https://graph.sandbox/v1.0/me/calendar",
}


@pytest.fixture
def world():
    """A mirror that was exact, and changes that the next round tells on its second page."""
    world = World(graph=GraphSwitches(first_page_empty=True)).fill(singles=10).settle()
    world.edit_of_every_kind()
    return world


def deletions(world, marked):
    return [path for method, path in world.writes_since(marked) if method == "DELETE"]


def comes_right(world):
    world.graph.faults.clear()
    assert world.sync() == 0, world.error
    world.assert_exact()


@pytest.mark.parametrize(
    ("place", "fault"),
    [*((place, fault) for place in (DELTA, BATCH) for fault in LASTING)]
    + [(NEXT_PAGE, fault) for fault in ("401", "403", "500", "cut off", "list without a link")],
)
def test_a_fault_that_lasts_ends_the_run_and_nothing_was_touched(world, place, fault):
    what, code = LASTING[fault]
    marked = world.mark()
    broken(world.graph, place, **what)
    assert world.sync() == code
    assert world.writes_since(marked) == []
    comes_right(world)


@pytest.mark.parametrize("fault", PASSING)
def test_a_fault_that_passes_is_outlasted(world, fault):
    for place in (DELTA, NEXT_PAGE, BATCH):
        broken(world.graph, place, times=1, **PASSING[fault])
    assert world.sync() == 0
    world.assert_exact()


@pytest.mark.parametrize("fault", ["401", "403", "no mailbox", "500", "page with 200", "no page", "reset before"])
def test_a_single_read_that_fails_for_long_decides_nothing(world, fault):
    """The reads of a batch fail, the batch does not: what could not be read again stays as it is."""
    marked = world.mark()
    broken(world.graph, "/events/", inside_batch=True, **LASTING[fault][0])
    assert world.sync() == 3
    assert world.report.skipped
    assert deletions(world, marked) == []
    comes_right(world)


def test_not_found_proves_nothing_while_the_calendar_is_not_found_either(world):
    marked = world.mark()
    broken(world.graph, "", inside_batch=True, **named("item-not-found"))
    assert world.sync() == 3
    assert deletions(world, marked) == []
    comes_right(world)


@pytest.mark.parametrize("name", ["sync-state-not-found", "resync-required"])
def test_a_lost_cursor_is_made_good_within_the_run(world, name):
    broken(world.graph, DELTA, times=1, **named(name))
    assert world.sync() == 0
    assert world.report.full
    world.assert_exact()


def test_a_cursor_that_is_always_lost_ends_the_run(world):
    marked = world.mark()
    broken(world.graph, DELTA, **named("sync-state-not-found"))
    assert world.sync() == 5
    assert world.writes_since(marked) == []
    comes_right(world)


@pytest.mark.parametrize("place", [DELTA, NEXT_PAGE])
@pytest.mark.parametrize("link", LINKS)
def test_a_link_to_anywhere_else_is_refused_and_takes_no_token_along(world, place, link):
    marked = world.mark()
    broken(world.graph, place, answer=page_leading_to(LINKS[link]))
    assert world.sync() == 6
    assert world.writes_since(marked) == []
    comes_right(world)


def test_pages_without_an_end_come_to_one():
    """The series has more occurrences than even a large page holds, so the service goes round in circles."""
    world = World(graph=GraphSwitches(endless_pages=True), future_days=1100)
    world.ids["long"] = world.mailbox.create(daily("Long", TODAY, 7, count=1050))
    assert world.sync() == 5
    assert world.error.code == "endless-pages"
    assert world.since((0, 0)) < (100, 1)


@pytest.mark.parametrize("fault", LASTING)
def test_a_calendar_that_cannot_be_looked_up_is_not_mirrored(fault):
    what, code = LASTING[fault]
    world = World().fill(singles=3)
    broken(world.graph, "/me/calendar", **what)
    assert world.sync() == code
    assert not world.google.log
    comes_right(world)


@pytest.mark.parametrize("fault", LASTING)
def test_a_full_round_that_fails_deletes_nothing(fault):
    """The daily full round would see everything missing."""
    what, code = LASTING[fault]
    world = World().fill(singles=3).settle()
    broken(world.graph, DELTA, **what)
    world.clock.advance(90_000)
    marked = world.mark()
    assert world.sync() == code
    assert world.writes_since(marked) == []
    comes_right(world)
