"""What a mailbox keeps besides its items: calendars, the change log, and the truth as tests read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from calmirror.sandbox.graph.items import Instance, Item

if TYPE_CHECKING:
    from calmirror.sandbox.graph.mailbox import Mailbox


@dataclass(slots=True)
class Calendar:
    """One calendar; `fields` overrule what the service would answer for it."""

    id: str
    name: str
    group: str
    is_default: bool
    change_key: str
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the change log.

    `item` is the version that the change made, None where the item left the calendar. `original`: only this
    occurrence changed, and `seen` is it before and after.
    """

    at: float
    calendar: str
    item_id: str
    immutable_id: str
    item: Item | None
    original: date | None = None
    seen: tuple[Instance, ...] = ()


class Occurrence(NamedTuple):
    """The truth about one thing in a calendar, for tests and `verify`. Times are UTC; `first_day` to `last_day`
    (exclusive) are the days of an all-day event."""

    id: str
    original: date | None
    start: datetime
    end: datetime
    subject: str
    all_day: bool
    first_day: date
    last_day: date
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Shared:
    """Another mailbox's calendar in this one's list."""

    owner: Mailbox
    calendar: str


def truth_of(shown: Instance) -> Occurrence:
    """The truth about one instance."""
    return Occurrence(
        id=shown.item.id,
        original=shown.original,
        start=shown.start,
        end=shown.end,
        subject=str(shown.fields.get("subject") or ""),
        all_day=shown.all_day,
        first_day=shown.first.date(),
        last_day=shown.last.date(),
        fields=shown.fields,
    )
