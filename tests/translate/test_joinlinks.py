"""Where a link ends, whose it is, and what mail filters wrapped around it."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from dataclasses import replace
from html import unescape
from urllib.parse import quote, urlsplit

import pytest
from test_meeting import EVENT, TEAMS, ZOOM, text

from calmirror.translate.joinlinks import addresses_in, clean, is_safe, service
from calmirror.translate.meeting import join_link, place
from calmirror.translate.wrappings import unwrapped

ACME = "https://acme.zoom.us/j/91234567890?pwd=abc"
TENCENT = "https://meeting.tencent.com/dm/AbCdEf123"
GLUED = [
    ("点击链接入会\uff1a{}\uff0c或添加至会议列表", TENCENT),
    ("请加入 {}。会后请带报告", ACME),
    ("请加入{}会后", ACME),
    ("会议\uff08{}\uff09", ACME),
    ("会議URL\uff1a{}、よろしく", "https://meet.google.com/abc-defg-hij"),
    ("{}에서 만나요", ACME),
    ("\u200f{}\u200f", ACME),
    ("\u2066{}\u2069", "https://teams.microsoft.com/meet/2345678901234?p=AbCd"),
    ("“{}” bring a report", ACME),
    ("{}|Passcode 1", ACME),
    ("{{{}}}", ACME),
    ("**{}**", ACME),
    ("Join {} and bring the report", ACME),
    ("{}https://example.org/agenda", ACME),
    ("«{}»", ACME),
    ("{}—then lunch", ACME),
]


@pytest.mark.parametrize("kind", ["text", "html"])
@pytest.mark.parametrize(("sentence", "link"), GLUED)
def test_a_link_ends_where_the_text_goes_on_and_the_text_stays(sentence: str, link: str, kind: str) -> None:
    written = sentence.format(link)
    event = replace(EVENT, body=written if kind == "text" else f"<p>{written}</p>", body_type=kind)
    assert join_link(event) == place(event) == link
    left = "".join(unescape(text(event)).split())
    for word in sentence.format(" ").strip("*{}|\u200f\u2066\u2069\u200b“”«»\uff08\uff09 ").split():
        assert word.strip("“”\u200b") in left


@pytest.mark.parametrize(("sentence", "link"), [*GLUED, ("{}\u200bnext", ACME), ("{}\u00a0next", ACME)])
def test_a_link_in_a_place_ends_there_too(sentence: str, link: str) -> None:
    assert join_link(replace(EVENT, location=sentence.format(link))) == link


@pytest.mark.parametrize("tail", ["。会后请带报告", "」에서", "\uff09", "\u200f", "\u2069", "、よろしく", "”"])
@pytest.mark.parametrize("escaped", [True, False])
def test_a_link_that_outlook_made_of_what_follows_leads_into_the_meeting(tail: str, escaped: bool) -> None:
    glued = ACME + (quote(tail) if escaped else tail)
    event = replace(EVENT, body=f'<p>请加入 <a href="{glued}">{ACME}{tail}</a></p>', body_type="html")
    assert join_link(event) == ACME
    assert len(tail) == 1 or tail in text(event)
    assert join_link(replace(EVENT, join_url=glued)) == ACME


@pytest.mark.parametrize(
    "address",
    [
        "https://meet.jit.si/Caf\u00e9",
        "https://meet.jit.si/a%D0%9A%D0%BE%D0%BC%D0%BD%D0%B0%D1%82%D0%B0",
        "https://acme.zoom.us/j/9?pwd=a.1_b-~c",
        "https://teams.microsoft.com/l/meetup-join/19%3ameeting_a%40thread.v2/0?context=%7b%22Tid%22%3a%22a%22%7d",
    ],
)
def test_letters_of_a_link_stay_in_it(address: str) -> None:
    assert addresses_in(f"Join: {address}, please") == [address]
    assert service(clean(address))


@pytest.mark.parametrize(
    "between", ["%23", ";", "&", "\uff0f", "%2F", "%5C", "?", "#", "\\", "\u2044", "$", "%00", "_", ","]
)
def test_a_host_that_only_ends_like_a_service_is_none(between: str) -> None:
    address = f"https://evil.com{between}.zoom.us/j/1"
    event = replace(EVENT, body=f'<a href="{address}">x</a> {address}', location=address, join_url=address)
    assert not join_link(event) or urlsplit(join_link(event)).hostname == "evil.com"
    assert service(clean(address)) == service(address) == ""
    assert "Join Zoom" not in text(event)


@pytest.mark.parametrize(
    "host", ["-a.zoom.us", "a-.zoom.us", "a..zoom.us", ".zoom.us", "zoom.us.", "1.2.3.4", "x" * 64 + ".zoom.us"]
)
def test_a_host_is_a_name_or_nothing(host: str) -> None:
    assert not is_safe(f"https://{host}/j/1")


def wrapped(link: str) -> dict[str, str]:
    """The link as filters write it."""
    once = quote(link, safe="")
    starred = "".join("*" if c in '%{}"' else c for c in link)
    kept = urlsafe_b64encode("".join(c for c in link if c in '%{}"').encode()).decode().rstrip("=")
    packed = urlsafe_b64encode(link.encode()).decode()
    return {
        "safe links": f"https://eur01.safelinks.protection.outlook.com/?url={once}&data=05%7C02",
        "safe links, new": f"https://aus01.safelinks.outlook.microsoft.com/?url={once}&data=05%7C02",
        "safe links, china": f"https://chn02.safelinks.protection.partner.outlook.cn/?url={once}&data=05",
        "safe links, teams": f"https://statics.teams.cdn.office.net/evergreen-assets/safelinks/1/atp-safelinks.html?url={once}&locale=en",
        "proofpoint 1": f"https://urldefense.proofpoint.com/v1/url?u={once}&k=x",
        "proofpoint 3": f"https://urldefense.com/v3/__{starred}__;{kept}!!ABC!xyz$",
        "proofpoint 3, us": f"https://urldefense.us/v3/__{starred}__;{kept}!!ABC!xyz$",
        "barracuda": f"https://linkprotect.cudasvc.com/url?a={once}&c=E,1,x&typo=1",
        "cisco": f"https://secure-web.cisco.com/1aB-c_d/{once}",
        "sophos": f"https://eu-west-1.protection.sophos.com/?d=zoom.us&u={packed}&i=x",
        "fireeye": f"https://protect2.fireeye.com/v1/url?k=a-b&q=1&u={once}",
        "symantec": f"https://clicktime.symantec.com/3abc?u={once}",
        "trend micro": f"https://imsva91-ctp.trendmicro.com/wis/clicktime/v1/query?url={once}&umid=1",
    }


@pytest.mark.parametrize("link", [TEAMS, ACME, ZOOM])
@pytest.mark.parametrize("filter_", sorted(wrapped("")))
def test_a_link_is_freed_of_what_a_filter_wrapped_around_it(filter_: str, link: str) -> None:
    address = wrapped(link)[filter_]
    assert unwrapped(address) == link
    assert join_link(replace(EVENT, body=f"Join: {address}", body_type="text")) == link
    assert join_link(replace(EVENT, body=f'<a href="{address}">Join</a>', body_type="html")) == link


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("https://urldefense.com/v3/__https:/a.zoom.us/j/1?x=**A.b__;JSU!!A!x$", "https://a.zoom.us/j/1?x=%%.b"),
        ("https://urldefense.com/v3/__https://a.zoom.us/j/1*2__;!!A!x$", ""),
        ("https://urldefense.com/v3/__https://a.zoom.us/j/1*2__;_w!!A!x$", ""),
        ("https://eu.protection.sophos.com/?u=%FF", ""),
        ("https://secure-web.cisco.com/1aB", ""),
    ],
)
def test_what_a_filter_left_of_a_link_is_read_exactly_or_not_at_all(address: str, link: str) -> None:
    assert unwrapped(address) == (link or address)
