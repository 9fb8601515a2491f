"""Whether the gateway can do its work: its database and the services that it calls."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

CHECK_S = 1.0
"""Seconds that a service may take to say that it is well."""
KEPT_S = 1.0
"""Seconds for which the services' answers count, from when they were asked: many who ask cost as much as one."""


class Readiness:
    """Asks everything that a turn needs."""

    def __init__(
        self, database: Callable[[], Awaitable[bool]], services: Callable[[float], Coroutine[Any, Any, dict[str, bool]]]
    ) -> None:
        self._database = database
        self._services = services
        self._leaving = False
        self._asked: asyncio.Task[dict[str, bool]] | None = None
        self._asked_at = 0.0

    def leave(self) -> None:
        """From now on the process is not ready, whatever the others say."""
        self._leaving = True

    async def look(self) -> dict[str, bool]:
        """Whether each part answers, by name."""
        services, own = await asyncio.gather(self._of_services(), self.own())
        return {**own, **services}

    async def own(self) -> dict[str, bool]:
        """As `look`, of what a turn cannot do without: a service that is down has an answer to be given for it."""
        return {"database": await self._answers(), **({"gateway": False} if self._leaving else {})}

    async def is_ready(self) -> bool:
        """Whether every part answers."""
        return all((await self.look()).values())

    async def _of_services(self) -> dict[str, bool]:
        """What the services say, asked once at a time and at most every KEPT_S seconds."""
        now = time.monotonic()
        if self._asked is None or (self._asked.done() and now - self._asked_at >= KEPT_S):
            self._asked, self._asked_at = asyncio.create_task(self._services(CHECK_S)), now
        return await asyncio.shield(self._asked)

    async def _answers(self) -> bool:
        try:
            async with asyncio.timeout(CHECK_S):
                return await self._database()
        except TimeoutError:
            return False
