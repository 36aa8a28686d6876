"""A round of changes goes in; a plan comes out; only a guarded plan touches Google; the cursor is saved last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calmirror.mirror.context import Lease, Mirror, StateIsOldError, leased
from calmirror.mirror.report import Report
from calmirror.mirror.rounds import fetch_round, is_idle
from calmirror.model.policy import Watch

if TYPE_CHECKING:
    from calmirror.model.ids import SourceId
    from calmirror.model.mirror import Intent
    from calmirror.model.source import Round


def run(
    mirror: Mirror,
    *,
    allow_mass_delete: bool = False,
    dry_run: bool = False,
    full: bool = False,
    resume: bool = False,
) -> Report:
    """Brings the destination to what the source is.

    Args:
        mirror: which one, and all that it works with.
        allow_mass_delete: a person has confirmed deletions beyond the budget.
        dry_run: stops before anything is written; the next run starts where this one did.
        full: reads the whole source even when a cursor would tell what changed.
        resume: what an undo had held follows the source again.

    Raises:
        CalmirrorError: sorted by what happens next. The run is recorded with its code; its cursor is not saved.
    """
    with leased(mirror, dry_run=dry_run) as lease:
        with lease.recorded():
            held = frozenset() if resume else mirror.store.held(mirror.name)
            lease.minds_age = True
            try:
                report = _run(mirror, lease, held, allow_mass_delete, dry_run=dry_run, full=full or resume)
            except StateIsOldError:
                lease.rebuild()
                report = _run(mirror, lease, held, allow_mass_delete, dry_run=dry_run, full=True)
            if resume and not dry_run:
                mirror.store.release_held(mirror.name, lease.epoch)
        if not dry_run:
            lease.record(report.outcome, report.counts, full=report.full)
        return report


def _run(
    mirror: Mirror, lease: Lease, held: frozenset[SourceId], allow_mass_delete: bool, *, dry_run: bool, full: bool
) -> Report:
    said = fetch_round(mirror, lease, full=full, dry_run=dry_run)
    unsettled = mirror.store.unsettled(mirror.name)
    if is_idle(said) and not unsettled and mirror.settings.watch is not Watch.EVERY_RUN:
        report = Report(mirror=mirror.name, full=False, dry_run=dry_run, held=held)
    else:
        report = Report(mirror=mirror.name, full=said.full, dry_run=dry_run, held=held)
        _follow(mirror, lease, said, unsettled, report, allow_mass_delete=allow_mass_delete)
    if not dry_run:
        lease.commit(said, report.watch_token)
    return report


def _follow(
    mirror: Mirror, lease: Lease, said: Round, unsettled: list[Intent], report: Report, *, allow_mass_delete: bool
) -> None:
    # An idle run does not even import what only changes need.
    from calmirror.mirror import pipeline  # noqa: PLC0415

    inputs = pipeline.prepare(mirror, lease, said, unsettled, dry_run=report.dry_run)
    report.behind = inputs.behind
    said = mirror.bridge.recognise(said, inputs.links, None if report.dry_run else lease)
    mentioned = pipeline.mentioned(said)
    findings = pipeline.reconcile(mirror, said, unsettled, inputs).about_others(report.held)
    links = [link for link in inputs.links if link.source_id not in report.held]
    draft = pipeline.draft(mirror, lease, said, findings, inputs, links)
    pipeline.check_age(mirror, lease, mentioned - report.held, draft)
    report.plan, report.skipped = draft.plan, findings.skipped
    refused = None if allow_mass_delete else pipeline.objection(mirror, said, draft.plan)
    if report.dry_run:
        report.refused = refused
        return
    if refused is not None:
        raise refused
    applied = pipeline.write(mirror, lease, said, inputs, findings, draft)
    report.written, report.skipped = applied.written, findings.skipped | applied.skipped
    pipeline.leave_open(mirror, lease, report)
    report.watch_token = inputs.watch_token
