"""A process that dies, before whatever step, leaves what the next run makes exact: no duplicate, nothing lost.

Steps are requests to both services and commits of the state. Dying before a step is dying after the one before it:
a request took effect and its answer was lost, or a commit was the last thing that happened.
"""

from datetime import date

import pytest
from world import APP_CREATED, TODAY, WHOLE_CALENDAR, Death, KilledError, World, moved, timed

FIRST = date(2026, 3, 2)


def first_run():
    """More than one batch of new events, series with changed and cancelled occurrences among them."""
    return World().fill(singles=46)


def changes():
    """Edits of every kind after a first run."""
    world = World().fill(singles=10).settle()
    world.edit_of_every_kind()
    return world


def rescheduled():
    """A series with changed occurrences at another hour, which replaces it in Google; one event less, one more."""
    world = World().fill(singles=4).settle()
    world.mailbox.edit(world.ids["changed"], **moved(FIRST, 15))
    world.mailbox.delete(world.ids["single-0"])
    world.ids["new"] = world.mailbox.create(timed("New", TODAY, 12))
    return world


def later_edits(world):
    """What the person does before anybody notices that a run died."""
    world.mailbox.edit(world.ids["changed"], **moved(FIRST, 16))
    world.mailbox.edit_occurrence(world.ids["changed"], date(2026, 3, 30), subject="Only this one")
    world.mailbox.delete(world.ids["single-1"])
    world.mailbox.delete(world.ids["new"])


def killed_everywhere(scenario):
    """The scenario once for every step of its run, with a process that died right before that step."""
    whole = Death()
    assert scenario().sync(whole) == 0
    assert whole.steps > 15
    for step in range(1, whole.steps + 1):
        world = scenario()
        with pytest.raises(KilledError):
            world.sync(Death(step))
        yield world


@pytest.mark.parametrize("scenario", [first_run, changes])
def test_wherever_a_run_is_killed_the_next_one_is_exact(scenario):
    for world in killed_everywhere(scenario):
        assert world.sync() == 0, world.error
        world.assert_exact()


def test_wherever_a_run_is_killed_what_was_changed_meanwhile_is_mirrored_too():
    for world in killed_everywhere(rescheduled):
        later_edits(world)
        assert world.sync() == 0, world.error
        world.assert_exact()


def test_a_run_killed_again_and_again_gets_there():
    """Each process lives three steps longer than the one before it."""
    world = changes()
    for steps in range(1, 100, 3):
        try:
            assert world.sync(Death(steps)) == 0
        except KilledError:
            continue
        break
    world.assert_exact()


def outlooks(world):
    return [calendar.summary for calendar in world.google.state.live()].count("Outlook")


@pytest.mark.parametrize(("scope", "made"), [(WHOLE_CALENDAR, 1), (APP_CREATED, 2)])
def test_a_calendar_of_whose_making_nobody_heard_is_found_where_calendars_may_be_listed(scope, made):
    """Elsewhere an empty one stays behind: a sign-in for our own calendars cannot ask for them."""
    world = World(scope=scope).fill(singles=2)
    steps = 0
    while not outlooks(world):
        steps += 1
        with pytest.raises(KilledError):
            world.sync(Death(steps))
    assert world.sync() == 0
    world.assert_exact()
    assert outlooks(world) == made


def test_a_process_can_die_after_a_step_that_failed():
    """A file that was not there to be deleted, an answer that was lost."""
    with pytest.raises(KilledError), Death(1, after=True).step():
        raise FileNotFoundError
