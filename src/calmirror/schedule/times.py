"""How often, and when within that: the same every day, and spread over machines and configurations."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from hashlib import sha256

MINUTE, HOUR, DAY = 60, 3600, 86400
UNITS = {"m": MINUTE, "h": HOUR}


def interval(text: str) -> int:
    """Seconds of "15m" or "2h"; ValueError "must be …" for what does not divide an hour or a day evenly."""
    found = re.fullmatch(r"(\d{1,4})\s*([mh])", text.strip().lower())
    seconds = int(found[1]) * UNITS[found[2]] if found else 0
    if seconds and not HOUR % seconds:
        return seconds
    if seconds and not (seconds % HOUR or DAY % seconds):
        return seconds
    raise ValueError(
        "must be 1, 2, 3, 4, 5, 6, 10, 12, 15, 20 or 30 minutes (15m), or 1, 2, 3, 4, 6, 8, 12 or 24 hours (2h)"
    )


def offset(every: int, *seeds: str) -> int:
    """Seconds after midnight of the day's first run: always the same for the same seeds."""
    return int.from_bytes(sha256("\0".join(seeds).encode(errors="surrogateescape")).digest()[:8]) % every


def slots(every: int, first: int) -> tuple[list[int], list[int]]:
    """The minutes, and the hours where they are not all, in which runs begin."""
    if every <= HOUR:
        return sorted((first + run) // MINUTE % 60 for run in range(0, HOUR, every)), []
    return [first // MINUTE % 60], sorted((first + run) // HOUR % 24 for run in range(0, DAY, every))


def following(every: int, first: int, now: datetime) -> datetime:
    """When the next run begins, in the zone of `now`."""
    since_midnight = now.hour * HOUR + now.minute * MINUTE + now.second
    return now.replace(microsecond=0) + timedelta(seconds=(first - since_midnight) % every)


def told(every: int) -> str:
    """An interval in words."""
    number, unit = (every // HOUR, "hour") if every % HOUR == 0 else (every // MINUTE, "minute")
    return f"every {unit}" if number == 1 else f"every {number} {unit}s"
