"""Stores turns that have ended, and does not give up while the database is away."""

import asyncio
import contextlib
from collections.abc import Callable

from gateway.budget import Budget
from gateway.line import AGAIN_S
from gateway.outgoing import Leaves
from gateway.store import Finished, Store
from runtime.errors import PulpoError

ATTEMPTS = 3
"""How often a turn is tried to be stored at least, however late it is."""
LATER_S = 0.25
"""Seconds between two tries once the reply has left without being stored."""
Key = tuple[str, str]
"""Workspace and message id."""


class Storing:
    """Stores turns. One per process."""

    def __init__(self, store: Store, settled: Callable[[Key], None]) -> None:
        """`settled` is told of every turn that was stored late, or that another process has answered instead."""
        self._store = store
        self._settled = settled
        self._waiting: dict[Key, asyncio.Task[None]] = {}

    def holds(self, key: Key) -> bool:
        """Whether the turn of a message still waits to be stored."""
        return key in self._waiting

    async def finish(self, finished: Finished, budget: Budget) -> Leaves | None:
        """Stores a turn, again and again while there is time. Says how the reply leaves; None when another process
        has taken the message over. Raises PulpoError when the database stays away for longer."""
        tries = 0
        while True:
            try:
                return await self._store.finish(finished)
            except PulpoError:
                tries += 1
                if tries >= ATTEMPTS and budget.left() <= 0:
                    raise
            await asyncio.sleep(AGAIN_S)

    def later(self, finished: Finished) -> None:
        """Stores a turn whose reply must leave now as soon as the database is back."""
        message = finished.claim.message
        key = (message.workspace_id, message.message_id)
        self._waiting[key] = asyncio.create_task(self._later(key, finished))

    def stop(self) -> None:
        """Gives up what waits: the leases end, and the messages are listed as unanswered."""
        for task in self._waiting.values():
            task.cancel()

    async def _later(self, key: Key, finished: Finished) -> None:
        stored = False
        while not stored:
            await asyncio.sleep(LATER_S)
            with contextlib.suppress(PulpoError):
                await self._store.finish(finished)
                stored = True
        del self._waiting[key]
        self._settled(key)
