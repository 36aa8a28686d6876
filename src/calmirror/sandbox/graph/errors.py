"""Graph's error answers, by name, for the routes and for faults."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from calmirror.http.message import Answer

NOBODY = "00000000-0000-0000-0000-000000000000"
CHALLENGE = (
    'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", '
    'client_id="00000003-0000-0000-c000-000000000000"'
)
NOT_FOUND = "The specified object was not found in the store."


def graph_error(
    status: int,
    code: str,
    message: str,
    *,
    headers: Mapping[str, str] | None = None,
    inner: Mapping[str, Any] | None = None,
) -> Answer:
    """An error in Graph's shape. The service fills in `innerError`'s date and ids where it answers itself."""
    inner_error = {"date": "2026-01-01T00:00:00", "request-id": NOBODY, "client-request-id": NOBODY, **(inner or {})}
    body = {"error": {"code": code, "message": message, "innerError": inner_error}}
    return Answer(status, {"content-type": "application/json", **(headers or {})}, json.dumps(body).encode())


def sync_state_not_found(generation: int, kept: list[int], *, status: int = 410, location: str = "") -> Answer:
    """The answer to a delta or next link whose sync state was evicted; `kept` is what is left, newest first."""
    newest = max(kept, default=generation + 8)
    held = "".join(f"[{each}]" for each in kept)
    message = f"The sync state generation is not found; generation={generation};[highest={newest}]{held}."
    headers = {"location": location} if location else None
    return graph_error(status, "SyncStateNotFound" if status == 410 else "resyncRequired", message, headers=headers)


def not_supported_zone(name: str) -> Answer:
    """The answer to a `Prefer: outlook.timezone` that nobody knows."""
    text = "A valid TimeZone value must be specified. The following TimeZone value is not supported"
    return graph_error(400, "TimeZoneNotSupportedException", f"{text}: '{name}'.")


def invalid_parameter(name: str, value: str) -> Answer:
    """The answer to a missing or unreadable query parameter."""
    return graph_error(400, "ErrorInvalidParameter", f"The value '{value}' of parameter '{name}' is invalid.")


def unknown_property(name: str, *, broker: bool = False) -> Answer:
    """The answer to an `$expand` that names what the type does not have; `broker`: in the older words."""
    message = f"Could not find a property named '{name}' on type 'microsoft.graph.event'."
    if broker:
        return graph_error(400, "RequestBroker--ParseUri", message)
    return graph_error(400, "BadRequest", f"Parsing OData Select and Expand failed: {message}")


def malformed_token(kind: str) -> Answer:
    """The answer to a damaged delta or skip token; `kind` is a value of the switch `malformed_cursor`."""
    code = "ErrorInvalidDeltaToken" if kind == "400-delta-token" else "BadRequest"
    return graph_error(int(kind[:3]), code, "Badly formed token.")


def foreign_id(kind: str, item_id: str, mailbox: str) -> Answer:
    """The answer to an id of another mailbox; `kind` is a value of the switch `foreign_id`."""
    match kind:
        case "404-mailbox":
            message = f"Item '{item_id}' doesn't belong to the targeted mailbox '{mailbox}'."
            return graph_error(404, "ErrorInvalidMailboxItemId", message)
        case "403":
            return CATALOGUE["access-denied"]
        case "400":
            return graph_error(400, "ErrorInvalidId", "The specified id is invalid.")
    return CATALOGUE["item-not-found"]


def throttled(retry_after: str | None) -> Answer:
    """The answer beyond the quota."""
    headers = {"retry-after": retry_after} if retry_after is not None else None
    inner = {"code": "429", "message": "Please retry after", "status": "429"}
    return graph_error(429, "TooManyRequests", "Please retry again later.", headers=headers, inner=inner)


def _catalogue() -> dict[str, Answer]:
    denied = "Access to OData is disabled: [RAOP] : Blocked by tenant configured AppOnly AccessPolicy settings."
    refused = "Your request can't be completed."
    wide = "The range between the start and end dates is greater than the allowed range. Maximum number of days: 1825"
    html = b"<!DOCTYPE html><html><head><title>Service unavailable</title></head><body>Try again later.</body></html>"
    return {
        "sync-state-not-found": sync_state_not_found(149, [157, 155, 156]),
        "resync-required": graph_error(410, "resyncRequired", "Resync is required."),
        "window-too-large": graph_error(400, "ErrorInvalidRequest", f"{refused} {wide}"),
        "window-missing": invalid_parameter("StartDateTime", ""),
        "cursor-malformed": malformed_token("400"),
        "gateway-timeout": graph_error(504, "UnknownError", ""),
        "time-zone-unknown": not_supported_zone("Australia Eastern Standard Time"),
        "mailbox-not-enabled": graph_error(
            404, "MailboxNotEnabledForRESTAPI", "REST API is not yet supported for this mailbox."
        ),
        "user-invalid": graph_error(404, "ErrorInvalidUser", "The requested user is invalid."),
        "item-not-found": graph_error(404, "ErrorItemNotFound", NOT_FOUND),
        "item-of-another-mailbox": foreign_id("404-mailbox", "AAMk", "adele@contoso.example"),
        "id-malformed": graph_error(400, "ErrorInvalidIdMalformed", "Id is malformed."),
        "access-policy": graph_error(403, "ErrorAccessDenied", denied),
        "access-denied": graph_error(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again."),
        "mailbox-concurrency": graph_error(
            429,
            "ApplicationThrottled",
            "Application is over its MailboxConcurrency limit.",
            headers={"retry-after": "1"},
        ),
        "throttled": throttled("2.128"),
        "token-expired": graph_error(
            401,
            "InvalidAuthenticationToken",
            "Access token has expired or is not yet valid.",
            headers={"www-authenticate": CHALLENGE},
        ),
        "claims-challenge": graph_error(
            401,
            "InvalidAuthenticationToken",
            "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: "
            "TokenCreatedWithOutdatedPolicies",
            headers={"www-authenticate": f'{CHALLENGE}, error="insufficient_claims", claims="e30="'},
        ),
        "events-delta": graph_error(
            400, "BadRequest", "Unsupported request: Change tracking is not supported against 'microsoft.graph.event'."
        ),
        "me-without-user": graph_error(
            400, "BadRequest", "/me request is only valid with delegated authentication flow."
        ),
        "item-corrupt": graph_error(500, "ErrorCorruptData", "The item is corrupt."),
        "internal": graph_error(500, "ErrorInternalServerError", "An internal server error occurred."),
        "mailbox-moving": graph_error(503, "ErrorMailboxMoveInProgress", "Mailbox move in progress. Try again later."),
        "unavailable": graph_error(503, "ServiceUnavailable", "The service is unavailable."),
        "unavailable-empty": Answer(503),
        "unavailable-html": Answer(503, {"content-type": "text/html"}, html),
        "html-instead": Answer(200, {"content-type": "text/html"}, html),
    }


CATALOGUE: Mapping[str, Answer] = _catalogue()
"""Every error body by a name that a fault can use."""
