"""A circuit breaker: stops calling what keeps failing, and tries again by one probe at a time."""

from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum

FAILURES = 5
WITHIN_S = 60.0
OPEN_S = 30.0
PROBE_S = 30.0
"""Five failures in a minute open it for half a minute; a probe that says nothing for half a minute
is given up."""


class State(StrEnum):
    """What a breaker does."""

    CLOSED = "CLOSED"
    OPEN = "OPEN"
    HALF_OPEN = "HALF_OPEN"


@dataclass(frozen=True, eq=False)
class Permit:
    """Leave to make one call. Give it back with what came of the call."""

    era: int
    probe: bool


class Breaker:
    """The breaker of one tool. Not thread-safe: one event loop."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` gives seconds that only grow."""
        self._clock = clock
        self._failures: deque[tuple[float, Permit]] = deque()
        self._opened: float | None = None
        self._probe: tuple[Permit, float] | None = None
        self._era = 0

    @property
    def state(self) -> State:
        """What it does now."""
        if self._opened is None:
            return State.CLOSED
        return State.OPEN if self._clock() < self._opened + OPEN_S else State.HALF_OPEN

    def ask(self) -> Permit | None:
        """Leave to make a call, or None: do not call now."""
        state = self.state
        if state is State.CLOSED:
            return Permit(self._era, probe=False)
        if state is State.OPEN or self._is_probing():
            return None
        permit = Permit(self._era, probe=True)
        self._probe = (permit, self._clock())
        return permit

    def succeeded(self, permit: Permit) -> None:
        """The call was answered. A probe's success closes the breaker."""
        if self._is_current_probe(permit):
            self._era += 1
            self._opened, self._probe = None, None
            self._failures.clear()

    def failed(self, permit: Permit) -> None:
        """The call failed. A probe's failure opens the breaker again; late news change nothing."""
        now = self._clock()
        if self._is_current_probe(permit):
            self._opened, self._probe = now, None
        elif permit.era == self._era and self._opened is None:
            self._failures.append((now, permit))
            while self._failures[0][0] <= now - WITHIN_S:
                self._failures.popleft()
            if len(self._failures) >= FAILURES:
                self._opened = now
                self._failures.clear()

    def forgive(self, permits: Collection[Permit]) -> None:
        """The calls were attempts of one that was answered in the end: the tool works, and they count no more."""
        self._failures = deque(failure for failure in self._failures if failure[1] not in permits)

    def released(self, permit: Permit) -> None:
        """The call had no outcome: it was cancelled. Makes room for the next probe."""
        if self._is_current_probe(permit):
            self._probe = None

    def hasten(self) -> None:
        """The tool's server can be reached again: probe at the next chance instead of waiting."""
        if self._opened is not None:
            self._opened = min(self._opened, self._clock() - OPEN_S)

    def _is_current_probe(self, permit: Permit) -> bool:
        return self._probe is not None and self._probe[0] is permit

    def _is_probing(self) -> bool:
        return self._probe is not None and self._clock() < self._probe[1] + PROBE_S
