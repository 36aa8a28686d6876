"""Microsoft's sign-in, driven by MSAL as it is; the person is played by a robot at the pages."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import msal
import pytest
from sessions import session

from calmirror.http.message import Request
from calmirror.sandbox.graph.service import GraphService
from calmirror.sandbox.service import SandboxClock
from calmirror.sandbox.signin.microsoft.service import DAEMON_APP, DAEMON_SECRET, DESKTOP_APP, MicrosoftSignIn
from calmirror.sandbox.signin.person import Person

SCOPES = ["Calendars.Read"]
BACK = "http://localhost:51234"


class Bench:
    """The service with its graph, a person, and MSAL clients that reach nothing else."""

    def __init__(self) -> None:
        self.graph = GraphService(SandboxClock(frozen_at=1_795_000_000))
        self.service = MicrosoftSignIn(self.graph)
        self.service.switches.device_interval = 1
        self.person = Person(self.service.answer, "adele@contoso.example")
        self.session = session(self.service, self.graph)

    def client(self, client_id: str = DESKTOP_APP, tenant: str = "common", **more: Any) -> msal.PublicClientApplication:
        return msal.PublicClientApplication(client_id, **self._more(tenant, more))

    def daemon(self, credential: Any, tenant: str = "contoso.example") -> msal.ConfidentialClientApplication:
        return msal.ConfidentialClientApplication(DAEMON_APP, credential, **self._more(tenant, {}))

    def _more(self, tenant: str, more: dict[str, Any]) -> dict[str, Any]:
        authority = f"{self.service.base_url}/{tenant}"
        return {"authority": authority, "instance_discovery": False, "http_client": self.session, **more}

    def read(self, token: str, path: str = "me/calendars") -> int:
        """The status of a read with this token."""
        url = f"{self.graph.base_url}/{path}"
        return self.graph.answer(Request("GET", url, {"authorization": f"Bearer {token}"})).status

    def signed_in(self, client: msal.PublicClientApplication, **more: Any) -> dict[str, Any]:
        """Signs in by an authorization code."""
        flow = client.initiate_auth_code_flow(SCOPES, redirect_uri=BACK, **more)
        back = self.person.accept(flow["auth_uri"])
        answer = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
        return client.acquire_token_by_auth_code_flow(flow, answer)


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture(autouse=True)
def _query_mode(recwarn: pytest.WarningsRecorder) -> None:
    """MSAL warns of every response mode but one; desktop apps use the others."""


def codes(result: dict[str, Any]) -> list[int]:
    return result["error_codes"]


@pytest.mark.filterwarnings("ignore:response_mode")
@pytest.mark.parametrize("mode", ["query", "fragment", "form_post"])
def test_a_person_signs_in_with_a_code_and_pkce_and_the_token_opens_the_graph(bench: Bench, mode: str) -> None:
    client = bench.client()
    flow = client.initiate_auth_code_flow(SCOPES, redirect_uri=BACK, response_mode=mode)
    back = bench.person.accept(flow["auth_uri"]).replace("#", "?")
    assert back.startswith(f"{BACK}?")
    result = client.acquire_token_by_auth_code_flow(flow, {n: v[0] for n, v in parse_qs(urlsplit(back).query).items()})
    assert set(result["scope"].split()) == {"Calendars.Read", "openid", "profile", "email"}
    assert result["id_token_claims"]["preferred_username"] == "adele@contoso.example"
    assert bench.read(result["access_token"]) == 200
    assert bench.person.back.method == ("POST" if mode == "form_post" else "GET")
    assert client.get_accounts()[0]["username"] == "adele@contoso.example"


def test_a_person_signs_in_with_a_device_code(bench: Bench) -> None:
    client = bench.client()
    flow = client.initiate_device_flow(SCOPES)
    waiting = client.acquire_token_by_device_flow(flow, exit_condition=lambda _: True)
    assert (waiting["error"], codes(waiting)) == ("authorization_pending", [70016])
    bench.person.enter_code(flow["verification_uri"], flow["user_code"].lower())
    result = client.acquire_token_by_device_flow(flow)
    assert bench.read(result["access_token"]) == 200


def test_msal_refreshes_silently_and_keeps_the_new_refresh_token(bench: Bench) -> None:
    client = bench.client()
    first = bench.signed_in(client, response_mode="form_post")
    bench.graph.clock.advance(3600)
    assert bench.read(first["access_token"]) == 401
    account = client.get_accounts()[0]
    second = client.acquire_token_silent(SCOPES, account, force_refresh=True)
    assert bench.read(second["access_token"]) == 200
    assert len(bench.service.ledger.refresh_tokens) == 2


def test_an_app_signs_in_with_its_secret_and_reads_users_but_has_no_me(bench: Bench) -> None:
    result = bench.daemon(DAEMON_SECRET).acquire_token_for_client([f"{bench.service.resources[0]}/.default"])
    assert bench.read(result["access_token"], "users/adele@contoso.example/calendars") == 200
    assert bench.read(result["access_token"]) == 400
