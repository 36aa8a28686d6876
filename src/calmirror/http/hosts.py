"""Which hosts belong to a private network, so that nobody out there can send us to one."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def addresses_of(host: str) -> list[str]:
    """The addresses that a name leads to; none where it is not known here (a proxy may know it)."""
    try:
        return [str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
    except OSError:
        return []


def is_private(host: str, lookup: Callable[[str], Iterable[str]] = addresses_of) -> bool:
    """Whether a host, or any address of its name, is not of the public internet."""
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        return not ip_address(host).is_global
    except ValueError:
        return any(not ip_address(address.partition("%")[0]).is_global for address in lookup(host))
