"""What may be passed on of a tool's answer."""

import json
from collections.abc import Mapping
from typing import Any

from broker.failures import ToolFailedError

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
