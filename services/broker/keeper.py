"""Sees writes through to their end, whatever becomes of who asked for them."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from broker.events import Events

T = TypeVar("T")


class Keeper:
    """Holds the writes under way."""

    def __init__(self, events: Events) -> None:
        self._events = events
        self._tasks: set[asyncio.Task[Any]] = set()

    async def see_through(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs work that goes on to its end even when the caller is cancelled meanwhile."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if not task.done():
                self._events.outlived()
            raise

    async def drain(self) -> None:
        """Waits for what is still under way."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))
