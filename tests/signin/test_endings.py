"""Why a sign-in has ended, told with the command that mends it; a renewal that is killed loses nothing."""

from __future__ import annotations

import json
import os
import sys

import pytest
from sign_in_world import Person, World

from calmirror.errors import RetryableError, UserFixableError
from calmirror.sandbox.service import Fault
from calmirror.sandbox.signin.google.errors import CATALOGUE as GOOGLE_ERRORS
from calmirror.sandbox.signin.google.errors import named as google_error
from calmirror.sandbox.signin.microsoft.errors import CATALOGUE as MICROSOFT_ERRORS
from calmirror.sandbox.signin.microsoft.errors import named as microsoft_error
from calmirror.sandbox.signin.microsoft.service import DESKTOP_APP, PERSONAL

DAY = 86400.0
HOUR = 3600.0


def ended(world, service):
    with pytest.raises((UserFixableError, RetryableError)) as caught:
        world.read(service)
    error = caught.value
    said = f"{error.what} {error.meaning} {error.command}"
    assert not [secret for secret in world.secrets() if secret in said]
    return error


def answering(world, service, answer):
    stand_in = world.microsoft if service == "Microsoft" else world.google
    stand_in.faults.append(Fault(matches=lambda request: request.url.endswith("/token"), answer=answer, times=-1))


@pytest.mark.parametrize(
    ("number", "code", "says"),
    [
        (70043, "sign-in-microsoft", "every so often"),
        (700082, "sign-in-microsoft", "90 days"),
        (50173, "sign-in-microsoft", "revoked, or the password was changed"),
        (50133, "sign-in-microsoft", "password was changed"),
        (50076, "sign-in-microsoft", "second factor"),
        (50055, "sign-in-microsoft", "password has expired"),
        (50057, "sign-in-microsoft", "switched off"),
        (9002313, "sign-in-microsoft", "AADSTS9002313"),
        (65001, "sign-in-consent", "Nobody has allowed"),
        (70000, "sign-in-consent", "Nobody has allowed"),
        (90094, "sign-in-consent", "Nobody has allowed"),
        (53003, "sign-in-blocked", "rules"),
        (700016, "sign-in-registration", "no app with this client_id"),
        (700084, "sign-in-registration", "single-page"),
        (7000218, "sign-in-registration", "public client flows"),
        (90002, "sign-in-registration", "no such tenant"),
        (90038, "sign-in-registration", "national cloud"),
        (50020, "sign-in-registration", "another tenant"),
    ],
)
def test_microsoft_says_by_number_why_it_ended(world, number, code, says):
    world.connect("Microsoft")
    world.clock.advance(HOUR)
    before = (world.folder / "state-tokens.json").read_bytes()
    answering(world, "Microsoft", microsoft_error(str(number)))
    error = ended(world, "Microsoft")
    assert (error.code, error.exit_code) == (code, 4)
    assert says in error.what
    assert "calmirror connect microsoft" in error.command
    assert (world.folder / "state-tokens.json").read_bytes() == before


@pytest.mark.parametrize("number", sorted(MICROSOFT_ERRORS))
def test_no_number_of_microsofts_ends_without_an_error_of_ours(world, number):
    """And its text, which is for developers and may change, is never repeated."""
    world.connect("Microsoft")
    world.clock.advance(HOUR)
    answer = microsoft_error(str(number))
    answering(world, "Microsoft", answer)
    error = ended(world, "Microsoft")
    assert error.exit_code in (4, 5)
    body = json.loads(answer.body)
    assert body["error_description"] not in error.what
    assert body["trace_id"] not in error.what
    assert (error.exit_code == 5) == (number in (90024, 90033, 50033, 50196))


def test_what_is_unknown_is_named_and_texts_are_not_repeated(world):
    from calmirror.sandbox.signin.web import answered

    world.connect("Microsoft")
    world.clock.advance(HOUR)
    odd = {"error": "<b>new</b>", "error_description": "CANARY", "error_codes": ["x", 12345], "suberror": "CANARY"}
    answering(world, "Microsoft", answered(odd, 400))
    error = ended(world, "Microsoft")
    assert error.code == "sign-in-microsoft"
    assert "AADSTS12345" in error.what
    assert "CANARY" not in error.what
    assert "<b>" not in error.what


def test_a_personal_account_that_withdrew_its_consent_is_told(world):
    person = Person(world, "Microsoft")
    person._robot._account = PERSONAL
    world.connect("Microsoft", person=person)
    world.clock.advance(HOUR)
    world.microsoft.withdraw_consent(DESKTOP_APP)
    assert ended(world, "Microsoft").code == "sign-in-consent"


def test_used_once_a_month_it_lasts_for_a_year_and_unused_for_ninety_days_it_ends(world):
    world.connect("Microsoft")
    for _ in range(12):
        world.clock.advance(30 * DAY)
        assert world.read("Microsoft") == 200
    world.clock.advance(91 * DAY)
    assert "90 days" in ended(world, "Microsoft").what


def test_seven_days_after_signing_in_to_an_app_in_testing_google_ends_it(world):
    world.google.register_client(status="testing")
    world.connect("Google")
    for _ in range(6):
        world.clock.advance(DAY)
        assert world.read("Google") == 200
    world.clock.advance(DAY + HOUR)
    error = ended(world, "Google")
    assert (error.code, error.exit_code, error.command) == ("sign-in-google", 4, "calmirror connect google")
    assert '"Testing"' in error.what
    assert '"In production"' in error.what


def test_where_google_says_beforehand_when_it_will_end_that_is_remembered(world):
    world.google.register_client(status="testing")
    world.google.switches.testing_tells_expiry = True
    world.connect("Google")
    ends_at = world.sign_ins().standing("Google").sign_in.ends_at
    assert ends_at == pytest.approx(world.clock.now() + 7 * DAY, abs=5)
    world.clock.advance(HOUR)
    assert world.read("Google") == 200
    assert world.sign_ins().standing("Google").sign_in.ends_at == pytest.approx(ends_at, abs=HOUR)


def test_google_in_production_lasts_and_ends_after_six_months_without_use(world):
    world.connect("Google")
    for _ in range(12):
        world.clock.advance(30 * DAY)
        assert world.read("Google") == 200
    world.clock.advance(181 * DAY)
    assert "six months" in ended(world, "Google").what


def test_access_withdrawn_at_google_is_told(world):
    world.connect("Google")
    world.clock.advance(10 * DAY)
    assert world.read("Google") == 200
    world.google.revoke()
    error = ended(world, "Google")
    assert error.code == "sign-in-google"
    assert "withdrawn" in error.what


@pytest.mark.parametrize("name", sorted(GOOGLE_ERRORS))
def test_no_error_of_googles_ends_without_one_of_ours(world, name):
    world.connect("Google")
    world.clock.advance(HOUR)
    answering(world, "Google", google_error(name))
    error = ended(world, "Google")
    assert error.exit_code == (5 if name == "internal" else 4)
    assert GOOGLE_ERRORS[name].text not in error.what


@pytest.mark.parametrize("service", ["Microsoft", "Google"])
def test_signing_in_again_mends_it(world, service):
    world.connect(service)
    world.clock.advance(HOUR)
    (world.microsoft.end_sign_ins if service == "Microsoft" else world.google.revoke)()
    ended(world, service)
    world.connect(service)
    assert world.read(service) == 200


@pytest.mark.parametrize("service", ["Microsoft", "Google"])
def test_a_renewal_whose_answer_was_lost_is_repeated(world, service):
    """The service gave a new refresh token that nobody has; the old one does still."""
    world.connect(service)
    world.clock.advance(HOUR)
    stand_in = world.microsoft if service == "Microsoft" else world.google
    stand_in.faults.append(Fault(matches=lambda request: request.url.endswith("/token"), reset_after=True))
    assert world.read(service) == 200


@pytest.mark.parametrize("service", ["Microsoft", "Google"])
def test_a_renewal_that_is_killed_at_any_line_loses_nothing(world, service):
    """Every line that reads, locks, decides or writes is a moment to be ended at; the service goes on as it was."""
    world.connect(service)
    world.clock.advance(HOUR)
    path = world.folder / "state-tokens.json"
    before = path.read_bytes()
    found = {before}
    tokens = world.sign_ins().tokens(service)
    for kill_at in range(1, 1000):
        path.write_bytes(before)
        child = os.fork()
        if child == 0:
            try:
                die_at_line(kill_at)
                tokens.token()
                os._exit(0)
            except BaseException:  # noqa: BLE001 - a child must not go on as a second pytest
                os._exit(3)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        found.add(path.read_bytes())
        json.loads(path.read_bytes())
        if code == 0:
            break
        assert code == 9
    assert kill_at > 100
    assert len(found) > 2
    path.write_bytes(before)
    assert world.read(service) == 200


def die_at_line(number):
    lines = iter(range(1, number))
    ours = tuple(f"calmirror.tokens.{room}" for room in ("lock", "private_file", "refreshing", "store"))

    def trace(frame, event, _argument):
        if not frame.f_globals.get("__name__", "").startswith(ours):
            return None
        if event == "line" and next(lines, None) is None:
            os._exit(9)
        return trace

    sys.settrace(trace)


def test_nothing_of_a_sign_in_is_logged_at_any_level(tmp_path, caplog):
    import logging

    caplog.set_level(logging.DEBUG)
    for name in ("msal", "google", "urllib3"):
        logging.getLogger(name).setLevel(logging.NOTSET)
    world = World(tmp_path)
    for service in ("Microsoft", "Google"):
        world.connect(service)
        world.clock.advance(HOUR)
        world.read(service)
    answering(world, "Microsoft", microsoft_error("html-instead"))
    world.clock.advance(HOUR)
    ended(world, "Microsoft")
    assert not [secret for secret in world.secrets() if secret in caplog.text]
    assert "code=" not in caplog.text
