"""A person at the sign-in pages, without a browser: reads the forms, presses the buttons.

Where the pages send the person back to the program, the address is returned and not visited.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin

from calmirror.http.message import Answer, Request
from calmirror.sandbox.transport import origin

Send = Callable[[Request], Answer]
MOST_PAGES = 10


@dataclass(slots=True)
class Form:
    """One form of a page: where it goes, what it holds, its buttons by id."""

    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(slots=True)
class Page:
    """What the person sees: where it is, all text, and the forms."""

    url: str
    status: int
    text: str
    forms: list[Form]

    @property
    def buttons(self) -> list[str]:
        """The ids of everything that can be pressed."""
        return [ident for form in self.forms for ident in form.buttons]


class Person:
    """Signs in at either service.

    Args:
        send: a stand-in's `answer`, or a transport's `send` where it is served by sockets.
        account: which of the accounts on the page is the person's; the first one without it.
    """

    def __init__(self, send: Send, account: str = "") -> None:
        self._send = send
        self._account = account
        self.page: Page | None = None
        """The page before the person's eyes."""
        self.back: Request | None = None
        """What the browser asks the program for at the end: a GET, or a POST where the program wanted that."""

    def accept(self, url: str, untick: Sequence[str] = ()) -> str:
        """Signs in and agrees to what is asked, but for boxes whose value ends with one of `untick`.

        Returns:
            The address at which the program is given the code or the error; "" where the pages end without one.
        """
        return self._through(url, ("accept", "continue"), untick)

    def cancel(self, url: str) -> str:
        """Signs in and refuses; as `accept`."""
        return self._through(url, ("cancel", "return", "continue"), ())

    def enter_code(self, url: str, code: str, *, agree: bool = True) -> Page:
        """Enters a device code at its page, signs in, and agrees or refuses; returns the last page."""
        self.open(url)
        self.press("next", {"otc": code})
        self._decide(("accept",) if agree else ("cancel",), ())
        return self._seen()

    def open(self, url: str) -> Page | None:
        """Opens an address; None where it sends the person back to the program at once."""
        return self._shown(Request("GET", url, {"accept": "text/html"}))

    def press(self, ident: str, entered: Mapping[str, str] | None = None, untick: Sequence[str] = ()) -> Page | None:
        """Presses a button of the page; LookupError where there is none of that id."""
        page = self._seen()
        form = next((one for one in page.forms if ident in one.buttons), None)
        if form is None:
            raise LookupError(f"no button {ident!r} on {page.text!r}; there are: {page.buttons}")
        kept = [(name, value) for name, value in form.fields if not (untick and value.endswith(tuple(untick)))]
        body = urlencode([*kept, *(entered or {}).items(), form.buttons[ident]]).encode()
        headers = {"content-type": "application/x-www-form-urlencoded"}
        return self._shown(Request("POST", urljoin(page.url, form.action), headers, body))

    def _through(self, url: str, wanted: Sequence[str], untick: Sequence[str]) -> str:
        self.open(url)
        self._decide(wanted, untick)
        if self.back is None:
            return ""
        separator = "&" if "?" in self.back.url else "?"
        return f"{self.back.url}{separator}{self.back.body.decode()}" if self.back.body else self.back.url

    def _decide(self, wanted: Sequence[str], untick: Sequence[str]) -> None:
        """Presses on until the pages end: one's account, then whatever of `wanted` is there."""
        for _ in range(MOST_PAGES):
            ident = self._next(wanted) if self.back is None else ""
            if not ident:
                return
            self.press(ident, untick=untick)

    def _next(self, wanted: Sequence[str]) -> str:
        page = self._seen()
        accounts = {form.buttons[i][1]: i for form in page.forms for i in form.buttons if i.startswith("account-")}
        if accounts:
            return accounts[self._account] if self._account else next(iter(accounts.values()))
        return next((ident for ident in wanted if ident in page.buttons), "")

    def _seen(self) -> Page:
        if self.page is None:
            raise LookupError("no page is open")
        return self.page

    def _shown(self, request: Request) -> Page | None:
        """The page that a request leads to; remembers instead where it sends the person back to the program."""
        self.back = None
        answer = self._send(request)
        if 300 <= answer.status < 400:
            self.page, self.back = None, Request("GET", urljoin(request.url, answer.headers["location"]))
            return None
        reader = Reader()
        reader.feed(answer.body.decode())
        self.page = Page(request.url, answer.status, " ".join(" ".join(reader.words).split()), reader.forms)
        posted = next(
            (form for form in reader.forms if origin(urljoin(request.url, form.action)) != origin(request.url)), None
        )
        if posted:
            self.page, self.back = None, Request("POST", posted.action, body=urlencode(posted.fields).encode())
        return self.page


class Reader(HTMLParser):
    """The forms and the words of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.words: list[str] = []
        self._hidden = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes forms, their fields and buttons."""
        has = {name: value or "" for name, value in attrs}
        self._hidden = tag in {"style", "script"}
        if tag == "form":
            self.forms.append(Form(has["action"]))
        elif tag == "button":
            self.forms[-1].buttons[has["id"]] = (has["name"], has["value"])
        elif tag == "input" and (has["type"] == "hidden" or (has["type"] == "checkbox" and "checked" in has)):
            self.forms[-1].fields.append((has["name"], has["value"]))

    def handle_endtag(self, tag: str) -> None:
        """What follows a style or a script is to be read again."""
        self._hidden = self._hidden and tag not in {"style", "script"}

    def handle_data(self, data: str) -> None:
        """Notes what a person reads."""
        if not self._hidden:
            self.words.append(data)
