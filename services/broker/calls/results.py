"""What a call of a tool may end with: an answer that can be passed on, or a failure, and what each failure says about
whether the tool did anything."""

import json
from collections.abc import Mapping
from typing import Any

from turn.model import ToolError

MESSAGES = {
    "TOOL_UNREACHABLE": "The tool's server could not be reached.",
    "TOOL_TIMEOUT": "The tool did not answer in time.",
    "TOOL_OVERLOADED": "The tool's server asked to be called later.",
    "TOOL_UNAVAILABLE": "The tool's server answered that it is not available.",
    "TOOL_DISCONNECTED": "The connection to the tool's server broke.",
    "TOOL_REJECTED": "The tool's server refused the call itself.",
    "TOOL_ERROR": "The tool reported an error.",
    "TOOL_PROTOCOL": "The tool's server broke the protocol.",
    "BAD_OUTPUT": "The tool's answer is not a JSON object with ok that can be passed on.",
    "RESULT_TOO_LARGE": "The tool's answer is too large.",
    "CIRCUIT_OPEN": "The tool failed too often and is left alone for a while.",
    "TOOL_BUSY": "Too many calls of the tool were under way.",
    "OUT_OF_TIME": "No time was left to call the tool.",
    "STORE_UNAVAILABLE": "The broker's database does not answer.",
    "NOT_AVAILABLE": "The action before it did not offer what this one wants.",
    "DEPENDENCY_FAILED": "The action that it builds on gave no answer.",
    "ATTEMPT_CLOSED": "The write of this attempt was closed before it began.",
    "ALREADY_BEGUN": "Another call of the same write has begun it.",
}
"""Reason -> one sentence for operators."""


class ToolFailedError(Exception):
    """An attempt without an answer."""

    def __init__(
        self,
        reason: str,
        *,
        transient: bool = False,
        certain: bool = False,
        healthy: bool = False,
        retry_after_s: float = 0.0,
    ) -> None:
        """`transient`: another attempt may succeed. `certain`: the tool surely did nothing.
        `healthy`: the server proved to be working, so that its breaker counts no failure.
        `retry_after_s`: seconds that the server asked to wait."""
        super().__init__(reason)
        self.reason = reason
        self.transient = transient
        self.certain = certain
        self.healthy = healthy
        self.retry_after_s = retry_after_s


def explain(reason: str) -> ToolError:
    """The error of an observation, with the fixed sentence of a reason."""
    return ToolError(reason, MESSAGES[reason])


MAX_DEPTH = 12
MAX_BYTES = 256 * 1024
"""Largest answer that is passed on, as JSON: three of them fit into one gRPC message."""
_EXACT = 2**53


def check_output(structured: Any) -> dict[str, Any]:
    """The answer, when it is a JSON object with a boolean `ok` that a Struct can hold.

    Raises ToolFailedError BAD_OUTPUT or RESULT_TOO_LARGE; the call is not repeated.
    """
    if not isinstance(structured, dict) or not isinstance(structured.get("ok"), bool) or not _fits(structured, 1):
        raise ToolFailedError("BAD_OUTPUT")
    try:
        size = len(json.dumps(structured, ensure_ascii=False, allow_nan=False).encode())
    except (ValueError, TypeError, UnicodeEncodeError):
        raise ToolFailedError("BAD_OUTPUT") from None
    if size > MAX_BYTES:
        raise ToolFailedError("RESULT_TOO_LARGE")
    return structured


def _fits(value: Any, depth: int) -> bool:
    """Whether a value is not nested too deep and its whole numbers are exact as floats."""
    if isinstance(value, int) and not isinstance(value, bool):
        return -_EXACT <= value <= _EXACT
    if isinstance(value, Mapping):
        return depth < MAX_DEPTH and all(isinstance(key, str) and _fits(item, depth + 1) for key, item in value.items())
    if isinstance(value, list):
        return depth < MAX_DEPTH and all(_fits(item, depth + 1) for item in value)
    return value is None or isinstance(value, str | float | bool)
