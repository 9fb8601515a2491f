"""Whether the gateway can do its work: its database and the services that it calls."""

import asyncio
from collections.abc import Awaitable, Callable

CHECK_S = 1.0
"""Seconds that a service may take to say that it is well."""


class Readiness:
    """Asks everything that a turn needs."""

    def __init__(
        self, database: Callable[[], Awaitable[bool]], services: Callable[[float], Awaitable[dict[str, bool]]]
    ) -> None:
        self._database = database
        self._services = services
        self._leaving = False

    def leave(self) -> None:
        """From now on the process is not ready, whatever the others say."""
        self._leaving = True

    async def look(self) -> dict[str, bool]:
        """Whether each part answers, by name."""
        services, own = await asyncio.gather(self._services(CHECK_S), self.own())
        return {**own, **services}

    async def own(self) -> dict[str, bool]:
        """As `look`, of what a turn cannot do without: a service that is down has an answer to be given for it."""
        return {"database": await self._answers(), **({"gateway": False} if self._leaving else {})}

    async def is_ready(self) -> bool:
        """Whether every part answers."""
        return all((await self.look()).values())

    async def _answers(self) -> bool:
        try:
            async with asyncio.timeout(CHECK_S):
                return await self._database()
        except TimeoutError:
            return False
