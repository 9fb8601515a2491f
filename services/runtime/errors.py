"""The one exception that domain code raises on purpose.

Its text is fixed by the programmer and never holds what a customer or a tool wrote: it may reach
callers and logs.
"""

from collections.abc import Sequence
from enum import StrEnum


class Kind(StrEnum):
    """The category of a failure. Values are the names of gRPC's canonical status codes."""

    INVALID_ARGUMENT = "INVALID_ARGUMENT"
    NOT_FOUND = "NOT_FOUND"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    PERMISSION_DENIED = "PERMISSION_DENIED"
    FAILED_PRECONDITION = "FAILED_PRECONDITION"
    RESOURCE_EXHAUSTED = "RESOURCE_EXHAUSTED"
    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL = "INTERNAL"


class PulpoError(Exception):
    """A failure with a kind and a reason."""

    def __init__(
        self,
        kind: Kind,
        reason: str,
        message: str,
        *,
        violations: Sequence[tuple[str, str]] = (),
        retry_s: float | None = None,
    ) -> None:
        """`reason` is UPPER_SNAKE and stable; `message` is one fixed sentence for developers. `violations` are the
        fields of a request that are wrong, each with what was expected; `retry_s` is how long to wait."""
        super().__init__(f"{reason}: {message}")
        self.violations, self.retry_s = tuple(violations), retry_s
        self.kind = kind
        self.reason = reason
        self.message = message
