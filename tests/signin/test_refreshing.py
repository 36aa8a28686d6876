"""When a token is refreshed, by whom, and what is saved before it is used."""

from __future__ import annotations

import sys
import threading
from dataclasses import replace

import pytest

from calmirror.errors import RetryableError, UserFixableError
from calmirror.sandbox.service import SandboxClock
from calmirror.tokens.model import SignIn
from calmirror.tokens.refreshing import StoredTokens
from calmirror.tokens.store import TokenFile

HOUR = 3600.0


class Service:
    """Gives token after token; each refresh token is followed by another one."""

    def __init__(self, clock):
        self.clock = clock
        self.asked = []
        self.error = None

    def refresh(self, sign_in):
        self.asked.append(sign_in.refresh_token if sign_in else "")
        if self.error:
            raise self.error
        return fresh(self.clock, len(self.asked))


def fresh(clock, number):
    now = clock.now()
    return SignIn(
        made_for="client",
        access_token=f"access-{number}",
        refresh_token=f"refresh-{number}",
        expires_at=now + HOUR,
        signed_in_at=now,
        refreshed_at=now,
    )


@pytest.fixture
def clock():
    return SandboxClock(1_700_000_000.0)


@pytest.fixture
def service(clock):
    return Service(clock)


@pytest.fixture
def file(tmp_path, clock):
    file = TokenFile(tmp_path / "tokens.json")
    with file.turn():
        file.save("Microsoft", fresh(clock, 0))
    return file


@pytest.fixture
def tokens(file, service, clock):
    return StoredTokens(file, "Microsoft", "client", service.refresh, clock)


def test_a_token_that_lives_is_used_as_it_is_and_the_file_read_once(tokens, service, file):
    assert tokens.token() == "access-0"
    file.path.unlink()
    assert tokens.token() == "access-0"
    assert service.asked == []


def test_minutes_before_its_end_it_is_replaced_and_the_next_refresh_token_is_kept(tokens, service, clock, file):
    tokens.token()
    clock.advance(HOUR - 301)
    assert tokens.token() == "access-0"
    clock.advance(2)
    assert tokens.token() == "access-1"
    clock.advance(HOUR)
    assert tokens.token() == "access-2"
    assert service.asked == ["refresh-0", "refresh-1"]
    assert file.find("Microsoft").refresh_token == "refresh-2"


def test_a_refused_token_is_replaced_whatever_the_clock_says(tokens, service):
    assert tokens.token() == "access-0"
    assert tokens.renew() == "access-1"
    assert tokens.token() == "access-1"


def test_what_another_process_refreshed_meanwhile_is_taken(tokens, service, clock, file):
    tokens.token()
    with file.turn():
        file.save("Microsoft", fresh(clock, 7))
    assert tokens.renew() == "access-7"
    assert service.asked == []


def test_while_the_sign_in_service_is_down_a_token_with_minutes_left_goes_on_being_used(tokens, service, clock):
    clock.advance(HOUR - 200)
    service.error = RetryableError("down", code="sign-in-unavailable")
    assert [tokens.token() for _ in range(9)] == ["access-0"] * 9
    assert len(service.asked) == 1
    clock.advance(61)
    assert tokens.token() == "access-0"
    assert len(service.asked) == 2
    clock.advance(129)
    with pytest.raises(RetryableError):
        tokens.token()


def test_a_refused_token_is_of_no_more_use_while_the_sign_in_service_is_down(tokens, service):
    tokens.token()
    service.error = RetryableError("down", code="sign-in-unavailable")
    with pytest.raises(RetryableError):
        tokens.renew()


def test_a_failed_refresh_leaves_the_sign_in_as_it_is(tokens, service, clock, file):
    before = file.path.read_bytes()
    clock.advance(HOUR)
    service.error = UserFixableError("ended", code="sign-in-microsoft")
    with pytest.raises(UserFixableError, match="ended"):
        tokens.token()
    assert file.path.read_bytes() == before


def test_nobody_signed_in_or_for_another_registration_is_said_with_the_command(file, service, clock, tmp_path):
    other_client = StoredTokens(file, "Microsoft", "another client", service.refresh, clock)
    nobody = StoredTokens(file, "Google", "client", service.refresh, clock)
    for tokens in (other_client, nobody):
        with pytest.raises(UserFixableError) as caught:
            tokens.check()
        assert caught.value.code == "sign-in"
    assert caught.value.command == "calmirror connect google"


def test_an_app_needs_no_person_and_its_token_is_shared_through_the_file(tmp_path, service, clock):
    file = TokenFile(tmp_path / "new.json")
    for _ in range(2):
        app = StoredTokens(file, "Microsoft", "client", service.refresh, clock, app=True)
        app.check()
        assert app.token() == "access-1"
    assert service.asked == [""]


def test_threads_that_meet_one_expired_token_refresh_once(tokens, service, clock):
    clock.advance(HOUR)
    got = []
    threads = [threading.Thread(target=lambda: got.append(tokens.token())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == ["access-1"] * 8
    assert len(service.asked) == 1


def test_objects_that_share_the_file_as_processes_do_refresh_once(file, service, clock):
    clock.advance(HOUR)
    several = [StoredTokens(file, "Microsoft", "client", service.refresh, clock) for _ in range(8)]
    got = []
    threads = [threading.Thread(target=lambda one=one: got.append(one.token())) for one in several]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == ["access-1"] * 8
    assert len(service.asked) == 1


def test_the_next_refresh_token_is_on_the_disk_before_the_access_token_is_used(tokens, file, clock, monkeypatch):
    clock.advance(HOUR)
    monkeypatch.setattr(file, "save", lambda *_: (_ for _ in ()).throw(UserFixableError("full", code="tokens")))
    with pytest.raises(UserFixableError, match="full"):
        tokens.token()


def test_an_idle_run_imports_no_sign_in_library(file):
    """In a process of its own: what the store and the tokens need while the access token lives."""
    import subprocess

    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from calmirror.http.clock import SystemClock\n"
        "from calmirror.tokens.refreshing import StoredTokens\n"
        "from calmirror.tokens.store import TokenFile\n"
        "file = TokenFile(Path(sys.argv[1]))\n"
        "print(StoredTokens(file, 'Microsoft', 'client', None, SystemClock()).token())\n"
        "slow = {'msal', 'google', 'requests', 'keyring', 'cryptography', 'urllib3', 'email', 'secrets'}\n"
        "print(sorted(slow & set(sys.modules)))\n"
    )
    with file.turn():
        file.save("Microsoft", replace(file.find("Microsoft"), expires_at=1e11))
    done = subprocess.run([sys.executable, "-c", code, str(file.path)], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["access-0", "[]"]
