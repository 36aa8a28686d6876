"""Looking at the destination for what a person changed or deleted there, as often as the configuration wants it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from calmirror.google.wire import stands
from calmirror.mirror.context import Lease, Mirror
from calmirror.mirror.drift import DriftReport, Rulings, detect_drift
from calmirror.model.ids import EventId, SourceId
from calmirror.model.mirror import Intent, Link, Verb
from calmirror.model.policy import DeletedInGoogle, OnDrift, Watch
from calmirror.model.times import Window
from calmirror.plan import identity

NEVER_WRITTEN = -1
"""A generation that no event has."""


@dataclass(frozen=True)
class DriftCheck:
    """What a look showed, and where the next one begins. `token` is "" where it begins anew."""

    report: DriftReport = field(default_factory=DriftReport)
    token: str = ""


def look(mirror: Mirror, lease: Lease, calendar_id: str, window: Window, *, full: bool, dry_run: bool) -> DriftCheck:
    """Looks at the destination, where it is time to, and corrects the links by it.

    Whatever is to be put right is an open matter from then on: a run that dies leaves it to the next one. Where drift
    is never looked for, the list still tells of events of ours that no link knows, once a day.

    Args:
        full: the source is read whole, too: once a day.
    """
    watch = mirror.settings.check_drift
    if watch is not Watch.EVERY_RUN and not full and not lease.doubts_links:
        return DriftCheck()
    if watch is Watch.EVERY_RUN:
        check = _followed(mirror, lease, calendar_id, window, "" if full else mirror.state.watch_token)
    else:
        owned = mirror.destination.owned_events(calendar_id, identity.MIRROR, mirror.identity)
        looks = watch is Watch.DAILY
        check = DriftCheck(_judged(mirror, lease, mirror.store.links(mirror.name), owned, window, looks=looks))
    if not dry_run:
        store_report(mirror, lease, check.report)
    return check


def store_report(mirror: Mirror, lease: Lease, report: DriftReport) -> None:
    """Stores what a look showed; what is owed is read again in every run until it is written."""
    store, name = mirror.store, mirror.name
    if report.owed:
        store.intend(name, lease.epoch, [reread_request(mirror, one) for one in report.owed])
    if report.renewed or report.gone or report.noticed:
        store.settle(name, lease.epoch, lease.run, links=report.renewed, gone=report.gone, journal=report.noticed)


def reread_request(mirror: Mirror, source_id: SourceId) -> Intent:
    """A marker: the source event is read again in every run until it is resolved. No write settles it."""
    event_id = identity.event_id(mirror.identity, source_id, "", NEVER_WRITTEN)
    return Intent(source_id=source_id, part="", event_id=event_id, generation=NEVER_WRITTEN, verb=Verb.UPDATE)


def _followed(mirror: Mirror, lease: Lease, calendar_id: str, window: Window, token: str) -> DriftCheck:
    """What changed since the last look; everything, where Google no longer knows where that was."""
    said = mirror.destination.changes(calendar_id, token)
    if said is None:
        said, token = mirror.destination.changes(calendar_id, ""), ""
        assert said is not None, "only a token can be refused"
    links = mirror.store.links(mirror.name)
    if token:
        links = _concerned(links, said.events)
    return DriftCheck(_judged(mirror, lease, links, said.events, window), said.token)


def _concerned(links: Iterable[Link], events: Iterable[Mapping[str, Any]]) -> list[Link]:
    """The links of events that changed. A series that was deleted is one row, and takes its instances along."""
    changed = {EventId(str(event["id"])): stands(event) for event in events}
    fallen = {str(one) for one, there in changed.items() if not there}
    return [link for link in links if link.event_id in changed or identity.family_of(link.event_id) in fallen]


def _judged(
    mirror: Mirror,
    lease: Lease,
    links: Collection[Link],
    events: Iterable[Mapping[str, Any]],
    window: Window,
    *,
    looks: bool = True,
) -> DriftReport:
    rulings = Rulings(
        now=mirror.clock.now(),
        looks=looks,
        restore_changed=mirror.settings.on_drift is OnDrift.RESTORE,
        restore_deleted=mirror.settings.deleted_in_google is DeletedInGoogle.RESTORE,
        window=window,
    )
    rows = list(events)
    for row in rows:
        lease.check_age(row)
    return detect_drift(mirror.identity, links, rows, rulings)
