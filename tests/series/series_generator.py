"""Series of every kind, generated: patterns, ranges, zones, lengths, ages, odd nights, exceptions and holes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import product
from random import Random
from typing import Any

ZONES = (
    "W. Europe Standard Time",
    "Pacific Standard Time",
    "Eastern Standard Time",
    "GMT Standard Time",
    "India Standard Time",
    "Tokyo Standard Time",
    "AUS Eastern Standard Time",
    "New Zealand Standard Time",
    "E. South America Standard Time",
    "Pacific SA Standard Time",
    "Lord Howe Standard Time",
    "Europe/Dublin",
    "Africa/Casablanca",
    "Newfoundland Standard Time",
    "UTC",
)
REAL = ("Europe/Berlin", "America/New_York", "Australia/Sydney", "Asia/Tokyo", "America/Santiago")
CUSTOM = ("Customized Time Zone", "tzone://Microsoft/Custom", "")
DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
PATTERNS = (
    {"type": "daily"},
    {"type": "weekly"},
    {"type": "weekly", "days": 3},
    {"type": "absoluteMonthly"},
    {"type": "absoluteMonthly", "dayOfMonth": 31},
    {"type": "absoluteMonthly", "dayOfMonth": 29},
    {"type": "relativeMonthly"},
    {"type": "relativeMonthly", "days": 5},
    {"type": "absoluteYearly"},
    {"type": "relativeYearly"},
)
RANGES = ("noEnd", "endDate", "numbered")
SHAPES = ("hour", "hour", "midnight", "night", "gap", "26h", "allday", "allday3")


@dataclass
class Made:
    """One generated series: what to post, and the zone that is behind a name nobody knows."""

    event: dict[str, Any]
    real_zone: str | None
    moved: list[int] = field(default_factory=list)
    cancelled: list[int] = field(default_factory=list)


def generate(seed: int, count: int, today: date) -> list[Made]:
    """`count` series, the same for the same seed, every pattern with every range and every zone in turn."""
    random = Random(seed)
    grid = list(product(PATTERNS, RANGES))
    return [_made(random, number, *grid[number % len(grid)], today) for number in range(count)]


def _made(random: Random, number: int, pattern: dict[str, Any], ends: str, today: date) -> Made:
    zone = ZONES[number % len(ZONES)]
    custom = number % 23 == 5
    first = today + timedelta(days=random.randint(-1500, 250) if number % 3 else random.randint(-60, 60))
    shape = SHAPES[random.randrange(len(SHAPES))]
    start, length = _time(random, first, shape)
    recurrence = {
        "pattern": _pattern(random, pattern, first),
        "range": _range(random, ends, first, today, yearly="Yearly" in pattern["type"]),
    }
    name = CUSTOM[number % len(CUSTOM)] if custom else zone
    recurrence["range"]["recurrenceTimeZone"] = name
    event = {
        "subject": f"Series {number} {pattern['type']} {ends} {shape}",
        "start": {"dateTime": start.isoformat(), "timeZone": name},
        "end": {"dateTime": (start + length).isoformat(), "timeZone": name},
        "isAllDay": shape.startswith("allday"),
        "recurrence": recurrence,
    }
    changes = random.sample(range(1, 12), 4)
    return Made(
        event,
        REAL[number % len(REAL)] if custom else None,
        changes[: random.randrange(3)],
        changes[2 : 2 + random.randrange(3)],
    )


def _time(random: Random, first: date, shape: str) -> tuple[datetime, timedelta]:
    day = datetime.combine(first, datetime.min.time())
    match shape:
        case "allday":
            return day, timedelta(days=1)
        case "allday3":
            return day, timedelta(days=3)
        case "midnight":
            return day + timedelta(hours=23, minutes=15), timedelta(hours=2)
        case "night":
            return day + timedelta(hours=22), timedelta(hours=8)
        case "gap":
            return day + timedelta(hours=random.choice((0, 1, 2, 2, 3)), minutes=30), timedelta(minutes=45)
        case "26h":
            return day + timedelta(hours=random.randrange(24)), timedelta(hours=26)
    return day + timedelta(minutes=15 * random.randrange(96)), timedelta(minutes=random.choice((15, 30, 60)))


def _pattern(random: Random, wanted: dict[str, Any], first: date) -> dict[str, Any]:
    kind = wanted["type"]
    interval = {"daily": (1, 1, 3), "weekly": (1, 2, 3), "absoluteYearly": (1,), "relativeYearly": (1,)}
    made: dict[str, Any] = {"type": kind, "interval": random.choice(interval.get(kind, (1, 2)))}
    if "weekly" in kind or "relative" in kind:
        made["daysOfWeek"] = random.sample(DAYS, wanted.get("days", 1))
    if kind == "weekly":
        made["firstDayOfWeek"] = random.choice(("sunday", "monday"))
    if "relative" in kind:
        made["index"] = random.choice(("first", "second", "third", "fourth", "last"))
    if "absolute" in kind:
        made["dayOfMonth"] = wanted.get("dayOfMonth", random.randint(1, 28))
    if "Yearly" in kind:
        made["month"] = random.randint(1, 12)
        if kind == "absoluteYearly" and random.random() < 0.3:
            made |= {"month": 2, "dayOfMonth": 29}
    return made


def _range(random: Random, ends: str, first: date, today: date, *, yearly: bool) -> dict[str, Any]:
    made: dict[str, Any] = {"type": ends, "startDate": first.isoformat()}
    if ends == "endDate":
        lasts = random.randint(400, 900) if yearly else random.randint(70, 500)
        made["endDate"] = (max(first, today) + timedelta(days=lasts)).isoformat()
    if ends == "numbered":
        made["numberOfOccurrences"] = random.randint(5, 700)
    return made
