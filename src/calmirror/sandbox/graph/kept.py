"""What a series keeps of its exceptions and cancellations when it is renamed, rescheduled, cut short or split."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from calmirror.sandbox.graph.items import SCHEDULE_MEMBERS, Expander, Item
from calmirror.sandbox.graph.posted import same_but_for_range
from calmirror.sandbox.graph.switches import GraphSwitches

ALWAYS_OF_THE_SERIES = ("isCancelled", "showAs")
"""Members that an exception takes from its series even where it copies the others: an organizer cancels all of it."""


def with_copies(item: Item, switches: GraphSwitches) -> Item:
    """The item before a change of its members; where exceptions are copies, they hold what it has now."""
    if switches.exception_members == "inherited":
        return item
    copied = {name: value for name, value in item.fields.items() if name not in ALWAYS_OF_THE_SERIES}
    overrides = {day: replace(one, changes={**copied, **one.changes}) for day, one in item.overrides.items()}
    return replace(item, overrides=overrides)


def rescheduled_item(changed: Item, before: Item, expander: Expander, switches: GraphSwitches) -> Item:
    """An item with a new schedule; by default no exception and no cancellation outlives that."""
    resets = switches.reschedule_resets
    only_range = same_but_for_range(before.schedule, changed.schedule)
    if not changed.is_series or resets == "always" or (resets == "not for the range" and not only_range):
        return _with_days(changed, set())
    return _with_days(changed, {day for day in _marked_days(before) if expander.has_date(changed, day)})


def until(item: Item, last: date) -> Item:
    """The item without the exceptions and cancellations after a day."""
    return _with_days(item, {day for day in _marked_days(item) if day <= last})


def tail(item: Item, first: date, changes: Mapping[str, Any], switches: GraphSwitches) -> dict[str, Any]:
    """The members of an Item that the second part of a split series takes over from the first."""
    kept: dict[str, Any] = {"ical_seed": item.ical_seed} if switches.split_uid == "same" else {}
    if switches.split_tail == "plain" or any(name in changes for name in SCHEDULE_MEMBERS):
        return kept
    later = _with_days(item, {day for day in _marked_days(item) if day >= first})
    return kept | {"overrides": later.overrides, "cancelled": later.cancelled}


def _marked_days(item: Item) -> set[date]:
    """The original dates of everything that was changed or deleted in a series."""
    return {*item.overrides, *item.cancelled}


def _with_days(item: Item, days: set[date]) -> Item:
    """The item with no other exceptions and cancellations than those of these days."""
    overrides = {day: override for day, override in item.overrides.items() if day in days}
    return replace(item, overrides=overrides, cancelled=item.cancelled & days)
