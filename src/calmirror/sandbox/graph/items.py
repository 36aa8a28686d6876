"""What a mailbox stores (an item: a single event or a whole series) and the instances that it shows of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from calmirror.sandbox.graph.recurrence import Rule, rule_of
from calmirror.sandbox.graph.switches import GraphSwitches
from calmirror.sandbox.graph.zones import instant, known_zone, midnight, wall_clock

MOST_REMEMBERED = 1000
SCHEDULE_MEMBERS = ("start", "end", "isAllDay", "recurrence")


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When an item takes place, as wall-clock times of its own zones; a series' in its recurrence zone.

    `posted` holds the Graph members it was made from. `start_name`, `end_name` and `rule_name` are the zone names
    that the service reports, whatever the rules behind them (`rules`). `zone` and `end_zone` are those of the walls.
    """

    posted: Mapping[str, Any]
    start: datetime
    end: datetime
    zone: ZoneInfo
    end_zone: ZoneInfo
    start_name: str
    end_name: str
    rules: Mapping[str, ZoneInfo]
    all_day: bool = False
    rule: Rule | None = None
    rule_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """What a person changed on one occurrence: other members, and other times where `schedule` is given.

    `created` and `modified` are those of the exception, in UNIX seconds.
    """

    changes: Mapping[str, Any]
    created: float
    modified: float
    schedule: Schedule | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One stored event or series. `fields` are Graph's members other than those of the schedule."""

    id: str
    immutable_id: str
    calendar: str
    fields: Mapping[str, Any]
    schedule: Schedule
    change_key: str
    created: float
    modified: float
    ical_seed: bytes
    overrides: Mapping[date, Override] = field(default_factory=dict)
    cancelled: frozenset[date] = frozenset()

    @property
    def is_series(self) -> bool:
        """Whether it is a series master."""
        return self.schedule.rule is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One thing that a calendar shows: a single, a master, an occurrence or an exception (`kind`, Graph's words).

    `start` and `end` are UTC instants; `first` and `last` the stored wall clock, which is what an all-day event
    shows in every zone.
    """

    item: Item
    kind: str
    original: date | None
    start: datetime
    end: datetime
    first: datetime
    last: datetime
    all_day: bool
    fields: Mapping[str, Any]

    def overlaps(self, start: datetime, end: datetime, *, touching: bool) -> bool:
        """Whether it lies in a window; `touching` counts one that only meets an edge."""
        if touching:
            return self.end >= start and self.start <= end
        return self.start < end and (self.end > start or self.start == self.end == start)


class Expander:
    """Turns items into instances, by the switches in force."""

    def __init__(self, switches: GraphSwitches) -> None:
        self._switches = switches
        self._expanded: dict[tuple[object, ...], list[Instance]] = {}

    def instances(self, item: Item, start: datetime, end: datetime, *, touching: bool = True) -> list[Instance]:
        """A single, or a series' occurrences and exceptions, in the window, by original date."""
        shown = self._near(item, start, end) if item.is_series else [self.whole(item)]
        return [i for i in shown if i.overlaps(start, end, touching=touching)]

    def whole(self, item: Item) -> Instance:
        """A single, or the master of a series, which has the times of its first occurrence."""
        if not item.is_series:
            return self._shown(item, "singleInstance", None, item.schedule, item.fields)
        first = self.rule(item).first() or item.schedule.start.date()
        return self._shown(item, "seriesMaster", None, item.schedule, item.fields, _at(first, item.schedule))

    def occurrence(self, item: Item, original: date) -> Instance | None:
        """The occurrence or exception of an original date; None where there is none (any more)."""
        if original in item.cancelled or not self.has_date(item, original):
            return None
        return self._occurrence(item, original)

    def has_date(self, item: Item, original: date) -> bool:
        """Whether the rule has this original date, deleted or not."""
        return next(self.rule(item).dates(original, original), None) is not None

    def exceptions(self, item: Item) -> list[Instance]:
        """All changed occurrences, by original date."""
        return [self._occurrence(item, day) for day in sorted(item.overrides)]

    def original_start(self, item: Item, original: date) -> datetime:
        """The UTC instant at which an occurrence would start had nobody moved it."""
        return instant(_at(original, item.schedule), item.schedule.zone, self._switches)

    def rule(self, item: Item) -> Rule:
        """The rule of a series."""
        if item.schedule.rule is None:
            raise ValueError("not a series")
        return replace(item.schedule.rule, clamp=self._switches.clamp_month_end)

    def _near(self, item: Item, start: datetime, end: datetime) -> list[Instance]:
        """The candidates of a series; remembered, since each page of a view asks for all of them again."""
        switches = self._switches
        key = (item.change_key, start, end, switches.clamp_month_end, switches.gap, switches.repeated_hour)
        if key not in self._expanded:
            if len(self._expanded) >= MOST_REMEMBERED:
                self._expanded.clear()
            self._expanded[key] = list(self._candidates(item, start, end))
        return self._expanded[key]

    def _candidates(self, item: Item, start: datetime, end: datetime) -> Iterator[Instance]:
        """Occurrences whose original date is near the window, and every exception, which may be anywhere."""
        reach = item.schedule.end - item.schedule.start + timedelta(days=2)
        since = wall_clock(start, item.schedule.zone).date().toordinal() - reach.days
        until = wall_clock(end, item.schedule.zone).date().toordinal() + 2
        bounds = (date.fromordinal(max(since, 1)), date.fromordinal(min(until, date.max.toordinal())))
        days = set(self.rule(item).dates(*bounds)) | set(item.overrides)
        return (self._occurrence(item, day) for day in sorted(days - item.cancelled))

    def _occurrence(self, item: Item, original: date) -> Instance:
        override, unmoved = item.overrides.get(original), _at(original, item.schedule)
        if override is None:
            return self._shown(item, "occurrence", original, item.schedule, item.fields, unmoved)
        fields = {**item.fields, **override.changes}
        if override.schedule:
            return self._shown(item, "exception", original, override.schedule, fields)
        return self._shown(item, "exception", original, item.schedule, fields, unmoved)

    def _shown(
        self,
        item: Item,
        kind: str,
        original: date | None,
        schedule: Schedule,
        fields: Mapping[str, Any],
        first: datetime | None = None,
    ) -> Instance:
        """An instance by its schedule, or as long and in its zones from the wall-clock time `first` on."""
        first, length = first or schedule.start, schedule.end - schedule.start
        last = first + length
        start = instant(first, schedule.zone, self._switches)
        end = instant(last, schedule.end_zone, self._switches)
        if end < start:  # a start in a gap can be moved past an end after it
            end = start + length
        return Instance(
            item=item,
            kind=kind,
            original=original,
            start=start,
            end=end,
            first=first,
            last=last,
            all_day=schedule.all_day,
            fields=fields,
        )


def schedule_of(
    posted: Mapping[str, Any], *, default_name: str, known: Mapping[str, ZoneInfo], real: ZoneInfo | None = None
) -> Schedule:
    """Reads start, end, isAllDay and recurrence as posted; raises ValueError for what Graph would refuse.

    `default_name` is the zone of a time that names none; `known` holds rules behind names that do not tell them;
    `real` overrules all names.
    """

    def zone_of(name: str) -> ZoneInfo:
        zone = real or known.get(name) or known_zone(name)
        if zone is None:
            raise ValueError(f"the rules of time zone {name!r} are not known; give real_zone")
        return zone

    start, end = _wall(posted["start"]), _wall(posted["end"])
    start_name = posted["start"].get("timeZone", default_name)
    end_name = posted["end"].get("timeZone", start_name)
    zone, end_zone = zone_of(start_name), zone_of(end_name)
    all_day = bool(posted.get("isAllDay"))
    if all_day and (start != midnight(start.date()) or end != midnight(end.date()) or end <= start):
        raise ValueError("an all-day event starts and ends at midnight, at least a day apart")
    schedule = Schedule(
        posted=posted,
        start=start,
        end=end,
        zone=zone,
        end_zone=end_zone,
        start_name=start_name,
        end_name=end_name,
        rules={start_name: zone, end_name: end_zone},
        all_day=all_day,
    )
    if posted.get("recurrence") is None:
        return schedule
    limits = posted["recurrence"].get("range") or {}
    rule_name = limits.get("recurrenceTimeZone", start_name)
    rule_zone = real or known.get(rule_name) or known_zone(rule_name) or zone
    return _recurring(schedule, rule_name, rule_zone)


def _recurring(schedule: Schedule, rule_name: str, zone: ZoneInfo) -> Schedule:
    """The schedule of a series: on its recurrence zone's wall clock, beginning on the first matching date."""
    start, end = schedule.start, schedule.end
    if not schedule.all_day:
        start = wall_clock(start.replace(tzinfo=schedule.zone), zone)
        end = wall_clock(end.replace(tzinfo=schedule.end_zone), zone)
    recurrence = dict(schedule.posted["recurrence"])
    pattern = dict(recurrence["pattern"])
    pattern["dayOfMonth"] = pattern.get("dayOfMonth") or start.day
    pattern["month"] = pattern.get("month") or start.month
    recurrence["pattern"] = pattern
    rule = rule_of(recurrence, start.date(), clamp=True)
    first = rule.first()
    if first is None:
        raise ValueError("the series has no occurrence")
    shift = timedelta(days=first.toordinal() - start.toordinal())
    return replace(
        schedule,
        posted={**schedule.posted, "recurrence": recurrence},
        start=start + shift,
        end=end + shift,
        zone=zone,
        end_zone=zone,
        rules={rule_name: zone} | dict(schedule.rules),
        rule=rule,
        rule_name=rule_name,
    )


def rescheduled(posted: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The schedule members after a person's change: a new start alone keeps the length (and moves the series)."""
    changed = {**posted, **{key: changes[key] for key in SCHEDULE_MEMBERS if key in changes}}
    if "start" in changes:
        old, new = _wall(posted["start"]), _wall(changes["start"])
        if "timeZone" not in changes["start"] and "timeZone" in posted["start"]:
            changed["start"] = {**changes["start"], "timeZone": posted["start"]["timeZone"]}
        if "end" not in changes:
            end = (_wall(posted["end"]) - old) + new
            changed["end"] = {**changed["start"], "dateTime": end.isoformat()}
        if "recurrence" not in changes and posted.get("recurrence"):
            limits = {**(posted["recurrence"].get("range") or {"type": "noEnd"})}
            limits.pop("startDate", None)
            changed["recurrence"] = {**posted["recurrence"], "range": limits}
    return changed


def _wall(posted: Mapping[str, Any]) -> datetime:
    """A posted dateTimeTimeZone's local time; seven digits of a second are cut to six."""
    return datetime.fromisoformat(str(posted["dateTime"])).replace(tzinfo=None)


def _at(original: date, schedule: Schedule) -> datetime:
    return datetime.combine(original, schedule.start.time())
