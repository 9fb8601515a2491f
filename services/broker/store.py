"""What the broker remembers: counts for the limits, and which writes were begun.

Neither holds personal data: conversations and customers are hashes, tool answers are not kept.
Counts and the beginning of a write are one transaction, so they hold across replicas.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Column, Integer, MetaData, String, Table, and_, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from broker.limits import HOUR_S, Counted, Window
from broker.records import LimitedError, WriteState
from runtime.database import Database
from runtime.errors import Kind, PulpoError
from runtime.migrations import Schema, prepare

T = TypeVar("T")
METADATA = MetaData()
"""The tables below. A change needs a migration; a test compares."""
SCHEMA = Schema("broker", METADATA, Path(__file__).parent / "migrations")
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
)
_BEFORE = {
    WriteState.DONE: tuple(WriteState),
    WriteState.UNKNOWN: (WriteState.BEGUN, WriteState.UNKNOWN, WriteState.NOT_DONE),
    WriteState.NOT_DONE: (WriteState.BEGUN,),
}
"""From which states a write may come to one. BEGUN is one call's alone: a second makes it UNKNOWN."""
KEEP_WRITES_S = 7 * 24 * HOUR_S
"""How long a begun write is remembered: longer than any message is redelivered."""


class Store:
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
        async with _translated():
            await prepare(self._database, SCHEMA, migrates=migrates)

    async def is_up(self) -> bool:
        """Whether the database answers."""
        return await self._whole(self._database.is_up())

    async def close(self) -> None:
        """Closes the database when what is under way has ended."""
        while self._under_way:
            await asyncio.wait(set(self._under_way))
        await self._database.close()

    async def look(self, counted: Counted, key: str = "") -> tuple[bool, bool]:
        """Whether one more call would exceed a limit, and whether the write of that key was begun."""
        return await self._whole(self._look(counted, key))

    async def admit(self, counted: Counted, write: tuple[str, str, str] | None = None) -> bool:
        """Counts one call and notes the write (key, workspace, tool) that begins with it, together.

        Returns whether that write was begun before; then it counts nothing. Raises LimitedError.
        """
        return await self._whole(self._admit(counted, write))

    async def finish(self, key: str, state: WriteState) -> bool:
        """Notes how a write ended. False when another call of the same write has come meanwhile, or has done it:
        then this one alone cannot tell that nothing was done, and what is noted stays."""
        return await self._whole(self._finish(key, state))

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

    async def _look(self, counted: Counted, key: str) -> tuple[bool, bool]:
        async with _translated(), self._database.read() as connection:
            counts = await self._counts(connection, self._now(), *counted.windows, counted.turn, counted.conversation)
            begun = bool(key) and await _is_begun(connection, key)
        watched = [*counted.windows, *([] if counts[counted.turn] else [counted.conversation])]
        return any(counts[window] + 1 > window.most for window in watched), begun

    async def _admit(self, counted: Counted, write: tuple[str, str, str] | None) -> bool:
        async with _translated(), self._turn, self._database.write() as connection:
            if write and not await self._begin(connection, counted.conversation.name, *write):
                return True
            await self._sweep(connection)
            counts = await self._add(connection, *counted.windows, counted.turn)
            if counts.pop(counted.turn) == 1:
                counts |= await self._add(connection, counted.conversation)
            if any(count > window.most for window, count in counts.items()):
                raise LimitedError
        return False

    async def _finish(self, key: str, state: WriteState) -> bool:
        within = WRITES.c.state.in_([before.value for before in _BEFORE[state]])
        ended = update(WRITES).where(WRITES.c.key == key, within).values(state=state.value)
        async with _translated(), self._turn, self._database.write() as connection:
            return (await connection.execute(ended)).rowcount == 1

    async def _is_full(self, window: Window) -> bool:
        async with _translated(), self._database.read() as connection:
            return (await self._counts(connection, self._now(), window))[window] + 1 > window.most

    async def _add_one(self, window: Window) -> None:
        async with _translated(), self._turn, self._database.write() as connection:
            await self._add(connection, window)

    async def _begin(self, connection: AsyncConnection, conversation: str, key: str, workspace: str, tool: str) -> bool:
        """Notes that a write begins; False when it was begun before. From then on no call of it can say by itself
        that nothing was done."""
        news = {"state": WriteState.BEGUN.value, "at": int(self._now())}
        row = {"key": key, "conversation": conversation, "workspace": workspace, "tool": tool}
        anew = WRITES.c.state == WriteState.NOT_DONE.value
        statement = self._dialect.insert(WRITES).values(**row, **news)
        statement = statement.on_conflict_do_update(index_elements=["key"], set_=news, where=anew)
        if (await connection.execute(statement.returning(WRITES.c.key))).first():
            return True
        alone = and_(WRITES.c.key == key, WRITES.c.state == WriteState.BEGUN.value)
        await connection.execute(update(WRITES).where(alone).values(state=WriteState.UNKNOWN.value))
        return False

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


async def _is_begun(connection: AsyncConnection, key: str) -> bool:
    state = await connection.scalar(select(WRITES.c.state).where(WRITES.c.key == key))
    return state is not None and state != WriteState.NOT_DONE.value


@asynccontextmanager
async def _translated() -> AsyncIterator[None]:
    """Turns the database's errors into the mesh's."""
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        raise PulpoError(Kind.UNAVAILABLE, "STORE_UNAVAILABLE", "The broker's database does not answer.") from error
