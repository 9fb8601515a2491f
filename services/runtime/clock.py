"""The current time: the machine's, or a simulated one for tests."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
"""Gives the time now, aware, in UTC."""
MOST_APART = timedelta(minutes=10)
"""Largest difference allowed in production between the time that a caller states and the service's own."""


def system_clock() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


def simulated_clock(start: datetime) -> Clock:
    """A clock that shows `start` (aware) now and ticks on from there."""
    began = time.monotonic()
    return lambda: start.astimezone(UTC) + timedelta(seconds=time.monotonic() - began)


def clock_from(start: datetime | None) -> Clock:
    """The simulated clock when a start is given, otherwise the machine's."""
    return system_clock if start is None else simulated_clock(start)
