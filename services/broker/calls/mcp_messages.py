"""The messages of MCP that calling a tool takes, and what an answer means. Pure.

Since version 2026-07-28 every request stands alone: it states version and client itself. Older versions begin with a
handshake, in which a server may give a session an id; from then on version and id go with every request.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from broker.calls.results import ToolFailedError
from runtime.backoff import parse_retry_after

MODERN = "2026-07-28"
"""The version that is spoken without asking first."""
OLDER = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")
"""Versions that begin with a handshake, the preferred one first."""
CALL, DISCOVER, INITIALIZE, INITIALIZED = "tools/call", "server/discover", "initialize", "notifications/initialized"
_CLIENT = {"name": "pulpo-broker", "version": "1"}
_STATED = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientInfo": _CLIENT,
    "io.modelcontextprotocol/clientCapabilities": {},
}
"""What a request of the modern version says in its `_meta`."""
_KINDS = {"accept": "application/json, text/event-stream", "content-type": "application/json"}
_REFUSALS = frozenset({-32600, -32601, -32602, -32020, -32021, -32022})
"""JSON-RPC codes by which a server says that it ran nothing."""
_CONNECTION_CODES = frozenset({-32000, -32001})
"""Codes by which a server says that it lost what it called itself."""


@dataclass(frozen=True)
class Session:
    """What was agreed with a server of an older version."""

    version: str
    id: str = ""
    """Empty when the server keeps no sessions."""

    @property
    def headers(self) -> dict[str, str]:
        """What goes with every request of the session."""
        return {"mcp-protocol-version": self.version, **({"mcp-session-id": self.id} if self.id else {})}


@dataclass(frozen=True)
class Message:
    """What is sent in one POST."""

    headers: Mapping[str, str]
    body: bytes
    number: int | None
    """The request's id, which its answer repeats; None for what gets no answer."""


@dataclass(frozen=True)
class Reply:
    """What came back for a POST."""

    status: int
    retry_after: str = ""
    session_id: str = ""
    """The id by which the server names a session that begins with this answer; mostly empty."""
    answer: Mapping[str, Any] | None = None
    """The JSON-RPC answer; None when there was none that can be read."""


def modern_request(number: int, method: str, params: Mapping[str, Any]) -> Message:
    """A request of the modern version."""
    stated = {**params, "_meta": {**params.get("_meta", {}), **_STATED}}
    headers = {**_KINDS, "mcp-protocol-version": MODERN, "mcp-method": method}
    if "name" in params:
        headers["mcp-name"] = params["name"]
    return Message(headers, _encode(method, stated, number), number)


def older_request(number: int, method: str, params: Mapping[str, Any], session: Session) -> Message:
    """A request within a session of an older version."""
    return Message({**_KINDS, **session.headers}, _encode(method, params, number), number)


def opening(number: int) -> Message:
    """The request that begins a session."""
    params = {"protocolVersion": OLDER[0], "capabilities": {}, "clientInfo": _CLIENT}
    return Message(_KINDS, _encode(INITIALIZE, params, number), number)


def opened(session: Session) -> Message:
    """The note that ends the handshake."""
    return Message({**_KINDS, **session.headers}, _encode(INITIALIZED, {}, None), None)


def answer_in(text: str | bytes, number: int | None) -> Mapping[str, Any] | None:
    """The answer to the request of that number, if the text is it. Raises ValueError when it is no JSON."""
    try:
        said = json.loads(text)
    except RecursionError:
        raise ValueError("nested too deep") from None
    if not isinstance(said, dict) or said.get("jsonrpc") != "2.0":
        return None
    is_ours = type(said.get("id")) is int and said["id"] == number
    unread = "error" in said and said.get("id") is None  # the server could not read whose request it refuses
    return said if unread or (is_ours and ("result" in said or "error" in said)) else None


def refusal_of(reply: Reply) -> ToolFailedError | None:
    """The failure that a reply's status means; None when there should be an answer."""
    if reply.status == 429 or (reply.status == 503 and reply.retry_after):
        wait = parse_retry_after(reply.retry_after, datetime.now(UTC))
        return ToolFailedError("TOOL_OVERLOADED", transient=True, certain=True, retry_after_s=wait)
    if reply.status >= 500:
        return ToolFailedError("TOOL_UNAVAILABLE", transient=reply.status in (502, 503, 504))
    if reply.status >= 400:
        return ToolFailedError("TOOL_REJECTED", certain=True, healthy=True)
    return None if 200 <= reply.status < 300 else ToolFailedError("TOOL_PROTOCOL")


def result_of(reply: Reply) -> Mapping[str, Any]:
    """The result in a reply. Raises ToolFailedError when there is none."""
    if refused := refusal_of(reply):
        raise refused
    answer = reply.answer or {}
    if "error" in answer:
        raise _error_of(answer["error"])
    result = answer.get("result")
    if not isinstance(result, dict):
        raise ToolFailedError("TOOL_PROTOCOL")
    return result


def session_of(reply: Reply) -> Session:
    """The session that a reply to `opening` begins. Raises ToolFailedError."""
    version = result_of(reply).get("protocolVersion")
    if version not in OLDER:
        raise ToolFailedError("TOOL_PROTOCOL")
    return Session(version, reply.session_id)


def structured_of(reply: Reply) -> Any:
    """The structured content of a tool's answer. Raises ToolFailedError."""
    result = result_of(reply)
    is_error, is_whole = result.get("isError", False), result.get("resultType", "complete") == "complete"
    if not is_whole or not isinstance(result.get("content"), list) or not isinstance(is_error, bool):
        raise ToolFailedError("TOOL_PROTOCOL")
    if is_error:
        raise ToolFailedError("TOOL_ERROR", certain=True, healthy=True)
    return result.get("structuredContent")


def _error_of(error: Any) -> ToolFailedError:
    code = error.get("code") if isinstance(error, dict) else None
    if code in _REFUSALS:
        return ToolFailedError("TOOL_REJECTED", certain=True, healthy=True)
    if code in _CONNECTION_CODES:
        return ToolFailedError("TOOL_DISCONNECTED", transient=True)
    return ToolFailedError("TOOL_PROTOCOL")


def _encode(method: str, params: Mapping[str, Any], number: int | None) -> bytes:
    head: dict[str, Any] = {"jsonrpc": "2.0"} if number is None else {"jsonrpc": "2.0", "id": number}
    return json.dumps({**head, "method": method, **({"params": params} if params else {})}).encode()
