"""Feeds in the shapes that calendars export: what Google shows is what the feed says, by an expansion of its own."""

from __future__ import annotations

from pathlib import Path

import oracle
import pytest
from feed_world import FeedWorld

FEEDS = sorted((Path(__file__).parent / "feeds").glob("*.ics"))


@pytest.mark.parametrize("path", FEEDS, ids=lambda path: path.stem)
def test_the_mirror_shows_what_the_feed_says(path: Path):
    world = FeedWorld()
    world.reading(world.feeds.put(path.read_bytes())).settle()
    window = world.mirror().window_now()
    expected = oracle.shown(path.read_bytes(), window.start, window.end)
    assert world.shown() == expected
    assert expected
    assert world.verify().differences == ()
    world.clock.advance(86400)
    marked = world.mark()
    assert world.sync() == 0
    assert world.writes_since(marked) == []


def test_there_are_enough():
    assert len(FEEDS) >= 40
