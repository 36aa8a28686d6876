"""Undoing a run: what it and all later runs wrote is taken back, event by event, as the journal tells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection

from calmirror.errors import SafetyStopError, UserFixableError
from calmirror.mirror.apply import apply, calendar_gone
from calmirror.mirror.context import Lease, Mirror, leased
from calmirror.mirror.destination_calendar import existing_destination
from calmirror.mirror.drift_polling import store_report
from calmirror.mirror.memory import SERIES
from calmirror.mirror.pipeline import DAY, REPLANNED
from calmirror.mirror.preread import Preread
from calmirror.mirror.recovery import settle_open_intents
from calmirror.mirror.report import Report
from calmirror.model.ids import SourceId
from calmirror.model.mirror import JournalEntry
from calmirror.plan import guard
from calmirror.plan.actions import Plan
from calmirror.plan.undo import plan_undo


def undo(
    mirror: Mirror,
    number: int,
    *,
    event: str = "",
    allow_mass_delete: bool = False,
    agree: Callable[[Report], None],
) -> Report:
    """Makes the destination what it was before a run, and has it stay so: what is written is held until released.

    An undo is a run itself: it can be undone. One that was cut short is finished by another of the same run.

    Args:
        mirror: the one whose run it is.
        number: the run; later ones are undone with it.
        event: only this event: its id in Outlook or in Google, or the end of it.
        allow_mass_delete: a person has confirmed deletions beyond the budget.
        agree: is told the plan before anything is written; raises what ends the undo where it is not wanted. Of a
            plan that is refused anyway it is told, too.

    Raises:
        UserFixableError: `undo-too-old`, `event-not-in-run`, `destination-gone`.
        SafetyStopError: `mass-delete`.
        CalmirrorError: as `run`.
    """
    with leased(mirror) as lease, lease.recorded(as_failure=False):
        undoing = _Undoing(mirror, lease, number, event)
        plan = undoing.plan()
        report = Report(mirror=mirror.name, full=False, dry_run=True, plan=plan)
        report.refused = None if allow_mass_delete else _objection(mirror, plan, number)
        agree(report)
        if report.refused:
            raise report.refused
        if plan.actions:
            undoing.carry_out(plan, report)
        lease.end(f"undo of run {number}", report.counts)
        report.dry_run = False
        return report


class _Undoing:
    def __init__(self, mirror: Mirror, lease: Lease, number: int, event: str) -> None:
        self._mirror, self._lease, self._number, self._event = mirror, lease, number, event
        self._calendar_id = existing_destination(mirror)
        if number < mirror.state.undoable_from or not self._calendar_id:
            raise _too_old(mirror, number)
        # What an interrupted run left open belongs to what may have to be undone.
        settle_open_intents(mirror, lease, self._calendar_id, mirror.store.unsettled(mirror.name))
        self._entries = self._concerned()

    def plan(self, only: Collection[SourceId] | None = None) -> Plan:
        """What is to be written, given what we own now."""
        entries = [entry for entry in self._entries if only is None or entry.source_id in only]
        return plan_undo(self._mirror.identity, entries, self._mirror.store.links(self._mirror.name), self._number)

    def carry_out(self, plan: Plan, report: Report) -> None:
        """Writes the plan, and what has to be planned again because Google held something else."""
        mirror, lease = self._mirror, self._lease
        lease.renew()
        # A sign-in that has ended, or a service that is down, shows here: then nothing is held either.
        if mirror.destination.calendar(self._calendar_id) is None:
            raise calendar_gone(mirror)
        # Before the first write: a sync must not take back what an interrupted undo has done.
        sources = {action.source_id for action in plan.actions}
        mirror.store.hold(mirror.name, lease.epoch, lease.run, sources)
        # What is known of a series spares reading it only while Google holds it as it was read.
        mirror.store.remember(mirror.name, lease.epoch, {}, forgotten={(SERIES, one) for one in sources})
        written: Counter[str] = Counter()
        preread = Preread(mirror, lease, self._calendar_id)
        for _ in range(REPLANNED):
            store_report(mirror, lease, preread.read(plan, mirror.store.links(mirror.name)))
            applied = apply(mirror, lease, self._calendar_id, plan, preread)
            written += applied.written
            report.skipped |= applied.skipped
            if not applied.again:
                break
            plan = self.plan(only=applied.again)
        else:
            report.skipped |= dict.fromkeys(applied.again, "Google holds something else each time it is looked at")
        report.written = written

    def _concerned(self) -> list[JournalEntry]:
        """What the run and all later ones wrote, of the one event if one is given; other tools' copies stay deleted."""
        written = self._mirror.store.journal_since(self._mirror.name, self._number)
        entries = [entry for entry in written if not entry.is_foreign]
        if not self._event:
            return entries
        meant = {entry.source_id for entry in entries if _is_meant(entry, self._event)}
        if len(meant) != 1:
            raise _no_such_event(self._mirror, self._number, several=len(meant) > 1)
        return [entry for entry in entries if entry.source_id in meant]


def _is_meant(entry: JournalEntry, event: str) -> bool:
    return entry.source_id.endswith(event) or entry.event_id.partition("_")[0] == event.partition("_")[0]


def _objection(mirror: Mirror, plan: Plan, number: int) -> SafetyStopError | None:
    """Why the plan must not be carried out without a person's word for so many deletions."""
    recent = mirror.store.proven_deletions_since(mirror.name, mirror.clock.now() - DAY)
    deleted, limit = len(plan.deleted_sources), guard.budget(mirror.store.count_sources(mirror.name) + recent)
    if not deleted or deleted + recent <= limit:
        return None
    earlier = f", with the {recent} deleted in the last 24 hours" if recent else ""
    return SafetyStopError(
        f'Mirror "{mirror.name}": undoing run {number} would delete {deleted} events{earlier}, more than the {limit} '
        "that are allowed.",
        code="mass-delete",
        meaning="Nothing was changed in either calendar.",
        command=f"If they are meant to go: calmirror undo {number} --allow-mass-delete",
    )


def _too_old(mirror: Mirror, number: int) -> UserFixableError:
    return UserFixableError(
        f'Mirror "{mirror.name}": run {number} is older than its Google calendar, or that calendar is gone.',
        code="undo-too-old",
        command=f"To see what can be undone: calmirror journal --mirror {mirror.name}",
    )


def _no_such_event(mirror: Mirror, number: int, *, several: bool) -> UserFixableError:
    which = "several events have an id that ends so" if several else "no event of that id was written"
    return UserFixableError(
        f'Mirror "{mirror.name}": {which} by run {number} or a later one.',
        code="event-not-in-run",
        command=f"To see the ids: calmirror journal {number} --json",
    )
