"""HTTP as the MCP client does not show it: statuses, Retry-After, and bodies that end at 5 MB."""

from collections.abc import AsyncIterator
from contextvars import ContextVar
from dataclasses import dataclass

import httpx2

from runtime.tls import TlsFiles, http_client_context

HttpClient = httpx2.AsyncClient
"""What all calls share."""
MAX_BODY_BYTES = 5 * 1024 * 1024
"""Largest response that is read."""


@dataclass
class Exchange:
    """What HTTP said during one attempt; of several requests, the last."""

    status: int = 0
    """0 until a response began."""
    retry_after: str = ""
    content_type: str = ""
    too_large: bool = False
    is_compressed: bool = False
    """Compressed although not asked for: its true size cannot be bounded while reading."""


current_exchange: ContextVar[Exchange | None] = ContextVar("current_exchange", default=None)
"""Where the attempt of the current task notes what HTTP says."""


class WatchedTransport(httpx2.AsyncBaseTransport):
    """Notes what responses say and stops reading those that are too large or compressed."""

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Sends a request. A response that may not be read raises httpx2.ReadError."""
        exchange = current_exchange.get() or Exchange()
        response = await self._inner.handle_async_request(request)
        exchange.status = response.status_code
        exchange.retry_after = response.headers.get("retry-after", "")
        exchange.content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        declared = response.headers.get("content-length", "")
        exchange.too_large = declared.isdigit() and int(declared[:12]) > MAX_BODY_BYTES
        exchange.is_compressed = response.headers.get("content-encoding", "identity").lower() != "identity"
        if exchange.too_large or exchange.is_compressed:
            await response.aclose()
            raise httpx2.ReadError("a response that may not be read", request=request)
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        return httpx2.Response(
            response.status_code,
            headers=response.headers,
            stream=_Bounded(response.stream, exchange),
            extensions=response.extensions,
        )

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._inner.aclose()


class _Bounded(httpx2.AsyncByteStream):
    """A body that breaks off at the limit."""

    def __init__(self, inner: httpx2.AsyncByteStream, exchange: Exchange) -> None:
        self._inner = inner
        self._exchange = exchange

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = 0
        async for chunk in self._inner:
            read += len(chunk)
            if read > MAX_BODY_BYTES:
                self._exchange.too_large = True
                raise httpx2.ReadError("a response that is too large")
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()


def make_http_client(tls: TlsFiles | None = None) -> HttpClient:
    """The client that all calls share. Time limits are the caller's; proxies in the environment are not used.

    With `tls` it shows a certificate, and believes servers of its authorities too. Raises PulpoError TLS_FILES.
    """
    verify = http_client_context(tls) if tls else True
    limits = httpx2.Limits(max_connections=200, max_keepalive_connections=50, keepalive_expiry=4.0)
    return HttpClient(
        transport=WatchedTransport(httpx2.AsyncHTTPTransport(verify=verify, limits=limits, trust_env=False)),
        headers={"accept-encoding": "identity"},
        timeout=httpx2.Timeout(30.0, connect=2.0),
        trust_env=False,
    )
