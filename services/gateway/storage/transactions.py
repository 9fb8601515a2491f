"""The transactions of all that is stored here. What fails in one is PulpoError DATABASE_UNAVAILABLE."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from runtime.data.database import Database, translated
from runtime.data.units import T, Unit

AHEAD = 2
"""A lease that ends later than this many of its lengths from now was taken by a clock that has been set back."""


def holds(lease_until: ColumnElement[float], now: float, lease_s: float) -> ColumnElement[bool]:
    """Whether a lease of `lease_s` seconds is not over. One taken by a clock that has been set back since would hold
    for as long as that clock was wrong: it counts as over, and whoever had it can no longer store anything."""
    return and_(lease_until > now, lease_until <= now + AHEAD * lease_s)


class Transactions:
    """Opens transactions."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        """On PostgreSQL the database's clock counts, so that replicas agree; `clock` is for SQLite."""
        self.database = database
        self._clock = clock
        self._units_clock = clock if database.is_sqlite else None
        self.insert: Any = sqlite.insert if database.is_sqlite else postgresql.insert

    async def run(self, unit: Unit[T]) -> T:
        """Runs a unit of work that may write: what a message's turn does. Its statements are in `statements`."""
        async with translated():
            return await self.database.run(unit, self._units_clock)

    async def look(self, unit: Unit[T]) -> T:
        """Runs a unit of work that only reads."""
        async with translated():
            return await self.database.look(unit, self._units_clock)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[tuple[AsyncConnection, float]]:
        """A transaction that may write, and the time in seconds since 1970: for all other work."""
        async with translated(), self.database.write() as connection:
            yield connection, await self.now(connection)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that only reads."""
        async with translated(), self.database.read() as connection:
            yield connection

    async def now(self, connection: AsyncConnection) -> float:
        """The time, in seconds since 1970."""
        if self.database.is_sqlite:
            return self._clock()
        return float(await connection.scalar(select(func.extract("epoch", func.clock_timestamp()))) or 0.0)
