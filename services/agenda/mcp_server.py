"""An MCP server whose errors are fixed texts: they repeat no argument and no exception.

An error result has `is_error`, a text `REASON: sentence` and the same as structured content:
`{"error": {"kind", "reason", "message"}}`. Each call is counted, timed and logged here.
"""

import time
from collections.abc import Mapping
from typing import Any

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.tools import Tool
from mcp.types import CallToolResult, InputRequiredResult, TextContent
from pydantic import ValidationError

from agenda.metrics import TOOL_CALLS, TOOL_SECONDS
from runtime.errors import Kind, PulpoError
from runtime.logs import get_logger

_log = get_logger(__name__)
UNKNOWN = "unknown"
"""What a tool that does not exist is called in metrics and logs."""


class AgendaServer(MCPServer):
    """Serves tools that answer `{"ok": …}` or raise PulpoError."""

    def __init__(self, name: str, instructions: str, tools: list[Tool]) -> None:
        for tool in tools:
            tool.parameters["additionalProperties"] = False
        self._arguments = {tool.name: frozenset(tool.parameters["properties"]) for tool in tools}
        super().__init__(name, instructions=instructions, tools=tools, subscriptions=False, log_level="WARNING")

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Calls a tool. Never raises for what a tool does or is given."""
        tool = name if name in self._arguments else UNKNOWN
        began = time.perf_counter()
        try:
            self._refuse_unknown(tool, arguments)
            result = await super().call_tool(name, arguments, context)
            outcome, reason = _outcome(result)
        except (ToolError, PulpoError) as raised:
            error = _error_of(raised, tool)
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
