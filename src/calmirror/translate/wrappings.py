"""Addresses freed of the redirections that mail filters put around every link in a message."""

from __future__ import annotations

import base64
import binascii
import re
from string import ascii_lowercase, ascii_uppercase, digits
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

if TYPE_CHECKING:
    from urllib.parse import SplitResult

LONGEST_WRAPPED = 8192
DEEPEST_WRAPPING = 5

# What the hosts of mail filters, and of other redirections, have in them: a cheap first look.
_WRAPPING = ("safelinks", "google.com", "urldefense", "cudasvc", "secure-web", "sophos", "fireeye", "clicktime")
# Host (subdomains count), how the path begins, and the parameters of which the first that is there is the address.
_IN_PARAMETER = (
    ("google.com", "/url", ("q", "url")),
    ("linkprotect.cudasvc.com", "/url", ("a",)),
    ("fireeye.com", "/v1/url", ("u",)),
    ("fireeye.com", "/url", ("u",)),
    ("clicktime.symantec.com", "/", ("u",)),
    ("trendmicro.com", "/wis/clicktime/", ("url",)),
    ("statics.teams.cdn.office.net", "/evergreen-assets/safelinks/", ("url",)),
)
_PROOFPOINT = ("urldefense.com", "urldefense.us", "urldefense.proofpoint.com")
_PROOFPOINT_3 = re.compile(r"/v3/__(https?:.+?)__;([A-Za-z0-9_=-]*)", re.IGNORECASE)
_STARS = re.compile(r"\*\*(.)|\*")
_RUN = {letter: length for length, letter in enumerate(ascii_uppercase + ascii_lowercase + digits + "-_", 2)}
"""How many characters "**" and a letter stand for."""
_CISCO = re.compile(r"/[^/]+/(https?(?:%3A|:).+)", re.IGNORECASE)


def unwrapped(address: str) -> str:
    """The address without the redirections of mail filters around it; one that cannot be read stays as it is."""
    for _ in range(DEEPEST_WRAPPING):
        if len(address) > LONGEST_WRAPPED or not (inner := _unwrap_once(address)):
            break
        address = inner
    return address


def _unwrap_once(address: str) -> str:
    lower = address.lower()
    if not any(host in lower for host in _WRAPPING):
        return ""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return ""
    if "safelinks" in host.split("."):  # Microsoft has added hosts for regions, clouds and apps
        return _parameter(parts, "url")
    if host in _PROOFPOINT:
        return _proofpoint(parts, address)
    if host.endswith(".protection.sophos.com"):
        return _decoded(_parameter(parts, "u"))
    if host == "secure-web.cisco.com":
        return unquote(found[1]) if (found := _CISCO.match(parts.path)) else ""
    for name, path, parameters in _IN_PARAMETER:
        if host.endswith(name) and host.removesuffix(name)[-1:] in {"", "."} and parts.path.startswith(path):
            return next(filter(None, (_parameter(parts, one) for one in parameters)), "")
    return ""


def _proofpoint(parts: SplitResult, address: str) -> str:
    if parts.path == "/v1/url":
        return _parameter(parts, "u")
    if parts.path == "/v2/url":
        return unquote(_parameter(parts, "u").replace("-", "%").replace("_", "/"))
    if (found := _PROOFPOINT_3.search(address)) is None:
        return ""
    # The filter may have squeezed the slashes.
    return re.sub("^(https?:)/*", r"\1//", _starless(found[1], _decoded(found[2])))


def _starless(address: str, kept: str) -> str:
    """The address with the characters that version 3 keeps behind it, for one star each; "" where they are too few."""
    used = 0

    def put_back(star: re.Match[str]) -> str:
        nonlocal used
        start, used = used, used + (_RUN.get(star[1], 1) if star[1] else 1)
        return kept[start:used]

    made = _STARS.sub(put_back, address)
    return made if used <= len(kept) else ""


def _decoded(text: str) -> str:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except (binascii.Error, ValueError):
        return ""


def _parameter(parts: SplitResult, name: str) -> str:
    return parse_qs(parts.query, max_num_fields=100).get(name, [""])[0] if parts.query.count("&") < 100 else ""
