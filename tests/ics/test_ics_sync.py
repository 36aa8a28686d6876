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
    world.clock.advance(900)
    assert world.sync() == 0  # the date of a change in the second of the first answer tells nothing yet
    asked, marked = len(world.feeds.log), world.mark()
    world.clock.advance(900)
    assert world.sync() == 0
    assert len(world.feeds.log) - asked == 1
    assert world.feeds.log[-1].status == (304 if switches.etag or switches.last_modified else 200)
    assert world.since(marked) == (0, 0)


@pytest.mark.parametrize("etag", [False, True])
@pytest.mark.parametrize(
    "edit",
    [
        lambda box, one: box.edit(one, sensitivity="private"),
        lambda box, one: box.edit(one, subject="Another title"),
        lambda box, one: box.delete(one),
    ],
)
def test_an_edit_in_the_second_in_which_a_feed_was_read_arrives_with_the_next_run(edit, etag: bool):
    """Both answers have the same Last-Modified, which counts seconds."""
    world = FeedWorld(switches=FeedSwitches(etag=etag, last_modified=True))
    world.fill()
    world.reading(world.published).settle()
    edit(world.mailbox, world.ids["single-7"])
    world.clock.advance(900)
    assert world.sync() == 0, world.error
    assert "Single 7" not in {title for title, _, _ in world.shown()}
    assert world.verify().differences == ()


def test_a_server_without_a_clock_is_not_asked_by_the_date_of_the_last_change():
    world = FeedWorld(switches=FeedSwitches(etag=False, last_modified=True, date=False))
    world.fill()
    world.reading(world.published).settle()
    for _ in range(2):
        world.clock.advance(900)
        assert world.sync() == 0
    assert {one.status for one in world.feeds.log} == {200}


def test_a_feed_that_is_asked_by_etag_and_date_answers_by_the_etag():
    """RFC 9110, 13.1.3: whoever understands If-None-Match ignores If-Modified-Since."""
    world = FeedWorld(switches=FeedSwitches(etag=True, last_modified=True))
    world.fill()
    world.clock.advance(900)
    world.reading(world.published).settle()
    asked = len(world.feeds.log)
    world.feeds.switches.ahead_days = 2  # a shorter period changes the text, and no event
    world.clock.advance(900)
    world.sync()
    assert {one.status for one in world.feeds.log[asked:]} == {200}, "by the date it would be the same"


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
