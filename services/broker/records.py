"""What the broker must remember, whoever remembers it. See store for the one that does."""

from enum import StrEnum
from typing import Protocol

from broker.limits import Counted, Window


class WriteState(StrEnum):
    """How far a write came."""

    BEGUN = "BEGUN"
    DONE = "DONE"
    UNKNOWN = "UNKNOWN"
    NOT_DONE = "NOT_DONE"


class LimitedError(Exception):
    """One more call would exceed a limit. Nothing was counted."""


class Records(Protocol):
    """Counts for the limits, and the writes that were begun. Every method raises PulpoError
    STORE_UNAVAILABLE when it cannot tell."""

    async def look(self, counted: Counted, key: str = "") -> tuple[bool, bool]:
        """Whether one more call would exceed a limit, and whether the write of that key was begun."""

    async def admit(self, counted: Counted, write: tuple[str, str, str] | None = None) -> bool:
        """Counts one call and notes the write (key, workspace, tool) that begins with it, together.

        Returns whether that write was begun before; then it counts nothing. Raises LimitedError.
        """

    async def finish(self, key: str, state: WriteState) -> bool:
        """Notes how a write ended. False when another call of the same write has come meanwhile, or has done it:
        then this one alone cannot tell that nothing was done, and what is noted stays."""

    async def is_full(self, window: Window) -> bool:
        """Whether a window holds all that it may."""

    async def add(self, window: Window) -> None:
        """Counts one in a window."""
