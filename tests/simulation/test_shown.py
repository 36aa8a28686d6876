"""Settings and rules: what is shown, what is not, and that a change of mind costs only the writes that it needs."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from world import TODAY, WHOLE_CALENDAR, World, daily, marks, timed, weekly

from calmirror.model.policy import EVERYTHING, Condition, DeletedInGoogle, Effect, Policy, Profile, Rule, Shown
from calmirror.sandbox.graph.switches import GraphSwitches
from calmirror.store.sqlite import open_memory

MONDAY = date(2026, 3, 2)


def rule(when: Condition | None = None, **then: Any) -> Policy:
    """A policy of one rule."""
    return Policy(rules=(Rule(name="", when=when or Condition(), then=Effect(**then)),))


def titled(pattern: str, **then: Any) -> Policy:
    """A policy of one rule for titles."""
    return rule(Condition(title=re.compile(pattern)), **then)


def apply(world: World, policy: Policy | None = None) -> Counter[str]:
    """Runs with the policy; checks that the calendars agree and a second run writes nothing. The methods of writes."""
    world.policy = policy or world.policy
    marked = world.mark()
    assert world.sync() == 0, world.error
    written = Counter(method for method, _ in world.writes_since(marked))
    assert world.verify().differences == ()
    assert world.verify().exit_code == 0
    marked = world.mark()
    assert world.sync() == 0, world.error
    assert world.writes_since(marked) == []
    return written


def titles(world: World) -> list[str]:
    """What Google shows, occurrence by occurrence."""
    window = world.mirror().window_now()
    return sorted(
        row.get("summary", "") for row in world.google.occurrences(world.destination, window.start, window.end)
    )


def test_a_private_event_is_busy_and_nothing_of_it_comes_along() -> None:
    world = World()
    event = timed("Dentist", TODAY, 9, sensitivity="private", location={"displayName": "Main street"})
    world.ids["a"] = world.mailbox.create(event | {"body": {"contentType": "html", "content": "bring papers"}})
    apply(world)
    [copy] = world.copies("a")
    assert (copy["summary"], copy["visibility"]) == ("Busy", "private")
    assert copy.keys().isdisjoint({"description", "location", "source", "colorId", "transparency"})
    apply(world, Policy(private_details=True))
    [copy] = world.copies("a")
    assert (copy["summary"], copy["visibility"], copy["location"]) == ("Dentist", "private", "Main street")
    assert "bring papers" in copy["description"]
    apply(world, Policy())
    [copy] = world.copies("a")
    assert copy["summary"] == "Busy"
    assert copy.keys().isdisjoint({"description", "location", "source", "colorId", "transparency"})


def test_a_series_that_became_private_makes_its_changed_occurrences_busy_too() -> None:
    """An exception may have taken "normal" from its series when it was made: that is nobody's wish to show it."""
    world = World(graph=GraphSwitches(exception_members="copied"))
    series = world.mailbox.create(daily("Layoffs", TODAY, 9, count=4) | {"sensitivity": "normal"})
    world.mailbox.edit_occurrence(series, TODAY + timedelta(1), subject="Layoffs, with names")
    apply(world)
    assert titles(world) == ["Layoffs"] * 3 + ["Layoffs, with names"]
    world.mailbox.edit(series, sensitivity="private")
    apply(world)
    assert titles(world) == ["Busy"] * 4


def test_what_is_declined_or_cancelled_goes_however_much_it_is() -> None:
    """These are the person's own settings: the guard against emptied calendars is not for them."""
    world = World()
    ids = [world.mailbox.create(timed(f"Single {n}", TODAY + timedelta(n), 9)) for n in range(30)]
    kept = world.mailbox.create(timed("Kept", TODAY, 15))
    apply(world)
    for one in ids[::2]:
        world.mailbox.edit(one, responseStatus={"response": "declined"}, isOrganizer=False)
    for one in ids[1::2]:
        world.mailbox.edit(one, isCancelled=True)
    assert apply(world) == {"DELETE": 30}
    assert [marks(row)["calmirrorSource"] for row in world.ours()] == [kept]
    world.mailbox.edit(ids[0], responseStatus={"response": "accepted"})
    apply(world)
    assert titles(world) == ["Kept", "Single 0"]
    apply(world, EVERYTHING)
    assert len(titles(world)) == 31


def test_a_person_may_want_to_see_only_what_is_answered() -> None:
    world = World()
    world.mailbox.create(timed("Invited", TODAY, 9, isOrganizer=False, responseStatus={"response": "notResponded"}))
    world.mailbox.create(timed("Own", TODAY, 10))
    apply(world, Policy(unanswered=Shown.SKIP))
    assert titles(world) == ["Own"]


def test_a_changed_rule_writes_what_it_concerns_and_nothing_else() -> None:
    world = World().fill()
    assert apply(world)["POST"] > 20
    policy = titled("^Single (1|2)$", color="11")
    assert apply(world, policy) == {"PUT": 2}
    assert [world.copies(f"single-{n}")[0].get("colorId") for n in (1, 2, 3)] == ["11", "11", None]
    assert apply(world, replace(policy, rules=(replace(policy.rules[0], then=Effect(skip=True)),))) == {"DELETE": 2}
    assert not {"Single 1", "Single 2"} & set(titles(world))
    apply(world, Policy())
    assert {"Single 1", "Single 2"} <= set(titles(world))
    everything = len(world.ours())
    assert apply(world, Policy(profile=Profile.BUSY)) == {"PUT": everything}
    assert set(titles(world)) == {"Busy"}
    assert apply(world, Policy(profile=Profile.BUSY, busy_title="At work")) == {"PUT": everything}
    assert apply(world, Policy(profile=Profile.BUSY, busy_title="At work")) == {}


def test_the_policy_is_part_of_what_shapes_a_mirror_in_every_process_alike() -> None:
    world = World()
    long = "|".join(f"word{n}" for n in range(100))
    conditions = Condition(weekdays=frozenset({4, 0, 2}), zone=ZoneInfo("Europe/Berlin"), title=re.compile(long))
    world.policy = rule(conditions, color="3")
    shape = world.mirror().shape
    world.policy = rule(replace(conditions, weekdays=frozenset({2, 4, 0}), title=re.compile(long)), color="3")
    assert world.mirror().shape == shape
    for other in (re.compile(long + "|x"), re.compile(long, re.IGNORECASE), None):
        world.policy = rule(replace(conditions, title=other), color="3")
        assert world.mirror().shape != shape
    world.policy = Policy(colors={"red": "11", "blue": "9"})
    shape = world.mirror().shape
    world.policy = Policy(colors={"blue": "9", "red": "11"})
    assert world.mirror().shape == shape


def test_a_title_of_a_rules_making_and_more_privacy_than_outlooks_are_no_differences() -> None:
    world = World().fill(4)
    apply(world, rule(title="* {title}", visibility="private"))
    assert {"* Single 3", "* Daily"} <= set(titles(world))
    assert {row["visibility"] for row in world.ours()} == {"private"}
    assert {marks(row)["calmirrorShow"] for row in world.ours()} == {"full+title"}


def test_a_title_of_a_rules_making_becomes_the_events_own() -> None:
    """Nothing changes then in Google but the mark that says whose title it is."""
    world = World()
    one = world.mailbox.create(timed("Other", TODAY, 9))
    apply(world, rule(title="Lunch"))
    world.mailbox.edit(one, subject="Lunch")
    assert apply(world) == {"PUT": 1}
    assert [marks(row)["calmirrorShow"] for row in world.ours()] == ["full"]


def test_verify_sees_what_is_shown_though_it_should_not_be() -> None:
    world = World()
    world.ids["a"] = world.mailbox.create(timed("Secret", TODAY, 9))
    apply(world)
    world.policy = Policy(profile=Profile.BUSY)
    [difference] = world.verify().differences
    assert difference.source
    assert difference.mirror
    assert (difference.source.shown, difference.mirror.shown) == ("busy", "full")
    assert "Secret" not in repr(difference)
    world.policy = rule(skip=True)
    assert [one.kind for one in world.verify().differences] == ["only in Google"]


def test_verify_sees_what_became_less_private() -> None:
    world = World()
    world.ids["a"] = world.mailbox.create(timed("Secret", TODAY, 9, sensitivity="private"))
    apply(world)
    world.google.person_edit(world.destination, world.copies("a")[0]["id"], visibility="default")
    assert [one.kind for one in world.verify().differences] == ["different"]


def changed_series() -> World:
    """A weekly series with an exception moved and one renamed."""
    world = World()
    world.ids["s"] = world.mailbox.create(weekly("Weekly", MONDAY, 9))
    world.mailbox.edit_occurrence(world.ids["s"], MONDAY + timedelta(21), subject="Odd one")
    world.mailbox.edit_occurrence(world.ids["s"], MONDAY + timedelta(28), subject="Another")
    return world


def test_an_exception_that_is_left_out_is_a_hole_in_its_series() -> None:
    world = changed_series()
    apply(world, titled("Odd", skip=True))
    assert Counter(titles(world)) == {"Weekly": 8, "Another": 1}
    assert "EXDATE" in "".join(world.copies("s")[0]["recurrence"])
    assert apply(world, Policy()) == {"PUT": 2}
    assert Counter(titles(world)) == {"Weekly": 8, "Another": 1, "Odd one": 1}


def test_an_exception_that_is_shown_no_more_goes_and_can_come_back() -> None:
    world = changed_series()
    apply(world)
    assert apply(world, titled("Odd", skip=True)) == {"DELETE": 1, "PUT": 1}
    assert Counter(titles(world)) == {"Weekly": 8, "Another": 1}
    apply(world, Policy())
    assert Counter(titles(world)) == {"Weekly": 8, "Another": 1, "Odd one": 1}


def test_exceptions_are_shown_though_their_series_is_not() -> None:
    world = changed_series()
    apply(world)
    assert set(apply(world, titled("Weekly", skip=True))) == {"POST", "DELETE"}
    assert titles(world) == ["Another", "Odd one"]
    world.mailbox.edit_occurrence(world.ids["s"], MONDAY + timedelta(28), subject="Weekly again")
    assert apply(world) == {"DELETE": 1}
    assert titles(world) == ["Odd one"]
    world.mailbox.edit_occurrence(world.ids["s"], MONDAY + timedelta(21), subject="Weekly, too")
    assert apply(world) == {"DELETE": 1}
    assert world.ours() == []
    apply(world, Policy())
    assert Counter(titles(world)) == {"Weekly": 8, "Weekly again": 1, "Weekly, too": 1}
    world.mailbox.delete(world.ids["s"])
    apply(world)
    assert world.ours() == []


def test_a_series_that_was_never_shown_shows_its_exceptions_alone() -> None:
    world = changed_series()
    apply(world, titled("Weekly", skip=True))
    assert titles(world) == ["Another", "Odd one"]
    world.mailbox.delete_occurrence(world.ids["s"], MONDAY + timedelta(21))
    apply(world)
    assert titles(world) == ["Another"]


def test_an_exception_is_busy_where_its_series_is_not_and_the_other_way_round() -> None:
    world = changed_series()
    world.mailbox.edit_occurrence(world.ids["s"], MONDAY + timedelta(14), sensitivity="private")
    apply(world)
    assert Counter(titles(world)) == {"Weekly": 7, "Another": 1, "Odd one": 1, "Busy": 1}
    apply(world, titled("Weekly", profile=Profile.BUSY))
    assert Counter(titles(world)) == {"Busy": 8, "Another": 1, "Odd one": 1}


@pytest.mark.parametrize(
    "when",
    [
        Condition(weekdays=frozenset({TODAY.weekday()}), zone=ZoneInfo("Europe/Berlin")),
        Condition(hours=(time(6), time(6, 30)), zone=ZoneInfo("UTC")),
        Condition(longer_than=59),
    ],
)
def test_a_series_is_judged_by_its_first_occurrence_alone(when: Condition) -> None:
    """Later ones are on other days, and at other hours of zones that keep no summer time."""
    world = World()
    world.mailbox.create(daily("Daily", TODAY, 7, count=20))
    apply(world, rule(when, skip=True))
    assert titles(world) == []
    apply(world, Policy(rules=(Rule(name="", when=when, then=Effect(title="By time")),)))
    assert Counter(titles(world)) == {"By time": 20}


def test_a_series_without_a_rule_is_mirrored_as_it_is_shown() -> None:
    """Occurrence by occurrence, with each exception judged by itself."""
    world = World()
    event = weekly("Odd zone", MONDAY, 9)
    world.ids["s"] = world.mailbox.create(event, real_zone="Africa/Casablanca")
    world.mailbox.edit_occurrence(world.ids["s"], MONDAY + timedelta(21), subject="Gone")
    apply(world, titled("Gone", skip=True))
    assert set(titles(world)) == {"Odd zone"}
    apply(world, titled("Odd", skip=True))
    assert titles(world) == ["Gone"]


def test_a_rules_colour_is_ours_even_after_the_state_is_lost_and_a_persons_is_theirs() -> None:
    world = World(scope=WHOLE_CALENDAR).fill(4)
    apply(world, rule(color="5"))
    own = world.copies("single-0")[0]["id"]
    world.google.person_edit(world.destination, own, colorId="7")
    world._memory = open_memory()
    apply(world, rule(color="9"))
    assert world.copies("single-0")[0]["colorId"] == "7"
    assert {row["colorId"] for row in world.ours() if row["id"] != own} == {"9"}


@pytest.mark.parametrize(
    ("reminder", "expected"),
    [
        ("none", {"useDefault": False}),
        ("default", {"useDefault": True}),
        (45, {"useDefault": False, "overrides": [{"method": "popup", "minutes": 45}]}),
        ("source", {"useDefault": False, "overrides": [{"method": "popup", "minutes": 15}]}),
    ],
)
def test_reminders_are_outlooks_none_the_calendars_or_fixed(reminder: int | str, expected: dict[str, Any]) -> None:
    world = World()
    world.ids["a"] = world.mailbox.create(timed("A", TODAY, 9))
    apply(world, Policy(reminder=reminder))
    assert {k: v for k, v in world.copies("a")[0]["reminders"].items() if v != []} == expected


def test_what_a_person_deleted_in_google_stays_deleted_whatever_the_rules_say_meanwhile() -> None:
    world = World(deleted_in_google=DeletedInGoogle.RESPECT).fill(4)
    apply(world)
    world.google.person_delete(world.destination, world.copies("single-0")[0]["id"])
    world.clock.advance(2 * 86400)
    for policy in (None, titled("Single", skip=True), Policy(), Policy(profile=Profile.BUSY), Policy()):
        apply(world, policy)
        assert world.copies("single-0") == []
    assert "Single 1" in titles(world)
