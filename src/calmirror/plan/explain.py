"""Reasons: what differs between what we sent and what we would send, in a person's words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from calmirror.plan.content import UNSAID
from calmirror.plan.identity import TOUCH, private_marks
from calmirror.plan.note import split_note

_WORDS = {
    "summary": "title",
    "description": "text",
    "location": "place",
    "transparency": "free or busy",
    "visibility": "privacy",
    "reminders": "reminder",
    "source": "link to Outlook",
    "colorId": "colour",
}

NOTHING_SEEN = "written anew"
"""What is said of an event that looks as it did."""


def changed(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> str:
    """Why an event is written again, e.g. "moved 30 min later, title"."""
    if before is None:
        return "differs from what was written last"
    words = [*_moved(before, after), *_repeats(before, after)]
    theirs = private_marks(before).get(TOUCH, "").split(",")
    old, new = (UNSAID | dict(body) for body in (before, after))
    old["description"] = split_note(str(old.get("description", "")))[0] or None
    words += [word for key, word in _WORDS.items() if key not in theirs and old.get(key) != new.get(key)]
    return ", ".join(words) or NOTHING_SEEN


def _moved(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    try:
        starts, ends = ([_moment(body[end]) for body in (before, after)] for end in ("start", "end"))
    except (KeyError, ValueError):
        return ["time"]
    if any(type(old) is not type(new) for old, new in (starts, ends)):
        return ["all-day or not"]
    by, longer = starts[1] - starts[0], (ends[1] - starts[1]) - (ends[0] - starts[0])
    words = [f"moved {_amount(by)} {'later' if by > timedelta() else 'earlier'}"] if by else []
    words += [f"{_amount(longer)} {'longer' if longer > timedelta() else 'shorter'}"] if longer else []
    zones = [body["start"].get("timeZone") for body in (before, after)]
    return words or (["time zone"] if zones[0] != zones[1] else [])


def _repeats(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    old, new = (list(body.get("recurrence") or []) for body in (before, after))
    if old == new:
        return []
    if not old or not new:
        return ["repeats now" if new else "repeats no more"]
    return ["rule"] if old[0] != new[0] else ["cancelled occurrences"]


def _moment(value: Mapping[str, str]) -> Any:
    return datetime.fromisoformat(value["dateTime"]) if "dateTime" in value else date.fromisoformat(value["date"])


def _amount(by: timedelta) -> str:
    minutes = abs(int(by.total_seconds())) // 60
    if not minutes:
        return "less than a minute"
    if minutes % (24 * 60) == 0:
        days = minutes // (24 * 60)
        return f"{days} day" + ("s" if days != 1 else "")
    hours, rest = divmod(minutes, 60)
    return " ".join([f"{hours} h"] * bool(hours) + [f"{rest} min"] * bool(rest))
