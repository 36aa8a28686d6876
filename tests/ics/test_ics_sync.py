"""A published calendar is mirrored as one that is signed in to."""

from __future__ import annotations

import pytest
from feed_world import FeedWorld, days, event

from calmirror.sandbox.ics.service import FeedSwitches


def test_a_mailbox_that_is_published_is_mirrored_exactly():
    world = FeedWorld()
    world.fill()
    world.reading(world.published).settle()
    assert world.verify().differences == ()
    assert world.shown_in_google() == world.shown_in_outlook()


def test_edits_of_every_kind_arrive():
    world = FeedWorld()
    world.fill()
    world.reading(world.published).settle()
    world.edit_of_every_kind()
    assert world.sync() == 0, world.error
    assert world.verify().differences == ()
    assert world.shown_in_google() == world.shown_in_outlook()


@pytest.mark.parametrize(
    "switches", [FeedSwitches(), FeedSwitches(etag=False, last_modified=True), FeedSwitches(etag=False)]
)
def test_an_unchanged_feed_costs_one_request_and_no_writes(switches):
    world = FeedWorld(switches=switches)
    world.fill()
    world.reading(world.published).settle()
    asked, marked = len(world.feeds.log), world.mark()
    world.clock.advance(900)
    assert world.sync() == 0
    assert len(world.feeds.log) - asked == 1
    assert world.feeds.log[-1].status == (304 if switches.etag or switches.last_modified else 200)
    assert world.since(marked) == (0, 0)


@pytest.mark.parametrize("until", ["20260401", "20260401T090000Z"])
def test_a_series_of_whole_days_that_ends_and_left_the_feed_goes(until: str):
    """Its last day is a day and no moment; when it took place has to be told from that."""
    start, end = (";VALUE=DATE:20260317", ";VALUE=DATE:20260318")
    if "T" in until:
        start, end = (":20260317T090000Z", ":20260317T100000Z")
    world = FeedWorld().serve(*days(20), event("whole", start, end, f"RRULE:FREQ=WEEKLY;UNTIL={until}"))
    world.settle()
    assert "whole" in {title for title, _, _ in world.shown()}
    assert world.serve(*days(20)).sync() == 0, world.error
    assert "whole" not in {title for title, _, _ in world.shown()}
    assert world.verify().differences == ()
