"""One way to a database: SQLAlchemy Core, async, on SQLite or PostgreSQL."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.util import await_only

from runtime.errors import Kind, PulpoError

_WRITE = "pulpo_write"
BUSY_TIMEOUT_MS = 5_000
"""How long SQLite waits for another writer, in milliseconds."""
CONNECTIONS = 10
"""Most connections that the work of one process has to PostgreSQL; one more says whether it answers."""
CONNECT_S = 5.0
"""Longest that connecting to PostgreSQL may take, in seconds."""


def sqlite_url(data_dir: Path, name: str) -> str:
    """The URL of a service's own SQLite file."""
    return f"sqlite+aiosqlite:///{data_dir.resolve() / name}.db"


class Database:
    """An engine and its transactions. Close it when done."""

    def __init__(self, url: str) -> None:
        """Takes sqlite+aiosqlite:///FILE or postgresql+asyncpg://…; raises PulpoError for others."""
        parsed = _parsed(url)
        self.is_sqlite = parsed.drivername.startswith("sqlite")
        if self.is_sqlite and parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        self.engine = self._make_engine(url, CONNECTIONS)
        # Work that has taken all connections is no reason to say that the database is down.
        self._asking = self._make_engine(url, 1)
        # SQLite's writers look again now and then whether it is their turn, each on a connection of the
        # pool: with many, some starve and readers get no connection. In line here they cost nothing.
        self._turn_to_write: AbstractAsyncContextManager[object] = asyncio.Lock() if self.is_sqlite else nullcontext()

    def _make_engine(self, url: str, connections: int) -> AsyncEngine:
        if not self.is_sqlite:
            return create_async_engine(url, **_postgresql_options(connections))
        engine = create_async_engine(url)
        _tune_sqlite(engine)
        return engine

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
        """Whether the database answers, on a connection of its own."""
        try:
            async with self._asking.connect() as connection:
                await connection.execute(text("SELECT 1"))
        except (SQLAlchemyError, OSError):
            return False
        return True

    async def close(self) -> None:
        """Closes all connections."""
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


def _postgresql_options(connections: int) -> dict[str, Any]:
    return {
        "pool_pre_ping": True,
        "pool_size": connections,
        "max_overflow": 0,
        "connect_args": {"timeout": CONNECT_S},
    }


def _tune_sqlite(engine: AsyncEngine) -> None:
    """WAL, waiting for locks, and writers that lock at their start instead of failing at their end."""

    @event.listens_for(engine.sync_engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (f"busy_timeout={BUSY_TIMEOUT_MS}", "foreign_keys=ON", "synchronous=FULL"):
            cursor.execute(f"PRAGMA {pragma}")
        _use_wal(cursor)
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def on_begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get(_WRITE) else "BEGIN")


def _use_wal(cursor: Any) -> None:
    """Switches the file to WAL. Connections that do so at once on a fresh file get "database is locked",
    for which SQLite does not wait: hence the waiting here."""
    deadline = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            await_only(asyncio.sleep(0.01))
        else:
            return
