"""What Google holds of ours against what our books say: drift, and what no link tells of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from calmirror.mirror.context import Mirror
from calmirror.mirror.place import owned_links, recognised_links
from calmirror.mirror.touch import by_hand, touched, with_touch
from calmirror.model.ids import EventId
from calmirror.model.mirror import RESPECTED, JournalEntry, Link
from calmirror.model.times import Window


@dataclass(frozen=True, kw_only=True)
class Stock:
    """The books, corrected. `renewed` are links that are new or not as they were, `gone` what is no longer owned.

    `changed` and `deleted` count mirror events that a person touched in Google.
    """

    links: tuple[Link, ...]
    renewed: tuple[Link, ...]
    gone: tuple[EventId, ...]
    changed: int
    deleted: int
    noticed: tuple[JournalEntry, ...]
    """What a person did to them, where it is to be put right."""


def take_stock(
    mirror: Mirror,
    calendar_id: str,
    links: Iterable[Link],
    window: Window | None = None,
    *,
    events: Iterable[Mapping[str, Any]] | None = None,
    restore_changed: bool = True,
    restore_deleted: bool = True,
) -> Stock:
    """Reads all that we own in Google (a request for each 2500 events) and corrects the links by it.

    What is to be restored loses its link, or is marked to be written again. What a person deleted is otherwise
    respected: it is not written until it is gone in Outlook, too. Before the `window` nothing is restored.
    `events` are those of Google's that the links are held against, where they were read already.
    """
    known = {link.event_id: link for link in links}
    found = owned_links(mirror, calendar_id) if events is None else recognised_links(mirror, events)
    held = {link.event_id: link for link in found}
    changed = [
        as_held(held[one], link)
        for one, link in known.items()
        if one in held and held[one].etag != link.etag and not _aged(link, window)
    ]
    missing = [link for one, link in known.items() if one not in held and not _is_kept(link, window)]
    now = mirror.clock.now()
    kept = [] if restore_deleted else [link for link in missing if not link.part]
    respected = [replace(link, fingerprint=RESPECTED, drifted_at=now) for link in kept]
    gone = {link.event_id for link in missing} - {link.event_id for link in respected}
    renewed = [link for one, link in held.items() if one not in known]
    marked = [replace(known[link.event_id], drifted_at=now) for link in changed if not known[link.event_id].drifted_at]
    renewed += (changed if restore_changed else marked) + respected
    books = {one: link for one, link in known.items() if one not in gone} | {link.event_id: link for link in renewed}
    return Stock(
        links=tuple(books.values()),
        renewed=tuple(renewed),
        gone=tuple(gone),
        changed=len(changed),
        deleted=len(missing),
        noticed=(
            *(by_hand(known[link.event_id], link.sent) for link in changed if restore_changed),
            *(by_hand(link, None) for link in missing if link.event_id in gone),
        ),
    )


def as_held(held: Link, known: Link) -> Link:
    """A link as Google holds it, to be written again, with what the person set."""
    assert held.sent is not None, "a link read from Google has its body"
    sent = with_touch(held.sent, touched(known.sent, held.sent))
    return replace(held, fingerprint="", sent=sent, since=known.since, children=known.children)


def _is_kept(link: Link, window: Window | None) -> bool:
    """Cancelled instances are never listed; what a person deleted of the past, or once and for all, stays so."""
    return link.is_hole or link.fingerprint == RESPECTED or _aged(link, window)


def _aged(link: Link, window: Window | None) -> bool:
    return window is not None and link.is_past(window)
