"""Watching the destination: what a person changed or deleted there, as often as the configuration wants it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from calmirror.mirror.context import Lease, Mirror
from calmirror.mirror.stock import Stock, take_stock
from calmirror.model.ids import EventId, SourceId
from calmirror.model.mirror import Intent, Link, Verb
from calmirror.model.policy import DeletedInGoogle, OnDrift, Watch
from calmirror.model.times import Window
from calmirror.plan import identity

NEVER_WRITTEN = -1
"""A generation that no event has."""


@dataclass(frozen=True)
class Seen:
    """What a look showed: source events whose copies are to be put right, the books, and where the next look begins.

    `stock` is None where nobody looked; `token` is "" where the next look begins anew.
    """

    drifted: frozenset[SourceId] = frozenset()
    stock: Stock | None = None
    token: str = ""

    def corrected(self, links: Iterable[Link]) -> tuple[Link, ...]:
        """Links as the look bears them out."""
        if self.stock is None:
            return tuple(links)
        gone = set(self.stock.gone)
        renewed = {link.event_id: link for link in self.stock.renewed}
        books = {link.event_id: link for link in links if link.event_id not in gone}
        return tuple((books | renewed).values())


def look(mirror: Mirror, lease: Lease, calendar_id: str, window: Window, *, full: bool, dry_run: bool) -> Seen:
    """Looks at the destination, where it is time to, and corrects the books by it.

    Whatever is to be put right is an open matter from then on: a run that dies leaves it to the next one.

    Args:
        full: the source is read whole, too: once a day.
    """
    watch = mirror.settings.watch
    if watch is Watch.NEVER or (watch is Watch.DAILY and not full):
        return Seen()
    if watch is Watch.DAILY:
        seen = _judged(mirror, calendar_id, mirror.store.links(mirror.name), None, window, "")
    else:
        seen = _followed(mirror, calendar_id, window, "" if full else mirror.state.watch_token)
    if seen.stock is not None and not dry_run:
        _note(mirror, lease, seen.stock, seen.drifted)
    return seen


def _followed(mirror: Mirror, calendar_id: str, window: Window, token: str) -> Seen:
    """What changed since the last look; everything, where Google no longer knows where that was."""
    said = mirror.destination.changes(calendar_id, token)
    if said is None:
        said, token = mirror.destination.changes(calendar_id, ""), ""
        assert said is not None, "only a token can be refused"
    links = mirror.store.links(mirror.name)
    if token:
        changed = {EventId(str(event["id"])) for event in said.events}
        links = [link for link in links if link.event_id in changed]
    return _judged(mirror, calendar_id, links, said.events, window, said.token)


def _judged(
    mirror: Mirror,
    calendar_id: str,
    links: list[Link],
    events: Iterable[Mapping[str, Any]] | None,
    window: Window,
    token: str,
) -> Seen:
    stock = take_stock(
        mirror,
        calendar_id,
        links,
        window,
        events=events,
        restore_changed=mirror.settings.on_drift is OnDrift.RESTORE,
        restore_deleted=mirror.settings.deleted_in_google is DeletedInGoogle.RESTORE,
    )
    gone = {link.source_id for link in links if link.event_id in stock.gone}
    return Seen(frozenset(gone | {link.source_id for link in stock.renewed if not link.drifted_at}), stock, token)


def _note(mirror: Mirror, lease: Lease, stock: Stock, drifted: Iterable[SourceId]) -> None:
    mirror.store.intend(mirror.name, lease.epoch, [reminder(mirror, one) for one in drifted])
    mirror.store.settle(
        mirror.name, lease.epoch, lease.run, links=stock.renewed, gone=stock.gone, journal=stock.noticed
    )


def reminder(mirror: Mirror, source_id: SourceId) -> Intent:
    """An intent that has a source event read in every round until that is decided: no write settles it."""
    event_id = identity.event_id(mirror.name, source_id, "", NEVER_WRITTEN)
    return Intent(source_id=source_id, part="", event_id=event_id, generation=NEVER_WRITTEN, verb=Verb.UPDATE)
