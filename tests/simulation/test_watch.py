"""How often the destination is looked at for what a person did there: in every run, once a day, or never."""

from __future__ import annotations

import pytest
from calendar_pictures import by_piece
from test_journal import person, runs_of
from test_undo import undone
from world import TODAY, Death, KilledError, World, timed

from calmirror.model.policy import DeletedInGoogle, OnDrift, Watch

DAY = 86_400


def watched(**choices):
    """A mirror that looks in every run, and was exact a run ago."""
    world = World(check_drift=Watch.EVERY_RUN, **choices).fill(singles=10).settle()
    assert world.sync() == 0
    return world


def damaged(**choices):
    """Copies renamed, moved, coloured, deleted; a whole series gone."""
    world = watched(**choices)
    person(world)
    world.google.person_delete(world.destination, world.copies("west")[0]["id"])
    return world


def exact(world):
    """Both calendars show the same, and nothing is left to do; a watched calendar costs one request more."""
    assert world.verify().differences == ()
    assert world.shown_in_google() == world.shown_in_outlook()
    marked = world.mark()
    assert world.sync() == 0
    assert world.writes_since(marked) == []
    assert world.since(marked) == (1, 1)


def test_drift_is_put_right_by_the_next_run_and_an_idle_look_is_one_request():
    world = damaged()
    assert world.sync() == 0
    exact(world)
    assert (world.copies("single-7")[0]["summary"], world.copies("single-7")[0]["colorId"]) == ("Single 7", "11")


def test_plan_shows_drift_and_changes_nothing():
    world = damaged()
    before = by_piece(world)
    assert world.sync(dry_run=True) == 0
    reasons = {action.reason for action in world.report.plan.actions}
    assert {"changed in Google: title", "new in Outlook"} <= reasons
    assert by_piece(world) == before
    assert world.sync() == 0
    exact(world)


def test_wherever_a_run_that_found_drift_is_killed_the_next_one_puts_it_right():
    whole = Death()
    assert damaged().sync(whole) == 0
    assert whole.steps > 10
    for step in range(1, whole.steps + 1):
        world = damaged()
        with pytest.raises(KilledError):
            world.sync(Death(step))
        assert world.sync() == 0, world.error
        exact(world)


@pytest.mark.parametrize("forget", ["the token has run out", "the token is nonsense"])
def test_a_look_starts_anew_where_google_forgot_the_last_one(forget):
    world = damaged()
    if forget == "the token has run out":
        world.google.expire_sync_tokens()
    else:
        mirror = world.mirror()
        epoch = mirror.store.take_lease("work", owner="test", now=world.clock.now(), ttl=1)
        mirror.store.save("work", epoch, watch_token="nonsense")
        mirror.store.release_lease("work", owner="test", epoch=epoch)
    assert world.sync() == 0
    exact(world)


def test_what_a_person_does_to_their_own_events_is_not_our_business():
    world = watched()
    mine = world.google.person_insert(world.destination, foreign())
    marked = world.mark()
    assert world.sync() == 0
    assert world.writes_since(marked) == []
    world.google.person_delete(world.destination, mine["id"])
    assert world.sync() == 0
    assert world.writes_since(marked) == []


def foreign():
    """An event of a person's own."""
    start, end = ({"dateTime": f"{TODAY}T{hour}:00:00Z"} for hour in (18, 19))
    return {"summary": "Mine", "start": start, "end": end}


def test_what_is_new_and_what_drifted_go_together():
    world = damaged()
    world.edit_of_every_kind()
    world.ids["late"] = world.mailbox.create(timed("Late", TODAY, 21))
    assert world.sync() == 0
    exact(world)


def test_never_looks_for_drift_not_even_when_the_whole_calendar_is_read():
    """The list of that read tells only of events of ours that no link knows."""
    world = World(check_drift=Watch.NEVER).fill(singles=10).settle()
    person(world)
    before = by_piece(world)
    world.clock.advance(DAY)
    marked = world.mark()
    assert world.sync() == 0
    assert (world.since(marked)[1], world.writes_since(marked)) == (1, [])
    assert by_piece(world) == before
    assert world.repair().exit_code == 0
    assert world.verify().differences == ()


@pytest.mark.parametrize("watch", [Watch.EVERY_RUN, Watch.DAILY])
def test_what_stays_changed_by_choice_is_known_with_the_time_of_its_finding(watch):
    world = World(check_drift=watch, on_drift=OnDrift.KEEP, deleted_in_google=DeletedInGoogle.RESPECT).fill(10).settle()
    assert world.sync() == 0
    assert drifted(world) == (0, 0)
    person(world)
    world.clock.advance(DAY)
    assert world.sync() == 0
    found = drifted(world)
    assert (found[0] >= 4, found[1]) == (True, world.clock.now())
    world.clock.advance(DAY)
    assert world.sync() == 0
    assert drifted(world) == found
    world.mailbox.edit(world.ids["single-7"], subject="Another title")
    assert world.sync() == 0
    assert drifted(world) == (found[0] - 1, found[1])


def drifted(world):
    """What the books say of it."""
    return world.mirror().store.drifted("work")


def test_what_a_look_put_right_is_undone_to_the_persons_own_words():
    world = damaged()
    before = by_piece(world)
    assert world.sync() == 0
    undone(world, runs_of(world)[-1])
    assert by_piece(world) == before
    assert world.sync() == 3
    assert by_piece(world) == before
