"""What the mirror may show of an event: profiles, rules and choices, as data. `translate.decide` applies it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import time
from enum import StrEnum
from zoneinfo import ZoneInfo


class Profile(StrEnum):
    """How much of an event is shown."""

    FULL = "full"
    NO_DETAILS = "no-details"
    """Title, time and place."""
    BUSY = "busy"
    """Times only, under a title of the person's choice."""


class Shown(StrEnum):
    """Whether events of a kind are mirrored."""

    SHOW = "show"
    SKIP = "skip"


class OnDrift(StrEnum):
    """What becomes of a change that a person made to a mirrored event."""

    KEEP = "keep"
    RESTORE = "restore"


class Watch(StrEnum):
    """How often it is looked whether a person changed or deleted mirrored events."""

    EVERY_RUN = "every-run"
    DAILY = "daily"
    NEVER = "never"


class DeletedInGoogle(StrEnum):
    """What becomes of a mirrored event that a person deleted in Google."""

    RESTORE = "restore"
    RESPECT = "respect"


class Past(StrEnum):
    """What becomes of mirrored events that leave the window."""

    KEEP = "keep"
    PRUNE = "prune"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """When a rule applies: all that is given must hold, of a list any one. Words compare without regard to case.

    `title` and `organizer` (name or address) are searched for. `weekdays` are 0 (Monday) to 6 and, like `hours`
    (`[from, to)`, over midnight when `to` is earlier), taken of the start in `zone`; an all-day event has no hour.
    `longer_than` and `shorter_than` are minutes. `given` names the fields that are set: only these are looked at.
    """

    categories: tuple[str, ...] = ()
    sensitivity: tuple[str, ...] = ()
    show_as: tuple[str, ...] = ()
    response: tuple[str, ...] = ()
    title: re.Pattern[str] | None = None
    organizer: re.Pattern[str] | None = None
    organizer_domains: tuple[str, ...] = ()
    all_day: bool | None = None
    online: bool | None = None
    weekdays: frozenset[int] = frozenset()
    hours: tuple[time, time] | None = None
    zone: ZoneInfo | None = None
    longer_than: int | None = None
    shorter_than: int | None = None
    given: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Finds what is given, once: thousands of events are held against each condition."""
        asked = (each.name for each in fields(self) if each.init and each.name != "zone")
        given = tuple(name for name in asked if getattr(self, name) not in ((), None, frozenset()))
        object.__setattr__(self, "given", given)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a rule does; None leaves the mirror's own setting. `title` may use {title}, {organizer}, {category}.

    `color` is Google's "1" to "11". `reminder` is minutes, "none", "default" (the calendar's) or "source".
    `visibility` is "private" or "default".
    """

    skip: bool = False
    profile: Profile | None = None
    title: str | None = None
    color: str | None = None
    reminder: int | str | None = None
    visibility: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The first rule whose condition holds is applied, alone. `name` is what the person calls it."""

    name: str
    when: Condition
    then: Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """All choices of one mirror. The defaults are what a careful person would choose.

    `private_details`: whether events that are private in Outlook keep their content (they are private in Google
    either way). `colors` maps category names (lower case) to Google's colour ids.
    """

    profile: Profile = Profile.FULL
    busy_title: str = "Busy"
    private_details: bool = False
    cancelled: Shown = Shown.SKIP
    declined: Shown = Shown.SKIP
    unanswered: Shown = Shown.SHOW
    reminder: int | str = "source"
    most_attendees: int = 30
    colors: Mapping[str, str] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()


EVERYTHING = Policy(private_details=True, cancelled=Shown.SHOW, declined=Shown.SHOW)
"""Shows all there is, as it is."""


def signature(value: object) -> str:
    """A policy, or a part of one, as text that is the same in every process, and another for another meaning."""
    match value:
        case re.Pattern():
            return f"{value.pattern!r} {value.flags}"
        case Mapping():
            return str(sorted((str(key), signature(one)) for key, one in value.items()))
        case frozenset():
            return str(sorted(map(signature, value)))
        case tuple():
            return str([signature(one) for one in value])
        case Policy() | Rule() | Condition() | Effect():
            return str([(each.name, signature(getattr(value, each.name))) for each in fields(value) if each.init])
        case _:
            return repr(value)
