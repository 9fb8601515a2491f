"""The one writer of a SQLite file in a process: units of callers that wait together are one commit.

A commit costs milliseconds, a unit some tenths of one. So while one commit is made the next units gather, and are then
run one after the other in one transaction, each in a savepoint of its own: one that fails takes back its own changes
and nobody else's. Nobody is told that their unit is done before the commit is.

After a full disk, among others, SQLite has rolled back the whole transaction, savepoints and all, and what is executed
next would be committed by itself. So every unit's end is checked against that: then, and when the commit fails, all
that waited are told that nothing was stored.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any

from runtime.data.own_thread import OwnThread
from runtime.data.units import Query, Rows, T, Unit, row_type, run_work

MOST = 64
"""Most units of one commit, so that the first one does not wait for long."""


@dataclass(frozen=True)
class _Waiting:
    """A unit whose caller waits."""

    unit: Unit[Any]
    clock: Callable[[], float]
    outcome: "asyncio.Future[Any]"


class SqliteWriter:
    """Runs units in a thread of its own, on a connection of its own. Close it when done."""

    def __init__(
        self,
        connect: Callable[[], sqlite3.Connection],
        turn: AbstractAsyncContextManager[object],
        on_error: Callable[[BaseException], None],
    ) -> None:
        """`connect` opens the file, in autocommit mode; `turn` is entered for writing, by whoever else writes, too;
        `on_error` is told what went wrong in the database."""
        self._connect, self._turn, self._on_error = connect, turn, on_error
        self._connection: sqlite3.Connection | None = None
        self._thread = OwnThread("sqlite-writer")
        self._waiting: list[_Waiting] = []
        self._working: asyncio.Task[None] | None = None

    async def run(self, unit: Unit[T], clock: Callable[[], float]) -> T:
        """Runs a unit in a transaction that is committed. A caller that goes away does not stop it. Raises what the
        unit raises, and sqlite3.Error; then nothing of it is stored."""
        waiting = _Waiting(unit, clock, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._working is None:
            self._working = asyncio.create_task(self._work())
        result: T = await waiting.outcome
        return result

    async def close(self) -> None:
        """Closes the connection, once all that wait have been told."""
        if self._working:
            await asyncio.wait({self._working})
        await self._thread.close(self._disconnect)

    async def _work(self) -> None:
        try:
            while self._waiting:
                async with self._turn:
                    together, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                    outcomes = await self._thread.run(partial(self._commit, together))
                for each, outcome in zip(together, outcomes, strict=True):
                    self._tell(each, outcome)
        finally:
            self._working = None

    def _tell(self, waiting: _Waiting, outcome: Any) -> None:
        if isinstance(outcome, sqlite3.Error):
            self._on_error(outcome)
        if waiting.outcome.done():
            return  # its caller has gone
        if isinstance(outcome, Exception):
            waiting.outcome.set_exception(outcome)
        else:
            waiting.outcome.set_result(outcome)

    # In the thread.

    def _commit(self, together: Sequence[_Waiting]) -> list[Any]:
        """Runs units in one transaction. Their results or errors; one error for all when nothing was stored."""
        try:
            if self._connection is None:
                self._connection = self._connect()
                self._connection.row_factory = named
            self._connection.execute("BEGIN IMMEDIATE")
            outcomes = [_run(self._connection, each) for each in together]
            self._connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - whatever it is, all are to be told
            self._disconnect()  # which rolls back what is left
            return [error] * len(together)
        return outcomes

    def _disconnect(self) -> None:
        if self._connection:
            self._connection.close()
            self._connection = None


def _run(connection: sqlite3.Connection, each: _Waiting) -> Any:
    """Runs one unit of the transaction: its result, or its error when it has been taken back. Raises sqlite3.Error when
    the transaction is no more."""
    connection.execute("SAVEPOINT unit")
    try:
        outcome = run_work(each.unit(each.clock()), lambda query: execute(connection, query))
    except Exception as error:  # noqa: BLE001 - it is the caller's
        outcome = error
        if connection.in_transaction:
            connection.execute("ROLLBACK TO unit")
    if not connection.in_transaction:
        raise outcome if isinstance(outcome, sqlite3.Error) else sqlite3.OperationalError("the transaction is gone")
    connection.execute("RELEASE unit")
    return outcome


def execute(connection: sqlite3.Connection, query: Query) -> Rows:
    """The rows of a query."""
    return connection.execute(query.statement.sqlite, query.values).fetchall()


def named(cursor: sqlite3.Cursor, values: tuple[Any, ...]) -> Any:
    """A row with its columns by name."""
    return row_type(tuple(column[0] for column in cursor.description))(values)
