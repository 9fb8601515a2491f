"""How a turn's deadline is shared between its stages."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from gateway.ports import StageError

LEAST_S = 0.02
"""A call with less time than this is not made."""


@dataclass(frozen=True)
class Limits:
    """Seconds that a turn and its stages may take."""

    turn_s: float = 10.0
    """The whole turn, waiting in line included; the customer has an answer by then."""
    extract_s: float = 2.5
    """One Extract call."""
    plan_s: float = 2.0
    """One Plan call."""
    execute_s: float = 5.0
    """One Execute call."""
    compose_s: float = 2.0
    """The Compose call."""
    least_s: float = 1.5
    """A turn is not begun when less than this is left."""
    store_s: float = 0.5
    """Kept back at the end, to store the turn."""
    line_s: float = 60.0
    """How long a message may wait in line when its reply can go by REST."""
    reply_s: float = 1.0
    """Kept back by the stages before Compose, so that there is time to say what happened."""
    at_once: int = 32
    """How many turns of a process run at the same time; more wait."""

    def wait_s(self) -> float:
        """How long a message may have to wait for its turn to be taken at all: half of the time there is, because
        how long turns take is known from those before."""
        return (self.turn_s - self.store_s - self.least_s) / 2


class Budget:
    """What is left of a turn's time."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._end = clock() + seconds

    def left(self) -> float:
        """Seconds left, never below 0."""
        return max(0.0, self._end - self._clock())

    def slice(self, most_s: float, keep_s: float = 0.0) -> float:
        """Seconds that a call may take so that `keep_s` remain. Raises StageError when there is no time."""
        seconds = min(most_s, self.left() - keep_s)
        if seconds < LEAST_S:
            raise StageError("OUT_OF_TIME", did_nothing=True)
        return seconds
