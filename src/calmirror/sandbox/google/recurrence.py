"""Recurrence rules on the wall clock: parsed strictly, expanded period by period, from any window on."""

from __future__ import annotations

import calendar
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
DAY = timedelta(days=1)


class InvalidRuleError(ValueError):
    """A recurrence line that the service would refuse."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One RRULE. `by_day` holds (ordinal or 0, weekday with Monday 0); `until` is a date or a UTC instant."""

    freq: str
    interval: int = 1
    count: int | None = None
    until: date | datetime | None = None
    by_day: tuple[tuple[int, int], ...] = ()
    by_month_day: tuple[int, ...] = ()
    by_month: tuple[int, ...] = ()
    by_set_pos: tuple[int, ...] = ()
    week_start: int = 0


def parse_rule(text: str, *, all_day: bool) -> Rule:
    """Reads what follows `RRULE:`; raises InvalidRuleError."""
    parts = dict(_part(piece) for piece in text.strip().removesuffix(";").split(";"))
    freq = parts.pop("FREQ", "")
    if freq not in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY") or parts.keys() - _PARTS:
        raise InvalidRuleError(text)
    if "COUNT" in parts and "UNTIL" in parts:
        raise InvalidRuleError(text)
    rule = Rule(
        freq=freq,
        interval=_number(parts.get("INTERVAL", "1"), 1, 10_000),
        count=_number(parts["COUNT"], 1, 100_000) if "COUNT" in parts else None,
        until=_until(parts["UNTIL"], all_day=all_day) if "UNTIL" in parts else None,
        by_day=tuple(_weekday(day) for day in _listed(parts, "BYDAY")),
        by_month_day=tuple(_number(day, -31, 31) for day in _listed(parts, "BYMONTHDAY")),
        by_month=tuple(_number(month, 1, 12) for month in _listed(parts, "BYMONTH")),
        by_set_pos=tuple(_number(position, -366, 366) for position in _listed(parts, "BYSETPOS")),
        week_start=_weekday(parts.get("WKST", "MO"))[1],
    )
    ordinals = any(ordinal for ordinal, _ in rule.by_day)
    if 0 in rule.by_month_day + rule.by_set_pos or (ordinals and freq in ("DAILY", "WEEKLY")):
        raise InvalidRuleError(text)
    return rule


_PARTS = {"INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST"}


def _part(piece: str) -> tuple[str, str]:
    name, equals, value = piece.partition("=")
    if not equals or not value:
        raise InvalidRuleError(piece)
    return name.strip().upper(), value.strip().upper()


def _listed(parts: dict[str, str], name: str) -> list[str]:
    return parts[name].split(",") if name in parts else []


def _number(text: str, lowest: int, highest: int) -> int:
    if not re.fullmatch(r"[+-]?\d{1,6}", text) or not lowest <= int(text) <= highest:
        raise InvalidRuleError(text)
    return int(text)


def _weekday(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)", text)
    if not match or match[1] in ("0", "+0", "-0"):
        raise InvalidRuleError(text)
    return int(match[1] or 0), WEEKDAYS.index(match[2])


def _until(text: str, *, all_day: bool) -> date | datetime:
    # A timed series takes only the UTC form, an all-day one the date; a UTC form is cut down to its date.
    try:
        if re.fullmatch(r"\d{8}T\d{6}Z", text):
            moment = datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            return moment.date() if all_day else moment
        if re.fullmatch(r"\d{8}", text):
            day = datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC)
            return day.date() if all_day else day + DAY - timedelta(seconds=1)
    except ValueError as error:
        raise InvalidRuleError(text) from error
    raise InvalidRuleError(text)


def starts(rule: Rule, first: datetime, after: datetime, before: datetime) -> Iterator[datetime]:
    """The wall-clock starts within [after, before), `first` always being one; UNTIL is the caller's to apply."""
    left = rule.count if rule.count is not None else -1
    if after <= first < before:
        yield first
    left -= 1
    skipped = 0 if rule.count is not None else _periods_before(rule, first, after)
    for period in itertools.count(skipped):
        opening = _opening(rule, first, period)
        if left == 0 or opening is None or opening > before.date():
            return
        for day in _chosen(rule, first, opening):
            start = datetime.combine(day, first.time())
            if start <= first:
                continue
            if left == 0 or start >= before:
                return
            left -= 1
            if start >= after:
                yield start


def _periods_before(rule: Rule, first: datetime, after: datetime) -> int:
    """How many whole periods can be jumped over."""
    days = (after - first).days
    length = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 31, "YEARLY": 366}[rule.freq]
    return max(0, days // (length * rule.interval) - 1)


def _opening(rule: Rule, first: datetime, period: int) -> date | None:
    """The first day of a period; None beyond the end of the calendar."""
    steps = period * rule.interval
    day = first.date()
    try:
        if rule.freq == "DAILY":
            return day + steps * DAY
        if rule.freq == "WEEKLY":
            return day - (day.weekday() - rule.week_start) % 7 * DAY + 7 * steps * DAY
        if rule.freq == "MONTHLY":
            years, month = divmod(day.month - 1 + steps, 12)
            return date(day.year + years, month + 1, 1)
        return date(day.year + steps, 1, 1)
    except (ValueError, OverflowError):
        return None


def _chosen(rule: Rule, first: datetime, opening: date) -> list[date]:
    days = sorted({day for day in _candidates(rule, first, opening) if _in_month(rule, day)})
    if not rule.by_set_pos:
        return days
    positions = {(position - 1 if position > 0 else len(days) + position) for position in rule.by_set_pos}
    return [day for index, day in enumerate(days) if index in positions]


def _in_month(rule: Rule, day: date) -> bool:
    return not rule.by_month or day.month in rule.by_month


def _candidates(rule: Rule, first: datetime, opening: date) -> Iterable[date]:
    if rule.freq == "DAILY":
        return [opening] if _matches(rule, opening) else []
    if rule.freq == "WEEKLY":
        weekdays = {weekday for _, weekday in rule.by_day} or {first.weekday()}
        days = [opening + step * DAY for step in range(7)]
        return [day for day in days if day.weekday() in weekdays and _on_month_day(rule, day)]
    if rule.freq == "MONTHLY":
        return _of_month(rule, first, opening.year, opening.month)
    return _of_year(rule, first, opening.year)


def _matches(rule: Rule, day: date) -> bool:
    weekdays = {weekday for _, weekday in rule.by_day}
    return (not weekdays or day.weekday() in weekdays) and _on_month_day(rule, day)


def _on_month_day(rule: Rule, day: date) -> bool:
    last = calendar.monthrange(day.year, day.month)[1]
    return not rule.by_month_day or bool({day.day, day.day - last - 1} & set(rule.by_month_day))


def _of_month(rule: Rule, first: datetime, year: int, month: int) -> list[date]:
    last = calendar.monthrange(year, month)[1]
    days = [date(year, month, number) for number in range(1, last + 1)]
    if not rule.by_day and not rule.by_month_day:
        return [day for day in days if day.day == first.day]
    return _filtered(rule, days)


def _of_year(rule: Rule, first: datetime, year: int) -> list[date]:
    if rule.by_day and not rule.by_month:
        whole = [date(year, 1, 1) + step * DAY for step in range(366 if calendar.isleap(year) else 365)]
        return _filtered(rule, whole)
    months = rule.by_month or (range(1, 13) if rule.by_month_day else (first.month,))
    return [day for month in months for day in _of_month(rule, first, year, month)]


def _filtered(rule: Rule, days: list[date]) -> list[date]:
    kept = [day for day in days if _on_month_day(rule, day)]
    if not rule.by_day:
        return kept
    allowed: set[date] = set()
    for ordinal, weekday in rule.by_day:
        same = [day for day in days if day.weekday() == weekday]
        if ordinal == 0:
            allowed.update(same)
        elif abs(ordinal) <= len(same):
            allowed.add(same[ordinal - 1 if ordinal > 0 else ordinal])
    return [day for day in kept if day in allowed]
