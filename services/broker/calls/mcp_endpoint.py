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
from urllib.parse import urljoin, urlsplit

import aiohttp
from opentelemetry import propagate, trace

from broker.calls import mcp_messages as mcp
from broker.calls.caller import ToolCall
from broker.calls.event_stream import messages_in
from broker.calls.http_client import Answer, CompressedError, HttpClient, TooLargeError
from broker.calls.mcp_messages import Message, Reply, Session
from broker.calls.results import ToolFailedError
from runtime.observability.tracing import is_traced

OLD_FOR_S = 600.0
"""How long a server is remembered as older before the modern version is tried again."""
MOST_REDIRECTS = 3
GOODBYE_S = 1.0
"""Longest that ending a session may take, in seconds."""
_NOT_MODERN = frozenset({400, 404, 405, 406, 415})
"""Statuses by which older servers refuse the modern version. Nothing was run."""
_UNKNOWN_SESSION = frozenset({400, 404})
"""Statuses by which a server says that it knows no such session: 404, and 400 in many servers. Nothing was run."""
_REPEATED_THERE = frozenset({307, 308})
"""Statuses that send a POST elsewhere as it is."""
_FAILURES = (TimeoutError, OSError, aiohttp.ClientError)
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
        if not is_traced():
            return await self._called(call, timeout_s)
        attributes = {"mcp.method.name": mcp.CALL, "gen_ai.tool.name": call.tool.name}
        with _tracer.start_as_current_span(
            f"{mcp.CALL} {call.tool.name}", kind=trace.SpanKind.CLIENT, attributes=attributes, record_exception=False
        ):
            return await self._called(call, timeout_s)

    async def _called(self, call: ToolCall, timeout_s: float) -> Any:
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
                async with self._http.send("DELETE", url, session.headers):
                    pass
        except _FAILURES:
            pass  # it ends by itself in a while

    async def _post(self, url: str, message: Message) -> Reply:
        """The reply to a message, which goes on to where it is redirected on the same server."""
        at = url
        for _ in range(MOST_REDIRECTS):
            async with self._http.send("POST", at, message.headers, message.body) as answer:
                onward = _onward(at, answer)
                if onward is None:
                    return await _read(answer, message.number)
            at = onward
        async with self._http.send("POST", at, message.headers, message.body) as answer:
            return await _read(answer, message.number)


def _onward(url: str, answer: Answer) -> str | None:
    """Where on the same server a response sends the request; None when it does not."""
    location = answer.header("location") if answer.status in _REPEATED_THERE else ""
    try:
        onward = urljoin(url, location)
        return onward if location and _origin(onward) == _origin(url) else None
    except ValueError:  # it is no URL
        return None


async def _read(answer: Answer, number: int | None) -> Reply:
    """A response with the answer to the request of that number, of JSON or an event stream."""
    kind = answer.header("content-type").partition(";")[0].strip().lower()
    said = None
    if 200 <= answer.status < 300 and number is not None:
        try:
            if kind == "application/json":
                said = mcp.answer_in(await answer.read(), number)
            elif kind == "text/event-stream":
                said = await _read_stream(answer, number)
        except ValueError:
            said = None
    return Reply(answer.status, answer.header("retry-after"), answer.header("mcp-session-id"), said)


async def _read_stream(answer: Answer, number: int) -> Any:
    """The answer in an event stream, in which other messages may come before. Raises ValueError for what is no JSON,
    aiohttp.ClientPayloadError when the stream ends without an answer."""
    async for text in messages_in(answer.chunks()):
        if text and (said := mcp.answer_in(text, number)):
            return said
    raise aiohttp.ClientPayloadError("an event stream without an answer")


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


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
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return ToolFailedError("TOOL_UNREACHABLE", transient=True, certain=True)
    if isinstance(error, TimeoutError):
        return ToolFailedError("TOOL_TIMEOUT", transient=True)
    if isinstance(error, aiohttp.InvalidURL):
        return ToolFailedError("TOOL_PROTOCOL")
    if isinstance(error, aiohttp.ClientError | OSError):
        return ToolFailedError("TOOL_DISCONNECTED", transient=True)
    return ToolFailedError("TOOL_PROTOCOL")
