"""Signing in to Microsoft: a person in a browser or with a device code, or an app by itself. MSAL does the protocol."""

from __future__ import annotations

import secrets
import warnings
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from calmirror.errors import RetryableError, UserFixableError
from calmirror.http.message import Answer
from calmirror.microsoft.registration import PERMISSION, Registration
from calmirror.microsoft.sign_in_errors import (
    AGAIN,
    ON_PAGE,
    UNKNOWN_APP,
    admin_hint,
    ended,
    refusal_of,
    refused,
    wrong_registration,
)
from calmirror.tokens.browser import UNCHANGED, answer
from calmirror.tokens.endpoint import Endpoint, fields_of, granted, unavailable
from calmirror.tokens.model import SignIn
from calmirror.tokens.person import Way
from calmirror.tokens.refreshing import not_signed_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from calmirror.tokens.person import Asking

EXPECTED = frozenset({"access_token", "error", "device_code"})
"""What the answer to any form has one of."""
DEVICE = """\
Open this page in a browser on any machine, enter the code, and sign in to Microsoft:

{uri}
code: {code}

Waiting; Ctrl-C stops. Enter a code only if you started this yourself: whoever started it gets to read the calendar."""


@dataclass(frozen=True)
class MicrosoftSignIn:
    """Gets tokens for one registration."""

    registration: Registration
    endpoint: Endpoint

    def connect(self, asking: Asking) -> SignIn:
        """Has a person sign in, and returns what Microsoft granted.

        Raises:
            UserFixableError: `sign-in-declined`, `sign-in-consent`, `sign-in-registration`, `sign-in-blocked`,
                `sign-in-scopes`, `sign-in-port` or `sign-in-no-answer`. Whatever sign-in there was is still valid.
            RetryableError: `sign-in-unavailable`.
        """
        found = self._by_device(asking) if asking.way is Way.DEVICE else self._by_browser(asking)
        if "error" in found:
            raise refused(found, self.registration)
        return self._checked(self._sign_in(found, signed_in_at=self.endpoint.clock.now()))

    def refresh(self, sign_in: SignIn | None) -> SignIn:
        """The sign-in with another access token.

        Raises:
            UserFixableError: `sign-in`, `sign-in-microsoft`, or as `connect`.
            RetryableError: `sign-in-unavailable`.
        """
        if self.registration.app:
            return self.for_itself(sign_in)
        if sign_in is None:
            raise not_signed_in("Microsoft")
        found = self._asked("acquire_token_by_refresh_token", sign_in.refresh_token, [self.registration.scope])
        if "error" in found:
            raise ended(found, self.registration)
        fresh = self._sign_in(found, signed_in_at=sign_in.signed_in_at)
        # The old refresh token stays valid when a new one is given, so losing the new one does no harm.
        return replace(
            fresh,
            refresh_token=fresh.refresh_token or sign_in.refresh_token,
            account=fresh.account or sign_in.account,
        )

    def for_itself(self, sign_in: SignIn | None) -> SignIn:
        """The app's own token; a secret that the stored sign-in holds is used where the registration has none."""
        secret = self.registration.secret or (sign_in.secret if sign_in else "")
        found = self._asked("acquire_token_for_client", [self.registration.scope], secret=secret)
        if "error" in found:
            raise refused(found, self.registration)
        fresh = self._sign_in(found, signed_in_at=self.endpoint.clock.now())
        return replace(fresh, secret=sign_in.secret if sign_in else "", scopes=(self.registration.scope,))

    def _check_registration(self) -> None:
        """Raises what is wrong with the app or the tenant: the sign-in's page tells the person, and never us.

        A device code is asked for, which nobody is going to enter; any other refusal of it says nothing of a browser.
        """
        found = self._asked("initiate_device_flow", [self.registration.scope])
        if refusal_of(found).among(UNKNOWN_APP):
            raise refused(found, self.registration)

    def _by_browser(self, asking: Asking) -> dict[str, Any]:
        self._check_registration()
        state = secrets.token_urlsafe(32)
        flow: dict[str, Any] = {}

        def page(redirect_uri: str) -> str:
            flow.update(
                self._asked(
                    "initiate_auth_code_flow",
                    [self.registration.scope],
                    redirect_uri=redirect_uri,
                    state=state,
                    prompt="select_account",
                )
            )
            return str(flow["auth_uri"])

        hint = f"{ON_PAGE} {admin_hint(self.registration)}"
        found = answer(asking, "Microsoft", page, state=state, host="localhost", hint=hint)
        return self._asked("acquire_token_by_auth_code_flow", flow, found)

    def _by_device(self, asking: Asking) -> dict[str, Any]:
        clock = self.endpoint.clock
        flow = self._asked("initiate_device_flow", [self.registration.scope])
        if "device_code" not in flow:
            return flow
        asking.person.tell(DEVICE.format(uri=flow.get("verification_uri"), code=flow.get("user_code")))
        deadline = clock.now() + min(int(flow["expires_in"]), asking.timeout)
        while True:
            clock.sleep(int(flow["interval"]))
            flow["latest_attempt_at"] = 0  # our clock keeps the pace
            found = self._asked("acquire_token_by_device_flow", flow, exit_condition=lambda _flow: True)
            if found.get("error") not in ("authorization_pending", "slow_down"):
                return found
            if clock.now() > deadline:
                return {"error": "expired_token"}

    def _asked(self, method: str, *args: Any, secret: str = "", **more: Any) -> dict[str, Any]:
        """What MSAL's method returns, with the errors that it raises in our words."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # it recommends form_post, which browsers warn of on a loopback address
                found: dict[str, Any] = getattr(client(self.registration, secret, self._http), method)(*args, **more)
        except ValueError:  # a number that is none, in an answer
            raise nonsense() from None
        return found

    @cached_property
    def _http(self) -> MsalHttp:
        return MsalHttp(self.endpoint, self.registration)

    def _sign_in(self, fields: Mapping[str, Any], *, signed_in_at: float) -> SignIn:
        claims = fields.get("id_token_claims")
        account = claims.get("preferred_username") or claims.get("name") if isinstance(claims, dict) else ""
        return granted(
            fields,
            self.endpoint.clock.now(),
            made_for=self.registration.made_for,
            account=str(account or ""),
            signed_in_at=signed_in_at,
        )

    def _checked(self, sign_in: SignIn) -> SignIn:
        """The sign-in, if it is one that calmirror can work with."""
        granted = {scope.rpartition("/")[2].lower() for scope in sign_in.scopes}
        if PERMISSION.lower() not in granted or not sign_in.refresh_token:
            missing = "a lasting sign-in" if PERMISSION.lower() in granted else f"the permission {PERMISSION}"
            raise UserFixableError(
                f"Microsoft did not grant {missing}",
                code="sign-in-scopes",
                meaning=UNCHANGED,
                command=f"{AGAIN}. {admin_hint(self.registration)}",
            )
        return sign_in


def client(registration: Registration, secret: str, http: MsalHttp) -> Any:
    """MSAL's client for people or, with a secret or certificate, for the app itself.

    It reads the tenant's addresses as it is made; the tokens that it remembers go with it.
    """
    import logging  # noqa: PLC0415 - msal brings it

    import msal  # noqa: PLC0415 - slow to import, and only needed about once an hour

    # It logs whole answers.
    logging.getLogger("msal").setLevel(logging.CRITICAL)
    common = {"authority": registration.authority, "http_client": http, "instance_discovery": False}
    if not registration.app:
        return msal.PublicClientApplication(registration.client_id, **common)
    return msal.ConfidentialClientApplication(
        registration.client_id, client_credential=credential(registration, secret), **common
    )


def credential(registration: Registration, secret: str) -> str | dict[str, str]:
    """By what an app proves that it is the one; raises UserFixableError `sign-in-registration` where it cannot."""
    if registration.certificate is None:
        if not secret:
            raise wrong_registration("it has neither a certificate nor a secret")
        return secret
    try:
        pem = registration.certificate.read_text()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not PEM"
        raise wrong_registration(f"its certificate {registration.certificate} cannot be read ({why})") from None
    if not usable(pem.encode()):
        whole = "the private key, without a password, and the certificate, as PEM"
        raise wrong_registration(f"{registration.certificate} must hold {whole}")
    return {"private_key": pem, "public_certificate": pem}


def usable(pem: bytes) -> bool:
    """Whether a text holds both a private key that can be read and a certificate."""
    from cryptography import x509  # noqa: PLC0415 - slow to import, as msal
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415 - as above

    try:
        load_pem_private_key(pem, None)
        x509.load_pem_x509_certificate(pem)
    except (ValueError, TypeError):
        return False
    return True


def nonsense() -> RetryableError:
    """The error of an answer that makes no sense, from a proxy's page to half a token."""
    return unavailable("Microsoft", "answered with something that makes no sense")


class MsalHttp:
    """MSAL's requests go through calmirror's own transport: its proxies, certificates and time-outs."""

    def __init__(self, endpoint: Endpoint, registration: Registration) -> None:
        self._endpoint = endpoint
        self._registration = registration
        self._documents: dict[str, MsalAnswer] = {}

    def get(self, url: str, params: Mapping[str, str] | None = None, **_: Any) -> MsalAnswer:
        """A public document, asked for once; a tenant that does not exist is told here."""
        if params:
            url = f"{url}?{urlencode(params)}"
        if url not in self._documents:
            answer = self._endpoint.document(url)
            fields = fields_of(answer)
            if "error" in fields:
                raise refused(fields, self._registration)
            if answer.status != 200 or not {"authorization_endpoint", "token_endpoint"} <= fields.keys():
                raise nonsense()
            self._documents[url] = MsalAnswer(answer)
        return self._documents[url]

    def post(
        self, url: str, data: Mapping[str, object], headers: Mapping[str, str] | None = None, **_: Any
    ) -> MsalAnswer:
        """The answer to a form, if it is one that MSAL understands."""
        lower = {name.lower(): str(value) for name, value in (headers or {}).items()}
        # An assertion comes as bytes.
        fields = {name: value.decode() if isinstance(value, bytes) else str(value) for name, value in data.items()}
        answer = self._endpoint.post(url, fields, lower)
        if not fields_of(answer).keys() & EXPECTED:
            raise nonsense()
        return MsalAnswer(answer)

    def close(self) -> None:
        """Does nothing: the transport is shared."""


class MsalAnswer:
    """An answer as MSAL reads it."""

    def __init__(self, answer: Answer) -> None:
        self.status_code = answer.status
        self.headers = dict(answer.headers)
        self.text = answer.body.decode(errors="replace")

    def raise_for_status(self) -> None:
        """Never called for: what is not available was told before."""
        if self.status_code >= 400:
            raise ValueError(f"status {self.status_code}")
