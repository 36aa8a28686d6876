"""Taking back: everything that one mirror made in Google goes, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from calmirror.errors import SafetyStopError, UserFixableError
from calmirror.mirror.apply import apply
from calmirror.mirror.context import Lease, Mirror, leased
from calmirror.mirror.destination_calendar import existing_destination
from calmirror.mirror.drift_polling import store_report
from calmirror.mirror.preread import USED_GENERATION, Preread
from calmirror.mirror.recognition import recognised
from calmirror.mirror.recovery import settle_open_intents
from calmirror.mirror.takeover import SIGNATURE, by_identity, named
from calmirror.model.ids import SourceId
from calmirror.model.mirror import Link, Verb
from calmirror.plan import identity
from calmirror.plan.actions import Plan
from calmirror.plan.diff import deletions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PURGED = "purged"


@dataclass(frozen=True, kw_only=True)
class Holding:
    """What a mirror has in one Google calendar.

    `whole` are its events and series, `changed` the changed occurrences that go with their series. `others` counts
    what is not calmirror's, a person's duplicates included. `made` tells that calmirror made the calendar itself.
    """

    mirror: str
    calendar_id: str
    calendar_name: str
    made: bool
    whole: tuple[Link, ...]
    changed: tuple[Link, ...]
    others: int

    @property
    def links(self) -> tuple[Link, ...]:
        """The links of all of it."""
        return (*self.whole, *self.changed)

    @property
    def days(self) -> tuple[str, str]:
        """The first and the last day on which one of its events starts, in UTC."""
        days = sorted(link.starts[:10] for link in self.whole)
        return (days[0], days[-1]) if days else ("", "")

    def plan(self) -> Plan:
        """The deletion of all of it. Changed occurrences go with their series."""
        return Plan(actions=tuple(deletions(self.links, PURGED, proven=False)))


@dataclass(frozen=True, kw_only=True)
class Purge:
    """What a purge did. `skipped` are source events whose copy Google did not let go, with the reason."""

    mirror: str
    deleted: int
    skipped: Mapping[SourceId, str]
    calendar_deleted: bool = False

    @property
    def exit_code(self) -> int:
        """0 when nothing of the mirror is left."""
        return 3 if self.skipped else 0


def look(mirror: Mirror, calendar_id: str = "") -> Holding:
    """What the mirror has in its calendar, or in the one of that id. Reads only.

    Raises:
        UserFixableError: `nothing-to-purge` where there is no such calendar.
    """
    calendar_id = calendar_id or existing_destination(mirror)
    calendar = mirror.destination.calendar(calendar_id) if calendar_id else None
    if calendar is None:
        what = "its Google calendar does not exist, or this sign-in cannot reach it"
        raise UserFixableError(
            f'Mirror "{mirror.name}": {what if calendar_id else "no Google calendar of it is known"}.',
            code="nothing-to-purge",
            command=f"If it has events elsewhere: calmirror purge --mirror {mirror.name} --calendar-id ID",
        )
    mirror.progress("Looking for events of this mirror in Google", 0, 0)
    events = list(mirror.destination.all_events(calendar_id))
    if not mirror.state.destination_calendar:
        mirror.goes_by(named(mirror, calendar, by_identity(mirror, events)))
    return _sorted_out(mirror, calendar_id, calendar, events)


def _sorted_out(
    mirror: Mirror, calendar_id: str, calendar: Mapping[str, Any], events: Iterable[Mapping[str, Any]]
) -> Holding:
    owned, others, there = [], [], set()
    for event in events:
        there.add(str(event.get("id", "")))
        link = recognised(mirror.identity, event)
        if link is not None:
            owned.append(link)
        else:
            others.append(str(event.get("recurringEventId", "")))
    whole = [link for link in owned if not identity.instance_of(link.part)]
    series = {link.event_id for link in whole}
    changed = [link for link in owned if identity.instance_of(link.part)]
    # An occurrence of a series that is the person's by now, its marks taken off, would leave a hole in it.
    foreign = [link for link in changed if link.event_id.partition("_")[0] in there - series]
    return Holding(
        mirror=mirror.name,
        calendar_id=calendar_id,
        calendar_name=str(calendar.get("summary", "")),
        made=str(calendar.get("description", "")).startswith(SIGNATURE),
        whole=tuple(whole),
        changed=tuple(link for link in changed if link not in foreign),
        others=len(foreign) + sum(1 for series_id in others if series_id not in series),
    )


def purge(mirror: Mirror, calendar_id: str = "", *, with_calendar: bool = False) -> Purge:
    """Deletes everything that the mirror made, and forgets what was remembered of it.

    A purge that was cut short is repeated: what is gone is not missed. A later sync starts anew.

    Args:
        mirror: which one.
        calendar_id: where, if not in the mirror's destination.
        with_calendar: delete the calendar, too.

    Raises:
        SafetyStopError: `calendar-not-ours`: the calendar was not made by calmirror, or holds something else.
    """
    with leased(mirror) as lease, lease.recorded():
        holding = look(mirror, calendar_id)
        if with_calendar:
            _check_calendar(holding)
        if mirror.state.destination_calendar == holding.calendar_id:
            # What a run that died had written gets into its own journal: undoing this one does not undo that.
            settle_open_intents(mirror, lease, holding.calendar_id, mirror.store.unsettled(mirror.name))
        _remember_generations(mirror, lease, holding)
        plan, preread = holding.plan(), Preread(mirror, lease, holding.calendar_id)
        store_report(mirror, lease, preread.read(plan, holding.links))
        applied = apply(mirror, lease, holding.calendar_id, plan, preread)
        deleted = applied.written[Verb.DELETE.value]
        gone = with_calendar and not applied.skipped and _delete_calendar(mirror, lease, holding.calendar_id)
        if not applied.skipped and mirror.state.destination_calendar == holding.calendar_id:
            _forget(mirror, lease, calendar_deleted=gone)
        lease.end(PURGED, {Verb.DELETE.value: deleted})
    return Purge(mirror=mirror.name, deleted=deleted, skipped=applied.skipped, calendar_deleted=gone)


def _remember_generations(mirror: Mirror, lease: Lease, holding: Holding) -> None:
    """Google keeps the ids of deleted events; a later sync need not find out one by one that they are taken."""
    last: dict[SourceId, int] = {}
    for link in holding.whole:
        last[link.source_id] = max(link.generation, last.get(link.source_id, 0))
    burnt = {(USED_GENERATION, one): generation for one, generation in last.items()}
    mirror.store.remember(mirror.name, lease.epoch, burnt)


def _check_calendar(holding: Holding) -> None:
    if holding.made and not holding.others:
        return
    why = f"holds {holding.others} events of others" if holding.others else "was not made by calmirror"
    raise SafetyStopError(
        f'Mirror "{holding.mirror}": the Google calendar {why}, so it is not deleted.',
        code="calendar-not-ours",
        command=f"To delete only calmirror's events: calmirror purge --mirror {holding.mirror}",
    )


def _delete_calendar(mirror: Mirror, lease: Lease, calendar_id: str) -> bool:
    """Deletes the calendar if it is empty now; somebody may just have put something into it."""
    lease.renew()
    _check_calendar(look(mirror, calendar_id))
    mirror.destination.delete_calendar(calendar_id)
    return True


def _forget(mirror: Mirror, lease: Lease, *, calendar_deleted: bool) -> None:
    """The next run starts as if there had been none, in the same calendar. Runs and their journal stay."""
    store, name, epoch = mirror.store, mirror.name, lease.epoch
    store.adopt(name, epoch, [])
    store.settle(name, epoch, lease.run, settled=[intent.event_id for intent in store.unsettled(name)])
    store.drop_staged(name, epoch)
    store.release_held(name, epoch)
    store.save(name, epoch, cursor="", window_start="", window_end="", full_at=0, succeeded_at=0, last_error="")
    if calendar_deleted:
        store.save(name, epoch, destination_calendar="", settings="")
