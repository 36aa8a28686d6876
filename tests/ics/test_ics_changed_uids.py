"""Servers that publish other UIDs with every answer: the same title, start and end are the same event."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from feed_world import FeedWorld, days, event
from world import TODAY, marks

from calmirror.mirror.explain import Explanation, explained
from calmirror.model.policy import Policy, Profile

SERIES = (
    event("series", ":20260317T080000Z", ":20260317T083000Z", "RRULE:FREQ=WEEKLY")
    + event("series", ":20260324T150000Z", ":20260324T160000Z", "RECURRENCE-ID:20260324T080000Z", title="changed")
)  # fmt: skip
APART = event("apart", ":20260317T060000Z", ":20260317T063000Z", "RDATE:20260319T070000Z,20260328T050000Z")
WHOLE_DAY = event("whole", ";VALUE=DATE:20260320", ";VALUE=DATE:20260322")
PRIVATE = event("private", ":20260318T130000Z", ":20260318T140000Z", "CLASS:PRIVATE")
ALL = (*days(14), SERIES, APART, WHOLE_DAY, PRIVATE)


def every(_number: int) -> bool:
    return True


def some(number: int) -> bool:
    return number % 3 == 0


def anew(events: tuple[str, ...], mark: int, which: Callable[[int], bool] = every) -> Iterator[str]:
    """The events as another answer has them, some with other UIDs."""
    for number, one in enumerate(events):
        yield one.replace("UID:", f"UID:answer-{mark}-") if which(number) else one


class ChangingWorld(FeedWorld):
    """Serves the events with other UIDs before each run and each proof."""

    def __init__(self, which: Callable[[int], bool] = every, folder: Path | None = None) -> None:
        super().__init__(folder)
        self.which, self.answers = which, count()

    def again(self, *events: str) -> ChangingWorld:
        self.serve(*anew(events, next(self.answers), self.which))
        return self


@pytest.mark.parametrize("which", [every, some])
def test_nothing_is_written_while_only_uids_change(which: Callable[[int], bool]):
    world = ChangingWorld(which).again(*ALL)
    world.settle()
    shown = world.shown()
    for _ in range(4):
        marked = world.mark()
        world.clock.advance(3600)
        assert world.again(*ALL).sync() == 0
        assert world.writes_since(marked) == []
        assert world.again(*ALL).verify().differences == ()
    assert world.shown() == shown


def test_events_that_lose_their_uids_stay():
    world = ChangingWorld().again(*ALL)
    world.settle()
    marked = world.mark()
    assert world.serve(*(re.sub("UID:.*\r\n", "", one) for one in days(14)), *anew(ALL[14:], 99)).sync() == 0
    assert world.writes_since(marked) == []


def test_new_changed_and_deleted_events_arrive_meanwhile():
    world = ChangingWorld().again(*ALL)
    world.settle()
    [kept] = [row for row in world.ours() if row["summary"] == "day-9"]
    world.google.person_edit(world.destination, kept["id"], colorId="11")
    edited = tuple(one.replace("END:VEVENT", "LOCATION:Room 7\r\nEND:VEVENT") for one in ALL[9:10])
    new = event("new", ":20260326T120000Z", ":20260326T130000Z")
    world.again(*ALL[:2], *ALL[4:9], *edited, *ALL[10:], new)
    assert world.sync() == 0
    rows = {row["summary"]: row for row in world.ours()}
    assert {"day-2", "day-3"}.isdisjoint(rows)
    assert "new" in rows
    assert (rows["day-9"]["id"], rows["day-9"]["colorId"], rows["day-9"]["location"]) == (kept["id"], "11", "Room 7")


def test_an_event_is_followed_under_its_new_uid_where_that_stays():
    world = ChangingWorld().again(*ALL)
    world.settle()
    ids = {row["id"] for row in world.ours()}
    listed = tuple(anew(ALL, 99))
    assert world.serve(*listed).sync() == 0
    moved = [one.replace("T10", "T20").replace("T11", "T21") if "-day-5\r" in one else one for one in listed]
    assert world.serve(*moved).sync() == 0
    assert {row["id"] for row in world.ours()} == ids
    assert [start for title, start, _ in world.shown() if title == "day-5"] == [f"{TODAY.replace(day=21)} 20:00:00"]
    assert world.verify().differences == ()


def test_two_that_look_alike_are_two():
    pair = [event(uid, ":20260325T100000Z", ":20260325T110000Z", title="Slot") for uid in "ab"]
    world = ChangingWorld().again(*days(14), *pair)
    world.settle()
    marked = world.mark()
    assert world.again(*days(14), *pair).sync() == 0
    assert world.writes_since(marked) == []
    assert world.again(*days(14), pair[0]).sync() == 0
    assert [title for title, _, _ in world.shown()].count("Slot") == 1


def test_a_state_that_was_lost_changes_nothing_of_it(tmp_path: Path):
    world = ChangingWorld(folder=tmp_path).again(*ALL)
    world.settle()
    ids = {row["id"] for row in world.ours()}
    (tmp_path / "state.db").unlink()
    assert world.again(*ALL).sync() == 0, world.error
    assert {row["id"] for row in world.ours()} == ids


def test_a_plan_shows_none_of_it_and_keeps_nothing():
    world = ChangingWorld().again(*ALL)
    world.settle()
    world.again(*ALL)
    assert world.sync(dry_run=True) == 0
    assert world.report is not None
    assert world.report.plan is not None
    assert world.report.plan.actions == ()


def test_what_shows_only_busy_times_is_known_by_these():
    world = ChangingWorld()
    world.policy = Policy(profile=Profile.BUSY)
    world.again(*ALL)
    world.settle()
    marked = world.mark()
    assert world.again(*ALL).sync() == 0
    assert world.writes_since(marked) == []
    assert world.again(*ALL).verify().differences == ()


def test_what_an_undo_holds_is_not_made_a_second_time():
    world = ChangingWorld().again(*ALL)
    world.settle()
    [row] = [row for row in world.ours() if row["summary"] == "day-9"]
    mirror = world.mirror()
    [state] = mirror.store.mirrors()
    mirror.store.hold("work", state.epoch, 1, [marks(row)["calmirrorSource"]])
    assert world.again(*ALL).sync() == 3
    assert len([row for row in world.ours() if row["summary"] == "day-9"]) == 1


def test_an_event_is_explained_though_its_uid_is_another_one_each_time(tmp_path: Path):
    world = ChangingWorld(folder=tmp_path).again(*ALL)
    world.settle()
    for title in ("day-9", "series", "whole"):
        mirror = world.again(*ALL).mirror()
        found = explained(mirror, title)
        assert isinstance(found, Explanation)
        assert [one.title for one in found.held][:1] == [title]
        assert (found.actions, found.skipped, found.by_likeness) == ((), "", True)
        assert found.source_id in {marks(row)["calmirrorSource"] for row in world.ours()}
        assert explained(world.again(*ALL).mirror(), found.source_id).held == found.held


def test_an_event_whose_uid_stays_is_known_by_it(tmp_path: Path):
    world = ChangingWorld(some, tmp_path).again(*ALL)
    world.settle()
    world.again(*ALL)
    told = {title: explained(world.mirror(), title).by_likeness for title in ("day-3", "day-4")}
    assert told == {"day-3": True, "day-4": False}


def test_what_changed_beside_its_uid_is_told_as_gone_and_as_new(tmp_path: Path):
    world = ChangingWorld(folder=tmp_path).again(*ALL)
    world.settle()
    moved = ALL[9].replace("T100000Z", "T120000Z").replace("T110000Z", "T130000Z")
    found = explained(world.again(*ALL[:9], moved, *ALL[10:]).mirror(), "day-9")
    assert isinstance(found, list)
    assert [bool(one.entries) for one in found] == [True, False]


FIRST = event("first", ":20260316T060000Z", ":20260316T070000Z")
LAST = event("last", ":20260516T060000Z", ":20260516T070000Z")
ENDS = event("ends", ":20260301T090000Z", ":20260301T091500Z", "RRULE:FREQ=DAILY;COUNT=16")


@pytest.mark.parametrize("one", [FIRST, LAST, ENDS, SERIES, APART, WHOLE_DAY])
def test_what_turns_private_under_another_uid_keeps_no_title(one: str):
    """Also where an absence proves nothing: at the edges of what is covered, and of a series anywhere."""
    title = re.findall("SUMMARY:(.*)\r", one)[0]
    secret = one.replace("END:VEVENT", "CLASS:PRIVATE\r\nEND:VEVENT")
    world = ChangingWorld().again(*days(3), one)
    world.settle()
    ids = {row["id"] for row in world.ours()}
    assert world.again(*days(3), secret).sync() == 0, world.error
    assert title not in {row["summary"] for row in world.ours()}
    assert {row["id"] for row in world.ours()} == ids
    assert world.again(*days(3), one).sync() == 0, world.error
    assert {row["id"] for row in world.ours()} == ids
    assert world.again(*days(3), one).verify().differences == ()


def test_another_public_event_at_the_same_time_is_another_one():
    """What is behind the last listed event may have been deleted, or the period become shorter."""
    world = ChangingWorld().again(*days(3), ENDS)
    world.settle()
    assert world.again(*days(3), ENDS.replace("SUMMARY:ends", "SUMMARY:other")).sync() == 0, world.error
    assert {"ends", "other"} <= {row["summary"] for row in world.ours()}
