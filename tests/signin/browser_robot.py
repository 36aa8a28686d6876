"""A browser for $BROWSER that signs in by itself: a plain one, or Chromium. Arguments: kind, account, address."""

from __future__ import annotations

import html
import os
import re
import sys
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

CHROMIUM = Path("/usr/bin/chromium")
SWITCHES = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
"""Containers need them, and tests run as root there."""


def plain(account: str, url: str) -> str:
    """Reads the forms, presses the buttons, goes where it is sent; the text of the last page."""
    from calmirror.http.sockets import SocketTransport
    from calmirror.sandbox.signin.person import Person

    transport = SocketTransport(ca_file=Path(os.environ["SANDBOX_CA"]))
    back = urlsplit(Person(transport.send, account).accept(url))
    transport.close()
    connection = HTTPConnection("127.0.0.1", back.port, timeout=10)
    connection.request("GET", f"{back.path or '/'}?{back.query}", headers={"Host": back.netloc})
    return connection.getresponse().read().decode()


def chromium(account: str, url: str) -> str:
    """The same in a real browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(SWITCHES))
        page = browser.new_page(ignore_https_errors=True)
        page.set_default_timeout(20_000)
        page.goto(url)
        page.get_by_role("button", name=account).click()
        while not page.locator("#message").count():
            page.locator("#accept, #continue, #message").first.wait_for()
            if page.locator("#accept, #continue").count():
                page.locator("#accept, #continue").first.click()
        text = page.locator("#message").inner_text()
        browser.close()
    return text


def led_to(page: str) -> str:
    """Where a page leads at once; only its owner can read it."""
    file = Path(urlsplit(page).path)
    assert file.stat().st_mode & 0o077 == 0
    return html.unescape(re.search(r'url=([^"]+)"', file.read_text())[1])


if __name__ == "__main__":
    kind, account, shown_url = sys.argv[1:]
    assert shown_url.startswith("file://"), "anybody sees the arguments of a process"
    url = shown_url if kind == "chromium" else led_to(shown_url)
    shown = (chromium if kind == "chromium" else plain)(account, url)
    Path(os.environ["SHOWN"]).write_text(shown)
