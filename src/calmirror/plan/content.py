"""What of an event counts when two versions are compared: never its etag, which a write to its series moves, too."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from calmirror.model.fingerprint import fingerprint
from calmirror.plan.identity import RUN, TOUCH, private_marks, spelled
from calmirror.plan.note import split_note

if TYPE_CHECKING:
    from collections.abc import Mapping

UNSAID = {"transparency": "opaque", "visibility": "default", "status": "confirmed"}
"""What Google leaves out of an event because it goes without saying."""
TEXTS = ("summary", "description", "location", "colorId", *UNSAID)
OURS = "calmirror"
"""How the names of our marks begin."""


def echo_of(event: Mapping[str, Any]) -> str:
    """A digest of an event as Google shows it.

    Held against another echo, never against what was sent: Google truncates, reformats and omits.
    """
    marks = private_marks(event)
    own = {key: text for key, text in marks.items() if key.startswith(OURS) and key not in (RUN, TOUCH)}
    return fingerprint({**_content(event), "marks": own})


def shows(event: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """Whether an event in Google is what a body asks for, the person's own fields aside.

    Where nobody heard what Google made of the body, this is all there is to go by. Where Google reformats in a way that
    is not allowed for here, the answer is no, and the event is written once more.
    """
    theirs = private_marks(event).get(TOUCH, "").split(",")
    there, wanted = ({name: v for name, v in _content(one).items() if name not in theirs} for one in (event, body))
    return _loosely(there) == _loosely(wanted)


def moment_of(value: Mapping[str, str]) -> datetime | date:
    """A `start` or `end`: a day, or an instant in UTC."""
    if "date" in value:
        return date.fromisoformat(value["date"])
    at = datetime.fromisoformat(value["dateTime"])
    return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(value.get("timeZone") or "UTC"))).astimezone(UTC)


def same_times(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two events are at the same time and recur alike."""
    return all(_content(one)[name] == _content(other)[name] for name in ("start", "end", "recurrence"))


def _content(event: Mapping[str, Any]) -> dict[str, Any]:
    told = {name: event.get(name) or UNSAID.get(name, "") for name in TEXTS}
    times = {edge: _spelled(event[edge]) if edge in event else "" for edge in ("start", "end")}
    source = event.get("source") or {}
    return {
        **told,
        **times,
        "recurrence": list(event.get("recurrence") or []),
        "reminders": spelled(event.get("reminders")),
        "source": source.get("url", ""),
    }


def _spelled(value: Mapping[str, str]) -> str:
    zone = "" if "date" in value else value.get("timeZone", "")
    return f"{moment_of(value).isoformat()} {zone}".strip()


def _loosely(content: Mapping[str, Any]) -> dict[str, Any]:
    """Content without what a service may write in other words: spaces, the order of a rule's parts and of dates."""
    texts = {name: " ".join(str(content.get(name, "")).split()) for name in ("summary", "location", "source")}
    description = split_note(str(content.get("description", "")))[0]
    lines = sorted(",".join(sorted(re.split("[;,]", line))) for line in content.get("recurrence", ()))
    return {**content, **texts, "description": " ".join(description.split()), "recurrence": lines}
