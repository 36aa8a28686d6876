"""Bearer tokens from a command that the user configured, such as `az` or `gcloud`."""

from __future__ import annotations

import json
import re
from threading import Lock
from typing import TYPE_CHECKING

from calmirror.errors import UserFixableError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

KEYS = ("accessToken", "access_token", "token")
TOKEN = re.compile(r"[!-~]+")
LOOKS_SECRET = re.compile(r"[\w.~+/=-]{20,}")


class TokenCommand:
    """Runs `argv` (without a shell, in folder `cwd`) for a token and keeps it in memory until it is refused.

    Threads share it: one of them runs the command, and the others use what it printed.

    The command prints the token alone, or JSON: a string, or an object with `accessToken`, `access_token` or
    `token`. It gets `timeout` seconds. Its output never goes into an error.

    Args:
        service: "Microsoft" or "Google", for errors.
    """

    def __init__(self, argv: Sequence[str], *, service: str, cwd: Path, timeout: float = 60.0) -> None:
        self.cure = f"Sign in again where token_command of [{service.lower()}] does, then: calmirror sync"
        self._argv = tuple(argv)
        self._service = service
        self._cwd = cwd
        self._timeout = timeout
        self._token = ""
        self._lock = Lock()

    def token(self) -> str:
        """The cached token; runs the command where there is none yet.

        Raises:
            UserFixableError: `token-command`; it failed, took too long, or printed no token.
        """
        return self._token or self.renew()

    def renew(self) -> str:
        """Runs the command again; errors as `token`."""
        refused = self._token
        with self._lock:
            if self._token in ("", refused):
                self._token = ""
                self._token = self._printed()
            return self._token

    def _printed(self) -> str:
        token = bearer(self._output())
        if not TOKEN.fullmatch(token):
            raise self._error("printed something that is not a token" if token else "printed no token")
        return token

    def _output(self) -> str:
        import shutil  # noqa: PLC0415 - most runs find their token elsewhere
        import subprocess  # noqa: PLC0415 - as above

        # On Windows `az` is a script, which only its full path finds.
        program = shutil.which(self._argv[0]) or self._argv[0]
        try:
            done = subprocess.run(  # noqa: S603 - running what the user configured is the point
                (program, *self._argv[1:]),
                cwd=self._cwd,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=self._timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise self._error(f"did not end within {self._timeout:.0f} seconds") from None
        except OSError as error:
            raise self._error(f"cannot be started ({error.strerror or type(error).__name__})") from None
        if done.returncode:
            complaint = first_line(done.stderr.decode(errors="replace"))
            raise self._error(f"failed with exit status {done.returncode}" + (complaint and f": {complaint}"))
        return done.stdout.decode(errors="replace").strip()

    def _error(self, why: str) -> UserFixableError:
        return UserFixableError(
            f'The token command for {self._service}, "{self._argv[0]}", {why}',
            code="token-command",
            meaning="Without a token nothing more is read or written; what was written is remembered.",
            command=f"Run token_command of [{self._service.lower()}] yourself, then: calmirror sync",
        )


def bearer(output: str) -> str:
    """The token in what a command printed; "" where there is none."""
    try:
        value = json.loads(output)
    except (ValueError, RecursionError):
        return output
    if isinstance(value, dict):
        value = next((value[key] for key in KEYS if key in value), "")
    elif not isinstance(value, str):
        return output
    return value if isinstance(value, str) else ""


def first_line(text: str) -> str:
    """The first line of an error output, fit to be shown; "" where it may hold a secret."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    if LOOKS_SECRET.search(line):
        return ""
    return "".join(character for character in line if character.isprintable())[:200]
