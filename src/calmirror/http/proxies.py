"""Which proxy the environment (or the operating system) names for a URL."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit


def proxy_for(url: str) -> str:
    """The proxy's URL, "" for none. This machine itself is never reached through one."""
    from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415 - slow to import

    parts = urlsplit(url)
    host = parts.hostname or ""
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all") or ""
    if not proxy or is_loopback(host) or proxy_bypass(parts.netloc):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def is_loopback(host: str) -> bool:
    """Whether a host is this machine: localhost, 127.0.0.0/8 or ::1."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
