"""Health of a database: it has to store a small row, at most once in some seconds however many ask.

SQLite's file is also checked for damage, in at most 1/200 of the time.
"""

import asyncio
import math
import sqlite3
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, closing
from pathlib import Path
from typing import Protocol

from sqlalchemy import Column, Float, Integer, LargeBinary, MetaData, Table, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

EVERY_S = 5.0
"""Seconds for which it counts that a row was kept."""
AGAIN_S = 1.0
"""As EVERY_S, when it was not, and the shortest time between two looks."""
WAIT_S = 0.8
"""Longest that one who asks waits for a look, in seconds."""
BUSY_S = 30.0
"""How long SQLite's file may be in another writer's hands before it counts as down, in seconds."""
SLOW_S = 5.0
"""How long PostgreSQL may take to keep a row, or be away, before it counts as down, in seconds."""
FILLING_BYTES = 32_768
"""How much a row holds on SQLite: about what the largest turn writes, so that there is room for that."""
CHECK_SHARE = 200
"""SQLite's file is not read through again for this many times as long as it took."""
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_INTERRUPT)
_BROKEN = (
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
)
_BROKEN_STATES = ("25006", "53100", "XX001", "XX002")
"""PostgreSQL's codes: read-only, disk full, data corrupted, index corrupted."""


def probe_table(service: str, metadata: MetaData) -> Table:
    """The table of a service's row. Services may share a database, so each has its own."""
    return Table(
        f"{service}_probe",
        metadata,
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("at", Float, nullable=False),
        Column("filling", LargeBinary, nullable=False),
    )


def tells_of_damage(error: BaseException | None) -> bool:
    """Whether an error that the work has met is a reason to look again at once."""
    code = getattr(error, "sqlite_errorcode", None)
    return getattr(error, "sqlstate", None) in _BROKEN_STATES if code is None else code & 0xFF in _BROKEN


class Kept:
    """One answer for all who ask, looked for now and then, by one look at a time."""

    def __init__(self, look: Callable[[], Awaitable[bool | None]], patience_s: float, first: bool) -> None:
        """A look that cannot tell gives None; the last answer counts on, for `patience_s` from that look's beginning.
        `first` is the answer before any other."""
        self._look = look
        self._patience_s = patience_s
        self._said = first
        self._unsure_since: float | None = None
        self._began = self._due = -math.inf
        self.every_s = EVERY_S
        """Seconds between two looks while all is well."""
        self._task: asyncio.Task[None] | None = None

    def hurry(self) -> None:
        """Has the next look soon."""
        self._due = min(self._due, self._began + max(AGAIN_S, self.every_s / 20))

    async def answer(self) -> bool:
        """The answer, after at most WAIT_S."""
        if self._task is None and time.monotonic() >= self._due:
            self._task = asyncio.create_task(self._run())
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=WAIT_S)
        unsure = self._unsure_since is not None and time.monotonic() - self._unsure_since >= self._patience_s
        return self._said and not unsure

    async def close(self) -> None:
        """Ends the look under way."""
        if self._task:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _run(self) -> None:
        self._began = time.monotonic()
        self._due = math.inf
        if self._unsure_since is None:
            self._unsure_since = self._began
        found = None
        try:
            found = await self._look()
        finally:
            if found is not None:
                self._said, self._unsure_since = found, None
            self._due = time.monotonic() + (self.every_s if found else AGAIN_S)
            self._task = None


class Probe(Protocol):
    """Asks one database."""

    def hurry(self) -> None:
        """The work has met an error that tells of damage: has the next look soon."""

    async def is_well(self) -> bool:
        """Whether the database kept a row lately, and no damage was found."""

    async def close(self) -> None:
        """Ends the looks under way."""


class PostgresProbe:
    """Makes PostgreSQL keep a row; one that only reads, or follows another, cannot."""

    def __init__(self, engine: AsyncEngine, table: Table) -> None:
        self._engine, self._table = engine, table
        self._kept = Kept(self._keep, SLOW_S, first=False)

    def hurry(self) -> None:
        """See Probe."""
        self._kept.hurry()

    async def is_well(self) -> bool:
        """See Probe."""
        return await self._kept.answer()

    async def close(self) -> None:
        """See Probe."""
        await self._kept.close()

    async def _keep(self) -> bool | None:
        own, row = self._table.c.id == 1, {"at": time.time(), "filling": b""}
        # a row that another replica is writing is not waited for: it may have stopped in the middle
        free = select(self._table.c.id).where(own).with_for_update(skip_locked=True)
        anew = postgresql.insert(self._table).values(id=1, **row).on_conflict_do_nothing()
        try:
            async with asyncio.timeout(SLOW_S), self._engine.connect() as connection, connection.begin():
                if await connection.scalar(free):
                    await connection.execute(update(self._table).where(own).values(**row))
                elif not await connection.scalar(select(self._table.c.id).where(own)):
                    await connection.execute(anew)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            # all else may come of much to do, here or at a pooler
            return False if isinstance(error, DBAPIError) and tells_of_damage(error.orig) else None
        return True


class SqliteProbe:
    """Makes SQLite keep a row, and reads its file through, each on a fresh connection, which remembers no page."""

    def __init__(self, file: Path, table: Table, turn: AbstractAsyncContextManager[object]) -> None:
        """`turn` is entered for writing."""
        self._file, self._turn = file, turn
        self._statement = (
            f"INSERT INTO {table.name} (id, at, filling) VALUES (1, ?, ?) "  # noqa: S608 - a name of our own
            "ON CONFLICT (id) DO UPDATE SET at = excluded.at, filling = excluded.filling"
        )
        self._stopping = threading.Event()
        self._kept = Kept(self._keep, BUSY_S, first=False)
        self._sound = Kept(self._check, math.inf, first=True)

    def hurry(self) -> None:
        """See Probe."""
        self._kept.hurry()
        self._sound.hurry()

    async def is_well(self) -> bool:
        """See Probe."""
        return all(await asyncio.gather(self._kept.answer(), self._sound.answer()))

    async def close(self) -> None:
        """See Probe."""
        self._stopping.set()
        await asyncio.gather(self._kept.close(), self._sound.close())

    async def _keep(self) -> bool | None:
        async with self._turn:
            return await asyncio.to_thread(self._on_file, self._write)

    async def _check(self) -> bool | None:
        began = time.monotonic()
        found = await asyncio.to_thread(self._on_file, self._read_through)
        self._sound.every_s = max(EVERY_S, CHECK_SHARE * (time.monotonic() - began))
        return found

    def _on_file(self, work: Callable[[sqlite3.Connection], bool]) -> bool | None:
        """What some work says; None when another writer kept the file from it, False when it cannot be done."""
        try:
            # a file that is gone is not made anew
            opened = sqlite3.connect(f"{self._file.as_uri()}?mode=rw", uri=True, isolation_level=None)
            with closing(opened) as connection:
                connection.set_progress_handler(self._stopping.is_set, 10_000)
                return work(connection)
        except sqlite3.Error as error:
            return None if getattr(error, "sqlite_errorcode", 0) & 0xFF in _BUSY else False

    def _write(self, connection: sqlite3.Connection) -> bool:
        now = time.time()
        connection.execute("BEGIN IMMEDIATE")
        # other bytes each time: pages that stay as they are would not be written
        connection.execute(self._statement, (now, bytes([int(now * 1000) % 256]) * FILLING_BYTES))
        connection.execute("COMMIT")
        return True

    def _read_through(self, connection: sqlite3.Connection) -> bool:
        return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
