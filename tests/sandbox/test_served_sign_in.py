"""Both sign-in services behind real sockets: TLS, `calmirror sandbox --sign-in`, a browser where there is one."""

from __future__ import annotations

import json
import shutil
import signal
import ssl
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msal
import pytest
import urllib3
from google_auth_oauthlib.flow import Flow
from microsoft_sign_in_bench import told
from test_face_command import started
from test_face_command import told as advice_of

from calmirror.http.message import Answer, Request
from calmirror.sandbox.google.service import GoogleService
from calmirror.sandbox.graph.service import GraphService
from calmirror.sandbox.serve import Running, SignIn, serve
from calmirror.sandbox.service import SandboxClock
from calmirror.sandbox.signin.google.service import GoogleSignIn
from calmirror.sandbox.signin.microsoft.service import DESKTOP_APP, MicrosoftSignIn
from calmirror.sandbox.signin.person import Person
from calmirror.sandbox.signin.tls import certify

JSON = {"Content-Type": "application/json"}
CHROMIUM = shutil.which("chromium")


@pytest.fixture(scope="module")
def sign_in(tmp_path_factory: pytest.TempPathFactory) -> SignIn:
    clock = SandboxClock()
    microsoft, google = MicrosoftSignIn(GraphService(clock)), GoogleSignIn(GoogleService(clock))
    return SignIn(microsoft, google, certify(tmp_path_factory.mktemp("tls")), tls=True)


@pytest.fixture(scope="module")
def running(sign_in: SignIn) -> Iterator[Running]:
    with serve(sign_in.microsoft.graph, sign_in.google.google, sign_in=sign_in) as served:
        yield served


@pytest.fixture(autouse=True)
def _no_other_authorities(monkeypatch: pytest.MonkeyPatch) -> None:
    """These variables would win over what a session was told."""
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)


def send(pool: urllib3.PoolManager, request: Request) -> Answer:
    answer = pool.request(request.method, request.url, body=request.body, headers=request.headers, redirect=False)
    return Answer(answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.data)


@pytest.fixture
def person(sign_in: SignIn) -> Iterator[Person]:
    with urllib3.PoolManager(ca_certs=str(sign_in.certified.ca_file)) as pool:
        yield Person(partial(send, pool))


def fetched(url: str, context: ssl.SSLContext | None = None, body: Any = None, **headers: str) -> Any:
    data = json.dumps(body).encode() if body else None
    with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=10, context=context) as answer:
        return json.load(answer)


def test_msal_signs_in_over_tls_with_the_sandbox_s_own_authority(
    running: Running, sign_in: SignIn, person: Person
) -> None:
    ca_file = str(sign_in.certified.ca_file)
    authority = f"{running.microsoft_sign_in_url}/common"
    client = msal.PublicClientApplication(DESKTOP_APP, authority=authority, instance_discovery=False, verify=ca_file)
    flow = client.initiate_auth_code_flow(
        ["Calendars.Read"], redirect_uri="http://localhost:51234", response_mode="form_post"
    )
    result = client.acquire_token_by_auth_code_flow(flow, told(person.accept(flow["auth_uri"])))
    trusting = ssl.create_default_context(cafile=ca_file)
    bearer = f"Bearer {result['access_token']}"
    assert fetched(f"{running.graph_url}/me/calendars", trusting, Authorization=bearer)["value"]


def test_the_certificate_is_good_for_loopback_names_and_needs_its_authority(running: Running, sign_in: SignIn) -> None:
    trusting = ssl.create_default_context(cafile=sign_in.certified.ca_file)
    trusting.verify_flags |= ssl.VERIFY_X509_STRICT
    path = "common/v2.0/.well-known/openid-configuration"
    assert fetched(f"{running.microsoft_sign_in_url}/{path}", trusting)
    assert fetched(f"https://localhost:{urlsplit(running.microsoft_sign_in_url).port}/{path}", trusting)
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        fetched(f"{running.microsoft_sign_in_url}/{path}")


def test_orders_are_taken_at_each_sign_in_service(running: Running, sign_in: SignIn) -> None:
    trusting = ssl.create_default_context(cafile=sign_in.certified.ca_file)
    for url in (running.microsoft_sign_in_url, running.google_sign_in_url):
        assert fetched(f"{url}/_control", trusting, {"do": "revoke"}, **JSON)["result"] >= 0
        assert "switches" not in fetched(f"{url}/_control", trusting, {"do": "switches"}, **JSON)["result"]


def test_a_lost_answer_breaks_the_connection_under_tls_too(running: Running, sign_in: SignIn) -> None:
    trusting = ssl.create_default_context(cafile=sign_in.certified.ca_file)
    order = {"do": "fault", "path": "/token", "reset": "after"}
    fetched(f"{running.microsoft_sign_in_url}/_control", trusting, order, **JSON)
    with pytest.raises(OSError, match=r"closed|reset|EOF|violation"):
        fetched(f"{running.microsoft_sign_in_url}/common/oauth2/v2.0/token", trusting, {"x": 1})
    assert sign_in.microsoft.log[-1].path.endswith("/token")


def test_without_tls_for_all_only_microsofts_sign_in_has_it(sign_in: SignIn) -> None:
    clock = SandboxClock()
    microsoft, google = MicrosoftSignIn(GraphService(clock)), GoogleSignIn(GoogleService(clock))
    plain = SignIn(microsoft, google, sign_in.certified)
    with serve(microsoft.graph, google.google, sign_in=plain) as served:
        urls = (served.graph_url, served.google_url, served.microsoft_sign_in_url, served.google_sign_in_url)
        assert [urlsplit(url).scheme for url in urls] == ["http", "http", "https", "http"]


@pytest.mark.skipif(not CHROMIUM, reason="needs chromium")
def test_every_page_can_be_used_in_a_browser(
    running: Running, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Accounts, consent, boxes, the form that posts itself; the browser ends at the program's address."""
    from playwright.sync_api import sync_playwright

    scopes = [f"https://www.googleapis.com/auth/calendar{part}" for part in (".app.created", ".events.owned")]
    flow = Flow.from_client_config(sign_in.google.client_file(), scopes, redirect_uri="http://localhost:51234/")
    asked = f"client_id={DESKTOP_APP}&response_type=code&scope=Calendars.Read&response_mode=form_post&prompt=consent"
    authorize = f"{running.microsoft_sign_in_url}/common/oauth2/v2.0/authorize"
    with sync_playwright() as playwright:
        options = {"executable_path": CHROMIUM, "args": ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]}
        browser = playwright.chromium.launch(**options)
        page = browser.new_context(ignore_https_errors=True).new_page()
        landed: list[tuple[str, str, str]] = []

        def arrive(route: Any) -> None:
            landed.append((route.request.method, route.request.url, route.request.post_data or ""))
            route.fulfill(body="You may close this window.")

        page.route("http://localhost:51234/**", arrive)
        page.goto(f"{authorize}?{asked}&redirect_uri=http://localhost:51234/")
        page.click("#account-1")
        page.click("#accept")
        page.wait_for_url("http://localhost:51234/**")
        page.goto(flow.authorization_url()[0])
        page.click("#account-1")
        page.click("#continue")
        page.uncheck("#scope-2")
        page.click("#accept")
        page.wait_for_url("http://localhost:51234/**")
        browser.close()
    (first, second) = landed
    assert (first[0], "code=" in first[2]) == ("POST", True)
    assert second[0] == "GET"
    assert told(second[1])["scope"] == scopes[0]


def test_the_command_prints_a_configuration_that_signs_in_and_leaves_nothing_behind() -> None:
    with started("--empty", "--sign-in", "--json") as process:
        advice = advice_of(process)
        printed = json.loads(process.stdout.readline())
        config = tomllib.loads(printed["config"])
        microsoft, ca_file = config["microsoft"], Path(config["network"]["ca_file"])
        assert (microsoft["client_id"], microsoft["tenant"]) == (DESKTOP_APP, "common")
        assert microsoft["authority_url"] == printed["microsoft_sign_in_url"]
        discovery = f"{microsoft['authority_url']}/common/v2.0/.well-known/openid-configuration"
        found = fetched(discovery, ssl.create_default_context(cafile=ca_file))
        assert found["token_endpoint"].startswith(microsoft["authority_url"])
        client = json.loads(Path(config["google"]["credentials"]).read_text())["installed"]
        assert client["token_uri"] == f"{printed['google_sign_in_url']}/token"
        assert "token_command" not in printed["config"]
        assert "connect microsoft" in advice
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
    assert not ca_file.parent.exists()


def test_tls_for_all_needs_the_sign_in_services() -> None:
    with started("--tls") as process:
        assert process.wait(timeout=20) == 2
