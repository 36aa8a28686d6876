"""Generated series of every kind, published: the same occurrences on both sides, and the same events by sign-in."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from feed_world import FeedWorld
from series_generator import generate
from world import TODAY

from calmirror.sandbox.google.switches import GoogleSwitches
from calmirror.sandbox.graph.switches import GraphSwitches
from calmirror.sandbox.ics.service import FeedSwitches


def filled(seed: int) -> FeedWorld:
    """Thirty series, some of their occurrences moved and deleted."""
    # A rule of RFC 5545 skips a month that lacks its day.
    graph = GraphSwitches(clamp_month_end=False)
    world = FeedWorld(graph=graph, google=GoogleSwitches(quota_per_minute=None), switches=FeedSwitches(ahead_days=500))
    for made in generate(seed, 30, TODAY):
        one = world.mailbox.create(made.event, real_zone=made.real_zone)
        days = originals(world, one)
        for number in set(made.moved) & set(range(len(days))):
            move(world, one, days[number], all_day=made.event["isAllDay"])
        for number in set(made.cancelled) & set(range(len(days))) - set(made.moved):
            world.mailbox.delete_occurrence(one, days[number])
    return world


def originals(world: FeedWorld, one: str) -> list[date]:
    start = datetime.combine(TODAY - timedelta(18), datetime.min.time(), UTC)
    found = world.mailbox.occurrences(None, start, start + timedelta(75))
    return [shown.original for shown in found if shown.id == one and shown.original]


def move(world: FeedWorld, one: str, day: date, *, all_day: bool) -> None:
    if all_day:
        world.mailbox.edit_occurrence(one, day, subject="Another title")
        return
    at = datetime.combine(day, datetime.min.time()) + timedelta(hours=9, minutes=17)
    edges = {"start": at, "end": at + timedelta(minutes=50)}
    times = {edge: {"dateTime": moment.isoformat(), "timeZone": "UTC"} for edge, moment in edges.items()}
    world.mailbox.edit_occurrence(one, day, **times)


def inner(world: FeedWorld, shown: Counter[tuple[str, str, str]]) -> Counter[tuple[str, str, str]]:
    """Without the window's edges, where a day begins at another instant on each side."""
    window = world.mirror().window_now()
    first, last = (f"{edge:%F}" for edge in (window.start + timedelta(days=7), window.end - timedelta(days=7)))
    return Counter({one: count for one, count in shown.items() if first < one[1][:10] < last})


def same(world: FeedWorld) -> None:
    assert world.sync() == 0, (world.error, world.report)
    assert inner(world, world.shown_in_google()) == inner(world, world.shown_in_outlook())
    assert world.verify().differences == ()
    marked = world.mark()
    assert world.sync() == 0
    assert world.writes_since(marked) == []


@pytest.mark.parametrize("seed", range(2))
def test_published_series_are_exact_and_stay_so(seed: int):
    world = filled(seed)
    same(world.reading(world.published))
    for item in list(world.mailbox.items(world.mailbox.default_calendar))[::4]:
        for day in originals(world, item.id)[1:2]:
            world.mailbox.delete_occurrence(item.id, day)
    same(world)
    world.clock.advance(30 * 86400)
    same(world)


@pytest.mark.parametrize("seed", range(2))
def test_series_are_the_same_events_either_way(seed: int):
    world = filled(seed)
    same(world)
    ids = {row["id"] for row in world.ours()}
    for address in (world.published, ""):
        marked = world.mark()
        same(world.reading(address))
        assert [one for one in world.writes_since(marked) if one[0] == "DELETE"] == []
        assert {row["id"] for row in world.ours()} == ids
