"""A series in Google is one object: whatever becomes of its instances, the mirror is right and tells nothing."""

from __future__ import annotations

import json
from collections import defaultdict
from contextlib import suppress
from datetime import date, timedelta
from itertools import combinations, product

import pytest
from test_drift import instance_on
from test_journal import runs_of
from test_undo import undone
from test_unsettled_services import other_values
from world import NOW, TODAY, Death, GoogleSwitches, KilledError, World, daily, marks, moved, numbered, weekly

from calmirror.model.policy import OnDrift, Policy, Profile, Watch
from calmirror.moving.purge import purge

SERIES_SWITCHES = {
    "series_version": ("shared", "rows"),
    "spread": ("texts", "look", "everything", "nothing"),
    "put_spreads": (True, False),
    "noop_changes_etag": (False, True),
    "orphan_exceptions": ("drop", "keep"),
}
NOT_HERE = {
    *SERIES_SWITCHES,
    "quota_per_minute",
    "writes_per_calendar",
    "trash_days",
    "calendar_quota",
    "updated_min_days",
}
"""Switches about a series, and numbers that limit how much may be done."""
SECRETS = ("Secret", "whom nobody", "somewhere quiet")
COLOURED, DRAGGED, PLAIN = date(2026, 4, 13), date(2026, 4, 20), date(2026, 4, 27)
WATCHES = (Watch.EVERY_RUN, Watch.DAILY, Watch.NEVER)


def series_of_both(watch=Watch.DAILY, *, on_drift=OnDrift.RESTORE, **switches):
    """A mirrored series with exceptions of its own, and with one that a person coloured and one that they dragged."""
    world = World(google=GoogleSwitches(**switches), check_drift=watch, on_drift=on_drift)
    told = {"body": {"contentType": "text", "content": "whom nobody knows"}, "categories": ["Red category"]}
    place = {"location": {"displayName": "somewhere quiet"}}
    event = weekly("Secret talks", date(2026, 3, 2), 14) | told | place
    world.ids["talks"] = world.mailbox.create(event)
    world.mailbox.edit_occurrence(world.ids["talks"], date(2026, 3, 23), **moved(date(2026, 3, 24), 16))
    world.mailbox.edit_occurrence(world.ids["talks"], date(2026, 4, 6), subject="Secret exception")
    world.mailbox.delete_occurrence(world.ids["talks"], date(2026, 3, 30))
    world.settle()
    world.clock.advance(60)
    calendar = world.destination
    world.google.person_edit(calendar, instance_on(world, "talks", COLOURED), colorId="11")
    later = {edge: {"dateTime": f"{DRAGGED}T{at}:00:00Z"} for edge, at in (("start", 18), ("end", 19))}
    world.google.person_edit(calendar, instance_on(world, "talks", DRAGGED), **later)
    return world


def rename(world):
    world.mailbox.edit(world.ids["talks"], subject="Secret dinner")


def recolour(world):
    """The colour is one of ours, by the category."""
    world.policy = Policy(colors={"red category": "4"})


def retime(world):
    world.mailbox.edit(world.ids["talks"], **moved(date(2026, 3, 2), 15))


def another_rule(world):
    pattern = {"type": "weekly", "interval": 2, "daysOfWeek": ["monday"], "firstDayOfWeek": "monday"}
    world.mailbox.edit(world.ids["talks"], recurrence={"pattern": pattern, "range": numbered(date(2026, 3, 2), 8)})


def new_exception(world):
    """Of the occurrence that a person had coloured."""
    world.mailbox.edit_occurrence(world.ids["talks"], COLOURED, subject="Secret lunch")


def cancelled_occurrences(world):
    """One changed in Outlook, one changed by a person."""
    for day in (date(2026, 4, 6), DRAGGED):
        world.mailbox.delete_occurrence(world.ids["talks"], day)


def private(world):
    world.mailbox.edit(world.ids["talks"], sensitivity="private")


def no_longer_private(world):
    private(world)
    assert world.sync() == 0
    world.clock.advance(60)
    world.mailbox.edit(world.ids["talks"], sensitivity="normal")


def busy(world):
    world.policy = Policy(profile=Profile.BUSY)


ACTS = (rename, recolour, retime, another_rule, new_exception, cancelled_occurrences, private, no_longer_private, busy)


def exact(world, *, full=True):
    """Both sides show the same, and neither the next run nor one that reads all has anything to write."""
    assert world.verify().differences == ()
    marked = world.mark()
    for options in ({}, {"full": True}) if full else ({},):
        assert world.sync(**options) == 0, world.error
    assert world.writes_since(marked) == []


def shown_in_google(world):
    """All that stands in Google of ours, as text."""
    return json.dumps([row for calendar in world.google.state.live() for row in world.google.events(calendar.id)])


def switches():
    """Every combination of what is not settled about a series."""
    return [dict(zip(SERIES_SWITCHES, values, strict=True)) for values in product(*SERIES_SWITCHES.values())]


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("watch", WATCHES)
@pytest.mark.parametrize("chosen", switches(), ids=lambda chosen: "-".join(map(str, chosen.values())))
def test_the_mirror_is_exact_after_one_run_whatever_google_does_with_instances(chosen, watch, act):
    world = series_of_both(watch, **chosen)
    act(world)
    world.clock.advance(60)
    assert world.sync() == 0, (world.error, world.report and world.report.skipped)
    exact(world)
    if act in (private, busy):
        assert not any(secret in shown_in_google(world) for secret in SECRETS)
    coloured = {
        row.get("colorId") for row in world.copies("talks") if row["start"]["dateTime"].startswith(str(COLOURED))
    }
    if act not in (another_rule, busy):
        assert coloured == {"11"}
    assert sum(row.get("colorId") == "11" for row in world.copies("talks")) <= 1


def pairs():
    """Combinations in which every two values of two other switches of Google's meet, and every one of a series'."""
    values = defaultdict(list)
    for name, value in other_values(GoogleSwitches):
        values[name] += [] if name in NOT_HERE else [value]
    options = {name: [GoogleSwitches.__dataclass_fields__[name].default, *found] for name, found in values.items()}
    return [dict(zip(options, row, strict=True)) for row in all_pairs(list(options.values()))]


def all_pairs(options):
    """Rows, one value of each option, in which every two values of two options stand together at least once."""
    missing = {
        ((i, one), (j, two))
        for i, j in combinations(range(len(options)), 2)
        for one, two in product(range(len(options[i])), range(len(options[j])))
    }
    while missing:
        chosen = dict(min(missing))
        for place in range(len(options)):
            if place not in chosen:
                chosen[place] = max(range(len(options[place])), key=lambda v: _met(missing, chosen, place, v))
        missing -= set(combinations(sorted(chosen.items()), 2))
        yield [options[place][chosen[place]] for place in range(len(options))]


def _met(missing, chosen, place, value):
    return sum(tuple(sorted((one, (place, value)))) in missing for one in chosen.items())


@pytest.mark.parametrize("chosen", pairs(), ids=str)
def test_the_mirror_is_exact_whatever_else_google_does_beside_it(chosen):
    for number, act in enumerate(ACTS):
        world = series_of_both(WATCHES[number % 3], **chosen)
        act(world)
        world.clock.advance(60)
        assert world.sync() == 0, (world.error, world.report and world.report.skipped)
        exact(world)
        assert act not in (private, busy) or not any(secret in shown_in_google(world) for secret in SECRETS)


@pytest.mark.parametrize("spread", SERIES_SWITCHES["spread"])
@pytest.mark.parametrize("watch", WATCHES)
@pytest.mark.parametrize("act", [private, busy])
def test_what_stays_as_a_person_made_it_by_choice_tells_nothing_either(act, watch, spread):
    world = series_of_both(watch, on_drift=OnDrift.KEEP, spread=spread)
    if watch is Watch.EVERY_RUN:
        assert world.sync() == 0
    act(world)
    world.clock.advance(60)
    assert world.sync() == 0
    assert not any(secret in shown_in_google(world) for secret in SECRETS)
    dragged = [row for row in world.copies("talks") if row["start"]["dateTime"].startswith(f"{DRAGGED}T20")]
    assert len(dragged) == 1
    marked = world.mark()
    assert world.sync() == 0
    assert world.writes_since(marked) == []


def test_a_dragged_occurrence_that_may_stay_follows_its_series_in_all_but_its_time_until_that_moves():
    world = series_of_both(on_drift=OnDrift.KEEP)
    rename(world)
    assert world.sync() == 0
    at_its_time = {
        row["summary"] for row in world.copies("talks") if row["start"]["dateTime"].startswith(f"{DRAGGED}T20")
    }
    assert at_its_time == {"Secret dinner"}
    assert [one.kind for one in world.verify().differences] == ["different"]
    retime(world)
    assert world.sync() == 0
    assert world.verify().differences == ()


@pytest.mark.parametrize("then", [rename, private, retime])
@pytest.mark.parametrize("watch", WATCHES)
@pytest.mark.parametrize("scope", ["following", "all"])
def test_what_a_person_does_to_following_or_all_events_in_googles_screen_is_put_right(scope, watch, then):
    world = series_of_both(watch)
    instance = instance_on(world, "talks", PLAIN)
    world.google.person_edit(world.destination, instance, scope=scope, summary="My words", description="My words")
    then(world)
    world.clock.advance(60)
    assert world.sync() == 0
    exact(world)
    assert "My words" not in shown_in_google(world)
    assert then is not private or not any(secret in shown_in_google(world) for secret in SECRETS)


@pytest.mark.parametrize("watch", WATCHES)
@pytest.mark.parametrize("scope", ["this", "following", "all"])
def test_what_a_person_deletes_in_googles_screen_comes_back(scope, watch):
    world = series_of_both(watch)
    world.google.person_delete(world.destination, instance_on(world, "talks", PLAIN), scope=scope)
    rename(world)
    world.clock.advance(60)
    assert world.sync() == 0
    if world.verify().differences:  # a single occurrence, of which no list tells that was read
        assert (scope, watch) in {("this", Watch.DAILY), ("this", Watch.NEVER)}
        assert world.repair().exit_code == 0
    exact(world)


def test_a_colour_of_all_events_is_not_the_choice_for_an_occurrence_whose_write_was_open():
    """The run was killed before it knew that the exception was written; then a person colours the whole series."""

    def written(world):
        return any("_" in row["id"] for row in world.copies("plain"))

    for step in range(1, 40):
        world = World(google=GoogleSwitches(spread="look")).fill(singles=2).settle()
        world.mailbox.edit_occurrence(world.ids["plain"], date(2026, 4, 13), subject="Once")
        with suppress(KilledError):
            world.sync(Death(step))
        if written(world):
            break
    assert written(world), "no step was between the write and what the state knows of it"
    series = next(row for row in world.copies("plain") if "_" not in row["id"])
    world.google.person_edit(world.destination, series["id"], scope="all", summary="My own words")
    world.google.person_edit(world.destination, series["id"], colorId="11")
    world.mailbox.delete_occurrence(world.ids["plain"], date(2026, 4, 20))
    world.clock.advance(3600)
    assert world.sync() == 0
    touched = {row["id"]: marks(row).get("calmirrorTouch") for row in world.copies("plain")}
    assert [touch for one, touch in touched.items() if "_" in one] == [None]
    assert touched[series["id"]] == "colorId"


@pytest.mark.parametrize("command", ["sync", "repair", "purge"])
def test_the_half_that_a_person_cut_off_is_ours_in_every_command(command):
    world = World().fill(singles=2).settle()
    instance = instance_on(world, "west", date(2026, 4, 2))
    world.google.person_edit(world.destination, instance, scope="following", summary="Mine")
    [half] = [row for row in world.ours() if "_R" in row["id"]]
    assert world.verify().differences
    if command == "purge":
        assert purge(world.mirror()).exit_code == 0
        assert world.ours() == []
        return
    if command == "repair":
        assert world.repair().exit_code == 0
    else:
        world.clock.advance(86_460)
        assert world.sync() == 0
    assert half["id"] not in {row["id"] for row in world.ours()}
    exact(world)


def test_the_half_that_was_cut_off_does_not_go_with_the_series_that_an_interrupted_run_deleted():
    """Its id begins like an instance's: it was taken for deleted along with the series, and undo made another."""
    for step in range(5, 30):
        world = World().fill(singles=2).settle()
        instance = instance_on(world, "west", date(2026, 4, 16))
        world.google.person_edit(world.destination, instance, scope="following", summary="Mine")
        world.mailbox.delete(world.ids["west"])
        world.clock.advance(86_460)
        with suppress(KilledError):
            world.sync(Death(step, after=True))
        if all("_R" in row["id"] for row in world.copies("west")):
            break
    assert len(world.copies("west")) == 1
    undone(world, 2)
    assert sorted(row["summary"] for row in world.copies("west") if "recurrence" in row) == ["Mine", "West"]


def test_the_half_that_was_cut_off_at_another_time_is_the_persons():
    """Google gives it an id of its own making: it is a copy like any other that a person makes."""
    world = World().fill(singles=2).settle()
    day = date(2026, 4, 2)
    times = {edge: {"dateTime": f"{day}T{at}:00:00Z"} for edge, at in (("start", 18), ("end", 19))}
    made = world.google.person_edit(world.destination, instance_on(world, "west", day), scope="following", **times)
    world.protect(world.destination, made["id"])
    assert world.repair().exit_code == 0
    exact(world)


def test_undo_brings_back_what_a_person_had_cut_off():
    world = World().fill(singles=2).settle()
    instance = instance_on(world, "west", date(2026, 4, 2))
    world.google.person_edit(world.destination, instance, scope="following", summary="Mine")
    before = shown(world)
    world.clock.advance(86_460)
    assert world.sync() == 0
    undone(world, runs_of(world)[-1])
    assert shown(world) == before
    assert world.sync(unpin=True) == 0
    world.assert_exact()


def shown(world):
    """Titles and times of what is ours."""
    found = world.google.occurrences(world.destination, NOW - timedelta(20), NOW + timedelta(60))
    return sorted((row["start"].get("dateTime", ""), row["summary"]) for row in found if marks(row))


@pytest.mark.parametrize("count", [1, 2, 7, 20, 120])
def test_so_many_changed_exceptions_of_one_series_are_written_in_one_run_at_little_more_than_their_number(count):
    world = World(google=GoogleSwitches(quota_per_minute=None), future_days=200)
    world.ids["daily"] = world.mailbox.create(daily("Daily", TODAY, 7, count=150))
    days = [TODAY + timedelta(number) for number in range(count)]
    for day in days:
        world.mailbox.edit_occurrence(world.ids["daily"], day, subject="Once")
    world.settle()
    for day in days:
        world.mailbox.edit_occurrence(world.ids["daily"], day, subject="Again")
    world.clock.advance(60)
    marked = world.mark()
    assert world.sync() == 0, world.report.skipped
    writes = len(world.writes_since(marked))
    units = sum(one.units for one in world.google.log[marked[1] :])
    assert (writes, units) == (count, count + 1)
    exact(world)


@pytest.mark.parametrize("status", [404, 403])
@pytest.mark.parametrize("seconds", [4, 600])
def test_a_calendar_that_was_just_made_is_waited_for(tmp_path, status, seconds):
    switches = GoogleSwitches(new_calendar=status, new_calendar_seconds=seconds)
    world = World(tmp_path, google=switches).fill(singles=2)
    expected = 0 if seconds < 60 else 5
    assert world.sync() == expected, world.error
    if expected:
        assert world.error.code == "google-calendar-not-ready"
        world.clock.advance(600)
        assert world.sync() == 0
    assert [calendar.summary for calendar in world.google.state.live()].count("Outlook") == 1
    world.assert_exact()


@pytest.mark.parametrize("spread", SERIES_SWITCHES["spread"])
def test_a_note_and_a_colour_on_one_occurrence_outlive_what_is_written_to_its_series(spread):
    world = series_of_both(Watch.EVERY_RUN, spread=spread)
    calendar, occurrence = world.destination, instance_on(world, "talks", COLOURED)
    world.google.person_edit(calendar, occurrence, description="--- my notes ---\nBring tea")
    assert world.sync() == 0
    for subject in ("Secret dinner", "Secret lunch"):
        note = f"--- my notes ---\nAll of {subject}"
        world.google.person_edit(calendar, world.copies("talks")[0]["id"], description=note)
        world.mailbox.edit(world.ids["talks"], subject=subject)
        world.clock.advance(60)
        assert world.sync() == 0
        exact(world)
        rows = {row["id"][-16:-8]: row for row in world.copies("talks")[1:]}
        assert rows["20260413"]["colorId"] == "11"
        assert "Bring tea" in rows["20260413"]["description"]
        assert f"All of {subject}" in world.copies("talks")[0]["description"]
        assert [name for name, row in rows.items() if "All of" in row.get("description", "")] == []


@pytest.mark.parametrize("spread", SERIES_SWITCHES["spread"])
def test_a_colour_that_a_person_gave_to_all_events_is_that_of_the_series(spread):
    """Where Google puts it over the changed occurrences, they go on to show it, and follow when it changes."""
    world = series_of_both(Watch.EVERY_RUN, spread=spread)
    assert world.sync() == 0
    for color in ("5", None):
        world.google.person_edit(world.destination, instance_on(world, "talks", PLAIN), scope="all", colorId=color)
        rename(world)
        world.mailbox.edit_occurrence(world.ids["talks"], date(2026, 4, 6), subject=f"Secret {color}")
        world.clock.advance(60)
        assert world.sync() == 0
        exact(world)
        [own] = [row for row in world.copies("talks") if row["id"].endswith("20260406T120000Z")]
        assert own.get("colorId") == (color if spread in ("look", "everything") else None)
        assert "colorId" not in marks(own).get("calmirrorTouch", "")


@pytest.mark.parametrize("fate", ["drop", "keep"])
def test_a_series_that_a_person_moved_and_coloured_on_one_day_is_as_in_outlook_and_so_after_an_undo(fate):
    """At Outlook's time Google has no instance as the one that the person coloured: it is made anew on that day."""
    world = World(google=GoogleSwitches(retimed_exceptions=fate, orphan_exceptions=fate)).fill(singles=3).settle()
    calendar, number = world.destination, runs_of(world)[-1] + 1
    times = {"start": {"dateTime": "2026-03-02T03:00:00Z"}, "end": {"dateTime": "2026-03-02T04:00:00Z"}}
    world.google.person_edit(calendar, world.copies("plain")[0]["id"], **times)
    world.google.person_edit(calendar, instance_on(world, "plain", COLOURED), colorId="11")
    world.clock.advance(86_400)
    assert world.sync(full=True) == 0
    world.assert_exact()
    undone(world, number)
    assert world.sync(unpin=True) == 0
    exact(world)
    overrides = [row for row in world.copies("plain") if row.get("colorId") == "11"]
    assert [row["start"]["dateTime"][:10] for row in overrides] == [str(COLOURED)]
