"""Where the messages of a conversation wait for their turn within this process.

The database decides whose turn it is, also between replicas. The line only keeps this process from
asking it in vain: the earliest waiting message of each conversation asks, the others sleep.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

AGAIN_S = 0.05
"""How often the first in line asks whether another replica is done, in seconds."""


class Line:
    """The waiting messages of all conversations."""

    def __init__(self) -> None:
        self._waiting: dict[str, dict[int, asyncio.Event]] = {}

    @contextmanager
    def place(self, conversation_id: str, seq: int) -> Iterator["Place"]:
        """A place in the line, kept until the turn is over. Leaving wakes the next."""
        waiting = self._waiting.setdefault(conversation_id, {})
        place = Place(waiting, seq)
        try:
            yield place
        finally:
            del waiting[seq]
            if waiting:
                waiting[min(waiting)].set()
            else:
                self._waiting.pop(conversation_id, None)


class Place:
    """One message's place."""

    def __init__(self, waiting: dict[int, asyncio.Event], seq: int) -> None:
        self._waiting = waiting
        self._seq = seq
        waiting[seq] = asyncio.Event()

    async def first(self) -> None:
        """Returns once nobody in this process is before this message."""
        while min(self._waiting) != self._seq:
            await self._sleep(None)

    async def again(self) -> None:
        """Returns when it is worth asking again."""
        await self._sleep(AGAIN_S)

    async def _sleep(self, seconds: float | None) -> None:
        event = self._waiting[self._seq]
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            if seconds is None:
                raise
        event.clear()
