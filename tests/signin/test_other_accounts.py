"""Whose account it is that signs in: said, remembered, and asked where it is another one than before.

A second user of the machine who learns a sign-in page's address can sign in there with an account of their own.
"""

from __future__ import annotations

import base64
import html
import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sign_in_world import ACCOUNTS, Person

from calmirror.cli.accounts import check_account
from calmirror.cli.connect import line
from calmirror.cli.redirect_page import leading_to
from calmirror.errors import UserFixableError
from calmirror.google.sign_in import address_in
from calmirror.sandbox.signin.microsoft.service import PERSONAL
from calmirror.tokens.model import SignIn
from calmirror.tokens.person import Asking, Way

OTHERS = {"Microsoft": PERSONAL, "Google": "mallory@example.com"}
WAYS = [("Microsoft", Way.BROWSER), ("Microsoft", Way.DEVICE), ("Google", Way.BROWSER), ("Google", Way.PASTE)]


class Somebody(Person):
    """Signs in with a given account, and answers what is asked."""

    def __init__(self, world, service, account, answer=""):
        super().__init__(world, service)
        self._robot._account = account
        self.answer = answer
        self.asked = []

    def ask(self, question, *, secret=False):
        if "Use this sign-in?" in question:
            self.asked.append(question)
            return self.answer
        return super().ask(question, secret=secret)


@pytest.fixture(autouse=True)
def mallory(world):
    world.google.add_person(OTHERS["Google"])


def kept(world, service):
    return world.sign_ins().file.find(service)


@pytest.mark.parametrize(("service", "way"), WAYS)
def test_it_is_remembered_and_shown_who_signed_in(world, service, way):
    person = Somebody(world, service, ACCOUNTS[service])
    world.connect(service, way, person)
    assert (person.asked, kept(world, service).account) == ([], ACCOUNTS[service])
    assert f"signed in as {ACCOUNTS[service]}, " in line(world.sign_ins().standing(service), world.clock.now())
    assert world.sign_ins().accounts()[service] == ACCOUNTS[service]
    world.clock.advance(3600)
    assert world.read(service) == 200
    assert kept(world, service).account == ACCOUNTS[service]


@pytest.mark.parametrize(("service", "way"), WAYS)
def test_another_account_than_before_is_asked_for_and_without_a_yes_the_earlier_stays(world, service, way):
    world.connect(service, Way.BROWSER)
    before = kept(world, service)
    for answer in ("", "n", "what?"):
        person = Somebody(world, service, OTHERS[service], answer)
        with pytest.raises(UserFixableError) as refused:
            world.connect(service, way, person)
        assert refused.value.code == "sign-in-account"
        assert [name in person.asked[0] for name in (ACCOUNTS[service], OTHERS[service])] == [True, True]
        assert kept(world, service) == before
    person = Somebody(world, service, OTHERS[service], "y")
    world.connect(service, way, person)
    assert kept(world, service).account == OTHERS[service]


@pytest.mark.parametrize("service", ["Microsoft", "Google"])
def test_the_same_account_is_not_asked_for_again(world, service):
    for _ in range(2):
        person = Somebody(world, service, ACCOUNTS[service])
        world.connect(service, Way.BROWSER, person)
        assert person.asked == []


def test_of_a_sign_in_of_an_earlier_version_it_is_asked_with_the_next_connect_alone(world):
    """It was not noted whose account that was."""
    world.connect("Google")
    file = world.sign_ins().file
    content = json.loads(file.path.read_text())
    for sign_in in content["sign_ins"].values():
        sign_in["account"] = ""
        sign_in["scopes"] = sign_in["scopes"][-1:]
    file.path.write_text(json.dumps(content))
    assert world.read("Google") == 200
    assert "as whom was not noted" in line(world.sign_ins().standing("Google"), world.clock.now())
    person = Somebody(world, "Google", ACCOUNTS["Google"], "y")
    world.connect("Google", Way.BROWSER, person)
    assert ("was not noted" in person.asked[0], kept(world, "Google").account) == (True, ACCOUNTS["Google"])


@pytest.mark.parametrize("service", ["Microsoft", "Google"])
def test_the_account_can_be_said_in_advance(world, service):
    person = Somebody(world, service, OTHERS[service])
    with pytest.raises(UserFixableError) as refused:
        world.connect(service, Way.BROWSER, person, account=ACCOUNTS[service])
    assert (refused.value.code, person.asked, kept(world, service)) == ("sign-in-account", [], None)
    person = Somebody(world, service, ACCOUNTS[service])
    world.connect(service, Way.BROWSER, person, account=ACCOUNTS[service].upper())
    assert (person.asked, kept(world, service).account) == ([], ACCOUNTS[service])


def sign_in(account):
    return SignIn(
        made_for="x",
        access_token="a",
        expires_at=0.0,
        signed_in_at=0.0,
        refreshed_at=0.0,
        account=account,
        refresh_token="r",
    )


def test_a_service_that_does_not_say_whose_account_it_is_is_not_taken_for_the_same(world):
    person = Somebody(world, "Google", "", "n")
    with pytest.raises(UserFixableError, match="does not name"):
        check_account("Google", sign_in(""), sign_in(""), Asking(person=person))
    check_account("Google", sign_in("Eva@x.example"), sign_in("eva@X.example"), Asking(person=person))


@pytest.mark.parametrize(
    "odd",
    [None, "", "a", "a.b.c", "a.!.c", f"a.{base64.urlsafe_b64encode(b'[1]').decode()}.c", 5, "a.eyJlbWFpbCI6NX0.c"],
)
def test_an_identity_token_that_makes_no_sense_names_nobody(odd):
    assert address_in(odd) == ""


def test_the_address_that_a_browser_is_started_with_says_nothing(monkeypatch, tmp_path):
    """Every user of the machine sees the arguments of a process."""
    monkeypatch.setenv("HOME", str(tmp_path))
    url = 'https://accounts.example/auth?state=s3cret&x="><script>'
    shown = leading_to(url, "linux")
    file = Path(urlsplit(shown).path)
    assert (shown.startswith("file://"), "s3cret" in shown, file.parent) == (True, False, tmp_path)
    assert file.stat().st_mode & 0o777 == 0o600
    assert "<script>" not in file.read_text()
    assert url in html.unescape(file.read_text())
    assert leading_to(url, "win32") == leading_to(url, "darwin") == url


def test_without_a_home_the_page_lies_in_a_folder_of_its_own(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HOME", str(tmp_path / "file"))
    file = Path(urlsplit(leading_to("https://accounts.example/", "linux")).path)
    assert file.parent.stat().st_mode & 0o077 == 0
    file.unlink()
    file.parent.rmdir()
