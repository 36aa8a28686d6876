"""Signing in to Google: a person in a browser with PKCE, or a service account with its key."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from calmirror.errors import UserFixableError
from calmirror.google.client_file import DesktopClient, ServiceAccount
from calmirror.google.registration import WHO, Registration
from calmirror.google.sign_in_errors import AGAIN, ended, of_service_account, refused
from calmirror.tokens.browser import UNCHANGED, answer
from calmirror.tokens.endpoint import HOUR, Endpoint, fields_of, granted, seconds_in, unavailable
from calmirror.tokens.model import SignIn
from calmirror.tokens.refreshing import not_signed_in

if TYPE_CHECKING:
    from calmirror.tokens.person import Asking

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@dataclass(frozen=True, slots=True)
class GoogleSignIn:
    """Gets tokens for one registration."""

    registration: Registration
    endpoint: Endpoint

    def connect(self, asking: Asking) -> SignIn:
        """Has a person sign in, and returns what Google granted.

        Raises:
            UserFixableError: `sign-in-declined`, `sign-in-registration`, `sign-in-scopes`, `sign-in-port` or
                `sign-in-no-answer`. Whatever sign-in there was is still valid.
            RetryableError: `sign-in-unavailable`.
        """
        assert isinstance(self.registration.client, DesktopClient), "a service account needs no person"
        state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(64)
        redirects: list[str] = []

        def page(redirect_uri: str) -> str:
            redirects.append(redirect_uri)
            return self._page(redirect_uri, state, verifier)

        found = answer(asking, "Google", page, state=state, host="127.0.0.1")
        if "error" in found:
            raise refused(found["error"])
        code = {"grant_type": "authorization_code", "code": found["code"], "redirect_uri": redirects[-1]}
        fields = self._asked({**code, "code_verifier": verifier})
        if "error" in fields:
            raise refused(str(fields["error"]))
        return self._checked(self._sign_in(fields, signed_in_at=self.endpoint.clock.now()))

    def refresh(self, sign_in: SignIn | None) -> SignIn:
        """The sign-in with another access token.

        Raises:
            UserFixableError: `sign-in`, `sign-in-google`, `sign-in-registration` or `sign-in-service-account`.
            RetryableError: `sign-in-unavailable`.
        """
        if isinstance(self.registration.client, ServiceAccount):
            return self._for_itself(self.registration.client)
        if sign_in is None:
            raise not_signed_in("Google")
        fields = self._asked({"grant_type": "refresh_token", "refresh_token": sign_in.refresh_token})
        if "error" in fields:
            raise ended(fields, sign_in, self.endpoint.clock.now())
        fresh = self._sign_in(fields, signed_in_at=sign_in.signed_in_at)
        return replace(
            fresh,
            refresh_token=fresh.refresh_token or sign_in.refresh_token,
            scopes=fresh.scopes or sign_in.scopes,
            account=fresh.account or sign_in.account,
            ends_at=fresh.ends_at or sign_in.ends_at,
        )

    def revoke(self, sign_in: SignIn) -> bool:
        """Tells Google that the sign-in is over; whether Google took note (it need not know it any more)."""
        url = self.registration.client.token_uri.rpartition("/")[0] + "/revoke"
        return self.endpoint.post(url, {"token": sign_in.refresh_token or sign_in.access_token}).status == 200

    def _page(self, redirect_uri: str, state: str, verifier: str) -> str:
        assert isinstance(self.registration.client, DesktopClient), "a service account has no page"
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "client_id": self.registration.client.client_id,
            "redirect_uri": redirect_uri,
            "response_type": "code",
            "scope": " ".join((*WHO, self.registration.scope)),
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "access_type": "offline",
            # Google gives a refresh token with the first consent only, unless it is asked for anew.
            "prompt": "consent",
        }
        return f"{self.registration.client.auth_uri}?{urlencode(query)}"

    def _asked(self, fields: dict[str, str]) -> dict[str, Any]:
        """The token endpoint's answer: `access_token`, or `error`."""
        if isinstance(self.registration.client, DesktopClient):
            fields |= {
                "client_id": self.registration.client.client_id,
                "client_secret": self.registration.client.client_secret,
            }
        answer = self.endpoint.post(self.registration.client.token_uri, fields)
        found = fields_of(answer)
        if isinstance(found.get("error"), str) or (answer.status == 200 and found.get("access_token")):
            return found
        raise unavailable("Google", f"answered with something that is no token ({answer.status})")

    def _sign_in(self, fields: dict[str, Any], *, signed_in_at: float) -> SignIn:
        registration, now = self.registration, self.endpoint.clock.now()
        left = seconds_in(fields, "refresh_token_expires_in")
        found = granted(
            fields,
            now,
            made_for=registration.made_for,
            account=registration.subject or address_in(fields.get("id_token")),
            signed_in_at=signed_in_at,
        )
        return replace(found, ends_at=now + left if left else 0.0)

    def _checked(self, sign_in: SignIn) -> SignIn:
        """The sign-in, if it is one that calmirror can work with."""
        if self.registration.scope not in sign_in.scopes:
            raise UserFixableError(
                "The permission to write to the calendar was not given at Google: its box was not ticked",
                code="sign-in-scopes",
                meaning=UNCHANGED,
                command=f"{AGAIN} (and leave the box of the calendar ticked)",
            )
        if not sign_in.refresh_token:
            raise UserFixableError(
                "Google gave no lasting sign-in",
                code="sign-in-scopes",
                meaning=UNCHANGED,
                command=f"Remove this app from your Google account's third-party access, then: {AGAIN}",
            )
        return sign_in

    def _for_itself(self, account: ServiceAccount) -> SignIn:
        assertion = signed(account, self.registration.scope, self.registration.subject, self.endpoint.clock.now())
        fields = self._asked({"grant_type": JWT_BEARER, "assertion": assertion})
        if "error" in fields:
            raise of_service_account(str(fields["error"]), self.registration.subject)
        return replace(self._sign_in(fields, signed_in_at=self.endpoint.clock.now()), scopes=(self.registration.scope,))


def address_in(id_token: object) -> str:
    """Whose account an identity token is of, by its address; "" where it does not say.

    It came straight from Google, by TLS, so that its signature need not be looked at (OpenID Connect Core, 3.1.3.7).
    """
    try:
        claims = json.loads(base64.urlsafe_b64decode(str(id_token).split(".")[1] + "=="))
        address = claims["email"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return ""
    return address if isinstance(address, str) else ""


def signed(account: ServiceAccount, scope: str, subject: str, now: float) -> str:
    """A service account's word, signed with its key: that it wants a token, for an hour."""
    from google.auth import crypt, jwt  # noqa: PLC0415 - slow to import, and most have no service account

    claims = {"iss": account.client_email, "scope": scope, "aud": account.token_uri}
    times = {"iat": int(now), "exp": int(now) + HOUR}
    try:
        signer = crypt.RSASigner.from_service_account_info(account.info)
        assertion: bytes = jwt.encode(signer, {**claims, **times, **({"sub": subject} if subject else {})})
    except (ValueError, TypeError):
        raise UserFixableError(
            "The service account's file holds no usable private key",
            code="google-client-file",
            command="Download a new key of the service account in Google's console",
        ) from None
    return assertion.decode()
