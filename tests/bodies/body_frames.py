# ruff: noqa: E501 - bodies are written as programs and people write them
"""What mail programs write around a text: whole documents in the manner of Word, Outlook, phones and others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape

WORD_HEAD = """<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"
 xmlns:w="urn:schemas-microsoft-com:office:word" xmlns="http://www.w3.org/TR/REC-html40"><head>
<meta http-equiv="Content-Type" content="text/html; charset=utf-8"><meta name="Generator" content="Microsoft Word 15">
<!--[if !mso]><style>v\\:* {behavior:url(#default#VML);} o\\:* {behavior:url(#default#VML);}</style><![endif]-->
<style><!--
/* Font Definitions */
@font-face {font-family:Wingdings; panose-1:5 0 0 0 0 0 0 0 0 0;}
@font-face {font-family:Aptos;}
/* Style Definitions */
p.MsoNormal, li.MsoNormal, div.MsoNormal {margin:0cm; font-size:11.0pt; font-family:"Aptos",sans-serif;
 mso-fareast-language:EN-US;}
span.EmailStyle17 {mso-style-type:personal-compose; color:windowtext;}
@page WordSection1 {size:612.0pt 792.0pt; margin:72.0pt 72.0pt 72.0pt 72.0pt;}
--></style>
<!--[if gte mso 9]><xml><o:shapedefaults v:ext="edit" spidmax="1026" /></xml><![endif]-->
</head>"""


def word(lines: list[str], tail: str = "") -> str:
    """Outlook for Windows: Word's HTML with conditional comments, an empty paragraph between lines."""
    paragraphs = '<p class="MsoNormal"><o:p>&nbsp;</o:p></p>\n'.join(
        f'<p class="MsoNormal"><span lang="EN-US" style="mso-fareast-language:EN-US">{line}<o:p></o:p></span></p>\n'
        for line in lines
    )
    body = f'<body lang="EN-GB" link="#467886" vlink="#96607D"><div class="WordSection1">{paragraphs}{tail}</div>'
    return f"{WORD_HEAD}{body}</body></html>"


def new_outlook(lines: list[str], tail: str = "") -> str:
    """Outlook on the web and the new Outlook."""
    style = "font-family: Aptos, Calibri, Helvetica, sans-serif; font-size: 12pt; color: rgb(0, 0, 0);"
    divs = "".join(f'<div class="elementToProof" style="{style}">{line}</div>\n<div><br></div>' for line in lines)
    head = '<meta http-equiv="Content-Type" content="text/html; charset=utf-8"><style type="text/css" style="display:none;">P {margin-top:0;margin-bottom:0;}</style>'
    return f'<html><head>{head}</head><body dir="ltr">{divs}{tail}</body></html>'


def phone(lines: list[str], tail: str = "") -> str:
    """Outlook on a phone."""
    divs = "".join(f'<div dir="ltr" style="font-family: -apple-system, sans-serif;">{line}</div>' for line in lines)
    footer = '<div id="ms-outlook-mobile-signature" dir="auto">Sent from a phone</div>'
    return f'<html><head><style>body{{word-wrap:break-word}}</style></head><body dir="auto">{divs}{tail}{footer}</body></html>'


def apple(lines: list[str], tail: str = "") -> str:
    """A mail program of Apple's."""
    text = "<br>".join(lines)
    return f'<html><body style="overflow-wrap: break-word; -webkit-nbsp-mode: space; line-break: after-white-space;">{text}<br class="Apple-interchange-newline"><br>{tail}</body></html>'


def exchange_text(lines: list[str], tail: str = "") -> str:
    """What Exchange makes of plain text when HTML is asked for."""
    text = "<br>\n".join(lines)
    return f'<html><head>\n<meta name="Generator" content="Microsoft Exchange Server">\n<!-- converted from text --><style><!-- .EmailQuote {{ margin-left: 1pt; padding-left: 4pt; border-left: #800000 2px solid; }} --></style></head>\n<body>\n<font size="2"><span style="font-size:11pt;"><div class="PlainText">{text}</div></span></font>{tail}</body></html>'


FRAMES: Mapping[str, Callable[[list[str], str], str]] = {
    "word": word,
    "new-outlook": new_outlook,
    "phone": phone,
    "apple": apple,
    "exchange-text": exchange_text,
}
FRAME_JUNK = ("MsoNormal", "mso-", "font-face", "WordSection", "behavior:url", "margin:", "<o:p", "converted from text")


def safelink(address: str, path: str = "/") -> str:
    """An address wrapped by Microsoft's mail filter."""
    from urllib.parse import quote

    data = "05%7C02%7Cana%40contoso.example%7C0a1b2c%7C84df9e7fe9f640afb435aaaaaaaaaaaa%7C1%7C0%7C638000000000000000"
    host = "https://nam12.safelinks.protection.outlook.com"
    return f"{host}{path}?url={quote(address, safe='')}&data={data}&sdata=q%2FAbc%3D&reserved=0"


def anchor(address: str, text: str) -> str:
    """A link in the manner of mail programs."""
    return f'<a href="{escape(address)}" target="_blank" rel="noreferrer noopener" style="color:#5B5FC7">{text}</a>'
