"""Encryption of the token file: with a key that the system's keyring keeps, or with a passphrase."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from calmirror.errors import UserFixableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.fernet import Fernet

VARIABLE = "CALMIRROR_TOKENS_PASSPHRASE"
KEYRING_NAME = "calmirror"
ASLEEP = "Nothing was changed in either calendar. The sign-ins are still there."


COSTS = {1: (2**14, 8, 1), 2: (2**16, 8, 2)}
"""What guessing a passphrase costs, as scrypt's n, r and p, by the number in the file; the last is used (64 MB)."""
NEWEST = max(COSTS)


class Keep(StrEnum):
    """How the token file is kept."""

    AUTO = "auto"
    FILE = "file"
    KEYRING = "keyring"
    PASSPHRASE = "passphrase"  # noqa: S105 - the name of a way, not a passphrase


def chosen(keep: Keep, platform: str = sys.platform) -> Keep:
    """The way that `auto` stands for.

    A Linux keyring is locked or out of reach where cron runs, so it is for those who ask for it.
    """
    if keep is not Keep.AUTO:
        return keep
    return Keep.KEYRING if platform in ("win32", "darwin") and keyring_works() else Keep.FILE


def keyring_works() -> bool:
    """Whether this system has a keyring that can be used now."""
    import keyring  # noqa: PLC0415 - slow to import, and most do without

    try:
        keyring.get_password(KEYRING_NAME, "is it there")
        return bool(keyring.get_keyring().priority >= 1)
    except Exception:  # noqa: BLE001 - its backends raise whatever their systems do
        return False


def cipher(
    keep: Keep,
    name: str,
    salt: bytes,
    *,
    make: bool = False,
    environ: Mapping[str, str] = os.environ,
    cost: int = NEWEST,
) -> Fernet:
    """What seals and opens the file called `name`.

    Args:
        salt: makes a passphrase's key this file's own.
        make: have the keyring keep a new key where it has none.
        cost: a key of `COSTS`; KeyError for another one.

    Raises:
        UserFixableError: `tokens-key`.
    """
    import base64  # noqa: PLC0415 - most runs open a plain file

    from cryptography.fernet import Fernet  # noqa: PLC0415 - slow to import, as above

    if keep is Keep.KEYRING:
        return Fernet(keyring_key(name, make=make))
    passphrase = environ.get(VARIABLE, "")
    if not passphrase:
        raise no_key(keep, f"${VARIABLE} does not hold it")
    return Fernet(base64.urlsafe_b64encode(_stretched(passphrase, salt, cost)))


@lru_cache(maxsize=4)
def _stretched(passphrase: str, salt: bytes, cost: int) -> bytes:
    """The key of a passphrase. A run reads its file several times, and each costs a good part of a second."""
    from hashlib import scrypt  # noqa: PLC0415 - most runs open a plain file

    n, r, p = COSTS[cost]
    return scrypt(passphrase.encode(), salt=salt, n=n, r=r, p=p, dklen=32, maxmem=256 * n * r)


def keyring_key(name: str, *, make: bool) -> str:
    """The key that the keyring keeps for a file; a new one with `make`."""
    import keyring  # noqa: PLC0415 - slow to import, and most do without

    try:
        key = keyring.get_password(KEYRING_NAME, name)
        if key is None and make:
            from cryptography.fernet import Fernet  # noqa: PLC0415 - as above

            keyring.set_password(KEYRING_NAME, name, Fernet.generate_key().decode())
            key = keyring.get_password(KEYRING_NAME, name)
    except Exception as error:
        raise no_key(Keep.KEYRING, f"the keyring cannot be used here ({type(error).__name__})") from error
    if key is None:
        raise no_key(Keep.KEYRING, "the keyring does not have it (another user's, or made anew)")
    return key


def no_key(keep: Keep, why: str) -> UserFixableError:
    """The error of a file that cannot be opened."""
    cures = {
        Keep.PASSPHRASE: f"Set {VARIABLE} for whatever starts this (cron has an environment of its own)",
        Keep.KEYRING: "Run it within your session. For cron: move the file of the tokens away, set keep = "
        '"file" in [tokens], and sign in again',
    }
    return UserFixableError(
        f"The key to the stored tokens is not to be had: {why}", code="tokens-key", meaning=ASLEEP, command=cures[keep]
    )
