"""The part of a run that only runs with changes need: the ground, the findings, the plan, the guard, the writes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from calmirror.errors import SafetyStopError
from calmirror.mirror.apply import Applied, apply
from calmirror.mirror.context import PADDING, Lease, Mirror
from calmirror.mirror.place import destination_id, look_after, owned_links
from calmirror.mirror.reconcile import Findings, Reconciler, zones_seen
from calmirror.mirror.report import Report
from calmirror.mirror.watch import Seen, look, reminder
from calmirror.model.ids import SourceId
from calmirror.model.mirror import Intent, Link
from calmirror.model.policy import Past
from calmirror.model.source import Round
from calmirror.model.times import Window
from calmirror.plan import guard
from calmirror.plan.actions import Plan
from calmirror.plan.diff import plan_changes

REPLANNED = 3
"""How often what Google turned out to hold may lead to another plan within one run."""
DAY = 86400.0


@dataclass(frozen=True)
class Ground:
    """Where a run stands: the destination ("" before it exists) and what we own of what the round may concern.

    `drifted` are source events to be read again, since a person changed or deleted their copies.
    """

    calendar_id: str
    links: tuple[Link, ...]
    drifted: frozenset[SourceId] = frozenset()
    watch_token: str = ""


def prepare(mirror: Mirror, lease: Lease, said: Round, unsettled: list[Intent], *, dry_run: bool) -> Ground:
    """Finds the destination, settles what an interrupted run left open, and loads the links that matter."""
    known = mirror.state.destination_calendar
    zones = zones_seen([*said.masters.values(), *said.singles.values()])
    calendar_id = destination_id(mirror, lease, time_zone=zones[0] if zones else "UTC", dry_run=dry_run)
    if not dry_run:
        look_after(mirror, lease, calendar_id, unsettled)
    if dry_run and calendar_id and not known:
        return Ground(calendar_id, tuple(owned_links(mirror, calendar_id)))
    seen = Seen()
    if known and calendar_id:
        seen = look(mirror, lease, calendar_id, window_of(said), full=said.full, dry_run=dry_run)
    concerned = _concerned(said, unsettled) | seen.drifted
    links = mirror.store.links(mirror.name) if said.full else mirror.store.links_of(mirror.name, concerned)
    return Ground(calendar_id, seen.corrected(links), seen.drifted, seen.token)


def _concerned(said: Round, unsettled: list[Intent]) -> set[SourceId]:
    series = {exception.series_id for exception in said.exceptions.values() if exception.series_id}
    return {*said.singles, *said.masters, *said.stubs, *said.tombstones, *series} | {i.source_id for i in unsettled}


def reconcile(mirror: Mirror, said: Round, unsettled: list[Intent], ground: Ground) -> Findings:
    """What is so in Outlook."""
    reconciler = Reconciler(mirror, said, window_of(said), ground.links)
    return reconciler.findings({intent.source_id for intent in unsettled} | ground.drifted)


def make_plan(mirror: Mirror, said: Round, findings: Findings, links: Collection[Link]) -> Plan:
    """What to write, and why."""
    aged = _past(links, window_of(said)) if said.full and mirror.settings.past is Past.PRUNE else {}
    return plan_changes(mirror.name, findings.desired.values(), findings.gone, links, window_of(said), left=aged)


def _past(links: Collection[Link], window: Window) -> dict[SourceId, str]:
    """Source events of which everything lies before the window."""
    current = {link.source_id for link in links if not link.is_past(window)}
    return {link.source_id: "ended before the window; past = prune" for link in links if link.source_id not in current}


def objection(mirror: Mirror, said: Round, plan: Plan) -> SafetyStopError | None:
    """Why the plan must not be carried out without a person's word; None for a plausible one."""
    if not plan.deleted_sources:
        return None
    links = mirror.store.links(mirror.name)
    window = window_of(said)
    try:
        guard.check(
            plan,
            mirror=mirror.name,
            owned=len({link.source_id for link in links}),
            current=len({link.source_id for link in links if not link.is_past(window)}),
            recent=mirror.store.proven_deletions_since(mirror.name, mirror.clock.now() - DAY),
            command=f"calmirror sync --mirror {mirror.name} --allow-mass-delete",
            by_absence=bool(mirror.settings.feed),
        )
    except SafetyStopError as refused:
        return refused
    return None


def write(mirror: Mirror, lease: Lease, said: Round, ground: Ground, findings: Findings, plan: Plan) -> Applied:
    """Carries the plan out, and what has to be planned again because Google held something else."""
    applied = apply(mirror, lease, ground.calendar_id, plan)
    again, applied.again = applied.again, set()
    for _ in range(REPLANNED):
        if not again:
            break
        links = mirror.store.links_of(mirror.name, again)
        desired = [want for one, want in findings.desired.items() if one in again]
        more = apply(mirror, lease, ground.calendar_id, plan_changes(mirror.name, desired, {}, links, window_of(said)))
        applied.written += more.written
        applied.skipped |= more.skipped
        again = more.again
    applied.skipped |= dict.fromkeys(again, "Google holds something else each time it is looked at")
    # Not before all is written: a series that is known is one that Google holds as it was read.
    unlike = findings.skipped.keys() | applied.skipped.keys() | findings.held
    findings.memory.save(lease, full=said.full, without=unlike)
    return applied


def leave_open(mirror: Mirror, lease: Lease, report: Report) -> None:
    """Settles the intents whose events are decided; what was left out is read again in every round."""
    unsettled = mirror.store.unsettled(mirror.name)
    decided = [intent.event_id for intent in unsettled if intent.source_id not in report.skipped]
    mirror.store.settle(mirror.name, lease.epoch, lease.run, settled=decided)
    mirror.store.intend(mirror.name, lease.epoch, [reminder(mirror, one) for one in report.skipped])


def window_of(said: Round) -> Window:
    """The window kept in sync, without the padding that Microsoft was asked for."""
    return said.window.padded(-PADDING)
