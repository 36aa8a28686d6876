"""A calmirror.toml that only lies where somebody works: a second user's in a shared folder, or a download's."""

from __future__ import annotations

import os
import pty
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from calmirror.cli.main import main
from calmirror.cli.schedule import job_file
from calmirror.config.trust import agree, check_owner, is_agreed, is_private_group
from calmirror.errors import UserFixableError
from calmirror.tokens.model import SignIn
from calmirror.tokens.store import TokenFile

SIGN_IN = SignIn(made_for="x", access_token="a", expires_at=0.0, signed_in_at=0.0, refreshed_at=0.0)
ME = os.geteuid()
SOMEBODY = ME + 4711


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The working directory, with a configuration whose token command leaves a trace; `here.run` and `here.ran`."""
    return Here(tmp_path, monkeypatch)


class Here:
    def __init__(self, folder: Path, monkeypatch) -> None:
        self.folder = folder / "shared"
        self.folder.mkdir()
        self.file = self.folder / "calmirror.toml"
        self.trace = folder / "owned"
        self.data = folder / "data" / "calmirror"
        monkeypatch.chdir(self.folder)
        monkeypatch.delenv("CALMIRROR_CONFIG", raising=False)
        monkeypatch.setenv("XDG_DATA_HOME", str(folder / "data"))
        monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        self.write()

    def write(self, more: str = "", path: Path | None = None) -> None:
        command = f'token_command = ["touch", "{self.trace}"]\n'
        (path or self.file).write_text(
            f'{more}\n[microsoft]\n{command}graph_url = "http://127.0.0.1:9/v1.0"\n[google]\n{command}'
            '[[mirror]]\nname = "work"\n'
        )

    def run(self, *words: str):
        """How a command ended, and whether a program of the configuration's was run."""
        self.trace.unlink(missing_ok=True)
        done = CliRunner().invoke(main, list(words))
        code = re.search(r"code\W+(config-[a-z]+)", done.output)
        return code[1] if code else "", self.trace.exists(), done


def test_what_nobody_agreed_to_runs_nothing(here):
    for words in (["plan"], ["sync"], ["status"], ["plan", "--json"], ["schedule", "install", "--using", "cron"]):
        code, ran, done = here.run(*words)
        assert (code, ran, done.exit_code) == ("config-unconfirmed", False, 4), done.output
    assert f"calmirror --config {here.file} plan" in here.run("plan")[2].output


@pytest.mark.parametrize("how", ["option", "relative", "after", "variable"])
def test_naming_it_agrees_to_it(here, monkeypatch, how):
    words = {
        "option": ["--config", str(here.file), "plan"],
        "relative": ["--config", "calmirror.toml", "plan"],
        "after": ["plan", "--config", "./calmirror.toml"],
        "variable": ["plan"],
    }[how]
    if how == "variable":
        monkeypatch.setenv("CALMIRROR_CONFIG", str(here.file))
    assert here.run(*words)[:2] == ("", True)
    monkeypatch.delenv("CALMIRROR_CONFIG", raising=False)
    assert here.run("plan")[:2] == ("", True)


def test_agreeing_to_one_is_not_agreeing_to_another(here, monkeypatch):
    assert here.run("--config", str(here.file), "plan")[1]
    other = here.folder / "other"
    other.mkdir()
    here.write(path=other / "calmirror.toml")
    monkeypatch.chdir(other)
    assert here.run("plan")[:2] == ("config-unconfirmed", False)


@pytest.mark.parametrize("mode", [0o602, 0o622, 0o666, 0o646])
def test_what_others_can_change_is_refused_agreed_or_not(here, mode):
    agree(here.file, here.data)
    here.file.chmod(mode)
    code, ran, done = here.run("plan")
    assert (code, ran) == ("config-untrusted", False)
    assert f"chmod go-w {here.file}" in done.output
    assert here.run("--config", str(here.file), "plan")[:2] == ("", True)


def status(*, owner: int, mode: int = 0o644, group: int = 4711) -> os.stat_result:
    return os.stat_result((stat.S_IFREG | mode, 1, 1, 1, owner, group, 0, 0, 0, 0))


@pytest.mark.parametrize(
    ("found", "trusted"),
    [
        (status(owner=ME), True),
        (status(owner=ME, mode=0o600), True),
        (status(owner=0), True),  # in /etc, or a container's secret
        (status(owner=0, mode=0o444), True),
        (status(owner=SOMEBODY, mode=0o600), False),
        (status(owner=SOMEBODY, mode=0o444), False),
        (status(owner=ME, mode=0o664), False),
        (status(owner=0, mode=0o664), False),
        (status(owner=0, mode=0o646), False),
    ],
)
def test_whose_file_it_may_be(found, trusted):
    if trusted:
        check_owner(found, Path("/x/calmirror.toml"))
        return
    with pytest.raises(UserFixableError) as refused:
        check_owner(found, Path("/x/calmirror.toml"))
    assert refused.value.code == "config-untrusted"
    assert "calmirror --config /x/calmirror.toml" in refused.value.command


def test_a_second_users_file_is_refused_agreed_or_not(here):
    """By a real owner where the tests may give files away, which root alone may."""
    agree(here.file, here.data)
    if ME == 0:
        os.chown(here.file, SOMEBODY, -1)
        assert here.run("plan")[:2] == ("config-untrusted", False)
        link = here.folder / "mine.toml"
        here.file.rename(link)
        here.file.symlink_to(link)
        assert here.run("plan")[:2] == ("config-untrusted", False)
        assert here.run("--config", str(here.file), "plan")[:2] == ("", True)


@pytest.mark.parametrize(
    ("gid", "name", "members", "private"),
    [
        (7, "eva", [], True),
        (7, "eva", ["eva"], True),
        (7, "eva", ["bob"], False),
        (7, "staff", [], False),
        (8, "eva", [], False),
    ],
)
def test_a_private_group_is_the_users_first_called_alike_and_empty(monkeypatch, gid, name, members, private):
    import grp
    import pwd

    monkeypatch.setattr(pwd, "getpwuid", lambda _uid: pwd.struct_passwd(("eva", "x", 1, 7, "", "/", "/bin/sh")))
    monkeypatch.setattr(grp, "getgrgid", lambda gid: grp.struct_group((name, "x", gid, members)))
    assert is_private_group(gid) == private


def test_a_group_that_nobody_knows_is_not_private(monkeypatch):
    assert not is_private_group(2**31 - 7)


def test_the_platforms_own_folder_needs_no_agreement(here, tmp_path):
    here.file.unlink()
    folder = tmp_path / "config" / "calmirror"
    folder.mkdir(parents=True)
    here.write(path=folder / "calmirror.toml")
    assert here.run("plan")[:2] == ("", True)


@pytest.mark.parametrize("trace", ["state", "sign-in", "schedule"])
def test_what_an_earlier_version_used_is_agreed_to(here, trace):
    here.write('[state]\nurl = "sqlite:///state.db"\n')
    if trace == "state":
        assert here.run("--config", "../shared/calmirror.toml", "sync")[1]
        assert (here.folder / "state.db").exists()
    elif trace == "sign-in":
        tokens = TokenFile(here.folder / "state-tokens.json", configuration=here.file)
        with tokens.turn():
            tokens.save("Microsoft", SIGN_IN)
    else:
        job_file(here.file).parent.mkdir(parents=True)
        job_file(here.file).write_text("{}")
    for mark in (here.data / "agreed").glob("*"):
        mark.unlink()
    assert here.run("plan")[0] == ""
    assert is_agreed(here.file, here.data)


@pytest.mark.parametrize("state", ["of another configuration", "as a download has it"])
def test_a_state_that_proves_nothing_agrees_to_nothing(here, state):
    if state == "of another configuration":  # everybody's default; the file in a shared folder names the same
        here.data.mkdir(parents=True)
        (here.data / "calmirror.db").touch(mode=0o600)
    else:
        here.write('[state]\nurl = "sqlite:///state.db"\n')
        (here.folder / "state.db").touch()
        (here.folder / "state.db").chmod(0o644)
    assert here.run("plan")[:2] == ("config-unconfirmed", False)


@pytest.mark.parametrize(("answer", "code"), [("y", 5), ("n", 4), ("\x04", 4)])
def test_at_a_terminal_it_is_asked_once(here, answer, code):
    ours, theirs = pty.openpty()
    os.write(ours, f"{answer}\n".encode())
    words = [sys.executable, "-m", "calmirror", "calendars"]
    done = subprocess.run(words, stdin=theirs, capture_output=True, text=True, timeout=60, check=False)
    os.close(ours)
    os.close(theirs)
    assert "was not used before" in done.stderr
    assert here.trace.exists() == (answer == "y"), done.stderr
    assert is_agreed(here.file, here.data) == (answer == "y")


def test_where_nothing_can_be_remembered_it_is_asked_again(here, tmp_path):
    (tmp_path / "data").write_text("no folder")
    agree(here.file, here.data)
    assert not is_agreed(here.file, here.data)
