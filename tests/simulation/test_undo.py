"""`undo` gives the calendar of before a run, event by event, and what it put back stays until it is released."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta

import pytest
from calendar_pictures import by_piece
from test_drift import instance_on
from test_journal import drifted, edited, journal_since, person, runs_of
from world import TODAY, Death, GoogleSwitches, KilledError, World, daily, moved, timed, weekly

from calmirror.errors import SafetyStopError, UserFixableError
from calmirror.mirror.undo import undo
from calmirror.moving.purge import purge

DAY = 86_400


def undone(world, number, death=None, *, agree=lambda _: None, **options):
    """One undo, as a process of its own; its report."""
    mirror = world.mirror(death)
    try:
        return undo(mirror, number, **({"allow_mass_delete": True} | options), agree=agree)
    finally:
        world._close(mirror)
        world.check()


def thirty_days(world):
    """Runs over thirty days of edits in Outlook and by a person in Google; the calendar before each run."""
    before = {}
    for day in range(30):
        if day % 4 == 0 and day:
            tamper(world, day)
        live(world, day)
        before[runs_of(world)[-1] + 1] = by_piece(world)
        assert world.sync() == 0, world.error
        world.clock.advance(DAY if day % 4 == 3 else 600)
    return before


def live(world, day):
    """What happens in Outlook on one of the days."""
    box, ids = world.mailbox, world.ids
    soon = TODAY + timedelta(day + 8)
    ids[f"made {day}"] = box.create(timed(f"Made {day}", soon, 9, body={"contentType": "text", "content": f"v{day}"}))
    if day % 2:
        box.edit(ids[f"made {day - 1}"], subject=f"Renamed {day}", **moved(soon, 15))
    if day % 5 == 4:
        box.delete(ids[f"made {day - 2}"])
    live_series(world, day, soon)


def live_series(world, day, soon):
    """What happens to series."""
    box, ids = world.mailbox, world.ids
    match day % 10:
        case 0:
            box.edit_occurrence(ids["west"], date(2026, 4, 9), subject=f"West, once, {day}")
        case 1:
            box.edit(ids["changed"], **moved(date(2026, 3, 2), 10 + day // 10))
        case 2:
            box.delete_occurrence(ids["west"], date(2026, 4, 16 + day // 10 * 7))
        case 3:
            ids[f"series {day}"] = box.create(weekly(f"Series {day}", soon, 10))
        case 4:
            box.edit_occurrence(ids[f"series {day - 1}"], soon - timedelta(1) + timedelta(7), subject="An exception")
        case 5:
            box.edit(ids["west"], subject=f"West {day}")
        case 6:
            box.edit(ids[f"series {day - 3}"], **moved(soon - timedelta(3), 16))
        case 7:
            ids[f"days {day}"] = box.create(daily(f"Daily {day}", soon, 7, count=5))
        case 8:
            box.delete_occurrence(ids[f"days {day - 1}"], soon + timedelta(1))
        case 9:
            box.delete(ids[f"series {day - 6}"])


def tamper(world, day):
    """What a person does in Google before a run that reads everything, and puts it right."""
    calendar = world.destination
    world.google.person_edit(calendar, world.copies(f"made {day - 1}")[0]["id"], summary="My words", colorId="3")
    world.google.person_delete(calendar, world.copies("single-2")[0]["id"])
    world.google.person_edit(calendar, world.copies("single-4")[0]["id"], summary=f"Mine {day}")


def test_undo_of_any_of_thirty_runs_gives_the_calendar_of_before_that_run():
    world = World().fill(singles=10).settle()
    before = thirty_days(world)
    assert len(before) == 30
    for number in sorted(before, reverse=True):
        undone(world, number)
        assert by_piece(world) == before[number], number


def test_undo_goes_straight_to_before_any_run():
    """Each from the end of the thirty days, the undo itself being undone in between."""
    world = World().fill(singles=10).settle()
    before = thirty_days(world)
    now = by_piece(world)
    for number in list(before)[::3]:
        undone(world, number)
        assert by_piece(world) == before[number], number
        undone(world, runs_of(world)[-1])
        assert by_piece(world) == now, number


@pytest.mark.parametrize(
    "switches",
    [{"orphan_exceptions": "drop"}, {"exdate_hides_override": True}, {"revive_restores_exceptions": False}],
    ids=str,
)
def test_undo_is_right_whatever_google_does_with_instances(switches):
    world = drifted()
    for name, value in switches.items():
        setattr(world.google.switches, name, value)
    before, number = by_piece(world), runs_of(world)[-1] + 1
    edited(world)
    assert world.sync() == 0
    undone(world, number)
    assert by_piece(world) == before


def test_what_is_undone_stays_so_until_it_is_released():
    world = World().fill(singles=10).settle()
    before, number = by_piece(world), runs_of(world)[-1] + 1
    world.edit_of_every_kind()
    assert world.sync() == 0
    report = undone(world, number)
    assert by_piece(world) == before
    world.mailbox.edit(world.ids["changed"], subject="Changed while it is held")
    for _ in range(2):
        assert world.sync() == 3
        assert world.report.held == {action.source_id for action in report.plan.actions}
        assert by_piece(world) == before
        world.clock.advance(DAY)
    assert world.repair().exit_code == 3
    assert by_piece(world) == before
    assert world.sync(dry_run=True, unpin=True) == 0
    assert by_piece(world) == before
    assert world.sync(unpin=True) == 0
    world.assert_exact()


def test_all_else_goes_on_while_something_is_held():
    world = World().fill(singles=10).settle()
    world.mailbox.edit(world.ids["single-3"], subject="Another title")
    assert world.sync() == 0
    undone(world, runs_of(world)[-1])
    world.mailbox.edit(world.ids["single-2"], subject="Goes on")
    world.ids["new"] = world.mailbox.create(timed("New", TODAY, 20))
    assert world.sync() == 3
    shown = {name: world.copies(name)[0]["summary"] for name in ("single-2", "single-3", "new")}
    assert shown == {"single-2": "Goes on", "single-3": "Single 3", "new": "New"}


def test_one_event_alone_is_undone_by_the_end_of_its_id():
    world = World().fill(singles=10).settle()
    number = runs_of(world)[-1] + 1
    world.edit_of_every_kind()
    assert world.sync() == 0
    before = by_piece(world)
    report = undone(world, number, event=world.ids["single-8"][-12:])
    assert {action.source_id for action in report.plan.actions} == {world.ids["single-8"]}
    changed = {piece for piece, one in by_piece(world).items() if before[piece] != one}
    assert changed == {(world.ids["single-8"], "")}
    with pytest.raises(UserFixableError) as refused:
        undone(world, number, event="no such id")
    assert refused.value.code == "event-not-in-run"


def test_undoing_the_first_run_leaves_only_what_is_not_ours_and_asks_for_a_persons_word():
    world = World().fill(singles=20).settle()
    before = by_piece(world)
    with pytest.raises(SafetyStopError) as refused:
        undone(world, 1, allow_mass_delete=False)
    assert refused.value.code == "mass-delete"
    assert by_piece(world) == before
    undone(world, 1)
    assert by_piece(world) == {}
    assert world.sync(unpin=True) == 0
    world.assert_exact()


def test_what_is_not_agreed_to_changes_nothing():
    world = drifted()
    edited(world)
    assert world.sync() == 0
    before, marked = by_piece(world), world.mark()

    def refuse(report):
        assert report.plan.actions
        raise UserFixableError("No.", code="not-confirmed")

    with pytest.raises(UserFixableError):
        undone(world, 2, agree=refuse)
    assert world.writes_since(marked) == []
    assert by_piece(world) == before
    assert world.mirror().state.last_error == ""
    assert world.sync() == 0


def test_a_persons_colour_reminder_and_note_since_then_stay():
    world = World().fill(singles=3).settle()
    number = runs_of(world)[-1] + 1
    world.mailbox.edit(world.ids["single-1"], subject="Another title")
    assert world.sync() == 0
    copy = world.copies("single-1")[0]
    world.google.person_edit(
        world.destination, copy["id"], colorId="11", description=copy["description"] + "<br>--- my notes ---<br>Ask!"
    )
    undone(world, number)
    copy = world.copies("single-1")[0]
    assert (copy["summary"], copy["colorId"], "Ask!" in copy["description"]) == ("Single 1", "11", True)


def test_what_a_person_set_before_its_event_was_deleted_comes_back_with_it_from_before_any_run():
    """The run that deletes it is the first to see the colour and the note."""
    world = World().fill(singles=3).settle()
    world.mailbox.edit(world.ids["single-2"], subject="In a run that does not look at the other one")
    copy = world.copies("single-1")[0]
    note = copy["description"] + "<br>--- my notes ---<br>Ask!"
    world.google.person_edit(world.destination, copy["id"], colorId="11", description=note)
    number = runs_of(world)[-1] + 1
    assert world.sync() == 0
    world.mailbox.edit(world.ids["single-1"], subject="Renamed")
    assert world.sync() == 0
    world.mailbox.delete(world.ids["single-1"])
    assert world.sync() == 0
    undone(world, number)
    copy = world.copies("single-1")[0]
    assert (copy["summary"], copy["colorId"], "Ask!" in copy["description"]) == ("Single 1", "11", True)


def test_what_comes_back_has_the_persons_colour_and_keeps_it():
    world = World().fill(singles=3).settle()
    world.google.person_edit(world.destination, world.copies("single-1")[0]["id"], colorId="11")
    world.mailbox.edit(world.ids["single-1"], sensitivity="normal", subject="Renamed")
    assert world.sync() == 0
    world.mailbox.edit(world.ids["single-1"], responseStatus={"response": "declined"})
    assert world.sync() == 0
    assert world.copies("single-1") == []
    undone(world, runs_of(world)[-1])
    assert world.copies("single-1")[0]["colorId"] == "11"
    world.mailbox.edit(world.ids["single-1"], responseStatus={"response": "accepted"}, subject="Renamed again")
    assert world.sync(unpin=True) == 0
    assert [(row["summary"], row["colorId"]) for row in world.copies("single-1")] == [("Renamed again", "11")]


def test_an_occurrence_that_was_cancelled_comes_back_with_the_persons_colour():
    world = World().fill(singles=1).settle()
    occurrence = next(row for row in world.copies("changed") if row["summary"] == "Changed title")
    world.google.person_edit(world.destination, occurrence["id"], colorId="5")
    assert world.sync(full=True) == 0
    world.mailbox.delete_occurrence(world.ids["changed"], date(2026, 4, 6))
    before = by_piece(world)
    assert world.sync() == 0
    undone(world, runs_of(world)[-1])
    assert by_piece(world) == before


def test_an_undo_killed_anywhere_is_finished_by_the_next_one_and_no_sync_takes_it_back():
    def scenario():
        world = drifted()
        before, number = by_piece(world), runs_of(world)[-1] + 1
        edited(world)
        assert world.sync() == 0
        return world, before, number

    whole = Death()
    world, before, number = scenario()
    undone(world, number, whole)
    assert by_piece(world) == before
    assert whole.steps > 15
    for step in range(1, whole.steps + 1):
        world, before, number = scenario()
        with pytest.raises(KilledError):
            undone(world, number, Death(step))
        if step % 2:
            half = by_piece(world)
            assert world.sync() in (0, 3)
            if world.report.held:
                assert by_piece(world) == half
        undone(world, number)
        assert by_piece(world) == before, step
        assert world.sync(unpin=True) == 0, world.error
        world.assert_exact()


def test_a_killed_run_can_be_undone():
    whole = Death()
    world = drifted()
    edited(world)
    assert world.sync(whole) == 0
    for step in range(4, whole.steps + 1, 3):
        world = drifted()
        before, number = by_piece(world), runs_of(world)[-1] + 1
        edited(world)
        with pytest.raises(KilledError):
            world.sync(Death(step))
        undone(world, number)
        assert by_piece(world) == before, step


def after_a_run_that_died(step):
    """A world after a run that died after that step, what Google holds, and whether any of it is that run's."""
    world = World().fill(singles=10).settle()
    settled = by_piece(world)
    world.ids["new"] = world.mailbox.create(timed("New", TODAY, 20))
    world.mailbox.edit(world.ids["single-8"], subject="Another title")
    world.mailbox.delete(world.ids["single-9"])
    with suppress(KilledError):
        world.sync(Death(step, after=True))
    before = by_piece(world)
    return world, before, before != settled


def test_what_a_killed_run_had_written_is_not_taken_back_with_the_next_one():
    landed = 0
    for step in range(1, 12):
        world, before, wrote = after_a_run_that_died(step)
        number = runs_of(world)[-1] + 1
        landed += wrote
        world.mailbox.edit(world.ids["single-1"], subject="Edited later")
        assert world.sync() == 0, world.error
        undone(world, number)
        assert by_piece(world) == before, step
    assert landed > 3


@pytest.mark.parametrize("third", [False, True])
def test_of_two_runs_killed_one_after_the_other_undoing_the_second_leaves_what_the_first_had_written(third):
    """The second died before it looked after what the first had left open: a third run does, or the undo."""
    landed = 0
    for step in range(1, 12):
        world, before, wrote = after_a_run_that_died(step)
        number = runs_of(world)[-1] + 1
        landed += wrote
        with pytest.raises(KilledError):
            world.sync(Death(3))
        if third:
            assert world.sync() == 0
        undone(world, number)
        assert by_piece(world) == before, step
        assert world.sync(unpin=True) == 0, world.error
        world.assert_exact()
    assert landed > 3


def test_an_occurrence_that_calmirror_had_cancelled_is_not_told_as_deleted_by_hand():
    world = World().fill(singles=3).settle()
    number = runs_of(world)[-1] + 1
    world.mailbox.delete_occurrence(world.ids["changed"], date(2026, 4, 6))
    assert world.sync() == 0
    before = by_piece(world)
    world.mailbox.edit(world.ids["single-1"], subject="In a later run")
    assert world.sync() == 0
    undone(world, number)
    assert not any(entry.by_hand for entry in journal_since(world, number))
    undone(world, number + 1)
    assert by_piece(world) == before


def test_a_person_who_changes_things_meanwhile_is_not_in_the_way():
    world = World().fill(singles=10).settle()
    before, number = by_piece(world), runs_of(world)[-1] + 1
    edited(world)
    assert world.sync() == 0
    person_later(world)
    undone(world, number)
    assert by_piece(world) == before


def person_later(world):
    """After the run: copies renamed, moved and deleted by hand."""
    calendar = world.destination
    world.google.person_edit(calendar, world.copies("single-8")[0]["id"], summary="Mine now")
    world.google.person_delete(calendar, world.copies("single-7")[0]["id"])
    world.google.person_delete(calendar, world.copies("new")[0]["id"])
    world.google.empty_trash(calendar)


def test_a_run_that_wrote_to_another_calendar_cannot_be_undone():
    world = World().fill(singles=3).settle()
    world.watch.foreign = {key: one for key, one in world.foreign.items() if one[0] != world.destination}
    world.google.delete_calendar(world.destination)
    world.mailbox.edit(world.ids["single-1"], subject="Another title")
    assert world.sync() == 4
    assert world.repair(new_calendar=True).exit_code == 0
    before = by_piece(world)
    with pytest.raises(UserFixableError) as refused:
        undone(world, 1)
    assert refused.value.code == "undo-too-old"
    assert by_piece(world) == before


def test_a_run_that_ended_before_the_calendar_was_made_cannot_be_undone():
    """There is no calendar of before it; and it did not write to another one either."""
    world = World().fill(singles=3)
    with pytest.raises(KilledError):
        world.sync(Death(5))
    assert not world.ours()
    world.settle()
    assert len(runs_of(world)) == 2
    before = by_piece(world)
    with pytest.raises(UserFixableError, match="run 1 is older than its Google calendar") as refused:
        undone(world, 1)
    assert refused.value.code == "undo-too-old"
    assert by_piece(world) == before


@pytest.mark.parametrize("fate", ["drop", "keep"])
def test_a_series_that_had_been_moved_away_from_its_changed_occurrences_is_not_there_twice(fate):
    """A person had moved it, so it comes back without those of which Google has no such occurrence any more."""
    world = World(google=GoogleSwitches(retimed_exceptions=fate, orphan_exceptions=fate)).fill(singles=3).settle()
    by_hand = {
        edge: {"dateTime": f"2026-03-03T0{hour}:00:00Z", "timeZone": "UTC"} for edge, hour in (("start", 3), ("end", 4))
    }
    world.google.person_edit(world.destination, world.copies("changed")[0]["id"], **by_hand)
    world.mailbox.delete_occurrence(world.ids["changed"], date(2026, 4, 6))
    number = runs_of(world)[-1] + 1
    assert world.sync() == 0
    report = undone(world, number)
    lost = {world.ids["changed"]: "its series in Google has no such occurrence"}
    assert report.skipped == ({} if fate == "drop" else lost)
    assert world.copies("changed")[0]["start"]["dateTime"] == "2026-03-03T04:00:00+01:00"
    assert len(world.copies("changed")) == 1
    assert world.sync(unpin=True) == 0
    world.assert_exact()


def test_an_occurrence_that_a_person_dragged_after_its_series_had_moved_was_not_there_before_that():
    """The series of before the move has no such instance: what comes back must not wait for it for ever."""
    world = World(google=GoogleSwitches(retimed_exceptions="keep")).fill(singles=3).settle()
    number, before = runs_of(world)[-1] + 1, by_piece(world)
    world.mailbox.edit(world.ids["plain"], **moved(date(2026, 3, 2), 16))
    assert world.sync() == 0
    later = {edge: {"dateTime": f"2026-04-13T0{at}:00:00Z"} for edge, at in (("start", 5), ("end", 6))}
    world.google.person_edit(world.destination, instance_on(world, "plain", date(2026, 4, 13)), **later)
    assert world.sync(full=True) == 0
    assert undone(world, number).skipped == {}
    assert by_piece(world) == before


def test_undo_twice_has_nothing_left_to_do():
    world = drifted()
    number = runs_of(world)[-1] + 1
    edited(world)
    assert world.sync() == 0
    undone(world, number)
    marked = world.mark()
    assert undone(world, number).plan.actions == ()
    assert world.writes_since(marked) == []


def test_a_day_that_put_drift_right_is_undone_to_the_persons_own_words():
    world = World().fill(singles=10).settle()
    person(world)
    before, number = by_piece(world), runs_of(world)[-1] + 1
    world.clock.advance(DAY)
    assert world.sync() == 0
    assert by_piece(world) != before
    undone(world, number)
    assert by_piece(world) == before


def test_a_purge_is_undone():
    world = World().fill(singles=6).settle()
    before = by_piece(world)
    purge(world.mirror())
    assert by_piece(world) == {}
    undone(world, runs_of(world)[-1])
    assert by_piece(world) == before
    assert world.sync(unpin=True) == 0
    world.assert_exact()


def test_a_colour_that_a_person_gave_to_all_events_comes_back_in_those_that_differ_too():
    """It was given after the run that is undone, and Google put it over the changed occurrence."""
    world = World(google=GoogleSwitches(spread="everything")).fill(singles=2).settle()
    number = runs_of(world)[-1] + 1
    world.mailbox.edit(world.ids["single-1"], subject="Another title")
    assert world.sync() == 0
    assert len(world.copies("changed")) > 1
    world.google.person_edit(world.destination, world.copies("changed")[0]["id"], scope="all", colorId="7")
    world.mailbox.delete(world.ids["changed"])
    world.clock.advance(60)
    assert world.sync() == 0
    undone(world, number)
    assert {row.get("colorId") for row in world.copies("changed")} == {"7"}


@pytest.mark.parametrize("again", [False, True])
def test_what_google_spread_over_occurrences_in_a_killed_run_is_not_taken_back_with_the_next_one(again):
    """The texts of a series that turned private stand in its occurrences: the next run found them so."""
    landed, whole = 0, Death()
    turned_private().sync(whole)
    for step in range(1, whole.steps):
        for then in range(step % 3 + 4, whole.steps, 3) if again else (0,):
            world = turned_private()
            with pytest.raises(KilledError):
                world.sync(Death(step, after=True))
            before, number = by_piece(world), runs_of(world)[-1] + 1
            landed += "Secret" not in str(before)
            with suppress(KilledError):
                world.sync(Death(then))
            undone(world, number)
            after = by_piece(world)
            assert after == before, (step, then)
            assert world.sync(unpin=True) == 0
            world.assert_exact()
    assert landed > 3


def turned_private():
    world = World()
    world.ids["talks"] = world.mailbox.create(weekly("Secret talks", date(2026, 3, 2), 14))
    world.mailbox.edit_occurrence(world.ids["talks"], date(2026, 3, 23), **moved(date(2026, 3, 24), 16))
    world.settle()
    world.mailbox.edit(world.ids["talks"], sensitivity="private")
    return world


def test_what_a_killed_purge_had_deleted_is_taken_back_with_that_one_and_not_with_the_next():
    whole = Death()
    purge(World().fill(singles=3).settle().mirror(whole))
    for step in range(1, whole.steps + 1):
        world = World().fill(singles=3).settle()
        settled, first = by_piece(world), runs_of(world)[-1] + 1
        with pytest.raises(KilledError):
            purge(world.mirror(Death(step, after=True)))
        before, number = by_piece(world), runs_of(world)[-1] + 1
        purge(world.mirror())
        undone(world, number)
        assert by_piece(world) == before, step
        undone(world, first)
        assert by_piece(world) == settled, step


def test_undoing_over_a_purge_brings_back_what_a_person_had_set_where_all_was_made_anew():
    world = World().fill(singles=3).settle()
    calendar, (series, occurrence, *_) = world.destination, world.copies("changed")
    world.google.person_edit(calendar, series["id"], colorId="11")
    world.google.person_edit(calendar, occurrence["id"], colorId="5")
    note = world.copies("single-1")[0]["description"] + "<br><br>--- my notes ---<br>Ask!"
    world.google.person_edit(calendar, world.copies("single-1")[0]["id"], description=note)
    before, number = by_piece(world), runs_of(world)[-1] + 1
    purge(world.mirror())
    assert world.sync() == 0
    assert by_piece(world) != before
    report = undone(world, number)
    assert by_piece(world) == before
    assert {action.reason for action in report.plan.actions} == {"as before run 2: what was set by hand"}
    assert undone(world, number).plan.actions == ()
    assert world.sync(unpin=True) == 0
    assert by_piece(world) == before


def test_undoing_over_a_replacement_that_died_does_not_take_our_reminder_for_the_persons():
    """The old series still stands, with a changed occurrence as it was written since."""
    for step in range(1, 16):
        world = World().fill(singles=2).settle()
        before, number = by_piece(world), runs_of(world)[-1] + 1
        world.mailbox.edit_occurrence(world.ids["changed"], date(2026, 4, 6), reminderMinutesBeforeStart=45)
        assert world.sync() == 0
        world.mailbox.edit(world.ids["changed"], **moved(date(2026, 3, 2), 15))
        with suppress(KilledError):
            world.sync(Death(step, after=True))
        undone(world, number)
        assert by_piece(world) == before, step


def test_a_remark_names_what_is_hidden_now_and_would_be_shown_again():
    world = World().fill(singles=3).settle()
    world.mailbox.edit(world.ids["single-1"], sensitivity="private")
    world.mailbox.edit(world.ids["single-2"], subject="Not hidden")
    assert world.sync() == 0
    report = undone(world, runs_of(world)[-1])
    assert [(note.source_id, note.title) for note in report.plan.notes] == [(world.ids["single-1"], "Single 1")]


def test_an_undo_that_cannot_write_holds_nothing():
    """A sign-in that has ended, before the first write: the next syncs go on as if nobody had asked."""
    world = World().fill(singles=3).settle()
    world.mailbox.edit(world.ids["single-1"], subject="Renamed")
    assert world.sync() == 0
    tokens = dict(world.google.grants)
    world.google.grants.clear()
    with pytest.raises(UserFixableError):
        undone(world, runs_of(world)[-1])
    world.google.grants.update(tokens)
    assert world.mirror().store.held("work") == frozenset()
    assert world.sync() == 0
    world.assert_exact()
