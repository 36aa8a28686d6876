"""What a mirror may show of each occurrence that Microsoft lists: what `verify` is told to expect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from calmirror.microsoft.parse import UnreadableEventError, event
from calmirror.model.policy import Profile
from calmirror.model.source import Kind, SourceEvent, no_more_open
from calmirror.translate.decide import decide
from calmirror.translate.event import shown_as

if TYPE_CHECKING:
    from calmirror.mirror.context import Mirror
    from calmirror.model.ids import SourceId
    from calmirror.model.policy import Policy

Raw: TypeAlias = Mapping[str, Any]
TIMED = {"weekdays", "hours", "longer_than", "shorter_than"}
"""Conditions that an occurrence may meet though its master does not."""


class Showing:
    """Says of raw occurrences how much of each is shown: as `Desired` parts do, "" for what is left out."""

    def __init__(self, mirror: Mirror) -> None:
        self._mirror, self._policy = mirror, mirror.settings.policy
        self._masters: dict[SourceId, SourceEvent] = {}

    def __call__(self, occurrences: Sequence[Raw]) -> list[str]:
        """One word for each occurrence."""
        read = [parsed(raw) for raw in occurrences]
        self._read_masters(read)
        return [self._word(one, raw) for one, raw in zip(read, occurrences, strict=True)]

    def _read_masters(self, read: Sequence[SourceEvent | None]) -> None:
        """The masters that have a say: of plain occurrences by their first start, of exceptions by being private."""
        kinds = {Kind.OCCURRENCE} if judged_by_time(self._policy) else set()
        if judged_by_privacy(self._policy):
            kinds.add(Kind.EXCEPTION)
        ids = {one.series_id for one in read if one and one.kind in kinds and one.series_id}
        new = ids - self._masters.keys()
        found = self._mirror.source.read(self._mirror.state.source_calendar, new) if new else {}
        self._masters |= {one: master for one, master in found.items() if isinstance(master, SourceEvent)}

    def _word(self, one: SourceEvent | None, raw: Raw) -> str:
        if one is None:
            secret = str(raw.get("sensitivity") or "normal").lower() != "normal" and not self._policy.private_details
            return Profile.BUSY if secret else self._policy.profile
        judged, master = one, self._masters.get(one.series_id) if one.series_id else None
        if master:
            judged = master if one.kind is Kind.OCCURRENCE else no_more_open(one, master)
        decision = decide(judged, self._policy)
        return "" if decision.skip else shown_as(judged, decision)


def parsed(raw: Raw) -> SourceEvent | None:
    """The event, None for one that cannot be understood."""
    try:
        return event(raw)
    except UnreadableEventError:
        return None


def judged_by_time(policy: Policy) -> bool:
    """Whether any rule asks when an event is."""
    return any(TIMED.intersection(rule.when.given) for rule in policy.rules)


def judged_by_privacy(policy: Policy) -> bool:
    """Whether it matters that an event is private."""
    return not policy.private_details or any("sensitivity" in rule.when.given for rule in policy.rules)
