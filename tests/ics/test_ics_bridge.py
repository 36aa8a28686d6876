"""One mirror, read by sign-in and from a published calendar in turns: the same events, never twice, never gone."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from feed_world import HEAD, TAIL, FeedWorld, event
from world import TODAY, marks, moved, timed, weekly

from calmirror.mirror.renamed import uid_key


@pytest.fixture
def world(tmp_path: Path) -> FeedWorld:
    """A mirror by sign-in of everything that a small calendar has, with a colour that the person chose."""
    world = FeedWorld(tmp_path)
    world.fill()
    world.settle()
    world.assert_exact()
    for name in ("single-7", "changed"):
        world.google.person_edit(world.destination, world.copies(name)[0]["id"], colorId="11")
    return world


def deletions(world: FeedWorld, marked: tuple[int, int]) -> list[tuple[str, str]]:
    return [one for one in world.writes_since(marked) if one[0] == "DELETE"]


def switch(world: FeedWorld, address: str) -> None:
    """Reads from there from now on; nothing may be deleted, or there twice, at any time."""
    ids = {row["id"] for row in world.ours()}
    marked = world.mark()
    assert world.reading(address).sync() == 0, world.error
    assert deletions(world, marked) == []
    assert {row["id"] for row in world.ours()} == ids
    assert world.verify().differences == ()
    assert world.shown_in_google() == world.shown_in_outlook()
    pieces = Counter((marks(row)["calmirrorUid"], marks(row).get("calmirrorPart", "")) for row in world.ours())
    assert max(pieces.values()) == 1
    marked = world.mark()
    assert world.sync() == 0
    assert world.writes_since(marked) == []


def lose_state(world: FeedWorld) -> None:
    for file in world.path.parent.glob(f"{world.path.name}*"):
        file.unlink()


def colours(world: FeedWorld) -> list[str | None]:
    return [world.copies(name)[0].get("colorId") for name in ("single-7", "changed")]


def test_sign_in_then_feed_then_sign_in(world: FeedWorld):
    switch(world, world.published)
    assert colours(world) == ["11", "11"]
    switch(world, "")
    assert colours(world) == ["11", "11"]


def test_edits_arrive_whichever_way_they_are_read(world: FeedWorld):
    switch(world, world.published)
    world.edit_of_every_kind()
    assert world.sync() == 0
    assert world.verify().differences == ()
    switch(world, "")
    assert colours(world)[0] == "11"
    # Events that were first mirrored from the feed are changed and deleted by what Graph says in rounds of changes.
    world.mailbox.edit(world.ids["new"], **moved(TODAY + timedelta(6), 15))
    world.mailbox.delete_occurrence(world.ids["weekly"], date(2026, 4, 1))
    assert world.sync() == 0
    assert world.verify().differences == ()
    world.mailbox.delete(world.ids["new"])
    world.mailbox.delete(world.ids["weekly"])
    assert world.sync() == 0
    assert world.verify().differences == ()
    assert not [row for row in world.ours() if row["summary"] in ("New", "Newly weekly")]


def test_with_the_state_lost_in_between(world: FeedWorld):
    switch(world, world.published)
    world.ids["late"] = world.mailbox.create(timed("Late", TODAY + timedelta(3), 19))
    assert world.sync() == 0
    for address in ("", world.published, ""):
        lose_state(world)
        switch(world, address)
    assert colours(world) == ["11", "11"]


def test_what_was_deleted_meanwhile_goes(world: FeedWorld):
    switch(world, world.published)
    world.ids["late"] = world.mailbox.create(timed("Late", TODAY + timedelta(3), 19))
    assert world.sync() == 0
    world.mailbox.delete(world.ids["late"])
    world.mailbox.delete(world.ids["single-7"])
    assert world.reading("").sync() == 0
    assert world.verify().differences == ()
    assert not [row for row in world.ours() if row["summary"] in ("Late", "Single 7")]


def test_the_journal_says_so(world: FeedWorld):
    world.reading(world.published).sync()
    mirror = world.mirror()
    [last, *_] = mirror.store.runs("work")
    said = [entry for _, entry in mirror.store.journal(last.id) if "now read from a published" in entry.reason]
    assert {entry.source_id for entry in said} == {marks(row)["calmirrorSource"] for row in world.ours()}
    assert all(entry.before == entry.after for entry in said)


def test_a_plan_before_the_change_shows_no_deletions_and_keeps_nothing(world: FeedWorld):
    before = world.stored()
    assert world.reading(world.published).sync(dry_run=True) == 0
    assert world.report is not None
    assert world.report.plan is not None
    assert {action.verb.value for action in world.report.plan.actions} <= {"update"}
    assert world.stored() == before
    switch(world, "")


def test_a_uid_that_several_events_have_leads_to_none_of_them():
    world = FeedWorld()
    ids = [world.mailbox.create(timed(f"Twin {n}", TODAY + timedelta(n), 9)) for n in range(3)]
    ids.append(world.mailbox.create(weekly("Series", TODAY, 11)))
    twin = world.mailbox.item(ids[0])
    world.mailbox.events[ids[1]] = type(twin)(**{**fields(world.mailbox.item(ids[1])), "ical_seed": twin.ical_seed})
    world.settle()
    assert len(world.ours()) == 4
    before = {row["id"] for row in world.ours()}
    assert world.reading(world.published).sync() == 3
    assert {row["id"] for row in world.ours()} == before
    assert world.reading("").sync() == 0
    assert world.verify().differences == ()
    assert {row["id"] for row in world.ours()} == before


def fields(item):
    return {name: getattr(item, name) for name in item.__slots__}


def test_a_series_of_which_only_an_occurrence_is_published_stays():
    world = FeedWorld()
    world.ids["series"] = world.mailbox.create(weekly("Series", TODAY, 11))
    world.mailbox.create(timed("Single", TODAY, 8))
    world.settle()
    before = world.stored()
    uid = marks(world.copies("series")[0])["calmirrorUid"]
    alone = event(uid, ":20260323T120000Z", ":20260323T130000Z", "RECURRENCE-ID:20260323T100000Z", title="Series")
    single = next(row for row in world.ours() if row["summary"] == "Single")
    kept = event(marks(single)["calmirrorUid"], ":20260316T070000Z", ":20260316T080000Z", title="Single")
    assert world.reading(world.feeds.put(HEAD + alone + kept + TAIL)).sync() == 3
    assert [row for row in world.stored() if "Series" in row] == [row for row in before if "Series" in row]
    assert len(world.stored()) == 2


def test_a_rule_keeps_the_words_that_it_was_written_in(tmp_path: Path):
    # Graph tells the last day that was chosen, a feed the last occurrence: the series must not be made anew for that.
    world = FeedWorld(tmp_path)
    series = weekly("Series", date(2026, 3, 2), 11)
    series["recurrence"]["range"] = {"type": "endDate", "startDate": "2026-03-02", "endDate": "2026-05-07"}
    world.ids["series"] = world.mailbox.create(series)
    world.mailbox.edit_occurrence(world.ids["series"], date(2026, 3, 23), subject="Once")
    world.mailbox.delete_occurrence(world.ids["series"], date(2026, 3, 30))
    world.mailbox.create(timed("Single", TODAY, 8))
    world.settle()
    for address in (world.published, ""):
        marked = world.mark()
        switch(world, address)
        assert deletions(world, marked) == []
    world.reading(world.published).sync()
    world.mailbox.edit(world.ids["series"], subject="Renamed")
    assert world.sync() == 0
    assert world.verify().differences == ()


def test_uids_are_the_same_however_exchange_writes_them():
    own = "040000008200E00074C5B7101A82E008" + "00000000" + "B0D1A048E451D501" + "0" * 16 + "10000000" + "AB" * 16
    dated = own[:32] + "07EA0310" + own[40:]
    wrapped = "040000008200E00074C5B7101A82E008" + "0" * 40 + "1F000000" + b"vCal-Uid".hex() + "01000000"
    assert uid_key(own) == uid_key(dated) == uid_key(own.lower())
    assert uid_key(wrapped + b"someone@example.org\0".hex()) == "someone@example.org"
    assert uid_key("someone@example.org") == "someone@example.org"
