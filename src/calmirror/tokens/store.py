"""The token file: all sign-ins of one configuration."""

from __future__ import annotations

import base64
import json
import os
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calmirror.errors import RetryableError, UserFixableError
from calmirror.tokens import private_file, sealing
from calmirror.tokens.lock import LockBusyError, locked
from calmirror.tokens.model import as_json, from_json
from calmirror.tokens.sealing import Keep

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from calmirror.tokens.model import Service, SignIn

VERSION = 1
STILL = "Nothing was changed in either calendar, and an earlier sign-in is still there."


OF = " of "
"""Between a service and the configuration whose sign-in it is."""


def _digest(configuration: Path | None) -> str:
    """What a configuration says, as a digest; "" where it cannot be read."""
    try:
        return sha256(configuration.read_bytes()).hexdigest() if configuration else ""
    except OSError:
        return ""


class TokenFile:
    """Reads and writes the sign-ins of one configuration, for the user's eyes only.

    Configurations may share the file: each finds its own sign-ins alone, or one person's mirror would read another's
    mailbox. One that was moved takes its sign-ins along.

    Every method raises UserFixableError: `tokens-exposed`, `tokens-damaged`, `tokens-unreadable`, `tokens-unwritable`
    or `tokens-key`.

    Args:
        keep: how it is written; how it is read, the file says itself.
        configuration: whose sign-ins are meant, by its path.
    """

    def __init__(
        self,
        path: Path,
        keep: Keep = Keep.FILE,
        environ: Mapping[str, str] = os.environ,
        *,
        configuration: Path | None = None,
    ) -> None:
        self.path = path
        self._configuration = configuration.resolve() if configuration else None
        self._suffix = f"{OF}{self._configuration}" if configuration else ""
        self._contents: dict[str, str] = {}
        self._keep = keep
        self._kept: Keep | None = None
        self._turns = 0
        self._environ = environ

    def find(self, service: Service) -> SignIn | None:
        """The sign-in to one service, if there is one. A plain file that is to be encrypted is, before it is used."""
        found = self._read()
        if found and self._kept is Keep.FILE and self._keep in (Keep.PASSPHRASE, Keep.KEYRING) and not self._turns:
            with self.turn():
                self._write(self._read())
        if service + self._suffix not in found and self._moved_from(found) and not self._turns:
            with self.turn():
                found = self._moved(self._read())
                self._write(found)
        return found.get(service + self._suffix)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Keeps every other process from changing the file meanwhile; needed for `save` and `forget`.

        Raises:
            RetryableError: `tokens-busy`: another process held on to it for minutes.
        """
        with ExitStack() as stack:
            try:
                private_file.make_folder(self.path.parent)
                stack.enter_context(locked(self.path.with_name(f"{self.path.name}.lock")))
            except LockBusyError:
                raise RetryableError(
                    f"Another process has been using the tokens in {self.path} for minutes", code="tokens-busy"
                ) from None
            except OSError as error:
                raise self._unwritable(error) from None
            self._turns += 1
            try:
                yield
            finally:
                self._turns -= 1

    def save(self, service: Service, sign_in: SignIn) -> None:
        """Keeps a sign-in; when this returns, it is on the disk."""
        self._write({**self._read(), service + self._suffix: sign_in})

    def forget(self, service: Service) -> None:
        """Removes a sign-in."""
        kept = self._read()
        if kept.pop(service + self._suffix, None) is not None:
            self._write(kept)

    def _moved_from(self, found: Mapping[str, SignIn]) -> str:
        """The configuration that was moved to where this one is; "" where it is not known that one was.

        It is no longer where it was when it was last used, and it was the same to the letter.
        """
        content = _digest(self._configuration)
        names = {key.partition(OF)[2] for key in found} - {""}
        moved = [one for one in names if content and self._contents.get(one) == content and not Path(one).exists()]
        return moved[0] if len(moved) == 1 else ""

    def _moved(self, found: dict[str, SignIn]) -> dict[str, SignIn]:
        suffix = f"{OF}{before}" if (before := self._moved_from(found)) else None
        return {
            key.removesuffix(suffix) + self._suffix if suffix and key.endswith(suffix) else key: sign_in
            for key, sign_in in found.items()
        }

    def _read(self) -> dict[str, SignIn]:
        try:
            content = private_file.read(self.path)
        except private_file.ExposedFileError as error:
            raise self._error(str(error), self._cure_of_exposure(), code="tokens-exposed") from None
        except OSError as error:
            raise self._error(
                f"cannot be read ({error.strerror})", "Give this user the right to read it", code="tokens-unreadable"
            ) from None
        if content is None:
            return {}
        try:
            return {service: from_json(raw) for service, raw in self._opened(json.loads(content)).items()}
        except (ValueError, TypeError, AttributeError, LookupError, RecursionError):
            cure = f"Move {self.path} away, then sign in again: calmirror connect microsoft"
            raise self._error("is damaged or was written by a newer calmirror", cure, code="tokens-damaged") from None

    def _opened(self, envelope: dict[str, Any]) -> dict[str, Any]:
        if envelope["version"] != VERSION:
            raise ValueError("a newer version")
        self._contents = dict(envelope.get("configurations", {}))
        self._kept = Keep.FILE
        if "sealed" not in envelope:
            return dict(envelope["sign_ins"])
        from cryptography.fernet import InvalidToken  # noqa: PLC0415 - slow to import, and most files are plain

        salt = base64.b64decode(envelope["salt"])
        keep = self._kept = Keep(envelope["keep"])
        key = sealing.cipher(keep, self.path.name, salt, environ=self._environ, cost=envelope.get("cost", 1))
        try:
            return dict(json.loads(key.decrypt(envelope["sealed"])))
        except InvalidToken:
            raise sealing.no_key(keep, "it does not fit the file") from None

    def _write(self, sign_ins: Mapping[str, SignIn]) -> None:
        content = {service: as_json(sign_in) for service, sign_in in sign_ins.items()}
        names = {key.partition(OF)[2] for key in sign_ins} - {""}
        self._contents = {name: text for name, text in self._contents.items() if name in names}
        if self._configuration and str(self._configuration) in names:
            self._contents[str(self._configuration)] = _digest(self._configuration)
        envelope = self._sealed(content) | {"configurations": self._contents}
        try:
            private_file.write(self.path, json.dumps(envelope).encode())
        except OSError as error:
            raise self._unwritable(error) from None

    def _sealed(self, content: dict[str, Any]) -> dict[str, Any]:
        # Once there, a file stays as it is: a keyring that works now may be out of reach of the next run.
        keep = self._kept if self._kept and self._keep is Keep.AUTO else sealing.chosen(self._keep)
        if keep is Keep.FILE:
            return {"version": VERSION, "sign_ins": content}
        salt = os.urandom(16)
        key = sealing.cipher(keep, self.path.name, salt, make=True, environ=self._environ)
        sealed = key.encrypt(json.dumps(content).encode()).decode()
        said = {"keep": keep, "salt": base64.b64encode(salt).decode(), "cost": sealing.NEWEST}
        return {"version": VERSION, **said, "sealed": sealed}

    def _error(self, what: str, cure: str, *, code: str) -> UserFixableError:
        return UserFixableError(f"The tokens' file {self.path} {what}", code=code, meaning=STILL, command=cure)

    def _unwritable(self, error: OSError) -> UserFixableError:
        cure = "Free some space or give this user the right to write there, and try again"
        return self._error(f"cannot be written ({error.strerror})", cure, code="tokens-unwritable")

    def _cure_of_exposure(self) -> str:
        return f"If nobody else could have read it: chmod 600 {self.path}. Else move it away and sign in again"
