"""Why Microsoft does not sign somebody in, by `error`, `error_codes` and `suberror`; never by its text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from calmirror.errors import CalmirrorError, UserFixableError
from calmirror.http.client import RESUMED
from calmirror.tokens.browser import UNCHANGED
from calmirror.tokens.endpoint import unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from calmirror.microsoft.registration import Registration

ON_PAGE = "If its page shows an error with a number (AADSTS…), first correct [microsoft] in calmirror.toml."
"""Of a wrong client id or tenant, the program hears nothing: the page does not send the browser back."""
AGAIN = "calmirror connect microsoft"
BY_HAND = "Correct [microsoft] in calmirror.toml or the app's registration, then:"
CONSENT = frozenset({65001, 90094, 90095, 900941, 650056, 650052})
DECLINED = frozenset({65004})
PASSING = frozenset({90024, 90033, 50033, 50196})
PASSING_NAMES = frozenset({"temporarily_unavailable", "server_error"})

REGISTRATION = {
    700016: "there is no app with this client_id in this tenant",
    90002: "there is no such tenant",
    90038: "the tenant is in another national cloud than graph_url",
    50194: "the app is for one tenant alone, so tenant must be that one, not common",
    9002332: "the app is for work accounts alone, so tenant must not be consumers",
    9002346: "the app is for personal accounts alone, so tenant must be consumers",
    7000218: 'the app lacks "Allow public client flows" (Authentication, in its registration)',
    700025: "the app is public, and a secret or certificate was sent; leave it out",
    700084: 'its redirect address is of the kind "single-page application", whose sign-ins last a day; it must be '
    '"Mobile and desktop applications"',
    50011: 'its redirect addresses lack http://localhost, of the kind "Mobile and desktop applications"',
    500113: 'it has no redirect address; add http://localhost, of the kind "Mobile and desktop applications"',
    50020: "this account is of another tenant, and the app is not for guests",
    50034: "this account does not exist in this tenant",
    500208: "this kind of account cannot be used with this tenant",
    16000: "this account is not of this tenant",
    7000215: "the client secret is wrong (its value is needed, not its id)",
    7000222: "the client secret has expired; make a new one in the registration",
    700027: "the certificate is not the one that was uploaded to the registration, or has expired",
    7000229: "the app was never consented to in this tenant",
}
"""What is wrong with the app, the tenant or the kind of account."""
UNKNOWN_APP = frozenset({700016, 90002, 90038, 50194, 9002332, 9002346})
"""The client id and the tenant do not fit, whatever way somebody signs in."""

ENDED = {
    70043: "your organisation asks for a new sign-in every so often",
    700082: "it was not used for 90 days",
    70008: "it was not used for a long time",
    50173: "it was revoked, or the password was changed",
    50132: "it was revoked, or the password was changed",
    50133: "the password was changed",
    50078: "your organisation asks for its second factor again",
    50076: "your organisation asks for a second factor",
    50079: "your organisation asks you to register a second factor",
    50072: "your organisation asks you to register a second factor",
    50074: "your organisation asks for a second factor",
    50158: "your organisation asks for something more",
    50053: "the account is locked",
    50055: "the password has expired",
    50057: "the account is switched off",
    50126: "the password is wrong",
    54005: "the code was used already",
}
BLOCKED = frozenset({53000, 53001, 53002, 53003, 53004, 530032, 530035, 50131, 50005, 50097})
"""Conditional access. A code that is typed elsewhere never says from which device."""
SUBERRORS = {
    "user_password_expired": "the password has expired",
    "basic_action": "Microsoft asks for something more",
    "additional_action": "Microsoft asks for something more",
    "token_expired": "it was not used for a long time",
    "bad_token": "Microsoft does not know it any more",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error answer of the sign-in service."""

    error: str
    codes: tuple[int, ...]
    suberror: str

    @property
    def label(self) -> str:
        """Its name and number, which a help desk can look up."""
        number = f", AADSTS{self.codes[0]}" if self.codes else ""
        name = self.error if self.error.replace("_", "").isalnum() and len(self.error) < 60 else "unknown"
        return f"{name}{number}"

    def among(self, codes: frozenset[int]) -> bool:
        """Whether it carries one of these numbers."""
        return not codes.isdisjoint(self.codes)


def refusal_of(fields: Mapping[str, Any]) -> Refusal:
    """The refusal in an answer's fields."""
    numbers = fields.get("error_codes")
    codes = tuple(one for one in numbers if isinstance(one, int)) if isinstance(numbers, list) else ()
    # MSAL passes a suberror on under another name, or not at all.
    return Refusal(
        str(fields.get("error") or ""), codes, str(fields.get("suberror") or fields.get("classification") or "")
    )


def refused(fields: Mapping[str, Any], registration: Registration) -> CalmirrorError:
    """The error of a sign-in that did not come about; an earlier one is still valid."""
    return told(refusal_of(fields), registration, "Microsoft did not sign anybody in", "sign-in-declined", UNCHANGED)


def ended(fields: Mapping[str, Any], registration: Registration) -> CalmirrorError:
    """The error of a stored sign-in that Microsoft gives no more tokens for."""
    return told(refusal_of(fields), registration, "The sign-in to Microsoft has ended", "sign-in-microsoft", RESUMED)


def told(refusal: Refusal, registration: Registration, what: str, code: str, meaning: str) -> CalmirrorError:
    """The error of a refusal; `what` and `code` are those of one that is nothing special."""
    if refusal.among(PASSING) or refusal.error in PASSING_NAMES:
        return unavailable("Microsoft", f"is not available ({refusal.label})")
    if refusal.suberror == "consent_required" or refusal.among(CONSENT):
        return no_consent(refusal, registration, meaning)
    if wrong := first(REGISTRATION, refusal):
        return wrong_registration(f"{wrong} ({refusal.label})", meaning)
    if refusal.among(BLOCKED):
        return UserFixableError(
            f"Your organisation's rules do not allow this sign-in to Microsoft ({refusal.label})",
            code="sign-in-blocked",
            meaning=meaning,
            command=f"On a machine that your organisation manages: {AGAIN} --browser",
        )
    if refusal.among(DECLINED) or refusal.error in ("access_denied", "authorization_declined"):
        what, why = "The consent at Microsoft was not given", ""
    elif refusal.error in ("expired_token", "bad_verification_code"):
        what, why = "The code was not entered in time", ""
    else:
        why = first(ENDED, refusal) or SUBERRORS.get(refusal.suberror, "")
    return UserFixableError(
        f"{what}{': ' * bool(why)}{why} ({refusal.label})", code=code, meaning=meaning, command=AGAIN
    )


def no_consent(refusal: Refusal, registration: Registration, meaning: str) -> UserFixableError:
    """The error of an app that nobody has consented to, or may."""
    return UserFixableError(
        f"Nobody has allowed this app to read the calendar ({refusal.label})",
        code="sign-in-consent",
        meaning=meaning,
        command=f"{AGAIN}. {admin_hint(registration)}",
    )


def admin_hint(registration: Registration) -> str:
    """What to do where people may not consent by themselves."""
    return f"If an administrator has to approve, send them this address: {registration.admin_consent_url}"


def wrong_registration(why: str, meaning: str = UNCHANGED) -> UserFixableError:
    """The error of an app that cannot sign anybody in as it is registered or configured."""
    return UserFixableError(
        f"The app cannot sign in to Microsoft: {why}",
        code="sign-in-registration",
        meaning=meaning,
        command=f"{BY_HAND} {AGAIN}",
    )


def first(texts: Mapping[int, str], refusal: Refusal) -> str:
    """The text for the first of its numbers that has one; "" for none."""
    return next((texts[code] for code in refusal.codes if code in texts), "")
