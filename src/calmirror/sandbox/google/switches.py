"""Every behaviour of the service that is not settled, as a switch with the likelier side as its default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(slots=True)
class GoogleSwitches:
    """What the stand-in does where the documentation is silent; may be changed while it runs."""

    series_version: Literal["shared", "rows"] = "shared"
    """Whether a series, its instances and its parts share one `etag` and one `updated`, or each row has its own."""
    changes_bring_family: bool = True
    """Whether an incremental read lists all rows of a series of which one changed."""
    spread: Literal["texts", "look", "everything", "nothing"] = "texts"
    """What a write to a series puts over its changed instances' own: title and description; colour and place, too;
    all but the times, private properties included; nothing."""
    put_spreads: bool = True
    """Whether an update spreads as a patch does."""
    retimed_exceptions: Literal["drop", "keep"] = "drop"
    """The changed and cancelled instances of a series that moves in time; kept ones are then orphans, or not."""
    orphan_exceptions: Literal["drop", "keep"] = "drop"
    """An instance whose original start the changed series no longer has."""
    rule_raises_sequence: bool = False
    """Whether a changed rule raises the sequence, as a changed time does."""
    exdate_hides_override: bool = False
    """Whether an EXDATE also removes an instance that was changed on its own."""
    revive_restores_exceptions: bool = True
    """Whether a series that comes back from the trash brings its changed instances along."""
    zero_length: Literal["reject", "accept"] = "reject"
    """A timed event that ends when it starts."""
    gap: Literal["offset_before", "offset_after"] = "offset_before"
    """Which offset reads a wall-clock start that the clocks skip."""
    fold: Literal["first", "second"] = "first"
    """Which of the two moments a repeated wall-clock start means."""
    instance_end: Literal["exact", "wall"] = "exact"
    """Whether an instance across a change of offset keeps its length or its end on the wall clock."""
    batch_order: Literal["random", "given"] = "random"
    """The order in which members of a batch are carried out."""
    rate_limit_status: Literal[403, 429, "alternate"] = "alternate"
    """How a request beyond the quota is refused."""
    quota_per_minute: int | None = 600
    """Units per user in any 60 seconds."""
    writes_per_calendar: int | None = None
    """Writes to one calendar in any 10 seconds, before it is "used too much"."""
    calendar_quota: int | None = 38
    """Calendars that one user may make, deleted ones included."""
    reminder_edit_changes_etag: bool = False
    """Whether an edit of reminders alone moves the etag (and shows in incremental reads)."""
    noop_changes_etag: bool = False
    """Whether a write that changes nothing moves the etag."""
    missing_sequence_is_zero: bool = False
    """Whether an update without a sequence counts as one with sequence 0."""
    import_existing: Literal["duplicate", "update"] = "duplicate"
    """What importing an iCalUID that is there already does."""
    purged_update: Literal[403, 404, 410] = 403
    """How an update of an event that has left the trash is refused."""
    trash_days: int = 30
    """How long a deleted event can be brought back."""
    updated_min_days: int | None = 30
    """How far back `updatedMin` may reach."""
    bare_tombstones: bool = True
    """Whether incremental reads show deleted events with nothing but id and status."""
    deleted_series: Literal["one", "rows"] = "one"
    """Whether an incremental read shows a deleted series as one tombstone, or its instances as well."""
    second_delete: Literal[412, 410] = 412
    """How a deletion is refused that names the version of before another deletion."""
    batch_conflicts: bool = True
    """Whether members of one batch that write to one series get in each other's way: 409 for all but the first."""
    new_calendar: Literal["ready", 404, 403] = "ready"
    """How a calendar answers in the seconds after it was made."""
    new_calendar_seconds: float = 4.0
    """How long these seconds last."""
    short_pages: bool = False
    """Pages hold half of what was asked for."""
    empty_pages: bool = False
    """Every page is preceded by an empty one."""
