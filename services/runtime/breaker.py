"""A circuit breaker: it stops calls to what keeps failing, and lets one call at a time try again."""

import math
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """When a breaker opens, and when it lets a call try again."""

    failures: int
    """Failures that open it."""
    within_s: float = math.inf
    """Seconds within which they have to happen."""
    in_a_row: bool = False
    """Whether a success in between makes earlier failures count no more."""
    open_s: float
    """Seconds for which it stays open before a call may try."""
    probe_s: float
    """Seconds after which a try without an outcome is given up."""


class BreakerState(StrEnum):
    """What a breaker does."""

    CLOSED = "CLOSED"
    OPEN = "OPEN"
    HALF_OPEN = "HALF_OPEN"


@dataclass(frozen=True, eq=False)
class Permit:
    """Leave to make one call. Give it back with the call's outcome."""

    era: int
    probe: bool
    """Whether the call is the one that tries again."""


class CircuitBreaker:
    """The breaker of one callee. Not thread-safe: one event loop."""

    def __init__(self, thresholds: Thresholds, clock: Callable[[], float]) -> None:
        """`clock` gives seconds that only grow."""
        self._thresholds = thresholds
        self._clock = clock
        self._failures: deque[tuple[float, Permit]] = deque()
        self._opened: float | None = None
        self._probe: tuple[Permit, float] | None = None
        self._era = 0
        """How often it was closed again; a call from before says nothing about the time since."""

    @property
    def state(self) -> BreakerState:
        """What it does now."""
        if self._opened is None:
            return BreakerState.CLOSED
        is_over = self._clock() >= self._opened + self._thresholds.open_s
        return BreakerState.HALF_OPEN if is_over else BreakerState.OPEN

    def ask(self) -> Permit | None:
        """Leave to make a call, or None: do not call now."""
        state = self.state
        if state is BreakerState.CLOSED:
            return Permit(self._era, probe=False)
        return None if state is BreakerState.OPEN or self._is_probing() else self.probe()

    def probe(self) -> Permit:
        """Leave to make a call in any state, for a caller that decides by itself when to try again. Unless the breaker
        is closed, the call is the probe."""
        permit = Permit(self._era, probe=self._opened is not None)
        if permit.probe:
            self._probe = (permit, self._clock())
        return permit

    def succeeded(self, permit: Permit) -> None:
        """The call was answered. A probe's success closes the breaker."""
        if self._is_current_probe(permit):
            self._era += 1
            self._opened, self._probe = None, None
            self._failures.clear()
        elif self._thresholds.in_a_row and self._opened is None:
            self._failures.clear()

    def failed(self, permit: Permit) -> None:
        """The call failed. A probe's failure opens the breaker again; a call from before it opened changes nothing."""
        now = self._clock()
        if self._is_current_probe(permit):
            self._opened, self._probe = now, None
        elif permit.era == self._era and self._opened is None:
            self._failures.append((now, permit))
            while self._failures[0][0] <= now - self._thresholds.within_s:
                self._failures.popleft()
            if len(self._failures) >= self._thresholds.failures:
                self._opened = now
                self._failures.clear()

    def forgive(self, permits: Collection[Permit]) -> None:
        """The calls were attempts of one that was answered in the end: they count as failures no more."""
        self._failures = deque(failure for failure in self._failures if failure[1] not in permits)

    def released(self, permit: Permit) -> None:
        """The call had no outcome: it was cancelled. Makes room for the next probe."""
        if self._is_current_probe(permit):
            self._probe = None

    def hasten(self) -> None:
        """The callee can be reached again: the next call may try at once."""
        if self._opened is not None:
            self._opened = min(self._opened, self._clock() - self._thresholds.open_s)

    def _is_current_probe(self, permit: Permit) -> bool:
        return self._probe is not None and self._probe[0] is permit

    def _is_probing(self) -> bool:
        return self._probe is not None and self._clock() < self._probe[1] + self._thresholds.probe_s
