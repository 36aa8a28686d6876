"""One Exchange mailbox: its calendars, its items and its change log, and what a person does to them."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

from calmirror.http.message import Clock
from calmirror.sandbox.graph.ids import IdMint, occurrence_id, split_occurrence_id
from calmirror.sandbox.graph.items import (
    SCHEDULE_MEMBERS,
    Expander,
    Instance,
    Item,
    Override,
    Schedule,
    rescheduled,
    schedule_of,
)
from calmirror.sandbox.graph.kept import rescheduled_item, tail, until, with_copies
from calmirror.sandbox.graph.posted import posted_at, posted_of, posted_until, without_schedule
from calmirror.sandbox.graph.records import Calendar, Change, Occurrence, Shared, truth_of
from calmirror.sandbox.graph.relocation import relocate
from calmirror.sandbox.graph.switches import GraphSwitches
from calmirror.sandbox.graph.zones import known_zone

F = TypeVar("F", bound=Callable[..., Any])


def locked(method: F) -> F:
    """Lets a person's change happen between two requests, never during one."""

    @functools.wraps(method)
    def inner(self: Mailbox, *args: Any, **kwargs: Any) -> Any:
        with self.lock:
            return method(self, *args, **kwargs)

    return cast("F", inner)


class Mailbox:
    """What one person keeps in Outlook. Every method is one thing that the person does.

    Events are given and changed as the JSON that one would send to Graph. Raises KeyError for an id that is not
    there and ValueError for what Graph would refuse.
    """

    def __init__(
        self,
        address: str,
        *,
        clock: Clock,
        switches: GraphSwitches,
        time_zone: str,
        seed: int = 0,
        lock: threading.RLock | None = None,
    ) -> None:
        self.address = address
        self.time_zone = time_zone
        self.lock = lock or threading.RLock()
        self.events: dict[str, Item] = {}
        self.log: list[Change] = []
        self.calendars: dict[str, Calendar] = {}
        self.shared: dict[str, Shared] = {}
        self.groups: dict[str, str] = {}
        self.categories: dict[str, str] = {"Red category": "preset0", "Blue category": "preset7"}
        self.expander = Expander(switches)
        self.mint = IdMint(f"{seed}/{address}", consumer=switches.consumer_ids)
        self.oid = self.mint.guid()
        self.readers: list[Mailbox] = []
        """The mailboxes in whose lists calendars of this one stand."""
        self._seed, self._moves = f"{seed}/{address}", 0
        self._former: set[str] = set()
        self._clock = clock
        self.switches = switches
        self.by_immutable: dict[str, str] = {}
        self.default_calendar = self.add_calendar("Calendar")
        self.calendars[self.default_calendar].is_default = True

    @locked
    def add_calendar(self, name: str, *, group: str = "My Calendars", **fields: Any) -> str:
        """Makes a calendar and returns its id; `fields` are Graph's (color, canEdit, owner…)."""
        consumer = self.switches.consumer_ids
        group_id = next((key for key, title in self.groups.items() if title == group), None)
        if group_id is None:
            group_id = self.mint.group(consumer=consumer)
            self.groups[group_id] = group
        made = self.mint.calendar(consumer=consumer)
        self.calendars[made] = Calendar(made, name, group_id, False, self.mint.change_key(), fields)
        return made

    @locked
    def delete_calendar(self, calendar: str) -> None:
        """Removes a calendar and everything in it; its delta links lead nowhere from now on."""
        del self.calendars[calendar]
        for event_id in [key for key, item in self.events.items() if item.calendar == calendar]:
            del self.events[event_id]

    def calendar_id(self, name: str) -> str:
        """The id of the calendar of that name; KeyError where there is none."""
        return {calendar.name: calendar.id for calendar in self.calendars.values()}[name]

    @locked
    def share(self, calendar: str, reader: Mailbox) -> str:
        """Shows a calendar in another person's list, under an id of that mailbox, which is returned."""
        made = reader.mint.calendar()
        reader.shared[made] = Shared(self, calendar)
        self.readers.append(reader)
        return made

    @locked
    def move_mailbox(self) -> None:
        """Move the mailbox to another store: every id changes, the UIDs stay, the old ids are foreign from now on."""
        self._moves += 1
        self._former |= self.by_immutable.keys()
        relocate(self, IdMint(f"{self._seed}/{self._moves}", consumer=self.switches.consumer_ids))

    def is_foreign(self, some_id: str) -> bool:
        """Whether an id was made in another mailbox, or in this one before it was moved."""
        occurrence = split_occurrence_id(some_id)
        whole = occurrence[0] if occurrence else some_id
        return whole in self._former or self.mint.is_foreign(whole)

    @locked
    def create(self, event: Mapping[str, Any], calendar: str | None = None, *, real_zone: str | None = None) -> str:
        """Creates a single event or a series and returns its id.

        `real_zone`: IANA name of the rules behind a zone name that does not tell them, or tells other ones.
        """
        return self._create(event, calendar or self.default_calendar, ZoneInfo(real_zone) if real_zone else None)

    @locked
    def edit(self, event_id: str, **changes: Any) -> None:
        """Changes members of an event; a series' exceptions survive unless its times or pattern change."""
        occurrence = split_occurrence_id(event_id) if event_id not in self.events else None
        if occurrence:
            self.edit_occurrence(self.item(occurrence[0]).id, occurrence[1], **changes)
            return
        item = with_copies(self.item(event_id), self.switches)
        schedule = self._schedule(rescheduled(item.schedule.posted, changes), item.schedule)
        changed = replace(item, fields={**item.fields, **without_schedule(changes)}, schedule=schedule)
        if schedule != item.schedule:
            changed = rescheduled_item(changed, item, self.expander, self.switches)
        self._put(changed)

    @locked
    def delete(self, event_id: str) -> None:
        """Deletes an event or a whole series (or the occurrence whose id it is)."""
        occurrence = split_occurrence_id(event_id) if event_id not in self.events else None
        if occurrence:
            self.delete_occurrence(self.item(occurrence[0]).id, occurrence[1])
            return
        self._drop(self.item(event_id))

    @locked
    def edit_occurrence(self, master_id: str, original: date, **changes: Any) -> str:
        """Changes one occurrence, which makes it an exception, and returns its id."""
        item, now = self.item(master_id), self._clock.now()
        before = self._instance(item, original)
        override = item.overrides.get(original, Override(changes={}, created=now, modified=now))
        if any(key in changes for key in SCHEDULE_MEMBERS):
            posted = override.schedule.posted if override.schedule else posted_of(before, item.schedule)
            schedule = self._schedule(rescheduled(posted, changes), item.schedule)
            override = replace(override, schedule=schedule)
        override = replace(override, changes={**override.changes, **without_schedule(changes)}, modified=now)
        after = self._put(replace(item, overrides={**item.overrides, original: override}), original, before)
        return self.id_of(after, original)

    @locked
    def delete_occurrence(self, master_id: str, original: date) -> None:
        """Deletes one occurrence, changed or not."""
        item = self.item(master_id)
        before = self._instance(item, original)
        overrides = {day: override for day, override in item.overrides.items() if day != original}
        self._put(replace(item, overrides=overrides, cancelled=item.cancelled | {original}), original, before)

    @locked
    def split(self, master_id: str, at: date, **changes: Any) -> str:
        """Changes "this and following": ends the series before `at` and returns the id of the new one from there."""
        item = self.item(master_id)
        rule = self.expander.rule(item)
        day = next(rule.dates(at, date.max), None)
        if day is None:
            raise ValueError(f"the series has no occurrence from {at} on")
        before = list(rule.dates(rule.start, day - timedelta(days=1)))
        recurrence = item.schedule.posted["recurrence"]
        limits = {**(recurrence.get("range") or {"type": "noEnd"}), "startDate": day.isoformat()}
        if rule.count:
            limits["numberOfOccurrences"] = rule.count - len(before)
        posted = posted_at(day, item.schedule) | {"recurrence": {**recurrence, "range": limits}}
        event = {**item.fields, **without_schedule(changes), **rescheduled(posted, changes)}
        if before:
            self._shorten(item, day - timedelta(days=1))
        else:
            self._drop(item)
        kept = tail(item, day, changes, self.switches)
        return self._create(event, item.calendar, None, item.schedule.rules, **kept)

    @locked
    def move_to_calendar(self, event_id: str, calendar: str) -> str:
        """Moves an event to another calendar and returns its id there."""
        item = self.item(event_id)
        seed = item.ical_seed if self.switches.move_uid == "same" else self.mint.ical_seed(self._clock.now())
        moved = replace(item, calendar=calendar, ical_seed=seed)
        if self.switches.ids_survive_moves:
            self._log(item, None)
            return self._put(moved).id
        self._drop(item)
        return self._put(replace(moved, id=self.new_event_id())).id

    def new_event_id(self) -> str:
        """An id that no event has had."""
        switches = self.switches
        return self.mint.event(consumer=switches.consumer_ids, twins=switches.twin_ids, dotted=switches.dotted_ids)

    @locked
    def touch(self, event_id: str) -> None:
        """Something invisible happened: only the change key and the time of modification move."""
        self._put(self.item(event_id))

    @locked
    def cancel(self, event_id: str) -> None:
        """The organizer cancelled the meeting; it stays until the person removes it."""
        shown = self.find(event_id)
        if shown is None:
            raise KeyError(event_id)
        subject = shown.fields.get("subject") or ""
        self.edit(event_id, isCancelled=True, subject=f"Canceled: {subject}", showAs="free")

    @locked
    def occurrences(self, calendar: str | None, start: datetime, end: datetime) -> list[Occurrence]:
        """Everything that takes place in the half-open window, by start: the truth that a mirror is held against."""
        shown = [
            instance
            for item in self.items(calendar or self.default_calendar)
            for instance in self.expander.instances(item, start, end, touching=False)
        ]
        return sorted(map(truth_of, shown), key=lambda o: (o.start, o.end, o.id, o.original or date.min))

    def items(self, calendar: str) -> list[Item]:
        """What is stored in one calendar, oldest first."""
        return [item for item in self.events.values() if item.calendar == calendar]

    def item(self, event_id: str) -> Item:
        """The stored item of an id, mutable or immutable."""
        return self.events[self.by_immutable.get(event_id, event_id)]

    def find(self, event_id: str) -> Instance | None:
        """What an id of any kind names: a single, a master, an occurrence or an exception."""
        try:
            return self.expander.whole(self.item(event_id))
        except KeyError:
            occurrence = split_occurrence_id(event_id)
        try:
            return self.expander.occurrence(self.item(occurrence[0]), occurrence[1]) if occurrence else None
        except (KeyError, ValueError):
            return None

    def id_of(self, item: Item, original: date | None, *, immutable: bool = False) -> str:
        """The id under which an instance is known."""
        whole = item.immutable_id if immutable else item.id
        return whole if original is None else occurrence_id(whole, original)

    def _create(
        self,
        event: Mapping[str, Any],
        calendar: str,
        real: ZoneInfo | None,
        known: Mapping[str, ZoneInfo] | None = None,
        **kept: Any,
    ) -> str:
        """Creates an event; `kept` are members of the Item that a new one would not have."""
        if calendar not in self.calendars:
            raise KeyError(calendar)
        posted = {key: event[key] for key in SCHEDULE_MEMBERS if key in event}
        zones = known or {name: zone for name in ("",) if (zone := known_zone(self.time_zone))}
        schedule = schedule_of(posted, default_name=self.time_zone, known=zones, real=real)
        now = self._clock.now()
        immutable = self.mint.immutable()
        item = Item(
            id=self.new_event_id(),
            immutable_id=immutable,
            calendar=calendar,
            fields=without_schedule(event),
            schedule=schedule,
            change_key="",
            created=now,
            modified=now,
            ical_seed=self.mint.ical_seed(now),
        )
        return self._put(replace(item, **kept)).id

    def _schedule(self, posted: Mapping[str, Any], old: Schedule) -> Schedule:
        return schedule_of(posted, default_name=old.start_name, known=old.rules)

    def _instance(self, item: Item, original: date) -> Instance:
        found = self.expander.occurrence(item, original)
        if found is None:
            raise KeyError(f"no occurrence on {original}")
        return found

    def _shorten(self, item: Item, last: date) -> None:
        """Ends a series; what was changed or deleted before its new end stays so."""
        schedule = self._schedule(posted_until(last, item.schedule), item.schedule)
        self._put(until(replace(item, schedule=schedule), last))

    def _put(self, item: Item, original: date | None = None, before: Instance | None = None) -> Item:
        stored = replace(item, change_key=self.mint.change_key(), modified=self._clock.now())
        self.events[stored.id] = stored
        self.by_immutable[stored.immutable_id] = stored.id
        after = self.expander.occurrence(stored, original) if original else None
        self._log(stored, stored, original, tuple(i for i in (before, after) if i))
        return stored

    def _drop(self, item: Item) -> None:
        del self.events[item.id]
        self.by_immutable.pop(item.immutable_id)
        self._log(item, None)

    def _log(
        self, item: Item, stored: Item | None, original: date | None = None, seen: tuple[Instance, ...] = ()
    ) -> None:
        now = self._clock.now()
        self.log.append(Change(now, item.calendar, item.id, item.immutable_id, stored, original, seen))
