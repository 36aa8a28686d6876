"""uvicorn's HTTP protocol with one thing more: an application may cut its connection without an answer."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio


class CuttableProtocol(H11Protocol):
    """Offers `state["cut"]` in the ASGI scope: called, it ends the TCP connection at once."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn
        """Keeps the connection's own way to end it, and switches Nagle's algorithm off.

        asyncio does not, for listeners that were made without naming TCP, and each answer would wait 40 ms.
        """
        super().connection_made(transport)
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.app_state = {**self.app_state, "cut": transport.abort}
        self._has_tls = transport.get_extra_info("sslcontext") is not None  # a closed connection no longer tells

    def shutdown(self) -> None:
        """Ends an idle connection when the server stops; one with TLS at once.

        A polite end of TLS waits for the client's, and the server does not live to see it.
        """
        super().shutdown()
        if self._has_tls and self.transport.is_closing():
            self.transport.abort()
