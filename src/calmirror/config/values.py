"""What one value may be. Each reader returns the value or raises ValueError: "must be …", without the value."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from calmirror.http.proxies import is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_NAME = 100
LONGEST_ID = 1024
LONGEST_ADDRESS = 4096
ADDRESS = re.compile(r"\s*(?:(?:https?|webcals?)://|[a-z][a-z0-9+.-]*://[^\s/]*\.[^\s/]*/\S*\s*$)", re.IGNORECASE)
"""The schemes of published calendars, and whatever else has a scheme, a host with a dot, and a path."""
PLAIN = re.compile(r"[A-Za-z0-9._-]+")
MAILBOX = re.compile(r"[^\s/?#@%]+(@[^\s/?#@%]+)?")


def text(value: object, longest: int = LONGEST_ID) -> str:
    """One line of text that is not blank."""
    if not isinstance(value, str):
        raise ValueError('must be text in quotes, like "this"')  # noqa: TRY004 - all readers raise ValueError
    if not value.strip():
        raise ValueError("must not be empty")
    if len(value) > longest:
        raise ValueError(f"must be at most {longest} characters long")
    if not value.isprintable():
        raise ValueError("must be one line without control characters")
    return value


def name(value: object) -> str:
    """A name that people give."""
    return text(value, LONGEST_NAME)


def source(value: object) -> str:
    """Name or id of a calendar, empty for the default calendar; or the address of a published one."""
    if value == "" or not isinstance(value, str) or not is_address(value):
        return "" if value == "" else text(value)
    return feed_url(text(value, LONGEST_ADDRESS))


def is_address(value: str) -> bool:
    """Whether a source is meant as an address: a secret, so that a mistyped one is not taken for a name, and shown."""
    return bool(ADDRESS.match(value))


def feed_url(url: str) -> str:
    """The address of a published calendar, which is a secret: it must be https, as `service_url`."""
    scheme, _, rest = url.strip().partition("://")
    url = f"{'https' if scheme.lower() in ('webcal', 'webcals') else scheme.lower()}://{rest}"
    service_url(url.partition("#")[0].partition("?")[0])
    if not urlsplit(url).path.strip("/"):
        raise ValueError("must be the whole address of a published calendar; it mostly ends in .ics")
    return url.partition("#")[0]


def destination(value: object) -> str:
    """A calendar's name, or its id, which has an @ and may be long."""
    return text(value) if isinstance(value, str) and "@" in value else name(value)


def plain(value: object) -> str:
    """An id or a domain: it becomes part of an address."""
    if not PLAIN.fullmatch(text(value)):
        raise ValueError("must consist of letters, digits, dots, hyphens and underscores")
    return text(value)


def command(value: object) -> tuple[str, ...]:
    """A program and its arguments."""
    if not (isinstance(value, list) and value and all(isinstance(word, str) for word in value)):
        raise ValueError('must be a list of words, like ["az", "account", "get-access-token"]')
    if not value[0].strip() or any("\0" in word for word in value):
        raise ValueError("must begin with the name of a program")
    return tuple(value)


def whole_number(least: int, most: int) -> Callable[[object], int]:
    """A reader of whole numbers within bounds."""

    def read(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return value

    return read


def service_url(value: object) -> str:
    """The address of a service, without a slash at its end: tokens are sent there, so it must be https.

    http is for this machine (localhost, 127.0.0.0/8, ::1) and the stand-ins (*.sandbox).
    """
    url = secret_url(value)
    if "?" in url:
        raise ValueError("must be an address without user name, password, ? and #")
    return url.rstrip("/")


def https_url(value: object) -> str:
    """The address of a service that speaks https and nothing else, without a slash at its end."""
    url = service_url(value)
    if not url.startswith("https://"):
        raise ValueError("must begin with https://")
    return url


def mailbox(value: object) -> str:
    """Whose calendar is meant: an address, or an id."""
    if not MAILBOX.fullmatch(text(value)):
        raise ValueError("must be an address, like lee@contoso.example")
    return text(value)


def secret_url(value: object) -> str:
    """An address that is a secret, or to which secrets are sent, so that it must be https, as in `service_url`."""
    url = text(value)
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("must be a web address, like https://graph.microsoft.com/v1.0") from None
    if parts.scheme not in {"https", "http"} or not host or " " in url or "\\" in url:
        raise ValueError("must be a web address that begins with https://")
    if "@" in parts.netloc or "#" in url:
        raise ValueError("must be an address without user name, password and #")
    if parts.scheme == "http" and not (is_loopback(host) or host.endswith(".sandbox")):
        raise ValueError("must begin with https:// (http:// only reaches this machine)")
    return url


def state_url(value: object) -> str:
    """Where the state is kept; a relative path is still relative."""
    url = text(value)
    if url.startswith("sqlite:///") and url != "sqlite:///":
        return url
    if url.startswith("postgresql://"):
        return url
    raise ValueError("must be sqlite:///path/to/file.db or postgresql://…")
