"""Calls of tools as the broker makes them, answered without the library's way through sessions, streams and models.

What is no plain call goes on to the library with its body: other methods and versions, whatever a header of MCP or the
envelope says besides, and what is wrong. An answer given here is the one that the library would give; a test holds the
two against each other. A traced process has the library alone: it makes the spans.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

from mcp.types import CallToolResult, TextContent
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agenda.booking.call_context import PREFIX
from agenda.server.mcp_server import PATH, AgendaServer

_VERSION, _CALL = "2026-07-28", "tools/call"
_STATES = "io.modelcontextprotocol/"
_ENVELOPE = {"protocolVersion", "clientInfo", "clientCapabilities"}
_STATED = {b"mcp-protocol-version": _VERSION.encode(), b"mcp-method": _CALL.encode()}
_NAME = b"mcp-name"


@dataclass(frozen=True)
class _Call:
    """A plain call."""

    number: int
    name: str
    arguments: dict[str, Any]
    meta: Mapping[str, Any]


class PlainCalls:
    """ASGI middleware that answers plain calls of tools."""

    def __init__(self, app: ASGIApp, server: AgendaServer, hosts: Collection[str], most_bytes: int) -> None:
        """`app` answers everything else. Of `hosts`, the Host headers that are served, `:*` is any port."""
        self._app, self._server, self._most_bytes = app, server, most_bytes
        self._hosts = frozenset(hosts)
        self._starts = tuple(host[:-1] for host in hosts if host.endswith(":*"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a call, or has it answered."""
        name = self._named(scope)
        if name is None:
            await self._app(scope, receive, send)
            return
        messages = await _whole(receive)
        call = _call_in(b"".join(message.get("body", b"") for message in messages), name)
        if call is None or messages[-1]["type"] != "http.request":
            await self._app(scope, _again(messages, receive), send)
            return
        body = json.dumps(await self._answer(call, scope), separators=(",", ":")).encode()
        headers = [(b"content-length", str(len(body)).encode()), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _named(self, scope: Scope) -> str | None:
        """The tool in the head of a request that may be a plain call."""
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST":
            return None
        headers = dict(scope["headers"])
        length, host = headers.get(b"content-length", b""), headers.get(b"host", b"").decode("latin-1")
        accepted = headers.get(b"accept", b"").replace(b" ", b"").split(b",")
        is_plain = (
            len(headers) == len(scope["headers"])
            and b"origin" not in headers
            and {key: headers[key] for key in headers if key.startswith(b"mcp-") and key != _NAME} == _STATED
            and length.isdigit()
            and len(length) < 9
            and int(length) <= self._most_bytes
            and headers.get(b"content-type") == b"application/json"
            and b"application/json" in accepted
            and (host in self._hosts or host.startswith(self._starts))
        )
        name = headers.get(_NAME, b"").decode("latin-1")
        return name if is_plain and name in self._server.names else None

    async def _answer(self, call: _Call, scope: Scope) -> dict[str, Any]:
        request_context = SimpleNamespace(meta=call.meta, request=Request(scope))
        context: Any = SimpleNamespace(request_context=request_context)
        result = cast(CallToolResult, await self._server.call_tool(call.name, call.arguments, context))
        texts = cast(list[TextContent], result.content)
        told = {
            "_meta": {f"{_STATES}serverInfo": self._server.stamp},
            "content": [{"text": each.text, "type": "text"} for each in texts],
            "structuredContent": result.structured_content,
            "isError": result.is_error,
            "resultType": "complete",
        }
        return {"jsonrpc": "2.0", "id": call.number, "result": told}


async def _whole(receive: Receive) -> list[Message]:
    """The messages of a request's body, or of as much of it as comes."""
    messages = []
    while True:
        messages.append(await receive())
        if messages[-1]["type"] != "http.request" or not messages[-1].get("more_body"):
            return messages


def _again(messages: list[Message], receive: Receive) -> Receive:
    left = iter(messages)

    async def again() -> Message:
        return next(left, None) or await receive()

    return again


def _call_in(body: bytes, name: str) -> _Call | None:
    """The plain call of that tool in a body."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if b"\\u" in body and not _is_text(said):
        return None
    match said:
        case {"jsonrpc": "2.0", "id": int(number), "method": "tools/call", "params": {**params}}:
            pass
        case _:
            return None
    arguments, meta = params.get("arguments"), params.get("_meta")
    is_plain = (
        len(said) == 4
        and type(number) is int
        and 0 <= number < 1 << 53
        and params.keys() == {"name", "arguments", "_meta"}
        and params["name"] == name
        and isinstance(arguments, dict)
        and isinstance(meta, dict)
        and _is_plain(meta)
    )
    return _Call(number, name, cast(dict[str, Any], arguments), cast(dict[str, Any], meta)) if is_plain else None


def _is_text(said: object) -> bool:
    """Whether all of it can be written: JSON may spell halves of characters."""
    try:
        json.dumps(said, ensure_ascii=False).encode()
    except (UnicodeEncodeError, RecursionError):
        return False
    return True


def _is_plain(meta: dict[str, Any]) -> bool:
    """Whether an envelope says nothing but who calls, in which version, and what the broker states."""
    client = meta.get(f"{_STATES}clientInfo")
    return (
        {key for key in meta if not key.startswith(PREFIX)} == {_STATES + name for name in _ENVELOPE}
        and meta[f"{_STATES}protocolVersion"] == _VERSION
        and meta[f"{_STATES}clientCapabilities"] == {}
        and isinstance(client, dict)
        and client.keys() == {"name", "version"}
        and all(isinstance(value, str) for value in client.values())
    )
