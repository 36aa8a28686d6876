"""The ids of published events, computed from what the feed says."""

from __future__ import annotations

from hashlib import sha256

from calmirror.model.ids import SourceId

PREFIX = "ics:"
"""How the ids of published events begin. Graph's have no colon."""
LONGEST_UID = 300


def feed_id(uid: str) -> SourceId:
    """The id of an event or a series, computed from its UID; one that is too long is hashed."""
    plain = len(uid) <= LONGEST_UID and uid.isprintable()
    return SourceId(PREFIX + (uid if plain else sha256(uid.encode("utf-8", "replace")).hexdigest()))
