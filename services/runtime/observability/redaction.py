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
        "fallback replayed signal work count problems database file url pid exit_code uptime_s share slm_percent state",
        "caller for_others",
        "breaker limit retry_after_s dropped_keys alternatives readiness dependency plan_agrees shadow_percent",
    )
    for word in line.split()
)
"""Names that a log event may carry, besides timings (t_…_ms)."""

ALLOWED_PREFIXES = ("rpc.", "grpc.", "http.", "server.", "client.", "network.", "gen_ai.", "mcp.", "jsonrpc.", "pulpo.")
"""Prefixes of span attributes that may leave, besides the names above."""

_FORBIDDEN_ATTRIBUTES = frozenset({"http.url", "http.target", "url.full", "url.query", "http.user_agent"})

_TIMING = re.compile(r"^t_[a-z]{1,20}_ms$")
_HEX_ID = re.compile(r"^[0-9a-f]{16,40}$")
_ID_KEYS = frozenset({"turn_id", "conversation", "trace_id", "span_id", "error_id"})
_TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")
_EMAIL = re.compile(r"[^\s@\"'<>]{1,64}@[^\s@\"'<>]{1,255}")
_DIGITS = re.compile(r"\+?\d(?:[ .()/-]{0,3}\d){6,21}")
_BOOKING = re.compile(r"\bPB-[A-Z0-9]{6}\b", re.IGNORECASE)
_MASK = "[redacted]"
MAX_TEXT = 500
"""Longest text that a log field keeps, in characters."""


def redact_text(text: str) -> str:
    """Masks e-mails, runs of seven or more digits (phones, DNI, cards, CBU) and booking ids."""
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
    kept = {key: _redact_field(key, value) for key, value in event.items() if is_allowed_key(key)}
    dropped = len(event) - len(kept)
    return {**kept, "dropped_keys": dropped} if dropped else kept


def _redact_field(key: str, value: Any) -> Any:
    """A field's value: ids and times that have their form stay, though digits in them look like a phone."""
    form = _TIME if key == "timestamp" else _HEX_ID if key in _ID_KEYS else None
    return value if form and isinstance(value, str) and form.match(value) else redact_value(value)


def redact_attributes(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Span attributes that may leave, masked."""
    return {
        key: redact_value(value)
        for key, value in attributes.items()
        if key not in _FORBIDDEN_ATTRIBUTES and (key in ALLOWED_KEYS or key.startswith(ALLOWED_PREFIXES))
    }
