"""Finding the destination calendar, making it when there is none, and recognising there what is ours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from calmirror.errors import UserFixableError
from calmirror.google.wire import moments, stands
from calmirror.mirror.context import Lease, Mirror
from calmirror.mirror.touch import by_hand, touched, with_touch
from calmirror.model.ids import EventId
from calmirror.model.mirror import LANDED_EARLIER, Intent, JournalEntry, Link, Verb
from calmirror.model.times import as_instant
from calmirror.plan import identity

SIGNATURE = "Kept by calmirror, mirror"
"""How the description of every calendar that we make begins; the name of the mirror that made it follows."""


def destination_id(mirror: Mirror, lease: Lease, *, time_zone: str, dry_run: bool) -> str:
    """The destination's calendar id; "" on a dry run before the calendar exists.

    A calendar met for the first time is searched for events of ours, so a lost state is rebuilt from Google.
    """
    known, wanted = _in_state(mirror), mirror.settings.destination
    if known:
        return known
    with mirror.remembered.turn(wanted):
        found = _search(mirror, wanted)
        if dry_run:
            return found
        if found and found != wanted:  # a later sign-in may not be allowed to look for it
            mirror.remembered.keep(mirror.name, wanted, found)
        calendar_id = found or _create(mirror, lease, wanted, time_zone)
    links = list(owned_links(mirror, calendar_id)) if found else []
    mirror.store.adopt(mirror.name, lease.epoch, links)
    mirror.store.save(
        mirror.name,
        lease.epoch,
        destination_calendar=calendar_id,
        settings=mirror.shape,
        cursor="",
        watch_token="",
        undoable_from=lease.run,
    )
    return calendar_id


def existing_destination(mirror: Mirror) -> str:
    """The destination's calendar id; "" where there is none yet. Nothing is made or remembered."""
    return _in_state(mirror) or _search(mirror, mirror.settings.destination)


def _in_state(mirror: Mirror) -> str:
    state = mirror.state
    same = state.settings.partition("\n")[0] in ("", mirror.settings.destination)
    return state.destination_calendar if same else ""


def owned_links(mirror: Mirror, calendar_id: str) -> Iterator[Link]:
    """Links of all events in Google that are ours beyond doubt."""
    mirror.progress("Looking for events of this mirror in Google", 0, 0)
    return recognised_links(mirror, mirror.destination.owned_events(calendar_id, identity.MIRROR, mirror.name))


def recognised_links(mirror: Mirror, events: Iterable[Mapping[str, Any]]) -> Iterator[Link]:
    """Links of those events that are ours beyond doubt."""
    links = (recognised(mirror, event) for event in events)
    return (link for link in links if link is not None)


def recognised(mirror: Mirror, event: Mapping[str, Any] | None, before: Link | None = None) -> Link | None:
    """The link of an event of ours as Google holds it; None for what is not ours, or was deleted.

    What a person set on it since `before`, or while nobody remembered it, is marked as theirs.
    """
    if not stands(event) or (link := identity.recognised(event, mirror.name)) is None:
        return None
    # Of another content than we knew, it is a write of ours that landed unseen: its own marks tell what that sent.
    same = before is not None and before.fingerprint == link.fingerprint
    theirs = touched(before.sent if before and same else None, event)
    return with_extent(replace(link, sent=with_touch(link.sent or {}, theirs)), event)


def with_extent(link: Link, event: Mapping[str, Any]) -> Link:
    """The link with the time that Google shows; of a series the end of its first occurrence says nothing."""
    span = moments(event)
    ends = "" if event.get("recurrence") else as_instant(span.end).isoformat()
    return replace(link, starts=as_instant(span.start).isoformat(), ends=ends)


def _search(mirror: Mirror, wanted: str) -> str:
    """The id of an existing destination: given as an id, remembered, or found among the user's calendars."""
    if "@" in wanted or wanted == "primary":
        if mirror.destination.calendar(wanted) is None:
            raise UserFixableError(
                f'Mirror "{mirror.name}": the destination calendar given by its id does not exist in Google, or this '
                "sign-in cannot reach it.",
                code="destination-not-found",
                command="Correct destination in calmirror.toml, or give a name to have a calendar made",
            )
        return wanted
    for remembered in mirror.remembered.known(mirror.name, wanted):
        if mirror.destination.calendar(remembered) is not None:
            return remembered
    listed = mirror.destination.find_calendars() or []
    ours = [str(calendar["id"]) for calendar in listed if _is_ours(mirror, wanted, calendar)]
    if len(ours) < 2:
        return "".join(ours)
    # One of them was made by a run that lost the mirror, or whose answer was lost: it is the empty one.
    return next((one for one in ours if _holds_ours(mirror, one)), ours[0])


def _is_ours(mirror: Mirror, wanted: str, calendar: Mapping[str, Any]) -> bool:
    """A calendar of that name is taken only when it says that it is ours, or holds events of this mirror.

    One that another mirror keeps must be the user's own: it may be a colleague's, whose mirror we do not know.
    """
    role, description = calendar.get("accessRole"), str(calendar.get("description", ""))
    if calendar.get("summary") != wanted or role not in ("owner", "writer"):
        return False
    if _signature(mirror) in description or (role == "owner" and SIGNATURE in description):
        return True
    return _holds_ours(mirror, str(calendar["id"]))


def _holds_ours(mirror: Mirror, calendar_id: str) -> bool:
    owned = mirror.destination.owned_events(calendar_id, identity.MIRROR, mirror.name)
    return any(recognised(mirror, event) for event in owned)


def _create(mirror: Mirror, lease: Lease, wanted: str, time_zone: str) -> str:
    mirror.progress(f'Creating the calendar "{wanted}" in Google', 0, 0)
    before = mirror.remembered.find(mirror.name, wanted)
    calendar_id = mirror.destination.create_calendar(wanted, time_zone=time_zone, description=_signature(mirror))
    # A run that lost the mirror meanwhile must not have its calendar remembered over the other's.
    lease.renew()
    if mirror.remembered.find(mirror.name, wanted) == before:
        mirror.remembered.keep(mirror.name, wanted, calendar_id)
    return calendar_id


def _signature(mirror: Mirror) -> str:
    return f'{SIGNATURE} "{mirror.name}".'


def look_after(mirror: Mirror, lease: Lease, calendar_id: str, intents: Iterable[Intent]) -> None:
    """Settles what an interrupted run left open: reads those events in Google and corrects the links by them.

    What turns out to be written stands in the journal of the run that sent it, unless that is forgotten.
    """
    known = {intent.event_id: intent for intent in intents}
    if not known or not calendar_id:
        return
    old = {link.event_id: link for link in mirror.store.links_of(mirror.name, {i.source_id for i in known.values()})}
    found = mirror.destination.fetch(calendar_id, list(known))
    runs = {one: one if mirror.store.run(one) else lease.run for one in {intent.run for intent in known.values()}}
    links, lost = [], []
    journal: dict[int, list[JournalEntry]] = {run: [] for run in (*runs.values(), lease.run)}
    for event_id, intent in known.items():
        event, before = found[event_id], old.get(event_id)
        link = recognised(mirror, event, before) or _hole(intent, event)
        if link is None and before is not None:
            with_it = [before, *(one for one in old.values() if one.event_id.startswith(f"{event_id}_"))]
            for entry in (_gone(intent, one) for one in with_it if not one.is_hole):
                journal[lease.run if entry.by_hand else runs[intent.run]].append(entry)
            lost += with_it
        elif link is not None and _landed(before, link):
            links.append(link)
            journal[runs[intent.run]].append(_entry(intent, before, link))
    gone = [link.event_id for link in lost]
    own = journal.pop(lease.run)
    mirror.store.settle(mirror.name, lease.epoch, lease.run, links=links, gone=gone, journal=own, earlier=journal)


def _landed(before: Link | None, after: Link) -> bool:
    """Whether what Google holds is our write; an event of the same content at another version is a person's doing."""
    return before is None or (after.fingerprint != before.fingerprint and after.etag != before.etag)


def _hole(intent: Intent, event: Mapping[str, Any] | None) -> Link | None:
    instance = identity.instance_of(intent.part)
    if not instance or event is None or stands(event):
        return None
    return hole(intent.source_id, intent.event_id, instance, intent.generation)


def hole(source_id: Any, event_id: EventId, instance: str, generation: int) -> Link:
    """The link of an instance that we cancelled: Google keeps it, and it matters when the series is rescheduled."""
    return Link(
        source_id=source_id, part=f"hole:{instance}", event_id=event_id, generation=generation, fingerprint="cancelled"
    )


def _entry(intent: Intent, before: Link | None, after: Link | None) -> JournalEntry:
    return JournalEntry(
        source_id=intent.source_id,
        part=intent.part,
        event_id=intent.event_id,
        verb=Verb.DELETE if after is None or after.is_hole else Verb.UPDATE if before else Verb.INSERT,
        reason=LANDED_EARLIER,
        before=before.sent if before else None,
        after=after.sent if after else None,
        # What the interrupted run knew of its reason is lost: counted rather once too often against the budget.
        proven_deletion=after is None and not intent.part,
    )


def _gone(intent: Intent, link: Link) -> JournalEntry:
    """An event that is no longer there: only a deletion of ours makes one vanish, otherwise it was a person."""
    if intent.verb is not Verb.DELETE:
        return by_hand(link, None)
    return _entry(replace(intent, part=link.part, event_id=link.event_id), link, None)


def since_of(links: Iterable[Link], default: datetime) -> datetime:
    """From when on a series' odd times are looked at: fixed when it was first mirrored."""
    days = [link.since for link in links if link.since]
    return datetime.fromisoformat(min(days)) if days else default
