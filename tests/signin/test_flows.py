"""Every way to sign in, against the stand-ins' sign-in services."""

from __future__ import annotations

import pytest
from sign_in_world import APP, Person

from calmirror.cli.sign_ins import SignIns
from calmirror.config import load
from calmirror.errors import RetryableError, UserFixableError
from calmirror.http.message import Answer
from calmirror.sandbox.service import Fault
from calmirror.sandbox.signin.microsoft.service import DAEMON_APP, DAEMON_SECRET, PERSONAL
from calmirror.sandbox.signin.web import answered
from calmirror.tokens.person import Asking, Way

DAY = 86400.0
WAYS = [
    ("Microsoft", Way.BROWSER),
    ("Microsoft", Way.PASTE),
    ("Microsoft", Way.DEVICE),
    ("Google", Way.BROWSER),
    ("Google", Way.PASTE),
]


def refusal(world, service, way=Way.BROWSER, person=None, **asking):
    """The error of a sign-in that does not come about; no secret is in it."""
    with pytest.raises((UserFixableError, RetryableError)) as caught:
        world.connect(service, way, person, **asking)
    error = caught.value
    said = f"{error.what} {error.meaning} {error.command}"
    assert not [secret for secret in world.secrets() if secret in said]
    assert "\n" not in said
    return error


@pytest.mark.parametrize(("service", "way"), WAYS)
def test_a_person_signs_in_and_the_token_opens_the_calendar_and_is_renewed(world, service, way):
    person = world.connect(service, way)
    assert world.read(service) == 200
    first = world.sign_ins().standing(service).sign_in
    world.clock.advance(3600)
    assert world.read(service) == 200
    second = world.sign_ins().standing(service).sign_in
    assert second.access_token != first.access_token
    assert (second.signed_in_at, second.account, second.scopes) == (first.signed_in_at, first.account, first.scopes)
    shown = "\n".join([*person.told, person.page_text])
    assert not [secret for secret in world.secrets() if secret in shown]


def test_only_what_is_needed_is_asked_for(world):
    world.connect("Microsoft")
    world.connect("Google")
    sign_ins = world.sign_ins()
    assert {scope.rpartition("/")[2] for scope in sign_ins.standing("Microsoft").sign_in.scopes} <= {
        "Calendars.Read",
        "openid",
        "profile",
        "email",
        "offline_access",
    }
    prefix = "https://www.googleapis.com/auth/"
    expected = ("openid", f"{prefix}userinfo.email", f"{prefix}calendar.app.created")
    assert sign_ins.standing("Google").sign_in.scopes == expected
    assert sign_ins.standing("Microsoft").sign_in.account == "adele@contoso.example"


def test_a_personal_account_signs_in_as_well(world):
    person = Person(world, "Microsoft")
    person._robot._account = PERSONAL
    world.connect("Microsoft", person=person)
    assert world.read("Microsoft") == 200
    assert world.sign_ins().standing("Microsoft").sign_in.account == PERSONAL


@pytest.mark.parametrize("names", ["asked", "short", "full"])
def test_however_microsoft_writes_the_granted_scopes_they_are_recognised(world, names):
    world.microsoft.switches.scope_names = names
    world.connect("Microsoft")


@pytest.mark.parametrize(
    ("cloud", "graph"),
    [
        ("usgov", "https://graph.microsoft.us/v1.0"),
        ("dod", "https://dod-graph.microsoft.us/v1.0"),
        ("china", "https://microsoftgraph.chinacloudapi.cn/v1.0"),
    ],
)
def test_national_clouds_are_asked_for_their_own_permission(world, cloud, graph):
    world.microsoft.switches.cloud = cloud
    world.graph.base_url = graph
    world.configure(microsoft='tenant = "contoso.example"')
    world.connect("Microsoft")
    host = graph.removesuffix("/v1.0")
    assert f"{host}/Calendars.Read" in world.sign_ins().standing("Microsoft").sign_in.scopes


@pytest.mark.parametrize(("service", "way"), WAYS)
def test_who_does_not_consent_is_told_and_the_earlier_sign_in_is_still_valid(world, service, way):
    world.connect(service)
    world.microsoft.withdraw_consent()
    error = refusal(world, service, way, Person(world, service, agree=False))
    assert (error.code, error.exit_code) == ("sign-in-declined", 4)
    assert "consent" in error.what
    assert "earlier sign-in is still valid" in error.meaning
    assert error.command == f"calmirror connect {service.lower()}"
    assert world.read(service) == 200


def test_fewer_permissions_than_needed_are_noticed_and_the_earlier_sign_in_is_still_valid(world):
    world.connect("Microsoft")
    world.connect("Google")
    world.microsoft.switches.withheld_scopes = ["Calendars.Read"]
    error = refusal(world, "Microsoft")
    assert (error.code, error.exit_code) == ("sign-in-scopes", 4)
    assert "/adminconsent?client_id=" in error.command
    world.google.switches.checkboxes = "always"
    untick = Person(world, "Google", untick=("calendar.app.created",))
    error = refusal(world, "Google", person=untick)
    assert error.code in ("sign-in-scopes", "sign-in-declined")
    assert world.read("Microsoft") == world.read("Google") == 200


@pytest.mark.parametrize(
    "granted",
    [
        {"scope": "openid", "refresh_token": "CANARY-r"},
        {"scope": "https://www.googleapis.com/auth/calendar.app.created"},
    ],
)
def test_google_granting_something_else_or_nothing_lasting_is_noticed(world, granted):
    answer = answered({"access_token": "CANARY-a", "expires_in": 3599, "token_type": "Bearer"} | granted)
    world.google.faults.append(Fault(matches=lambda request: request.url.endswith("/token"), answer=answer))
    error = refusal(world, "Google")
    assert (error.code, error.exit_code) == ("sign-in-scopes", 4)
    assert "CANARY" not in error.what
    assert world.sign_ins().standing("Google").sign_in is None


def test_where_an_administrator_has_to_approve_the_address_to_send_them_is_printed_and_works(world):
    """Microsoft's page sends nobody back, until "Return to the application" is pressed."""
    world.microsoft.switches.consent = "admin"
    world.configure(microsoft='tenant = "contoso.example"')

    class Waiting(Person):
        def open(self, url):
            self._robot.open(url)
            return True

    error = refusal(world, "Microsoft", person=Waiting(world, "Microsoft"), timeout=0.1)
    assert (error.code, error.exit_code) == ("sign-in-no-answer", 4)
    address = world.sign_ins().admin_consent_url()
    assert address in error.command
    assert "AADSTS" in error.command
    administrator = Person(world, "Microsoft")
    administrator._robot._account = "admin@contoso.example"
    administrator._robot.accept(address)
    world.connect("Microsoft")
    assert world.read("Microsoft") == 200


@pytest.mark.parametrize("way", [Way.BROWSER, Way.DEVICE])
@pytest.mark.parametrize(
    ("changes", "app", "says"),
    [
        ({"client_id": "99999999-0000-4000-8000-000000000000"}, {}, "no app with this client_id"),
        ({"microsoft": 'tenant = "nowhere.example"'}, {}, "no such tenant"),
        ({}, {"audience": "tenant"}, "tenant must be that one"),
        ({}, {"public_flows": False}, "Allow public client flows"),
    ],
)
def test_a_wrong_registration_is_told_with_what_to_correct(world, way, changes, app, says):
    if way is Way.BROWSER and "public_flows" in app:
        return
    world.connect("Microsoft")
    for name, value in app.items():
        setattr(next(iter(world.microsoft.directory.apps.values())), name, value)
    world.configure(**changes)
    person = Person(world, "Microsoft")
    error = refusal(world, "Microsoft", way, person, timeout=0.2)
    if error.code == "sign-in-no-answer":  # the page says it to the person, and the program hears nothing
        assert way is Way.BROWSER
        assert person._robot.page.status == 400
    else:
        assert error.code == "sign-in-registration"
        assert says in error.what
    assert error.exit_code == 4


@pytest.mark.parametrize("number", [53000, 53003, 50097])
def test_conditional_access_is_told_with_the_way_that_may_satisfy_it(world, number):
    world.microsoft.faults.append(failing("/token", number))
    error = refusal(world, "Microsoft", Way.DEVICE)
    assert (error.code, error.exit_code) == ("sign-in-blocked", 4)
    assert "--browser" in error.command


def failing(path, name, times=1, module=None):
    from calmirror.sandbox.signin.google.errors import named as google
    from calmirror.sandbox.signin.microsoft.errors import named as microsoft

    answer = google(name) if module == "google" else microsoft(str(name))
    return Fault(matches=lambda request: path in request.url, answer=answer, times=times)


def test_a_device_code_that_nobody_enters_ends(world):
    class Absent(Person):
        def tell(self, text):
            self.told.append(text)

    error = refusal(world, "Microsoft", Way.DEVICE, Absent(world, "Microsoft"), timeout=20)
    assert (error.code, error.exit_code) == ("sign-in-declined", 4)
    assert "not entered in time" in error.what
    world.microsoft.switches.device_seconds = 8
    assert "not entered in time" in refusal(world, "Microsoft", Way.DEVICE, Absent(world, "Microsoft")).what


@pytest.mark.parametrize(("service", "way"), WAYS)
@pytest.mark.parametrize("outage", ["unavailable", "throttled", "html-instead"])
def test_a_service_in_trouble_is_asked_again_and_then_left_for_later(world, service, way, outage):
    stand_in = world.microsoft if service == "Microsoft" else world.google
    stand_in.faults.append(failing("/token", outage, -1, service.lower()))
    error = refusal(world, service, way)
    assert (error.code, error.exit_code) == ("sign-in-unavailable", 5)
    assert f"calmirror connect {service.lower()}" in error.command
    stand_in.faults.clear()
    world.connect(service, way)


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", b'{"expires_in": "soon"}', b"\xff"])
@pytest.mark.parametrize("status", [200, 403, 407])
def test_what_stands_between_us_and_the_service_is_no_refusal_of_it(world, status, body):
    """A proxy's page, or half an answer: the sign-in stays, and the next run tries again."""
    for service in ("Microsoft", "Google"):
        world.connect(service)
    world.clock.advance(3600)
    for stand_in, service in ((world.microsoft, "Microsoft"), (world.google, "Google")):
        for path in ("openid-configuration", "/token"):
            stand_in.faults.append(
                Fault(matches=lambda one, path=path: path in one.url, answer=Answer(status, {}, body), times=-1)
            )
            if service == "Google" and path != "/token":
                continue
            with pytest.raises(RetryableError) as caught:
                world.read(service)
            assert caught.value.code == "sign-in-unavailable"
            stand_in.faults.clear()
        assert world.read(service) == 200


@pytest.mark.parametrize("service", ["Microsoft", "Google"])
def test_a_short_outage_is_waited_out(world, service):
    stand_in = world.microsoft if service == "Microsoft" else world.google
    stand_in.faults.append(failing("/token", "unavailable", 2, service.lower()))
    world.connect(service)


def test_a_web_client_is_refused_with_the_cure(world):
    world.client_file(world.google.client_file("500000000001-web.apps.googleusercontent.com"))
    error = refusal(world, "Google")
    assert (error.code, error.exit_code) == ("google-client-file", 4)
    assert "Desktop app" in error.command


@pytest.mark.parametrize(
    "content",
    [[], {}, {"installed": {}}, {"installed": {"client_id": 3}}, {"refresh_token": "x"}, {"type": "service_account"}],
)
def test_any_other_file_than_a_client_file_is_refused(world, content):
    world.client_file(content)
    assert refusal(world, "Google").code == "google-client-file"


def test_a_client_file_that_may_not_be_read_is_to_be_made_readable_and_not_replaced(world):
    path = world.client_file(world.google.client_file())
    path.unlink()
    path.mkdir()
    error = refusal(world, "Google")
    assert (error.code, error.command) == ("google-client-file", f"Let this user read {path}")


def test_a_client_file_that_would_send_the_secret_in_clear_is_refused(world):
    content = world.google.client_file()
    content["installed"]["token_uri"] = "http://oauth2.example/token"
    world.client_file(content)
    assert refusal(world, "Google").code == "google-client-file"


@pytest.mark.parametrize(
    ("change", "says"),
    [({"client_secret": "GOCSPX-wrong"}, "not its secret"), ({"client_id": "nobody"}, "did not come back")],
)
def test_a_client_that_google_does_not_know_is_told(world, change, says):
    content = world.google.client_file()
    content["installed"] |= change
    world.client_file(content)
    error = refusal(world, "Google", timeout=0.2)
    assert error.exit_code == 4
    assert says in error.what


def test_a_wider_scope_is_asked_for_only_where_the_configuration_says_so(world):
    world.configure(google='scope = "owned"')
    world.connect("Google")
    assert world.sign_ins().standing("Google").sign_in.scopes[-1].endswith("/calendar.events.owned")
    world.configure()
    assert world.sign_ins().standing("Google").sign_in is None


def test_a_service_account_acts_for_a_person_and_needs_nobody(world):
    world.google.add_person("eva@school.example", "school.example")
    scope = "https://www.googleapis.com/auth/calendar.app.created"
    world.client_file(world.google.service_account_file())
    world.configure(google='subject = "eva@school.example"')
    with pytest.raises(UserFixableError) as caught:
        world.read("Google")
    assert (caught.value.code, caught.value.exit_code) == ("sign-in-service-account", 4)
    assert "delegation" in caught.value.what
    world.google.delegate("school.example", [scope])
    assert world.read("Google") == 200
    world.clock.advance(3600)
    assert world.read("Google") == 200
    world.connect("Google")
    assert world.sign_ins().standing("Google").by == "app"


def test_an_app_signs_in_with_the_secret_that_was_asked_for_once(world):
    world.configure(microsoft=APP, client_id=DAEMON_APP)
    with pytest.raises(UserFixableError) as caught:
        world.read("Microsoft", "/users/adele@contoso.example/calendars")
    assert (caught.value.code, caught.value.exit_code) == ("sign-in-registration", 4)
    world.connect("Microsoft", person=Person(world, "Microsoft").with_secret(DAEMON_SECRET))
    for _ in range(2):
        assert world.read("Microsoft", "/users/adele@contoso.example/calendars") == 200
        world.clock.advance(3600)


def test_an_app_takes_its_secret_from_the_environment_or_a_file_and_keeps_it_nowhere(world):
    world.configure(microsoft=APP, client_id=DAEMON_APP)
    in_environment = world.sign_ins(CALMIRROR_MICROSOFT_SECRET=DAEMON_SECRET)
    in_environment.tokens("Microsoft").token()
    (world.folder / "secret").write_text(f"{DAEMON_SECRET}\n")
    world.configure(microsoft=f'{APP}secret_file = "secret"\n', client_id=DAEMON_APP)
    world.clock.advance(3600)
    world.sign_ins().tokens("Microsoft").token()
    assert DAEMON_SECRET not in (world.folder / "state-tokens.json").read_text()


@pytest.mark.parametrize(
    ("expired", "secret", "says"), [(True, DAEMON_SECRET, "has expired"), (False, "the-id-of-it", "is wrong")]
)
def test_an_expired_or_wrong_secret_is_told(world, expired, secret, says):
    world.configure(microsoft=APP, client_id=DAEMON_APP)
    if expired:
        world.microsoft.expire_secret()
    person = Person(world, "Microsoft").with_secret(secret)
    error = refusal(world, "Microsoft", person=person)
    assert error.code == "sign-in-registration"
    assert says in error.what
    assert secret not in error.what


def test_an_app_signs_in_with_its_certificate(world, certificate):
    world.microsoft.directory.apps[DAEMON_APP].certificates.append(certificate.public)
    (world.folder / "app.pem").write_text(certificate.both)
    world.configure(microsoft=f'{APP}certificate = "app.pem"\n', client_id=DAEMON_APP)
    # MSAL dates what it signs by the machine's clock.
    import time

    world.clock.advance(time.time() - world.clock.now())
    assert world.read("Microsoft", "/users/adele@contoso.example/calendars") == 200


@pytest.mark.parametrize("content", [None, "not PEM", "-----BEGIN CERTIFICATE-----", "public", "with a password"])
def test_a_certificate_that_cannot_be_used_is_told(world, certificate, content):
    content = {"public": certificate.public, "with a password": certificate.locked}.get(content, content)
    if content is not None:
        (world.folder / "app.pem").write_text(content)
    world.configure(microsoft=f'{APP}certificate = "app.pem"\n', client_id=DAEMON_APP)
    assert refusal(world, "Microsoft").code == "sign-in-registration"


def test_a_port_that_is_taken_is_told_and_the_earlier_sign_in_is_still_valid(world):
    from calmirror.tokens.loopback import Loopback

    for service in ("Microsoft", "Google"):
        world.connect(service)
        with Loopback("x") as other:
            assert refusal(world, service, port=other.port).code == "sign-in-port"
        assert world.read(service) == 200


def test_signing_out_removes_it_here_and_tells_google(world):
    world.connect("Microsoft")
    world.connect("Google")
    assert world.sign_ins().forget("Google")
    assert not world.sign_ins().forget("Microsoft")
    for service in ("Microsoft", "Google"):
        with pytest.raises(UserFixableError) as caught:
            world.read(service)
        assert caught.value.code == "sign-in"
    assert all(token.ended for token in world.google.registry.refresh_tokens.values())


@pytest.mark.parametrize("hindered", ["no network", "no client file", "another client", "refused"])
def test_signing_out_removes_it_here_whatever_google_says(world, hindered):
    """Who signs out for good, before a machine is sold or because a token got out, may have no network."""
    world.connect("Google")
    sign_ins = world.sign_ins()
    if hindered == "no network":
        world.google.faults.append(Fault(reset_before=True, times=-1))
    elif hindered == "refused":
        world.google.faults.append(Fault(answer=Answer(503), times=-1))
    else:
        (world.folder / "google.json").write_text("{}" if hindered == "another client" else "")
        if hindered == "no client file":
            (world.folder / "google.json").unlink()
    assert not sign_ins.forget("Google")
    assert sign_ins.file.find("Google") is None
    assert b"1//0" not in sign_ins.file.path.read_bytes()


def test_with_published_calendars_alone_there_is_no_microsoft_to_sign_in_to(world):
    text = (world.folder / "calmirror.toml").read_text()
    before, _, after = text.partition("[microsoft]")
    text = before + after[after.index("[google]") :] + 'source = "https://outlook.example/calendar.ics"\n'
    (world.folder / "calmirror.toml").write_text(text)
    assert world.sign_ins().services == ("Google",)
    assert refusal(world, "Microsoft").code == "sign-in-registration"


def test_configurations_that_share_the_file_have_sign_ins_of_their_own(world):
    """Or connecting for one client would silently have the other one's mirror read the wrong mailbox."""
    world.connect("Microsoft")
    first, second = world.folder / "calmirror.toml", world.folder / "second.toml"
    second.write_text(first.read_text())
    other = SignIns(load(second, {}), world.transport, world.clock, {})
    assert other.file.path == world.sign_ins().file.path
    assert other.standing("Microsoft").sign_in is None
    person = Person(world, "Microsoft")
    person._robot._account = PERSONAL
    other.connect("Microsoft", Asking(person=person))
    assert other.standing("Microsoft").sign_in.account == PERSONAL
    assert world.sign_ins().standing("Microsoft").sign_in.account == "adele@contoso.example"
    other.forget("Microsoft")
    assert world.read("Microsoft") == 200


def test_with_a_token_command_there_is_nothing_to_sign_in_to(world):
    world.configure(microsoft='token_command = ["echo", "m"]')
    assert refusal(world, "Microsoft").code == "sign-in-command"
    assert world.sign_ins().standing("Microsoft").by == "command"


def test_where_the_sign_in_could_not_be_kept_nobody_is_sent_to_a_page(world):
    (world.folder / "state-tokens.json").write_text("{")
    (world.folder / "state-tokens.json").chmod(0o600)
    person = Person(world, "Google")
    assert refusal(world, "Google", person=person).code == "tokens-damaged"
    assert person.told == []
