"""A purge takes back exactly what calmirror made."""

import pytest
from world import APP_CREATED, WHOLE_CALENDAR, Death, KilledError, World, marks

from calmirror.config.settings import MirrorSettings
from calmirror.errors import RunLockedError, SafetyStopError, UserFixableError
from calmirror.mirror.context import leased
from calmirror.mirror.undo import undo
from calmirror.model.mirror import Verb
from calmirror.moving.purge import look, purge
from calmirror.sandbox.service import Fault


def purged(world, death=None, **options):
    """One purge, in a process of its own."""
    mirror = world.mirror(death)
    try:
        return purge(mirror, **options)
    finally:
        if world.path:
            mirror.store.close()
        world.check()


def with_people(tmp_path=None, **options):
    """A mirror in whose calendar a person made an event, duplicated one of ours and made another their own."""
    world = World(tmp_path, **options).fill(singles=6).settle()
    duplicate = world.google.person_duplicate(world.destination, world.copies("single-1")[0]["id"])
    world.protect(world.destination, duplicate["id"])
    own = world.copies("single-2")[0]
    world.google.person_edit(world.destination, own["id"], extendedProperties={"private": dict.fromkeys(marks(own))})
    world.protect(world.destination, own["id"], once_ours=True)
    return world


def lose_state(world):
    for file in world.path.parent.glob("*"):
        file.unlink()


def test_what_people_made_stays_and_everything_of_ours_goes_twice_in_a_row(tmp_path):
    world = with_people(tmp_path)
    number = len([row for row in world.ours() if "_" not in row["id"]])
    assert purged(world).deleted == number
    assert world.ours() == []
    assert len(world.google.events(world.destination)) == 3
    marked = world.mark()
    assert purged(world).deleted == 0
    assert world.writes_since(marked) == []


@pytest.mark.parametrize("scope", [APP_CREATED, WHOLE_CALENDAR])
def test_without_the_state_it_is_the_same(tmp_path, scope):
    world = with_people(tmp_path, scope=scope)
    for file in tmp_path.glob("state*"):
        file.unlink()
    assert purged(world).deleted > 0
    assert world.ours() == []


def test_with_nothing_remembered_the_calendars_id_is_enough(tmp_path):
    world = with_people(tmp_path)
    lose_state(world)
    with pytest.raises(UserFixableError) as refused:
        purged(world)
    assert refused.value.code == "nothing-to-purge"
    assert purged(world, calendar_id=world.destination).deleted > 0
    assert world.ours() == []


def test_a_purge_that_is_killed_anywhere_is_finished_by_the_next_one():
    whole = Death()
    purged(with_people(), whole)
    assert whole.steps > 8
    for at in range(1, whole.steps + 1):
        for after in (False, True):
            world = with_people()
            with pytest.raises(KilledError):
                purged(world, Death(at, after=after))
            purged(world)
            assert world.ours() == []
            assert world.sync() == 0, world.error
            world.assert_exact()


def test_the_next_sync_starts_anew_however_often_that_happens(tmp_path):
    """Google keeps the ids of deleted events for ever."""
    world = World(tmp_path).fill(singles=2).settle()
    for _ in range(8):
        purged(world)
        world.clock.advance(60)
        assert world.sync() == 0, world.error
    world.assert_exact()


def test_after_a_purge_a_sync_costs_no_more_than_the_first_one():
    first = World().fill(singles=6)
    marked = first.mark()
    assert first.sync() == 0
    inserts = [method for method, _ in first.writes_since(marked)].count("POST")
    purged(first)
    marked = first.mark()
    assert first.sync() == 0
    assert [method for method, _ in first.writes_since(marked)].count("POST") == inserts - 1  # the calendar is there
    first.assert_exact()


def test_what_an_undo_held_is_released():
    """Or the events that it had put back would never be mirrored again."""
    world = World().fill(singles=3).settle()
    world.mailbox.edit(world.ids["single-1"], subject="Another title")
    assert world.sync() == 0
    mirror = world.mirror()
    undo(mirror, mirror.store.runs("work")[0].id, agree=lambda _: None)
    purged(world)
    assert world.sync() == 0
    world.assert_exact()


def test_it_is_journalled_with_what_was_there_and_costs_no_budget(tmp_path):
    world = World(tmp_path).fill(singles=3).settle()
    purged(world)
    store = world.mirror().store
    run = store.runs("work")[0]
    entries = [entry for _, entry in store.journal(run.id)]
    assert run.outcome == "purged"
    assert {entry.verb for entry in entries} == {Verb.DELETE}
    assert all(entry.before and entry.after is None and not entry.proven_deletion for entry in entries)
    assert store.proven_deletions_since("work", 0) == 0
    store.close()


def test_another_mirrors_events_in_the_same_calendar_are_foreign(tmp_path):
    world = World(tmp_path).fill(singles=3).settle()
    mirror = world.mirror()
    mirror.settings = MirrorSettings(name="other", source="", destination="Outlook", past_days=1, future_days=1)
    assert look(mirror, world.destination).whole == ()
    mirror.store.close()


def test_an_occurrence_that_a_person_changed_goes_with_its_series(tmp_path):
    world = World(tmp_path).fill(singles=1).settle()
    series = world.copies("plain")[0]["id"]
    world.google.person_edit(world.destination, f"{series}_20260323T080000Z", summary="Mine now?")
    purged(world)
    assert [row["summary"] for row in world.google.events(world.destination)] == ["Mine"]


def test_a_changed_occurrence_without_its_series_goes_too(tmp_path):
    """The state is lost, and the person deleted the series while the occurrence was being written."""
    world = World(tmp_path, scope=WHOLE_CALENDAR).fill(singles=1).settle()
    series, *rest = world.copies("changed")
    world.google.person_delete(world.destination, series["id"])
    for row in rest:
        world.google.state.calendar(world.destination).events[row["id"]].fields["status"] = "confirmed"
    lose_state(world)
    purged(world)
    assert world.ours() == []


def test_a_run_at_work_is_not_disturbed(tmp_path):
    world = World(tmp_path).fill(singles=1).settle()
    mirror = world.mirror(owner="another:1:1")
    with leased(mirror), pytest.raises(RunLockedError):
        purged(world)
    mirror.store.close()


def test_an_event_that_was_changed_meanwhile_and_is_still_ours_goes(tmp_path):
    world = World(tmp_path).fill(singles=1).settle()
    mirror = world.mirror()
    changed = []

    def meddling(request):
        if b"DELETE" in (request.body or b"") and not changed:
            changed.append(world.copies("single-0")[0]["id"])
            world.google.person_edit(world.destination, changed[0], summary="Changed just now")
        return False

    world.google.faults.append(Fault(matches=meddling))
    purge(mirror)
    assert changed
    assert world.ours() == []
    mirror.store.close()


class TestTheCalendarItself:
    def test_goes_when_we_made_it_and_nothing_else_is_in_it(self, tmp_path):
        world = World(tmp_path).fill(singles=3)
        assert world.sync() == 0
        made = world.destination
        assert purged(world, with_calendar=True).calendar_deleted
        assert made not in {calendar.id for calendar in world.google.state.live()}
        assert world.sync() == 0, world.error
        world.assert_exact()

    def test_stays_with_all_that_is_in_it_when_somebody_else_put_something_there(self, tmp_path):
        world = World(tmp_path).fill(singles=3).settle()
        marked = world.mark()
        with pytest.raises(SafetyStopError) as refused:
            purged(world, with_calendar=True)
        assert refused.value.code == "calendar-not-ours"
        assert world.writes_since(marked) == []

    def test_stays_when_it_was_not_made_by_us(self, tmp_path):
        world = World(tmp_path, scope=WHOLE_CALENDAR)
        own = world.google.add_calendar("Mine", "UTC")
        mirror = world.mirror()
        with pytest.raises(SafetyStopError):
            purge(mirror, own, with_calendar=True)
        mirror.store.close()
