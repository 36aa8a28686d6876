"""What a person does to the copies in Google, and what becomes of it."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from world import TODAY, WHOLE_CALENDAR, Fault, World, marks, moved, weekly

from calmirror.store.sqlite import open_memory

COLOUR = {"colorId": "11"}
REMINDER = {"reminders": {"useDefault": False, "overrides": [{"method": "popup", "minutes": 33}]}}


@pytest.fixture
def world():
    """A mirror that was exact."""
    return World().fill(singles=6).settle()


def instance_on(world, name, day):
    """Google's id of the occurrence of a series on that day."""
    start = day.isoformat()
    found = world.google.occurrences(world.destination, *days_around(day))
    series = world.copies(name)[0]["id"]
    return next(
        row["id"] for row in found if row["id"].startswith(series) and row["start"]["dateTime"].startswith(start)
    )


def days_around(day):
    """From midnight to midnight in UTC."""
    midnight = datetime.combine(day, time(), UTC)
    return midnight, midnight + timedelta(1)


@pytest.mark.parametrize("name", ["single-3", "west", "changed"])
@pytest.mark.parametrize("touch", [COLOUR, REMINDER, COLOUR | REMINDER])
def test_a_persons_colour_and_reminder_outlive_edits_in_outlook(world, name, touch):
    # Where a new reminder alone does not move the etag, nothing tells of it, and it is overwritten.
    world.google.switches.reminder_edit_changes_etag = touch is REMINDER
    world.google.person_edit(world.destination, world.copies(name)[0]["id"], **touch)
    for subject in ("Another title", "Yet another"):
        world.mailbox.edit(world.ids[name], subject=subject)
        assert world.sync() == 0
        world.assert_exact()
        copy = world.copies(name)[0]
        assert {key: copy.get(key) for key in touch} == touch
        assert copy["summary"] == subject


def test_a_persons_colour_goes_over_to_the_series_that_replaces_a_rescheduled_one(world):
    before = world.copies("changed")[0]["id"]
    world.google.person_edit(world.destination, before, **COLOUR)
    world.mailbox.edit(world.ids["changed"], **moved(date(2026, 3, 2), 15))
    assert world.sync() == 0
    world.assert_exact()
    copy = world.copies("changed")[0]
    assert (copy["id"] != before, copy["colorId"]) == (True, "11")


def test_an_occurrence_moved_by_a_minute_in_google_is_found_and_mended(world):
    day = date(2026, 4, 2)
    instance = instance_on(world, "west", day)
    start, end = (f"{day}T{hour}:01:00+02:00" for hour in (17, 18))
    world.google.person_edit(world.destination, instance, start={"dateTime": start}, end={"dateTime": end})
    assert world.sync() == 0
    (difference,) = world.verify().differences
    assert (difference.kind, difference.source_id) == ("different", world.ids["west"])
    assert difference.source.starts == "2026-04-02T15:00:00+00:00"
    assert difference.mirror.starts == "2026-04-02T15:01:00+00:00"
    assert world.repair().exit_code == 0
    world.assert_exact()


def delete_copy(world):
    """A single event."""
    world.google.person_delete(world.destination, world.copies("single-3")[0]["id"])


def delete_series(world):
    """A series with changed occurrences."""
    world.google.person_delete(world.destination, world.copies("changed")[0]["id"])


def delete_instance(world):
    """One occurrence of a series that has no other change."""
    world.google.person_delete(world.destination, instance_on(world, "west", date(2026, 4, 2)))


def delete_changed_instance(world):
    """An occurrence that was changed in Outlook."""
    world.google.person_delete(world.destination, world.copies("changed")[1]["id"])


def retitle(world):
    """A single event, a series and an occurrence under other titles, at other times."""
    for name, number in (("single-3", 0), ("changed", 0), ("changed", 1)):
        world.google.person_edit(world.destination, world.copies(name)[number]["id"], summary="My own words")
    start, end = ({"dateTime": f"{TODAY}T{hour:02}:00:00Z"} for hour in (3, 4))
    world.google.person_edit(world.destination, world.copies("single-4")[0]["id"], start=start, end=end)


DAMAGES = [delete_copy, delete_series, delete_instance, delete_changed_instance, retitle]


@pytest.mark.parametrize("damage", DAMAGES)
def test_repair_restores_what_a_person_changed_or_deleted(world, damage):
    damage(world)
    assert world.verify().differences
    assert world.repair().exit_code == 0
    world.assert_exact()


@pytest.mark.parametrize("damage", [delete_copy, delete_series])
@pytest.mark.parametrize("emptied", [False, True])
def test_an_edit_in_outlook_restores_what_a_person_deleted(world, damage, emptied):
    damage(world)
    if emptied:
        world.google.empty_trash(world.destination)
    world.mailbox.edit(world.ids["single-3"], subject="Another title")
    world.mailbox.edit(world.ids["changed"], subject="Another title")
    assert world.sync() == 0
    world.assert_exact()


@pytest.mark.parametrize("damage", DAMAGES)
def test_edits_in_outlook_go_well_whatever_a_person_did_and_repair_does_the_rest(world, damage):
    damage(world)
    for name in ("single-3", "changed"):
        world.mailbox.edit(world.ids[name], subject="Another title")
    world.mailbox.edit(world.ids["west"], **moved(date(2026, 3, 5), 18))
    world.mailbox.edit_occurrence(world.ids["changed"], date(2026, 3, 30), subject="Only this one")
    assert world.sync() == 0, world.error
    assert world.repair().exit_code == 0
    world.assert_exact()


@pytest.mark.parametrize("name", ["single-3", "changed"])
def test_a_persons_duplicate_is_never_touched(world, name):
    duplicate = world.google.person_duplicate(world.destination, world.copies(name)[0]["id"])
    assert marks(duplicate) == marks(world.copies(name)[0])
    world.protect(world.destination, duplicate["id"])
    world.mailbox.edit(world.ids[name], subject="Another title")
    assert world.sync() == 0
    assert world.repair().exit_code == 0
    world.mailbox.delete(world.ids[name])
    assert world.sync() == 0
    assert world.repair().exit_code == 0
    world.assert_exact()


@pytest.mark.parametrize("deleted", [False, True])
def test_a_copy_whose_mark_a_person_took_off_is_theirs(world, deleted):
    copy = world.copies("single-3")[0]
    world.google.person_edit(
        world.destination, copy["id"], extendedProperties={"private": dict.fromkeys(marks(copy))}, summary="Mine now"
    )
    world.protect(world.destination, copy["id"], once_ours=True)
    if deleted:
        world.mailbox.delete(world.ids["single-3"])
    else:
        world.mailbox.edit(world.ids["single-3"], subject="Another title")
    assert world.sync() == 0, world.error
    assert world.repair().exit_code == 0
    world.assert_exact()


def test_a_calendar_deleted_in_google_stops_the_run_until_a_person_wants_a_new_one(world):
    world.watch.foreign = {key: one for key, one in world.foreign.items() if one[0] != world.destination}
    world.google.delete_calendar(world.destination)
    world.ids["late"] = world.mailbox.create(weekly("Late", TODAY, 19))
    assert world.sync() == 4
    assert world.error.code == "destination-gone"
    assert world.repair(new_calendar=True).exit_code == 0
    world.assert_exact()


def test_what_a_person_changes_again_while_it_is_put_right_is_put_right_too(world):
    copy = world.copies("single-3")[0]["id"]
    world.google.person_edit(world.destination, copy, summary="Mine")
    once = iter([copy])

    def meanwhile(request):
        if request.method == "PUT" and next(once, ""):
            world.google.person_edit(world.destination, copy, summary="Mine again")
        return False

    world.google.faults.append(Fault(matches=meanwhile, times=-1))
    world.clock.advance(86_460)
    assert world.sync() == 0
    world.google.faults.clear()
    world.assert_exact()


def test_a_series_that_a_person_moved_is_right_again_when_the_state_is_lost_though_nothing_of_it_shows_yet():
    """Nothing remembers how the series was, and its marks are still ours: its content tells that it was changed."""
    world = World(scope=WHOLE_CALENDAR, future_days=20).fill(singles=2)
    first = TODAY + timedelta(20)
    world.ids["soon"] = world.mailbox.create(weekly("Soon", first, 9))
    world.settle()
    later = {
        edge: {"dateTime": f"{first + timedelta(1)}T{hour}:00:00Z", "timeZone": "UTC"}
        for edge, hour in (("start", 15), ("end", 16))
    }
    world.google.person_edit(world.destination, world.copies("soon")[0]["id"], **later)
    world.mailbox.edit_occurrence(world.ids["soon"], first + timedelta(7), subject="Another title")
    world._memory = open_memory()
    assert world.sync() == 0
    world.clock.advance(10 * 86_400)
    assert world.sync() == 0
    world.assert_exact()


def test_repair_restores_a_changed_occurrence_that_lies_beyond_the_window():
    """No list tells of it, and the series is as it was."""
    world = World(future_days=12).fill(singles=2).settle()
    [beyond] = [row for row in world.copies("changed") if row["summary"] == "Changed title"]
    world.google.person_delete(world.destination, beyond["id"])
    assert world.repair().exit_code == 0
    assert [row["id"] for row in world.copies("changed") if row["summary"] == "Changed title"] == [beyond["id"]]
    marked = world.mark()
    assert world.sync(full=True) == 0
    assert world.writes_since(marked) == []


def test_a_series_that_a_person_deletes_while_it_is_written_leaves_nothing_behind():
    """Google may take a write to one instance of a deleted series, and refuse that to another."""
    world = World(scope=WHOLE_CALENDAR).fill(singles=6).settle()
    [series, *_] = world.copies("changed")
    deleted = []

    def meanwhile(request):
        if not deleted and (request.method == "PUT" or b"PUT " in (request.body or b"")):
            deleted.append(world.google.person_delete(world.destination, series["id"]))
        return False

    world.google.person_delete(world.destination, instance_on(world, "changed", date(2026, 4, 6)))
    world.mailbox.edit_occurrence(world.ids["changed"], date(2026, 4, 20), subject="One more")
    world._memory = open_memory()  # of what was deleted there is no version to name any more
    world.google.faults.append(Fault(matches=meanwhile, times=-1))
    assert world.sync() == 0
    assert deleted
    rows = world.google.state.calendar(world.destination).events.values()
    assert [row.id for row in rows if row.id.startswith(series["id"]) and not row.cancelled] == []
    world.assert_exact()
