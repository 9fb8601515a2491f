"""Bounded concurrency in which a newcomer ends the oldest holder instead of waiting."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Places:
    """At most `most` places are held at a time. Nobody waits: when all are held, a newcomer ends the oldest place of
    the owner that holds most."""

    def __init__(self, most: int) -> None:
        """`most` may be held at a time."""
        self._most = most
        self._held: dict[str, dict[asyncio.Timeout, None]] = {}
        """For each owner what ends each place, longest first."""

    @asynccontextmanager
    async def hold(self, seconds: float | None, owner: str = "") -> AsyncIterator[None]:
        """Holds one place for `owner` while the block runs. Raises TimeoutError in the block after `seconds`, or
        earlier when a newcomer needs the place."""
        if len(self) >= self._most:
            self._make_room()
        async with asyncio.timeout(seconds) as time_up:
            self._held.setdefault(owner, {})[time_up] = None
            try:
                yield
            finally:
                self._leave(owner, time_up)

    def __len__(self) -> int:
        return sum(map(len, self._held.values()))

    def _make_room(self) -> None:
        owner = max(self._held, key=lambda each: len(self._held[each]))
        oldest = next(iter(self._held[owner]))
        self._leave(owner, oldest)
        if not oldest.expired():  # its time may be up just now
            oldest.reschedule(0)

    def _leave(self, owner: str, place: asyncio.Timeout) -> None:
        places = self._held.get(owner, {})
        places.pop(place, None)
        if not places:
            self._held.pop(owner, None)
