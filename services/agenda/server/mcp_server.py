"""Serves tools over MCP to callers who may call them. Errors are fixed texts: they repeat no argument and no exception.

Callers of /mcp are authenticated; in development, those on this machine need not say who they are. An error result has
`is_error`, a text `REASON: sentence` and the same as structured content: `{"error": {"kind", "reason", "message"}}`.
Each call is counted, timed and logged here.
"""

import time
from collections.abc import Mapping
from typing import Any

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.tools import Tool
from mcp.types import CallToolResult, InputRequiredResult, TextContent
from prometheus_client import Counter, Histogram
from pydantic import ValidationError
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from runtime.errors import Kind, PulpoError
from runtime.observability.logs import get_logger
from runtime.rpc.identity import NOBODY, Caller, Door, certificate_name, is_loopback
from runtime.rpc.interceptors import count_missing, count_refusal

PATH = "/mcp"
"""Where tools are called."""
UNKNOWN = "unknown"
"""What a tool that does not exist is called in metrics and logs."""
TOOL_CALLS = Counter(
    "pulpo_agenda_tool_calls_total",
    "Tool calls by outcome (ok, no, error) and, for the last two, reason.",
    ["tool", "outcome", "reason"],
)
TOOL_SECONDS = Histogram(
    "pulpo_agenda_tool_seconds",
    "Duration of a tool call.",
    ["tool"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0),
)
_log = get_logger(__name__)


class Gate:
    """ASGI middleware that lets only permitted callers reach the tools."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app, self._door = app, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stores who calls in the request's state, or answers 403."""
        if scope["type"] != "http" or scope["path"] != PATH:
            await self._app(scope, receive, send)
            return
        try:
            caller = self._identify(scope)
            if not self._door.admit(PATH, caller):
                count_missing(PATH)
        except PulpoError as error:
            count_refusal(PATH, error)
            told = {"kind": error.kind.value, "reason": error.reason, "message": error.message}
            await JSONResponse({"error": told}, 403)(scope, receive, send)
            return
        await self._app({**scope, "state": {**scope.get("state", {}), "caller": caller}}, receive, send)

    def _identify(self, scope: Scope) -> Caller:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        certificate = certificate_name(scope.get("state", {}).get("certificate", ()))
        host = (scope.get("client") or ("",))[0]
        return self._door.identify(headers, certificate, is_local=is_loopback(host))


def caller_of(context: "Context[Any, Any]") -> Caller:
    """Who made the request that a tool is called by."""
    caller: Caller = getattr(getattr(context.request_context.request, "state", None), "caller", NOBODY)
    return caller


class AgendaServer(MCPServer):
    """Serves tools that answer `{"ok": …}` or raise PulpoError."""

    def __init__(self, name: str, instructions: str, tools: list[Tool], door: Door) -> None:
        """`door` knows who may call which tool."""
        self._door = door
        for tool in tools:
            tool.parameters["additionalProperties"] = False
        self._arguments = {tool.name: frozenset(tool.parameters["properties"]) for tool in tools}
        self.names = frozenset(self._arguments)
        """The tools there are."""
        self.stamp = {"name": name, "version": ""}
        """What answers say of the server."""
        super().__init__(name, instructions=instructions, tools=tools, subscriptions=False, log_level="WARNING")

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Calls a tool. Never raises for what a tool does or is given."""
        tool = name if name in self._arguments else UNKNOWN
        began = time.perf_counter()
        try:
            self._refuse_unknown(tool, arguments)
            self._door.admit(tool, caller_of(context) if context else NOBODY)
            result = await super().call_tool(name, arguments, context)
            outcome, reason = _outcome(result)
        except (ToolError, PulpoError) as raised:
            error = _error_of(raised, tool)
            count_refusal(tool, error)
            result, outcome, reason = _error_result(error), "error", error.reason
        seconds = time.perf_counter() - began
        TOOL_CALLS.labels(tool, outcome, reason).inc()
        TOOL_SECONDS.labels(tool).observe(seconds)
        _log.info("tool call", tool=tool, outcome=outcome, reason=reason, duration_ms=round(seconds * 1000, 2))
        return result

    def _refuse_unknown(self, tool: str, arguments: Mapping[str, Any]) -> None:
        if tool == UNKNOWN:
            raise PulpoError(Kind.NOT_FOUND, "UNKNOWN_TOOL", "There is no such tool.")
        if not self._arguments[tool].issuperset(arguments):
            raise PulpoError(Kind.INVALID_ARGUMENT, "INVALID_ARGUMENTS", "An argument is not one of the tool's.")


def _outcome(result: Any) -> tuple[str, str]:
    answer = getattr(result, "structured_content", None) or {}
    return ("ok", "") if answer.get("ok") else ("no", str(answer.get("reason", "")))


def _error_of(raised: ToolError | PulpoError, tool: str) -> PulpoError:
    """The error to tell, for whatever a tool raised."""
    cause = raised if isinstance(raised, PulpoError) else raised.__cause__
    if isinstance(cause, PulpoError):
        if cause.kind in (Kind.UNAVAILABLE, Kind.INTERNAL):
            _log.error("tool failed", tool=tool, reason=cause.reason, exc_info=cause.__cause__ or cause)
        return cause
    if isinstance(cause, ValidationError):
        # Of an error's path only the argument itself: what lies below could be the caller's text.
        names = sorted({str(detail["loc"][0]) for detail in cause.errors(include_input=False) if detail["loc"]})
        return PulpoError(Kind.INVALID_ARGUMENT, "INVALID_ARGUMENTS", f"Not usable: {', '.join(names)}.")
    _log.error("unforeseen error", tool=tool, exc_info=cause or raised)
    return PulpoError(Kind.INTERNAL, "INTERNAL", "The tool failed.")


def _error_result(error: PulpoError) -> CallToolResult:
    told = {"kind": error.kind.value, "reason": error.reason, "message": error.message}
    text = TextContent(type="text", text=f"{error.reason}: {error.message}")
    return CallToolResult(content=[text], structured_content={"error": told}, is_error=True)
