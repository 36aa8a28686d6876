"""The in-process face: the product's transport, answered by the stand-ins without a socket."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from calmirror.http.message import Answer, ConnectionBrokenError, Request
from calmirror.sandbox.service import Service


class SandboxTransport:
    """Sends each request to the service whose origin (scheme, host, port) it names; there is no other network."""

    def __init__(self, services: Sequence[Service]) -> None:
        self._services = {origin(service.base_url): service for service in services}

    def send(self, request: Request) -> Answer:
        """As Transport.send; an unknown host is a connection that cannot be made."""
        service = self._services.get(origin(request.url))
        if service is None:
            raise ConnectionBrokenError(f"no such host: {urlsplit(request.url).hostname}")
        return service.answer(request)


def origin(url: str) -> str:
    """Scheme, host and port of a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
