"""Outlook bodies as Google descriptions."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calmirror.translate.html import describe
from calmirror.translate.layout import RULE

MEET_LINE = "-::~:~::~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~::~:~::-"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<p>one</p><p>two</p>", "one<br>two"),
        ("<div>one</div><div><br></div><div>two</div>", "one<br><br>two"),
        ("<p>one</p><p>&nbsp;</p><p>&nbsp;</p><p>two</p>", "one<br><br>two"),
        ("one<br></div>two", "one<br>two"),
        ("<br>one<br><br><br><br>two<br>", "one<br><br>two"),
        ("a&nbsp;&nbsp;\n b", "a b"),
        ("<p>&nbsp;</p><div> \n</div>", ""),
        ("<pre>one\n  two</pre>", "one<br>two"),
        ("<h1>Title</h1>text", "Title<br>text"),
        ("one<hr>two", f"one<br>{RULE}<br>two"),
        ("_" * 80, RULE),
        ("_" * 12 + "<span>" + "_" * 12 + "</span>", RULE),
        ("<strong>a</strong> <em>b</em> <u>c</u>", "<b>a</b> <i>b</i> <u>c</u>"),
        ("<b>a</b><b>b</b>", "<b>ab</b>"),
        ("<b><p>a</p><p>b</p></b>", "<b>a<br>b</b>"),
        ("<i><b>x</b></i>", "<b><i>x</i></b>"),
        ("<span style='color:red'>a</span><font size=7>b</font>", "ab"),
        ("<table><tr><td><p>a</p></td><td><p>b</p></td></tr><tr><td>c</td></tr></table>", "a | b<br>c"),
        ("<table><tr><td>a</td><td>&nbsp;</td><td>b</td></tr><tr><td></td></tr></table>x", "a | b<br>x"),
        ("<table><tr><td>a<tr><td><br><br><tr><td>b</table>", "a<br>b"),
        ("<table><tr><th><b>a</b><th><a href='http://x/'>b</a></table>", '<b>a</b> | <a href="http://x/">b</a>'),
        ("a<ul><li>b<li>c<ol><li>d</ol></ul>e", "a<ul><li>b</li><li>c<ol><li>d</li></ol></li></ul>e"),
        ("<ul><li></li></ul>a<li>b", "a<br>b"),
        ("<ul>a<li><b>b</b></li></ul>", "<ul><li>a</li><li><b>b</b></li></ul>"),
        (
            "<a href='https://x.y/?a=1&amp;b=2' target=_blank> go </a>now",
            '<a href="https://x.y/?a=1&amp;b=2">go</a> now',
        ),
        ("<a href='MAILTO:a@b.c'>m</a><a href=tel:+1>t</a>", '<a href="MAILTO:a@b.c">m</a><a href="tel:+1">t</a>'),
        ("<a href='https://x.y/'><img src='p.png'></a>", ""),
        ("<a href='//x.y'>a</a><a href='/z'>b</a><a href='ftp://x'>c</a>", "abc"),
        ("<a href='javascript:alert(1)'>a</a><a href='data:text/html,x'>b</a>", "ab"),
        ("<a href=' java&#10;script:alert(1)'>a</a><b onclick='x()'>b</b>", "a<b>b</b>"),
        (f"<a href='https://x/{'y' * 3000}'>a</a>", "a"),
        ("<!--[if mso]>x<![endif]--><![if !supportLists]>·&nbsp;&nbsp;<![endif]>item", "· item"),
        ("<title>t</title><style>p{}</style><script>x</script><o:p>a</o:p><svg><text>s</text></svg>", "a"),
        ("a\ud800b\x00c&#0;&#1;d", "abc\ufffdd"),
        ("1 &lt; 2 &amp;amp; 3 > 2", "1 &lt; 2 &amp;amp; 3 &gt; 2"),
        ("<b>open <i>for ever", "<b>open <i>for ever</i></b>"),
        (
            "<p lang=DE>a</p><table title=t><tr lang=EN><td>b</td></tr></table><a title='Original URL' href='https://c.d'>e</a>",
            'a<br>b<br><a href="https://c.d">e</a>',
        ),
    ],
)
def test_html_is_laid_out_in_lines(body: str, expected: str) -> None:
    assert describe(body, "html") == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("a < b & c\r\n\r\n\r\nhttps://x.y/?a=1&b=2\n", "a &lt; b &amp; c<br><br>https://x.y/?a=1&amp;b=2"),
        ("<b>not bold</b> &amp;", "&lt;b&gt;not bold&lt;/b&gt; &amp;amp;"),
        (" \n\t\r\n\xa0", ""),
        ("", ""),
    ],
)
def test_plain_text_is_escaped_and_keeps_its_lines(body: str, expected: str) -> None:
    assert describe(body, "Text") == expected


@pytest.mark.parametrize("content_type", ["html", "text"])
def test_google_finds_no_meet_block_of_its_own_to_cut_out(content_type: str) -> None:
    described = describe(f"before\n{MEET_LINE}\njoin\n{MEET_LINE}\nafter", content_type)
    assert "::~" not in described
    assert [word for word in ("before", "join", "after") if word in described] == ["before", "join", "after"]


def test_a_long_body_is_cut_at_a_word_and_its_elements_are_closed() -> None:
    body = "<ul><li><b>" + "seven words that go on and on " * 3 + "</b></li></ul>"
    assert describe(body, "html", limit=60) == "<ul><li><b>seven words that go on and on…</b></li></ul>"


def test_a_word_without_an_end_is_cut_but_no_character_reference_is() -> None:
    assert describe("&" * 300, "text", limit=203) == "&amp;" * 40 + "…"


def test_an_element_that_does_not_fit_is_left_out_whole() -> None:
    body = "<a href='https://x.y/" + "z" * 50 + "'>link</a>"
    assert describe("text " + body, "html", limit=40) == "text …"


def test_a_body_that_just_fits_is_not_cut() -> None:
    body = "word " * 5 + "end"
    assert describe(body, "html", limit=len(body)) == body
    assert describe(body, "html", limit=len(body) - 1) == "word word word word word…"


def test_endless_nesting_is_given_up_and_the_text_kept() -> None:
    assert describe("<div>" * 100_000 + "a<b>b &lt;i>", "html") == "a b &lt;i&gt;"


def test_an_embedded_picture_does_not_push_the_text_out() -> None:
    assert describe(f"<img src='data:image/png;base64,{'A' * 2_000_000}'>text", "html") == "text"


def test_what_follows_a_very_long_rule_is_kept() -> None:
    assert describe("_" * 40_000 + "\ndial in", "text") == f"{RULE}<br>dial in"


class _Elements(HTMLParser):
    """What an independent parser sees."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, attrs))
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_comment(self, data: str) -> None:
        raise AssertionError("a comment survived")

    handle_decl = handle_pi = unknown_decl = handle_comment


TAGS = ["p", "div", "b", "strong", "i", "em", "u", "ul", "ol", "li", "table", "tr", "td", "th", "pre", "h1", "font"]
FRAGMENTS = st.sampled_from(
    [
        *(f"<{slash}{tag}>" for tag in TAGS for slash in ("", "/")),
        *("<br>", "<hr>", "&nbsp;", "&amp;", "&lt;b&gt;", "&#0;", "&#x200b;", " ", "\n", "word", "…", "|", "_" * 12),
        *("<a href='https://x.y/?q=1&amp;r'>", '<a href="http://q\'<b>">', "</a>", "<a href='javascript:x'>", "<a>"),
        *(
            "<img src=x onerror=alert(1)>",
            "<script>x</script>",
            "<style>",
            "<!--",
            "-->",
            "<![if x]>",
            "<svg>",
            "<",
            ">",
        ),
        *("<a title='x' href=https://x.y>", "<p lang=DE title>", "<table lang>", "<li title='>'>"),
        *("<a href=data:text/html,x onclick=y>", "<b style='x' onload=z>", "\ud800", "\x01", MEET_LINE, "::~:~", "-"),
    ]
)
BODIES = st.lists(FRAGMENTS | st.text(max_size=8), max_size=25).map("".join)
LIMITS = st.integers(1, 200) | st.just(8192)


@given(BODIES, LIMITS, st.sampled_from(["html", "text"]))
def test_a_description_is_within_the_limit_safe_well_formed_and_canonical(body: str, limit: int, kind: str) -> None:
    described = describe(body, kind, limit=limit)
    assert len(described) <= limit
    elements = _Elements(described)
    assert not elements.open
    for tag, attributes in elements.seen:
        assert tag in {"a", "b", "br", "i", "li", "ol", "u", "ul"}
        assert [name for name, _ in attributes] == (["href"] if tag == "a" else [])
        assert all(re.match("https?://", value or "") for _, value in attributes)
    assert not re.search("::~[:~]{6}|<br><br><br>|[\x00-\x1f\ud800-\udfff\xa0]|  ", described)
    assert describe(described, "html", limit=limit) == described


@given(st.lists(st.text(alphabet="abcé<>&\"' ", min_size=1, max_size=30).filter(str.strip), min_size=1, max_size=6))
def test_the_words_of_plain_text_are_kept(lines: list[str]) -> None:
    described = describe("\n".join(lines), "text")
    assert [unescape(line) for line in described.split("<br>")] == [" ".join(line.split()) for line in lines]


@settings(max_examples=30)
@given(st.text())
def test_no_text_makes_markup(text: str) -> None:
    assert not [tag for tag, _ in _Elements(describe(text, "text")).seen if tag != "br"]
