"""What the broker remembers: counts for the limits, and how far each write came; and the time by which it counts.

Conversations and customers are hashes. Of tools' answers only those to writes that were not done are kept, for a week.
Counts and the beginning of a write are one transaction, so they hold across replicas.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Column, Integer, MetaData, String, Table, Text, and_, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from broker.domain.writes import StoredState, StoredWrite, Write
from broker.execution.ports import LimitedError
from broker.policy.limits import HOUR_S, Counted, Window
from runtime.data.database import Database, translated
from runtime.data.migrations import Schema, prepare
from runtime.data.probe import probe_table

T = TypeVar("T")
METADATA = MetaData()
"""The tables below. A change needs a migration; a test compares."""
SCHEMA = Schema("broker", METADATA, Path(__file__).parents[1] / "migrations")
COUNTS = Table(
    "broker_counts",
    METADATA,
    Column("name", String(200), primary_key=True),
    Column("start", Integer, primary_key=True, autoincrement=False),
    Column("count", Integer, nullable=False),
    Column("ends", Integer, nullable=False, index=True),
)
WRITES = Table(
    "broker_writes",
    METADATA,
    Column("key", String(64), primary_key=True),
    Column("conversation", String(80), nullable=False, server_default="", index=True),
    Column("workspace", String(40), nullable=False),
    Column("tool", String(64), nullable=False),
    Column("state", String(10), nullable=False),
    Column("at", Integer, nullable=False, index=True),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("answer", Text, nullable=False, server_default=""),
)
PROBE = probe_table("broker", METADATA)
_BEFORE = {
    StoredState.DONE: tuple(StoredState),
    StoredState.UNKNOWN: (StoredState.BEGUN, StoredState.UNKNOWN, StoredState.NOT_DONE),
    StoredState.NOT_DONE: (StoredState.BEGUN,),
}
"""From which states a write may come to one. BEGUN is one call's alone: a second makes it UNKNOWN."""
unavailable = partial(translated, "STORE_UNAVAILABLE", "The broker's database does not answer.")
"""Raises PulpoError STORE_UNAVAILABLE in place of the database's errors in a block."""
KEEP_WRITES_S = 7 * 24 * HOUR_S
"""How long a write is remembered: longer than any message is redelivered, and than any call is under way."""
SET_EVERY_S = 60.0
"""Seconds after which the clock is to be set anew."""


class BrokerStore:
    """The Records of a running broker, in its database."""

    def __init__(self, database: Database, now: Callable[[], float]) -> None:
        """`now` gives seconds since the epoch."""
        self._database = database
        self._now = now
        self._dialect: Any = sqlite if database.is_sqlite else postgresql
        self._swept = 0
        self._under_way: set[asyncio.Task[Any]] = set()
        # SQLite lets one writer in at a time: waiting here is fair, and costs no polling of its lock
        self._turn: AbstractAsyncContextManager[Any] = asyncio.Lock() if database.is_sqlite else nullcontext()

    async def prepare(self, *, migrates: bool = True) -> None:
        """Makes or updates the tables, or only checks them. Raises PulpoError SCHEMA_BEHIND as well."""
        async with unavailable():
            await prepare(self._database, SCHEMA, migrates=migrates)

    async def is_up(self) -> bool:
        """Whether the database can write."""
        return await self._whole(self._database.is_up())

    async def close(self) -> None:
        """Closes the database when what is under way has ended."""
        while self._under_way:
            await asyncio.wait(set(self._under_way))
        await self._database.close()

    async def look(self, counted: Counted, key: str = "") -> tuple[bool, StoredWrite | None]:
        """See Records."""
        return await self._whole(self._look(counted, key))

    async def admit(self, counted: Counted, write: Write | None = None) -> StoredWrite | None:
        """See Records."""
        return await self._whole(self._admit(counted, write))

    async def finish(self, key: str, state: StoredState, answer: str = "") -> bool:
        """See Records."""
        return await self._whole(self._finish(key, state, answer))

    async def close_write(self, write: Write, answer: str = "") -> StoredWrite:
        """See Records."""
        return await self._whole(self._close_write(write, answer))

    async def is_full(self, window: Window) -> bool:
        """Whether a window holds all that it may."""
        return await self._whole(self._is_full(window))

    async def add(self, window: Window) -> None:
        """Counts one in a window."""
        await self._whole(self._add_one(window))

    async def _whole(self, work: Coroutine[Any, Any, T]) -> T:
        """Waits for a transaction without cutting it off when the wait is cancelled: a connection that
        is cut off in the middle is lost, and takes the lock on the database along."""
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            task.exception()  # whoever still waits sees it; nobody has to

    async def _look(self, counted: Counted, key: str) -> tuple[bool, StoredWrite | None]:
        async with unavailable(), self._database.read() as connection:
            counts = await self._counts(connection, self._now(), *counted.windows, counted.turn, counted.conversation)
            stored = await _stored(connection, key) if key else None
        watched = [*counted.windows, *([] if counts[counted.turn] else [counted.conversation])]
        return any(counts[window] + 1 > window.most for window in watched), stored

    async def _admit(self, counted: Counted, write: Write | None) -> StoredWrite | None:
        async with unavailable(), self._turn, self._database.write() as connection:
            if write and not await self._put(connection, write, StoredState.BEGUN):
                return await self._join(connection, write)
            await self._sweep(connection)
            counts = await self._add(connection, *counted.windows, counted.turn)
            if counts.pop(counted.turn) == 1:
                counts |= await self._add(connection, counted.conversation)
            if any(count > window.most for window, count in counts.items()):
                raise LimitedError
        return None

    async def _close_write(self, write: Write, answer: str) -> StoredWrite:
        async with unavailable(), self._turn, self._database.write() as connection:
            await self._put(connection, write, StoredState.NOT_DONE, answer)
            await self._sweep(connection)
            stored = await _stored(connection, write.key)
        assert stored is not None
        return stored

    async def _finish(self, key: str, state: StoredState, answer: str) -> bool:
        within = WRITES.c.state.in_([before.value for before in _BEFORE[state]])
        ended = update(WRITES).where(WRITES.c.key == key, within).values(state=state.value, answer=answer)
        async with unavailable(), self._turn, self._database.write() as connection:
            return (await connection.execute(ended)).rowcount == 1

    async def _is_full(self, window: Window) -> bool:
        async with unavailable(), self._database.read() as connection:
            return (await self._counts(connection, self._now(), window))[window] + 1 > window.most

    async def _add_one(self, window: Window) -> None:
        async with unavailable(), self._turn, self._database.write() as connection:
            await self._add(connection, window)

    async def _put(self, connection: AsyncConnection, write: Write, state: StoredState, answer: str = "") -> bool:
        """Stores a state of a write that is new, or that no attempt but earlier ones was closed for. False when it
        stays as it is. The row stays locked until the end: of a call that begins a write and one that closes it, the
        second sees what the first has stored."""
        news = {"state": state.value, "at": int(self._now()), "attempt": write.attempt, "answer": answer}
        row = {"key": write.key, "conversation": write.conversation, "workspace": write.workspace, "tool": write.tool}
        anew = and_(WRITES.c.state == StoredState.NOT_DONE.value, WRITES.c.attempt < write.attempt)
        statement = self._dialect.insert(WRITES).values(**row, **news)
        statement = statement.on_conflict_do_update(index_elements=["key"], set_=news, where=anew)
        return (await connection.execute(statement.returning(WRITES.c.key))).first() is not None

    async def _join(self, connection: AsyncConnection, write: Write) -> StoredWrite:
        """What is stored of a write that this call does not begin. When it is begun, no call of it can say by itself
        from now on that nothing was done."""
        alone = and_(WRITES.c.key == write.key, WRITES.c.state == StoredState.BEGUN.value)
        await connection.execute(update(WRITES).where(alone).values(state=StoredState.UNKNOWN.value))
        stored = await _stored(connection, write.key)
        assert stored is not None
        return stored

    async def _counts(self, connection: AsyncConnection, now: float, *windows: Window) -> dict[Window, float]:
        """What windows hold at a time."""
        rows = [
            (window.name, start)
            for window in windows
            for start in (window.start(now) - window.seconds, window.start(now))
        ]
        # one condition for each: SQLite reads the whole table for a list of pairs
        asked = or_(*(and_(COUNTS.c.name == name, COUNTS.c.start == start) for name, start in rows))
        found = await connection.execute(select(COUNTS).where(asked))
        held = {(row.name, row.start): int(row._mapping["count"]) for row in found}
        return {
            window: window.held(now, held.get(before, 0), held.get(present, 0))
            for window, before, present in zip(windows, rows[::2], rows[1::2], strict=True)
        }

    async def _add(self, connection: AsyncConnection, *windows: Window) -> dict[Window, float]:
        """Adds one to each window, and returns what they hold then. The rows stay locked until the end."""
        now = self._now()
        rows = [
            {
                "name": window.name,
                "start": window.start(now),
                "count": 1,
                "ends": window.start(now) + 2 * window.seconds,
            }
            for window in windows
        ]
        counting = (
            self._dialect.insert(COUNTS)
            .values(rows)
            .on_conflict_do_update(index_elements=["name", "start"], set_={"count": COUNTS.c.count + 1})
        )
        await connection.execute(counting)
        return await self._counts(connection, now, *windows)

    async def _sweep(self, connection: AsyncConnection) -> None:
        """Forgets windows that ended and writes that are old, once a minute."""
        now = int(self._now())
        if now - self._swept < 60:
            return
        await connection.execute(delete(COUNTS).where(COUNTS.c.ends < now - 60))
        await connection.execute(delete(WRITES).where(WRITES.c.at < now - KEEP_WRITES_S))
        self._swept = now


async def _stored(connection: AsyncConnection, key: str) -> StoredWrite | None:
    found = select(WRITES.c.state, WRITES.c.attempt, WRITES.c.answer).where(WRITES.c.key == key)
    row = (await connection.execute(found)).first()
    return row and StoredWrite(StoredState(row.state), row.attempt, row.answer)


class DatabaseClock:
    """Gives seconds since 1970, from when it is first set.

    On PostgreSQL they are the database's, so that brokers on machines whose clocks differ count in the same windows; on
    SQLite, which one broker has alone, this machine's at the start. From then on the monotonic clock counts, so that a
    machine's clock that is set moves no window.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        """`clock` is this machine's."""
        self._database = database
        self._clock = clock
        self._zero = clock() - time.monotonic()

    def __call__(self) -> float:
        """The time now."""
        return self._zero + time.monotonic()

    async def set(self) -> None:
        """Sets it by the database. Raises PulpoError STORE_UNAVAILABLE, and leaves it as it is."""
        if self._database.is_sqlite:
            return
        async with unavailable(), self._database.read() as connection:
            now = await connection.scalar(select(func.extract("epoch", func.clock_timestamp())))
        self._zero = float(now or self._clock()) - time.monotonic()
