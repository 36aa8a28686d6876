"""A person's colour and reminder on a copy stay when calmirror has to learn from Google what it had made there."""

import pytest
from world import WHOLE_CALENDAR, Death, KilledError, World, broken, refusal

from calmirror.store.sqlite import open_memory

COLOUR = {"colorId": "11"}
REMINDER = {"reminders": {"useDefault": False, "overrides": [{"method": "popup", "minutes": 33}]}}


@pytest.fixture
def world():
    """A mirror that was exact, and a service that tells of reminders too."""
    world = World(scope=WHOLE_CALENDAR).fill(singles=3).settle()
    world.google.switches.reminder_edit_changes_etag = True
    return world


def set_by_person(world, **fields):
    world.google.person_edit(world.destination, world.copies("single-1")[0]["id"], **fields)


def retitled(world):
    """The copy after a change in Outlook."""
    world.mailbox.edit(world.ids["single-1"], subject="Another title")
    assert world.sync() == 0
    world.assert_exact()
    return world.copies("single-1")[0]


def lose_state(world):
    world._memory = open_memory()


@pytest.mark.parametrize("noticed", [False, True])
@pytest.mark.parametrize("fields", [COLOUR, REMINDER])
def test_what_was_set_outlives_the_loss_of_the_state(world, fields, noticed):
    """The marks on the event tell what calmirror's own colour and reminders were."""
    set_by_person(world, **fields)
    lose_state(world)
    if noticed:
        assert world.sync() == 0
    copy = retitled(world)
    assert {key: copy[key] for key in fields} == fields


def test_calmirrors_own_reminder_still_follows_outlook_after_the_loss_of_the_state(world):
    lose_state(world)
    world.mailbox.edit(world.ids["single-1"], reminderMinutesBeforeStart=5, isReminderOn=True)
    assert world.sync() == 0
    assert world.copies("single-1")[0]["reminders"]["overrides"] == [{"method": "popup", "minutes": 5}]


def test_a_reminder_that_was_known_to_be_the_persons_outlives_the_loss_of_the_state(world):
    set_by_person(world, **REMINDER)
    world.mailbox.edit(world.ids["single-1"], subject="First")
    assert world.sync() == 0
    lose_state(world)
    assert retitled(world)["reminders"] == REMINDER["reminders"]


@pytest.mark.parametrize("fields", [COLOUR, REMINDER])
def test_what_is_set_after_a_run_was_cut_short_stays(world, fields):
    """The run died between Google's answer and the note that the write is done."""
    steps = 0
    while not any(one["summary"] == "Half done" for one in world.copies("single-1")):
        steps += 1
        world.mailbox.edit(world.ids["single-1"], subject="Half done")
        with pytest.raises(KilledError):
            world.sync(Death(steps))
    set_by_person(world, **fields)
    copy = retitled(world)
    assert {key: copy[key] for key in fields} == fields


def reminded(world, minutes):
    """The copy's reminder after another one in Outlook."""
    world.mailbox.edit(world.ids["single-1"], reminderMinutesBeforeStart=minutes, isReminderOn=True)
    assert world.sync() == 0
    return minutes_of(world)


def minutes_of(world):
    return [one["minutes"] for one in world.copies("single-1")[0]["reminders"]["overrides"]]


def test_a_reminder_that_a_killed_run_wrote_is_not_the_persons(world):
    steps = 0
    while minutes_of(world) != [40]:
        steps += 1
        world.mailbox.edit(world.ids["single-1"], reminderMinutesBeforeStart=40, isReminderOn=True)
        with pytest.raises(KilledError):
            world.sync(Death(steps))
    assert reminded(world, 50) == [50]


def test_a_reminder_whose_answer_was_lost_is_not_the_persons(world):
    set_by_person(world, **COLOUR)
    retitled(world)
    broken(world.google, "/events", method="PUT", times=1, answer_after=refusal(503))
    assert reminded(world, 40) == [40]
    assert reminded(world, 50) == [50]
    assert world.copies("single-1")[0]["colorId"] == "11"
