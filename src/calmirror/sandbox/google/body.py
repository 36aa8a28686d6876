"""What the service makes of an event's properties: refuses, cuts, drops, and leaves out defaults."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from calmirror.sandbox.google.call import Call
from calmirror.sandbox.google.errors import CATALOGUE, Refusal, RefusedError, backend_error, refused

ID = re.compile(r"[a-v0-9]{5,1024}")
# The block that the service itself keeps in descriptions of events with a Meet link; it takes out what looks like it.
MEET_BLOCK = re.compile(r"-::~:~::~[:~]*::~:~::-.*?-::~:~::~[:~]*::~:~::-", re.DOTALL)
DEFAULTS: Mapping[str, Any] = {
    "transparency": "opaque",
    "visibility": "default",
    "summary": "",
    "description": "",
    "location": "",
    "guestsCanInviteOthers": True,
    "guestsCanModify": False,
    "guestsCanSeeOtherGuests": True,
    "anyoneCanAddSelf": False,
    "recurrence": [],
    "attendees": [],
    "attachments": [],
}
CHOICES: Mapping[str, frozenset[str]] = {
    "transparency": frozenset({"opaque", "transparent"}),
    "visibility": frozenset({"default", "public", "private", "confidential"}),
    "status": frozenset({"confirmed", "tentative", "cancelled"}),
}
PLAIN = (
    "guestsCanInviteOthers",
    "guestsCanModify",
    "guestsCanSeeOtherGuests",
    "anyoneCanAddSelf",
    "conferenceData",
    "eventLabelId",
    "start",
    "end",
    "workingLocationProperties",
    "outOfOfficeProperties",
    "focusTimeProperties",
)


def gated(body: Mapping[str, Any], call: Call) -> dict[str, Any]:
    """The body without what the query's versions and flags do not open."""
    closed = ungiven(call)
    return {name: value for name, value in body.items() if name not in closed}


def ungiven(call: Call) -> set[str]:
    """The properties that this request can neither set nor clear."""
    closed = set()
    if call.one("conferenceDataVersion", "0") != "1":
        closed.add("conferenceData")
    if not call.flag("supportsAttachments"):
        closed.add("attachments")
    closed.add("colorId" if call.one("eventLabelVersion", "0") == "1" else "eventLabelId")
    return closed


def accepted(fields: Mapping[str, Any], *, primary: bool) -> dict[str, Any]:
    """The writable properties as they will be stored; raises RefusedError."""
    kind = fields.get("eventType") or "default"
    if kind not in ("default", "outOfOffice", "focusTime", "workingLocation") or (kind != "default" and not primary):
        raise refused("invalid", "Invalid event type.")
    stored: dict[str, Any] = {"status": "confirmed", "eventType": kind, "reminders": {"useDefault": True}}
    for name, value in fields.items():
        if value is None:
            continue
        if name in PLAIN:
            stored[name] = value
        elif name in _CLEANERS:
            stored[name] = _CLEANERS[name](name, value)
    return {name: value for name, value in stored.items() if DEFAULTS.get(name, _NEVER) != value}


_NEVER = object()


def _text(_name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise refused("invalid")
    return value


def _description(name: str, value: Any) -> str:
    return MEET_BLOCK.sub("", _text(name, value))[:8192]


def _choice(name: str, value: Any) -> str:
    if value not in CHOICES[name]:
        raise refused("invalid", f"Invalid value for: {name}")
    return str(value)


def _color(_name: str, value: Any) -> str:
    if not (isinstance(value, str) and value.isdigit() and 1 <= int(value) <= 11):
        raise refused("invalid", "Invalid color id.")
    return value


def _listed(_name: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise refused("invalid")
    return value


def _attachments(name: str, value: Any) -> list[Any]:
    if len(_listed(name, value)) > 25:
        raise refused("invalid")
    return _listed(name, value)


def _attendees(name: str, value: Any) -> list[dict[str, Any]]:
    if not all(isinstance(person, Mapping) and "@" in str(person.get("email")) for person in _listed(name, value)):
        raise refused("invalid", "Invalid attendee email.")
    return [{"responseStatus": "needsAction", **person} for person in value]


def _source(_name: str, value: Any) -> dict[str, str]:
    url = str(value.get("url", "")) if isinstance(value, Mapping) else ""
    if not url.startswith(("http://", "https://")):
        raise refused("invalid", "Invalid source url.")
    return {"url": url, "title": str(value.get("title", ""))}


def _reminders(_name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise refused("invalid")
    overrides = _listed("overrides", value.get("overrides") or [])
    if value.get("useDefault") and overrides:
        text = "Cannot specify both default reminders and overrides at the same time."
        refusal = Refusal(400, "cannotUseDefaultRemindersAndSpecifyOverride", text, "calendar")
        raise RefusedError(backend_error(refusal))
    if len(overrides) > 5 or not all(_reminder_is_valid(one) for one in overrides):
        raise refused("invalid", "Invalid reminder.")
    kept = [{"method": one["method"], "minutes": one["minutes"]} for one in overrides]
    return {"useDefault": bool(value.get("useDefault"))} | ({"overrides": kept} if kept else {})


def _reminder_is_valid(one: Any) -> bool:
    if not isinstance(one, Mapping) or one.get("method") not in ("email", "popup"):
        return False
    minutes = one.get("minutes")
    return isinstance(minutes, int) and 0 <= minutes <= 40320


def _extended(_name: str, value: Any) -> dict[str, dict[str, str]]:
    if not isinstance(value, Mapping):
        raise refused("invalid")
    kept: dict[str, dict[str, str]] = {}
    for side in ("private", "shared"):
        pairs = value.get(side) or {}
        if not isinstance(pairs, Mapping) or not all(isinstance(text, str) for text in pairs.values()):
            raise refused("invalid")
        kept[side] = {key: text[:1024] for key, text in pairs.items() if len(key) <= 44}
    everything = [pair for side in kept.values() for pair in side.items()]
    if len(everything) > 300 or sum(len((key + text).encode()) for key, text in everything) > 32 * 1024:
        raise RefusedError(backend_error(CATALOGUE["invalid"]))
    return {side: pairs for side, pairs in kept.items() if pairs}


_CLEANERS: Mapping[str, Callable[[str, Any], Any]] = {
    "summary": _text,
    "location": _text,
    "description": _description,
    "status": _choice,
    "transparency": _choice,
    "visibility": _choice,
    "colorId": _color,
    "recurrence": _listed,
    "attendees": _attendees,
    "attachments": _attachments,
    "source": _source,
    "reminders": _reminders,
    "extendedProperties": _extended,
}
