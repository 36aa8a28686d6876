"""The errors of Google's sign-in: as JSON from its endpoints, as pages that the program never hears of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from calmirror.http.message import Answer
from calmirror.sandbox.signin.web import answered, page, paragraph


@dataclass(frozen=True, slots=True)
class Refusal:
    """One error of an endpoint: the protocol's word, and a text."""

    error: str
    text: str
    status: int = 400


class RefusedError(Exception):
    """Ends a request with an error of the catalogue."""

    def __init__(self, name: str, text: str = "") -> None:
        super().__init__(name)
        known = CATALOGUE[name]
        self.refusal = Refusal(known.error, text or known.text, known.status)


class BlockedError(Exception):
    """Ends a person's way through the pages with a page; the program hears nothing."""

    def __init__(self, error: str, text: str, status: int = 400) -> None:
        super().__init__(error)
        self.error, self.text, self.status = error, text, status


CATALOGUE: Mapping[str, Refusal] = {
    "token-dead": Refusal("invalid_grant", "Token has been expired or revoked."),
    "token-unreadable": Refusal("invalid_grant", "Bad Request"),
    "code-dead": Refusal("invalid_grant", "Bad Request"),
    "code-malformed": Refusal("invalid_grant", "Malformed auth code."),
    "verifier-wrong": Refusal("invalid_grant", "Invalid code verifier."),
    "verifier-missing": Refusal("invalid_grant", "Missing code verifier."),
    "redirect-mismatch": Refusal("redirect_uri_mismatch", "Bad Request"),
    "client-unknown": Refusal("invalid_client", "The OAuth client was not found.", 401),
    "client-deleted": Refusal("deleted_client", "The OAuth client was deleted.", 401),
    "secret-wrong": Refusal("invalid_client", "The provided client secret is invalid.", 401),
    "secret-missing": Refusal("invalid_request", "client_secret is missing."),
    "client-other": Refusal("unauthorized_client", "Unauthorized", 401),
    "grant-unknown": Refusal("unsupported_grant_type", "Invalid grant_type"),
    "device-scope": Refusal("invalid_scope", "Invalid device flow scope"),
    "scope-unknown": Refusal("invalid_scope", "Some requested scopes were invalid."),
    "scope-missing": Refusal("invalid_scope", "Invalid OAuth scope or ID token audience provided."),
    "jwt-signature": Refusal("invalid_grant", "Invalid JWT Signature."),
    "jwt-time": Refusal(
        "invalid_grant",
        "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
        "Check your iat and exp values in the JWT claim.",
    ),
    "jwt-unreadable": Refusal("invalid_grant", "Invalid JWT: Failed to parse the assertion."),
    "jwt-audience": Refusal("invalid_grant", "Invalid JWT: Failed audience check."),
    "account-unknown": Refusal("invalid_grant", "Invalid grant: account not found"),
    "subject-unknown": Refusal("invalid_grant", "Invalid email or User ID"),
    "not-delegated": Refusal(
        "unauthorized_client",
        "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of "
        "the scopes requested.",
        401,
    ),
    "token-unknown": Refusal("invalid_token", "Token expired or revoked"),
    "tokeninfo": Refusal("invalid_token", "Invalid Value"),
    "rapt-required": Refusal("invalid_grant", "reauth related error (invalid_rapt)"),
    "policy": Refusal("admin_policy_enforced", "The administrator's policy does not let this app in."),
    "org-internal": Refusal("org_internal", "The app is for people of its own organization."),
    "internal": Refusal("internal_failure", "Backend Error", 500),
}
"""Every error by a name that a fault can use."""

OUTAGES: Mapping[str, Answer] = {
    "unavailable": Answer(503, {"content-type": "text/html; charset=utf-8"}, b"<html>Error 503</html>"),
    "unavailable-empty": Answer(503),
    "throttled": answered({"error": "rate_limit_exceeded", "error_description": "Rate Limit Exceeded"}, 429),
    "html-instead": Answer(200, {"content-type": "text/html"}, b"<html>A proxy's page</html>"),
}
"""What goes wrong that is no matter of the sign-in."""


def endpoint_error(refused: Refusal) -> Answer:
    """An endpoint's answer."""
    return answered({"error": refused.error, "error_description": refused.text}, refused.status)


def blocked_page(blocked: BlockedError) -> Answer:
    """What the person sees."""
    lines = paragraph(blocked.text) + paragraph(f"Error {blocked.status}: {blocked.error}", "error")
    return page("Access blocked", lines, blocked.status)


def named(name: str) -> Answer:
    """An answer for a fault to give; KeyError for a name unknown."""
    return OUTAGES[name] if name in OUTAGES else endpoint_error(CATALOGUE[name])
