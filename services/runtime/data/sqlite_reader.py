"""Runs units that only read a SQLite file: in a thread of its own, beside the writer, which holds up no reader."""

import sqlite3
from collections.abc import Callable
from functools import partial

from runtime.data.own_thread import OwnThread
from runtime.data.sqlite_writer import execute, named
from runtime.data.units import T, Unit, run_work


class SqliteReader:
    """Runs units in a thread of its own, on a connection of its own, one after the other. Close it when done."""

    def __init__(self, connect: Callable[[], sqlite3.Connection], on_error: Callable[[BaseException], None]) -> None:
        """`connect` opens the file, in autocommit mode; `on_error` is told what went wrong in the database."""
        self._connect, self._on_error = connect, on_error
        self._connection: sqlite3.Connection | None = None
        self._thread = OwnThread("sqlite-reader")

    async def run(self, unit: Unit[T], clock: Callable[[], float]) -> T:
        """Runs a unit, which sees one state of the file from its first statement to its last. Raises what the unit
        raises, and sqlite3.Error."""
        try:
            return await self._thread.run(partial(self._look, unit, clock))
        except sqlite3.Error as error:
            self._on_error(error)
            raise

    async def close(self) -> None:
        """Closes the connection, once what is under way has ended."""
        await self._thread.close(self._disconnect)

    # In the thread.

    def _look(self, unit: Unit[T], clock: Callable[[], float]) -> T:
        try:
            connection = self._connection = self._connection or self._open()
            connection.execute("BEGIN")
            try:
                return run_work(unit(clock()), lambda query: execute(connection, query))
            finally:
                connection.execute("ROLLBACK")
        except sqlite3.Error:
            self._disconnect()
            raise

    def _open(self) -> sqlite3.Connection:
        connection = self._connect()
        connection.row_factory = named
        connection.execute("PRAGMA query_only = ON")
        return connection

    def _disconnect(self) -> None:
        if self._connection:
            self._connection.close()
            self._connection = None
