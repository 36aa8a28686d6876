"""What taking over other tools' copies would do: which copies there are, and which Outlook events they are of."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from calmirror.errors import SafetyStopError, UserFixableError
from calmirror.google.wire import moments
from calmirror.microsoft.parse import comparable
from calmirror.mirror.context import PADDING, Mirror
from calmirror.mirror.destination_calendar import existing_destination
from calmirror.mirror.run import run
from calmirror.mirror.user_edits import edits_on
from calmirror.model.ids import EventId, SourceId
from calmirror.model.mirror import FOREIGN, Link, Verb
from calmirror.moving.pairing import Copy, Occurrence, Pair, Pairing, Slot, paired
from calmirror.moving.tools import Tool, has_guests, tool_of
from calmirror.plan import identity
from calmirror.plan.actions import Action, Plan

if TYPE_CHECKING:
    from calmirror.mirror.report import Report
    from calmirror.model.times import Window

FEW = 4
"""So many copies are too few to tell whether they are of this calendar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On what terms a person wants it. `calendar_id` is where the copies are, "" for the mirror's own destination."""

    calendar_id: str = ""
    unmarked: bool = False
    by_time: bool = False
    allow_mismatch: bool = False


@dataclass(frozen=True, kw_only=True)
class Prospect:
    """What an adoption would do: the sync that goes before it, and what becomes of each copy."""

    report: Report
    calendar_id: str
    pairing: Pairing
    others: int
    """Events in the window that no tool made, and neither did we."""

    @property
    def tools(self) -> Counter[str]:
        """How many copies each tool has in the window."""
        copies = [*(pair.copy for pair in self.pairing.pairs), *(left.copy for left in self.pairing.left)]
        return Counter(copy.tool.name for copy in copies)

    def plan(self) -> Plan:
        """The deletions, to be shown."""
        return Plan(actions=tuple(_shown(pair) for pair in self.pairing.pairs))

    def mismatched(self) -> SafetyStopError | None:
        """Why this is not believed: copies of a tool would go, most of which are of no event in this calendar."""
        going = Counter(pair.copy.tool.name for pair in self.pairing.pairs)
        fitting = going + Counter(left.copy.tool.name for left in self.pairing.left if left.by_time)
        for tool, number in self.tools.items():
            if number > FEW and going[tool] and fitting[tool] * 2 < number:
                return SafetyStopError(
                    f'Mirror "{self.report.mirror}": only {fitting[tool]} of {number} copies of {tool} are of events '
                    "in its Outlook calendar.",
                    code="adopt-mismatch",
                    command=f"If they are meant: calmirror adopt --mirror {self.report.mirror} --allow-mismatch",
                )
        return None


def look(mirror: Mirror, terms: Terms) -> Prospect:
    """What an adoption would do now; writes nothing.

    Raises:
        UserFixableError: `copies-unreachable` for a calendar that the sign-in cannot reach.
        SafetyStopError: the sync that goes first would be refused.
    """
    report = run(mirror, dry_run=True, full=True)
    if report.refused is not None:
        raise report.refused
    written = (action.body for action in (report.plan.actions if report.plan else ()))
    sent = (link.sent for link in mirror.store.links(mirror.name))
    return prospect(mirror, report, uids_in([*written, *sent]), terms)


def prospect(mirror: Mirror, report: Report, uids: Mapping[str, SourceId], terms: Terms) -> Prospect:
    """What becomes of each copy, given what our own events are called in Outlook."""
    window = mirror.window_now()
    calendar_id = terms.calendar_id or existing_destination(mirror)
    copies, others = _copies(mirror, calendar_id, window, terms) if calendar_id else ([], 0)
    outlook = list(_occurrences(mirror, window)) if copies else []
    pairing = paired(copies, outlook, uids, by_time=terms.by_time)
    return Prospect(report=report, calendar_id=calendar_id, pairing=pairing, others=others)


def uids_in(bodies: Iterable[Mapping[str, Any] | None]) -> dict[str, SourceId]:
    """Outlook's events by iCalUId, as our own marks tell them; where two share one, neither."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for body in bodies:
        marks = identity.private_marks(body or {})
        found[marks.get(identity.UID, "").lower()].add(marks.get(identity.SOURCE, ""))
    found.pop("", None)
    return {uid: SourceId(one) for uid, sources in found.items() if len(sources) == 1 for one in sources}


def _copies(mirror: Mirror, calendar_id: str, window: Window, terms: Terms) -> tuple[list[Copy], int]:
    """Other tools' copies in the window, each series as one; and the number of all other events."""
    mirror.progress("Looking for copies of other tools in Google", 0, 0)
    instances: defaultdict[EventId, list[Mapping[str, Any]]] = defaultdict(list)
    tools: dict[EventId, Tool] = {}
    others: set[str] = set()
    try:
        for event in mirror.destination.all_events(calendar_id, window.padded(PADDING)):
            event_id = EventId(str(event.get("recurringEventId") or event["id"]))
            tool = tool_of(event, unmarked=terms.unmarked)
            if tool is not None:
                tools.setdefault(event_id, tool)
                instances[event_id].append(event)
            elif identity.MIRROR not in identity.private_marks(event):
                others.add(event_id)
    except UserFixableError as error:
        raise _unreachable(error) from error
    series = [one for one, events in instances.items() if "recurringEventId" in events[0]]
    whole = mirror.destination.fetch(calendar_id, series) if series else {}
    bodies = {one: whole.get(one) or events[0] for one, events in instances.items()}
    copies = [_copy(bodies[one], tools[one], events) for one, events in instances.items()]
    return copies, len(others - instances.keys())


def _unreachable(error: UserFixableError) -> UserFixableError:
    if error.code not in ("google-calendar-missing", "google-scope"):
        return error
    return UserFixableError(
        "The Google calendar with the copies cannot be reached by this sign-in.",
        code="copies-unreachable",
        command='Add scope = "owned" to [google] ("events" for a calendar that is not yours) and sign in again: '
        "calmirror connect google. Or leave that calendar as it is, and hide it",
    )


def _copy(body: Mapping[str, Any], tool: Tool, events: Sequence[Mapping[str, Any]]) -> Copy:
    # What the tool never sets is at Google's defaults, unless a person set it.
    made = {"reminders": {"useDefault": True}} | {name: body[name] for name in tool.sets if name in body}
    return Copy(
        event_id=EventId(str(body["id"])),
        tool=tool,
        title=str(body.get("summary", "")),
        slots=tuple(slot_of(event) for event in events),
        series=bool(body.get("recurrence")),
        body=body,
        theirs=edits_on(made, body),
        guests=any(map(has_guests, (body, *events))),
    )


def slot_of(event: Mapping[str, Any]) -> Slot:
    """When an event in Google is."""
    span = moments(event)
    return Slot(span.start.isoformat(), span.end.isoformat())


def _occurrences(mirror: Mirror, window: Window) -> Iterator[Occurrence]:
    """Outlook's occurrences with their own titles: what the settings hide or rename is still a copy's origin."""
    mirror.progress("Asking Microsoft for every occurrence", 0, 0)
    calendar_id = mirror.state.source_calendar or mirror.source.resolve(mirror.settings.source)
    for raw in map(comparable, mirror.source.occurrences(calendar_id, window.padded(PADDING))):
        starts, ends = (str(raw[edge]["dateTime"])[:19] for edge in ("start", "end"))
        slot = Slot(starts[:10], ends[:10]) if raw.get("isAllDay") else Slot(f"{starts}+00:00", f"{ends}+00:00")
        series = raw.get("seriesMasterId")
        yield Occurrence(SourceId(str(series or raw["id"])), str(raw.get("subject") or ""), slot, bool(series))


def _shown(pair: Pair) -> Action:
    copy = pair.copy
    link = Link(
        source_id=pair.source_id,
        part=FOREIGN + copy.tool.name,
        event_id=copy.event_id,
        generation=0,
        fingerprint="",
        sent=copy.body,
    )
    return Action(
        verb=Verb.DELETE,
        source_id=pair.source_id,
        part=link.part,
        generation=0,
        reason=reason_of(pair),
        title=copy.title,
        when=copy.slots[0].starts,
        link=link,
    )


def reason_of(pair: Pair) -> str:
    """Why a copy goes."""
    return f"copy of {pair.copy.tool.name}, known by {pair.by}; calmirror's own takes its place"
