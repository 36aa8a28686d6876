"""The token file: private whatever the umask, whole at any moment, refused where others could have had a hand in it."""

from __future__ import annotations

import errno
import json
import os
import stat
import sys
import threading
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import NoKeyringError

from calmirror.errors import RetryableError, UserFixableError
from calmirror.tokens import lock, sealing
from calmirror.tokens.model import SignIn
from calmirror.tokens.sealing import VARIABLE, Keep
from calmirror.tokens.store import TokenFile

SIGN_IN = SignIn(
    made_for="client",
    access_token="CANARY-access",
    expires_at=2e9,
    signed_in_at=1.0,
    refreshed_at=2.0,
    refresh_token="CANARY-refresh",
    scopes=("Calendars.Read",),
    account="lee@contoso.example",
)


class MemoryKeyring(KeyringBackend):
    priority = 9

    def __init__(self):
        self.kept = {}

    def get_password(self, service, username):
        return self.kept.get((service, username))

    def set_password(self, service, username, password):
        self.kept[service, username] = password

    def delete_password(self, service, username):
        del self.kept[service, username]


class NoKeyring(MemoryKeyring):
    def get_password(self, service, username):
        raise NoKeyringError("no session")


@pytest.fixture
def using():
    before = keyring.get_keyring()
    yield keyring.set_keyring
    keyring.set_keyring(before)


@pytest.fixture
def file(tmp_path):
    return TokenFile(tmp_path / "calmirror" / "tokens.json")


def keep(file, service="Microsoft", sign_in=SIGN_IN):
    with file.turn():
        file.save(service, sign_in)


def refusal(file):
    with pytest.raises(UserFixableError) as caught:
        file.find("Microsoft")
    assert "CANARY" not in str(caught.value)
    return caught.value.code


def test_what_was_saved_is_found_again_and_the_other_service_stays(file):
    assert file.find("Microsoft") is None
    keep(file)
    keep(file, "Google")
    assert file.find("Microsoft") == file.find("Google") == SIGN_IN
    with file.turn():
        file.forget("Microsoft")
    assert (file.find("Microsoft"), file.find("Google")) == (None, SIGN_IN)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777 & ~0o700])
def test_file_lock_and_new_folders_are_their_owners_alone_whatever_the_umask(tmp_path, umask):
    path = tmp_path / "new" / "folders" / "tokens.json"
    before = os.umask(umask)
    try:
        keep(TokenFile(path))
    finally:
        os.umask(before)
    modes = {one.name: stat.S_IMODE(one.stat().st_mode) for one in [*path.parent.iterdir(), *path.parents[:2]]}
    assert modes == {"tokens.json": 0o600, "tokens.json.lock": 0o600, "folders": 0o700, "new": 0o700}


def test_a_link_in_the_files_place_is_refused(file, tmp_path):
    keep(file)
    file.path.rename(tmp_path / "elsewhere.json")
    file.path.symlink_to(tmp_path / "elsewhere.json")
    assert refusal(file) == "tokens-exposed"


def test_a_pipe_in_the_files_place_is_refused_at_once(file):
    file.path.parent.mkdir()
    os.mkfifo(file.path, 0o600)
    assert refusal(file) == "tokens-exposed"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602])
def test_a_file_that_others_can_read_or_write_is_refused(file, mode):
    keep(file)
    file.path.chmod(mode)
    assert refusal(file) == "tokens-exposed"


def test_a_file_of_another_user_is_refused(file, monkeypatch):
    keep(file)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert refusal(file) == "tokens-exposed"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"version": 2}', b'{"version": 1, "sign_ins": {"Google": 3}}'])
def test_a_damaged_or_newer_file_is_refused_and_left_as_it_is(file, content):
    keep(file)
    file.path.write_bytes(content)
    assert refusal(file) == "tokens-damaged"
    with pytest.raises(UserFixableError):
        keep(file)
    assert file.path.read_bytes() == content


def test_every_way_to_cut_the_file_short_is_noticed(file):
    keep(file)
    whole = file.path.read_bytes()
    for length in range(len(whole)):
        file.path.write_bytes(whole[:length])
        assert refusal(file) == "tokens-damaged"


@pytest.mark.parametrize(("owner", "step"), [(os, "fsync"), (Path, "replace")])
def test_a_full_disk_leaves_the_earlier_sign_in_and_no_other_file(file, monkeypatch, owner, step):
    keep(file)

    def full(*_args):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(owner, step, full)
        with pytest.raises(UserFixableError, match="No space left") as caught:
            keep(file, sign_in=SignIn(made_for="", access_token="x", expires_at=0, signed_in_at=0, refreshed_at=0))
    assert caught.value.code == "tokens-unwritable"
    assert file.find("Microsoft") == SIGN_IN
    assert sorted(one.name for one in file.path.parent.iterdir()) == ["tokens.json", "tokens.json.lock"]


def test_what_a_killed_process_left_half_written_is_replaced(file):
    keep(file)
    file.path.with_name("tokens.json.new").write_text("half a fi")
    keep(file, "Google")
    assert file.find("Microsoft") == file.find("Google") == SIGN_IN


def test_killed_at_any_line_of_a_save_the_file_is_the_old_one_or_the_new_one(file):
    """Every line of our own that a save runs through is a moment at which a process is ended, without any farewell."""
    keep(file)
    fresh = SignIn(made_for="client", access_token="new", expires_at=3e9, signed_in_at=1, refreshed_at=9)
    seen = set()
    for kill_at in range(1, 500):
        child = os.fork()
        if child == 0:
            try:
                die_at_line(kill_at)
                keep(file, sign_in=fresh)
            finally:
                os._exit(0)
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        seen.add(file.find("Microsoft").access_token)
        if ended == 0:
            break
        assert ended == 9
        keep(file)  # nobody is kept waiting, and what was left behind is no hindrance
    assert kill_at > 40
    assert seen == {"CANARY-access", "new"}


def die_at_line(number):
    lines = iter(range(1, number))

    def trace(frame, event, _argument):
        if "calmirror/tokens" not in frame.f_code.co_filename.replace("\\", "/"):
            return None
        if event == "line" and next(lines, None) is None:
            os._exit(9)
        return trace

    sys.settrace(trace)


def test_processes_take_turns(file):
    """Two at once would each write what they read: one of the sign-ins would be lost."""
    children = []
    for number in range(8):
        child = os.fork()
        if child == 0:
            try:
                keep(file, f"service {number}")
            finally:
                os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)
    assert all(file.find(f"service {number}") == SIGN_IN for number in range(8))


def test_whoever_never_lets_go_is_not_waited_for_forever(file, monkeypatch):
    monkeypatch.setattr(lock.locked.__wrapped__, "__defaults__", (0.1,))
    held, done = threading.Event(), threading.Event()

    def hold():
        with file.turn():
            held.set()
            done.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(10)
    try:
        with pytest.raises(RetryableError, match="Another process"):
            keep(file)
    finally:
        done.set()
        holder.join()


def test_with_a_keyring_the_file_holds_nothing_that_can_be_read(tmp_path, using):
    using(ring := MemoryKeyring())
    file = TokenFile(tmp_path / "tokens.json", Keep.KEYRING)
    keep(file)
    keep(file, "Google")
    assert file.find("Microsoft") == file.find("Google") == SIGN_IN
    content = file.path.read_text()
    assert "CANARY" not in content
    assert "lee@" not in content
    [(name, key)] = ring.kept.items()
    assert name == ("calmirror", "tokens.json")
    assert len(key) < 100  # Windows keeps no long ones


@pytest.mark.parametrize("ring", [NoKeyring, MemoryKeyring])
def test_without_the_key_of_the_keyring_the_error_says_what_to_do_and_the_file_stays(tmp_path, using, ring):
    using(MemoryKeyring())
    file = TokenFile(tmp_path / "tokens.json", Keep.KEYRING)
    keep(file)
    before = file.path.read_bytes()
    using(ring())  # cron, without the person's session; or another person's keyring
    assert refusal(file) == "tokens-key"
    with pytest.raises(UserFixableError):
        keep(file)
    assert file.path.read_bytes() == before


@pytest.mark.parametrize(
    ("platform", "ring", "way"),
    [
        ("linux", MemoryKeyring, Keep.FILE),
        ("darwin", MemoryKeyring, Keep.KEYRING),
        ("win32", MemoryKeyring, Keep.KEYRING),
        ("darwin", NoKeyring, Keep.FILE),
    ],
)
def test_auto_takes_the_keyring_only_where_unattended_runs_reach_it(using, platform, ring, way):
    using(ring())
    assert sealing.chosen(Keep.AUTO, platform) is way


def test_auto_leaves_a_file_as_it_was_made(tmp_path, using, monkeypatch):
    """A renewal in a session must not seal it with a keyring that cron does not reach."""
    monkeypatch.setattr(sealing.chosen, "__defaults__", ("darwin",))
    using(NoKeyring())
    file = TokenFile(tmp_path / "tokens.json", Keep.AUTO)
    keep(file)
    using(MemoryKeyring())
    keep(file, "Google")
    assert "CANARY" in file.path.read_text()
    sealed = TokenFile(tmp_path / "made-later-tokens.json", Keep.AUTO)
    keep(sealed)
    assert "CANARY" not in sealed.path.read_text()


def test_a_passphrase_opens_the_file_and_another_one_does_not(tmp_path):
    path = tmp_path / "tokens.json"
    keep(TokenFile(path, Keep.PASSPHRASE, {VARIABLE: "correct horse"}))
    assert "CANARY" not in path.read_text()
    assert TokenFile(path, Keep.FILE, {VARIABLE: "correct horse"}).find("Microsoft") == SIGN_IN
    assert refusal(TokenFile(path, Keep.PASSPHRASE, {VARIABLE: "battery staple"})) == "tokens-key"
    assert refusal(TokenFile(path, Keep.PASSPHRASE, {})) == "tokens-key"


@pytest.mark.parametrize("wanted", [Keep.PASSPHRASE, Keep.KEYRING])
def test_a_plain_file_that_is_to_be_encrypted_is_so_before_it_is_used(tmp_path, using, wanted):
    using(MemoryKeyring())
    path = tmp_path / "tokens.json"
    keep(TokenFile(path))
    assert "CANARY" in path.read_text()
    assert TokenFile(path, wanted, {VARIABLE: "correct horse"}).find("Microsoft") == SIGN_IN
    assert "CANARY" not in path.read_text()
    assert TokenFile(path, Keep.FILE, {VARIABLE: "correct horse"}).find("Microsoft") == SIGN_IN


def test_a_plain_file_is_not_used_without_the_passphrase_that_is_asked_for(tmp_path):
    path = tmp_path / "tokens.json"
    keep(TokenFile(path))
    assert refusal(TokenFile(path, Keep.PASSPHRASE, {})) == "tokens-key"
    assert TokenFile(path, Keep.AUTO, {}).find("Microsoft") == SIGN_IN


def test_within_a_turn_it_is_encrypted_by_what_is_saved(tmp_path):
    path = tmp_path / "tokens.json"
    keep(TokenFile(path))
    file = TokenFile(path, Keep.PASSPHRASE, {VARIABLE: "correct horse"})
    with file.turn():
        assert file.find("Microsoft") == SIGN_IN
        file.save("Google", SIGN_IN)
    assert "CANARY" not in path.read_text()


def test_a_file_of_an_earlier_version_is_read_and_guessing_costs_more_from_the_next_write_on(tmp_path, monkeypatch):
    path, environ = tmp_path / "tokens.json", {VARIABLE: "correct horse"}
    file = TokenFile(path, Keep.PASSPHRASE, environ)
    with monkeypatch.context() as earlier:
        earlier.setattr(sealing.cipher, "__kwdefaults__", {**sealing.cipher.__kwdefaults__, "cost": 1})
        keep(file)
    content = json.loads(path.read_text())
    del content["cost"]
    path.write_text(json.dumps(content))
    assert file.find("Microsoft") == SIGN_IN
    keep(file, "Google")
    assert json.loads(path.read_text())["cost"] == sealing.NEWEST > 1
    assert file.find("Microsoft") == SIGN_IN
    n, r, p = sealing.COSTS[sealing.NEWEST]
    assert n * r * p >= 2**20  # what OWASP's cheat sheet recommends, in 2026


def test_a_cost_that_is_not_known_is_a_newer_versions(tmp_path):
    path = tmp_path / "tokens.json"
    keep(TokenFile(path, Keep.PASSPHRASE, {VARIABLE: "correct horse"}))
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "cost": 99}))
    assert refusal(TokenFile(path, Keep.PASSPHRASE, {VARIABLE: "correct horse"})) == "tokens-damaged"


def test_what_is_printed_of_a_sign_in_holds_no_secret():
    assert "CANARY" not in repr(SIGN_IN) + str([SIGN_IN]) + f"{SIGN_IN}"


def test_keys_of_a_later_version_do_not_stand_in_the_way(file):
    keep(file)
    content = json.loads(file.path.read_text())
    content["sign_ins"]["Microsoft"]["later"] = 1
    file.path.write_text(json.dumps(content))
    assert file.find("Microsoft") == SIGN_IN


@pytest.fixture
def home(tmp_path):
    (tmp_path / "before").mkdir()
    (tmp_path / "before" / "calmirror.toml").write_text("[[mirror]]\n")
    signed_in(tmp_path, "before")
    return tmp_path


def of(home, folder):
    return TokenFile(home / "tokens.json", configuration=home / folder / "calmirror.toml")


def signed_in(home, folder):
    with of(home, folder).turn():
        of(home, folder).save("Google", SIGN_IN)
        of(home, folder).save("Microsoft", SIGN_IN)


def test_a_configuration_that_was_moved_takes_its_sign_ins_along(home):
    (home / "before").rename(home / "after")
    assert of(home, "after").find("Google") == SIGN_IN
    assert of(home, "after").find("Microsoft") == SIGN_IN
    (home / "after").rename(home / "later")
    assert of(home, "later").find("Microsoft") == SIGN_IN
    assert json.loads((home / "tokens.json").read_text())["sign_ins"].keys() == {
        f"{service} of {home / 'later' / 'calmirror.toml'}" for service in ("Google", "Microsoft")
    }


def test_a_copy_of_a_configuration_does_not_take_the_sign_ins_of_the_original(home):
    (home / "copy").mkdir()
    (home / "copy" / "calmirror.toml").write_text("[[mirror]]\n")
    assert of(home, "copy").find("Google") is None
    assert of(home, "before").find("Google") == SIGN_IN


def test_another_configuration_does_not_take_the_sign_ins_of_one_that_is_gone(home):
    (home / "before" / "calmirror.toml").unlink()
    (home / "other").mkdir()
    (home / "other" / "calmirror.toml").write_text("[[mirror]]\nname = 'other'\n")
    assert of(home, "other").find("Google") is None


def test_of_two_that_are_gone_neither_is_guessed(home):
    (home / "second").mkdir()
    (home / "second" / "calmirror.toml").write_text("[[mirror]]\n")
    signed_in(home, "second")
    (home / "before" / "calmirror.toml").unlink()
    (home / "second").rename(home / "after")
    assert of(home, "after").find("Google") is None


def test_what_an_encrypted_file_holds_moves_as_well(home, using):
    using(MemoryKeyring())
    kept = TokenFile(home / "sealed.json", Keep.KEYRING, configuration=home / "before" / "calmirror.toml")
    with kept.turn():
        kept.save("Google", SIGN_IN)
    (home / "before").rename(home / "after")
    moved = TokenFile(home / "sealed.json", Keep.KEYRING, configuration=home / "after" / "calmirror.toml")
    assert moved.find("Google") == SIGN_IN
    assert "CANARY" not in (home / "sealed.json").read_text()
