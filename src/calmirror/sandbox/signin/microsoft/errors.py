"""The errors of Microsoft's sign-in, by number: as JSON from the token endpoint, as a page, as a redirect."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from calmirror.http.message import Answer
from calmirror.sandbox.signin.web import answered, page, paragraph

CLAIMS = json.dumps({"access_token": {"capolids": {"essential": True, "values": [str(uuid.UUID(int=53))]}}})
"""What a program must ask for again, where a policy wants more than the sign-in proved."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One error: its AADSTS number, the protocol's word for it, a text that nobody may rely on."""

    number: int
    error: str
    text: str
    suberror: str = ""
    status: int = 400
    claims: str = ""

    def described(self, now: float) -> dict[str, str]:
        """The ids and the text that go with it."""
        trace, correlation = str(uuid.uuid4()), str(uuid.uuid4())
        stamp = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        lines = (f"AADSTS{self.number}: {self.text}", f"Trace ID: {trace}", f"Correlation ID: {correlation}")
        description = "\r\n".join((*lines, f"Timestamp: {stamp}"))
        return {"text": description, "timestamp": stamp, "trace_id": trace, "correlation_id": correlation}


class RefusedError(Exception):
    """Ends a request with an error of the catalogue."""

    def __init__(self, number: int, **details: str) -> None:
        super().__init__(str(number))
        self.refusal = refusal(number, **details)


def refusal(number: int, **details: str) -> Refusal:
    """The error of that number, its text filled in; KeyError for one that is not in the catalogue."""
    known = CATALOGUE[number]
    shown = known.text.format_map(Blank(details))
    return Refusal(number, known.error, shown, known.suberror, known.status, known.claims)


class Blank(dict[str, str]):
    """Details of an error; what is not known reads as a dash."""

    def __missing__(self, key: str) -> str:
        """Stands in for a detail."""
        return "-"


def token_error(refused: Refusal, now: float, root: str = "https://login.sandbox") -> Answer:
    """The token endpoint's answer."""
    details = refused.described(now)
    body: dict[str, object] = {
        "error": refused.error,
        "error_description": details.pop("text"),
        "error_codes": [refused.number],
        **details,
        "error_uri": f"{root}/error?code={refused.number}",
    }
    body |= {"suberror": refused.suberror} if refused.suberror else {}
    body |= {"claims": refused.claims} if refused.claims else {}
    return answered(body, refused.status)


def error_page(refused: Refusal, now: float) -> Answer:
    """What the person sees where the program must not be told, or cannot be trusted."""
    details = refused.described(now)
    lines = (paragraph(line) for line in details["text"].split("\r\n"))
    return page("Sorry, but we're having trouble signing you in.", "".join(lines), 400)


def named(name: str) -> Answer:
    """An answer for a fault to give: `"50173"`, `"AADSTS50173"`, or one of OUTAGES; KeyError for another."""
    if name in OUTAGES:
        return OUTAGES[name]
    number = name.upper().removeprefix("AADSTS")
    if not number.isdigit():
        raise KeyError(name)
    return token_error(refusal(int(number)), datetime.now(UTC).timestamp())


OUTAGES: Mapping[str, Answer] = {
    "throttled": answered({"error": "temporarily_unavailable", "error_codes": []}, 429, {"retry-after": "3"}),
    "temporarily_unavailable": answered({"error": "temporarily_unavailable", "error_codes": [90033]}, 400),
    "unavailable": Answer(503, {"content-type": "text/html", "retry-after": "2"}, b"<html>Service Unavailable</html>"),
    "unavailable-empty": Answer(503),
    "html-instead": Answer(200, {"content-type": "text/html"}, b"<html>A proxy's page</html>"),
}
"""What goes wrong that is no matter of the sign-in."""


def _catalogue() -> dict[int, Refusal]:
    grant, asks, client = "invalid_grant", "invalid_request", "invalid_client"
    policy, basic = "message_only", "basic_action"
    more = "A policy of your organization asks for another proof of who you are."
    admin = "Only an administrator can let this app into resources of the organization."
    blocked = "Access was blocked by a Conditional Access policy."
    device = "The device does not meet the policy's requirements."
    rows: tuple[Refusal, ...] = (
        # The person must sign in or agree again.
        Refusal(65001, grant, "Nobody agreed that app '{app}' may do this.", "consent_required"),
        Refusal(70000, grant, "The person's consent is missing or was withdrawn.", "consent_required"),
        *(Refusal(number, grant, more, basic, 400, CLAIMS) for number in (50072, 50074, 50076, 50078, 50079)),
        Refusal(50158, "interaction_required", more, basic, 400, CLAIMS),
        Refusal(70043, grant, "The refresh token ended with the time that the sign-in frequency policy allows."),
        Refusal(70008, grant, "The code or refresh token ended because it was not used.", "token_expired"),
        Refusal(700082, grant, "The refresh token ended because it was not used for {days} days.", "token_expired"),
        Refusal(700084, grant, "The refresh token was issued to a single page app and lives a day at most."),
        Refusal(
            50173, grant, "The sign-in was ended, or the password changed, after this token was issued.", "bad_token"
        ),
        Refusal(50132, grant, "The session ended, or the password changed.", "bad_token"),
        Refusal(50133, grant, "The session ended because the password changed or ran out.", "bad_token"),
        Refusal(50089, grant, "The session's token has ended."),
        Refusal(16000, "interaction_required", "The account must be chosen again."),
        # The person, or a policy, says no.
        Refusal(65004, "access_denied", "The person declined what the app asked for."),
        *(Refusal(number, "access_denied", admin) for number in (90094, 90095, 900941, 650056)),
        *(Refusal(number, grant, device, policy) for number in (53000, 53001, 50097)),
        *(Refusal(number, grant, blocked, policy) for number in (53002, 53003, 53004, 530032, 530035, 50005, 50131)),
        Refusal(50053, grant, "The account is locked."),
        Refusal(50055, grant, "The password has run out.", "user_password_expired"),
        Refusal(50057, grant, "The account is disabled."),
        Refusal(50126, grant, "The name or the password is wrong."),
        # The wrong kind of account, or the wrong place.
        Refusal(
            50020, asks, "Account '{account}' does not exist in tenant '{tenant}' and cannot use app '{app}' there."
        ),
        Refusal(50034, grant, "Account '{account}' does not exist in this directory."),
        Refusal(500208, asks, "The domain is no valid one for this kind of account."),
        Refusal(50194, asks, "App '{app}' is for one tenant and cannot be used at /common."),
        Refusal(9002332, asks, "App '{app}' is for work accounts alone and cannot be used at /consumers."),
        Refusal(9002331, asks, "App '{app}' is for personal accounts alone; use /consumers."),
        Refusal(50059, asks, "The request does not say which tenant it is for."),
        Refusal(90002, asks, "Tenant '{tenant}' was not found."),
        Refusal(90038, asks, "Tenant '{tenant}' belongs to another national cloud."),
        Refusal(500011, "invalid_resource", "Resource '{resource}' was not found in this tenant."),
        # What the app itself did wrong.
        Refusal(700016, "unauthorized_client", "App '{app}' was not found in the directory of '{tenant}'."),
        Refusal(7000215, client, "The client secret is wrong.", status=401),
        Refusal(7000222, client, "The client secret of app '{app}' has run out.", status=401),
        Refusal(7000218, client, "The request must carry client_assertion or client_secret.", status=401),
        Refusal(
            700025, client, "The app is public: neither client_assertion nor client_secret belongs here.", status=401
        ),
        Refusal(700027, client, "No certificate of the app fits the assertion's signature.", status=401),
        Refusal(700024, client, "The assertion is not valid at this time.", status=401),
        Refusal(700023, client, "The assertion was made for another audience.", status=401),
        Refusal(50012, client, "The assertion cannot be read.", status=401),
        Refusal(54005, grant, "The authorization code was used before."),
        Refusal(50148, grant, "The code verifier does not match the code challenge."),
        Refusal(501481, grant, "The code verifier does not match the code challenge."),
        Refusal(700007, grant, "The grant was issued to another app.", "client_mismatch"),
        Refusal(9002313, grant, "The grant cannot be read."),
        Refusal(50011, asks, "The redirect address '{redirect}' is not registered for app '{app}'."),
        Refusal(500112, grant, "The reply address does not match the one that the code was asked for with."),
        Refusal(70011, "invalid_scope", "The scope '{scope}' is not valid."),
        Refusal(1002012, "invalid_scope", "A client's own request must ask for RESOURCE/.default, not '{scope}'."),
        Refusal(700029, "unsupported_response_type", "The response type must be code."),
        Refusal(70003, "unsupported_grant_type", "The grant type is not supported."),
        Refusal(900144, asks, "The request must contain the parameter '{parameter}'."),
        Refusal(50196, asks, "The same request came too often: the app is in a loop."),
        # Device codes.
        Refusal(70016, "authorization_pending", "The person has not signed in yet."),
        Refusal(70018, "bad_verification_code", "The device code is wrong."),
        Refusal(70019, "expired_token", "The device code has run out."),
        Refusal(70020, "authorization_declined", "The person declined."),
        Refusal(70021, "slow_down", "The program asks too often."),
        # Trouble at Microsoft.
        *(
            Refusal(number, "temporarily_unavailable", "The service is busy for a moment.", status=503)
            for number in (90024, 90033, 50033)
        ),
    )
    return {row.number: row for row in rows}


CATALOGUE: Mapping[int, Refusal] = _catalogue()
"""Every error by its number."""
