"""Transactions of the gateway, each with the time that counts in it."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from runtime.database import Database
from runtime.errors import Kind, PulpoError


class Session:
    """Opens transactions. What fails in one is PulpoError DATABASE_UNAVAILABLE."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        """On PostgreSQL the database's clock counts, so that replicas agree; `clock` is for SQLite."""
        self.database = database
        self._clock = clock
        self.insert: Any = sqlite.insert if database.is_sqlite else postgresql.insert

    @asynccontextmanager
    async def write(self) -> AsyncIterator[tuple[AsyncConnection, float]]:
        """A transaction that may write, and the time in seconds since 1970."""
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


@asynccontextmanager
async def translated() -> AsyncIterator[None]:
    """Turns the database's failures into one that says nothing about their content."""
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        raise PulpoError(Kind.UNAVAILABLE, "DATABASE_UNAVAILABLE", "The database did not answer.") from error
