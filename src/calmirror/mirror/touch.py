"""What a person set on a mirrored copy and keeps when the event changes: colour and reminder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from calmirror.plan.identity import COLOR, TOUCH, private_marks

FIELDS = ("colorId", "reminders")


def touched(sent: Mapping[str, Any] | None, current: Mapping[str, Any]) -> dict[str, Any]:
    """The person's fields of an event: those that differ from what we sent, and those that were theirs before.

    Without a record of what was sent, the event's own marks tell which colour was ours, and what is theirs.
    """
    unknown = {name: current.get(name) for name in ("reminders", "extendedProperties")}
    unknown["colorId"] = private_marks(current).get(COLOR)
    before = sent if sent is not None else unknown
    changed = {name for name in FIELDS if _plain(name, current.get(name)) != _plain(name, before.get(name))}
    theirs = changed | set(private_marks(before).get(TOUCH, "").split(",")) & set(FIELDS)
    return {name: current[name] for name in FIELDS if name in theirs and name in current}


def remembered(sent: Mapping[str, Any] | None) -> dict[str, Any]:
    """The person's fields as they were sent last."""
    return touched(sent, sent) if sent is not None else {}


def with_touch(body: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    """The body with the person's fields, and the mark that they are."""
    if not theirs:
        return dict(body)
    private = {**private_marks(body), TOUCH: ",".join(sorted(theirs))}
    return {**body, **theirs, "extendedProperties": {"private": private}}


def _plain(name: str, value: Any) -> Any:
    """Reminders compare by content: Google leaves out an empty list and does not keep their order."""
    if name != "reminders":
        return value
    own = value or {}
    overrides = sorted((r.get("method"), r.get("minutes")) for r in own.get("overrides") or [])
    return bool(own.get("useDefault")), overrides
