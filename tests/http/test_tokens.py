"""The token command: what it may print, what is kept, and what a failure tells."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from calmirror.errors import UserFixableError
from calmirror.http.tokens import TokenCommand

if TYPE_CHECKING:
    from pathlib import Path

CANARY = "ya29.canary-canary-canary"


def shell(script: str, cwd: Path, timeout: float = 60.0) -> TokenCommand:
    return TokenCommand(["sh", "-c", script], service="Google", cwd=cwd, timeout=timeout)


def failure(command: TokenCommand) -> UserFixableError:
    with pytest.raises(UserFixableError) as caught:
        command.token()
    assert caught.value.code == "token-command"
    assert CANARY not in f"{caught.value!r}{caught.value.command}{caught.value.__cause__!r}"
    return caught.value


@pytest.mark.parametrize(
    "printed",
    [
        "t0ken",
        "  t0ken\n",
        '"t0ken"',
        '{"accessToken": "t0ken", "expiresOn": "2027"}',
        '{"access_token": "t0ken"}',
        '{\n"token": "t0ken"}',
    ],
)
def test_a_bare_token_and_json_are_understood(printed: str, tmp_path: Path) -> None:
    assert TokenCommand(["printf", "%s", printed], service="Google", cwd=tmp_path).token() == "t0ken"


def test_a_token_made_of_digits_is_not_taken_for_a_number(tmp_path: Path) -> None:
    assert shell("echo 0123", tmp_path).token() == "0123"
    assert shell("echo 123", tmp_path).token() == "123"


def test_the_command_runs_once_until_the_token_is_refused(tmp_path: Path) -> None:
    command = shell("echo x >> runs; wc -l < runs", tmp_path)
    assert [command.token(), command.token(), command.renew(), command.token()] == ["1", "1", "2", "2"]


def test_nothing_is_read_from_the_terminal(tmp_path: Path) -> None:
    assert shell("cat; echo t0ken", tmp_path).token() == "t0ken"


@pytest.mark.parametrize(
    "script",
    [
        "true",
        "echo '{}'",
        "echo '{\"token\": 7}'",
        'echo \'{"token": ""}\'',
        f"echo {CANARY} and more",
        "echo '[]x y'",
    ],
)
def test_output_without_a_token_is_a_failure(script: str, tmp_path: Path) -> None:
    assert '"sh", printed' in str(failure(shell(script, tmp_path)))


def test_a_failure_names_the_command_and_its_exit_status_but_never_its_output(tmp_path: Path) -> None:
    error = failure(shell(f"echo {CANARY}; echo 'Please run az login' >&2; exit 3", tmp_path))
    assert str(error) == ('The token command for Google, "sh", failed with exit status 3: Please run az login')


def test_a_first_line_that_may_hold_a_secret_is_not_shown(tmp_path: Path) -> None:
    error = failure(shell(f"echo 'refused {CANARY}' >&2; exit 1", tmp_path))
    assert str(error).endswith("exit status 1")


def test_control_characters_of_the_command_do_not_reach_the_screen(tmp_path: Path) -> None:
    error = failure(shell("printf 'no\\033[31m\\n' >&2; exit 1", tmp_path))
    assert str(error).endswith("1: no[31m")


def test_a_missing_command_is_named(tmp_path: Path) -> None:
    command = TokenCommand(["no-such-command-here"], service="Microsoft", cwd=tmp_path)
    assert '"no-such-command-here", cannot be started' in str(failure(command))


def test_a_command_that_never_ends_is_stopped(tmp_path: Path) -> None:
    command = TokenCommand(
        [sys.executable, "-c", "import threading; threading.Event().wait()"],
        service="Google",
        cwd=tmp_path,
        timeout=0.1,
    )
    assert "did not end" in str(failure(command))


def test_a_failed_renewal_forgets_the_old_token(tmp_path: Path) -> None:
    command = shell("cat tokens && rm tokens", tmp_path)
    (tmp_path / "tokens").write_text("t0ken")
    assert command.token() == "t0ken"
    with pytest.raises(UserFixableError):
        command.renew()
    with pytest.raises(UserFixableError):
        command.token()
