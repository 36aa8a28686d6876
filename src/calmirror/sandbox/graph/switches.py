"""What public text leaves unsettled about Microsoft Graph, each as a switch with the likelier behaviour as default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(slots=True)
class GraphSwitches:
    """Flip any of these at any time; `docs/reference/sandbox-microsoft.md` says what each is about."""

    # Delta rounds: what is reported.
    series_resend: Literal["all", "master"] = "all"
    """After a change of a series: the master and everything in the window, or the master alone."""
    series_outside_window: Literal["tombstone", "master", "nothing"] = "tombstone"
    """A changed series with nothing in the window."""
    outside_occurrence_change: Literal["resend", "nothing"] = "resend"
    """A series in the window whose only change is an occurrence outside of it."""
    exception_outside_window: Literal["nothing", "tombstone"] = "nothing"
    """An occurrence that was moved out of the window."""
    edges_inclusive: bool = True
    """Whether an event that only touches the window's edge is in a delta round (a plain view always lists it)."""
    delta_select: Literal["ignored", "rejected"] = "ignored"
    """Query options that delta does not support."""

    # Delta rounds: how they are paged.
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
    next_link_path: Literal["same", "calendar"] = "same"
    """Links to `/me/calendar/…` although `/me/…` was asked (default calendar only)."""
    delay: float = 0.0
    """Seconds until a change shows up in delta."""

    # Cursors.
    generations_kept: int = 3
    expired_cursor: Literal["410", "410-location", "400", "404"] = "410"
    malformed_cursor: Literal["400", "404", "410"] = "400"

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
    cancelled_date: Literal["local", "utc"] = "local"
    """Date in `cancelledOccurrences`: in the recurrence zone, or of the UTC start."""

    # Identity.
    consumer_ids: bool = False
    """Ids, web links and time stamps as of a personal account."""
    ids_survive_moves: bool = False
    """An event keeps its id in another calendar."""
    wrong_calendar_path: Literal["404", "found"] = "404"
    """An event read by its id below another calendar of the same mailbox."""
    twin_ids: bool = False
    """New events come in pairs whose ids differ only in case, or only in `-` and `_`."""

    # The rest.
    national_cloud: bool = False
    """`cancelledOccurrences` and `exceptionOccurrences` do not exist."""
    national_expand: Literal["400", "ignored"] = "400"
    """Expanding what does not exist."""
    nested_pascal_case: bool = False
    """Members of nested exceptions come as `Subject`."""
    batch_any_order: bool = False
    """Answers of a batch come in another order than its requests."""
    quota: int = 10_000
    """Requests that one app may send for one mailbox in ten minutes."""
    retry_after: Literal["integer", "float", "absent"] = "integer"
