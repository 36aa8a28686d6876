"""What both sign-in services send and receive: forms, pages that work without scripts, redirects, JSON."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit

from calmirror.http.message import Answer, Request

HTML = "text/html; charset=utf-8"
UNCACHED = {"cache-control": "no-store", "pragma": "no-cache"}


def form_of(request: Request) -> dict[str, str]:
    """The fields of the query and, in a POST, of the body, which wins."""
    fields = dict(parse_qsl(urlsplit(request.url).query, keep_blank_values=True))
    return fields | dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))


def many(request: Request, name: str) -> list[str]:
    """Every value that the body has for a field, as ticked boxes send them."""
    return [value for key, value in parse_qsl(request.body.decode("utf-8", "replace")) if key == name]


def basic(request: Request) -> tuple[str, str] | None:
    """Client id and secret of an `Authorization: Basic` header; None where there is none that can be read."""
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return unquote_plus(name), unquote_plus(secret)


def proves(verifier: str, challenge: str) -> bool:
    """Whether a PKCE verifier belongs to an S256 challenge."""
    digest = hashlib.sha256(verifier.encode("ascii", "replace")).digest()
    return hmac.compare_digest(base64.urlsafe_b64encode(digest).rstrip(b"="), challenge.encode("ascii", "replace"))


def answered(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """JSON that nobody may keep."""
    kind = {"content-type": "application/json; charset=utf-8"}
    return Answer(status, {**kind, **UNCACHED, **(headers or {})}, json.dumps(content).encode())


def redirect(uri: str, parameters: Mapping[str, str], mode: str = "query") -> Answer:
    """Sends the browser on with parameters: in the `query`, the `fragment`, or as a POST (`form_post`)."""
    filled = {name: value for name, value in parameters.items() if value}
    if mode == "form_post":
        body = form(uri, hidden=filled, buttons=[button("continue", "Continue")], ident="post")
        return page("Working ...", body + "<script>document.forms[0].submit()</script>")
    separator = "#" if mode == "fragment" else "&" if urlsplit(uri).query else "?"
    return Answer(302, {"location": f"{uri}{separator}{urlencode(filled)}", **UNCACHED})


def page(title: str, content: str, status: int = 200) -> Answer:
    """A whole page; `content` is HTML."""
    style = "body{font:16px sans-serif;max-width:30em;margin:4em auto}button,input,label{display:block;margin:.6em 0}"
    text = (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{style}</style></head><body><h1>{escape(title)}</h1>{content}</body></html>"
    )
    return Answer(status, {"content-type": HTML, **UNCACHED}, text.encode())


def paragraph(text: str, ident: str = "") -> str:
    """A line of text."""
    return f"<p{_id(ident)}>{escape(text)}</p>"


def items(texts: Iterable[str]) -> str:
    """A list."""
    return f"<ul>{''.join(f'<li>{escape(text)}</li>' for text in texts)}</ul>"


def form(
    action: str, *, buttons: Iterable[str], hidden: Mapping[str, str] | None = None, inner: str = "", ident: str = ""
) -> str:
    """A form that POSTs."""
    kept = "".join(f'<input type="hidden" name="{escape(n)}" value="{escape(v)}">' for n, v in (hidden or {}).items())
    return f'<form method="post" action="{escape(action)}"{_id(ident)}>{kept}{inner}{"".join(buttons)}</form>'


def button(ident: str, text: str, name: str = "decision", value: str = "") -> str:
    """A button that submits its form; its value is its id unless another is given."""
    return f'<button type="submit"{_id(ident)} name="{name}" value="{escape(value or ident)}">{escape(text)}</button>'


def field(ident: str, text: str) -> str:
    """A text to be entered."""
    return f'<label>{escape(text)}<input type="text"{_id(ident)} name="{ident}" autocomplete="off"></label>'


def checkbox(ident: str, text: str, name: str, value: str) -> str:
    """A box that is ticked until the person unticks it."""
    box = f'<input type="checkbox"{_id(ident)} name="{name}" value="{escape(value)}" checked>'
    return f"<label>{box}{escape(text)}</label>"


def _id(ident: str) -> str:
    return f' id="{escape(ident)}"' if ident else ""
