"""Instances of a recurring mirror event: what one is where nothing of its own is wanted, and which ones there are."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from calmirror.model.mirror import DesiredEvent
from calmirror.model.times import as_instant, rfc3339
from calmirror.plan.content import moment_of

if TYPE_CHECKING:
    from collections.abc import Mapping


def plain_instance(series: DesiredEvent, suffix: str) -> DesiredEvent:
    """The occurrence of a series as it is without any change of its own; `suffix` as in its id."""
    body = {name: value for name, value in series.body.items() if name != "recurrence"}
    start, end = _times(series.body, suffix)
    return DesiredEvent(
        part=f"override:{suffix}",
        body=body | {"start": start, "end": end},
        instance=suffix,
        show=series.show,
        starts=as_instant(moment_of(start)).isoformat(),
        ends=as_instant(moment_of(end)).isoformat(),
    )


def kept_at(part: DesiredEvent, there: Mapping[str, Any]) -> DesiredEvent:
    """The same at the time of an event that is there."""
    body = {**part.body, "start": there["start"], "end": there["end"]}
    starts, ends = (as_instant(moment_of(there[edge])).isoformat() for edge in ("start", "end"))
    return replace(part, body=body, starts=starts, ends=ends)


def same_day(before: Mapping[str, Any], after: Mapping[str, Any], suffix: str) -> str:
    """The instance that a rescheduled series has on the day on which it had this one; "" where it has none.

    `before` and `after` are bodies of the recurring event.
    """
    first = _local(after["start"])
    there = datetime.combine(_first_time(before, suffix).date(), first.time(), first.tzinfo)
    if not _occurs(after, first, there):
        return ""
    return f"{there:%Y%m%d}" if first.tzinfo is None else f"{there.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _occurs(body: Mapping[str, Any], first: datetime, at: datetime) -> bool:
    """Whether a recurring event that begins at `first` has an occurrence then, called off or not."""
    from dateutil.rrule import rrulestr  # noqa: PLC0415 - an idle run never expands a rule

    rule = next((line for line in body.get("recurrence") or () if line.startswith("RRULE:")), "")
    return bool(rule) and rrulestr(rule, dtstart=first).after(at, inc=True) == at


def _times(body: Mapping[str, Any], suffix: str) -> tuple[dict[str, str], dict[str, str]]:
    """Start and end of an instance, the length by the wall clock, as Google repeats it."""
    start = _first_time(body, suffix)
    if "date" in body["start"]:
        days = date.fromisoformat(body["end"]["date"]) - date.fromisoformat(body["start"]["date"])
        return {"date": start.date().isoformat()}, {"date": (start.date() + days).isoformat()}
    zone = ZoneInfo(body["start"]["timeZone"])
    length = _local(body["end"]).replace(tzinfo=None) - _local(body["start"]).replace(tzinfo=None)
    return _stated(_instant(suffix).astimezone(zone), zone), _stated((start + length).replace(tzinfo=zone), zone)


def _stated(at: datetime, zone: ZoneInfo) -> dict[str, str]:
    return {"dateTime": rfc3339(at), "timeZone": zone.key}


def _first_time(body: Mapping[str, Any], suffix: str) -> datetime:
    """When an instance begins at first, by the wall clock of its series; midnight of a whole day."""
    if "T" not in suffix:
        return datetime.combine(date(int(suffix[:4]), int(suffix[4:6]), int(suffix[6:8])), time())
    return _instant(suffix).astimezone(ZoneInfo(body["start"].get("timeZone") or "UTC")).replace(tzinfo=None)


def _instant(suffix: str) -> datetime:
    return datetime.strptime(suffix, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def _local(value: Mapping[str, str]) -> datetime:
    """A `start` or `end` on the clock of its zone; midnight without a zone of a whole day."""
    at = moment_of(value)
    if not isinstance(at, datetime):
        return datetime.combine(at, time())
    return at.astimezone(ZoneInfo(value.get("timeZone") or "UTC"))
