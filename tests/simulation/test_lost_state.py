"""The state is only a memory: without it the next run learns from Google what it had made."""

from datetime import timedelta

import pytest
from world import APP_CREATED, TODAY, WHOLE_CALENDAR, World, timed


def lose_state(world):
    """The file and what SQLite keeps beside it."""
    for file in world.path.parent.glob(f"{world.path.name}*"):
        file.unlink()


def events_written(world, marked):
    """The methods of writes to events. The calendar itself is told who keeps it now."""
    writes = world.writes_since(marked)
    assert [method for method, path in writes if "/events/" not in path and not path.endswith("/events")] == ["PATCH"]
    return [method for method, path in writes if "/events" in path]


@pytest.mark.parametrize("scope", [APP_CREATED, WHOLE_CALENDAR])
def test_a_lost_state_costs_reads_and_no_write(tmp_path, scope):
    world = World(tmp_path, scope=scope).fill(singles=6).settle()
    lose_state(world)
    marked = world.mark()
    assert world.sync() == 0
    assert events_written(world, marked) == []
    world.assert_exact()


def test_without_the_remembered_id_the_calendar_is_found_by_looking_through_all_of_them(tmp_path):
    world = World(tmp_path, scope=WHOLE_CALENDAR).fill(singles=3).settle()
    decoy = world.google.add_calendar("Outlook")
    world.add_foreign(decoy)
    (tmp_path / "calendars.json").unlink()
    lose_state(world)
    marked = world.mark()
    assert world.sync() == 0
    assert events_written(world, marked) == []
    assert world.report.plan.kept


def test_a_calendar_that_was_found_is_remembered_for_a_sign_in_that_may_not_look(tmp_path):
    world = World(tmp_path, scope=WHOLE_CALENDAR).fill(singles=3).settle()
    (tmp_path / "calendars.json").unlink()
    lose_state(world)
    assert world.sync() == 0
    lose_state(world)
    world.google.grant("google-token", [APP_CREATED])
    marked = world.mark()
    assert world.sync() == 0
    assert events_written(world, marked) == []
    world.assert_exact()


def test_what_happened_in_outlook_while_the_state_was_lost_is_all_that_is_written(tmp_path):
    world = World(tmp_path).fill(singles=10).settle()
    world.mailbox.edit(world.ids["single-1"], subject="Another title")
    world.mailbox.delete(world.ids["single-2"])
    lose_state(world)
    marked = world.mark()
    assert world.sync() == 0
    assert sorted(events_written(world, marked)) == ["DELETE", "PUT"]
    world.assert_exact()


def test_series_edited_in_every_way_survive_the_loss(tmp_path):
    world = World(tmp_path).fill(singles=10).settle()
    world.edit_of_every_kind()
    assert world.sync() == 0
    lose_state(world)
    marked = world.mark()
    assert world.sync() == 0
    assert events_written(world, marked) == []
    world.assert_exact()


def test_a_run_that_stops_at_the_guard_without_a_state_deletes_nothing(tmp_path):
    """An emptied source cannot tell whose the events in Google are: that waits for a person."""
    world = World(tmp_path).fill(singles=20).settle()
    for name in world.ids:
        world.mailbox.delete(world.ids[name])
    lose_state(world)
    marked = world.mark()
    assert world.sync() == 6
    assert world.error.code == "empty-source"
    assert world.sync(accept_empty=True, allow_mass_delete=True) == 6
    assert world.error.code == "another-mirror"
    assert world.writes_since(marked) == []


def test_a_plan_without_a_state_tells_what_changed_and_writes_nothing(tmp_path):
    world = World(tmp_path).fill(singles=4).settle()
    lose_state(world)
    world.mailbox.edit(world.ids["single-1"], subject="Another title")
    marked = world.mark()
    assert world.sync(dry_run=True) == 0, world.error
    assert [action.title for action in world.report.plan.actions] == ["Another title"]
    assert world.writes_since(marked) == []
    assert world.sync() == 0
    world.assert_exact()


def test_what_an_old_backup_does_not_know_is_found_by_the_next_run(tmp_path):
    """An event that was mirrored after the backup was made, and deleted in Outlook before it was put back."""
    world = World(tmp_path).fill(singles=6).settle()
    backup = world.path.read_bytes()
    world.ids["short-lived"] = world.mailbox.create(timed("Short-lived", TODAY + timedelta(3), 9))
    assert world.sync() == 0
    world.path.write_bytes(backup)
    world.mailbox.delete(world.ids["short-lived"])
    assert world.sync() == 0
    assert world.copies("short-lived") == []
    world.assert_exact()


def test_a_past_series_that_a_person_moved_into_the_window_is_put_back_without_a_state(tmp_path):
    """Nothing lists it any more on Outlook's side; that it is ours, and of which event, its marks say."""
    world = World(tmp_path)
    weekly = {"pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"]}}
    ended = {"range": {"type": "numbered", "startDate": str(TODAY), "numberOfOccurrences": 3}}
    world.ids["over"] = world.mailbox.create({**timed("Over", TODAY, 10), "recurrence": weekly | ended})
    world.fill(singles=2).settle()
    world.clock.advance(90 * 86400)
    world.mailbox.create(timed("Now", TODAY + timedelta(days=92), 9))
    assert world.sync() == 0
    (copy,) = world.copies("over")
    later = [f"{TODAY + timedelta(days=91)}T{hour}:00:00" for hour in ("12", "13")]
    times = [{"dateTime": moment, "timeZone": "UTC"} for moment in later]
    world.google.person_edit(world.destination, copy["id"], start=times[0], end=times[1])
    lose_state(world)
    world.sync(accept_empty=True)
    world.repair()
    world.assert_exact()
