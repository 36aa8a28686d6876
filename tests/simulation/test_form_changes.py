"""A person's colour and note stay when a series turns from a rule into single copies, and back."""

import re
from datetime import timedelta

import pytest
from world import TODAY, World, daily, weekly

from calmirror.model.policy import Condition, Effect, Policy, Rule

DAY = 86400
ONLY_CHANGED = Policy(rules=(Rule(name="", when=Condition(title=re.compile("Usual")), then=Effect(skip=True)),))
"""Of a series with this title, only changed occurrences are shown, as copies."""


def noted(world, row):
    """A person sets a colour and a note."""
    text = row.get("description", "") + "<br>--- my notes ---<br>bring cake"
    world.google.person_edit(world.destination, row["id"], colorId="11", description=text)


def touched(world):
    """The titles of the copies that have both, and of those that have not."""
    rows = [row for row in world.copies("x") if "summary" in row]
    both = [row.get("colorId") == "11" and row.get("description", "").endswith("bring cake") for row in rows]
    return [
        sorted(row["summary"] for row, has in zip(rows, both, strict=True) if has is wanted) for wanted in (True, False)
    ]


def world_of(event):
    """A mirrored series with a changed occurrence."""
    world = World()
    world.ids["x"] = world.mailbox.create(event)
    world.mailbox.edit_occurrence(world.ids["x"], TODAY + timedelta(7), subject="Late")
    world.settle()
    return world


def shown_with(world, policy):
    """Another day's run with this policy."""
    world.policy = policy
    world.clock.advance(DAY + 3600)
    assert world.sync() == 0
    if policy == Policy():
        world.assert_exact()


@pytest.mark.parametrize("event", [weekly("Usual", TODAY, 9), daily("Usual", TODAY, 9, count=20)])
@pytest.mark.parametrize("which", [0, 1], ids=["series", "instance"])
def test_what_a_person_set_goes_over_to_copies_and_back(event, which):
    world = world_of(event)
    noted(world, world.copies("x")[which])
    shown_with(world, Policy())
    shown_with(world, ONLY_CHANGED)
    assert touched(world) == [["Late"], []]
    shown_with(world, Policy())
    assert "Late" in touched(world)[0]


def test_what_a_person_set_on_a_copy_goes_over_to_the_series():
    world = World()
    world.ids["x"] = world.mailbox.create(weekly("Usual", TODAY, 9))
    for weeks in (1, 2):
        world.mailbox.edit_occurrence(world.ids["x"], TODAY + timedelta(7 * weeks), subject=f"Late {weeks}")
    shown_with(world, ONLY_CHANGED)
    noted(world, world.copies("x")[0])
    shown_with(world, ONLY_CHANGED)
    [both, other] = touched(world)
    shown_with(world, Policy())
    assert both[0] in touched(world)[0]
    assert {other[0], "Usual"} <= set(touched(world)[1])
