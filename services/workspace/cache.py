"""Keeps what is costly to make while it is used."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

MOST = 1_000
"""Values that a cache keeps at most."""
IDLE_S = 900.0
"""Seconds after which a value that nobody asked for is forgotten."""


class IdleCache(Generic[K, T]):
    """Values by key; the one that was not asked for longest goes first. For one thread."""

    def __init__(self, most: int = MOST, idle_s: float = IDLE_S, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._idle_s, self._clock = most, idle_s, clock
        self._kept: OrderedDict[K, tuple[T, float]] = OrderedDict()

    def get(self, key: K, make: Callable[[], T]) -> T:
        """The value of a key, made now when it is not kept. Raises what `make` raises, and then keeps nothing."""
        found = self._kept.get(key)
        value = make() if found is None else found[0]
        self.put(key, value)
        return value

    def put(self, key: K, value: T) -> None:
        """Keeps a value."""
        self._kept[key] = (value, self._clock())
        self._kept.move_to_end(key)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def drop(self, key: K) -> None:
        """Forgets a value, if it is kept."""
        self._kept.pop(key, None)

    def sweep(self) -> None:
        """Forgets what nobody has asked for lately."""
        before = self._clock() - self._idle_s
        while self._kept and next(iter(self._kept.values()))[1] < before:
            self._kept.popitem(last=False)

    def __contains__(self, key: object) -> bool:
        return key in self._kept

    def __iter__(self) -> Iterator[K]:
        """The keys, the one asked for longest ago first."""
        return iter(tuple(self._kept))

    def __len__(self) -> int:
        return len(self._kept)
