"""Starts and ends: a day or an instant with its zone, read from requests and rendered into answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from calmirror.sandbox.google.errors import refused
from calmirror.sandbox.google.switches import GoogleSwitches

_DATE_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.\d+)?([Zz]|[+-]\d\d:?\d\d)?")


@dataclass(frozen=True, slots=True)
class Moment:
    """Either `day` (all-day) or `at` (an instant, UTC); `zone` is the IANA name it came with, or empty."""

    day: date | None = None
    at: datetime | None = None
    zone: str = ""

    def instant(self, calendar_zone: str) -> datetime:
        """The instant it stands for; a day begins at midnight of the calendar's zone."""
        if self.at is not None:
            return self.at
        assert self.day is not None
        return datetime.combine(self.day, time(), zone(calendar_zone)).astimezone(UTC)

    def wall(self) -> datetime:
        """What the wall clock of its own zone shows, without an offset."""
        if self.at is None:
            assert self.day is not None
            return datetime.combine(self.day, time())
        return self.at.astimezone(zone(self.zone or "UTC")).replace(tzinfo=None)

    def suffix(self) -> str:
        """How an instance id names it: the day, or the instant in UTC."""
        if self.at is None:
            assert self.day is not None
            return str(self.day).replace("-", "")
        return second(self.at).replace("-", "").replace(":", "")

    def raw(self) -> dict[str, str]:
        """As a request would state it."""
        if self.at is None:
            return {"date": str(self.day)}
        stated = {"dateTime": second(self.at)}
        return stated | ({"timeZone": self.zone} if self.zone else {})


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """The IANA zone of that name; ValueError for any other."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_+\-/]*", name):
        raise ValueError(name)
    try:
        return ZoneInfo(name)
    except (KeyError, OSError) as error:
        raise ValueError(name) from error


def instant(wall: datetime, zone_name: str, switches: GoogleSwitches) -> datetime:
    """The instant of a wall clock's reading, by the switches where it is skipped or repeated."""
    where = zone(zone_name)
    moment = wall.replace(tzinfo=where, fold=0).astimezone(UTC)
    skipped = moment.astimezone(where).replace(tzinfo=None) != wall
    later = switches.gap == "offset_after" if skipped else switches.fold == "second"
    return wall.replace(tzinfo=where, fold=int(later)).astimezone(UTC) if later else moment


def read_moment(stated: Any, side: str, switches: GoogleSwitches, *, recurring: bool) -> Moment:
    """Reads `start` or `end` (named by `side`) of a request; refuses as the service does."""
    if not isinstance(stated, Mapping) or not (stated.get("date") or stated.get("dateTime")):
        raise refused("required", f"Missing {side} time.")
    if stated.get("date") and stated.get("dateTime"):
        raise refused("invalid", f"Invalid {side} time.")
    zone_name = str(stated.get("timeZone") or "")
    if stated.get("date"):
        return Moment(day=_day(str(stated["date"]), side))
    if zone_name and not known_zone(zone_name):
        raise refused("invalid", f"Invalid time zone definition for {side} time.")
    match = _DATE_TIME.fullmatch(str(stated["dateTime"]))
    if match is None:
        raise refused("badRequest")
    if not zone_name and (recurring or not match[3]):
        raise refused("required", f"Missing time zone definition for {side} time.")
    try:
        if match[3]:
            at = datetime.fromisoformat(f"{match[1]}T{match[2]}{match[3].upper()}").astimezone(UTC)
        else:
            at = instant(datetime.fromisoformat(f"{match[1]}T{match[2]}"), zone_name, switches)
    except (ValueError, OverflowError) as error:
        raise refused("badRequest") from error
    return Moment(at=at, zone=zone_name)


def known_zone(name: str) -> bool:
    """Whether the service would take the name (IANA only, never a Windows name)."""
    try:
        zone(name)
    except ValueError:
        return False
    return True


def _day(text: str, side: str) -> date:
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            return date.fromisoformat(text)
    except ValueError as error:
        raise refused("invalid", f"Invalid {side} time.") from error
    raise refused("invalid", f"Invalid {side} time.")


def parameter_instant(text: str, name: str) -> datetime:
    """An RFC 3339 query parameter with its offset, without fractions of a second."""
    match = _DATE_TIME.fullmatch(text.replace(" ", "+"))
    if match is None or not match[3]:
        raise refused("badRequest", f"Invalid value for {name}.")
    try:
        return datetime.fromisoformat(f"{match[1]}T{match[2]}{match[3].upper()}").astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise refused("badRequest", f"Invalid value for {name}.") from error


def render_moment(moment: Moment, zone_name: str) -> dict[str, str]:
    """As answered: a date, or a dateTime in the calendar's (or the asked) zone and the name it came with."""
    if moment.at is None:
        return {"date": str(moment.day)}
    return {"dateTime": render_instant(moment.at, zone_name), "timeZone": moment.zone or zone_name}


def render_instant(at: datetime, zone_name: str) -> str:
    """RFC 3339 in a zone; `Z` where that zone is UTC."""
    if zone_name == "UTC":
        return second(at)
    local = at.astimezone(zone(zone_name))
    text = local.isoformat(timespec="seconds")
    if len(text) == len("2026-01-01T00:00:00+00:00"):
        return text
    # An offset with seconds (local mean time of old dates) is cut to minutes, RFC 3339 has no other.
    offset = local.utcoffset() or timedelta()
    cut = timezone(timedelta(minutes=offset // timedelta(minutes=1)))
    return at.astimezone(cut).isoformat(timespec="seconds")


def second(at: datetime) -> str:
    """An instant (UTC) with `Z`."""
    return at.isoformat(timespec="seconds")[:19] + "Z"


@lru_cache(maxsize=1024)
def milliseconds(micros: int) -> str:
    """A change's time as `updated` shows it."""
    return f"{second(datetime.fromtimestamp(micros // 1_000_000, UTC))[:-1]}.{micros // 1000 % 1000:03}Z"
