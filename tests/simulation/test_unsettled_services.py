"""What is not settled about either service is a switch of its stand-in: whichever way it is, the mirror is exact."""

from dataclasses import fields
from datetime import date, timedelta
from typing import Literal, get_args, get_origin, get_type_hints

import pytest
from world import BERLIN, TODAY, World, moved, numbered, timed

from calmirror.sandbox.google.switches import GoogleSwitches
from calmirror.sandbox.graph.switches import GraphSwitches

VALUES = {
    "default_delta_page": 7,
    "delay": 5.0,
    "generations_kept": 1,
    "quota": 500,
    "quota_per_minute": 30,
    "writes_per_calendar": 60,
    "calendar_quota": 1,
    "trash_days": 0,
    "updated_min_days": 1,
}
"""Another value of each switch that is a number."""


def other_values(switches):
    """Every switch of a stand-in with every value that is not its default."""
    hints = get_type_hints(switches)
    for field in fields(switches):
        if hints[field.name] is bool:
            yield field.name, not field.default
        elif get_origin(hints[field.name]) is Literal:
            yield from ((field.name, one) for one in get_args(hints[field.name]) if one != field.default)
        elif field.name in VALUES:
            yield field.name, VALUES[field.name]


def second_day(world):
    """Edits of what was edited before, and events that leave the calendar, the window, or their wall clock."""
    box, ids = world.mailbox, world.ids
    box.edit(ids["changed"], subject="Renamed")
    box.edit_occurrence(ids["changed"], date(2026, 3, 30), subject="Only this one")
    box.delete_occurrence(ids["second half"], date(2026, 4, 6))
    box.edit_occurrence(ids["second half"], date(2026, 4, 13), **moved(TODAY + timedelta(200), 9))
    box.delete_occurrence(ids["west"], date(2026, 4, 9))
    box.move_to_calendar(ids["single-6"], world.other)
    box.edit(ids["single-3"], **moved(TODAY + timedelta(300), 9))
    months = {"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 31}
    last = date(2026, 3, 31)
    ids["month"] = box.create(timed("31st", last, 9, recurrence={"pattern": months, "range": numbered(last, 5)}))
    sunday = date(2026, 3, 22)
    weeks = {"type": "weekly", "interval": 1, "daysOfWeek": ["sunday"]}
    night = timed("Night", sunday, 2, recurrence={"pattern": weeks, "range": numbered(sunday, 5)})
    ids["night"] = box.create(night | {"end": {"dateTime": f"{sunday}T04:00:00", "timeZone": BERLIN}})


def third_day(world):
    """More of it, and what moved out of the window comes back."""
    box, ids = world.mailbox, world.ids
    box.edit(ids["west"], **moved(date(2026, 3, 5), 18))
    box.touch(ids["single-1"])
    box.cancel(ids["single-2"])
    box.edit(ids["month"], subject="31st again")
    box.edit_occurrence(ids["night"], date(2026, 4, 5), subject="Long night")
    box.edit(ids["single-3"], **moved(TODAY + timedelta(3), 9))
    box.delete(ids["weekly"])


@pytest.mark.parametrize(
    ("side", "switch", "value"),
    [("graph", *one) for one in other_values(GraphSwitches)]
    + [("google", *one) for one in other_values(GoogleSwitches)],
)
def test_the_mirror_is_exact_whichever_way_a_service_is(side, switch, value):
    switches = GraphSwitches if side == "graph" else GoogleSwitches
    world = World(**{side: switches(**{switch: value})}).fill(singles=10)
    world.other = world.mailbox.add_calendar("Other")
    world.clock.advance(60)
    world.settle()
    for day in (World.edit_of_every_kind, second_day, third_day):
        day(world)
        world.clock.advance(60)
        assert world.sync() == 0, world.error
        world.assert_exact()
