"""What Google's console hands out: a desktop app's client, or a service account's key."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from calmirror.errors import UserFixableError
from calmirror.http.proxies import is_loopback

if TYPE_CHECKING:
    from pathlib import Path

DESKTOP = (
    'In Google\'s console make an OAuth client of the type "Desktop app", download its JSON, and save it as {path}'
)


@dataclass(frozen=True, slots=True)
class DesktopClient:
    """An OAuth client of the type "Desktop app". Its secret is none: whoever has the app can read it."""

    client_id: str
    client_secret: str = field(repr=False)
    auth_uri: str
    token_uri: str


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """A service account's key, `info` as Google wrote it."""

    client_email: str
    token_uri: str
    info: dict[str, Any] = field(repr=False)


def read(path: Path) -> DesktopClient | ServiceAccount:
    """What the file holds.

    Raises:
        UserFixableError: `google-client-file`, with how to get the right file.
    """
    try:
        content = json.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        raise wrong(path, "does not exist") from None
    except OSError as error:
        raise wrong(path, f"cannot be read ({error.strerror})", f"Let this user read {path}") from None
    except (ValueError, RecursionError):
        raise wrong(path, "is not JSON") from None
    if not isinstance(content, dict):
        raise wrong(path, "is not what Google's console hands out")
    return known(content, path)


def known(content: dict[str, Any], path: Path) -> DesktopClient | ServiceAccount:
    """The client in the JSON of a file."""
    if "web" in content:
        raise wrong(path, 'is for a web application; Google refuses it here (it has to be a "Desktop app")')
    if "refresh_token" in content:
        raise wrong(path, "holds a sign-in of another program, not a client")
    try:
        if content.get("type") == "service_account":
            return ServiceAccount(text(content, "client_email"), address(content, "token_uri"), content)
        desktop = content["installed"]
        return DesktopClient(
            text(desktop, "client_id"),
            text(desktop, "client_secret"),
            address(desktop, "auth_uri"),
            address(desktop, "token_uri"),
        )
    except (LookupError, TypeError, ValueError):
        raise wrong(path, "is not what Google's console hands out for a desktop app or a service account") from None


def text(content: dict[str, Any], key: str) -> str:
    """A text that has to be there."""
    value = content[key]
    if not isinstance(value, str) or not value:
        raise ValueError(key)
    return value


def address(content: dict[str, Any], key: str) -> str:
    """An address that secrets may be sent to: https, this machine, or a stand-in (*.sandbox)."""
    url = text(content, key)
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "https" and not (parts.scheme == "http" and (is_loopback(host) or host.endswith(".sandbox"))):
        raise ValueError(key)
    return url


def wrong(path: Path, what: str, command: str = "") -> UserFixableError:
    """The error of a file that cannot be used; the cure is another file, unless `command` says otherwise."""
    return UserFixableError(
        f"Google's client file {path} {what}", code="google-client-file", command=command or DESKTOP.format(path=path)
    )
