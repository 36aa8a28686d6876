"""Which calendars there are, and which one a configuration means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from calmirror.errors import UserFixableError
from calmirror.microsoft.addresses import calendar_path, in_mailbox, mailbox_path, with_query
from calmirror.microsoft.members import Members
from calmirror.microsoft.reads import odd_answer, read_list, read_object
from calmirror.translate.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from calmirror.http.client import Client

LIST_PAGE = 100
MOST_NAMED = 20
"""Calendars that an error names."""
LONGEST_NAME = 60


@dataclass(frozen=True)
class CalendarInfo:
    """One Outlook calendar that the account can see; `owner` is an address, "" where Graph names none."""

    id: str
    name: str
    is_default: bool
    owner: str


def list_calendars(client: Client, mailbox: str = "") -> list[CalendarInfo]:
    """Every calendar of a mailbox once, those in other groups too: `/me/calendars` leaves some of them out."""
    root = mailbox_path(mailbox)
    found = {info.id: info for info in calendars_below(client, root)}
    for group in read_list(client, with_query(f"{root}/calendarGroups", top=LIST_PAGE)):
        group_path = f"{root}/calendarGroups/{quote(Members(group).text('id'), safe='')}"
        found = {info.id: info for info in calendars_below(client, group_path)} | found
    return list(found.values())


def resolve_calendar(client: Client, source: str, mailbox: str = "") -> str:
    """The id, with its mailbox, of the calendar that `source` means: an id, a name, or "" for the default calendar.

    Raises:
        UserFixableError: `calendar-not-found` or `calendar-ambiguous`.
    """
    if not source:
        return in_mailbox(mailbox, required_id(read_object(client, f"{mailbox_path(mailbox)}/calendar")))
    known = list_calendars(client, mailbox)
    meanings: tuple[Callable[[CalendarInfo], bool], ...] = (
        lambda info: info.id == source,
        lambda info: info.name == source,
        lambda info: info.name.casefold() == source.casefold(),
    )
    for same in meanings:
        matches = [info for info in known if same(info)]
        if len(matches) == 1:
            return in_mailbox(mailbox, matches[0].id)
        if matches:
            raise ambiguous(source, len(matches))
    raise not_found(source, known)


def calendar_title(client: Client, calendar_id: str) -> str:
    """The calendar's name and its owner's address, as words in a sentence."""
    info = calendar_info(read_object(client, calendar_path(calendar_id)))
    owner = f" of {one_line(info.owner, LONGEST_NAME)}" if info.owner else ""
    return f'the Outlook calendar "{one_line(info.name, LONGEST_NAME)}"{owner}'


def calendars_below(client: Client, path: str) -> list[CalendarInfo]:
    """The calendars of the mailbox or of one group."""
    return [calendar_info(raw) for raw in read_list(client, with_query(f"{path}/calendars", top=LIST_PAGE))]


def calendar_info(raw: Mapping[str, Any]) -> CalendarInfo:
    """One calendar from its JSON."""
    members = Members(raw)
    owner = members.inner("owner").text("address")
    return CalendarInfo(required_id(raw), members.text("name"), members.flag("isDefaultCalendar"), owner)


def required_id(raw: Mapping[str, Any]) -> str:
    """The calendar's id."""
    if not Members(raw).text("id"):
        raise odd_answer("a calendar without an id")
    return Members(raw).text("id")


def not_found(source: str, known: list[CalendarInfo]) -> UserFixableError:
    """The error for a name that no calendar has."""
    # Whoever shares a calendar gives it its name, so that it may be a page of orders to the reader.
    names = sorted(f'"{one_line(info.name, LONGEST_NAME)}"' for info in known)
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return UserFixableError(
        f'There is no Outlook calendar "{source}"; there are: {", ".join(names[:MOST_NAMED]) or "none"}{more}',
        code="calendar-not-found",
        command="calmirror calendars",
    )


def ambiguous(source: str, count: int) -> UserFixableError:
    """The error for a name that several calendars share."""
    return UserFixableError(
        f'{count} Outlook calendars are called "{source}"; use the id of the one that is meant',
        code="calendar-ambiguous",
        command="calmirror calendars",
    )
