"""The one exception that domain code raises on purpose.

Its text is fixed by the programmer and never holds what a customer or a tool wrote: it may reach
callers and logs.
"""

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

    def __init__(self, kind: Kind, reason: str, message: str) -> None:
        """`reason` is UPPER_SNAKE and stable; `message` is one fixed sentence for developers."""
        super().__init__(f"{reason}: {message}")
        self.kind = kind
        self.reason = reason
        self.message = message
