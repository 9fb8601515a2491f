"""Runs work on the appointments in transactions."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from sqlalchemy.exc import DBAPIError
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt

from agenda.booking.ledger import Ledger
from agenda.storage.sql_ledger import unit_of
from agenda.storage.tables import SCHEMA
from runtime.data.database import DATABASE_ERRORS, Database, translated
from runtime.data.migrations import prepare
from runtime.data.units import Unit, Work
from runtime.errors import PulpoError

T = TypeVar("T")
ATTEMPTS = 4
"""How often a write is tried when another one got in its way (PostgreSQL only)."""
READY_S = 2.0
"""Longest that the database may take to say that it is there, in seconds."""
TRANSACTION_S = 8.0
"""Longest that a transaction may take, in seconds; longer than SQLite waits for another writer."""
_GOT_IN_THE_WAY = ("40001", "40P01")
unavailable = partial(translated, message="The appointment book cannot be reached.")
"""Raises PulpoError DATABASE_UNAVAILABLE in place of the database's errors in a block."""


def _retrying() -> AsyncRetrying:
    """Tries a transaction again when another one got in its way."""
    return AsyncRetrying(retry=retry_if_exception(_got_in_the_way), stop=stop_after_attempt(ATTEMPTS), reraise=True)


def _got_in_the_way(error: BaseException) -> bool:
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _GOT_IN_THE_WAY


def _begun_before(until: float, unit: Unit[T]) -> Unit[T]:
    """A unit that raises TimeoutError when it is its turn only after a moment of the monotonic clock."""

    def begun(now: float) -> Work[T]:
        if time.monotonic() > until:
            raise TimeoutError
        return (yield from unit(now))

    return begun


class AgendaStore:
    """Runs work on the ledger in transactions. Raises PulpoError DATABASE_UNAVAILABLE, and nothing
    of SQLAlchemy's, when the database fails."""

    def __init__(self, database: Database, *, migrates: bool = True, transaction_s: float = TRANSACTION_S) -> None:
        """`migrates`: whether to make or update the tables; otherwise they are only checked. `transaction_s` are the
        seconds that a transaction may take, its wait for other writers included."""
        self._database = database
        self._transaction_s = transaction_s
        self._migrates = migrates
        self._prepared = asyncio.Event()
        self._preparing = asyncio.Lock()
        self._running: set[asyncio.Task[Any]] = set()

    async def read(self, work: Callable[[Ledger], Awaitable[T]]) -> T:
        """Runs work that changes nothing."""
        return await self._to_its_end(self._read(work))

    async def write(self, work: Callable[[Ledger], Awaitable[T]]) -> T:
        """Runs work in a transaction: all of it happens or nothing. May run it again when another
        writer got in the way, so work must do nothing and await nothing but its ledger. A caller who stops
        waiting does not stop it."""
        return await self._to_its_end(self._write(work))

    async def _read(self, work: Callable[[Ledger], Awaitable[T]]) -> T:
        async with unavailable(), asyncio.timeout(self._transaction_s):
            await self._prepare()
            return await self._database.look(unit_of(work, self._database.is_sqlite))

    async def _write(self, work: Callable[[Ledger], Awaitable[T]]) -> T:
        async with unavailable():
            return await _retrying()(self._transaction, work)

    async def _transaction(self, work: Callable[[Ledger], Awaitable[T]]) -> T:
        unit, until = unit_of(work, self._database.is_sqlite), time.monotonic() + self._transaction_s
        async with asyncio.timeout(self._transaction_s) as limit:
            await self._prepare()
            if self._database.is_sqlite:
                limit.reschedule(None)  # its writer goes on: whoever is told no then must not find it done after all
                return await self._database.run(_begun_before(until, unit))
            return await self._database.run(unit)

    async def _to_its_end(self, transaction: Coroutine[Any, Any, T]) -> T:
        """Waits for a transaction that cancelling the wait does not cut off: a connection that is cut
        off while it opens or commits is lost to the pool."""
        task = asyncio.create_task(transaction)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # seen by whoever waits; nobody has to

    async def open(self) -> None:
        """Prepares the tables when the process starts. A database that is down is tried again with every
        use. Raises PulpoError SCHEMA_BEHIND when it may not migrate and would have to."""
        with suppress(*DATABASE_ERRORS):
            async with asyncio.timeout(self._transaction_s):
                await self._prepare()

    async def is_ready(self) -> bool:
        """Whether the database can write and has the tables."""
        try:
            async with asyncio.timeout(READY_S):
                await self._prepare()
                return await self._database.is_up()
        except (*DATABASE_ERRORS, PulpoError):
            return False

    async def close(self) -> None:
        """Closes the database when what is under way has ended."""
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._database.close()

    async def _prepare(self) -> None:
        """Prepares the tables once; tried again with every use until it succeeds."""
        if self._prepared.is_set():
            return
        async with self._preparing:
            if not self._prepared.is_set():
                await prepare(self._database, SCHEMA, migrates=self._migrates)
                self._prepared.set()
