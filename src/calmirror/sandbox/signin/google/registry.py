"""Who and what Google's sign-in knows: accounts, projects with their clients, service accounts, what it gave out."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

PREFIX = "https://www.googleapis.com/auth/"
IDENTITY = ("openid", "email", "profile", f"{PREFIX}userinfo.email", f"{PREFIX}userinfo.profile")
NOT_SENSITIVE = (*IDENTITY, f"{PREFIX}calendar.app.created")
LOOPBACKS = {"localhost", "127.0.0.1", "::1"}


@dataclass(slots=True)
class Account:
    """A person; of a Workspace `domain`, or with none."""

    address: str
    domain: str = ""


@dataclass(slots=True)
class Client:
    """An OAuth client of a project. `status` and `verified` are its consent screen's, `testers` who may sign in."""

    client_id: str
    secret: str
    kind: Literal["installed", "web"] = "installed"
    redirect_uris: tuple[str, ...] = ("http://localhost",)
    project: str = "calmirror-sandbox"
    status: Literal["testing", "production"] = "production"
    verified: bool = False
    testers: tuple[str, ...] = ()
    deleted: bool = False

    def redirects_to(self, uri: str) -> bool:
        """Whether a code may be sent there: any loopback address for a desktop app, exact ones for a web app."""
        url = urlsplit(uri)
        loopback = url.scheme == "http" and url.hostname in LOOPBACKS
        return loopback if self.kind == "installed" else uri in self.redirect_uris

    def warns_about(self, scopes: Iterable[str]) -> bool:
        """Whether people are warned before they see the consent page."""
        sensitive = any(scope not in NOT_SENSITIVE for scope in scopes)
        return self.status == "testing" or (sensitive and not self.verified)


@dataclass(slots=True)
class ServiceAccount:
    """A project's own account. `delegated` holds the scopes that each domain's administrator allowed it."""

    email: str
    client_id: str
    private_key: str
    public_key: str
    key_id: str
    delegated: dict[str, set[str]] = field(default_factory=dict)


@dataclass(slots=True)
class Code:
    """An authorization code, for one use."""

    client: Client
    account: Account
    scopes: list[str]
    redirect_uri: str
    challenge: str
    method: str
    offline: bool
    expires_at: float
    nonce: str = ""
    used: bool = False


@dataclass(slots=True)
class RefreshToken:
    """A refresh token; `ended` when it was revoked or pushed out."""

    client: Client
    account: Account
    scopes: list[str]
    issued_at: float
    used_at: float
    ended: bool = False


@dataclass(slots=True)
class Registry:
    """Everything by the name that requests have for it."""

    accounts: dict[str, Account] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)
    service_accounts: dict[str, ServiceAccount] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    refresh_tokens: dict[str, RefreshToken] = field(default_factory=dict)
    consents: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    """Scopes that a person agreed to, by client and account."""

    def alive(self, client: Client, account: Account) -> list[RefreshToken]:
        """The live refresh tokens of one person and client, the oldest first."""
        held = self.refresh_tokens.values()
        return [one for one in held if one.client is client and one.account is account and not one.ended]


def client_file(client: Client, root: str) -> dict[str, Any]:
    """A client's file as the console hands it out, but with the stand-in's addresses."""
    told: dict[str, Any] = {
        "client_id": client.client_id,
        "project_id": client.project,
        "auth_uri": f"{root}/o/oauth2/auth",
        "token_uri": f"{root}/token",
        "auth_provider_x509_cert_url": f"{root}/oauth2/v1/certs",
        "client_secret": client.secret,
        "redirect_uris": list(client.redirect_uris),
    }
    return {client.kind: told}


def service_account_file(account: ServiceAccount, root: str) -> dict[str, Any]:
    """A service account's key file as the console hands it out, but with the stand-in's addresses."""
    return {
        "type": "service_account",
        "project_id": "calmirror-sandbox",
        "private_key_id": account.key_id,
        "private_key": account.private_key,
        "client_email": account.email,
        "client_id": account.client_id,
        "auth_uri": f"{root}/o/oauth2/auth",
        "token_uri": f"{root}/token",
        "auth_provider_x509_cert_url": f"{root}/oauth2/v1/certs",
        "client_x509_cert_url": f"{root}/robot/v1/metadata/x509/{account.email}",
        "universe_domain": "googleapis.com",
    }


def new_service_account(email: str) -> ServiceAccount:
    """A service account with a key pair of its own."""
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key  # noqa: PLC0415 - few need one
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
    )

    key = generate_private_key(65537, 2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return ServiceAccount(email, numbered(email), private, public, secrets.token_hex(20))


def numbered(name: str) -> str:
    """The 21 digits by which Google knows an account."""
    return str(int(hashlib.sha256(name.encode()).hexdigest(), 16))[:21]
