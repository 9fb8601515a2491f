"""The broker's way to tools: one attempt of one call to an MCP server over streamable HTTP."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx2
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolRequest, CallToolRequestParams, CallToolResult
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from broker.backoff import parse_retry_after
from broker.calls import Call
from broker.exchange import MAX_BODY_BYTES, Exchange, HttpClient, current_exchange
from broker.failures import ToolFailedError

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
    that stays open dies with its server and takes its task along."""

    def __init__(self, http: HttpClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._http = http
        self._clock = clock
        self._old_until: dict[str, float] = {}

    async def call(self, call: Call, timeout_s: float) -> Any:
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

    async def _negotiated(self, call: Call, exchange: Exchange) -> CallToolResult:
        """Speaks the modern version, or asks first where that was refused."""
        url = call.workspace.mcp[call.tool.server]
        if self._clock() >= self._old_until.get(url, 0.0):
            try:
                return await self._send(url, MODERN, call)
            except Exception as error:
                if not isinstance(_leaf(error), MCPError) or exchange.status not in _NOT_MODERN:
                    raise
        return await self._send(url, "auto", call)

    async def _send(self, url: str, mode: str, call: Call) -> CallToolResult:
        params = CallToolRequestParams(name=call.tool.name, arguments=dict(call.args), _meta=meta_of(call))
        transport = streamable_http_client(url, http_client=self._http, max_sse_event_size=MAX_BODY_BYTES)
        async with Client(transport, mode=mode, cache=None) as client:
            if mode == "auto" and client.protocol_version not in MODERN_PROTOCOL_VERSIONS:
                self._old_until[url] = self._clock() + OLD_FOR_S
            # not client.call_tool: it lists the server's tools after every call, and fails when that fails
            return await client.session.send_request(CallToolRequest(params=params), CallToolResult)


def meta_of(call: Call) -> dict[str, Any]:
    """What a model may not choose. Trace context is added by the MCP client itself."""
    meta = {
        "dev.pulpo/workspace_id": call.workspace.id,
        "dev.pulpo/customer": call.customer.address,
        "dev.pulpo/customer_phone": call.customer.phone,
        "dev.pulpo/now": call.turn.received_at.astimezone(UTC).isoformat(),
        "dev.pulpo/idempotency_key": call.key,
    }
    return {name: value for name, value in meta.items() if value}


def classify(error: BaseException, exchange: Exchange) -> ToolFailedError:
    """What an attempt's exception means. Pure."""
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
