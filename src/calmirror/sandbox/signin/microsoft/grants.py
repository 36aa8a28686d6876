"""The token endpoint of Microsoft's sign-in: each grant, and who may use it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from calmirror.http.message import Answer, Request
from calmirror.sandbox.signin import jwt
from calmirror.sandbox.signin.microsoft.directory import SHARED, Account, App
from calmirror.sandbox.signin.microsoft.errors import RefusedError
from calmirror.sandbox.signin.microsoft.ledger import Asked, Code, DeviceCode, RefreshToken
from calmirror.sandbox.signin.microsoft.scopes import DEFAULT, IDENTITY, short, written
from calmirror.sandbox.signin.web import answered, basic, form_of, proves

if TYPE_CHECKING:
    from calmirror.sandbox.signin.microsoft.service import MicrosoftSignIn

DAY = 86400
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class TokenEndpoint:
    """Answers programs; `service` holds what it must know."""

    def __init__(self, service: MicrosoftSignIn) -> None:
        self._service = service

    def answer(self, request: Request, segment: str) -> Answer:
        """`POST token`."""
        form = form_of(request)
        tenant = self._service.directory.tenant_of(segment)
        app = self._service.directory.app(self._client_id(request, form), tenant)
        proved = self._proved(app, request, form)
        match form.get("grant_type", ""):
            case "authorization_code":
                return self._by_code(app, form, proved=proved)
            case "refresh_token":
                return self._by_refresh_token(app, form, proved=proved)
            case "device_code" | "urn:ietf:params:oauth:grant-type:device_code":
                return self._by_device_code(app, form, proved=proved)
            case "client_credentials":
                return self._by_itself(app, tenant, form, proved=proved)
        raise RefusedError(70003)

    def device_code(self, request: Request, segment: str) -> Answer:
        """`POST devicecode`."""
        form, service = form_of(request), self._service
        tenant = service.directory.tenant_of(segment)
        app = service.directory.app(form.get("client_id", ""), tenant)
        asked = asked_of(service, app, tenant, form)
        now, lasts, interval = service.clock.now(), service.switches.device_seconds, service.switches.device_interval
        code, user_code = secrets.token_urlsafe(64), "".join(secrets.choice(LETTERS) for _ in range(9))
        service.ledger.devices[code] = DeviceCode(asked, user_code, now + lasts, next_poll=now)
        uri = f"{service.base_url}/devicelogin"
        return answered(
            {
                "user_code": user_code,
                "device_code": code,
                "verification_uri": uri,
                "expires_in": lasts,
                "interval": interval,
                "message": f"To sign in, open the page {uri} in a browser and enter the code {user_code}.",
            }
        )

    def _client_id(self, request: Request, form: dict[str, str]) -> str:
        return form.get("client_id") or (basic(request) or ("", ""))[0]

    def _proved(self, app: App, request: Request, form: dict[str, str]) -> bool:
        """Whether the client proved itself with a secret or a key; refused where it tried and could not."""
        secret = form.get("client_secret") or (basic(request) or ("", ""))[1]
        assertion = form.get("client_assertion", "")
        if not secret and not assertion:
            return False
        if not app.secrets and not app.certificates:
            raise RefusedError(700025)
        if assertion:
            self._check_assertion(app, assertion)
        elif secret not in app.secrets:
            raise RefusedError(7000215)
        elif app.secrets[secret] <= self._service.clock.now():
            raise RefusedError(7000222, app=app.client_id)
        return True

    def _check_assertion(self, app: App, assertion: str) -> None:
        try:
            told = jwt.taken_apart(assertion)
        except ValueError as error:
            raise RefusedError(50012) from error
        claims, now = told.claims, self._service.clock.now()
        if not any(told.signed_by(certificate) for certificate in app.certificates):
            raise RefusedError(700027)
        if (claims.get("iss"), claims.get("sub")) != (app.client_id, app.client_id):
            raise RefusedError(50012)
        if not str(claims.get("aud", "")).startswith(f"{self._service.base_url}/"):
            raise RefusedError(700023)
        if not float(claims.get("nbf", now)) - 300 <= now < float(claims.get("exp", 0)):
            raise RefusedError(700024)

    def _by_code(self, app: App, form: dict[str, str], *, proved: bool) -> Answer:
        code = self._service.ledger.codes.get(form.get("code", ""))
        if code is None:
            raise RefusedError(9002313)
        self._check_code(code, app, form)
        web = code.redirect_uri in app.web_redirect_uris
        if web and not proved:
            raise RefusedError(7000218)
        if proved and not web:
            raise RefusedError(700025)
        code.used = True
        return self._signed_in(code.asked, code.account, form, confidential=web)

    def _check_code(self, code: Code, app: App, form: dict[str, str]) -> None:
        if code.asked.app is not app:
            raise RefusedError(700007)
        if code.used:
            raise RefusedError(54005)
        if code.expires_at <= self._service.clock.now():
            raise RefusedError(70008)
        if form.get("redirect_uri", "") != code.redirect_uri:
            raise RefusedError(500112)
        if code.challenge and not form.get("code_verifier"):
            raise RefusedError(50148)
        if code.challenge and not proves(form["code_verifier"], code.challenge):
            raise RefusedError(501481)

    def _by_refresh_token(self, app: App, form: dict[str, str], *, proved: bool) -> Answer:
        service, now = self._service, self._service.clock.now()
        held = service.ledger.refresh_tokens.get(form.get("refresh_token", ""))
        if held is None:
            raise RefusedError(9002313)
        if held.asked.app is not app:
            raise RefusedError(700007)
        if held.confidential and not proved:
            raise RefusedError(7000218)
        if held.ended or held.account.disabled:
            raise RefusedError(held.ended or 50057, days=str(service.switches.refresh_token_days))
        if held.expires_at <= now:
            raise RefusedError(700082, days=str(service.switches.refresh_token_days))
        asked = held.asked
        if form.get("scope"):
            asked = asked_of(service, app, asked.tenant, {**form, "nonce": asked.nonce})
            asked.scopes = list(dict.fromkeys([*asked.scopes, "offline_access"]))
        if not service.directory.agreed(app, held.account, lasting(asked.scopes)):
            raise RefusedError(65001, app=app.client_id)
        answer = self._signed_in(asked, held.account, form, confidential=held.confidential)
        if service.switches.refresh_ends_old:
            held.ended = 50173
        return answer

    def _by_device_code(self, app: App, form: dict[str, str], *, proved: bool) -> Answer:
        if not app.public_flows and not proved:
            raise RefusedError(7000218)
        device = self._service.ledger.devices.get(form.get("device_code", ""))
        if device is None or device.asked.app is not app:
            raise RefusedError(70018)
        now, switches = self._service.clock.now(), self._service.switches
        if device.used:
            raise RefusedError(54005)
        if device.expires_at <= now:
            raise RefusedError(70019)
        if device.outcome == "declined":
            raise RefusedError(70020)
        if device.account is None:
            impatient = now < device.next_poll and switches.impatient_polls == "slow_down"
            device.next_poll = now + switches.device_interval
            raise RefusedError(70021 if impatient else 70016)
        device.used = True
        return self._signed_in(device.asked, device.account, form, confidential=False)

    def _by_itself(self, app: App, tenant: str, form: dict[str, str], *, proved: bool) -> Answer:
        service, scope = self._service, form.get("scope", "")
        if not proved:
            raise RefusedError(7000218)
        if tenant in SHARED:
            raise RefusedError(50059)
        if short_or_refused(scope, service.resources) != [DEFAULT]:
            raise RefusedError(1002012, scope=scope)
        allowed = app.roles if (app.client_id, tenant) in service.directory.admin_consents else ()
        token = work_token()
        service.allow(app, "", {DEFAULT, *allowed}, token)
        lasts = service.switches.access_token_seconds
        return answered({"token_type": "Bearer", "expires_in": lasts, "ext_expires_in": lasts, "access_token": token})

    def _signed_in(self, asked: Asked, account: Account, form: dict[str, str], *, confidential: bool) -> Answer:
        """A person's tokens."""
        service, switches, app = self._service, self._service.switches, asked.app
        agreed = sorted(service.directory.consents.get((app.client_id, account.address), set()) - set(IDENTITY))
        granted = [one for one in dict.fromkeys([*asked.scopes, *agreed]) if one not in switches.withheld_scopes]
        granted += ["email"] if "openid" in granted and "email" not in granted else []
        token = f"EwB{secrets.token_urlsafe(300)}" if account.personal else work_token()
        service.allow(app, account.address, granted, token)
        names, resource = switches.scope_names, service.resources[0]
        body: dict[str, Any] = {
            "token_type": "Bearer",
            "scope": written(granted, asked.written, resource, names),
            "expires_in": switches.access_token_seconds,
            "ext_expires_in": switches.access_token_seconds,
            "access_token": token,
        }
        if "offline_access" in asked.scopes:
            body["refresh_token"] = self._refresh_token(asked, account, confidential=confidential)
        if "openid" in granted:
            body["id_token"] = self._identity(asked, account)
        if form.get("client_info") == "1":
            body["client_info"] = jwt.encoded({"uid": account.oid, "utid": account.tenant})
        return answered(body)

    def _refresh_token(self, asked: Asked, account: Account, *, confidential: bool) -> str:
        expires_at = self._service.clock.now() + self._service.switches.refresh_token_days * DAY
        token = ("M.C5_" if account.personal else "1.AX") + secrets.token_urlsafe(300)
        self._service.ledger.refresh_tokens[token] = RefreshToken(asked, account, expires_at, confidential)
        return token

    def _identity(self, asked: Asked, account: Account) -> str:
        now = int(self._service.clock.now())
        claims = {
            "aud": asked.app.client_id,
            "iss": f"{self._service.base_url}/{account.tenant}/v2.0",
            "iat": now,
            "nbf": now,
            "exp": now + 3600,
            "name": account.address.partition("@")[0].title(),
            "oid": account.oid,
            "preferred_username": account.address,
            "sub": account.oid[::-1],
            "tid": account.tenant,
            "ver": "2.0",
        }
        return jwt.issued(claims | ({"nonce": asked.nonce} if asked.nonce else {}))


def asked_of(service: MicrosoftSignIn, app: App, tenant: str, form: dict[str, str]) -> Asked:
    """What a request asks for; RefusedError for scopes that make no sense."""
    scopes = form.get("scope", "")
    if not scopes:
        raise RefusedError(900144, parameter="scope")
    asked = [one for one in short(scopes, service.resources) if one != DEFAULT]
    return Asked(app, tenant, asked, scopes, form.get("nonce", ""))


def lasting(scopes: list[str]) -> list[str]:
    """Those of the scopes that somebody must agree to."""
    return [scope for scope in scopes if scope not in IDENTITY]


def short_or_refused(scope: str, resources: tuple[str, ...]) -> list[str]:
    """Short scopes; a program's own request must ask for nothing else than `.default`."""
    return short(scope, resources) if scope.endswith(f"/{DEFAULT}") else []


def work_token() -> str:
    """An access token for a work account. It looks like a JSON web token, and nobody may read it."""
    return f"eyJ0eXAiOiJKV1QiLCJub25jZSI6{secrets.token_urlsafe(600)}.{secrets.token_urlsafe(200)}"
