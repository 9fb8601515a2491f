"""Bounded concurrency in which a newcomer ends the oldest holder instead of waiting."""

import asyncio
from types import TracebackType


class Places:
    """At most `most` places are held at a time. Nobody waits: when all are held, a newcomer ends the oldest place of
    the owner that holds most."""

    def __init__(self, most: int) -> None:
        """`most` may be held at a time."""
        self._most = most
        self._held: dict[str, dict[asyncio.Timeout, None]] = {}
        """For each owner what ends each place, longest first."""

    def hold(self, seconds: float | None, owner: str = "") -> "_Hold":
        """Holds one place for `owner` while the block runs. Raises TimeoutError in the block after `seconds`, or
        earlier when a newcomer needs the place."""
        return _Hold(self, seconds, owner)

    def enter(self, owner: str, place: asyncio.Timeout) -> None:
        """Takes a place that has begun."""
        self._held.setdefault(owner, {})[place] = None

    def make_room(self) -> None:
        """Ends a place when all are held."""
        if len(self) >= self._most:
            self._end_one()

    def __len__(self) -> int:
        return sum(map(len, self._held.values()))

    def _end_one(self) -> None:
        owner = max(self._held, key=lambda each: len(self._held[each]))
        oldest = next(iter(self._held[owner]))
        self.leave(owner, oldest)
        if not oldest.expired():  # its time may be up just now
            oldest.reschedule(0)

    def leave(self, owner: str, place: asyncio.Timeout) -> None:
        """Gives a place back; again does nothing."""
        places = self._held.get(owner, {})
        places.pop(place, None)
        if not places:
            self._held.pop(owner, None)


class _Hold:
    """One place, held while the block runs. A class, as this is done for every call."""

    __slots__ = ("_owner", "_places", "_time_up")

    def __init__(self, places: Places, seconds: float | None, owner: str) -> None:
        self._places, self._owner = places, owner
        self._time_up = asyncio.timeout(seconds)

    async def __aenter__(self) -> None:
        self._places.make_room()
        await self._time_up.__aenter__()
        self._places.enter(self._owner, self._time_up)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._places.leave(self._owner, self._time_up)
        await self._time_up.__aexit__(kind, error, trace)
