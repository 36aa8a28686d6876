"""One request to a monitor after each run. Its address is a secret: nothing here quotes it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from calmirror.http.message import Request

if TYPE_CHECKING:
    from calmirror.http.message import Transport

SILENT = {5, 7}
"""Exit codes after which nothing is sent: the next run may do better, and the monitor's own patience decides."""
ALIVE = {0, 3}
NO_SUCH_PLACE = {404, 405, 501}


def beat(url: str, exit_code: int, transport: Transport) -> str | None:
    """Tells the monitor how a run ended, by the exit code alone.

    Returns why that failed, "" where it did not, None where there was nothing to send.

    Monitors without an address for failures notice them by what does not come.
    """
    if exit_code in SILENT:
        return None
    alive = exit_code in ALIVE
    headers = {"content-type": "text/plain"}
    try:
        answer = transport.send(
            Request("POST", url if alive else below(url, "fail"), headers, f"exit {exit_code}".encode())
        )
    except OSError as error:
        return str(error)
    if 200 <= answer.status < 300 or (not alive and answer.status in NO_SUCH_PLACE):
        return ""
    return f"it was answered with status {answer.status}"


def below(url: str, name: str) -> str:
    """The address of `name` below the path of `url`."""
    parts = urlsplit(url)
    return parts._replace(path=f"{parts.path.rstrip('/')}/{name}").geturl()
