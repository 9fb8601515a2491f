"""Work that is done again and again until the process stops."""

import asyncio
import random
from collections.abc import Awaitable, Callable

from runtime.errors import PulpoError


class Periodic:
    """Runs work every so often. One that fails is tried again the next time."""

    def __init__(
        self, work: Callable[[], Awaitable[None]], every_s: float, failed: Callable[[Exception], None] | None = None
    ) -> None:
        """`failed` hears of what nobody foresaw; a database that is away is foreseen."""
        self._work = work
        self._every_s = every_s
        self._failed = failed
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins, with the first run at once."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Ends after the run under way."""
        self._stopping.set()
        if self._task:
            await self._task

    async def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                await self._work()
            except PulpoError:
                pass
            except Exception as error:  # noqa: BLE001 - the next run may go well; whoever watches is told
                if self._failed:
                    self._failed(error)
            try:
                async with asyncio.timeout(self._every_s * random.uniform(0.8, 1.2)):  # noqa: S311 - no secret
                    await self._stopping.wait()
            except TimeoutError:
                continue


class HandOver:
    """Remembers which replies have left in their webhook's response, and notes them together."""

    def __init__(self, note: Callable[[frozenset[str]], Awaitable[None]]) -> None:
        self._note = note
        self._left: set[str] = set()

    async def left(self, outbox_id: str) -> None:
        """A response has left."""
        self._left.add(outbox_id)

    async def flush(self) -> None:
        """Notes what has left since the last time."""
        left, self._left = frozenset(self._left), set()
        if not left:
            return
        try:
            await self._note(left)
        except PulpoError:
            self._left |= left
            raise
