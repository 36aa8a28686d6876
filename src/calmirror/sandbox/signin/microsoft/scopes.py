"""Scopes as Microsoft reads and writes them: short for Graph, or with the resource in front."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from calmirror.sandbox.signin.microsoft.errors import RefusedError

RESOURCES = {
    "global": ("https://graph.microsoft.com",),
    "usgov": ("https://graph.microsoft.us",),
    "dod": ("https://dod-graph.microsoft.us",),
    "china": ("https://microsoftgraph.chinacloudapi.cn",),
}
IDENTITY = ("openid", "profile", "email", "offline_access")
DELEGATED = frozenset(
    f"{kind}{shared}"
    for kind in ("Calendars.Read", "Calendars.ReadBasic", "Calendars.ReadWrite")
    for shared in ("", ".Shared")
) | {"MailboxSettings.Read", "MailboxSettings.ReadWrite", "User.Read", *IDENTITY}
MEANT = {scope.lower(): scope for scope in DELEGATED}
DEFAULT = ".default"


def short(scopes: str, resources: Iterable[str]) -> list[str]:
    """The scopes of a request without their resource, in order; RefusedError for what nobody knows."""
    return list(dict.fromkeys(_short(scope, resources) for scope in scopes.split()))


def _short(scope: str, resources: Iterable[str]) -> str:
    resource, _, name = scope.rpartition("/")
    if resource and resource.rstrip("/") not in resources:
        raise RefusedError(500011, resource=resource)
    if name == DEFAULT:
        return name
    if name.lower() not in MEANT:
        raise RefusedError(70011, scope=scope)
    return MEANT[name.lower()]


def written(scopes: Iterable[str], asked: str, resource: str, names: Literal["asked", "short", "full"]) -> str:
    """The granted scopes as the answer writes them; `offline_access` is never in it."""
    full = names == "full" or (names == "asked" and f"{resource}/" in asked)
    shown = [scope for scope in scopes if scope != "offline_access"]
    return " ".join(f"{resource}/{scope}" if full and scope not in IDENTITY else scope for scope in shown)
