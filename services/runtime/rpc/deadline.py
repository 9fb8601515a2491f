"""The time that is left of the call being served, and the track it runs on.

gRPC does not pass a deadline on by itself: the server interceptor stores it here and the client
interceptor cuts every outgoing call from it.
"""

import time
from contextvars import ContextVar

TRACK_KEY = "x-pulpo-track"
"""Metadata key that names the track of a turn."""

current_deadline: ContextVar[float | None] = ContextVar("current_deadline", default=None)
"""When the caller stops waiting, in seconds of time.monotonic(); None for never."""

current_track: ContextVar[str] = ContextVar("current_track", default="")
"""The track of the turn being served: "slm", "legacy" or empty."""

MARGIN_S = 0.02
"""Seconds kept back of the caller's deadline, to answer in time."""


def remaining_s() -> float | None:
    """Seconds left of the caller's deadline, never below 0; None when there is none."""
    deadline = current_deadline.get()
    return None if deadline is None else max(0.0, deadline - time.monotonic())


def cut(timeout_s: float) -> float:
    """The shorter of a timeout and what is left of the caller's deadline less a margin."""
    left = remaining_s()
    return timeout_s if left is None else min(timeout_s, max(0.001, left - MARGIN_S))
