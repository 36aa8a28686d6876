"""Which events runs left out, and why: remembered, since what is read again later often tells less."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from calmirror.mirror.reconcile import UNREAD
from calmirror.model.policy import Profile
from calmirror.model.source import Outline

if TYPE_CHECKING:
    from collections.abc import Mapping

    from calmirror.mirror.context import Lease, Mirror
    from calmirror.mirror.report import Report
    from calmirror.model.ids import SourceId
    from calmirror.plan.actions import Plan

SKIPPED = "skipped"
"""The kind of memory."""


def identify(mirror: Mirror, report: Report, outlines: Mapping[SourceId, Outline]) -> None:
    """Completes what a report tells of the events that it leaves out by what an earlier run knew of them."""
    known = mirror.store.recall(mirror.name, SKIPPED, report.skipped)
    titled = mirror.settings.policy.profile is not Profile.BUSY
    for one, reason in report.skipped.items():
        told = known.get(one, {})
        if reason == UNREAD and told:
            report.skipped[one] = told["reason"]
        outline = outlines.get(one) or Outline(told.get("title", ""), told.get("starts", ""))
        report.outlines[one] = outline if titled else outline._replace(title="")


def remember(mirror: Mirror, report: Report, lease: Lease) -> None:
    """Remembers these for later runs, and nothing of events that are no longer left out."""
    store, name = mirror.store, mirror.name
    told = {
        (SKIPPED, one): {"reason": reason, **report.outlines[one]._asdict()} for one, reason in report.skipped.items()
    }
    over = [(SKIPPED, one) for one in store.memories(name, SKIPPED) if one not in report.skipped]
    store.remember(name, lease.epoch, told, forgotten=over)


def with_reasons(mirror: Mirror, plan: Plan) -> Plan:
    """The plan, each write of an event that the last run left out with the reason why it did."""
    store, name = mirror.store, mirror.name
    planned = {action.source_id for action in plan.actions}.intersection(store.memories(name, SKIPPED))
    why = {one: told["reason"] for one, told in store.recall(name, SKIPPED, planned).items()}
    actions = tuple(
        replace(action, reason=f"{action.reason}; left out by the last sync: {why[action.source_id]}")
        if action.source_id in why
        else action
        for action in plan.actions
    )
    return replace(plan, actions=actions) if why else plan
