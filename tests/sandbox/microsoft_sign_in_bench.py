"""A bench for Microsoft's sign-in: the service, its graph, a robot at the pages, and MSAL as it is."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import msal
from sessions import session

from calmirror.http.message import Request
from calmirror.sandbox.graph.service import GraphService
from calmirror.sandbox.service import SandboxClock
from calmirror.sandbox.signin.microsoft.service import DAEMON_APP, DESKTOP_APP, MicrosoftSignIn
from calmirror.sandbox.signin.person import Person

SCOPES = ["Calendars.Read"]
BACK = "http://localhost:51234"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
DAY = 86400


class Bench:
    """The service with its graph, a person, and MSAL clients that reach nothing else."""

    def __init__(self) -> None:
        self.graph = GraphService(SandboxClock(frozen_at=1_795_000_000))
        self.service = MicrosoftSignIn(self.graph)
        self.switches = self.service.switches
        self.person = Person(self.service.answer, "adele@contoso.example")
        self.session = session(self.service, self.graph)

    def client(self, client_id: str = DESKTOP_APP, tenant: str = "common", **more: Any) -> msal.PublicClientApplication:
        return msal.PublicClientApplication(client_id, **self._more(tenant), **more)

    def daemon(self, credential: Any, tenant: str = "contoso.example") -> msal.ConfidentialClientApplication:
        return msal.ConfidentialClientApplication(DAEMON_APP, client_credential=credential, **self._more(tenant))

    def _more(self, tenant: str) -> dict[str, Any]:
        authority = f"{self.service.base_url}/{tenant}"
        return {"authority": authority, "instance_discovery": False, "http_client": self.session}

    def read(self, token: str, path: str = "me/calendars") -> int:
        """The status of a read with this token."""
        url = f"{self.graph.base_url}/{path}"
        return self.graph.answer(Request("GET", url, {"authorization": f"Bearer {token}"})).status

    def signed_in(self, client: msal.PublicClientApplication, person: Person | None = None) -> dict[str, Any]:
        """Signs in by an authorization code, with MSAL."""
        flow = client.initiate_auth_code_flow(SCOPES, redirect_uri=BACK, response_mode="form_post")
        return client.acquire_token_by_auth_code_flow(flow, told((person or self.person).accept(flow["auth_uri"])))

    def authorize_url(self, tenant: str = "common", **changes: str) -> str:
        """Where a program sends a person."""
        asked = {"client_id": DESKTOP_APP, "response_type": "code", "redirect_uri": BACK, "state": "s"}
        asked |= {"scope": "Calendars.Read offline_access", "code_challenge": CHALLENGE, **changes}
        return f"{self.service.base_url}/{tenant}/oauth2/v2.0/authorize?{urlencode(asked)}"

    def post(self, endpoint: str = "token", tenant: str = "common", **form: str) -> tuple[int, dict[str, Any]]:
        """Status and content of a bare request."""
        url = f"{self.service.base_url}/{tenant}/oauth2/v2.0/{endpoint}"
        answer = self.service.answer(Request("POST", url, body=urlencode({"client_id": DESKTOP_APP, **form}).encode()))
        return answer.status, answer.json()

    def redeem(self, code: str, **changes: str) -> tuple[int, dict[str, Any]]:
        """Exchanges a code for tokens."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
        return self.post(**{**form, **changes})

    def code(self, **changes: str) -> str:
        """A code that a person agreed to."""
        return told(self.person.accept(self.authorize_url(**changes)))["code"]

    def tokens(self, **changes: str) -> dict[str, Any]:
        """What a person's code is good for."""
        status, content = self.redeem(self.code(**changes))
        assert status == 200, content
        return content

    def refresh(self, token: str, **more: str) -> tuple[int, dict[str, Any]]:
        """Exchanges a refresh token for tokens."""
        return self.post(grant_type="refresh_token", refresh_token=token, scope="Calendars.Read offline_access", **more)


def told(back: str) -> dict[str, str]:
    """What the program is told at the end of the pages."""
    parts = urlsplit(back.replace("#", "?"))
    return {name: values[0] for name, values in parse_qs(parts.query).items()}


def number(outcome: tuple[int, dict[str, Any]]) -> int:
    """The AADSTS number of a refusal; 0 where all went well."""
    status, content = outcome
    return content["error_codes"][0] if status != 200 else 0
