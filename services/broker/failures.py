"""How a call to a tool can fail, and what each failure says about whether the tool did anything."""

from broker.model import ToolError

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
}
"""Reason -> one sentence for operators."""


class ToolFailedError(Exception):
    """An attempt that brought no answer."""

    def __init__(
        self,
        reason: str,
        *,
        transient: bool = False,
        certain: bool = False,
        healthy: bool = False,
        retry_after_s: float = 0.0,
    ) -> None:
        """`transient`: another attempt may fare better. `certain`: the tool surely did nothing.
        `healthy`: the server proved to be working, so that its breaker counts no failure.
        `retry_after_s`: seconds that the server asked to wait."""
        super().__init__(reason)
        self.reason = reason
        self.transient = transient
        self.certain = certain
        self.healthy = healthy
        self.retry_after_s = retry_after_s


def explain(reason: str) -> ToolError:
    """The error of an observation."""
    return ToolError(reason, MESSAGES[reason])
