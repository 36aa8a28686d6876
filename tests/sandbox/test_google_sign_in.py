"""Google's sign-in, driven by google-auth and google-auth-oauthlib as they are; a robot plays the person."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import google.auth.exceptions
import jwt
import pytest
from google.auth.transport.requests import Request as Caller
from google.oauth2 import service_account
from google.oauth2.credentials import Credentials
from google_auth_oauthlib.flow import Flow
from sessions import session

from calmirror.http.message import Request
from calmirror.sandbox.control import Control
from calmirror.sandbox.google.service import GoogleService
from calmirror.sandbox.service import SandboxClock
from calmirror.sandbox.signin.google.errors import CATALOGUE, named
from calmirror.sandbox.signin.google.service import DESKTOP_CLIENT, WEB_CLIENT, GoogleSignIn
from calmirror.sandbox.signin.jwt import taken_apart
from calmirror.sandbox.signin.person import Person

PREFIX = "https://www.googleapis.com/auth/"
SCOPE = f"{PREFIX}calendar.app.created"
EVENTS = f"{PREFIX}calendar.events.owned"
BACK = "http://127.0.0.1:51234/"
DAY = 86400


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

    def check(self, credentials: Credentials, *, alive: bool) -> None:
        """Whether a sign-in can still be refreshed, and how it is refused if not."""
        if alive:
            self.refreshed(credentials)
            return
        with pytest.raises(google.auth.exceptions.RefreshError) as refused:
            self.refreshed(credentials)
        dead = {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
        assert refused.value.args[1] == dead

    def post(self, path: str, **form: str) -> tuple[int, dict[str, Any]]:
        """Status and content of a bare request."""
        answer = self.service.answer(Request("POST", f"{self.service.base_url}/{path}", body=urlencode(form).encode()))
        return answer.status, answer.json()

    def code(self) -> str:
        """A code that a person agreed to; its verifier is 43 times the letter v."""
        flow = self.flow()
        flow.code_verifier = "v" * 43
        return told(self.person.accept(flow.authorization_url(prompt="consent")[0]))["code"]

    def redeem(self, **changes: str) -> tuple[int, dict[str, Any]]:
        """Exchanges a code for tokens, the secret in the form."""
        form = {"grant_type": "authorization_code", "redirect_uri": BACK, "code_verifier": "v" * 43}
        form |= {"client_id": DESKTOP_CLIENT, "client_secret": "GOCSPX-sandbox-desktop", **changes}
        return self.post("token", **{"code": self.code(), **form} if "code" not in changes else form)


def told(back: str) -> dict[str, str]:
    """What the program is told at the end of the pages."""
    return {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}


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


def test_service_accounts_act_for_people_whose_administrator_let_them(bench: Bench) -> None:
    bench.service.add_person("lee@contoso.example", "contoso.example")
    bench.service.delegate("contoso.example", [SCOPE])
    info = bench.service.service_account_file()
    made = service_account.Credentials.from_service_account_info(info, scopes=[SCOPE])
    token = bench.refreshed(made.with_subject("lee@contoso.example")).token
    assert bench.writes(token) == 200
    assert (len(list(bench.google.state.live())), bench.google.state.user) == (1, "adele@example.com")
    for wrong, error in (
        (made.with_subject("adele@example.com"), "unauthorized_client"),
        (made.with_subject("nobody@contoso.example"), "Invalid email"),
        (made.with_subject("lee@contoso.example").with_scopes([EVENTS]), "unauthorized_client"),
        (made.with_scopes([f"{PREFIX}no.such"]), "invalid_scope"),
    ):
        with pytest.raises(google.auth.exceptions.RefreshError, match=error):
            bench.refreshed(wrong)


def test_a_service_account_alone_has_calendars_of_its_own(bench: Bench) -> None:
    made = service_account.Credentials.from_service_account_info(
        bench.service.service_account_file(), scopes=[f"{PREFIX}calendar"]
    )
    token = bench.refreshed(made).token
    assert bench.ask(token, "GET", "calendars/primary") == 200
    assert bench.ask(token, "GET", "calendars/adele@example.com") == 404


def test_a_service_account_is_refused_with_a_wrong_clock_or_key(bench: Bench) -> None:
    info = bench.service.service_account_file()
    made = service_account.Credentials.from_service_account_info(info, scopes=[SCOPE])
    bench.clock.advance(2 * 3600)
    with pytest.raises(google.auth.exceptions.RefreshError, match="short-lived token"):
        bench.refreshed(made)
    bench.service.registry.service_accounts.clear()
    with pytest.raises(google.auth.exceptions.RefreshError, match="account not found"):
        bench.refreshed(made)
    bench.service.service_account()  # of the same name, with another key
    with pytest.raises(google.auth.exceptions.RefreshError, match="Invalid JWT Signature"):
        bench.refreshed(made)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"aud": "https://oauth2.googleapis.com/token"}, ""),
        ({"aud": "https://elsewhere.example/token"}, "Invalid JWT: Failed audience check."),
        ({"exp": 3601}, "Invalid JWT: Token must be a short-lived token (60 minutes)"),
        ({"iat": 400, "exp": 900}, "Invalid JWT: Token must be a short-lived token (60 minutes)"),
        ({"scope": ""}, "Invalid OAuth scope"),
    ],
)
def test_an_assertion_is_short_lived_and_made_for_this_service(
    bench: Bench, changes: dict[str, Any], error: str
) -> None:
    account, now = bench.service.service_account(), int(bench.clock.now())
    claims = {"iss": account.email, "scope": SCOPE, "aud": f"{bench.service.base_url}/token", "iat": 0, "exp": 3600}
    claims |= changes
    signed = jwt.encode(
        {**claims, "iat": now + claims["iat"], "exp": now + claims["exp"]}, account.private_key, "RS256"
    )
    grant = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    status, content = bench.post("token", grant_type=grant, assertion=signed)
    assert status == (400 if error else 200)
    assert content.get("error_description", "").startswith(error)


# Consent


def test_a_person_who_cancels_sends_an_error_back(bench: Bench) -> None:
    url, state = bench.flow().authorization_url()
    assert told(bench.person.cancel(url)) == {"error": "access_denied", "state": state}


def test_an_unticked_box_is_a_scope_less(bench: Bench) -> None:
    flow = bench.flow(SCOPE, EVENTS)
    url, _ = flow.authorization_url()
    flow.fetch_token(authorization_response=bench.person.accept(url, untick=["events.owned"]))
    assert flow.credentials.granted_scopes == [SCOPE]
    assert bench.ask(flow.credentials.token, "GET", "calendars/primary/events") == 404
    assert bench.writes(flow.credentials.token) == 200


def test_no_box_ticked_is_a_refusal(bench: Bench) -> None:
    bench.service.switches.checkboxes = "always"
    bench.service.switches.ticked = False
    url, _ = bench.flow().authorization_url()
    assert told(bench.person.accept(url))["error"] == "access_denied"


@pytest.mark.parametrize(
    ("scope", "client", "warned"),
    [
        (SCOPE, {}, False),
        (EVENTS, {}, True),
        (EVENTS, {"verified": True}, False),
        (SCOPE, {"status": "testing"}, True),
    ],
)
def test_people_are_warned_of_apps_that_are_tested_or_ask_for_much_unverified(
    bench: Bench, scope: str, client: dict[str, Any], *, warned: bool
) -> None:
    bench.service.register_client(**client)
    bench.person.open(bench.flow(scope).authorization_url()[0])
    bench.person.press("account-1")
    assert ("hasn't verified" in bench.person.page.text) == warned


@pytest.mark.parametrize(
    ("client", "switches", "error"),
    [
        ({"status": "testing", "testers": ["lee@example.com"]}, {}, "access_denied"),
        ({"deleted": True}, {}, "deleted_client"),
        ({}, {"blocked": "admin_policy_enforced"}, "admin_policy_enforced"),
    ],
)
def test_walls_at_which_the_program_hears_nothing(
    bench: Bench, client: dict[str, Any], switches: dict[str, Any], error: str
) -> None:
    bench.service.register_client(**client)
    for name, value in switches.items():
        setattr(bench.service.switches, name, value)
    assert bench.person.accept(bench.flow().authorization_url()[0]) == ""
    assert error in bench.person.page.text


@pytest.mark.parametrize(
    ("client_id", "back", "error"),
    [
        (DESKTOP_CLIENT, "http://localhost:1/any/path", ""),
        (DESKTOP_CLIENT, "http://[::1]:1/", ""),
        (DESKTOP_CLIENT, "http://elsewhere.example/", "redirect_uri_mismatch"),
        (DESKTOP_CLIENT, "urn:ietf:wg:oauth:2.0:oob", "invalid_request"),
        (WEB_CLIENT, BACK, "redirect_uri_mismatch"),
        (WEB_CLIENT, "https://calmirror.example/callback", ""),
    ],
)
def test_desktop_clients_come_back_to_any_loopback_address_and_web_clients_to_exact_ones(
    bench: Bench, client_id: str, back: str, error: str
) -> None:
    came_back = bench.person.accept(bench.flow(client_id=client_id, back=back).authorization_url()[0])
    assert came_back.startswith(back) if not error else error in bench.person.page.text


# Tokens


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code": "made up"}, "Malformed auth code."),
        ({"code_verifier": "w" * 43}, "Invalid code verifier."),
        ({"code_verifier": ""}, "Missing code verifier."),
        ({"redirect_uri": "http://127.0.0.1:1/"}, "Bad Request"),
        ({"client_id": "another"}, "The OAuth client was not found."),
        ({"client_secret": "wrong"}, "The provided client secret is invalid."),
        ({"client_secret": ""}, "client_secret is missing."),
        ({"client_id": WEB_CLIENT, "client_secret": "GOCSPX-sandbox-web"}, "Unauthorized"),
        ({"grant_type": "password"}, "Invalid grant_type"),
    ],
)
def test_a_code_is_refused_to_whoever_cannot_show_what_belongs_to_it(
    bench: Bench, changes: dict[str, str], error: str
) -> None:
    assert bench.redeem(**changes)[1]["error_description"] == error


def test_a_code_is_good_for_one_use_within_ten_minutes(bench: Bench) -> None:
    code = bench.code()
    assert [bench.redeem(code=code)[0], bench.redeem(code=code)[0]] == [200, 400]
    code = bench.code()
    bench.clock.advance(600)
    assert bench.redeem(code=code)[1]["error"] == "invalid_grant"


def test_a_refresh_token_comes_with_offline_access_at_the_first_consent(bench: Bench) -> None:
    assert bench.signed_in(access_type="online").refresh_token is None
    bench.service.revoke()
    assert bench.signed_in().refresh_token
    assert bench.signed_in().refresh_token is None, "the person was not asked again"
    assert bench.signed_in(prompt="consent").refresh_token


@pytest.mark.parametrize(
    ("status", "days", "alive"),
    [("testing", 6, True), ("testing", 7, False), ("production", 179, True), ("production", 180, False)],
)
def test_a_refresh_token_dies_after_a_week_in_testing_or_half_a_year_without_use(
    bench: Bench, status: str, days: int, *, alive: bool
) -> None:
    bench.service.register_client(status=status)
    credentials = bench.signed_in()
    bench.clock.advance(days * DAY)
    bench.check(credentials, alive=alive)


def test_in_testing_the_answer_may_tell_how_long_the_refresh_token_lives(bench: Bench) -> None:
    bench.service.register_client(status="testing")
    assert "refresh_token_expires_in" not in bench.redeem()[1]
    bench.service.switches.testing_tells_expiry = True
    assert bench.redeem()[1]["refresh_token_expires_in"] == 7 * DAY - 1


def test_use_keeps_a_refresh_token_alive_but_not_in_testing(bench: Bench) -> None:
    credentials = bench.signed_in()
    for _ in range(3):
        bench.clock.advance(150 * DAY)
        bench.check(credentials, alive=True)
    bench.service.register_client(status="testing")
    bench.check(credentials, alive=False)


def test_the_hundred_and_first_refresh_token_ends_the_first(bench: Bench) -> None:
    bench.service.switches.live_tokens = 2
    first, second, _ = (bench.signed_in(prompt="consent") for _ in range(3))
    bench.check(first, alive=False)
    bench.check(second, alive=True)


def test_revoking_any_token_ends_the_whole_grant(bench: Bench) -> None:
    for which in ("token", "refresh_token"):
        credentials = bench.signed_in(prompt="consent")
        assert bench.post("revoke", token=getattr(credentials, which)) == (200, {})
        assert bench.writes(credentials.token) == 401
        bench.check(credentials, alive=False)
        status, content = bench.post("revoke", token=getattr(credentials, which))
        assert (status, content["error"]) == (400, "invalid_token")


def test_what_a_token_is_good_for_can_be_asked(bench: Bench) -> None:
    status, content = bench.post("tokeninfo", access_token=bench.signed_in().token)
    assert (status, content["aud"], content["scope"]) == (200, DESKTOP_CLIENT, SCOPE)
    assert bench.post("tokeninfo", access_token="made up")[0] == 400


def test_who_signed_in_is_told_when_it_is_asked_for(bench: Bench) -> None:
    flow = bench.flow("openid", "email", SCOPE)
    url, _ = flow.authorization_url()
    flow.fetch_token(authorization_response=bench.person.accept(url))
    claims = taken_apart(flow.credentials.id_token).claims
    assert (claims["email"], claims["aud"]) == ("adele@example.com", DESKTOP_CLIENT)


def test_devices_are_not_given_calendars(bench: Bench) -> None:
    status, content = bench.post("device/code", client_id=DESKTOP_CLIENT, scope=SCOPE)
    assert (status, content["error"]) == (400, "invalid_scope")
    assert content["error_description"] == f"Invalid device flow scope: {SCOPE}"


def test_only_calendars_that_the_same_client_made_are_reached(bench: Bench) -> None:
    credentials = bench.signed_in()
    bench.writes(credentials.token)
    made = next(one.id for one in bench.google.state.live() if one.created_by == DESKTOP_CLIENT)
    assert bench.ask(credentials.token, "GET", f"calendars/{made}/events") == 200
    bench.service.register_client("other", secret="other")
    other = bench.flow(client_id="other")
    url, _ = other.authorization_url()
    other.fetch_token(authorization_response=bench.person.accept(url))
    assert bench.ask(other.credentials.token, "GET", f"calendars/{made}/events") == 404


# Orders and errors


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_error_can_be_forced(bench: Bench, name: str) -> None:
    Control(bench.service, (), named, bench.service.orders).carry_out({"do": "fault", "path": "/token", "answer": name})
    status, content = bench.post("token")
    assert (status, content["error"]) == (CATALOGUE[name].status, CATALOGUE[name].error)


def test_the_owner_gives_orders(bench: Bench) -> None:
    control = Control(bench.service, (), named, bench.service.orders)
    credentials = bench.signed_in()
    assert control.carry_out({"do": "revoke", "account": "adele@example.com"}) == 1
    bench.check(credentials, alive=False)
    assert control.carry_out({"do": "client_file", "client_id": WEB_CLIENT})["web"]["client_id"] == WEB_CLIENT
    assert control.carry_out({"do": "add_person", "address": "lee@example.com"}) == "lee@example.com"
    assert control.carry_out({"do": "delegate", "domain": "example.com", "scopes": [SCOPE]})
    with pytest.raises(LookupError):
        control.carry_out({"do": "register", "colour": "red"})
    for odd in ({"secret": 5}, {"redirect_uris": "http://localhost"}, {"status": "asleep"}):
        with pytest.raises(ValueError, match=r"Expected|Invalid"):
            control.carry_out({"do": "register", **odd})
