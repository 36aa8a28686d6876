"""When a rule applies to an event, and the same in words.

Every event of a calendar is held against every rule, so the tests are plain loops: a generator costs more than
what it would go through.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from calmirror.model.policy import Condition
    from calmirror.model.source import SourceEvent

LONGEST_SEARCHED: Final = 255
"""Characters of a text that patterns see: Outlook's longest title. It bounds the time that one search can take."""
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def applies(condition: Condition, event: SourceEvent) -> bool:
    """Whether all that the condition gives holds. A series is judged by its master: by its first start."""
    for name in condition.given:  # noqa: SIM110 - see the module
        if not TESTS[name](condition, event):
            return False
    return True


def has_category(condition: Any, event: SourceEvent) -> bool:
    """Whether the event is in any of the categories."""
    for category in event.categories:  # noqa: SIM110 - see the module
        if category.lower() in condition.categories:
            return True
    return False


def has_title(condition: Any, event: SourceEvent) -> bool:
    """Whether the pattern is found in the title."""
    return bool(condition.title.search(event.subject, 0, LONGEST_SEARCHED))


def is_organized_by(condition: Any, event: SourceEvent) -> bool:
    """Whether the pattern is found in the organizer's name or address."""
    if event.organizer is None:
        return False
    search, organizer = condition.organizer.search, event.organizer
    found = search(organizer.name, 0, LONGEST_SEARCHED) or search(organizer.address, 0, LONGEST_SEARCHED)
    return found is not None


def is_from_domain(condition: Any, event: SourceEvent) -> bool:
    """Whether the organizer's address is of any of the domains, or below one."""
    if event.organizer is None:
        return False
    _, at, domain = event.organizer.address.lower().rpartition("@")
    if not at or domain in condition.organizer_domains:
        return bool(at)
    for known in condition.organizer_domains:  # noqa: SIM110 - see the module
        if domain.endswith("." + known):
            return True
    return False


def starts_on_weekday(condition: Any, event: SourceEvent) -> bool:
    """Whether the start is on any of the weekdays in the rule's zone."""
    return local_start(condition, event).weekday() in condition.weekdays


def starts_within_hours(condition: Any, event: SourceEvent) -> bool:
    """Whether the start is within the hours in the rule's zone."""
    if event.span.all_day:
        return False
    (first, last), start = condition.hours, local_start(condition, event).time()
    return bool(first <= start < last if first < last else start >= first or start < last)


def local_start(condition: Any, event: SourceEvent) -> Any:
    """The start as a clock in the rule's zone shows it; the date of an all-day event, which has no zone."""
    start = event.span.start
    return start.astimezone(condition.zone or UTC) if isinstance(start, datetime) else start


def minutes(event: SourceEvent) -> float:
    """The length of an event, of a series that of one occurrence."""
    start: Any = event.span.start  # a date or a datetime, and the end of the same kind
    return float((event.span.end - start).total_seconds()) / 60


TESTS: Final[dict[str, Callable[[Any, SourceEvent], bool]]] = {
    "categories": has_category,
    "sensitivity": lambda condition, event: event.sensitivity.lower() in condition.sensitivity,
    "show_as": lambda condition, event: event.show_as.lower() in condition.show_as,
    "response": lambda condition, event: event.response in condition.response,
    "title": has_title,
    "organizer": is_organized_by,
    "organizer_domains": is_from_domain,
    "all_day": lambda condition, event: event.span.all_day is condition.all_day,
    "online": lambda condition, event: (event.is_online or event.join_url != "") is condition.online,
    "weekdays": starts_on_weekday,
    "hours": starts_within_hours,
    "longer_than": lambda condition, event: minutes(event) > condition.longer_than,
    "shorter_than": lambda condition, event: minutes(event) < condition.shorter_than,
}
"""How each field of a condition is held against an event; asked only where the field is given, hence Any."""


def in_words(condition: Condition) -> str:
    """What a condition that applied asked for, in the rule's own words; nothing of the event."""
    if not condition.given:
        return "it is for every event"
    return ", ".join(WORDS[name](condition) for name in condition.given)


def pattern(field: Any) -> str:
    """A pattern as it is commonly written; letter case never matters."""
    return f"/{field.pattern}/i"


def any_of(words: Any) -> str:
    """A choice: “a”, “b” or “c”."""
    quoted = [f"“{word}”" for word in words]
    return " or ".join([", ".join(quoted[:-1]), quoted[-1]] if quoted[1:] else quoted)


def hours(condition: Any) -> str:
    """The hours and where they are meant."""
    first, last = condition.hours
    return f"it starts between {first:%H:%M} and {last:%H:%M} in {condition.zone or 'UTC'}"


WORDS: Final[dict[str, Callable[[Any], str]]] = {
    "categories": lambda condition: f"its category is {any_of(condition.categories)}",
    "sensitivity": lambda condition: f"its sensitivity is {any_of(condition.sensitivity)}",
    "show_as": lambda condition: f"it is shown as {any_of(condition.show_as)}",
    "response": lambda condition: f"your answer is {any_of(condition.response)}",
    "title": lambda condition: f"the title matches {pattern(condition.title)}",
    "organizer": lambda condition: f"the organizer matches {pattern(condition.organizer)}",
    "organizer_domains": lambda condition: f"the organizer is from {any_of(condition.organizer_domains)}",
    "all_day": lambda condition: "it is all-day" if condition.all_day else "it is not all-day",
    "online": lambda condition: "it is online" if condition.online else "it is not online",
    "weekdays": lambda condition: f"it starts on {any_of(WEEKDAYS[day] for day in sorted(condition.weekdays))}",
    "hours": hours,
    "longer_than": lambda condition: f"it is longer than {condition.longer_than} minutes",
    "shorter_than": lambda condition: f"it is shorter than {condition.shorter_than} minutes",
}
"""How each field of a condition is told to a person."""
