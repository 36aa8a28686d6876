"""A round of changes goes in; a plan comes out; only a guarded plan touches Google; the cursor is saved last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calmirror.mirror.context import Lease, Mirror, leased
from calmirror.mirror.report import Report
from calmirror.mirror.rounds import fetch_round, is_idle

if TYPE_CHECKING:
    from calmirror.model.mirror import Intent
    from calmirror.model.source import Round


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
    if is_idle(said) and not unsettled:
        report = Report(mirror=mirror.name, full=False, dry_run=dry_run)
    else:
        report = _follow(mirror, lease, said, unsettled, allow_mass_delete=allow_mass_delete, dry_run=dry_run)
    if not dry_run:
        lease.commit(said)
    return report


def _follow(
    mirror: Mirror, lease: Lease, said: Round, unsettled: list[Intent], *, allow_mass_delete: bool, dry_run: bool
) -> Report:
    # An idle run does not even import what only changes need.
    from calmirror.mirror import changes  # noqa: PLC0415

    ground = changes.prepare(mirror, lease, said, unsettled, dry_run=dry_run)
    findings = changes.reconcile(mirror, said, unsettled, ground)
    plan = changes.make_plan(mirror, said, findings, ground.links)
    report = Report(mirror=mirror.name, full=said.full, dry_run=dry_run, plan=plan, skipped=findings.skipped)
    refused = None if allow_mass_delete else changes.objection(mirror, said, plan)
    if dry_run:
        report.refused = refused
        return report
    if refused is not None:
        raise refused
    applied = changes.write(mirror, lease, said, ground, findings, plan)
    report.written, report.skipped = applied.written, findings.skipped | applied.skipped
    changes.leave_open(mirror, lease, report, unsettled)
    return report
