"""Behaviours of Microsoft Graph that vary or are unsettled; a default is what was recorded, else what is likelier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(slots=True)
class GraphSwitches:
    """Flip any of these at any time; `docs/reference/sandbox-microsoft.md` says what each is about."""

    # Delta rounds: which entries come.
    series_resend: Literal["all", "master", "exception"] = "all"
    """Entries after a change of a series: the master and everything in the window, the master with the exceptions that
    changed, or a changed exception without its master."""
    series_outside_window: Literal["tombstone", "master", "nothing"] = "tombstone"
    """A changed series with nothing in the window."""
    outside_occurrence_change: Literal["resend", "nothing"] = "resend"
    """A series in the window whose only change is an occurrence outside of it."""
    exception_outside_window: Literal["nothing", "tombstone", "exception"] = "nothing"
    """An occurrence that was moved out of the window."""
    series_tombstones: Literal["master", "each"] = "master"
    """Tombstones of a series that was deleted or moved to another calendar: one, or one for each occurrence too."""
    edges_inclusive: bool = True
    """Whether an event that only touches the window's edge is in a delta round (a plain view always lists it)."""
    delta_select: Literal["ignored", "rejected"] = "ignored"
    """Query options that delta does not support."""

    # Delta rounds: what entries hold.
    original_start: Literal["selected", "always", "null"] = "selected"
    """`originalStart` of occurrences and exceptions: only where `$select` names it, in every whole event, or null where
    it is selected."""
    stub_zone: Literal["windows", "asked", "author"] = "windows"
    """The zone of an occurrence's times in delta: the preferred one by its Windows name, the preferred one by the name
    that was sent, or the series' own by its Windows name."""
    delta_extras: bool = False
    """Undocumented members in PascalCase."""

    # Delta rounds: how they are ordered and paged.
    round_order: Literal["kinds", "series"] = "kinds"
    """Masters and singles first, then occurrences and exceptions by date; or each series with its occurrences."""
    repeated_entries: Literal["none", "older first", "newer first"] = "none"
    """Each id has two entries in a round, one of them older; what is gone has a tombstone and an older entry."""
    first_page_empty: bool = False
    duplicates: bool = False
    """Each page begins with the last entry of the page before."""
    shuffle: bool = False
    replay: bool = False
    """A round also repeats what the round before it reported."""
    page_size_obeyed_for_series: bool = False
    """Whether a series may be cut by a page's end."""
    default_delta_page: int = 50
    """Entries on a page when the client names no size."""
    endless_pages: bool = False
    """The known fault: a series of more entries than a page holds comes back for ever, with a new link each time."""
    next_link_path: Literal["function", "same", "calendar"] = "function"
    """The path of links: `calendars('id')` where the request had `calendars/id`, as requested, or `/me/calendar/…`
    where the request was `/me/…`."""
    delay: float = 0.0
    """Seconds until a change shows up in delta."""

    # Cursors.
    generations_kept: int = 3
    expired_cursor: Literal["410", "410-location", "400", "404"] = "410"
    malformed_cursor: Literal["400", "400-delta-token", "404", "410"] = "400"
    """Status of the answer to a damaged token; `400-delta-token` has the code `ErrorInvalidDeltaToken`."""

    # Recurrence.
    clamp_month_end: bool = True
    """Day 29 to 31 falls on a shorter month's last day; otherwise that month is skipped."""
    gap: Literal["forward", "back"] = "forward"
    """A start at a time that the clocks skip: later by the gap, or earlier by it."""
    repeated_hour: Literal["first", "second"] = "first"
    range_start: Literal["first", "posted"] = "first"
    """`range.startDate` of a series whose posted start date does not match its pattern."""
    no_end_date: Literal["0001-01-01", "0000-01-01"] = "0001-01-01"
    """Filler in `range.endDate`."""
    occurrence_date: Literal["authored", "recurrence", "utc"] = "authored"
    """Date in `occurrenceId` and `cancelledOccurrences`: in the zone in which the event was written, in the recurrence
    zone, or of the UTC start."""
    cancelled_list: Literal["listed", "absent", "empty"] = "listed"
    """`cancelledOccurrences` of a master that has some: listed, not there, or an empty list."""
    reschedule_resets: Literal["always", "not for the range", "never"] = "always"
    """Whether a new time, pattern or range of a series takes its exceptions and cancellations away."""
    exception_members: Literal["inherited", "copied"] = "inherited"
    """Members that nobody changed on an exception: those of the series, or those that the series had at the time."""
    split_tail: Literal["plain", "with exceptions"] = "plain"
    """Exceptions and cancellations that the second part of a split series keeps."""
    split_uid: Literal["new", "same"] = "new"
    """The UID of the second part of a split series."""

    # Identity.
    consumer_ids: bool = False
    """Ids, web links and time stamps as of a personal account."""
    ids_survive_moves: bool = False
    """An event keeps its id in another calendar."""
    wrong_calendar_path: Literal["404", "found"] = "404"
    """An event read by its id below another calendar of the same mailbox."""
    move_uid: Literal["same", "new"] = "same"
    """The UID of an event in another calendar."""
    foreign_id: Literal["404-mailbox", "404", "403", "400"] = "404-mailbox"
    """The answer to an id of another mailbox: 404 `ErrorInvalidMailboxItemId`, 404 `ErrorItemNotFound`, 403
    `ErrorAccessDenied` or 400 `ErrorInvalidId`."""
    dotted_ids: bool = False
    """Ids contain a dot."""
    twin_ids: bool = False
    """New events come in pairs whose ids differ only in case, or only in `-` and `_`."""

    # The rest.
    national_cloud: bool = False
    """`cancelledOccurrences` and `exceptionOccurrences` do not exist."""
    national_select: Literal["ignored", "400"] = "ignored"
    """The answer of such a cloud to `$select` of these two or of `occurrenceId`, which no schema has."""
    unknown_expand: Literal["400", "400-broker", "ignored"] = "400"
    """The answer to an unknown name in `$expand`; `400-broker` has the code `RequestBroker--ParseUri`."""
    calendar_class: bool = True
    """Calendars have the member `groupClassId`."""
    nested_pascal_case: bool = False
    """Members of nested exceptions come as `Subject`."""
    batch_any_order: bool = False
    """Answers of a batch come in another order than its requests."""
    quota: int = 10_000
    """Requests that one app may send for one mailbox in ten minutes."""
    retry_after: Literal["integer", "float", "absent"] = "integer"
