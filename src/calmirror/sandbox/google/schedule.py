"""A series' `recurrence` lines: rules, added and excluded starts, and the occurrences they make."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from heapq import merge

from calmirror.sandbox.google.errors import refused
from calmirror.sandbox.google.moments import Moment, instant, known_zone
from calmirror.sandbox.google.recurrence import InvalidRuleError, Rule, parse_rule, starts
from calmirror.sandbox.google.switches import GoogleSwitches

LAST = datetime(2200, 1, 1)  # noqa: DTZ001 -- a wall clock's reading has no zone
SLACK = timedelta(days=2)
NAMED = re.compile(r"(RRULE|EXRULE|RDATE|EXDATE)((?:;[A-Za-z-]+=[^:;]+)*):(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Schedule:
    """Parsed lines. `added` and `excluded` hold dates or UTC instants, of the series' own kind only."""

    rules: tuple[Rule, ...] = ()
    excluding_rules: tuple[Rule, ...] = ()
    added: tuple[Moment, ...] = ()
    excluded: frozenset[str] = frozenset()
    """The suffixes of excluded starts."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One computed instance."""

    start: Moment
    end: Moment


def parse_schedule(lines: Sequence[str], start: Moment, switches: GoogleSwitches) -> Schedule:
    """Reads `recurrence`; refuses what the service refuses."""
    rules: list[Rule] = []
    excluding: list[Rule] = []
    added: list[Moment] = []
    excluded: set[str] = set()
    for line in lines:
        match = NAMED.fullmatch(line) if isinstance(line, str) else None
        if match is None:
            raise refused("invalid", "Invalid recurrence rule.")
        try:
            if match[1] in ("RRULE", "EXRULE"):
                rule = parse_rule(match[3], all_day=start.at is None)
                (rules if match[1] == "RRULE" else excluding).append(rule)
                continue
            dates = _dates(match[2], match[3], start, switches)
        except InvalidRuleError as error:
            raise refused("invalid", "Invalid recurrence rule.") from error
        if match[1] == "RDATE":
            added += dates
        else:
            excluded.update(moment.suffix() for moment in dates)
    return Schedule(tuple(rules), tuple(excluding), tuple(added), frozenset(excluded))


def _dates(parameters: str, values: str, start: Moment, switches: GoogleSwitches) -> list[Moment]:
    """The moments of an RDATE or EXDATE line; those of another kind than the start are accepted and lost."""
    named = dict(piece.upper().split("=", 1) for piece in parameters.split(";") if piece)
    zones = dict(piece.split("=", 1) for piece in parameters.split(";") if piece.upper().startswith("TZID="))
    zone_name = next(iter(zones.values()), start.zone or "UTC")
    if named.get("VALUE", "DATE-TIME") not in ("DATE", "DATE-TIME") or not known_zone(zone_name):
        raise InvalidRuleError(parameters)
    moments = [_moment(text.strip(), zone_name, start.zone, switches) for text in values.split(",")]
    return [moment for moment in moments if (moment.at is None) == (start.at is None)]


def _moment(text: str, zone_name: str, own_zone: str, switches: GoogleSwitches) -> Moment:
    try:
        if re.fullmatch(r"\d{8}", text):
            return Moment(day=date(int(text[:4]), int(text[4:6]), int(text[6:])))
        if re.fullmatch(r"\d{8}T\d{6}Z?", text):
            wall = datetime.strptime(text[:15], "%Y%m%dT%H%M%S")  # noqa: DTZ007 -- read in its zone below
            at = wall.replace(tzinfo=UTC) if text.endswith("Z") else instant(wall, zone_name, switches)
            return Moment(at=at, zone=own_zone)
    except ValueError as error:
        raise InvalidRuleError(text) from error
    raise InvalidRuleError(text)


@dataclass(frozen=True, slots=True)
class Series:
    """A series ready to be expanded."""

    start: Moment
    end: Moment
    schedule: Schedule
    switches: GoogleSwitches

    def occurrences(self, calendar_zone: str, after: datetime, before: datetime) -> Iterator[Occurrence]:
        """Those that overlap (after, before), in order, exclusions applied; days lie in the calendar's zone."""
        length = self.end.wall() - self.start.wall()
        low = _wall(after) - max(length, timedelta()) - SLACK
        for start in self._starts(low, min(_wall(before) + SLACK, LAST)):
            if start.suffix() in self.schedule.excluded:
                continue
            end = self.end_of(start, length)
            if start.instant(calendar_zone) < before and end.instant(calendar_zone) > after:
                yield Occurrence(start, end)

    def _starts(self, low: datetime, high: datetime) -> Iterator[Moment]:
        hidden = {moment for rule in self.schedule.excluding_rules for moment in self._of(rule, low, high)}
        added = sorted((m for m in self.schedule.added if low <= m.wall() < high), key=_order)
        streams = [self._of(rule, low, high) for rule in self.schedule.rules]
        if not streams:
            streams = [iter([self.start] if low <= self.start.wall() < high else [])]
        last: Moment | None = None
        for moment in merge(*streams, added, key=_order):
            if moment != last and moment not in hidden:
                yield moment
            last = moment

    def _of(self, rule: Rule, low: datetime, high: datetime) -> Iterator[Moment]:
        first = self.start.wall()
        for wall in starts(rule, first, low, high):
            moment = self.start if wall == first else self._at(wall)
            if rule.until is not None and wall != first and (moment.at or moment.day) > rule.until:  # type: ignore[operator] # both are of the start's kind
                return
            yield moment

    def _at(self, wall: datetime) -> Moment:
        if self.start.at is None:
            return Moment(day=wall.date())
        return Moment(at=instant(wall, self.start.zone, self.switches), zone=self.start.zone)

    def end_of(self, start: Moment, length: timedelta) -> Moment:
        """When the occurrence that starts then is over, given the length of the first one on the wall clock."""
        if start.day is not None:
            return Moment(day=start.day + length)
        assert start.at is not None
        assert self.start.at is not None
        assert self.end.at is not None
        if self.switches.instance_end == "wall":
            return Moment(at=instant(start.wall() + length, start.zone, self.switches), zone=self.end.zone)
        return Moment(at=start.at + (self.end.at - self.start.at), zone=self.end.zone)


def _order(moment: Moment) -> datetime:
    return moment.at.replace(tzinfo=None) if moment.at else moment.wall()


def _wall(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(tzinfo=None)
