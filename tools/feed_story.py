"""A world with a history whose mirror reads a published calendar: no ids of Outlook's, no answer but one whole list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from random import Random
from typing import Any

import oracle
from promises import hold, piece
from story import EDGE, Story
from world import GoogleSwitches, GraphSwitches, Wire

from calmirror.errors import SkippedEventError
from calmirror.ics.calendar import FeedCalendar
from calmirror.ics.fetch import FeedClient
from calmirror.mirror.reconcile import BEHIND
from calmirror.mirror.source import Source
from calmirror.sandbox.ics.service import FeedService, FeedSwitches

BACK, AHEAD = (2, 5, 10, 30, 90), (8, 15, 30, 90, 365)
"""Days that are published, before and after today; the mirror wants twenty and what is drawn."""


class FeedStory(Story):
    """As Story. What the calendar in Google must show is what an independent reader finds in the feed."""

    def __init__(self, graph: GraphSwitches, google: GoogleSwitches, future_days: int, random: Random) -> None:
        super().__init__(graph, google, future_days)
        switches = FeedSwitches(
            etag=random.random() < 0.7,
            last_modified=random.random() < 0.3,
            back_days=random.choice(BACK),
            ahead_days=random.choice(AHEAD),
            new_uids=random.random() < 0.3,
        )
        self.feeds = FeedService(self.clock, switches=switches)
        self.others.append(self.feeds)
        self.feed = self.feeds.publish(self.mailbox)
        self.discreet = False
        self.tell(f"published: {switches}")

    def source(self, wire: Wire) -> Source:
        """What the mirror reads from."""
        client = FeedClient(wire, self.clock, self.feed, lookup=lambda _host: ["93.184.216.34"])
        return FeedCalendar(client, self.clock, self.feed)

    def move_mailbox(self) -> None:
        """The period that is published is another one."""
        random = Random(len(self.feeds.log))  # noqa: S311 -- repeatable on purpose
        self.feeds.switches.back_days, self.feeds.switches.ahead_days = random.choice(BACK), random.choice(AHEAD)
        self.tell(f"published: {self.feeds.switches}")

    def shown_in_outlook(self) -> Counter[tuple[str, str, str]]:
        """What the feed lists, as an independent reader expands it."""
        window = self._middle()
        return self._within(Counter(oracle.shown(self.feeds.body(self.feed), window.start, window.end)))

    def assert_same(self) -> None:
        """Exit code 0 said that all is there which is listed, and nothing else of the time that the feed covers."""
        google, listed = self.shown_in_google(), self.shown_in_outlook()
        covers = self.mirror().source.covers(self.state.cursor)
        first, last = str((covers.start + EDGE).date()), str((covers.end - EDGE).date())
        extra = [one for one in google - listed if first <= one[1][:10] <= last]
        hold("I10", not extra and not listed - google, f"only in Google {extra}, only listed {listed - google}")

    def assert_discreet(self) -> None:
        """No title of a private event is anywhere; of one that the feed lists no more it says nothing."""
        window, (begins, ends) = self._middle(), self.feeds.period()
        shown = self.mailbox.occurrences(None, max(window.start, begins), min(window.end, ends))
        listed = {one.id for one in shown} & self.private
        items = [self.mailbox.item(one) for one in self.mailbox.events]
        public = {item.fields.get("subject") for item in items if item.id not in self.private}
        secret = {item.fields.get("subject") for item in items if item.id in listed} - public
        told = [row for row in self.ours() if row.get("summary") in secret and self.source_of(row) not in self.held]
        hold("I18", not told, f"private: {told}")

    @property
    def fine(self) -> tuple[int, ...]:
        """As in Story; and what lies behind the end of what is published now is left as it is, and named."""
        behind = self.report is not None and BEHIND in self.report.skipped.values()
        return (SkippedEventError.exit_code,) if behind else super().fine

    def amiss(self, skipped: Mapping[Any, str]) -> Mapping[Any, str]:
        """What should not have been left out."""
        return {one: why for one, why in skipped.items() if why != BEHIND}

    def assert_exact(self) -> None:
        """As in World, of what the feed covers."""
        hold("I10", not self.verify().differences, self.verify().differences)
        self.assert_same()
        pieces = Counter(piece(row) for row in self.ours())
        hold("I3", max(pieces.values(), default=1) == 1, pieces.most_common(1))
        marked = self.mark()
        hold("I10", self.sync() in self.fine, repr(self.error))
        hold("I11", not self.writes_since(marked), self.writes_since(marked))

    def _to_be_seen(self) -> set[str]:
        """Nothing is said of single ids: the feed has others."""
        return set()

    def _within_budget(self, before: set[str], *, released: bool) -> None:
        """Likewise."""
