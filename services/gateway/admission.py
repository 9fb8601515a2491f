"""Admission control: so many turns run at once, and a message is only taken while its turn can still end in time.

A process that takes everything answers nothing: each turn waits until nobody needs it any more.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

FIRST_GUESS_S = 0.5
"""How long a turn takes, in seconds, before one has been seen."""
WEIGHT = 0.05
"""How much the last turn says about the next."""
ALWAYS = 3
"""Messages that one sender may have under way however long turns take: people write in pieces."""
Sender = tuple[str, str]
"""Workspace and address: messages of the same run one after another."""


class Admission:
    """The messages that one process has taken."""

    def __init__(self, at_once: int, wait_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        """`at_once` turns run, the others wait in order of arrival; nobody is taken who would wait for longer than
        `wait_s` seconds."""
        self._at_once = at_once
        self._wait_s = wait_s
        self._clock = clock
        self._places = asyncio.Semaphore(at_once)
        self._under_way: Counter[Sender] = Counter()
        self._turn_s = FIRST_GUESS_S

    def is_full(self) -> bool:
        """Whether somebody new would have to wait for too long, as long as turns take what they took of late."""
        before = len(self._under_way) - self._at_once + 1
        return before * self._turn_s / self._at_once > self._wait_s

    def refuses(self, sender: Sender) -> bool:
        """Whether this sender would, also because of their own messages: nobody can take all the room."""
        own = self._under_way[sender]
        return self.is_full() or (own >= ALWAYS and own * self._turn_s > self._wait_s)

    def enter(self, sender: Sender) -> None:
        """Counts a message as under way."""
        self._under_way[sender] += 1

    def leave(self, sender: Sender) -> None:
        """A message of theirs is done."""
        self._under_way[sender] -= 1
        if not self._under_way[sender]:
            del self._under_way[sender]

    @asynccontextmanager
    async def running(self, seconds: float) -> AsyncIterator[bool]:
        """Waits for a place, at most so long, and keeps it. Yields whether it came."""
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                await self._places.acquire()
        except TimeoutError:
            yield False
            return
        began = self._clock()
        try:
            yield True
        finally:
            self._places.release()
            self._turn_s += WEIGHT * (self._clock() - began - self._turn_s)
