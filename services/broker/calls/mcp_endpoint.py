"""One attempt of one tool call, by MCP over streamable HTTP.

A call is one POST. What the broker knows of a server is a few words, never an open stream: nothing of it can die with
the server, and a connection that broke is the shared HTTP client's to find.
"""

import asyncio
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

import httpx2
from opentelemetry import propagate, trace

from broker.calls import mcp_messages as mcp
from broker.calls.caller import ToolCall
from broker.calls.http_client import MAX_BODY_BYTES, CompressedError, HttpClient, TooLargeError
from broker.calls.mcp_messages import Message, Reply, Session
from broker.calls.results import ToolFailedError

OLD_FOR_S = 600.0
"""How long a server is remembered as older before the modern version is tried again."""
MOST_REDIRECTS = 3
GOODBYE_S = 1.0
"""Longest that ending a session may take, in seconds."""
_NOT_MODERN = frozenset({400, 404, 405, 406, 415})
"""Statuses by which older servers refuse the modern version. Nothing was run."""
_UNKNOWN_SESSION = frozenset({400, 404})
"""Statuses by which a server says that it knows no such session: 404, and 400 in many servers. Nothing was run."""
_FAILURES = (TimeoutError, OSError, httpx2.HTTPError, httpx2.InvalidURL)
_tracer = trace.get_tracer(__name__)


@dataclass
class _Older:
    """A server that speaks an older version."""

    until: float = 0.0
    """When the modern version is tried again."""
    session: Session | None = None
    opening: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while a session is opened: one for all calls that wait for it."""


class McpEndpoint:
    """Calls tools of any MCP server."""

    def __init__(self, http: HttpClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._http = http
        self._clock = clock
        self._older: dict[str, _Older] = {}
        self._numbers = itertools.count(1)

    async def call(self, call: ToolCall, timeout_s: float) -> Any:
        """The structured content of the tool's answer. Raises ToolFailedError."""
        attributes = {"mcp.method.name": mcp.CALL, "gen_ai.tool.name": call.tool.name}
        with _tracer.start_as_current_span(
            f"{mcp.CALL} {call.tool.name}", kind=trace.SpanKind.CLIENT, attributes=attributes, record_exception=False
        ):
            try:
                async with asyncio.timeout(timeout_s):
                    reply = await self._negotiated(call)
            except _FAILURES as error:
                raise classify(error) from None
            return mcp.structured_of(reply)

    async def close(self) -> None:
        """Ends the sessions that servers keep for this broker, as far as they answer."""
        kept = [(url, older.session) for url, older in self._older.items() if older.session and older.session.id]
        self._older.clear()
        await asyncio.gather(*(self._end(url, session) for url, session in kept))

    async def _negotiated(self, call: ToolCall) -> Reply:
        """The reply to a call in the version that its server speaks: the modern one, unless it refuses that."""
        url = call.workspace.mcp[call.tool.server]
        params = {"name": call.tool.name, "arguments": dict(call.args), "_meta": meta_of(call)}
        older = self._older.get(url)
        if older is None or self._clock() >= older.until:
            reply = await self._modern(url, mcp.CALL, params)
            if reply.status not in _NOT_MODERN:
                if reply.answer:
                    self._older.pop(url, None)
                return reply
            if await self._is_modern(url):
                return await self._modern(url, mcp.CALL, params)
            older = self._older.setdefault(url, _Older())
        return await self._within_session(url, older, params)

    async def _modern(self, url: str, method: str, params: dict[str, Any]) -> Reply:
        return await self._post(url, mcp.modern_request(next(self._numbers), method, params))

    async def _is_modern(self, url: str) -> bool:
        """Whether a server that refused a call speaks the modern version for all that."""
        reply = await self._modern(url, mcp.DISCOVER, {})
        try:
            versions = mcp.result_of(reply).get("supportedVersions")
        except ToolFailedError:
            return False
        return isinstance(versions, list) and mcp.MODERN in versions

    async def _within_session(self, url: str, older: _Older, params: dict[str, Any]) -> Reply:
        """The reply to a call in a session; in a new one when the server has forgotten it, and so has run nothing."""
        session = await self._session(url, older)
        reply = await self._post(url, mcp.older_request(next(self._numbers), mcp.CALL, params, session))
        if session.id and reply.status in _UNKNOWN_SESSION:
            session = await self._session(url, older, forgotten=session)
            reply = await self._post(url, mcp.older_request(next(self._numbers), mcp.CALL, params, session))
        return reply

    async def _session(self, url: str, older: _Older, forgotten: Session | None = None) -> Session:
        """The session with a server, opened when there is none but a `forgotten` one. Raises ToolFailedError."""
        async with older.opening:
            if older.session is None or older.session is forgotten:
                older.session = await self._open(url)
            if self._clock() >= older.until:
                older.until = self._clock() + OLD_FOR_S
            return older.session

    async def _open(self, url: str) -> Session:
        """Shakes hands with a server. Raises ToolFailedError: no tool was called."""
        try:
            reply = await self._post(url, mcp.opening(next(self._numbers)))
            session = mcp.session_of(reply)
            if refused := mcp.refusal_of(await self._post(url, mcp.opened(session))):
                raise refused
        except ToolFailedError as failure:
            failure.certain = True
            raise
        return session

    async def _end(self, url: str, session: Session) -> None:
        try:
            async with asyncio.timeout(GOODBYE_S):
                await self._http.delete(url, headers=session.headers)
        except _FAILURES:
            pass  # it ends by itself in a while

    async def _post(self, url: str, message: Message) -> Reply:
        request = self._http.build_request("POST", url, headers=dict(message.headers), content=message.body)
        response = await self._send(request)
        try:
            return await _read(response, message.number)
        finally:
            await response.aclose()

    async def _send(self, request: httpx2.Request) -> httpx2.Response:
        """The response to a request, which goes on to where it is redirected on the same server."""
        response = await self._http.send(request, stream=True)
        for _ in range(MOST_REDIRECTS):
            onward = response.next_request
            if onward is None or onward.method != request.method or _origin(onward.url) != _origin(request.url):
                break
            await response.aclose()
            response = await self._http.send(onward, stream=True)
        return response


async def _read(response: httpx2.Response, number: int | None) -> Reply:
    """A response with the answer to the request of that number, of JSON or an event stream."""
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    answer = None
    if response.is_success and number is not None:
        try:
            if kind == "application/json":
                answer = mcp.answer_in(await response.aread(), number)
            elif kind == "text/event-stream":
                answer = await _read_stream(response, number)
        except ValueError:
            answer = None
    headers = response.headers
    return Reply(response.status_code, headers.get("retry-after", ""), headers.get("mcp-session-id", ""), answer)


async def _read_stream(response: httpx2.Response, number: int) -> Any:
    """The answer in an event stream, in which other messages may come before. Raises ValueError for what is no JSON,
    httpx2.RemoteProtocolError when the stream ends without an answer."""
    async for event in httpx2.EventSource(response, MAX_BODY_BYTES):
        if event.event == "message" and event.data and (answer := mcp.answer_in(event.data, number)):
            return answer
    raise httpx2.RemoteProtocolError("an event stream without an answer")


def _origin(url: httpx2.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def meta_of(call: ToolCall) -> dict[str, Any]:
    """The call's `_meta`: trusted values that a model cannot set, and the trace that the call belongs to."""
    meta = {
        "dev.pulpo/workspace_id": call.workspace.id,
        "dev.pulpo/customer": call.customer.address,
        "dev.pulpo/customer_phone": call.customer.phone,
        "dev.pulpo/now": call.turn.received_at.astimezone(UTC).isoformat(),
        "dev.pulpo/idempotency_key": call.key,
        "dev.pulpo/group": call.group_id,
    }
    stated = {name: value for name, value in meta.items() if value}
    propagate.inject(stated)
    return stated


def classify(error: BaseException) -> ToolFailedError:
    """The failure that an attempt's exception means. Pure."""
    if isinstance(error, TooLargeError):
        return ToolFailedError("RESULT_TOO_LARGE")
    if isinstance(error, CompressedError):
        return ToolFailedError("TOOL_PROTOCOL")
    if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout):
        return ToolFailedError("TOOL_UNREACHABLE", transient=True, certain=True)
    if isinstance(error, TimeoutError | httpx2.TimeoutException):
        return ToolFailedError("TOOL_TIMEOUT", transient=True)
    if isinstance(error, httpx2.TransportError | OSError):
        return ToolFailedError("TOOL_DISCONNECTED", transient=True)
    return ToolFailedError("TOOL_PROTOCOL")
