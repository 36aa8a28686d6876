"""Microsoft's sign-in, driven by MSAL as it is; the person is played by a robot at the pages."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import msal
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from microsoft_sign_in_bench import BACK, DAY, SCOPES, Bench, number, told

from calmirror.http.message import ConnectionBrokenError, Request
from calmirror.sandbox.control import Control
from calmirror.sandbox.service import Fault
from calmirror.sandbox.signin.microsoft.directory import App
from calmirror.sandbox.signin.microsoft.errors import CATALOGUE, named
from calmirror.sandbox.signin.microsoft.service import ADMINISTRATOR, DAEMON_APP, DAEMON_SECRET, DESKTOP_APP, PERSONAL
from calmirror.sandbox.signin.person import Person

GRAPH = "https://graph.microsoft.com"
DEFAULT = [f"{GRAPH}/.default"]


@pytest.fixture
def bench() -> Bench:
    return Bench()


# With MSAL


@pytest.mark.filterwarnings("ignore:response_mode")
@pytest.mark.parametrize("mode", ["query", "fragment", "form_post"])
def test_a_person_signs_in_with_a_code_and_pkce_and_the_token_opens_the_graph(bench: Bench, mode: str) -> None:
    client = bench.client()
    flow = client.initiate_auth_code_flow(SCOPES, redirect_uri=BACK, response_mode=mode)
    result = client.acquire_token_by_auth_code_flow(flow, told(bench.person.accept(flow["auth_uri"])))
    assert set(result["scope"].split()) == {"Calendars.Read", "openid", "profile", "email"}
    assert result["id_token_claims"]["preferred_username"] == "adele@contoso.example"
    assert bench.read(result["access_token"]) == 200
    assert bench.person.back.method == ("POST" if mode == "form_post" else "GET")
    assert client.get_accounts()[0]["username"] == "adele@contoso.example"


def test_a_person_signs_in_with_a_device_code(bench: Bench) -> None:
    bench.switches.device_interval = 1
    client = bench.client()
    flow = client.initiate_device_flow(SCOPES)
    waiting = client.acquire_token_by_device_flow(flow, exit_condition=lambda _: True)
    assert (waiting["error"], waiting["error_codes"]) == ("authorization_pending", [70016])
    bench.person.enter_code(flow["verification_uri"], flow["user_code"].lower())
    result = client.acquire_token_by_device_flow(flow)
    assert bench.read(result["access_token"]) == 200
    assert number(bench.post(grant_type="device_code", device_code=flow["device_code"])) == 54005


def test_msal_refreshes_silently_and_keeps_the_new_refresh_token(bench: Bench) -> None:
    client = bench.client()
    first = bench.signed_in(client)
    bench.graph.clock.advance(3600)
    assert bench.read(first["access_token"]) == 401
    second = client.acquire_token_silent(SCOPES, client.get_accounts()[0], force_refresh=True)
    assert bench.read(second["access_token"]) == 200
    assert len(bench.service.ledger.refresh_tokens) == 2


def test_an_app_signs_in_with_its_secret_and_reads_users_but_has_no_me(bench: Bench) -> None:
    result = bench.daemon(DAEMON_SECRET).acquire_token_for_client(DEFAULT)
    assert bench.read(result["access_token"], "users/adele@contoso.example/calendars") == 200
    assert bench.read(result["access_token"]) == 400
    assert "refresh_token" not in result


def test_an_administrator_limits_an_app_to_some_mailboxes(bench: Bench) -> None:
    token = bench.daemon(DAEMON_SECRET).acquire_token_for_client(DEFAULT)["access_token"]
    bench.graph.limit_app(DAEMON_APP, [PERSONAL])
    paths = [f"users/{address}/calendars" for address in ("adele@contoso.example", PERSONAL)]
    assert [bench.read(token, path) for path in paths] == [403, 200]
    assert bench.read(bench.tokens()["access_token"]) == 200, "people are not meant"


@pytest.fixture(scope="module")
def certificate() -> dict[str, Any]:
    """A key and its certificate, as an administrator uploads one."""
    key = generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "calmirror")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return {"private_key": pem, "public": builder.sign(key, SHA256()).public_bytes(Encoding.PEM).decode()}


@pytest.mark.parametrize("thumbprint", [None, "ab" * 20], ids=["PS256", "RS256"])
def test_an_app_signs_in_with_its_certificate(
    bench: Bench, certificate: dict[str, Any], thumbprint: str | None
) -> None:
    bench.graph.clock.advance(datetime.now(UTC).timestamp() - bench.graph.clock.now())  # MSAL signs by the real time
    bench.service.directory.apps[DAEMON_APP].certificates.append(certificate["public"])
    credential = {"private_key": certificate["private_key"]}
    credential |= {"thumbprint": thumbprint} if thumbprint else {"public_certificate": certificate["public"]}
    result = bench.daemon(credential).acquire_token_for_client(DEFAULT)
    assert bench.read(result["access_token"], "users/adele@contoso.example/calendars") == 200
    bench.graph.clock.advance(3600)
    assert bench.daemon(credential).acquire_token_for_client(DEFAULT)["error_codes"] == [700024]
    bench.service.directory.apps[DAEMON_APP].certificates.clear()
    assert bench.daemon(credential).acquire_token_for_client(DEFAULT)["error_codes"] == [700027]


def test_a_tenant_that_does_not_exist_is_refused_at_discovery(bench: Bench) -> None:
    with pytest.raises(ValueError, match="double check your tenant name"):
        bench.client(tenant="nowhere.example")


def test_msal_is_told_why_a_refresh_was_refused(bench: Bench) -> None:
    client = bench.client()
    bench.signed_in(client)
    bench.service.withdraw_consent()
    result = client.acquire_token_silent_with_error(SCOPES, client.get_accounts()[0], force_refresh=True)
    assert (result["error"], result["suberror"], result["classification"]) == (
        "invalid_grant",
        "consent_required",
        "consent_required",
    )


def test_instance_discovery_can_be_asked_of_the_stand_in(bench: Bench) -> None:
    authority, at = f"{bench.service.base_url}/common", f"{bench.service.base_url}/common/discovery/instance"
    made = msal.PublicClientApplication(
        DESKTOP_APP, authority=authority, instance_discovery=at, http_client=bench.session
    )
    assert made.authority.token_endpoint.startswith(bench.service.base_url)


# Codes


def test_a_code_is_good_for_one_use(bench: Bench) -> None:
    code = bench.code()
    assert number(bench.redeem(code)) == 0
    assert number(bench.redeem(code)) == 54005


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"code_verifier": "w" * 43}, 501481),
        ({"code_verifier": ""}, 50148),
        ({"redirect_uri": "http://localhost:51235"}, 500112),
        ({"client_id": "another"}, 700016),
        ({"client_id": DAEMON_APP, "tenant": "contoso.example"}, 700007),
        ({"client_secret": "anything"}, 700025),
        ({"tenant": "nowhere.example"}, 90002),
        ({"grant_type": "password"}, 70003),
        ({"code": "made up"}, 9002313),
    ],
)
def test_a_code_is_refused_to_whoever_cannot_show_what_belongs_to_it(
    bench: Bench, changes: dict[str, str], refused: int
) -> None:
    assert number(bench.redeem(**{"code": bench.code(), **changes})) == refused


def test_a_code_lives_ten_minutes(bench: Bench) -> None:
    code = bench.code()
    bench.graph.clock.advance(600)
    assert number(bench.redeem(code)) == 70008


@pytest.mark.parametrize(
    ("uri", "taken"),
    [
        ("http://localhost", True),
        ("http://localhost:1", True),
        ("http://localhost:65535/", True),
        ("http://localhost:8080/callback", False),
        ("http://127.0.0.1:8080", False),
        ("http://[::1]:8080", False),
        ("https://localhost:8080", False),
        ("http://localhost.evil.example", False),
        ("urn:ietf:wg:oauth:2.0:oob", False),
    ],
)
def test_a_code_goes_to_any_port_of_the_registered_localhost_and_nowhere_else(
    bench: Bench, uri: str, *, taken: bool
) -> None:
    back = bench.person.accept(bench.authorize_url(redirect_uri=uri))
    assert bool(back) == taken
    assert taken or "AADSTS50011" in bench.person.page.text


def test_another_redirect_address_works_once_it_is_registered(bench: Bench) -> None:
    bench.service.register_app(DESKTOP_APP, redirect_uris=["http://localhost/back", "http://127.0.0.1:8080"])
    uris = ["http://localhost:1/back", "http://127.0.0.1:8080", "http://127.0.0.1:8081", "http://localhost:1/Back"]
    assert [bool(bench.person.accept(bench.authorize_url(redirect_uri=uri))) for uri in uris] == [
        True,
        True,
        False,
        False,
    ]


# Who may sign in where


@pytest.mark.parametrize(
    ("audience", "tenant", "account", "refused"),
    [
        ("any", "common", "adele@contoso.example", 0),
        ("any", "common", PERSONAL, 0),
        ("any", "consumers", PERSONAL, 0),
        ("any", "consumers", "adele@contoso.example", 50020),
        ("any", "organizations", PERSONAL, 50020),
        ("any", "contoso.example", "adele@contoso.example", 0),
        ("work", "common", PERSONAL, 50020),
        ("work", "consumers", PERSONAL, 9002332),
        ("tenant", "contoso.example", "adele@contoso.example", 0),
        ("tenant", "common", "adele@contoso.example", 50194),
        ("tenant", "fabrikam.example", "adele@contoso.example", 700016),
        ("personal", "common", PERSONAL, 9002331),
        ("any", "nowhere.example", "adele@contoso.example", 90002),
    ],
)
def test_accounts_tenants_and_registrations_must_fit(
    bench: Bench, audience: str, tenant: str, account: str, refused: int
) -> None:
    bench.service.directory.add_tenant("fabrikam.example")
    bench.service.register(App("app", bench.service.tenant, audience=audience))
    person = Person(bench.service.answer, account)
    back = person.accept(bench.authorize_url(tenant, client_id="app"))
    if refused:
        assert not back
        assert f"AADSTS{refused}:" in person.page.text
    else:
        assert "code=" in back


def test_a_personal_account_reads_its_own_mailbox_and_no_other(bench: Bench) -> None:
    bench.person = Person(bench.service.answer, PERSONAL)
    token = bench.tokens()["access_token"]
    assert token.startswith("EwB")
    assert bench.read(token) == 200
    assert bench.read(token, "users/adele@contoso.example/calendars") == 403


# Consent


def test_a_person_who_declines_sends_an_error_back(bench: Bench) -> None:
    answer = told(bench.person.cancel(bench.authorize_url()))
    assert (answer["error"], answer["error_subcode"], answer["state"]) == ("access_denied", "cancel", "s")
    assert "AADSTS65004" in answer["error_description"]


def test_consent_is_asked_for_once_unless_the_program_insists(bench: Bench) -> None:
    def asked(**changes: str) -> bool:
        bench.person.open(bench.authorize_url(**changes))
        return bench.person.press("account-1") is not None

    assert asked()
    bench.person.press("accept")
    assert [asked(), asked(prompt="consent"), asked(scope="Calendars.ReadWrite")] == [False, True, True]


def test_nothing_comes_back_from_the_wall_of_admin_approval_until_the_person_returns(bench: Bench) -> None:
    bench.switches.consent = "admin"
    assert bench.person.accept(bench.authorize_url()) == ""
    assert "Need admin approval" in bench.person.page.text
    bench.person.press("return")
    assert told(bench.person.back.url)["error"] == "access_denied"


def test_an_administrator_is_not_walled_off(bench: Bench) -> None:
    bench.switches.consent = "admin"
    assert "code=" in Person(bench.service.answer, ADMINISTRATOR).accept(bench.authorize_url())


def test_the_account_that_is_hinted_at_comes_first(bench: Bench) -> None:
    bench.person.open(bench.authorize_url(login_hint=PERSONAL.upper()))
    assert bench.person.page.forms[0].buttons["account-1"] == ("account", PERSONAL)


def test_an_administrator_lets_the_app_in_for_everybody(bench: Bench) -> None:
    bench.switches.consent = "admin"
    url = f"{bench.service.base_url}/contoso.example/adminconsent?client_id={DESKTOP_APP}&redirect_uri={BACK}&state=s"
    assert bench.person.accept(url) == ""
    assert "Need admin approval" in bench.person.page.text
    administrator = Person(bench.service.answer, ADMINISTRATOR)
    assert told(administrator.cancel(url))["error"] == "permission_denied"
    assert told(administrator.accept(url)) == {"tenant": bench.service.tenant, "admin_consent": "True", "state": "s"}
    assert "code=" in bench.person.accept(bench.authorize_url())


def test_a_scope_that_is_withheld_is_missing_in_the_answer_and_the_graph_says_403(bench: Bench) -> None:
    bench.switches.withheld_scopes = ["Calendars.Read"]
    tokens = bench.tokens(scope="Calendars.Read User.Read offline_access")
    assert tokens["scope"] == "User.Read"
    assert bench.read(tokens["access_token"]) == 403


def test_a_policy_shows_its_error_to_the_person_and_the_program_hears_nothing(bench: Bench) -> None:
    bench.switches.sign_in_error = 53003
    assert bench.person.accept(bench.authorize_url()) == ""
    assert "AADSTS53003" in bench.person.page.text


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": "Calendars.Reed"}, "invalid_scope"),
        ({"scope": "https://graph.microsoft.us/Calendars.Read"}, "invalid_resource"),
        ({"prompt": "none"}, "interaction_required"),
        ({"response_type": "token"}, "unsupported_response_type"),
    ],
)
def test_a_request_that_makes_no_sense_comes_back_at_once(bench: Bench, changes: dict[str, str], error: str) -> None:
    bench.person.open(bench.authorize_url(**changes))
    assert told(bench.person.back.url)["error"] == error


@pytest.mark.parametrize(
    ("cloud", "prefix"),
    [("usgov", "graph.microsoft.us"), ("dod", "dod-graph.microsoft.us"), ("china", "microsoftgraph.chinacloudapi.cn")],
)
def test_a_national_cloud_knows_its_own_resource_alone(bench: Bench, cloud: str, prefix: str) -> None:
    bench.switches.cloud = cloud
    scope = f"https://{prefix}/Calendars.Read"
    tokens = bench.tokens(scope=f"{scope} offline_access")
    assert tokens["scope"] == scope
    assert bench.read(tokens["access_token"]) == 200
    bench.person.open(bench.authorize_url(scope=f"{GRAPH}/Calendars.Read"))
    assert told(bench.person.back.url)["error"] == "invalid_resource"


@pytest.mark.parametrize(
    ("names", "asked", "answered"),
    [
        ("asked", "Calendars.Read", "Calendars.Read"),
        ("asked", f"{GRAPH}/Calendars.Read", f"{GRAPH}/Calendars.Read"),
        ("short", f"{GRAPH}/Calendars.Read", "Calendars.Read"),
        ("full", "calendars.read", f"{GRAPH}/Calendars.Read"),
    ],
)
def test_granted_scopes_are_written_in_one_of_two_ways(bench: Bench, names: str, asked: str, answered: str) -> None:
    bench.switches.scope_names = names
    assert bench.tokens(scope=asked)["scope"] == answered


# Refresh tokens


def test_a_refresh_token_lives_ninety_days_and_each_use_gives_a_new_one(bench: Bench) -> None:
    first = bench.tokens()["refresh_token"]
    bench.graph.clock.advance(89 * DAY)
    _, second = bench.refresh(first)
    bench.graph.clock.advance(2 * DAY)
    assert number(bench.refresh(first)) == 700082
    assert number(bench.refresh(second["refresh_token"])) == 0


def test_a_lost_answer_leaves_the_old_refresh_token_usable_or_not(bench: Bench) -> None:
    """The trap of rotation: the token is replaced, and the program never hears of the new one."""
    for ends_old, expected in ((False, 0), (True, 50173)):
        bench.switches.refresh_ends_old = ends_old
        token = bench.tokens()["refresh_token"]
        bench.service.faults.append(Fault(reset_after=True))
        with pytest.raises(ConnectionBrokenError):
            bench.refresh(token)
        assert number(bench.refresh(token)) == expected


def test_a_changed_password_ends_the_sign_in_but_not_the_access_token(bench: Bench) -> None:
    tokens = bench.tokens()
    assert bench.service.end_sign_ins("adele@contoso.example") == 1
    assert number(bench.refresh(tokens["refresh_token"])) == 50173
    assert bench.read(tokens["access_token"]) == 200


def test_what_else_ends_a_sign_in(bench: Bench) -> None:
    token = bench.tokens()["refresh_token"]
    assert number(bench.refresh(token, client_id="another")) == 700016
    assert number(bench.refresh("made up")) == 9002313
    status, content = bench.post(grant_type="refresh_token", refresh_token=token, scope="Calendars.ReadWrite")
    assert (status, content["error_codes"], content["suberror"]) == (400, [65001], "consent_required")
    bench.service.disable("adele@contoso.example")
    assert number(bench.refresh(token)) == 50057


def test_there_is_no_refresh_token_without_offline_access(bench: Bench) -> None:
    tokens = bench.tokens(scope="Calendars.Read")
    assert {"refresh_token", "id_token", "client_info"}.isdisjoint(tokens)


# Device codes


def test_a_device_code_waits_is_declined_runs_out_or_is_wrong(bench: Bench) -> None:
    def poll(flow: dict[str, Any]) -> int:
        bench.graph.clock.advance(5)
        return number(bench.post(grant_type="device_code", device_code=flow["device_code"]))

    def started() -> dict[str, Any]:
        return bench.post("devicecode", scope="Calendars.Read")[1]

    flow = started()
    assert (flow["expires_in"], flow["interval"], len(flow["user_code"])) == (900, 5, 9)
    assert poll(flow) == 70016
    bench.person.enter_code(flow["verification_uri"], flow["user_code"], agree=False)
    assert poll(flow) == 70020
    flow = started()
    bench.graph.clock.advance(900)
    assert poll(flow) == 70019
    assert poll({"device_code": "made up"}) == 70018
    page = bench.person.open(flow["verification_uri"])
    assert "didn't work" in bench.person.press("next", {"otc": flow["user_code"]}).text
    assert "Enter code" in page.text


@pytest.mark.parametrize(("impatient", "refused"), [("slow_down", 70021), ("pending", 70016)])
def test_a_poll_that_comes_too_early_is_told_to_slow_down_or_not(bench: Bench, impatient: str, refused: int) -> None:
    bench.switches.impatient_polls = impatient
    code = bench.post("devicecode", scope="Calendars.Read")[1]["device_code"]
    assert [number(bench.post(grant_type="device_code", device_code=code)) for _ in range(2)] == [70016, refused]


def test_without_public_client_flows_a_device_code_is_worth_nothing(bench: Bench) -> None:
    bench.service.register_app(DESKTOP_APP, public_flows=False)
    code = bench.post("devicecode", scope="Calendars.Read")[1]["device_code"]
    status, content = bench.post(grant_type="device_code", device_code=code)
    assert (status, content["error"], content["error_codes"]) == (401, "invalid_client", [7000218])


# Apps on their own


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({}, 0),
        ({"client_secret": "wrong"}, 7000215),
        ({"client_secret": ""}, 7000218),
        ({"scope": f"{GRAPH}/Calendars.Read"}, 1002012),
        ({"tenant": "common"}, 50194),
        ({"client_id": DESKTOP_APP}, 700025),
        ({"client_assertion": "x.y.z"}, 50012),
    ],
)
def test_an_app_must_prove_itself_and_name_its_tenant(bench: Bench, changes: dict[str, str], refused: int) -> None:
    form = {"client_id": DAEMON_APP, "client_secret": DAEMON_SECRET, "scope": DEFAULT[0], "tenant": "contoso.example"}
    assert number(bench.post(grant_type="client_credentials", **{**form, **changes})) == refused


def test_an_app_of_many_tenants_must_name_one(bench: Bench) -> None:
    bench.service.register_app(DAEMON_APP, audience="work")
    form = {"client_id": DAEMON_APP, "client_secret": DAEMON_SECRET, "scope": DEFAULT[0]}
    assert number(bench.post(grant_type="client_credentials", **form)) == 50059


def test_an_assertion_is_made_for_this_service_alone(bench: Bench, certificate: dict[str, Any]) -> None:
    now = bench.graph.clock.now()
    bench.service.register_app(DAEMON_APP, certificates=[certificate["public"]])

    def outcome(**changes: Any) -> int:
        claims = {
            "iss": DAEMON_APP,
            "sub": DAEMON_APP,
            "exp": now + 600,
            "aud": f"{bench.service.base_url}/x",
            **changes,
        }
        signed = jwt.encode(claims, certificate["private_key"], "RS256")
        form = {"client_id": DAEMON_APP, "client_assertion": signed, "scope": DEFAULT[0]}
        return number(bench.post(tenant="contoso.example", grant_type="client_credentials", **form))

    assert [outcome(), outcome(aud="https://elsewhere.example/x"), outcome(sub="other")] == [0, 700023, 50012]
    assert [outcome(exp=now), outcome(nbf=now + 301)] == [700024, 700024]
    bench.service.register_app(DAEMON_APP, certificates=["nonsense"])
    assert outcome() == 700027


def test_a_web_app_proves_itself_with_its_code_and_with_each_refresh(bench: Bench) -> None:
    uri, secret = "https://calmirror.example/back", {"client_secret": DAEMON_SECRET}
    bench.service.register_app("web", web_redirect_uris=[uri], redirect_uris=[], secrets={DAEMON_SECRET: float("inf")})

    def redeem(**more: str) -> tuple[int, dict[str, Any]]:
        code = bench.code(client_id="web", redirect_uri=uri, prompt="consent")
        return bench.redeem(code, client_id="web", redirect_uri=uri, **more)

    assert number(redeem()) == 7000218
    token = redeem(**secret)[1]["refresh_token"]
    assert number(bench.refresh(token, client_id="web")) == 7000218
    assert number(bench.refresh(token, client_id="web", **secret)) == 0


def test_an_app_whose_secret_ran_out_or_that_nobody_let_in(bench: Bench) -> None:
    bench.service.withdraw_consent()
    token = bench.daemon(DAEMON_SECRET).acquire_token_for_client(DEFAULT)["access_token"]
    assert bench.read(token, "users/adele@contoso.example/calendars") == 403
    bench.service.expire_secret()
    assert bench.daemon(DAEMON_SECRET).acquire_token_for_client(DEFAULT)["error_codes"] == [7000222]


# Errors


@pytest.mark.parametrize("code", CATALOGUE)
def test_every_error_can_be_forced_in_its_exact_shape(bench: Bench, code: int) -> None:
    control = Control(bench.service, (), named, bench.service.orders)
    control.carry_out({"do": "fault", "path": "/token", "answer": str(code)})
    status, content = bench.refresh("anything")
    assert content["error_codes"] == [code]
    assert content["error_description"].startswith(f"AADSTS{code}: ")
    assert content["error_description"].count("\r\n") == 3
    assert {"timestamp", "trace_id", "correlation_id", "error_uri"} <= content.keys()
    statuses = {"invalid_client": 401, "temporarily_unavailable": 503}
    assert status == statuses.get(content["error"], 400)


def test_the_owner_gives_orders(bench: Bench) -> None:
    control = Control(bench.service, (), named, bench.service.orders)
    token = bench.tokens()["refresh_token"]
    assert control.carry_out({"do": "expire"}) == 1
    assert number(bench.refresh(token)) == 700082
    assert control.carry_out({"do": "revoke", "account": "adele@contoso.example", "error": 70043}) == 1
    assert number(bench.refresh(token)) == 70043
    control.carry_out({"do": "switch", "name": "consent", "value": "admin"})
    assert bench.switches.consent == "admin"
    control.carry_out({"do": "register", "client_id": "app", "audience": "tenant", "redirect_uris": [BACK]})
    assert bench.service.directory.apps["app"].redirects_to(BACK)
    for wrong in ({"do": "register", "client_id": "app", "colour": "red"}, {"do": "revoke", "error": 1}):
        with pytest.raises(LookupError):
            control.carry_out(wrong)
    assert control.carry_out({"do": "disable", "account": "adele@contoso.example"}) is None


@pytest.mark.parametrize(
    "odd",
    [
        {"secrets": ["one"]},
        {"secrets": {"one": "tomorrow"}},
        {"secrets": None},
        {"certificates": "none"},
        {"audience": "everybody"},
        {"redirect_uris": BACK},
        {"client_id": 5},
        {"colour": "red"},
    ],
)
def test_a_registration_of_odd_members_is_refused_and_changes_nothing(bench: Bench, odd: dict[str, Any]) -> None:
    control, before = Control(bench.service, (), named, bench.service.orders), repr(bench.service.directory.apps)
    order = {"do": "register", "client_id": DAEMON_APP, "name": "another", **odd}
    answer = control.answer(Request("POST", f"{bench.service.base_url}/_control", {}, json.dumps(order).encode()))
    assert answer.status == 400
    assert "rror: " in answer.json()["error"]
    assert repr(bench.service.directory.apps) == before


@pytest.mark.parametrize("path", ["common/oauth2/v2.0/token", "nowhere", "visit/made-up"])
def test_other_addresses_are_pages(bench: Bench, path: str) -> None:
    answer = bench.service.answer(Request("GET", f"{bench.service.base_url}/{path}"))
    assert (answer.status, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
