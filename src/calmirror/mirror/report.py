"""What a run tells: its plan, what it wrote, what it had to leave out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from calmirror.errors import SafetyStopError, SkippedEventError

if TYPE_CHECKING:
    from calmirror.model.ids import SourceId
    from calmirror.model.source import Outline
    from calmirror.plan.actions import Action, Plan


@dataclass(kw_only=True)
class Report:
    """One run of one mirror. `plan` is None when there was nothing to plan."""

    mirror: str
    full: bool
    dry_run: bool = False
    plan: Plan | None = None
    written: Mapping[str, int] = field(default_factory=dict)
    skipped: dict[SourceId, str] = field(default_factory=dict)
    outlines: dict[SourceId, Outline] = field(default_factory=dict)
    """What can be told of each event in `skipped`."""
    held: frozenset[SourceId] = frozenset()
    """What stays as an undo put it, whatever it is in Outlook."""
    behind: tuple[str, int] | None = None
    """The destination that was written to before, and how many events stay there, where it is another one now."""
    corrected: tuple[Action, ...] = ()
    """Of a dry run: the writes by which what an earlier version wrote is corrected, or follows the source."""
    watch_token: str = ""
    """Where the next look at the destination begins; "" where it was not looked at."""
    refused: SafetyStopError | None = None
    """What waits for a person's word; of a dry run: why the real one would stop."""
    waits: frozenset[SourceId] = frozenset()
    """Of a dry run: the source events about which the real one would write nothing because of that."""

    @property
    def outcome(self) -> str:
        """ "exact", or "partial" when events had to be left out or are held."""
        return "partial" if self.skipped or self.held else "exact"

    @property
    def exit_code(self) -> int:
        """0 when the mirror is exact."""
        return SkippedEventError.exit_code if self.skipped or self.held else 0

    @property
    def counts(self) -> dict[str, int]:
        """What was written, kept and skipped."""
        kept = self.plan.kept if self.plan else 0
        return dict(self.written) | {"keep": kept, "skip": len(self.skipped)}
