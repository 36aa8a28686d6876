"""What Google should hold and what we know it holds: desired events, links, stored state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from calmirror.model.ids import EventId, SourceId
from calmirror.model.times import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One mirror event that we made: where it comes from and what Google last answered for it.

    `part` says which piece of the source event it is: "" for a single or a series master, "override:<key>" for
    a changed instance of the series, "copy:<key>" for an occurrence mirrored as an event of its own, "split:<key>" for
    what a person has cut off the series in Google.
    `generation` is part of the computed id. `fingerprint` is the hash of what we sent, `sent` the body itself
    (None when the link was rebuilt from Google), `etag` and `sequence` are Google's.
    `starts` and `ends` (UTC, ISO 8601; `ends` is "" for an endless series) tell whether it has left the window.
    `echo` is a digest of the event as Google last answered our write or showed a person's change; "" where nobody heard
    that answer, so that the event's content has to be compared with what was to be written.
    `since` is the day (ISO) from which a series' own times are looked at one by one; "" where it has none.
    `children` holds source ids of a series' exceptions, so that a tombstone of one leads to its series.
    """

    source_id: SourceId
    part: str
    event_id: EventId
    generation: int
    fingerprint: str
    etag: str = ""
    sequence: int = 0
    starts: str = ""
    ends: str = ""
    since: str = ""
    children: tuple[SourceId, ...] = ()
    sent: Mapping[str, Any] | None = None
    echo: str = ""
    drifted_at: float = 0.0
    """When it was found that a person changed or deleted it and wants it so; 0 where it is as it was written."""

    @property
    def is_hole(self) -> bool:
        """Whether it stands for an instance that we cancelled, which Google never lists."""
        return self.part.startswith("hole:")

    @property
    def is_split(self) -> bool:
        """Whether it stands for a part that "this and following" in Google's screen has cut off the series."""
        return self.part.startswith("split:")

    @property
    def is_unsure(self) -> bool:
        """Whether a write to its series may have written over it, so that it has to be written again."""
        return not self.fingerprint and not self.echo

    def is_past(self, window: Window) -> bool:
        """Whether it ended before the window; an endless series never does."""
        return bool(self.ends) and self.ends <= window.start.isoformat()


RENEW = "renew"
"""A link with this fingerprint asks for its series to be made anew."""
RESPECTED = "respected"
"""A link with this fingerprint is of an event that a person deleted in Google and wants to stay deleted."""
FOUND = "found"
"""A link with this fingerprint is of an event that Google holds and no run of this state wrote, as far as it knows.

Whoever may write into the calendar can make such an event: it never stands in for one that the state knows, and it
proves nothing of any other event.
"""
KEPT = "kept"
"""A link with this fingerprint is of an occurrence that a person changed, and stays so until its series changes."""


FOREIGN = "foreign:"
"""How the part of a journal entry begins that is about another tool's copy; the tool's name follows."""


class Verb(StrEnum):
    """What a write does at Google."""

    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A write about to be sent, stored first: until it is settled its source event is read in every round."""

    source_id: SourceId
    part: str
    event_id: EventId
    generation: int
    verb: Verb
    run: int = 0
    """The run that sends it; 0 where nothing is sent."""


WAITS = "waits"
"""The kind of memory that tells of which source events the deletion waits for a person's word."""
LANDED_EARLIER = "landed in a run that was interrupted"
"""The reason in the journal of a write whose answer nobody heard; it stands in the run that sent it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """One write that landed: the event before and after (None: it was not there), for `undo`."""

    source_id: SourceId
    part: str
    event_id: EventId
    verb: Verb
    reason: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    proven_deletion: bool = False
    """Whether it counts against the deletion budget: a source event that is gone, not a piece being replaced."""

    @property
    def is_foreign(self) -> bool:
        """Whether it is about another tool's copy, which was never ours."""
        return self.part.startswith(FOREIGN)

    by_hand: bool = False
    """Whether it is no write of ours, but what a person had done in Google when a run came upon it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorState:
    """What the store knows of one mirror besides its links. Times are UNIX seconds, 0 for never."""

    name: str
    source_calendar: str = ""
    """Graph id of the source calendar, "" until found."""
    destination_calendar: str = ""
    """Google id of the destination calendar, "" until found or made."""
    cursor: str = ""
    """The delta link to follow next; "" asks for a full round."""
    window_start: str = ""
    window_end: str = ""
    """The window that is fixed in the cursor, ISO 8601 UTC."""
    settings: str = ""
    """Fingerprint of the settings that shaped the mirror; another one asks for a full round."""
    full_at: float = 0.0
    succeeded_at: float = 0.0
    failures: int = 0
    last_error: str = ""
    """Code of the last run's error, "" after a success."""
    epoch: int = 0
    lease_owner: str = ""
    lease_until: float = 0.0
    due_at: float = 0.0
    watch_token: str = ""
    """Google's sync token: what changed in the destination since the last look; "" looks at everything."""
    undoable_from: int = 0
    """The first run that wrote to the present destination."""
    identity: str = ""
    """Who it is in Google, whatever it is called: part of every id and mark that it makes."""
    source_title: str = ""
    """What a person calls the source calendar, and whose it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One run as `status` shows it. Times are UNIX seconds."""

    id: int
    mirror: str
    started_at: float
    ended_at: float = 0.0
    full: bool = False
    outcome: str = ""
    """Empty while it runs (or died), then "exact", "partial", what else it was, or the code of its error."""
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredEvent:
    """One event as Google should hold it: the body we would send, less id, sequence and our identity marks.

    `part` as in Link. `instance` is the suffix that an override's id adds to its master's ("20270328T073000Z",
    "20270328"), empty otherwise. `starts` and `ends` are UTC, ISO 8601; `ends` is "" for an endless series.
    `show` is how much is shown: the profile, and "+title" where a rule made the title.
    """

    part: str
    body: Mapping[str, Any]
    starts: str
    ends: str
    instance: str = ""
    show: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desired:
    """All that Google should hold for one source event, the master first.

    `schedule` is the hash of what instances' ids and overrides depend on (start, length, rule, zone); `since` and
    `children` are stored with the link (see Link). `holes` are instance suffixes of cancelled occurrences.
    `untold` are instance suffixes of changed occurrences of which nothing can be said now: they stay as they are.
    `note` says what is remarkable: a form that is not a plain series, a minute added to an event of no length.
    `hidden` is the reason why nothing of it is shown, "" where something is. `left_out` holds the reasons for single
    occurrences of a series that are not shown, by the key of their part.
    """

    source_id: SourceId
    ical_uid: str
    parts: tuple[DesiredEvent, ...]
    schedule: str = ""
    since: str = ""
    children: tuple[SourceId, ...] = ()
    holes: frozenset[str] = frozenset()
    untold: frozenset[str] = frozenset()
    exploded: bool = False
    note: str = ""
    hidden: str = ""
    left_out: Mapping[str, str] = field(default_factory=dict)
