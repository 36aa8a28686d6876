"""uvicorn's HTTP protocol with one thing more: an application may cut its connection without an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio


class CuttableProtocol(H11Protocol):
    """Offers `state["cut"]` in the ASGI scope: called, it ends the TCP connection at once."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn
        """Keeps the connection's own way to end it; asyncio has switched Nagle's algorithm off already."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "cut": transport.abort}
