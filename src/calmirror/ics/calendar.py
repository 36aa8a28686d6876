"""A published calendar as a source. It is one list and nothing else: what is in a whole one is so, the rest is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from calmirror.ics.expansion import Steps
from calmirror.ics.reach import ALL, Cursor, covered
from calmirror.ics.rules import MOST_STEPS
from calmirror.ics.values import OddEventError
from calmirror.model.ids import SourceId
from calmirror.model.source import CursorLostError, Reading, Round, Series, SourceEvent, Stub
from calmirror.model.times import Window, as_instant

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from calmirror.http.message import Clock
    from calmirror.ics.contents import Contents
    from calmirror.ics.fetch import FeedClient, Fetched
    from calmirror.ics.split import Feed

NEAR = 400
"""Days."""


class FeedCalendar:
    """Reads one published calendar; see `mirror.source.Source`. The feed is fetched once in the life of this object.

    Errors are those of `FeedClient.fetch` and `whole_feed`.
    """

    def __init__(self, client: FeedClient, clock: Clock, address: str) -> None:
        self._client = client
        self._clock = clock
        self._id = "ics-" + sha256(address.encode()).hexdigest()[:16]
        self._fetched: Fetched | None = None
        self._feed: Feed | None = None
        self._contents: tuple[Window, Contents] | None = None

    def resolve(self, source: str) -> str:
        """An id of the address that does not tell it."""
        del source
        return self._id

    def title(self, calendar_id: str) -> str:
        """As Source.title; the address is a secret."""
        del calendar_id
        return "the published calendar"

    def round(
        self, calendar_id: str, *, window: Window, cursor: str = "", last: str = "", staged: object = None
    ) -> Round:
        """The whole feed, or nothing at all where it is the same as at the cursor.

        Raises:
            CursorLostError: it has changed.
        """
        del staged  # one answer has no pages
        if cursor:
            return empty_round(window, calendar_id, self._unchanged(Cursor.read(cursor)))
        feed, now = self._whole(), self._clock.now()
        found = self._within(window)
        assert self._fetched is not None, "a whole feed was fetched"
        seen = replace(Cursor.read(last), etag=self._fetched.etag, modified=self._fetched.modified, digest=feed.digest)
        # A feed without a single event covers everything: whether it is believed is for the guard to say.
        reached = seen.covering(covered(found.dated, now) if feed.events else ALL)
        apart = {event.id: event for events in found.apart.values() for event in events}
        overlapping = {one: event for one, event in (found.singles | apart).items() if event.span.overlaps(window)}
        shown = {one: series for one, series in found.read.items() if series.listed}
        return replace(
            empty_round(window, calendar_id, reached),
            full=True,
            singles=overlapping,
            masters={one: series.master for one, series in shown.items()},
            stubs={one: series.listed for one, series in shown.items()},
            unreadable=dict(found.unreadable),
            outlines=dict(found.outlines),
            remark=remark(feed),
        )

    def read(self, calendar_id: str, ids: Collection[SourceId]) -> dict[SourceId, SourceEvent | Reading]:
        """The events as the feed has them; what a whole feed does not even name is gone."""
        del calendar_id
        found = self._contents_at_hand()
        apart = {event.id: event for events in found.apart.values() for event in events}
        masters = {one: series.whole for one, series in found.series.items()}
        known = masters | found.singles | apart
        return {one: known.get(one) or self._absent(one, found) for one in ids}

    def read_series(
        self,
        calendar_id: str,
        ids: Collection[SourceId],
        window: Window,
        stubs: Mapping[SourceId, tuple[Stub, ...]],
    ) -> dict[SourceId, Series | Reading]:
        """These series whole."""
        del calendar_id, stubs
        found = self._contents_at_hand()
        return {one: self._readable(one, window) if one in found.series else self._no_series(one, found) for one in ids}

    def instances(
        self, calendar_id: str, series_id: SourceId, window: Window
    ) -> tuple[tuple[Stub, ...], tuple[SourceEvent, ...]]:
        """Every occurrence of a series overlapping the window; the changed ones also whole."""
        del calendar_id
        read = self._series(series_id, window)
        return read.listed, tuple(one for one in read.exceptions if one.span.overlaps(window))

    def attachment_names(self, calendar_id: str, ids: Collection[SourceId]) -> dict[SourceId, tuple[str, ...]]:
        """None: feeds do not name them."""
        del calendar_id, ids
        return {}

    def is_listed(self, calendar_id: str, event: SourceEvent) -> bool:
        """What is read from a feed is in it."""
        del calendar_id, event
        return True

    def occurrences(self, calendar_id: str, window: Window) -> Iterator[Mapping[str, Any]]:
        """Every single event, occurrence and exception in the window."""
        from calmirror.ics import proof, shown  # noqa: PLC0415 - only what looks at occurrences needs it

        del calendar_id
        found = self._within(window)
        for event in (*found.singles.values(), *(event for events in found.apart.values() for event in events)):
            if event.span.overlaps(window):
                yield shown.single(event)
        for one, read in found.read.items():
            series = found.series[one]
            yield from (shown.single(change) for change in read.exceptions if change.span.overlaps(window))
            changed = {change.original_start for change in read.exceptions}
            for start in sorted(proof.starts(series, *series.stretch(window))):
                span = series.span(start)
                if span.overlaps(window) and not series.is_left_out(start) and as_instant(span.start) not in changed:
                    yield shown.occurrence(series.stub(span), read.master, span)

    def covers(self, cursor: str) -> Window:
        """What the feed covered when it was read."""
        return Cursor.read(cursor).covers

    def _series(self, one: SourceId, window: Window) -> Series:
        found = self._contents_at_hand()
        if self._contents and self._contents[0] == window:
            return found.read[one]
        series, _ = replace(found.series[one], steps=Steps(MOST_STEPS, MOST_STEPS)).read(window)
        return series

    def _readable(self, one: SourceId, window: Window) -> Series | Reading:
        """The series, unless it takes too long to follow in another window than the one that was read first."""
        try:
            return self._series(one, window)
        except OddEventError:
            return Reading.UNKNOWN

    def _no_series(self, one: SourceId, found: Contents) -> Reading:
        reading = self._absent(one, found)
        return reading if isinstance(reading, Reading) else Reading.UNKNOWN

    def _unchanged(self, known: Cursor) -> Cursor:
        fetched = self._client.fetch(known.etag, known.modified)
        if fetched is None:
            return known
        self._take(fetched)
        if self._whole().digest != known.digest:
            raise CursorLostError
        return replace(known, etag=fetched.etag, modified=fetched.modified)

    def _whole(self) -> Feed:
        if self._feed is None:
            fetched = self._client.fetch()
            assert fetched is not None, "nothing was said to be known"
            self._take(fetched)
        assert self._feed is not None, "it was just taken"
        return self._feed

    def _take(self, fetched: Fetched) -> None:
        from calmirror.ics.split import whole_feed  # noqa: PLC0415 - an idle run has nothing to split

        self._fetched, self._feed, self._contents = fetched, whole_feed(fetched.body), None

    def _within(self, window: Window) -> Contents:
        """The feed's contents, events outside of the window unread."""
        from calmirror.ics.contents import contents  # noqa: PLC0415 - an idle run has nothing to read

        if self._contents is None or self._contents[0] != window:
            year = datetime.fromtimestamp(self._clock.now(), UTC).year
            self._contents = window, contents(self._whole(), window, year)
        return self._contents[1]

    def _contents_at_hand(self) -> Contents:
        """What was read last; where nothing was, what is near."""
        now = datetime.fromtimestamp(self._clock.now(), UTC)
        near = Window.around(now, past_days=NEAR, future_days=NEAR)
        return self._contents[1] if self._contents else self._within(near)

    @staticmethod
    def _absent(one: SourceId, found: Contents) -> SourceEvent | Reading:
        """Gone only if the feed does not have it in any way that was not understood."""
        try:
            if one in found.far:
                return found.far[one]()
        except ValueError:
            return Reading.UNKNOWN
        series, _, _ = one.rpartition("/")
        odd = one in found.named or not {one, series}.isdisjoint(found.unreadable)
        return Reading.UNKNOWN if odd else Reading.GONE


def remark(feed: Feed) -> str:
    """What is odd about a feed that is understood all the same, "" for nothing."""
    lines = "1 line of it is" if feed.strays == 1 else f"{feed.strays} lines of it are"
    return f"{lines} none of a calendar's; passed over" if feed.strays else ""


def empty_round(window: Window, calendar_id: str, cursor: Cursor) -> Round:
    """A round that says that nothing changed."""
    return Round(
        full=False,
        window=window,
        singles={},
        masters={},
        exceptions={},
        stubs={},
        tombstones=frozenset(),
        unreadable={},
        cursor=cursor.text(),
        calendar_id=calendar_id,
        covers=cursor.covers,
        doubtful=cursor.doubtful,
    )
