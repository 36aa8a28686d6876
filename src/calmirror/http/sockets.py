"""The real network: urllib3 behind the seam, imported with the first request."""

from __future__ import annotations

import socket
import time
import zlib
from threading import Lock
from typing import TYPE_CHECKING

from calmirror.errors import UserFixableError
from calmirror.http.message import Answer, ConnectionBrokenError, UntrustedError
from calmirror.http.proxies import proxy_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from ssl import SSLContext

    from urllib3 import BaseHTTPResponse, PoolManager

    from calmirror.http.message import Request

HEADERS = {
    "accept-encoding": "gzip",
    # Google compresses only for those who say "gzip" here, too.
    "user-agent": "calmirror (gzip)",
}
CHUNK = 64 * 1024


class SocketTransport:
    """Sends requests over kept-alive connections, through the proxy that the environment names. Threads may share it.

    TLS certificates are always checked; nothing is redirected or tried twice.

    Args:
        connect: seconds for making a connection.
        read: seconds of silence before an answer is given up.
        whole: seconds for the whole request, from looking the name up to the answer's last byte, however steadily it
            trickles in.
        largest: bytes of a body, before and after decompression.
        ca_file: certificates (PEM) to trust besides the system's.
    """

    def __init__(
        self,
        *,
        connect: float = 10.0,
        read: float = 60.0,
        whole: float = 300.0,
        largest: int = 64 * 2**20,
        ca_file: Path | None = None,
    ) -> None:
        self._ca_file = ca_file
        self._connect = connect
        self._read = read
        self._whole = whole
        self._largest = largest
        self._lock = Lock()
        self._pools: dict[str, PoolManager] = {}

    def send(self, request: Request) -> Answer:
        """As Transport.send; no error quotes the URL. Raises UserFixableError `ca-file` where that cannot be used."""
        from http.client import HTTPException  # noqa: PLC0415 - urllib3 brings it

        from urllib3.exceptions import HTTPError, SSLError  # noqa: PLC0415 - a run that fails early does without

        from calmirror.http.deadline import DEADLINE  # noqa: PLC0415 - as above

        before = DEADLINE.set(time.monotonic() + self._whole)
        try:
            response = self._response(request)
            try:
                return self._answer(response)
            finally:
                response.close()
        except ConnectionBrokenError:
            raise
        except (HTTPError, HTTPException, OSError, zlib.error) as error:
            # `from None`: the texts of these errors quote the URL, with all its query.
            kind = UntrustedError if isinstance(error, SSLError) else ConnectionBrokenError
            raise kind(reason(error)) from None
        finally:
            DEADLINE.reset(before)

    def close(self) -> None:
        """Closes the connections that are kept alive."""
        for pool in self._pools.values():
            pool.clear()

    def _response(self, request: Request) -> BaseHTTPResponse:
        from urllib3 import Timeout  # noqa: PLC0415 - slow to import

        return self._pool(proxy_for(request.url)).request(
            request.method,
            request.url,
            body=request.body or None,
            headers={**HEADERS, **request.headers},
            timeout=Timeout(connect=self._connect, read=self._read),
            retries=False,
            redirect=False,
            preload_content=False,
            decode_content=False,
        )

    def _pool(self, proxy: str) -> PoolManager:
        with self._lock:
            if proxy not in self._pools:
                self._pools[proxy] = new_pool(proxy, self._ca_file)
            return self._pools[proxy]

    def _answer(self, response: BaseHTTPResponse) -> Answer:
        headers = {name.lower(): value for name, value in response.headers.itermerged()}
        encoding = headers.get("content-encoding", "identity").strip().lower()
        if encoding not in {"gzip", "identity"}:
            raise ConnectionBrokenError("the answer is compressed in a way that was not asked for")
        chunks = self._chunks(response)
        body = b"".join(self._bounded(gunzipped(chunks) if encoding == "gzip" else chunks))
        return Answer(response.status, headers, body)

    def _chunks(self, response: BaseHTTPResponse) -> Iterator[bytes]:
        while chunk := response.read1(CHUNK):
            yield chunk

    def _bounded(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        size = 0
        for chunk in chunks:
            size += len(chunk)
            if size > self._largest:
                raise ConnectionBrokenError("the answer is too large")
            yield chunk


def new_pool(proxy: str, ca_file: Path | None = None) -> PoolManager:
    """Connections to anywhere, or through a proxy (a URL, with userinfo where it wants a password)."""
    import logging  # noqa: PLC0415 - urllib3 brings it

    import urllib3  # noqa: PLC0415 - slow to import

    from calmirror.http.deadline import enforce  # noqa: PLC0415 - as above

    # Its messages quote whole URLs, and a query may carry the state of a mailbox.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    options = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
    trusted = trusting(ca_file) if ca_file else None
    if not proxy:
        manager = urllib3.PoolManager(maxsize=4, socket_options=options, ssl_context=trusted)
        enforce(manager)
        return manager
    credentials = urllib3.util.parse_url(proxy).auth
    headers = urllib3.make_headers(proxy_basic_auth=credentials) if credentials else None
    manager = urllib3.ProxyManager(
        proxy,
        proxy_headers=headers,
        maxsize=4,
        socket_options=options,
        ssl_context=trusted,
        proxy_ssl_context=trusted,
    )
    enforce(manager)
    return manager


def trusting(ca_file: Path) -> SSLContext:
    """Certificates are checked as usual; those of this file are trusted, too."""
    from ssl import create_default_context  # noqa: PLC0415 - urllib3 brings it

    context = create_default_context()
    try:
        context.load_verify_locations(ca_file)
    except OSError as error:
        raise UserFixableError(
            f"The certificates in {ca_file} cannot be used ({error.strerror or 'not PEM'})",
            code="ca-file",
            command="Correct ca_file of [network] in calmirror.toml",
        ) from None
    return context


def gunzipped(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Decompresses piece by piece, so that a small answer cannot fill the memory before it is measured."""
    unzip = zlib.decompressobj(wbits=31)
    empty = True
    for chunk in chunks:
        empty = False
        rest = chunk
        while rest and not unzip.eof:
            yield unzip.decompress(rest, CHUNK)
            rest = unzip.unconsumed_tail
    if not unzip.eof and not empty:
        raise ConnectionBrokenError("the answer was cut off")


def reason(error: Exception) -> str:
    """What broke, in words that never quote a URL."""
    from urllib3 import exceptions  # noqa: PLC0415 - slow to import

    words = {
        exceptions.NameResolutionError: "the host's name is not known here",
        exceptions.NewConnectionError: "the connection was refused",
        exceptions.ConnectTimeoutError: "no connection came about in time",
        exceptions.ReadTimeoutError: "no answer came in time",
        exceptions.ProxyError: "the proxy did not let the request through",
        exceptions.SSLError: "the TLS certificate or handshake is not right",
        zlib.error: "the answer's compression is damaged",
    }
    return next((text for kind, text in words.items() if isinstance(error, kind)), "the connection broke off")
