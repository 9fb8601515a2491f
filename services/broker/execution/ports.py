"""The interfaces that the executor needs from outside: events (`broker.telemetry`), records (`broker.storage`)."""

from typing import Protocol

from broker.calls.caller import CallEvents
from broker.domain.writes import StoredState, StoredWrite, Write
from broker.policy.limits import Counted, Window
from turn.model import Decision, Observation, TurnContext


class Events(CallEvents, Protocol):
    """Counts and logs what happens; never raises."""

    def decided(self, decision: Decision) -> None:
        """The policy decided about an action."""

    def observed(self, turn: TurnContext, observation: Observation) -> None:
        """An action came to its end."""

    def store_failed(self) -> None:
        """The outcome of a write could not be stored."""

    def outlived(self) -> None:
        """A write went on after its caller had left."""


class LimitedError(Exception):
    """One more call would exceed a limit. Nothing was counted."""


class Records(Protocol):
    """Counts for the limits, and the writes that were begun. Every method raises PulpoError STORE_UNAVAILABLE when the
    database does not answer."""

    async def look(self, counted: Counted, key: str = "") -> tuple[bool, StoredWrite | None]:
        """Whether one more call would exceed a limit, and what is stored of the write of that key."""

    async def admit(self, counted: Counted, write: Write | None = None) -> StoredWrite | None:
        """Counts one call and stores that the write begins with it, in one transaction.

        Returns None when it does, or for a read. Otherwise what is stored of the write, begun before or closed for
        this attempt; then it counts nothing. Raises LimitedError.
        """

    async def finish(self, key: str, state: StoredState, answer: str = "") -> bool:
        """Stores how a write ended. False when another call of the same write came meanwhile, or has done it: then
        this one alone cannot tell that nothing was done, and what is stored stays."""

    async def close_write(self, write: Write, answer: str = "") -> StoredWrite:
        """Stores that an attempt of a write was not done and will not begin, unless it has begun. Returns what is
        stored then. `answer` is what a late duplicate gets."""

    async def is_full(self, window: Window) -> bool:
        """Whether a window holds all that it may."""

    async def add(self, window: Window) -> None:
        """Counts one in a window."""
