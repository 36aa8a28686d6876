"""A very large feed is read in bounded memory and time, and its events outside of the window are not even parsed."""

from __future__ import annotations

import tracemalloc
from datetime import timedelta

from feed_world import HEAD, TAIL, FeedWorld, event
from world import TODAY

LARGE = 20 * 2**20
TEXT = "DESCRIPTION:" + "Words that somebody wrote into an invitation once\\, and nobody reads. " * 130


def large_feed() -> str:
    """Twenty years of events, most of them long ago, with long texts; 20 MB."""
    size = len(event("x", ":20260316T100000Z", ":20260316T110000Z", TEXT))
    pieces = []
    for number in range(LARGE // size + 1):
        day = TODAY + timedelta(days=60 - 3 * number)
        pieces.append(event(f"e{number}", f":{day:%Y%m%d}T100000Z", f":{day:%Y%m%d}T110000Z", TEXT))
    return HEAD + "".join(pieces) + TAIL


def test_twenty_megabytes_are_mirrored_in_bounded_memory():
    text = large_feed()
    assert len(text) > LARGE
    world = FeedWorld()
    world.reading(world.feeds.put(text))
    tracemalloc.start()
    try:
        world.settle()
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(world.ours()) in (27, 28)
    assert most < 6 * LARGE
    assert world.verify().differences == ()
