"""What may leave the process in logs and spans. Applied at the sinks; fails closed.

Two nets: names outside the allow-list are dropped, and text that looks personal is masked.
"""

import re
from collections.abc import Mapping
from typing import Any

ALLOWED_KEYS = frozenset(
    word
    for line in (
        "event level timestamp service logger version profile host port target path method http_status code kind",
        "reason error error_id frames workspace conversation turn_id trace_id span_id track intent topic source model",
        "outcome actions tool tools status attempts decision why needs rounds confidence duration_ms stage stages",
        "fallback replayed signal count problems database file url pid exit_code uptime_s share slm_percent state",
        "breaker limit retry_after_s dropped_keys alternatives readiness dependency plan_agrees",
    )
    for word in line.split()
)
"""Names that a log event may carry, besides timings (t_…_ms)."""

ALLOWED_PREFIXES = ("rpc.", "grpc.", "http.", "server.", "client.", "network.", "gen_ai.", "mcp.", "jsonrpc.", "pulpo.")
"""Prefixes of span attributes that may leave, besides the names above."""

_FORBIDDEN_ATTRIBUTES = frozenset({"http.url", "http.target", "url.full", "url.query", "http.user_agent"})

_TIMING = re.compile(r"^t_[a-z]{1,20}_ms$")
_HEX_ID = re.compile(r"^[0-9a-f]{16,40}$")
_EMAIL = re.compile(r"[^\s@\"'<>]{1,64}@[^\s@\"'<>]{1,255}")
_DIGITS = re.compile(r"\+?\d(?:[ .()/-]{0,3}\d){6,21}")
_BOOKING = re.compile(r"\bPB-[A-Z0-9]{6}\b", re.IGNORECASE)
_MASK = "[redacted]"
MAX_TEXT = 500
"""Longest text that a log field keeps, in characters."""


def redact_text(text: str) -> str:
    """Masks e-mails, runs of seven or more digits (phones, DNI, cards, CBU) and booking ids."""
    if _HEX_ID.match(text):
        return text
    short = text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + "…"
    return _BOOKING.sub(_MASK, _DIGITS.sub(_MASK, _EMAIL.sub(_MASK, short)))


def redact_value(value: Any) -> Any:
    """A value that is safe to write: numbers as they are, text masked, the rest as masked text."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [redact_value(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): redact_value(item) for key, item in value.items() if is_allowed_key(str(key))}
    return f"[{type(value).__name__}]"


def is_allowed_key(key: str) -> bool:
    """Whether a log event may carry a name."""
    return key in ALLOWED_KEYS or _TIMING.match(key) is not None


def redact_event(event: Mapping[str, Any]) -> dict[str, Any]:
    """A log event without names that are not allowed and with its texts masked."""
    kept = {
        key: redact_timestamp(value) if key == "timestamp" else redact_value(value)
        for key, value in event.items()
        if is_allowed_key(key)
    }
    dropped = len(event) - len(kept)
    return {**kept, "dropped_keys": dropped} if dropped else kept


def redact_timestamp(value: Any) -> str:
    """An ISO 8601 time as it is, anything else masked: digits of a time are not a phone."""
    text = str(value)
    return text if re.fullmatch(r"[0-9T:.Z+-]{10,40}", text) else _MASK


def redact_attributes(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Span attributes that may leave, masked."""
    return {
        key: redact_value(value)
        for key, value in attributes.items()
        if key not in _FORBIDDEN_ATTRIBUTES and (key in ALLOWED_KEYS or key.startswith(ALLOWED_PREFIXES))
    }
