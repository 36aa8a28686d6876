"""What Microsoft's sign-in gave out and still has to honour."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from calmirror.sandbox.signin.microsoft.directory import Account, App


@dataclass(slots=True)
class Asked:
    """What a program asked for: short scopes, as they were written, and what the identity token must repeat."""

    app: App
    tenant: str
    scopes: list[str]
    written: str
    nonce: str = ""


@dataclass(slots=True)
class Code:
    """An authorization code: for one use, within ten minutes, by whoever knows the PKCE verifier."""

    asked: Asked
    account: Account
    redirect_uri: str
    challenge: str
    expires_at: float
    used: bool = False


@dataclass(slots=True)
class DeviceCode:
    """A device code, waiting for a person with its `user_code`."""

    asked: Asked
    user_code: str
    expires_at: float
    next_poll: float
    outcome: Literal["pending", "agreed", "declined"] = "pending"
    account: Account | None = None
    used: bool = False


@dataclass(slots=True)
class RefreshToken:
    """A refresh token; `ended` is the number of the error that ended it before its time."""

    asked: Asked
    account: Account
    expires_at: float
    confidential: bool = False
    ended: int = 0


@dataclass(slots=True)
class Ledger:
    """Everything given out, by what the program or the person shows."""

    codes: dict[str, Code] = field(default_factory=dict)
    devices: dict[str, DeviceCode] = field(default_factory=dict)
    refresh_tokens: dict[str, RefreshToken] = field(default_factory=dict)

    def device_of(self, user_code: str) -> DeviceCode | None:
        """The device code that a person typed; case and spaces do not matter."""
        typed = "".join(user_code.split()).upper()
        return next((one for one in self.devices.values() if one.user_code == typed), None)
