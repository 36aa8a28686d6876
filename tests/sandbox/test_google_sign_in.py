"""Google's sign-in, driven by google-auth and google-auth-oauthlib as they are; a robot plays the person."""

from __future__ import annotations

from typing import Any

import google.auth.exceptions
import pytest
from google.auth.transport.requests import Request as Caller
from google.oauth2 import service_account
from google.oauth2.credentials import Credentials
from google_auth_oauthlib.flow import Flow
from sessions import session

from calmirror.http.message import Request
from calmirror.sandbox.google.service import GoogleService
from calmirror.sandbox.service import SandboxClock
from calmirror.sandbox.signin.google.service import DESKTOP_CLIENT, GoogleSignIn
from calmirror.sandbox.signin.person import Person

PREFIX = "https://www.googleapis.com/auth/"
SCOPE = f"{PREFIX}calendar.app.created"
EVENTS = f"{PREFIX}calendar.events.owned"
BACK = "http://127.0.0.1:51234/"


class Bench:
    """The service with its calendars, a person, and clients that reach nothing else."""

    def __init__(self) -> None:
        self.clock = SandboxClock()  # google-auth compares with the real time
        self.google = GoogleService(self.clock)
        self.service = GoogleSignIn(self.google)
        self.person = Person(self.service.answer)
        self.session = session(self.service, self.google)

    def flow(self, *scopes: str, client_id: str = DESKTOP_CLIENT, back: str = BACK) -> Flow:
        made = Flow.from_client_config(self.service.client_file(client_id), scopes or [SCOPE], redirect_uri=back)
        made.oauth2session.adapters = self.session.adapters
        return made

    def signed_in(self, *scopes: str, **more: str) -> Credentials:
        flow = self.flow(*scopes)
        url, _ = flow.authorization_url(**more)
        flow.fetch_token(authorization_response=self.person.accept(url))
        return flow.credentials

    def refreshed(self, credentials: Any) -> Any:
        credentials.refresh(Caller(self.session))
        return credentials

    def ask(self, token: str, method: str, path: str, body: bytes = b"") -> int:
        """The status of a call with this token."""
        url = f"{self.google.base_url}/{path}"
        return self.google.answer(Request(method, url, {"authorization": f"Bearer {token}"}, body)).status

    def writes(self, token: str) -> int:
        return self.ask(token, "POST", "calendars", b'{"summary": "Outlook"}')


@pytest.fixture(autouse=True)
def _loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """oauthlib takes loopback addresses for insecure, and fewer scopes for an attack, unless told otherwise."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setenv("OAUTHLIB_RELAX_TOKEN_SCOPE", "1")


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_person_signs_in_with_a_code_and_pkce_and_the_token_opens_the_calendars(bench: Bench) -> None:
    credentials = bench.signed_in()
    assert credentials.granted_scopes == [SCOPE]
    assert bench.writes(credentials.token) == 200
    assert bench.ask(credentials.token, "GET", "users/me/calendarList") == 403


def test_a_refresh_gives_a_new_access_token_and_no_new_refresh_token(bench: Bench) -> None:
    credentials = bench.signed_in()
    first, kept = credentials.token, credentials.refresh_token
    bench.clock.advance(3600)
    assert bench.writes(first) == 401
    assert bench.writes(bench.refreshed(credentials).token) == 200
    assert credentials.refresh_token == kept


def test_a_service_account_acts_for_a_person_whose_administrator_let_it(bench: Bench) -> None:
    bench.service.add_person("lee@contoso.example", "contoso.example")
    bench.service.delegate("contoso.example", [SCOPE])
    info = bench.service.service_account_file()
    made = service_account.Credentials.from_service_account_info(info, scopes=[SCOPE])
    assert bench.writes(bench.refreshed(made.with_subject("lee@contoso.example")).token) == 200
    with pytest.raises(google.auth.exceptions.RefreshError, match="unauthorized_client"):
        bench.refreshed(made.with_subject("adele@example.com"))
