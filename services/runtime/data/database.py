"""Connections and transactions: SQLAlchemy Core, async, on SQLite or PostgreSQL, and what they can fail with."""

import asyncio
import math
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Table, event, func, select, text
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.util import await_only

from runtime.data.probe import PostgresProbe, Probe, SqliteProbe, tells_of_damage
from runtime.data.sqlite_reader import SqliteReader
from runtime.data.sqlite_writer import SqliteWriter
from runtime.data.units import T, Unit, run_on
from runtime.errors import Kind, PulpoError
from runtime.private import keep_database, make_folder
from runtime.settings import Pool

DATABASE_ERRORS = (SQLAlchemyError, sqlite3.Error, OSError)
"""Whatever a statement, a connection or a time limit raises when a database does not do its work."""


@asynccontextmanager
async def translated(
    reason: str = "DATABASE_UNAVAILABLE", message: str = "The database did not answer."
) -> AsyncIterator[None]:
    """Raises PulpoError UNAVAILABLE with `reason` in place of the block's DATABASE_ERRORS, whose texts quote values."""
    try:
        yield
    except DATABASE_ERRORS as error:
        raise PulpoError(Kind.UNAVAILABLE, reason, message) from error


_WRITE = "pulpo_write"
BUSY_TIMEOUT_MS = 5_000
"""How long SQLite waits for another writer, in milliseconds."""
REWRITTEN_BYTES = 64 * 2**20
"""Largest SQLite file that is rewritten while customers write, who wait meanwhile: a busy machine took 10 to 25 ms for
each MiB. Other processes give up after BUSY_TIMEOUT_MS, and the agenda after 8 s."""
LOCK_AGAIN_S = 0.1
"""Seconds between two tries to get a lock of PostgreSQL."""
CONNECT_S = 5.0
"""Longest that connecting to PostgreSQL may take, in seconds."""

DEFAULT_POOL = Pool()
"""The pool of a process without settings of its own."""


def sqlite_url(data_dir: Path, name: str) -> str:
    """The URL of a service's own SQLite file."""
    return f"sqlite+aiosqlite:///{data_dir.resolve() / name}.db"


class Database:
    """An engine and its transactions. Close it when done."""

    def __init__(self, url: str, probe: Table | None = None, *, pool: Pool = DEFAULT_POOL) -> None:
        """Takes sqlite+aiosqlite:///FILE or postgresql+asyncpg://…; raises PulpoError for others, and for a file
        in a folder that is not ours alone. With `probe`, a `probe.probe_table`, a database is up when it can write."""
        self._pool = pool
        parsed = _parsed(url)
        self.is_sqlite = parsed.drivername.startswith("sqlite")
        self._file = Path(parsed.database or "").absolute()
        """SQLite's file."""
        if self.is_sqlite:
            make_folder(self._file.parent)
        self.engine = self._make_engine(url, pool)
        # Work that has taken all connections is no reason to say that the database is down. Whatever is in
        # between, this one gets through it: it prepares nothing.
        self._asking = self._make_engine(url, Pool(1, "transaction"))
        # SQLite's writers look again now and then whether it is their turn, each on a connection of the
        # pool: with many, some starve and readers get no connection. In line here they cost nothing.
        self._turn_to_write: AbstractAsyncContextManager[object] = asyncio.Lock() if self.is_sqlite else nullcontext()
        self._writer = SqliteWriter(self._connect, self._turn_to_write, self._on_error) if self.is_sqlite else None
        self._reader = SqliteReader(self._connect, self._on_error) if self.is_sqlite else None
        self._probe = None if probe is None else self._make_probe(probe)

    def _make_engine(self, url: str, pool: Pool) -> AsyncEngine:
        if not self.is_sqlite:
            return create_async_engine(url, **_postgresql_options(pool))
        engine = create_async_engine(url)
        _tune_sqlite(engine, self._file)
        return engine

    def _make_probe(self, table: Table) -> Probe:
        made: Probe = (
            SqliteProbe(self._file, table, self._turn_to_write)
            if self.is_sqlite
            else PostgresProbe(self._asking, table)
        )

        @event.listens_for(self.engine.sync_engine, "handle_error")
        def on_error(context: ExceptionContext) -> None:
            if context.is_disconnect or tells_of_damage(context.original_exception):
                made.hurry()

        return made

    def _connect(self) -> sqlite3.Connection:
        """A connection of the standard library, for a thread of its own."""
        keep_database(self._file)
        connection = sqlite3.connect(self._file)
        _set_up(connection, time.sleep)
        return connection

    def _on_error(self, error: BaseException) -> None:
        if self._probe and tells_of_damage(error):
            self._probe.hurry()

    async def run(self, unit: Unit[T], clock: Callable[[], float] | None = None) -> T:
        """Runs a unit of work in a transaction that is committed, and rolled back on an exception.

        It begins at the time of `clock`; without one at the database's: on PostgreSQL the server's, so that replicas
        agree, and on SQLite this machine's.
        """
        if self._writer:
            return await self._writer.run(unit, clock or time.time)
        return await self._on_postgresql(unit, clock)

    async def look(self, unit: Unit[T], clock: Callable[[], float] | None = None) -> T:
        """Runs a unit that only reads. Nobody who writes holds it up on SQLite."""
        if self._reader:
            return await self._reader.run(unit, clock or time.time)
        return await self._on_postgresql(unit, clock)

    async def _on_postgresql(self, unit: Unit[T], clock: Callable[[], float] | None) -> T:
        """Runs a unit on the driver of a connection of the pool: what SQLAlchemy would add to each statement costs more
        than the statement. Raises DBAPIError for what goes wrong there."""
        from asyncpg import InterfaceError, PostgresError  # type: ignore[import-untyped]  # not for SQLite's memory

        try:
            async with self.engine.connect() as connection:
                driver: Any = (await connection.get_raw_connection()).driver_connection
                try:
                    return await run_on(driver, unit, clock)
                except (PostgresError, InterfaceError) as error:
                    if self._probe and (driver.is_closed() or tells_of_damage(error)):
                        self._probe.hurry()
                    raise
                finally:
                    if driver.is_closed():
                        await connection.invalidate()
        except (PostgresError, InterfaceError) as error:  # while connecting, too, where SQLAlchemy lets some through
            raise DBAPIError(None, None, error) from error

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that may write: committed at the end, rolled back on an exception."""
        async with self._turn_to_write, self.engine.connect() as connection:
            await connection.execution_options(**{_WRITE: True})
            async with connection.begin():
                yield connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that only reads."""
        async with self.engine.connect() as connection, connection.begin():
            yield connection

    async def is_up(self) -> bool:
        """Whether the database can write; without a probe, whether it answers, on a connection of its own."""
        if self._probe:
            return await self._probe.is_well()
        try:
            async with self._asking.connect() as connection:
                await connection.execute(text("SELECT 1"))
        except DATABASE_ERRORS:
            return False
        return True

    async def refuse_unknown_pooler(self) -> None:
        """Raises PulpoError POOLER_NOT_NAMED when a pooler is in between that the settings say nothing of.

        A pooler says hello with a process number of its own, and not with that of the server's process. In
        transaction mode most work would fail then, on prepared statements that another connection has.
        """
        if self.is_sqlite or self._pool.pooler != "none":
            return
        async with self._asking.connect() as connection:
            serving = await connection.scalar(select(func.pg_backend_pid()))
            driver: Any = (await connection.get_raw_connection()).driver_connection
            said = driver.get_server_pid()
        if serving != said:
            raise PulpoError(
                Kind.FAILED_PRECONDITION,
                "POOLER_NOT_NAMED",
                "A connection pooler is between this process and PostgreSQL: set PULPO_DATABASE_POOLER to its mode, "
                "transaction or session.",
            )

    @asynccontextmanager
    async def alone(self, lock: int) -> AsyncIterator[None]:
        """Holds an advisory lock of PostgreSQL, once others have let go of it.

        A transaction on a connection of its own holds it: a session's lock does not get through a pooler. It is asked
        for again and again, since an index that is built concurrently waits for all statements that are waiting.
        """
        async with self._asking.connect() as connection:
            while not await connection.scalar(select(func.pg_try_advisory_xact_lock(lock))):
                await connection.rollback()
                await asyncio.sleep(LOCK_AGAIN_S)
            # Nobody ends it for being idle. And without a further statement the first one's snapshot stays, for which
            # an index that is built concurrently would wait.
            await connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
            yield

    async def scrub(self, rewritten_bytes: float = math.inf) -> bool:
        """Takes what was erased out of SQLite's files: empties the log of changes, and rewrites a file of at most so
        many bytes, since parts of pages that are not in use may hold copies; 0 is not asked to rewrite. False when the
        file is larger, somebody is in the way, or the disk is full. PostgreSQL does so by itself."""
        if not self.is_sqlite:
            return True
        async with self._turn_to_write:
            return await asyncio.to_thread(_scrub, self._file, rewritten_bytes)

    async def close(self) -> None:
        """Closes all connections."""
        if self._probe:
            await self._probe.close()
        if self._writer:
            await self._writer.close()
        if self._reader:
            await self._reader.close()
        await self.engine.dispose()
        await self._asking.dispose()


def _parsed(url: str) -> URL:
    problem = PulpoError(
        Kind.INVALID_ARGUMENT, "DATABASE_URL", "Expected sqlite+aiosqlite:///FILE or postgresql+asyncpg://…"
    )
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise problem from None  # the error quotes the URL, which may hold a password
    if parsed.drivername not in ("sqlite+aiosqlite", "postgresql+asyncpg"):
        raise problem
    return parsed


def _postgresql_options(pool: Pool) -> dict[str, Any]:
    connect: dict[str, Any] = {"timeout": CONNECT_S}
    if pool.pooler == "transaction":
        # Each transaction may run on another connection of the server, where what was prepared is not. A name
        # function or a pool that keeps no connections would leave prepared statements behind there.
        connect |= {"statement_cache_size": 0, "prepared_statement_cache_size": 0}
    # a connection that has died is found before it is used: a pooler that restarts costs no work that waits
    return {"pool_pre_ping": True, "pool_size": pool.connections, "max_overflow": 0, "connect_args": connect}


def _tune_sqlite(engine: AsyncEngine, file: Path) -> None:
    """WAL, waiting for locks, and writers that lock at their start instead of failing at their end. What is erased
    is overwritten in its page."""

    @event.listens_for(engine.sync_engine, "do_connect")
    def on_opening(_dialect: Any, _record: Any, _words: Any, _named: Any) -> None:
        keep_database(file)

    @event.listens_for(engine.sync_engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        _set_up(connection, lambda seconds: await_only(asyncio.sleep(seconds)))

    @event.listens_for(engine.sync_engine, "begin")
    def on_begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get(_WRITE) else "BEGIN")


def _scrub(file: Path, rewritten_bytes: float) -> bool:
    try:
        rewrites = file.stat().st_size <= rewritten_bytes
        with closing(sqlite3.connect(file, timeout=BUSY_TIMEOUT_MS / 1000, isolation_level=None)) as connection:
            if rewrites:
                connection.execute("VACUUM")
            busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    except (sqlite3.Error, OSError):
        return False
    return not busy and (rewrites or not rewritten_bytes)


def _set_up(connection: Any, sleep: Callable[[float], None]) -> None:
    """Sets a new connection to SQLite up."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (f"busy_timeout={BUSY_TIMEOUT_MS}", "foreign_keys=ON", "synchronous=FULL", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    _use_wal(cursor, sleep)
    cursor.close()


def _use_wal(cursor: Any, sleep: Callable[[float], None]) -> None:
    """Switches the file to WAL. Connections that do so at once on a fresh file get "database is locked",
    for which SQLite does not wait: hence the waiting here."""
    deadline = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            sleep(0.01)
        else:
            return
