"""Whose the events of ours in a calendar are: this mirror's, after its state was lost, or another mirror's.

A mirror that the state knows goes by its identity. Where the state is lost, the source tells: what another identity
wrote is this mirror's when most of it is still there in Outlook. The mirror goes on by that identity, so that nothing
is made anew, and leaves its installation's id on the calendar: whoever kept it before can tell then that it lost it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from calmirror.errors import UNTOUCHED, SafetyStopError, UserFixableError
from calmirror.mirror.recognition import recognised, series_of
from calmirror.mirror.renamed import uid_key
from calmirror.model.times import as_instant
from calmirror.plan import identity

if TYPE_CHECKING:
    from calmirror.mirror.context import Mirror
    from calmirror.model.ids import SourceId
    from calmirror.model.mirror import Link
    from calmirror.model.source import Round
    from calmirror.model.times import Window

SIGNATURE = "Kept by calmirror, mirror"
"""How the description of every calendar that we make begins; who made it follows."""
_UNTIL = re.compile(r"UNTIL=(\d{8})")
_SIGNED = re.compile(rf'{SIGNATURE} "(?P<name>.*)"\.(?: Id (?P<id>\S+), kept by (?P<keeper>\w+)\.)?')


@dataclass(frozen=True)
class Known:
    """By what the source's events can be recognised: their ids and UIDs; and the window in which all are listed."""

    window: Window
    ids: Collection[SourceId]
    uids: Collection[str]
    times: Collection[tuple[str, str]] = ()
    """When events are, where nothing else is certain: a feed may give another UID with every answer."""

    @classmethod
    def of(cls, mirror: Mirror, said: Round) -> Known:
        """What a round of the mirror's source lists."""
        events = [*said.singles.values(), *said.masters.values()]
        ids = {*said.singles, *said.masters, *said.stubs, *(one.series_id for one in said.exceptions.values())}
        spans = [event.span for event in said.singles.values()] if mirror.settings.feed else ()
        return cls(
            mirror.source.covers(said.cursor) or said.window,
            {one for one in ids if one},
            {uid_key(event.ical_uid) for event in events if event.ical_uid},
            {(as_instant(span.start).isoformat(), as_instant(span.end).isoformat()) for span in spans},
        )

    def has(self, link: Link) -> bool:
        """Whether it lists the event of a link."""
        uid = identity.private_marks(link.sent or {}).get(identity.UID, "")
        same = link.source_id in self.ids or (bool(uid) and uid_key(uid) in self.uids)
        return same or (link.starts, link.ends) in self.times


class Overlap(NamedTuple):
    """How many mirrored source events a source lists, and how many there are, less those outside of what it lists."""

    same: int
    current: int

    @property
    def is_same_source(self) -> bool:
        """Whether the events were made of that source: at least half of them are listed."""
        return 2 * self.same >= self.current


def overlap(links: Iterable[Link], known: Known) -> Overlap:
    """What a source lists of the source events that these links are of."""
    owned = list(links)
    same = {link.source_id for link in owned if known.has(link)}
    current = same | {link.source_id for link in owned if not _is_beyond(link, known.window)}
    return Overlap(len(same), len(current))


def signed(mirror: Mirror) -> str:
    """The description of a calendar that the mirror makes or takes over."""
    return f'{SIGNATURE} "{mirror.name}". Id {mirror.identity}, kept by {mirror.store.install}.'


def keeper(calendar: Mapping[str, Any]) -> str:
    """The installation that keeps a calendar, "" where it does not say."""
    found = _SIGNED.search(str(calendar.get("description", "")))
    return (found["keeper"] or "") if found else ""


def by_identity(mirror: Mirror, events: Iterable[Mapping[str, Any]]) -> dict[str, list[Link]]:
    """The links of a calendar's events of ours, by whose they are, less those of other mirrors of this state."""
    others = {state.identity for state in mirror.store.mirrors()} - {mirror.identity}
    rows: defaultdict[str, dict[str, Mapping[str, Any]]] = defaultdict(dict)
    for event in events:
        whose = identity.private_marks(event).get(identity.MIRROR, "")
        if whose and whose not in others:
            rows[whose][str(event["id"])] = event
    found = {
        whose: [recognised(whose, event, series=series_of(event, own)) for event in own.values()]
        for whose, own in rows.items()
    }
    return {whose: owned for whose, links in found.items() if (owned := [one for one in links if one])}


def taken_over(mirror: Mirror, calendar_id: str, said: Round) -> list[Link]:
    """The links of what the calendar holds of this mirror, which goes by the identity of these from now on.

    Raises:
        SafetyStopError: `another-mirror`: what it holds is of another source, and nobody said that they share it.
    """
    mirror.progress("Looking for events of this mirror in Google", 0, 0)
    groups = by_identity(mirror, mirror.destination.all_events(calendar_id))
    known, is_new = Known.of(mirror, said), not mirror.state.destination_calendar
    counted = {whose: overlap(links, known) for whose, links in groups.items()}
    current = {whose: count for whose, count in counted.items() if count.current}
    likeliest = max(current, key=lambda whose: current[whose].same, default="")
    if likeliest and is_new and current[likeliest].is_same_source:
        mirror.goes_by(likeliest)
    elif current.keys() - {mirror.identity} and calendar_id != mirror.settings.destination:
        raise _of_another(mirror, calendar_id, sum(count.current for count in current.values()))
    elif is_new and groups and not current:  # what is over tells nothing of its source
        mirror.goes_by(named(mirror, mirror.destination.calendar(calendar_id) or {}, groups))
    return groups.get(mirror.identity, [])


def _is_beyond(link: Link, window: Window) -> bool:
    """Whether it lies outside the window, or is a series that may: how far a COUNT leads is not followed."""
    rules = " ".join((link.sent or {}).get("recurrence") or ())
    until = _UNTIL.search(rules)
    outside = link.is_past(window) or link.starts >= window.end.isoformat()
    return outside or "COUNT=" in rules or bool(until and until[1] < f"{window.start:%Y%m%d}")


def named(mirror: Mirror, calendar: Mapping[str, Any], groups: Collection[str]) -> str:
    """Which of the identities in a calendar a person means by the mirror's name, where no state and no source tells."""
    found = _SIGNED.search(str(calendar.get("description", "")))
    signed_for = found["id"] if found and found["name"] == mirror.name else None
    likely = [one for one in (mirror.identity, mirror.name, signed_for) if one in groups]
    return (likely or (list(groups) if len(groups) == 1 else [mirror.identity]))[0] or ""


def leave_mark(mirror: Mirror, calendar_id: str) -> None:
    """Tells on a calendar that calmirror made that this installation keeps it now."""
    calendar = mirror.destination.calendar(calendar_id) or {}
    description = str(calendar.get("description", ""))
    if _SIGNED.search(description) and keeper(calendar) != mirror.store.install:
        mirror.destination.describe(calendar_id, _SIGNED.sub(lambda _: signed(mirror), description, count=1))


def check_keeper(mirror: Mirror, calendar_id: str) -> None:
    """Raises UserFixableError `taken-over` where another installation has taken the calendar over."""
    own = {"", mirror.store.install, *mirror.remembered.installs}
    if keeper(mirror.destination.calendar(calendar_id) or {}) not in own:
        raise UserFixableError(
            f'Mirror "{mirror.name}": another installation has taken over its Google calendar.',
            code="taken-over",
            meaning="Nothing was changed. Two that write to one calendar would undo each other's work.",
            command="Remove the mirror from one of the two configurations. To go on here: "
            f"calmirror sync --mirror {mirror.name} --take-over",
        )


def _of_another(mirror: Mirror, calendar_id: str, number: int) -> SafetyStopError:
    return SafetyStopError(
        f'Mirror "{mirror.name}": the Google calendar "{mirror.settings.destination}" holds {number} events that '
        "are not in the Outlook calendar: another mirror made them.",
        code="another-mirror",
        meaning=UNTOUCHED,
        command="Name another destination in calmirror.toml; to have both in one calendar, name it by its id, "
        f"{calendar_id}. If they are to go: calmirror purge --mirror {mirror.name}",
    )
