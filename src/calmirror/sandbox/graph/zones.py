"""Zone names as Microsoft writes them, and the wall clock of a zone turned into an instant."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tzlocal.windows_tz import tz_win, win_tz

from calmirror.sandbox.graph.switches import GraphSwitches

SECRET_NAMES = frozenset({"", "Customized Time Zone", "tzone://Microsoft/Custom"})
"""Names that do not tell the rules: only the mailbox knows them."""

IANA_NAMES = (
    "Etc/GMT+12", "Pacific/Honolulu", "America/Anchorage", "America/Los_Angeles", "America/Denver", "America/Phoenix",
    "America/Chicago", "America/New_York", "America/Halifax", "America/St_Johns", "America/Sao_Paulo", "Etc/GMT",
    "Europe/London", "Europe/Berlin", "Europe/Paris", "Europe/Athens", "Africa/Cairo", "Europe/Moscow", "Asia/Dubai",
    "Asia/Kolkata", "Asia/Kathmandu", "Asia/Shanghai", "Asia/Tokyo", "Australia/Adelaide", "Australia/Sydney",
    "Pacific/Auckland", "Pacific/Apia",
)  # fmt: skip

EARLIEST = datetime(1, 1, 1, tzinfo=UTC)
LATEST = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)


def known_zone(name: str) -> ZoneInfo | None:
    """The rules behind a Windows or IANA name; None where the name does not tell them."""
    if name.casefold() in ("utc", "tzone://microsoft/utc", "coordinated universal time"):
        return ZoneInfo("UTC")
    if name in SECRET_NAMES:
        return None
    try:
        return ZoneInfo(win_tz.get(name, name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def instant(wall: datetime, zone: ZoneInfo, switches: GraphSwitches) -> datetime:
    """The UTC instant of a wall-clock time; a skipped or repeated one as the switches say."""
    first, second = wall.replace(tzinfo=zone, fold=0), wall.replace(tzinfo=zone, fold=1)
    try:
        if first.utcoffset() == second.utcoffset():
            return first.astimezone(UTC)
        skipped = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != wall
        # For a skipped time Python's fold 0 keeps the offset from before the gap, which lands after it.
        early = switches.gap == "forward" if skipped else switches.repeated_hour == "first"
        return (first if early else second).astimezone(UTC)
    except OverflowError:
        return EARLIEST if wall.year < 5000 else LATEST


def wall_clock(moment: datetime, zone: ZoneInfo) -> datetime:
    """What a clock in the zone shows at an instant, without zone."""
    try:
        return moment.astimezone(zone).replace(tzinfo=None)
    except OverflowError:
        return moment.replace(tzinfo=None)


def midnight(day: date) -> datetime:
    """The first moment of a day on the wall clock."""
    return datetime.combine(day, time())


def wire_time(wall: datetime) -> str:
    """Graph's local time: seven digits of a second, no offset."""
    return f"{wall.isoformat(timespec='microseconds')}0"


def wire_stamp(seconds: float) -> str:
    """A UTC time stamp with trailing zeros of the fraction dropped, as in `createdDateTime`."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    fraction = f"{moment.microsecond:06}".rstrip("0")
    return f"{moment:%Y-%m-%dT%H:%M:%S}{'.' + fraction if fraction else ''}Z"


def windows_names() -> list[str]:
    """Every Windows zone name, in alphabetical order."""
    return sorted(win_tz)


def windows_name(name: str) -> str:
    """The Windows name of a zone; the name itself where it is one, and where Windows knows none."""
    return name if name in win_tz else tz_win.get(name, name)
