"""Time zone names: what Outlook writes, as names of the IANA time zone database.

Outlook names a zone in Windows' words ("W. Europe Standard Time"), in IANA's, in a few odd spellings of its
own, or not at all (custom zones). A name that is not known stays unknown, `None`: to take the machine's zone
for it would move events.

An IANA name passes through as it was written. For a Windows name the Unicode CLDR table decides, which keeps
the oldest name of each zone (Europe/Kiev, Asia/Calcutta). That is wanted: every time zone database knows these,
while a renamed zone takes years to arrive everywhere.
"""

from __future__ import annotations

from functools import cache, lru_cache
from importlib import import_module
from pathlib import Path
from zoneinfo import ZoneInfo

# Names that Outlook is known to send and that neither table has, case-folded.
_ALIASES = {
    "tzone://microsoft/utc": "UTC",
    "coordinated universal time": "UTC",
    "kamchatka standard time": "Asia/Kamchatka",
    "mid-atlantic standard time": "Etc/GMT+2",
    "armenian standard time": "Asia/Yerevan",
    "mexico standard time": "America/Mexico_City",
    "mexico standard time 2": "America/Mazatlan",
    "europe/kyiv (kiev)": "Europe/Kiev",
    "asia/astana (almaty)": "Asia/Almaty",
}

POSSIBLE: tuple[str, ...] = (
    *("Europe/Berlin", "Europe/London", "Europe/Bucharest", "UTC"),
    *("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Halifax"),
    *(
        "Asia/Calcutta",
        "Asia/Shanghai",
        "Asia/Tokyo",
        "Asia/Bangkok",
        "Asia/Dubai",
        "Asia/Karachi",
        "Asia/Dhaka",
    ),
    *("Australia/Sydney", "Australia/Brisbane", "Australia/Adelaide", "Australia/Darwin", "Pacific/Auckland"),
    *("America/Sao_Paulo", "America/Mexico_City", "America/Bogota", "America/Caracas", "America/Santiago"),
    *("America/Phoenix", "America/Anchorage", "Pacific/Honolulu", "America/St_Johns"),
    *("Africa/Lagos", "Africa/Johannesburg", "Africa/Nairobi", "Africa/Cairo", "Africa/Casablanca"),
    *("Asia/Jerusalem", "Asia/Beirut", "Asia/Hebron", "Europe/Chisinau"),
    *("Asia/Tehran", "Asia/Kabul", "Asia/Katmandu", "Asia/Rangoon", "Pacific/Guadalcanal", "Pacific/Fiji"),
    *(
        "America/Havana",
        "America/Godthab",
        "America/Miquelon",
        "America/Adak",
        "Atlantic/Azores",
        "Atlantic/Cape_Verde",
    ),
    *("Pacific/Easter", "Pacific/Norfolk", "Pacific/Chatham", "Pacific/Apia", "Pacific/Kiritimati"),
    *("Australia/Lord_Howe", "Australia/Eucla", "Pacific/Marquesas", "Antarctica/Troll"),
    *("Etc/GMT+2", "Etc/GMT+8", "Etc/GMT+9", "Etc/GMT+11", "Etc/GMT+12"),
)
"""One zone for each set of present-day rules in the world, the most used first.

They are for finding out by trial what a custom zone really is.
"""


@lru_cache
def iana(name: str) -> str | None:
    """The IANA name of a zone that Outlook calls `name`; `None` when the name is unknown, custom or empty.

    Letter case and surrounding blanks do not matter. The answer is always a name that `zoneinfo` can load.
    """
    key = name.strip().casefold()
    return _ALIASES.get(key) or _iana_names().get(key) or _windows_names().get(key)


@lru_cache
def zone(name: str) -> ZoneInfo | None:
    """The rules of the zone that Outlook calls `name`; `None` when it is unknown."""
    known = iana(name)
    return ZoneInfo(known) if known else None


@cache
def _iana_names() -> dict[str, str]:
    # A fixed list, not what the machine's database can open: there "localtime" is a zone too, its own.
    # Not by importlib.resources, which is slow to import.
    names = Path(import_module("tzdata").__path__[0]).joinpath("zones").read_text("utf-8").split()
    return {name.casefold(): name for name in names if name != "Factory"}


@cache
def _windows_names() -> dict[str, str]:
    from tzlocal.windows_tz import win_tz  # noqa: PLC0415 - slow to import, and most mailboxes never need it

    return {windows.casefold(): name for windows, name in win_tz.items()}
