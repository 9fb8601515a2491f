"""The HTTP client that all calls of tools share: it says who calls, and reads no body beyond 5 MB nor unpacks one."""

from collections.abc import AsyncIterator, Mapping
from functools import lru_cache

import httpx2

from runtime.rpc.identity import Credential
from runtime.rpc.tls import TlsFiles, http_client_context

HttpClient = httpx2.AsyncClient
MAX_BODY_BYTES = 5 * 1024 * 1024
"""Largest response that is read."""


class TooLargeError(httpx2.ReadError):
    """A response is larger than MAX_BODY_BYTES."""


class CompressedError(httpx2.ReadError):
    """A response is compressed although that was not asked for: its true size cannot be bounded while reading."""


class GuardedTransport(httpx2.AsyncBaseTransport):
    """Adds the caller's credential, and refuses responses that are too large or compressed."""

    def __init__(self, inner: httpx2.AsyncBaseTransport, shows: Mapping[str, Credential]) -> None:
        """`shows` has for a URL what goes with requests to it, and to no other."""
        self._inner = inner
        self._shows = {place_of(url): credential for url, credential in shows.items()}

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Sends a request. Raises TooLargeError and CompressedError, the first also while the body is read."""
        if credential := self._shows.get(place_of(str(request.url))):
            request.headers.update(credential.headers)
        response = await self._inner.handle_async_request(request)
        declared = response.headers.get("content-length", "")
        refused: httpx2.ReadError | None = None
        if declared.isdigit() and int(declared[:12]) > MAX_BODY_BYTES:
            refused = TooLargeError("a response that is too large", request=request)
        elif response.headers.get("content-encoding", "identity").lower() != "identity":
            refused = CompressedError("a response that is compressed", request=request)
        if refused:
            await response.aclose()
            raise refused
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        return httpx2.Response(
            response.status_code,
            headers=response.headers,
            stream=_Bounded(response.stream),
            extensions=response.extensions,
        )

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._inner.aclose()


@lru_cache(maxsize=1_024)
def place_of(url: str) -> str:
    """A URL normalised for comparison: scheme and host in lower case, no default port, no slash at its end."""
    try:
        return str(httpx2.URL(url)).rstrip("/")
    except httpx2.InvalidURL:
        return url


class _Bounded(httpx2.AsyncByteStream):
    """A body that raises at the limit."""

    def __init__(self, inner: httpx2.AsyncByteStream) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = 0
        async for chunk in self._inner:
            read += len(chunk)
            if read > MAX_BODY_BYTES:
                raise TooLargeError("a response that is too large")
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()


def make_http_client(tls: TlsFiles | None = None, shows: Mapping[str, Credential] | None = None) -> HttpClient:
    """The client that all calls share. Time limits are the caller's; proxies in the environment are not used.

    With `tls` it shows a certificate, and believes servers of its authorities too; `shows` has what it says of
    itself to the server of a URL. Raises PulpoError TLS_FILES.
    """
    verify = http_client_context(tls) if tls else True
    limits = httpx2.Limits(max_connections=200, max_keepalive_connections=50, keepalive_expiry=4.0)
    return HttpClient(
        transport=GuardedTransport(
            httpx2.AsyncHTTPTransport(verify=verify, limits=limits, trust_env=False), shows or {}
        ),
        headers={"accept-encoding": "identity"},
        timeout=httpx2.Timeout(30.0, connect=2.0),
        trust_env=False,
    )
