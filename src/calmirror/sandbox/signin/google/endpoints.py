"""What programs ask Google's sign-in for: tokens, their end, what they are good for."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from calmirror.http.message import Answer, Request
from calmirror.sandbox.signin import jwt
from calmirror.sandbox.signin.google.errors import RefusedError
from calmirror.sandbox.signin.google.pages import KNOWN
from calmirror.sandbox.signin.google.registry import Account, Client, Code, RefreshToken, ServiceAccount, numbered
from calmirror.sandbox.signin.web import answered, basic, form_of, proves

if TYPE_CHECKING:
    from calmirror.sandbox.signin.google.service import GoogleSignIn

AUDIENCES = ("https://oauth2.googleapis.com/token", "https://accounts.google.com/o/oauth2/token")
"""Whom assertions of service accounts are made for, wherever they are sent."""
DEVICE_SCOPES = ("openid", "email", "profile")
SKEW = 300
DAY = 86400


class Endpoints:
    """Answers programs; `service` holds what it must know."""

    def __init__(self, service: GoogleSignIn) -> None:
        self._service = service

    def token(self, request: Request) -> Answer:
        """`POST token`."""
        form = form_of(request)
        match form.get("grant_type", ""):
            case "authorization_code":
                return self._by_code(self._client(request, form), form)
            case "refresh_token":
                return self._by_refresh_token(self._client(request, form), form)
            case "urn:ietf:params:oauth:grant-type:jwt-bearer":
                return self._by_assertion(form.get("assertion", ""))
        raise RefusedError("grant-unknown")

    def revoke(self, request: Request) -> Answer:
        """`POST revoke`: any token of a grant ends the whole grant."""
        token = form_of(request).get("token", "")
        held = self._service.registry.refresh_tokens.get(token)
        if held is not None and not self._dead(held):
            self._service.revoke(held.account.address, held.client.client_id)
            return answered({})
        grant = self._service.google.grants.get(token)
        if grant is None or grant.expires_at <= self._service.clock.now():
            raise RefusedError("token-unknown")
        self._service.revoke(grant.user, grant.client)
        return answered({})

    def token_info(self, request: Request) -> Answer:
        """What an access token is good for."""
        grant = self._service.google.grants.get(form_of(request).get("access_token", ""))
        left = int(grant.expires_at - self._service.clock.now()) if grant else 0
        if grant is None or left <= 0:
            raise RefusedError("tokeninfo")
        scope = " ".join(sorted(grant.scopes))
        told = {"azp": grant.client, "aud": grant.client, "scope": scope, "exp": str(int(grant.expires_at))}
        return answered({**told, "expires_in": str(left), "access_type": "offline"})

    def device_code(self, request: Request) -> Answer:
        """Devices without a browser are not given calendars."""
        form = form_of(request)
        refused = [scope for scope in form.get("scope", "").split() if scope not in DEVICE_SCOPES]
        if refused:
            raise RefusedError("device-scope", f"Invalid device flow scope: {refused[0]}")
        raise RefusedError("client-unknown", "The OAuth client is not one for TVs and limited input devices.")

    def _client(self, request: Request, form: dict[str, str]) -> Client:
        """The client, which must prove itself with its secret, in the form or in a header."""
        header = basic(request)
        client_id, secret = header or (form.get("client_id", ""), form.get("client_secret", ""))
        client = self._service.registry.clients.get(client_id)
        if client is None:
            raise RefusedError("client-unknown")
        if client.deleted:
            raise RefusedError("client-deleted")
        if not secret:
            raise RefusedError("secret-missing")
        if secret != client.secret:
            raise RefusedError("secret-wrong")
        return client

    def _by_code(self, client: Client, form: dict[str, str]) -> Answer:
        code = self._service.registry.codes.get(form.get("code", ""))
        if code is None:
            raise RefusedError("code-malformed")
        self._check_code(code, client, form)
        code.used = True
        extra: dict[str, Any] = {}
        if code.offline:
            extra["refresh_token"] = self._refresh_token(code)
            if client.status == "testing" and self._service.switches.testing_tells_expiry:
                extra["refresh_token_expires_in"] = self._service.switches.testing_days * DAY - 1
        if "openid" in code.scopes:
            extra["id_token"] = self._identity(client, code.account, code.nonce)
        return self._granted(client, code.account, code.scopes, extra)

    def _check_code(self, code: Code, client: Client, form: dict[str, str]) -> None:
        if code.used or code.expires_at <= self._service.clock.now():
            raise RefusedError("code-dead")
        if code.client is not client:
            raise RefusedError("client-other")
        if form.get("redirect_uri", "") != code.redirect_uri:
            raise RefusedError("redirect-mismatch")
        if not code.challenge:
            return
        verifier = form.get("code_verifier", "")
        if not verifier:
            raise RefusedError("verifier-missing")
        if not (proves(verifier, code.challenge) if code.method == "S256" else verifier == code.challenge):
            raise RefusedError("verifier-wrong")

    def _by_refresh_token(self, client: Client, form: dict[str, str]) -> Answer:
        held = self._service.registry.refresh_tokens.get(form.get("refresh_token", ""))
        if held is None:
            raise RefusedError("token-unreadable")
        if held.client is not client:
            raise RefusedError("client-other")
        if self._dead(held):
            raise RefusedError("token-dead")
        held.used_at = self._service.clock.now()
        return self._granted(client, held.account, held.scopes, {})

    def _dead(self, held: RefreshToken) -> bool:
        now, switches = self._service.clock.now(), self._service.switches
        tested = held.client.status == "testing" and now - held.issued_at >= switches.testing_days * DAY
        return held.ended or tested or now - held.used_at >= switches.unused_days * DAY

    def _refresh_token(self, code: Code) -> str:
        """A new refresh token, which may push out the oldest one."""
        now, registry = self._service.clock.now(), self._service.registry
        token = f"1//0{secrets.token_urlsafe(64)}"
        registry.refresh_tokens[token] = RefreshToken(code.client, code.account, code.scopes, now, now)
        alive = registry.alive(code.client, code.account)
        for oldest in alive[: -self._service.switches.live_tokens]:
            oldest.ended = True
        return token

    def _granted(self, client: Client, account: Account, scopes: list[str], extra: dict[str, Any]) -> Answer:
        token = f"ya29.{secrets.token_urlsafe(160)}"
        self._service.allow(token, scopes, client.client_id, account.address)
        lasts = self._service.switches.access_token_seconds
        kept = {"access_token": token, "expires_in": lasts, "scope": " ".join(scopes), "token_type": "Bearer"}
        return answered({**kept, **extra})

    def _identity(self, client: Client, account: Account, nonce: str) -> str:
        now = int(self._service.clock.now())
        claims = {"iss": "https://accounts.google.com", "azp": client.client_id, "aud": client.client_id}
        claims |= {"sub": numbered(account.address), "email": account.address, "email_verified": "true"}
        return jwt.issued({**claims, "iat": now, "exp": now + 3600, **({"nonce": nonce} if nonce else {})})

    def _by_assertion(self, assertion: str) -> Answer:
        """A service account, in its own name or for a person of a domain that let it."""
        try:
            told = jwt.taken_apart(assertion)
        except ValueError as error:
            raise RefusedError("jwt-unreadable") from error
        account = self._service.registry.service_accounts.get(str(told.claims.get("iss", "")))
        if account is None:
            raise RefusedError("account-unknown")
        if not told.signed_by(account.public_key):
            raise RefusedError("jwt-signature")
        self._check_claims(told.claims)
        scopes = str(told.claims.get("scope", "")).split()
        if not scopes or any(scope not in KNOWN for scope in scopes):
            raise RefusedError("scope-missing")
        user = self._acts_for(account, str(told.claims.get("sub", "")), scopes)
        token, lasts = f"ya29.c.{secrets.token_urlsafe(160)}", self._service.switches.access_token_seconds
        self._service.allow(token, scopes, account.client_id, user)
        return answered({"access_token": token, "expires_in": lasts, "token_type": "Bearer"})

    def _check_claims(self, claims: dict[str, Any]) -> None:
        now, issued, ends = self._service.clock.now(), claims.get("iat"), claims.get("exp")
        if claims.get("aud") not in (*AUDIENCES, f"{self._service.base_url}/token"):
            raise RefusedError("jwt-audience")
        if not isinstance(issued, int) or not isinstance(ends, int):
            raise RefusedError("jwt-time")
        if ends - issued > 3600 or issued > now + SKEW or ends < now - SKEW:
            raise RefusedError("jwt-time")

    def _acts_for(self, account: ServiceAccount, subject: str, scopes: list[str]) -> str:
        """Whose calendars the token opens."""
        if not subject or subject == account.email:
            return account.email
        person = self._service.registry.accounts.get(subject)
        if person is None:
            raise RefusedError("subject-unknown")
        if not set(scopes) <= account.delegated.get(person.domain, set()):
            raise RefusedError("not-delegated")
        return person.address
