"""Other tools that copy Outlook's events into Google, by the marks that they leave on them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from calmirror.plan.identity import MIRROR, private_marks

Event: TypeAlias = Mapping[str, Any]

OGCS = {"outlook_EntryID", "outlook_GlobalApptID", "outlook_CalendarID"}
NUMBER = re.compile(r"-\d\d$")
"""OGCS marks an event once for each Outlook calendar that it syncs with; from the second on the keys are numbered."""
LIKE_NOBODY = ("@localhost", ".ogcs")
"""How the addresses end that these tools make up, so that nobody gets mail."""


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool. `sets` are the person's fields that it writes itself, so that nobody can tell whose they are."""

    name: str
    has_marked: Callable[[Event], bool]
    uid: str = ""
    """The private property that holds the event's iCalUId in Outlook, "" for none."""
    sets: frozenset[str] = frozenset()
    marks: bool = True
    """Whether it leaves marks at all."""

    def uids_of(self, event: Event) -> list[str]:
        """The iCalUIds that the tool noted, in lower case."""
        marks = private_marks(event) if self.uid else {}
        return [value.lower() for key, value in marks.items() if NUMBER.sub("", key) == self.uid]


def _ogcs(event: Event) -> bool:
    return any(NUMBER.sub("", key) in OGCS for key in private_marks(event))


def _inovex(event: Event) -> bool:
    marks, plain = private_marks(event), {"EventID", "OriginalEventUri", "SourceID"}
    return "inovex.calendarsync.EventID" in marks or marks.keys() >= plain


MARKING = (
    Tool("OGCS", _ogcs, uid="outlook_GlobalApptID", sets=frozenset({"colorId", "reminders"})),
    Tool(
        "GAS-ICS-Sync",
        lambda event: private_marks(event).get("fromGAS") == "true",
        uid="id",
        sets=frozenset({"colorId", "reminders"}),
    ),
    Tool("CalendarSync", _inovex, sets=frozenset({"reminders"})),
    Tool("keeper.sh", lambda event: str(event.get("iCalUID", "")).endswith("@keeper.sh")),
)
SCRIPT = Tool("the earlier script", lambda event: not event.get("extendedProperties"), marks=False)
"""It marks nothing: it took the whole calendar for its own."""


def tool_of(event: Event, *, unmarked: bool) -> Tool | None:
    """The tool that made a copy; None for what is ours, or a person's.

    Args:
        event: as Google lists it.
        unmarked: take plain events without any mark for the earlier script's.
    """
    if MIRROR in private_marks(event):
        return None
    marked = next((tool for tool in MARKING if tool.has_marked(event)), None)
    if marked or not unmarked:
        return marked
    plain = not any(event.get(name) for name in ("attendees", "recurringEventId", "conferenceData", "attachments"))
    own = str(event.get("iCalUID", "")).endswith("@google.com") and event.get("eventType", "default") == "default"
    return SCRIPT if plain and own and SCRIPT.has_marked(event) else None


def has_guests(event: Event) -> bool:
    """Whether real people are invited to it: then it is more than a copy."""
    others = (one for one in event.get("attendees") or [] if not one.get("self"))
    return any(not str(one.get("email", "")).lower().endswith(LIKE_NOBODY) for one in others)
