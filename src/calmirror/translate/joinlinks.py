"""Links by which one joins an online meeting: known by their address, and freed of what mail filters wrap around."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from calmirror.translate.wrappings import LONGEST_WRAPPED, unwrapped

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST = 2048

# Service, its hosts (subdomains count), and what the rest of the address begins with when it leads into a meeting.
_MEETINGS = (
    (
        "Microsoft Teams",
        "teams.microsoft.com teams.microsoft.us teams.live.com teams.cloud.microsoft teams.microsoftonline.cn",
        r"/(?:_#/|v2/.*#/|dl/launcher/.*)?(?:l/meetup-join/|meet/.|l/meeting/join)",
    ),
    ("Skype", "meet.lync.com join.skype.com meet.skype.com", r"/."),
    ("Zoom", "zoom.us zoom.com zoomgov.com zoom.com.cn zoom.eu", r"/(?:j|w|s|my|wc|wc/join|meeting/join)/."),
    ("Google Meet", "meet.google.com", r"/(?:[a-z]{3,4}-[a-z]{3,4}-[a-z]{3,4}|lookup/.)"),
    (
        "Webex",
        "webex.com webex.com.cn",
        r"/(?:meet/|join/|m/|wbxmjs/joinservice|webappng/sites/[^/]+/meeting/|(?:[\w.-]+/)*j\.php\?)",
    ),
    (
        "GoTo",
        "gotomeeting.com app.goto.com gotowebinar.com",
        r"/(?:join|meeting)/.",
    ),
    ("GoTo", "meet.goto.com gotomeet.me", r"/[\w-]+"),
    ("BlueJeans", "bluejeans.com", r"/(?:\d{3,}|meet/.|a2m/.)"),
    ("RingCentral", "ringcentral.com", r"/(?:join|j|my|conf/on)/."),
    ("Amazon Chime", "chime.aws", r"/(?:\d{4,}|meetings/.)"),
    ("Whereby", "whereby.com", r"/(?!(?:information|blog|user|org)\b)[\w-]+"),
    ("Jitsi", "meet.jit.si 8x8.vc", r"/[\w-]+"),
    ("Zoho Meeting", "meeting.zoho.com meeting.zoho.eu meet.zoho.com", r"/."),
    ("Lark", "vc.larksuite.com vc.feishu.cn", r"/j/."),
    ("Tencent Meeting", "meeting.tencent.com voovmeeting.com", r"/(?:dm|p|s)/."),
    ("FaceTime", "facetime.apple.com", r"/join"),
    ("Slack huddle", "app.slack.com", r"/huddle/."),
    ("Dialpad", "meetings.dialpad.com", r"/."),
    ("Lifesize", "call.lifesizecloud.com", r"/\d+"),
    ("StarLeaf", "meet.starleaf.com", r"/\d+"),
    ("join.me", "join.me", r"/."),
)
_HOSTS = {host: (name, re.compile(rest)) for name, hosts, rest in _MEETINGS for host in hosts.split()}
SERVICES = tuple(dict.fromkeys(name for name, _, _ in _MEETINGS))
# Pages of these services for which the addresses above leave room: help, settings, telephone numbers.
_NO_MEETING = re.compile(r"/(?:legal|support|help|privacy|meetingoptions)\b", re.IGNORECASE)
# In many languages text follows a link without a blank. Of letters beyond ASCII, only Latin ones stand in addresses.
# (Where case is ignored, this range would take K and S along, of which it has variants.)
_FOREIGN = "\x7f-\xbf\xd7\xf7\u0250-\U0010ffff"
_ADDRESS = re.compile(rf"""(?i:https?)://[^\s<>"'`\\^|{{}}\x00-\x20{_FOREIGN}]+""")
_NEXT = re.compile(r"(?<=[a-z0-9])(?=https?://)", re.IGNORECASE)
_PUNCTUATION = ".,;:!?*~"
# The same where a mail program took what follows for a part of the link; general and East Asian punctuation it escapes.
_GLUED = re.compile(f"[{_FOREIGN}]|(?i:%E2%8[01]%|%E3%80%[89AB]|%EF%B[CD]%)")
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
LONGEST_HOST = 253
# What most safe addresses look like, and no other, with host and path: it spares them being taken apart.
_PLAINLY_SAFE = re.compile(
    r"https://([a-z0-9-]+(?:\.[a-z0-9-]+)+)(/[!$-&(-;=@-\[\]_a-~]*+)(?:[?#][!#-&(-;=?-\[\]_a-~]*+)?"
)


def hints_at_one(text: str) -> bool:
    """Whether the text names the host of any known service, wrapped by a mail filter or not: a cheap first look."""
    lower = text.lower()
    return any(host in lower for host in _HOSTS)


def first_join_link(addresses: Iterable[str]) -> str:
    """The first address that leads into a meeting of a known service, unwrapped; "" if none does."""
    return next(filter(service, map(clean, addresses)), "")


@lru_cache(maxsize=8)  # one event asks several times about the same few, here and below
def clean(address: str) -> str:
    """The address without what mail filters wrap around it and what follows it without a blank.

    Characters that no address may hold are escaped.
    """
    inner = _GLUED.split(unwrapped(_GLUED.split(address.strip(), maxsplit=1)[0]), maxsplit=1)[0]
    return quote(inner, safe="%:/?#[]@!$&()*+,;=", errors="replace")


def addresses_in(text: str) -> list[str]:
    """The web addresses in plain text, without what follows them."""
    if "://" not in text:
        return []
    found = (one for match in _ADDRESS.finditer(text) for one in _NEXT.split(match[0]))
    return [_without_punctuation(address) for address in found if len(address) <= LONGEST_WRAPPED]


@lru_cache(maxsize=8)
def service(address: str) -> str:
    """The name of the service whose meeting a safe address leads into; "" for any other address."""
    host, path = _safe_parts(address)
    if not host or not path or _NO_MEETING.match(path):
        return ""
    rest = address.split("/", 3)[3:] or [""]
    labels = host.split(".")
    for n in range(len(labels) - 1):
        name, meeting = _HOSTS.get(".".join(labels[n:]), ("", None))
        if meeting and meeting.match(f"/{rest[0]}"):
            return name
    return ""


def is_safe(address: str) -> bool:
    """Whether an address is https, of bearable length, and hides nothing: no user name, port, blank or control."""
    return bool(_safe_parts(address)[0])


@lru_cache(maxsize=8)
def _safe_parts(address: str) -> tuple[str, str]:
    """Host and path of a safe address; the host of any other is ""."""
    if len(address) > LONGEST:
        return "", ""
    if (plain := _PLAINLY_SAFE.fullmatch(address)) and _is_host(plain[1]):
        return plain[1], plain[2]
    if not _ADDRESS.fullmatch(address):
        return "", ""
    try:
        parts = urlsplit(address)
        hides = parts.port not in {None, 443} or "@" in parts.netloc
    except ValueError:  # a port or an IPv6 address that is none
        return "", ""
    host = parts.hostname or ""
    return (host, parts.path) if not hides and parts.scheme == "https" and _is_host(host) else ("", "")


def _is_host(host: str) -> bool:
    """Whether a host is a name. Browsers read "evil.com%23.zoom.us" otherwise than it ends."""
    return len(host) <= LONGEST_HOST and bool(_HOST.fullmatch(host))


def same(one: str, other: str) -> bool:
    """Whether two addresses lead to the same place, however they are wrapped and escaped."""
    return one == other or _plain(one) == _plain(other)


@lru_cache(maxsize=8)
def _plain(address: str) -> str:
    return unquote(clean(address)).rstrip("/").lower()


def _without_punctuation(address: str) -> str:
    """A closing bracket belongs to the address only if it was opened in there."""
    bare = address.rstrip(_PUNCTUATION)
    for opening, closing in ("()", "[]"):
        if bare.endswith(closing) and bare.count(closing) > bare.count(opening):
            bare = bare.rstrip(closing + _PUNCTUATION)
    return bare
