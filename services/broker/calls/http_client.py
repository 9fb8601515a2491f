"""The HTTP client that all calls of tools share: it says who calls, reads no body beyond 5 MB nor unpacks one, and
goes nowhere by itself: what a redirect means is its caller's to say.

Errors are the library's (`aiohttp.ClientError`, `TimeoutError`) and the two named here.
"""

from collections.abc import AsyncIterator, Mapping
from functools import lru_cache
from types import TracebackType
from urllib.parse import urlsplit

import aiohttp

from runtime.rpc.identity import Credential
from runtime.rpc.tls import TlsFiles, http_client_context

MAX_BODY_BYTES = 5 * 1024 * 1024
"""Largest response that is read."""
_USUAL_PORTS = {"http": 80, "https": 443}
_OWN_HEADERS = {"accept-encoding": "identity", "user-agent": "pulpo-broker"}
_PATIENCE = aiohttp.ClientTimeout(total=None, connect=30.0, sock_connect=2.0, sock_read=30.0)
"""Seconds for a free connection, to connect one, and between two pieces of an answer; the whole is the caller's."""


class TooLargeError(aiohttp.ClientPayloadError):
    """A response is larger than MAX_BODY_BYTES."""


class CompressedError(aiohttp.ClientPayloadError):
    """A response is compressed although that was not asked for: its true size cannot be bounded while reading."""


class Answer:
    """A response whose head has come."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        """Raises TooLargeError and CompressedError for what must not be read."""
        self._response = response
        declared = response.headers.get("content-length", "")
        if declared.isdigit() and int(declared[:12]) > MAX_BODY_BYTES:
            raise TooLargeError("a response that is too large")
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            raise CompressedError("a response that is compressed")

    @property
    def status(self) -> int:
        """Its status."""
        return self._response.status

    def header(self, name: str) -> str:
        """A header's value; empty when there is none."""
        return self._response.headers.get(name, "")

    async def chunks(self) -> AsyncIterator[bytes]:
        """Its body as it comes. Raises TooLargeError at the limit."""
        read = 0
        async for chunk in self._response.content.iter_any():
            read += len(chunk)
            if read > MAX_BODY_BYTES:
                raise TooLargeError("a response that is too large")
            yield chunk

    async def read(self) -> bytes:
        """Its whole body. Raises TooLargeError at the limit."""
        return b"".join([chunk async for chunk in self.chunks()])


class Exchange:
    """One request and its response, which is let go at the block's end: read to its end, or hung up."""

    __slots__ = ("_asked", "_body", "_headers", "_response", "_session")

    def __init__(
        self, session: aiohttp.ClientSession, method: str, url: str, headers: dict[str, str], body: bytes | None
    ) -> None:
        self._session, self._asked, self._headers, self._body = session, (method, url), headers, body
        self._response: aiohttp.ClientResponse | None = None

    async def __aenter__(self) -> Answer:
        self._response = await self._session.request(
            *self._asked, headers=self._headers, data=self._body, allow_redirects=False
        )
        try:
            return Answer(self._response)
        except aiohttp.ClientError:
            self._response.close()
            raise

    async def __aexit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        assert self._response is not None
        if error is None:
            self._response.release()
        else:
            self._response.close()


class HttpClient:
    """Makes requests on connections that it keeps for a while. Make it in the running loop; close it when done."""

    def __init__(self, tls: TlsFiles | None = None, shows: Mapping[str, Credential] | None = None) -> None:
        """With `tls` it shows a certificate, and believes servers of its authorities too; `shows` has what it says of
        itself to the server of a URL, and to no other. Proxies in the environment are not used. Raises PulpoError
        TLS_FILES."""
        self._shows = {place_of(url): dict(credential.headers) for url, credential in (shows or {}).items()}
        verify = http_client_context(tls) if tls else True
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=200, keepalive_timeout=4.0, ssl=verify),
            timeout=_PATIENCE,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
        )

    def send(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Exchange:
        """One request, made when the exchange is entered."""
        said = {**_OWN_HEADERS, **(headers or {}), **self._shows.get(place_of(url), {})}
        return Exchange(self._session, method, url, said, body)

    async def __aenter__(self) -> "HttpClient":
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the connections."""
        await self._session.close()


@lru_cache(maxsize=1_024)
def place_of(url: str) -> str:
    """A URL normalised for comparison: scheme and host in lower case, no default port, no slash at its end."""
    try:
        parts = urlsplit(url)
        usual = parts.port == _USUAL_PORTS.get(parts.scheme)
    except ValueError:
        return url
    user, at, place = parts.netloc.rpartition("@")
    host = place.lower().removesuffix(f":{parts.port}") if usual else place.lower()
    return parts._replace(netloc=f"{user}{at}{host}").geturl().rstrip("/")
