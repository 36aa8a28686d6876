"""A mirror that was given another name in the configuration is still the same one, with all that is known of it."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calmirror.config.settings import MirrorSettings
    from calmirror.model.mirror import MirrorState
    from calmirror.store import Store


def ends_of(own: MirrorSettings) -> str:
    """From where to where a mirror leads, as its shape begins: a line of the destination, a digest of the source."""
    source = repr((own.feed or own.source, own.mailbox))
    return f"{own.destination}\n{hashlib.sha256(source.encode()).hexdigest()[:16]}"


def follow_renames(store: Store, mirrors: Sequence[MirrorSettings]) -> dict[str, str]:
    """Goes on under the configuration's names; the former ones, by the new.

    A name under which nothing was mirrored yet is a new one of the only mirror that led from the same source to the
    same destination and is no longer in the configuration. A run that goes on under the former name has lost its lease.
    """
    states = {state.name: state for state in store.mirrors() if state.destination_calendar}
    configured = {own.name for own in mirrors}
    left = [state for state in states.values() if state.name not in configured]
    new = [own for own in mirrors if own.name not in states]
    pairs = [(state.name, own.name) for own in new for state in left if _is_of(state, own)]
    uses = Counter(name for pair in pairs for name in pair)
    followed = {name: former for former, name in pairs if uses[former] == uses[name] == 1}
    for name, former in followed.items():
        store.rename(former, name)
    return followed


def forgotten(store: Store, mirrors: Sequence[MirrorSettings]) -> list[MirrorState]:
    """The mirrors that left the configuration while something of theirs is in Google."""
    configured = {own.name for own in mirrors}
    return [one for one in store.mirrors() if one.name not in configured and store.count_sources(one.name)]


def _is_of(state: MirrorState, own: MirrorSettings) -> bool:
    destination, _, rest = state.settings.partition("\n")
    source, is_kept, _ = rest.partition("\n")  # version 0.1 kept no digest of the source alone
    return destination == own.destination and (not is_kept or f"{destination}\n{source}" == ends_of(own))
