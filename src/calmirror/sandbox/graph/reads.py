"""Plain reads: calendars, views, events, instances; each answers the JSON body of one route."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from calmirror.sandbox.graph.errors import CATALOGUE, foreign_id, graph_error, unknown_property
from calmirror.sandbox.graph.ids import decode
from calmirror.sandbox.graph.items import Instance
from calmirror.sandbox.graph.mailbox import Mailbox
from calmirror.sandbox.graph.query import Prefer, RefusedError, filtered, paging, selected, window_of
from calmirror.sandbox.graph.render import CALENDAR_CLASS, Event, Renderer
from calmirror.sandbox.graph.switches import GraphSwitches

NAVIGATIONS = frozenset({
    "attachments", "calendar", "exceptionOccurrences", "extensions", "instances", "multiValueExtendedProperties",
    "singleValueExtendedProperties",
})  # fmt: skip
"""What `$expand` can name of an event."""
NOT_IN_SCHEMA = frozenset({"cancelledOccurrences", "exceptionOccurrences", "occurrenceId"})
"""Members of events that national clouds do not declare."""
_EXPANDED = re.compile(r"(?:^|,)\s*(\w+)(?:\([^)]*\))?")
_ALWAYS = ("@odata.etag", "@odata.type", "id")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request reads: a mailbox and a calendar; `named` when the path names the calendar.

    `reader` is the mailbox in the path; another one's calendar can stand in its list, under the id `shared_as`.
    """

    reader: Mailbox
    mailbox: Mailbox
    calendar: str
    named: bool = False
    shared_as: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """One plain read: where, how it is wanted, and the address it came to (for links)."""

    place: Place
    prefer: Prefer
    options: Mapping[str, str]
    url: str
    root: str
    switches: GraphSwitches
    basic: bool = False
    """The token allows times and titles only."""

    @property
    def render(self) -> Renderer:
        """The renderer for this read."""
        return Renderer(self.place.mailbox, self.prefer, self.switches)

    def view(self) -> Event:
        """Everything in a window, expanded: singles first, then exceptions and occurrences."""
        start, end = window_of(self.options)
        mailbox = self.place.mailbox
        shown = [
            instance
            for item in mailbox.items(self.place.calendar)
            for instance in mailbox.expander.instances(item, start, end)
        ]
        ranks = {"singleInstance": 0, "exception": 1, "occurrence": 2}
        return self._listed(sorted(shown, key=lambda i: (ranks[i.kind], i.start)), "calendarView")

    def events(self) -> Event:
        """Singles and masters, no occurrences."""
        mailbox = self.place.mailbox
        return self._listed([mailbox.expander.whole(item) for item in mailbox.items(self.place.calendar)], "events")

    def event(self, event_id: str) -> Event:
        """One event of any kind."""
        shown, expanded = self._found(event_id), self._expanded()
        return {
            "@odata.context": self._context("events", entity=True),
            **self._chosen(self._with_lists(shown, expanded)),
            "calendar@odata.associationLink": f"{self._owner()}/calendars('{quote(self._calendar_id())}')/$ref",
            "calendar@odata.navigationLink": f"{self._owner()}/calendars('{quote(self._calendar_id())}')",
        }

    def instances(self, event_id: str) -> Event:
        """Occurrences and exceptions of a series in a window, exceptions first."""
        shown = self._found(event_id)
        start, end = window_of(self.options)
        if shown.kind != "seriesMaster":
            message = "Your request can't be completed. The event is not a series."
            raise RefusedError(graph_error(400, "ErrorInvalidRequest", message))
        found = self.place.mailbox.expander.instances(shown.item, start, end)
        ordered = sorted(found, key=lambda i: (i.kind != "exception", i.start))
        return self._listed(ordered, f"events('{quote(event_id)}')/instances")

    def attachments(self, event_id: str) -> Event:
        """The attachments that an event was posted with; of each, what was posted and the members it always has."""
        posted = self._found(event_id).fields.get("attachments", [])
        rows = [{"@odata.type": "#microsoft.graph.fileAttachment", "isInline": False} | one for one in posted]
        return self._paged(rows, f"events('{quote(event_id)}')/attachments", lambda row: row)

    def calendars(self, group: str) -> Event:
        """The calendars of one group; calendars that others shared stand in the first one."""
        mailbox = self.place.mailbox
        rows = [self.render.calendar(c) for c in mailbox.calendars.values() if c.group == group]
        if group == next(iter(mailbox.groups)):
            rows += [self._shared_calendar(made) for made in mailbox.shared]
        return self._paged(rows, "calendars", lambda row: row)

    def calendar(self) -> Event:
        """One calendar."""
        place = self.place
        row = self._shared_calendar(place.shared_as) if place.shared_as else None
        row = row or self.render.calendar(place.mailbox.calendars[place.calendar])
        return {"@odata.context": self._context("calendars", entity=True), **self._chosen(row)}

    def groups(self) -> Event:
        """The calendar groups."""
        rows = [self._group(key) for key in self.place.mailbox.groups]
        return self._paged(rows, "calendarGroups", lambda row: row)

    def group(self, group: str) -> Event:
        """One calendar group."""
        return {"@odata.context": self._context("calendarGroups", entity=True), **self._group(group)}

    def _group(self, key: str) -> Event:
        name = self.place.mailbox.groups[key]
        return {"id": key, "name": name, "classId": CALENDAR_CLASS, "changeKey": key[-24:]}

    def _shared_calendar(self, made: str) -> Event:
        shared = self.place.reader.shared[made]
        owner = Renderer(shared.owner, self.prefer, self.switches)
        rights = {"canEdit": False, "canShare": False, "isRemovable": True, "canViewPrivateItems": False}
        return owner.calendar(shared.owner.calendars[shared.calendar], made) | rights

    def _found(self, event_id: str) -> Instance:
        """The event of an id; one of another's calendar is reached below that calendar's path alone."""
        if decode(event_id) is None:
            raise RefusedError(CATALOGUE["id-malformed"])
        if self.place.mailbox.is_foreign(event_id):
            raise RefusedError(foreign_id(self.switches.foreign_id, event_id, self.place.mailbox.address))
        shown = self.place.mailbox.find(event_id)
        if shown is None or self._elsewhere(shown) or self._hidden(shown):
            raise RefusedError(CATALOGUE["item-not-found"])
        return shown

    def _elsewhere(self, shown: Instance) -> bool:
        """Whether the calendar in the path keeps the event out of reach."""
        own = not self.place.shared_as and self.switches.wrong_calendar_path == "found"
        return self.place.named and not own and shown.item.calendar != self.place.calendar

    def _hidden(self, shown: Instance) -> bool:
        return bool(self.place.shared_as) and shown.fields.get("sensitivity") in ("private", "confidential")

    def _listed(self, shown: Iterable[Instance], what: str) -> Event:
        self._expanded()
        if "$filter" in self.options or "$orderby" in self.options:
            rows = filtered([self._event(instance) for instance in shown], self.options)
            return self._paged(rows, what, self._chosen)
        return self._paged(list(shown), what, lambda instance: self._chosen(self._event(instance)))

    def _event(self, shown: Instance) -> Event:
        event = self.render.event(shown)
        if "originalStart" in selected(self.options):
            event["originalStart"] = self.render.original_start(shown)
        if self._hidden(shown):
            event |= {"subject": "Private appointment", "body": None, "bodyPreview": "", "attendees": []}
        if self.basic:
            event.pop("body")
            event.pop("bodyPreview")
        return event

    def _with_lists(self, shown: Instance, expanded: set[str]) -> Event:
        """A master with its deleted and changed occurrences, where they are asked for and the cloud has them."""
        event, names, listing = self._event(shown), selected(self.options), self.switches.cancelled_list
        if self.switches.national_cloud or shown.kind != "seriesMaster":
            return event
        if "cancelledOccurrences" in names and listing != "absent":
            event["cancelledOccurrences"] = self.render.cancelled_occurrences(shown.item) if listing == "listed" else []
        if "exceptionOccurrences" in names and "exceptionOccurrences" in expanded:
            exceptions = self.place.mailbox.expander.exceptions(shown.item)
            event["exceptionOccurrences"] = [self._nested(each) for each in exceptions]
        return event

    def _expanded(self) -> set[str]:
        """The names in `$expand`; an unknown one, there or in `$select`, is refused as the switches say."""
        if self.switches.national_cloud and self.switches.national_select == "400":
            for name in NOT_IN_SCHEMA & {*selected(self.options)}:
                raise RefusedError(unknown_property(name))
        names = {found[1] for found in _EXPANDED.finditer(self.options.get("$expand", ""))}
        known = NAVIGATIONS - ({"exceptionOccurrences"} if self.switches.national_cloud else set())
        unknown = sorted(names - known)
        if unknown and self.switches.unknown_expand != "ignored":
            raise RefusedError(unknown_property(unknown[0], broker=self.switches.unknown_expand == "400-broker"))
        return names & known

    def _nested(self, shown: Instance) -> Event:
        event = self._chosen(self._event(shown))
        event.pop("@odata.etag")
        if self.switches.nested_pascal_case and "subject" in event:
            event["Subject"] = event.pop("subject")
        return event

    def _chosen(self, row: Event) -> Event:
        """The members in `$select` (unknown ones are ignored: the type is open), and those that always come."""
        names = {*selected(self.options), *_ALWAYS}
        return {key: value for key, value in row.items() if len(names) == len(_ALWAYS) or key in names}

    def _paged(self, rows: list[Any], what: str, rendered: Callable[[Any], Event]) -> Event:
        skip, top = paging(self.options, default=self.prefer.page_size or 10)
        body: Event = {"@odata.context": self._context(what), "value": [rendered(r) for r in rows[skip : skip + top]]}
        if skip + top < len(rows):
            body["@odata.nextLink"] = self._next(skip + top)
        return body

    def _next(self, skip: int) -> str:
        path, _, query = self.url.partition("?")
        kept = [(key, value) for key, value in parse_qsl(query, keep_blank_values=True) if key.lower() != "$skip"]
        return f"{path}?{urlencode([*kept, ('$skip', skip)], safe='$:,/()', quote_via=quote)}"

    def _context(self, what: str, *, entity: bool = False) -> str:
        names = ",".join(selected(self.options))
        listed = f"({names})" if names else ""
        user = f"users('{quote(self.place.mailbox.address)}')"
        return f"{self.root}/$metadata#{user}/{what}{listed}{'/$entity' if entity else ''}"

    def _owner(self) -> str:
        return f"{self.root}/users('{self.place.mailbox.oid}')"

    def _calendar_id(self) -> str:
        return self.place.shared_as or self.place.calendar
