"""What the mirrored calendar was before each run, to hold an undo against."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from calendar_pictures import content
from promises import piece
from world import is_ours

from calmirror.sandbox.google.render import render_event
from calmirror.sandbox.google.storage import Event

if TYPE_CHECKING:
    from story import Story

MOST = 8
"""Runs that are looked back on."""
SourceId = str


@dataclass
class Moment:
    """The calendar before a run."""

    calendar: str
    rows: list[Event]
    meddled: set[str]
    """Source events whose copies a person had rewritten or deleted by then, or has touched since."""


class Past:
    """The calendar before each of the last runs of one story."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self._moments: dict[int, Moment] = {}

    @contextmanager
    def remembering(self) -> Iterator[None]:
        """Around whatever may begin a run; of several runs that it begins, the first is remembered."""
        last, moment = self._latest(), self.now()
        try:
            yield
        finally:
            begun = [run.id for run in self._runs(MOST) if run.id > last]
            if begun and moment and not self._story.owes_full:
                self._moments[min(begun)] = moment

    def touched(self, source: str) -> None:
        """A person touched a copy: how it was before a run is no longer what an undo of it must lead to."""
        for moment in self._moments.values():
            moment.meddled.add(source)

    def forget(self) -> None:
        """Nothing of the past can be undone."""
        self._moments.clear()

    def undoable(self) -> list[int]:
        """The last runs that can be undone."""
        state = self._story.state
        found = [number for number in self._moments if number >= state.undoable_from]
        return [one for one in found[-MOST:] if self._moments[one].calendar == state.destination_calendar]

    def now(self) -> Moment | None:
        """The calendar as it is; None where there is none yet."""
        if not self._story.copied:
            return None
        calendar = self._story.destination
        events = self._story.google.state.calendar(calendar).events.values()
        return Moment(calendar, [copy(one) for one in events if not one.cancelled], self._story.meddled())

    def before(self, number: int) -> Moment:
        """The calendar before that run."""
        return self._moments[number]

    def changed(self, one: Moment, other: Moment) -> dict[SourceId, str]:
        """The source events that look otherwise; of what a person touched, or what was there twice, nothing is said."""
        was, now = self._picture(one), self._picture(other)
        unclear = one.meddled | self.twice(one)
        differ = {source for source in was.keys() | now.keys() if was.get(source) != now.get(source)}
        return {source: f"{was.get(source)} and {now.get(source)}" for source in differ - unclear}

    def twice(self, moment: Moment) -> set[SourceId]:
        """The source events of which a part was there twice."""
        return {source for source, shown in self._picture(moment).items() if len(shown) > len(dict(shown))}

    def _picture(self, moment: Moment) -> dict[SourceId, list[tuple[str, Any]]]:
        """By source event: its parts in order, and what a person sees of each."""
        state = self._story.google.state
        rows = [render_event(one, state.calendar(moment.calendar), state) for one in moment.rows]
        shown: dict[SourceId, list[tuple[str, Any]]] = {}
        for row in filter(is_ours, rows):
            source, part = self._story.source_of(row), piece(row)[1]
            shown.setdefault(source, []).append((part, content(row)))
        return {source: sorted(parts, key=lambda part: part[0]) for source, parts in shown.items()}

    def _latest(self) -> int:
        return max((run.id for run in self._runs(1)), default=0)

    def _runs(self, limit: int) -> list[Any]:
        return list(self._story.store.runs(self._story.called, limit))
