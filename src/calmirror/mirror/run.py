"""A round of changes goes in; a plan comes out; only a guarded plan touches Google; the cursor is saved last."""

from __future__ import annotations

from calmirror.errors import SafetyStopError
from calmirror.mirror.context import Lease, Mirror, leased
from calmirror.mirror.report import Report
from calmirror.mirror.rounds import fetch_round, is_idle


def run(mirror: Mirror, *, allow_mass_delete: bool = False, dry_run: bool = False, full: bool = False) -> Report:
    """Brings the destination to what the source is.

    Args:
        mirror: which one, and all that it works with.
        allow_mass_delete: a person has confirmed deletions beyond the budget.
        dry_run: stops before anything is written; the next run starts where this one did.
        full: reads the whole source even when a cursor would tell what changed.

    Raises:
        CalmirrorError: sorted by what happens next. The run is recorded with its code; its cursor is not saved.
    """
    with leased(mirror, dry_run=dry_run) as lease:
        with lease.recorded():
            report = _run(mirror, lease, allow_mass_delete=allow_mass_delete, dry_run=dry_run, full=full)
        if not dry_run:
            lease.record(report.outcome, report.counts, full=report.full)
        return report


def _run(mirror: Mirror, lease: Lease, *, allow_mass_delete: bool, dry_run: bool, full: bool) -> Report:
    said = fetch_round(mirror, lease, full=full, dry_run=dry_run)
    unsettled = mirror.store.unsettled(mirror.name)
    report = Report(mirror=mirror.name, full=said.full, dry_run=dry_run)
    if not is_idle(said) or unsettled:
        # An idle run does not even import what only changes need.
        from calmirror.mirror import changes  # noqa: PLC0415

        ground = changes.prepare(mirror, lease, said, unsettled, dry_run=dry_run)
        findings = changes.reconcile(mirror, said, unsettled, ground)
        report.plan = plan = changes.make_plan(mirror, said, findings, ground.links)
        report.skipped = findings.skipped
        try:
            changes.check(mirror, said, plan, allowed=allow_mass_delete)
        except SafetyStopError as refused:
            if not dry_run:
                raise
            report.refused = refused
        if not dry_run:
            applied = changes.write(mirror, lease, said, ground, findings, plan)
            report.written, report.skipped = applied.written, findings.skipped | applied.skipped
            changes.leave_open(mirror, lease, report, unsettled)
    if not dry_run:
        lease.commit(said)
    return report
