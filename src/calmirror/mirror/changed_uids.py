"""Events that a published calendar lists under another UID: some servers make new ones with every answer.

What is gone and what is new with the same title, start and end is the same event. It keeps the id under which it was
first mirrored, and with it its place in Google, its colour and its note.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from calmirror.google.wire import moments
from calmirror.mirror.reconcile import BEHIND
from calmirror.model.policy import Profile
from calmirror.plan.identity import SHOW, UID, private_marks

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from calmirror.mirror.reconcile import Findings
    from calmirror.model.ids import SourceId
    from calmirror.model.mirror import Desired, DesiredEvent, Link

Shown: TypeAlias = tuple[str, str, str, bool]
"""Title, start, end, and whether it is a recurring event."""


def same_events(findings: Findings, links: Collection[Link]) -> dict[SourceId, SourceId]:
    """By the id that a feed lists, the id under which the same event is mirrored that the feed lists no more.

    What turned private, or is so no more, has no title in common: its times tell it, or else what was public would
    stay beside what hides it wherever an absence proves nothing.
    """
    mirrored = {link.source_id for link in links}
    new = [want for one, want in findings.desired.items() if one not in mirrored]
    missing = mirrored - findings.desired.keys() - {one for one, why in findings.skipped.items() if why != BEHIND}
    if not new or not missing:
        return {}
    owned = [link for link in links if link.source_id in missing]
    found = paired(new, owned, skip=0)
    for hidden in (True, False):
        turned = [want for want in new if want.source_id not in found and hides(want.parts) is hidden]
        known = set(found.values())
        rest = [link for link in owned if link.source_id not in known and is_hidden(link) is not hidden]
        found |= paired(turned, rest, skip=1)
    return found


def paired(new: Iterable[Desired], owned: Iterable[Link], *, skip: int) -> dict[SourceId, SourceId]:
    """By the id of each new event that of a mirrored one, one each, told by all of Shown but the first `skip`.

    Of a series mirrored occurrence by occurrence, the most occurrences in common count.
    """
    shown: defaultdict[tuple[object, ...], list[SourceId]] = defaultdict(list)
    for link in owned:
        for key in shown_by(link.part, link.sent or {}):
            shown[key[skip:]].append(link.source_id)
    found: dict[SourceId, SourceId] = {}
    taken: set[SourceId] = set()
    for want in new:
        keys = (key for part in want.parts for key in shown_by(part.part, part.body))
        common = Counter(one for key in keys for one in shown.get(key[skip:], ()) if one not in taken)
        if common:
            [(found[want.source_id], _)] = common.most_common(1)
            taken.add(found[want.source_id])
    return found


def hides(parts: Iterable[DesiredEvent]) -> bool:
    """Whether an event shows no more than when it is."""
    return all(part.show.startswith(Profile.BUSY) for part in parts)


def is_hidden(link: Link) -> bool:
    """Whether no more is shown of what is mirrored."""
    return private_marks(link.sent or {}).get(SHOW, "").startswith(Profile.BUSY)


def taken_over(findings: Findings, found: Mapping[SourceId, SourceId], links: Iterable[Link]) -> Findings:
    """The findings with these events by the ids, and with the UIDs in their marks, under which they are mirrored."""
    kept = set(found.values())
    uids = dict.fromkeys(kept, "")
    for link in links:
        if link.source_id in kept:
            uids[link.source_id] = uids[link.source_id] or private_marks(link.sent or {}).get(UID, "")
    findings = findings.about_others(frozenset(kept))
    for native, one in found.items():
        findings.desired[one] = replace(findings.desired.pop(native), source_id=one, ical_uid=uids[one])
    return replace(findings, held=frozenset())


def shown_by(part: str, body: Mapping[str, Any]) -> Iterator[Shown]:
    """What tells an event; nothing for an instance of a series, which goes with it."""
    if body and (not part or part.startswith("copy:")):
        span = moments(body)
        yield str(body.get("summary", "")), str(span.start), str(span.end), bool(body.get("recurrence"))
