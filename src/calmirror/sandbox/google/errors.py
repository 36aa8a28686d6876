"""Both shapes in which the service refuses, byte for byte, and a catalogue of refusals by name."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from calmirror.http.message import Answer

JSON_TYPE = "application/json; charset=UTF-8"
SERVICE = "calendar-json.googleapis.com"


class RefusedError(Exception):
    """Ends a request with the answer it carries."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(str(answer.status))
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Refusal:
    """One line of the catalogue: what the calendar backend says."""

    status: int
    reason: str
    message: str
    domain: str = "global"
    location_type: str = ""
    location: str = ""


CATALOGUE: Mapping[str, Refusal] = {
    "required": Refusal(400, "required", "Required"),
    "invalid": Refusal(400, "invalid", "Invalid Value"),
    "badRequest": Refusal(400, "badRequest", "Bad Request"),
    "parseError": Refusal(400, "parseError", "Parse Error"),
    "invalidParameter": Refusal(400, "invalidParameter", "Invalid parameter value."),
    "timeRangeEmpty": Refusal(
        400, "timeRangeEmpty", "The specified time range is empty.", "calendar", "parameter", "timeMax"
    ),
    "rateLimitExceeded": Refusal(403, "rateLimitExceeded", "Rate Limit Exceeded", "usageLimits"),
    "userRateLimitExceeded": Refusal(403, "userRateLimitExceeded", "User Rate Limit Exceeded", "usageLimits"),
    "tooManyRequests": Refusal(429, "rateLimitExceeded", "Rate Limit Exceeded", "usageLimits"),
    "quotaExceeded": Refusal(403, "quotaExceeded", "Calendar usage limits exceeded.", "usageLimits"),
    "dailyLimitExceeded": Refusal(403, "dailyLimitExceeded", "Daily Limit Exceeded", "usageLimits"),
    "forbidden": Refusal(403, "forbidden", "Forbidden"),
    "notACalendarUser": Refusal(403, "notACalendarUser", "The user must be signed up for Google Calendar.", "calendar"),
    "forbiddenForNonOrganizer": Refusal(
        403,
        "forbiddenForNonOrganizer",
        "Shared properties can only be changed by the organizer of the event.",
        "calendar",
    ),
    "forbiddenForServiceAccounts": Refusal(
        403,
        "forbiddenForServiceAccounts",
        "Service accounts cannot invite attendees without Domain-Wide Delegation of Authority.",
        "calendar",
    ),
    "requiredAccessLevel": Refusal(
        403, "requiredAccessLevel", "You need to have writer access to this calendar.", "calendar"
    ),
    "notFound": Refusal(404, "notFound", "Not Found"),
    "duplicate": Refusal(409, "duplicate", "The requested identifier already exists."),
    "conflict": Refusal(409, "conflict", "Conflict"),
    "deleted": Refusal(410, "deleted", "Resource has been deleted"),
    "fullSyncRequired": Refusal(
        410,
        "fullSyncRequired",
        "Sync token is no longer valid, a full sync is required.",
        "calendar",
        "parameter",
        "syncToken",
    ),
    "updatedMinTooLongAgo": Refusal(
        410,
        "updatedMinTooLongAgo",
        "The requested minimum modification time lies too far in the past.",
        "calendar",
        "parameter",
        "updatedMin",
    ),
    "conditionNotMet": Refusal(412, "conditionNotMet", "Precondition Failed", "global", "header", "If-Match"),
    "backendError": Refusal(500, "backendError", "Backend Error"),
    "unavailable": Refusal(503, "backendError", "Backend Error"),
}


def pretty(value: Any) -> bytes:
    """JSON as the service writes it: one space of indentation, a newline at the end."""
    return msgspec.json.format(json.dumps(value, ensure_ascii=False).encode(), indent=1) + b"\n"


def backend_error(refusal: Refusal) -> Answer:
    """The calendar backend's envelope: errors first, no `status`."""
    entry = {"domain": refusal.domain, "reason": refusal.reason, "message": refusal.message}
    if refusal.location:
        entry |= {"locationType": refusal.location_type, "location": refusal.location}
    error = {"errors": [entry], "code": refusal.status, "message": refusal.message}
    return Answer(refusal.status, {"content-type": JSON_TYPE}, pretty({"error": error}))


def front_end_error(
    status: int, name: str, message: str, entry: Mapping[str, str], details: Mapping[str, Any] | None = None
) -> Answer:
    """The API front end's envelope: `code` first, a `status` name, and details."""
    error: dict[str, Any] = {"code": status, "message": message, "errors": [dict(entry)], "status": name}
    if details is not None:
        info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", **details}
        error["details"] = [info]
    headers = {"content-type": JSON_TYPE}
    if status == 401:
        headers["www-authenticate"] = 'Bearer realm="https://accounts.google.com/"'
    return Answer(status, headers, pretty({"error": error}))


def refused(name: str, message: str = "") -> RefusedError:
    """The refusal of that name in the catalogue, its text exchanged where one is given."""
    known = CATALOGUE[name]
    if message:
        known = Refusal(known.status, known.reason, message, known.domain, known.location_type, known.location)
    return RefusedError(backend_error(known))


def named(name: str) -> Answer:
    """The answer of that name, of either envelope, for a fault to give; KeyError for a name unknown."""
    front: Mapping[str, Callable[[], Answer]] = {
        "authError": wrong_token,
        "loginRequired": missing_token,
        "insufficientPermissions": lambda: scope_missing("calendar.v3.Events.Insert"),
        "accessNotConfigured": api_disabled,
        "quotaPerMinute": lambda: minute_quota(403),
    }
    return front[name]() if name in front else backend_error(CATALOGUE[name])


def wrong_token() -> Answer:
    """401 for a token that is unknown, expired or revoked."""
    text = (
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or "
        "other valid authentication credential."
    )
    entry = {
        "message": "Invalid Credentials",
        "domain": "global",
        "reason": "authError",
        "location": "Authorization",
        "locationType": "header",
    }
    return front_end_error(401, "UNAUTHENTICATED", text, entry)


def missing_token() -> Answer:
    """401 for a request without any token."""
    text = (
        "Request is missing required authentication credential. Expected OAuth 2 access token, login "
        "cookie or other valid authentication credential."
    )
    entry = {
        "message": "Login Required.",
        "domain": "global",
        "reason": "required",
        "location": "Authorization",
        "locationType": "header",
    }
    return front_end_error(401, "UNAUTHENTICATED", text, entry)


def scope_missing(method: str) -> Answer:
    """403 for a token whose scopes do not reach the method, named as `calendar.v3.Events.Insert`."""
    entry = {"message": "Insufficient Permission", "domain": "global", "reason": "insufficientPermissions"}
    details = {
        "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
        "domain": "googleapis.com",
        "metadata": {"service": SERVICE, "method": method},
    }
    text = "Request had insufficient authentication scopes."
    return front_end_error(403, "PERMISSION_DENIED", text, entry, details)


def api_disabled() -> Answer:
    """403 for a project in which the API is switched off."""
    text = "Google Calendar API has not been used in project 0 before or it is disabled."
    entry = {"message": text, "domain": "usageLimits", "reason": "accessNotConfigured"}
    details = {
        "reason": "SERVICE_DISABLED",
        "domain": "googleapis.com",
        "metadata": {"service": SERVICE, "consumer": "projects/0"},
    }
    return front_end_error(403, "PERMISSION_DENIED", text, entry, details)


def minute_quota(status: int) -> Answer:
    """403 or 429 for a user beyond the quota of a minute."""
    text = (
        "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user' of service "
        f"'{SERVICE}' for consumer 'project_number:0'."
    )
    entry = {"message": text, "domain": "usageLimits", "reason": "rateLimitExceeded"}
    details = {
        "reason": "RATE_LIMIT_EXCEEDED",
        "domain": "googleapis.com",
        "metadata": {"service": SERVICE, "consumer": "projects/0", "quota_unit": "1/min/{project}/{user}"},
    }
    name = "PERMISSION_DENIED" if status == 403 else "RESOURCE_EXHAUSTED"
    return front_end_error(status, name, text, entry, details)
