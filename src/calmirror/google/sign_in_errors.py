"""Why Google does not sign somebody in, by its error's name and what we know of the sign-in; never by its text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calmirror.errors import CalmirrorError, UserFixableError
from calmirror.http.client import RESUMED
from calmirror.tokens.browser import UNCHANGED
from calmirror.tokens.endpoint import unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from calmirror.tokens.model import SignIn

DAY = 86400.0
TESTING = 7 * DAY
"""How long a sign-in lasts while the app's publishing status is Testing."""
UNUSED = 180 * DAY
AGAIN = "calmirror connect google"
PASSING = frozenset({"temporarily_unavailable", "server_error", "internal_failure"})
REGISTRATION = {
    "invalid_client": "Google does not know the client in the client file, or not its secret",
    "deleted_client": "The client in the client file was deleted in Google's console",
    "disabled_client": "The client in the client file is switched off in Google's console",
    "unauthorized_client": "The client in the client file may not sign people in this way",
    "redirect_uri_mismatch": 'The client in the client file is not of the type "Desktop app"',
    "org_internal": "The app in Google's console is for its own organisation alone",
    "invalid_scope": "Google does not know the scope that google.scope stands for",
}
SUBTYPES = {
    "invalid_rapt": "your organisation asks for a new sign-in every so often",
    "admin_policy_enforced": "the administrator of this Google account does not allow this app",
}
BLOCKED = {
    "admin_policy_enforced": "The administrator of this Google account does not allow this app",
    "access_denied": "The consent was not given",
    "consent_required": "The consent was not given",
}


def refused(error: str) -> CalmirrorError:
    """The error of a sign-in that a person began and Google did not grant."""
    if error in PASSING:
        return unavailable("Google", f"is not available ({label(error)})")
    if error in REGISTRATION:
        return UserFixableError(
            REGISTRATION[error],
            code="sign-in-registration",
            meaning=UNCHANGED,
            command=f"Correct the client in Google's console, download its file anew, then: {AGAIN}",
        )
    return UserFixableError(
        BLOCKED.get(error, f"Google did not sign anybody in ({label(error)})"),
        code="sign-in-declined",
        meaning=UNCHANGED,
        command=AGAIN,
    )


def ended(fields: Mapping[str, Any], sign_in: SignIn, now: float) -> CalmirrorError:
    """The error of a stored sign-in that Google gives no more tokens for."""
    error = str(fields.get("error_subtype") or fields["error"])
    if error in PASSING or error in REGISTRATION:
        return refused(error)
    return UserFixableError(
        f"The sign-in to Google has ended: {why(error, sign_in, now)}",
        code="sign-in-google",
        meaning=RESUMED,
        command=AGAIN,
    )


def why(error: str, sign_in: SignIn, now: float) -> str:
    """What most likely ended it: Google says nothing but `invalid_grant`, so its age has to tell."""
    age, used = now - sign_in.signed_in_at, sign_in.refreshed_at - sign_in.signed_in_at
    if error in SUBTYPES:
        return SUBTYPES[error]
    if error != "invalid_grant":
        return label(error)
    if used <= TESTING <= age:
        return (
            "it is older than seven days, after which Google ends every sign-in to an app whose publishing status is "
            '"Testing". Set it to "In production" in Google\'s console first'
        )
    if now - sign_in.refreshed_at > UNUSED:
        return "it was not used for six months"
    return "access was withdrawn at Google, by the account's owner or its administrator, or by too many other sign-ins"


def of_service_account(error: str, subject: str) -> CalmirrorError:
    """The error of a service account that gets no token."""
    if error in PASSING:
        return refused(error)
    delegated = f"may not act for {subject}: its domain-wide delegation lacks the scope or is not set up"
    whats = {
        "unauthorized_client": delegated if subject else "may not get tokens",
        "access_denied": delegated if subject else "may not get tokens",
        "invalid_grant": "is refused: its key was withdrawn, this machine's clock is wrong, or there is no "
        + (subject or "such account"),
        "invalid_client": "does not exist any more",
    }
    return UserFixableError(
        f"The service account {whats.get(error, f'gets no token ({label(error)})')}",
        code="sign-in-service-account",
        meaning=RESUMED,
        command="Correct it in the admin console of Google Workspace, then: calmirror calendars",
    )


def label(error: str) -> str:
    """An error's name, fit to be shown."""
    return error if error.replace("_", "").isalnum() and len(error) < 60 else "for a reason that it does not name"
