"""One attempt of one tool call to an MCP server over streamable HTTP, and the HTTP details that the MCP client hides:
statuses, Retry-After, and bodies limited to 5 MB."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx2
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolRequest, CallToolRequestParams, CallToolResult
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from broker.calls.caller import ToolCall
from broker.calls.results import ToolFailedError
from runtime.backoff import parse_retry_after
from runtime.rpc.identity import Credential
from runtime.rpc.tls import TlsFiles, http_client_context

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
    """Adds the caller's credential, records what responses say, and rejects those that are too large or compressed."""

    def __init__(self, inner: httpx2.AsyncBaseTransport, shows: Mapping[str, Credential]) -> None:
        """`shows` has for a URL what goes with requests to it, and to no other."""
        self._inner = inner
        self._shows = {place_of(url): credential for url, credential in shows.items()}

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Sends a request. A response that may not be read raises httpx2.ReadError."""
        exchange = current_exchange.get() or Exchange()
        if credential := self._shows.get(place_of(str(request.url))):
            request.headers.update(credential.headers)
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


def place_of(url: str) -> str:
    """A URL normalised for comparison: scheme and host in lower case, no default port, no slash at its end."""
    try:
        return str(httpx2.URL(url)).rstrip("/")
    except httpx2.InvalidURL:
        return url


class _Bounded(httpx2.AsyncByteStream):
    """A body that raises at the limit."""

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


def make_http_client(tls: TlsFiles | None = None, shows: Mapping[str, Credential] | None = None) -> HttpClient:
    """The client that all calls share. Time limits are the caller's; proxies in the environment are not used.

    With `tls` it shows a certificate, and believes servers of its authorities too; `shows` has what it says of
    itself to the server of a URL. Raises PulpoError TLS_FILES.
    """
    verify = http_client_context(tls) if tls else True
    limits = httpx2.Limits(max_connections=200, max_keepalive_connections=50, keepalive_expiry=4.0)
    return HttpClient(
        transport=WatchedTransport(
            httpx2.AsyncHTTPTransport(verify=verify, limits=limits, trust_env=False), shows or {}
        ),
        headers={"accept-encoding": "identity"},
        timeout=httpx2.Timeout(30.0, connect=2.0),
        trust_env=False,
    )


MODERN = "2026-07-28"
"""The protocol version that is spoken without asking first."""
OLD_FOR_S = 600.0
"""How long a server is remembered as older before the modern version is tried again."""
_NOT_MODERN = frozenset({400, 404, 405, 406, 415})
_REFUSALS = frozenset({-32600, -32601, -32602, -32020, -32021, -32022})
"""JSON-RPC codes by which a server says that it ran nothing."""
_CONNECTION_CODES = frozenset({-32000, -32001})


class McpEndpoint:
    """Calls tools of any MCP server. A fresh client per call over one shared HTTP client: a client
    that stays open fails with its server and cancels its task."""

    def __init__(self, http: HttpClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._http = http
        self._clock = clock
        self._old_until: dict[str, float] = {}

    async def call(self, call: ToolCall, timeout_s: float) -> Any:
        """The structured content of the tool's answer. Raises ToolFailedError."""
        exchange = Exchange()
        token = current_exchange.set(exchange)
        try:
            async with asyncio.timeout(timeout_s):
                result = await self._negotiated(call, exchange)
        except ToolFailedError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a server provokes in the library is its failure
            raise classify(_leaf(error), exchange) from None
        finally:
            current_exchange.reset(token)
        if result.is_error:
            raise ToolFailedError("TOOL_ERROR", certain=True, healthy=True)
        return result.structured_content

    async def _negotiated(self, call: ToolCall, exchange: Exchange) -> CallToolResult:
        """Speaks the modern version, or asks first where that was refused."""
        url = call.workspace.mcp[call.tool.server]
        if self._clock() >= self._old_until.get(url, 0.0):
            try:
                return await self._send(url, MODERN, call)
            except Exception as error:
                if not isinstance(_leaf(error), MCPError) or exchange.status not in _NOT_MODERN:
                    raise
        return await self._send(url, "auto", call)

    async def _send(self, url: str, mode: str, call: ToolCall) -> CallToolResult:
        params = CallToolRequestParams(name=call.tool.name, arguments=dict(call.args), _meta=meta_of(call))
        transport = streamable_http_client(url, http_client=self._http, max_sse_event_size=MAX_BODY_BYTES)
        async with Client(transport, mode=mode, cache=None) as client:
            if mode == "auto" and client.protocol_version not in MODERN_PROTOCOL_VERSIONS:
                self._old_until[url] = self._clock() + OLD_FOR_S
            # not client.call_tool: it lists the server's tools after every call, and fails when that fails
            return await client.session.send_request(CallToolRequest(params=params), CallToolResult)


def meta_of(call: ToolCall) -> dict[str, Any]:
    """The call's `_meta`: trusted values that a model cannot set. The MCP client itself adds the trace context."""
    meta = {
        "dev.pulpo/workspace_id": call.workspace.id,
        "dev.pulpo/customer": call.customer.address,
        "dev.pulpo/customer_phone": call.customer.phone,
        "dev.pulpo/now": call.turn.received_at.astimezone(UTC).isoformat(),
        "dev.pulpo/idempotency_key": call.key,
        "dev.pulpo/group": call.group_id,
    }
    return {name: value for name, value in meta.items() if value}


def classify(error: BaseException, exchange: Exchange) -> ToolFailedError:
    """The failure that an attempt's exception means. Pure."""
    status = exchange.status
    if exchange.too_large:
        return ToolFailedError("RESULT_TOO_LARGE")
    if exchange.is_compressed:
        return ToolFailedError("TOOL_PROTOCOL")
    if isinstance(error, TimeoutError | httpx2.ReadTimeout | httpx2.WriteTimeout):
        return ToolFailedError("TOOL_TIMEOUT", transient=True)
    if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout):
        return ToolFailedError("TOOL_UNREACHABLE", transient=True, certain=True)
    if status == 429 or (status == 503 and exchange.retry_after):
        wait = parse_retry_after(exchange.retry_after, datetime.now(UTC))
        return ToolFailedError("TOOL_OVERLOADED", transient=True, certain=True, retry_after_s=wait)
    if status >= 500:
        return ToolFailedError("TOOL_UNAVAILABLE", transient=status in (502, 503, 504))
    if isinstance(error, httpx2.TransportError):
        return ToolFailedError("TOOL_DISCONNECTED", transient=True)
    if isinstance(error, MCPError):
        return _classify_rpc(error.code, exchange)
    return ToolFailedError("TOOL_PROTOCOL")


def _classify_rpc(code: int, exchange: Exchange) -> ToolFailedError:
    is_reply = exchange.content_type in ("application/json", "text/event-stream")
    if exchange.status >= 400 or (exchange.status == 200 and is_reply and code in _REFUSALS):
        return ToolFailedError("TOOL_REJECTED", certain=True, healthy=True)
    if code in _CONNECTION_CODES:
        return ToolFailedError("TOOL_DISCONNECTED", transient=True)
    return ToolFailedError("TOOL_PROTOCOL")


def _leaf(error: BaseException) -> BaseException:
    """The first real exception inside nested groups."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
