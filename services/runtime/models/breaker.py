"""A circuit breaker for a model server: after five failures in a row nobody waits for it, but for one
message every two seconds, so that it is used again soon after it is back."""

from collections.abc import Callable

FAILURES = 5
OPEN_S = 2.0


class Breaker:
    """The breaker of one backend. Not thread-safe: one event loop."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` gives seconds that only grow."""
        self._clock = clock
        self._failures = 0
        self._next_probe: float | None = None

    @property
    def is_open(self) -> bool:
        """Whether calls are held back."""
        return self._next_probe is not None

    def allows(self) -> bool:
        """Leave to make a call. While open, the one who gets it is the probe."""
        if self._next_probe is None:
            return True
        if self._clock() < self._next_probe:
            return False
        self._next_probe = self._clock() + OPEN_S
        return True

    def succeeded(self) -> None:
        """The server answered, whatever it said."""
        self._failures, self._next_probe = 0, None

    def failed(self) -> None:
        """The server did not answer in time, or could not."""
        self._failures += 1
        if self._failures >= FAILURES:
            self._next_probe = self._clock() + OPEN_S
