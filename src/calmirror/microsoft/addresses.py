"""Paths below Graph's root, and the headers that every read carries."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode
from uuid import uuid4

if TYPE_CHECKING:
    from datetime import datetime

    from calmirror.model.times import Window

USUAL_PAGE = 200
LARGE_PAGE = 1000


def mailbox_path(mailbox: str) -> str:
    """A mailbox: that of the person who signed in, or the one that an app is to read."""
    return f"/users/{quote(mailbox, safe='')}" if mailbox else "/me"


def in_mailbox(mailbox: str, calendar_id: str) -> str:
    """The id of a calendar as the rest of the program keeps it: with its mailbox before it, where it has one."""
    return f"{mailbox} {calendar_id}".lstrip()


def calendar_path(calendar_id: str) -> str:
    """One calendar. Events of shared calendars can only be reached below this path."""
    mailbox, _, own_id = calendar_id.rpartition(" ")
    return f"{mailbox_path(mailbox)}/calendars/{quote(own_id, safe='')}"


def event_path(calendar_id: str, event_id: str) -> str:
    """One event of any type."""
    return f"{calendar_path(calendar_id)}/events/{quote(event_id, safe='')}"


def with_query(path: str, **options: str | int) -> str:
    """The path with OData options, named without their dollar sign."""
    return f"{path}?" + encoded({f"${name}": str(value) for name, value in options.items()})


def in_window(path: str, window: Window, **options: str | int) -> str:
    """As `with_query`, for what overlaps the window."""
    times = {"startDateTime": utc(window.start), "endDateTime": utc(window.end)}
    return f"{path}?" + encoded(times | {f"${name}": str(value) for name, value in options.items()})


def read_headers(page_size: int = USUAL_PAGE) -> dict[str, str]:
    """The headers of one read. Graph remembers no preference: each page and each member of a batch needs them."""
    preferences = f'outlook.timezone="UTC", odata.maxpagesize={page_size}, outlook.body-content-type="html"'
    return {"Prefer": preferences, "client-request-id": str(uuid4())}


def utc(moment: datetime) -> str:
    """Whole seconds with a Z: the plus sign of an offset would have to survive decoding."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def encoded(query: dict[str, str]) -> str:
    """A query string; dollar signs and commas stay, as Graph's own links have them."""
    return urlencode(query, safe="$,", quote_via=quote)
