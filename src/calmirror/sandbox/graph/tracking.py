"""The answer of `calendarView/delta`: one page as JSON, with the link that follows it."""

from __future__ import annotations

import re
from urllib.parse import unquote

from calmirror.sandbox.graph.delta import DeltaEngine, Page
from calmirror.sandbox.graph.entries import Entry, Gone
from calmirror.sandbox.graph.errors import graph_error
from calmirror.sandbox.graph.query import RefusedError, window_of
from calmirror.sandbox.graph.reads import Reading
from calmirror.sandbox.graph.render import EVENT_TYPE, Event

UNSUPPORTED = {"$select", "$filter", "$expand", "$orderby", "$search"}
_CALENDAR = re.compile(r"/calendars/([^/]+)/", re.IGNORECASE)
_NO_CALENDAR = re.compile(r"(/me|/users/[^/]+)/calendarview/", re.IGNORECASE)


def tracked(reading: Reading, engine: DeltaEngine, now: float) -> Event:
    """One page of change tracking; raises RefusedError for a dead or damaged token and for a bad window."""
    options, place, size = reading.options, reading.place, reading.prefer.page_size
    unsupported = UNSUPPORTED & options.keys()
    if unsupported and reading.switches.delta_select == "rejected":
        text = f"The query parameter '{min(unsupported)}' is not supported with change tracking."
        raise RefusedError(graph_error(400, "ErrorInvalidUrlQuery", text))
    token = options.get("$skiptoken") or options.get("$deltatoken") or ""
    if token and token != "latest":  # noqa: S105  a word of the protocol, not a secret
        page = engine.follow(place.mailbox, place.calendar, token, size, now, reading.url.partition("?")[0])
    else:
        page = engine.first(place.mailbox, place.calendar, window_of(options), size, now)
    kind = "deltaLink" if page.over else "nextLink"
    return {
        "@odata.context": f"{reading.root}/$metadata#Collection(event)",
        f"@odata.{kind}": _link(reading, page),
        "value": [_entry(each, reading) for each in page.entries],
    }


def _link(reading: Reading, page: Page) -> str:
    """The address of the next page or of the next round."""
    url, place, form = reading.url.partition("?")[0], reading.place, reading.switches.next_link_path
    if form == "calendar" and place.calendar == place.mailbox.default_calendar:
        url = _NO_CALENDAR.sub(r"\1/calendar/calendarView/", url)
    if form == "function":
        url = _CALENDAR.sub(lambda found: f"/calendars('{unquote(found[1])}')/", url)
    return f"{url}?{'$deltatoken' if page.over else '$skiptoken'}={page.token}"


def _entry(entry: Entry, reading: Reading) -> Event:
    if isinstance(entry, Gone):
        gone = entry.immutable_id if reading.prefer.immutable else entry.id
        return {"@odata.type": EVENT_TYPE, "id": gone, "@removed": {"reason": "deleted"}}
    render = reading.render
    return render.stub(entry) if entry.kind == "occurrence" else render.delta_entry(entry)
