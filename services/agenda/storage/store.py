"""Stores appointments in a database. The only module with SQL statements about them."""

import asyncio
import hashlib
import json
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from dataclasses import asdict
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt

from agenda.booking.appointment import BOOKED, CANCELLED, Appointment
from agenda.booking.ledger import Ledger, SaveResult, TakenByDay
from agenda.storage.tables import SCHEMA, appointments, cells, idempotency
from runtime.data.database import DATABASE_ERRORS, Database, translated
from runtime.data.migrations import prepare
from runtime.errors import Kind, PulpoError

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
CHANGEABLE = (
    *("service_type", "date", "time", "end_time", "minutes", "staff_name", "staff_requested"),
    *("client_name", "client_email", "updated_at"),
)
"""What a change may give an appointment."""
_PENDING = ""
_REQUEST = func.coalesce(appointments.c.group_id, appointments.c.booking_id)


class SqlLedger:
    """A `ledger.Ledger` over one transaction; its methods are described there."""

    def __init__(self, connection: AsyncConnection, is_sqlite: bool) -> None:
        self._connection = connection
        self._is_sqlite = is_sqlite
        self._insert = sqlite.insert if is_sqlite else postgresql.insert

    async def taken(self, workspace_id: str, first: str, last: str) -> TakenByDay:
        """Date (YYYY-MM-DD) -> member of staff -> cells taken, from one date to another, both
        included. One query."""
        rows = await self._connection.execute(
            select(cells.c.date, cells.c.staff_name, cells.c.cell).where(
                cells.c.workspace_id == workspace_id, cells.c.date.between(first, last)
            )
        )
        found: TakenByDay = defaultdict(lambda: defaultdict(set))
        for day, staff_name, cell in rows:
            found[day][staff_name].add(cell)
        return found

    async def upcoming(self, workspace_id: str, customer: str, phone: str, first: str) -> list[Appointment]:
        """Booked appointments of a customer or with a phone, from a date on, soonest first. An empty
        customer or phone matches none."""
        table = appointments.c
        owners = [
            column == value for column, value in ((table.customer, customer), (table.client_phone, phone)) if value
        ]
        if not owners:
            return []
        rows = await self._connection.execute(
            select(appointments)
            .where(table.workspace_id == workspace_id, or_(*owners), table.date >= first, table.status == BOOKED)
            .order_by(table.date, table.time, table.booking_id)
        )
        return [Appointment(**row) for row in rows.mappings()]

    async def requests_between(self, workspace_id: str, customer: str, since: str, before: str) -> set[str]:
        """The requests, by the booking id of their first appointment, for which a customer has booked from a moment
        to another (ISO 8601, UTC, to the second), the later one excluded, whatever became of the appointments."""
        table = appointments.c
        theirs = and_(table.workspace_id == workspace_id, table.customer == customer)
        found = select(_REQUEST).where(theirs, table.created_at >= since, table.created_at < before)
        return {str(request) for request in await self._connection.scalars(found)}

    async def group_size(self, workspace_id: str, customer: str, group_id: str) -> int:
        """How many appointments a customer has booked for a request, whatever became of them."""
        table = appointments.c
        theirs = and_(table.workspace_id == workspace_id, table.customer == customer)
        found = select(func.count()).where(theirs, _REQUEST == group_id)  # noqa: SIM300 - a column is compared
        return int(await self._connection.scalar(found) or 0)

    async def hold(self, workspace_id: str, customer: str) -> None:
        """Waits for other transactions that hold the same customer, and holds them off until this one ends.
        On SQLite every writer waits for the others anyhow."""
        if not self._is_sqlite:
            mark = hashlib.sha256(json.dumps([workspace_id, customer]).encode()).digest()
            number = int.from_bytes(mark[:8], "big", signed=True)
            await self._connection.execute(select(func.pg_advisory_xact_lock(number)))

    async def find(self, workspace_id: str, booking_id: str) -> Appointment | None:
        """One appointment, locked until the transaction ends."""
        rows = await self._connection.execute(
            select(appointments)
            .where(appointments.c.workspace_id == workspace_id, appointments.c.booking_id == booking_id)
            .with_for_update()
        )
        row = rows.mappings().one_or_none()
        return None if row is None else Appointment(**row)

    async def add(self, appointment: Appointment) -> SaveResult:
        """Keeps a new appointment, or changes nothing."""
        return await self.add_all([appointment])

    async def add_all(self, new: Sequence[Appointment]) -> SaveResult:
        """Keeps several new appointments, or changes nothing."""
        async with self._connection.begin_nested() as attempt:
            statement = self._insert(appointments).values([asdict(each) for each in new]).on_conflict_do_nothing()
            rows = await self._connection.execute(statement.returning(appointments.c.booking_id))
            if len(rows.all()) < len(new):
                await attempt.rollback()
                return SaveResult.ID_USED
            if await self._take(*new):
                return SaveResult.DONE
            await attempt.rollback()
        return SaveResult.TAKEN

    async def move(self, appointment: Appointment) -> SaveResult:
        """Gives an appointment all that can be changed of it, or changes nothing."""
        async with self._connection.begin_nested() as attempt:
            await self._free(appointment)
            if await self._take(appointment):
                await self._change(appointment)
                return SaveResult.DONE
            await attempt.rollback()
        return SaveResult.TAKEN

    async def cancel(self, appointment: Appointment, at: str) -> None:
        """Cancels an appointment and frees its time."""
        await self._free(appointment)
        statement = update(appointments).where(appointments.c.booking_id == appointment.booking_id)
        await self._connection.execute(statement.values(status=CANCELLED, updated_at=at))

    async def restore(self, appointment: Appointment, at: str) -> SaveResult:
        """Books a cancelled appointment again, or changes nothing."""
        async with self._connection.begin_nested() as attempt:
            if await self._take(appointment):
                statement = update(appointments).where(appointments.c.booking_id == appointment.booking_id)
                await self._connection.execute(statement.values(status=BOOKED, updated_at=at))
                return SaveResult.DONE
            await attempt.rollback()
        return SaveResult.TAKEN

    async def history(self, workspace_id: str, customer: str, most: int) -> list[Appointment]:
        """A customer's appointments, whatever their status, those changed last first. An empty customer has none."""
        if not customer:
            return []
        table = appointments.c
        rows = await self._connection.execute(
            select(appointments)
            .where(table.workspace_id == workspace_id, table.customer == customer)
            .order_by(table.updated_at.desc(), table.created_at.desc(), table.booking_id)
            .limit(most)
        )
        return [Appointment(**row) for row in rows.mappings()]

    async def claim(self, workspace_id: str, key: str, fingerprint: str, at: str) -> str | None:
        """Claims an idempotency key. Returns None the first time and the kept result afterwards.

        A second call with the key waits for the first one's transaction. Raises PulpoError when the
        key was used for something else.
        """
        mine = {"workspace_id": workspace_id, "key": key, "fingerprint": fingerprint}
        rows = await self._connection.execute(
            self._insert(idempotency)
            .values(**mine, result=_PENDING, created_at=at)
            .on_conflict_do_nothing()
            .returning(idempotency.c.key)
        )
        if rows.first() is not None:
            return None
        found = await self._connection.execute(
            select(idempotency.c.fingerprint, idempotency.c.result).where(
                idempotency.c.workspace_id == workspace_id, idempotency.c.key == key
            )
        )
        kept_fingerprint, result = found.one()
        if kept_fingerprint != fingerprint:
            raise PulpoError(
                Kind.FAILED_PRECONDITION, "IDEMPOTENCY_KEY_REUSED", "The idempotency key belongs to another call."
            )
        return str(result)

    async def keep(self, workspace_id: str, key: str, result: str, booking_id: str) -> None:
        """Keeps the result of a claimed key, and which appointment it is about, if any."""
        statement = update(idempotency).where(idempotency.c.workspace_id == workspace_id, idempotency.c.key == key)
        await self._connection.execute(statement.values(result=result, booking_id=booking_id))

    async def _take(self, *wanted: Appointment) -> bool:
        """Takes the cells of appointments; False when somebody else had one of them. Always in the same order, so that
        no two writers wait for each other."""
        rows = [
            {**each.told("workspace_id", "date", "staff_name", "booking_id"), "cell": cell}
            for each in wanted
            for cell in each.cells
        ]
        rows.sort(key=lambda row: (row["date"], row["staff_name"], row["cell"]))
        statement = self._insert(cells).values(rows).on_conflict_do_nothing().returning(cells.c.cell)
        return len((await self._connection.execute(statement)).all()) == len(rows)

    async def _free(self, appointment: Appointment) -> None:
        await self._connection.execute(delete(cells).where(cells.c.booking_id == appointment.booking_id))

    async def _change(self, appointment: Appointment) -> None:
        statement = update(appointments).where(appointments.c.booking_id == appointment.booking_id)
        await self._connection.execute(statement.values(**appointment.told(*CHANGEABLE)))


def _retrying() -> AsyncRetrying:
    """Tries a transaction again when another one got in its way."""
    return AsyncRetrying(retry=retry_if_exception(_got_in_the_way), stop=stop_after_attempt(ATTEMPTS), reraise=True)


def _got_in_the_way(error: BaseException) -> bool:
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _GOT_IN_THE_WAY


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
        # SQLite has one writer at a time: waiting here is fair and costs no polling of its lock.
        self._turn: AbstractAsyncContextManager[Any] = asyncio.Lock() if database.is_sqlite else nullcontext()

    async def read(self, work: Callable[[Ledger], Awaitable[T]]) -> T:
        """Runs work that changes nothing."""
        return await self._to_its_end(self._read(work))

    async def write(self, work: Callable[[Ledger], Awaitable[T]]) -> T:
        """Runs work in a transaction: all of it happens or nothing. May run it again when another
        writer got in the way, so work must do nothing but use its ledger. A caller who stops
        waiting does not stop it."""
        return await self._to_its_end(self._write(work))

    async def _read(self, work: Callable[[Ledger], Awaitable[T]]) -> T:
        async with unavailable(), asyncio.timeout(self._transaction_s):
            await self._prepare()
            async with self._database.read() as connection:
                return await work(SqlLedger(connection, self._database.is_sqlite))

    async def _write(self, work: Callable[[Ledger], Awaitable[T]]) -> T:
        async with unavailable():
            return await _retrying()(self._transaction, work)

    async def _transaction(self, work: Callable[[Ledger], Awaitable[T]]) -> T:
        async with asyncio.timeout(self._transaction_s):
            await self._prepare()
            async with self._turn, self._database.write() as connection:
                return await work(SqlLedger(connection, self._database.is_sqlite))

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
