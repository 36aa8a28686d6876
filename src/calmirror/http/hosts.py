"""Which hosts belong to a private network, so that nobody out there can send us to one."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING

NAT64 = ip_network("64:ff9b::/96")
NAT64_LOCAL = ip_network("64:ff9b:1::/48")
"""A network's own translation (RFC 8215), which older versions of `ipaddress` take for global."""
COMPATIBLE = ip_network("::/96")
"""Ranges whose last four bytes are an IPv4 address, besides those that `ipaddress` knows."""
OWN_NAMES = (".localhost", ".local", ".internal", ".home.arpa")

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
    host = host.lower().rstrip(".")
    if host == "localhost" or host.endswith(OWN_NAMES):
        return True
    try:
        return not is_public(ip_address(host))
    except ValueError:
        return any(not is_public(ip_address(address.partition("%")[0])) for address in lookup(host))


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is one of the public internet; of one that holds an IPv4 address, that decides."""
    inner = embedded(address) if isinstance(address, IPv6Address) else None
    if inner is not None:
        return is_public(inner)
    own = isinstance(address, IPv6Address) and (address.is_site_local or address in NAT64_LOCAL)
    return address.is_global and not address.is_multicast and not own


def embedded(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address to which a gateway or this machine itself takes a packet: mapped, 6to4, NAT64, compatible."""
    if address in NAT64 or address in COMPATIBLE:
        return IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour
