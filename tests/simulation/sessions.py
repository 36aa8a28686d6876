"""A `requests` session that the stand-ins answer in this process, for libraries that bring no seam of their own."""

from __future__ import annotations

import io
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import requests
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

from calmirror.http.message import Request
from calmirror.sandbox.service import Service
from calmirror.sandbox.transport import SandboxTransport


class StandIns(BaseAdapter):
    """Sends what a session sends to the stand-in whose address it names."""

    def __init__(self, services: Sequence[Service]) -> None:
        super().__init__()
        self._transport = SandboxTransport(services)

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:
        body = request.body.encode() if isinstance(request.body, str) else request.body or b""
        headers = {name.lower(): value for name, value in request.headers.items()}
        answer = self._transport.send(Request(request.method, request.url, headers, body))
        raw = HTTPResponse(io.BytesIO(answer.body), answer.headers, answer.status, preload_content=False)
        response = requests.Response()
        response.status_code, response.raw, response.url = answer.status, raw, request.url
        response.reason, response.request = HTTPStatus(answer.status).phrase, request
        response.headers.update(answer.headers)
        return response

    def close(self) -> None:
        """There is nothing to close."""


def session(*services: Service) -> requests.Session:
    """A session that reaches these stand-ins and nothing else."""
    made = requests.Session()
    made.adapters.clear()
    for scheme in ("https://", "http://"):
        made.mount(scheme, StandIns(services))
    return made
