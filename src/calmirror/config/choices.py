"""What a value of a policy or a rule may be. Readers as in `values`: the value, or ValueError "must be …"."""

from __future__ import annotations

import re
from datetime import time
from typing import TYPE_CHECKING, TypeVar

from calmirror.config.values import name, plain, text
from calmirror.model.colors import COLORS
from calmirror.model.policy import Profile
from calmirror.translate import zones
from calmirror.translate.decide import PLACEHOLDERS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from enum import StrEnum
    from zoneinfo import ZoneInfo

Choice = TypeVar("Choice", bound="StrEnum")

LONGEST_REMINDER = 40320
"""Minutes; Google refuses more (four weeks)."""
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOURS = re.compile(r"([01]\d|2[0-4]):([0-5]\d)\s*-\s*([01]\d|2[0-4]):([0-5]\d)")
SENSITIVITY = {word: word for word in ("normal", "personal", "private", "confidential")}
SHOW_AS = {word: word for word in ("free", "tentative", "busy", "unknown")} | {
    "out-of-office": "oof",
    "working-elsewhere": "workingelsewhere",
}
RESPONSE = {word: word for word in ("accepted", "declined", "organizer", "none")} | {
    "tentative": "tentativelyaccepted",
    "unanswered": "notresponded",
}
"""What people write for Microsoft's words."""


def yes_or_no(value: object) -> bool:
    """A truth value."""
    if not isinstance(value, bool):
        raise ValueError("must be true or false, without quotes")  # noqa: TRY004 - all readers raise ValueError
    return value


def one_of(kind: type[Choice]) -> Callable[[object], Choice]:
    """A reader of one of an enumeration's words."""

    def read(value: object) -> Choice:
        return kind(known(value, list(kind)))

    return read


profile = one_of(Profile)


def visibility(value: object) -> str:
    """Whether Google shows the event to its owner alone, or as Outlook says."""
    return known(value, ("private", "default"))


def sign_in(value: object) -> str:
    """Who signs in to Microsoft."""
    return known(value, ("person", "app"))


def google_scope(value: object) -> str:
    """What is asked for at Google."""
    return known(value, ("app-created", "owned", "events", "calendar"))


def known(value: object, choices: Collection[str]) -> str:
    """One of some words, whatever the case."""
    word = value.lower() if isinstance(value, str) else ""
    if word not in choices:
        raise ValueError(f"must be {alternatives(choices)}" + meant(word, choices))
    return word


def alternatives(choices: Iterable[str]) -> str:
    """Words to choose from, as they are written in the file."""
    *others, last = (f'"{choice}"' for choice in choices)
    return f"{', '.join(others)} or {last}"


def meant(word: str, choices: Collection[str]) -> str:
    """Asks for the word that was probably meant."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a misspelt file needs it

    near = get_close_matches(word, choices, n=1)
    return f'; did you mean "{near[0]}"?' if near else ""


def listed(value: object) -> list[object]:
    """One value, or a list of at least one."""
    if value == []:
        raise ValueError("must not be an empty list")
    return value if isinstance(value, list) else [value]


def any_of(words_of: Mapping[str, str]) -> Callable[[object], tuple[str, ...]]:
    """A reader of one or more of the words, as Microsoft calls them."""

    def read(value: object) -> tuple[str, ...]:
        return tuple(words_of[known(word, words_of)] for word in listed(value))

    return read


def words(value: object) -> tuple[str, ...]:
    """One or more names that compare without regard to case."""
    return tuple(text(word).lower() for word in listed(value))


def domains(value: object) -> tuple[str, ...]:
    """One or more mail domains."""
    return tuple(plain(domain).lower() for domain in listed(value))


def weekdays(value: object) -> frozenset[int]:
    """One or more days of the week, Monday being 0."""
    return frozenset(DAYS.index(known(day, DAYS)) for day in listed(value))


def hours(value: object) -> tuple[time, time]:
    """A part of the day, over midnight where it ends before it begins."""
    found = HOURS.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise ValueError('must be two times of day, like "09:00-17:30"')
    first, last = (clock(int(found[part]), int(found[part + 1])) for part in (1, 3))
    if first == last:
        raise ValueError("must not begin and end at the same time")
    return first, last


def clock(hour: int, minute: int) -> time:
    """A time of day; 24:00 is midnight."""
    if hour == 24 and minute:
        raise ValueError("must not go beyond 24:00")
    return time(hour % 24, minute)


def zone(value: object) -> ZoneInfo:
    """A time zone by the name that the world or Windows has for it."""
    found = zones.zone(text(value))
    if found is None:
        from zoneinfo import available_timezones  # noqa: PLC0415 - only a misspelt file needs it

        example = "must be a time zone, like Europe/Berlin"
        raise ValueError(example + meant(text(value), sorted(available_timezones())))
    return found


def color(value: object) -> str:
    """One of Google's eleven colours, by name or number."""
    if not isinstance(value, bool) and str(value) in COLORS.values():
        return str(value)
    colors = {color.lower(): number for color, number in COLORS.items()}
    word = value.lower() if isinstance(value, str) else ""
    if word not in colors:
        raise ValueError(f"must be a number from 1 to 11 or one of {', '.join(COLORS)}" + meant(word, colors))
    return colors[word]


def reminder(value: object) -> int | str:
    """Minutes before the start, or where the reminder is taken from."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LONGEST_REMINDER:
        return value
    if value in {"none", "default", "source"}:
        return str(value)
    raise ValueError(f'must be minutes from 0 to {LONGEST_REMINDER}, or "none", "default" or "source"')


def template(value: object) -> str:
    """A title that may ask for parts of the event."""
    title = name(value)
    for asked in re.findall(r"\{(.*?)(?:\}|$)", title):
        if asked not in PLACEHOLDERS:
            ways = ", ".join(f"{{{placeholder}}}" for placeholder in PLACEHOLDERS)
            raise ValueError(f"must have nothing else in braces than {ways}" + meant(asked, PLACEHOLDERS))
    return title
