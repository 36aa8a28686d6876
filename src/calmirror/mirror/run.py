"""A round of changes goes in; a plan comes out; only a guarded plan touches Google; the cursor is saved last."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from calmirror.mirror.context import Lease, Mirror, StateIsOldError, leased
from calmirror.mirror.report import Report
from calmirror.mirror.rounds import fetch_round, is_empty, is_idle
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
    unpin: bool = False,
    keep_deleted: bool = False,
    take_over: bool = False,
    accept_empty: bool = False,
) -> Report:
    """Brings the destination to what the source is.

    Args:
        mirror: which one, and all that it works with.
        allow_mass_delete: a person has confirmed deletions beyond the budget.
        dry_run: stops before anything is written; the next run starts where this one did.
        full: reads the whole source even when a cursor would tell what changed.
        unpin: what was held follows the source again.
        keep_deleted: what waits to be deleted is held as it is in Google instead.
        take_over: this installation goes on, where another one has taken the calendar over.
        accept_empty: a person has confirmed that a source without any event is the right one.

    Raises:
        SafetyStopError: `empty-source`: nothing was written, and the cursor is not saved.
            `mass-delete`: where the source seems emptied or halved, nothing was written; where only more
            was deleted than is plausible, all but the deletions was, and the cursor is saved.
        CalmirrorError: sorted by what happens next. The run is recorded with its code; its cursor is not saved.
    """
    with leased(mirror, dry_run=dry_run) as lease:
        with lease.recorded():
            held = frozenset() if unpin else mirror.store.held(mirror.name)
            word = Word(allow_mass_delete, keep_deleted, accept_empty)
            lease.minds_age = True
            if take_over and mirror.state.destination_calendar:
                _claim(mirror, lease)
            try:
                report = _run(mirror, lease, held, word, dry_run=dry_run, full=full or unpin)
            except StateIsOldError:
                lease.rebuild()
                report = _run(mirror, lease, held, word, dry_run=dry_run, full=True)
            if unpin and not dry_run:
                mirror.store.release_held(mirror.name, lease.epoch)
            if report.refused and not dry_run:
                raise report.refused
        if not dry_run:
            lease.record(report.outcome, report.counts, full=report.full)
        return report


class Word(NamedTuple):
    """A person's word: on deletions beyond the budget (let them go, or keep what they would delete), on emptiness."""

    allow: bool
    keep: bool
    empty: bool


def _run(mirror: Mirror, lease: Lease, held: frozenset[SourceId], word: Word, *, dry_run: bool, full: bool) -> Report:
    said = fetch_round(mirror, lease, full=full, dry_run=dry_run)
    if is_empty(said) and not word.empty and not mirror.has_followed:
        return _unconfirmed(mirror, said, dry_run=dry_run)
    unsettled = mirror.store.unsettled(mirror.name)
    if is_idle(said) and not unsettled and mirror.settings.check_drift is not Watch.EVERY_RUN:
        report = Report(mirror=mirror.name, full=False, dry_run=dry_run, held=held)
    else:
        report = Report(mirror=mirror.name, full=said.full, dry_run=dry_run, held=held)
        _follow(mirror, lease, said, unsettled, report, word)
    if not dry_run:
        lease.commit(said, report.watch_token)
    return report


def _claim(mirror: Mirror, lease: Lease) -> None:
    """Has the mirror find its calendar, and what is in it, as one whose state is lost: another installation wrote."""
    mirror.store.save(mirror.name, lease.epoch, destination_calendar="", cursor="", watch_token="")


def _unconfirmed(mirror: Mirror, said: Round, *, dry_run: bool) -> Report:
    from calmirror.mirror import pipeline  # noqa: PLC0415 - once in the life of a mirror

    refused = pipeline.emptiness(mirror, said)
    if not dry_run:
        raise refused
    return Report(mirror=mirror.name, full=True, dry_run=True, refused=refused)


def _follow(mirror: Mirror, lease: Lease, said: Round, unsettled: list[Intent], report: Report, word: Word) -> None:
    # An idle run does not even import what only changes need.
    from calmirror.mirror import pipeline, skipped  # noqa: PLC0415

    inputs = pipeline.prepare(mirror, lease, said, unsettled, dry_run=report.dry_run)
    report.behind = inputs.behind
    said = mirror.bridge.recognise(said, inputs.links, None if report.dry_run else lease)
    if stranger := None if word.allow else pipeline.other_source(mirror, said, inputs.links):
        report.refused = stranger
        if report.dry_run:
            return
        raise stranger
    mentioned = pipeline.mentioned(said)
    findings = pipeline.reconcile(mirror, said, unsettled, inputs)
    if said.full:
        findings = mirror.bridge.known_again(findings, inputs.links, None if report.dry_run else lease)
    findings = findings.about_others(report.held)
    links = [link for link in inputs.links if link.source_id not in report.held]
    draft = pipeline.draft(mirror, lease, said, findings, inputs, links)
    pipeline.check_age(mirror, lease, mentioned - report.held, draft)
    report.plan, report.skipped = draft.plan, findings.skipped
    outlines = {**said.outlines, **findings.outlines}
    waits = frozenset() if word.allow else pipeline.waiting(mirror, draft.plan)
    refused = None if word.allow else pipeline.objection(mirror, said, draft.plan)
    if report.dry_run:
        report.refused = refused or pipeline.word_for(mirror, waits, "All else would be written.")
        report.waits = frozenset(one.source_id for one in draft.plan.actions) if refused else waits
        report.plan = pipeline.remarked(mirror, said, skipped.with_reasons(mirror, draft.plan))
        if mirror.is_of_earlier_version:
            report.corrected = draft.plan.corrections
        skipped.identify(mirror, report, outlines)
        return
    if refused is not None:
        raise refused
    if word.keep:
        mirror.store.hold(mirror.name, lease.epoch, lease.run, waits)
        report.held |= waits
        findings, waits = findings.about_others(report.held), frozenset()
    draft.plan = draft.plan.without(report.held | waits)
    applied = pipeline.write(mirror, lease, said, inputs, findings, draft)
    report.written, report.skipped = applied.written, findings.skipped | applied.skipped
    if report.skipped or unsettled:  # what was left out before has an open intent
        skipped.identify(mirror, report, outlines)
        skipped.remember(mirror, report, lease)
    pipeline.leave_open(mirror, lease, report)
    if waits or unsettled:  # what waits has an open intent
        pipeline.keep_waiting(mirror, lease, findings, waits)
    report.refused = pipeline.word_for(mirror, waits, "All else was written.")
    report.watch_token = inputs.watch_token
