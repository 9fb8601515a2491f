"""The inbox, the conversations and the turns in the database. With `tables`, `rows` and
`deliveries` the only modules that know SQL."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row, and_, exists, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import ids
from gateway.encoding import decode_state, encode
from gateway.message import Claim, Lease, Message, Progress
from gateway.rows import claim_of, message_by_id, message_row, turn_row
from gateway.state import State
from gateway.tables import SCHEMA, conversations, inbox, turns
from gateway.turn_types import Reply, TurnRecord
from runtime.database import Database
from runtime.errors import Kind, PulpoError
from runtime.migrations import prepare

RUNNING, ANSWERED, UNANSWERED = "running", "answered", "unanswered"


@dataclass(frozen=True)
class Finished:
    """What is stored when a turn ends."""

    claim: Claim
    reply: Reply
    record: TurnRecord
    answered: bool
    """False when the customer did not get what they asked for: the turn failed or timed out."""
    lease: Lease | None = None
    """The lease that the turn ran under; None when it never got one."""
    state: State | None = None
    """The new state; None leaves it as it is."""


@dataclass(frozen=True)
class Unanswered:
    """A message that somebody should look at."""

    workspace_id: str
    message_id: str
    turn_id: str
    seq: int


class _LostError(Exception):
    """Somebody else has taken over what a transaction was about."""


class Store:
    """Claims messages, orders turns and keeps what they leave. Raises PulpoError DATABASE_UNAVAILABLE."""

    def __init__(self, database: Database, owner: str, lease_s: float, clock: Callable[[], float] = time.time) -> None:
        """`owner` names this process uniquely; a lease ends `lease_s` seconds after it was taken
        or renewed.

        On PostgreSQL the database's clock counts, so that replicas agree; `clock` is for SQLite.
        """
        self._database = database
        self._owner = owner
        self.lease_s = lease_s
        self._clock = clock
        self._insert: Any = sqlite.insert if database.is_sqlite else postgresql.insert

    async def prepare(self, *, migrates: bool = True) -> None:
        """Makes or updates the tables, or only checks them. Raises PulpoError SCHEMA_BEHIND as well."""
        async with _translated():
            await prepare(self._database, SCHEMA, migrates=migrates)

    async def is_up(self) -> bool:
        """Whether the database answers."""
        return await self._database.is_up()

    async def claim(self, message: Message) -> Claim:
        """Stores a new message as this process's to answer; a known one stays as it was stored.

        One whose process has died meanwhile becomes this one's. Takes the lease too when it is free.
        """
        async with self._write() as (connection, now):
            known = (await connection.execute(message_by_id(message.workspace_id, message.message_id))).first()
            if known is None:
                row = await self._insert_message(connection, message, now)
                if row is not None:
                    claim = claim_of(row, Progress.MINE)
                    return replace(claim, lease=await self._lease(connection, claim, now))
                known = (await connection.execute(message_by_id(message.workspace_id, message.message_id))).one()
            return await self._known(connection, known, now)

    async def look(self, workspace_id: str, message_id: str) -> Claim:
        """How far a stored message has come. One whose process has died becomes this one's."""
        async with self._read() as connection:
            row = (await connection.execute(message_by_id(workspace_id, message_id))).one()
            expired = row.status == RUNNING and row.lease_until <= await self._now(connection)
        if not expired:
            return claim_of(row, Progress.DONE if row.reply else Progress.RUNNING)
        async with self._write() as (connection, now):
            row = (await connection.execute(message_by_id(workspace_id, message_id))).one()
            return await self._known(connection, row, now)

    async def acquire(self, claim: Claim) -> Lease | None:
        """The right to run the turn of a claimed message; None while an earlier one is not done."""
        async with self._write() as (connection, now):
            return await self._lease(connection, claim, now)

    async def renew(self) -> None:
        """Says that this process lives: its leases begin anew."""
        async with self._write() as (connection, now):
            mine = and_(inbox.c.owner == self._owner, inbox.c.status == RUNNING)
            await connection.execute(update(inbox).where(mine).values(lease_until=now + self.lease_s))
            held = conversations.c.lease_owner.startswith(f"{self._owner}:", autoescape=True)
            await connection.execute(update(conversations).where(held).values(lease_until=now + self.lease_s))

    async def finish(self, finished: Finished) -> bool:
        """Stores state, turn record and reply together and ends the lease.

        False, and nothing is stored, when another process has taken the message or the conversation over.
        """
        try:
            async with self._write() as (connection, now):
                await self._close_message(connection, finished, now)
                await self._end_lease(connection, finished)
                row = turn_row(finished.record, finished.claim.conversation_id, now)
                await connection.execute(self._insert(turns).values(**row).on_conflict_do_nothing())
        except _LostError:
            return False
        return True

    async def unanswered(self, most: int = 1000) -> list[Unanswered]:
        """Messages whose turn failed, timed out or died with its process, oldest first."""
        async with self._read() as connection:
            now = await self._now(connection)
            died = and_(inbox.c.status == RUNNING, inbox.c.lease_until <= now)
            columns = (inbox.c.workspace_id, inbox.c.message_id, inbox.c.turn_id, inbox.c.seq)
            query = select(*columns).where(or_(inbox.c.status == UNANSWERED, died))
            rows = (await connection.execute(query.order_by(inbox.c.lease_until).limit(most))).all()
        return [Unanswered(*row) for row in rows]

    async def _lease(self, connection: AsyncConnection, claim: Claim, now: float) -> Lease | None:
        earlier = exists().where(
            inbox.c.conversation_id == claim.conversation_id,
            inbox.c.seq < claim.seq,
            inbox.c.status == RUNNING,
            inbox.c.lease_until > now,
        )
        free = or_(conversations.c.lease_until <= now, conversations.c.lease_owner == self._lease_owner(claim))
        statement = (
            update(conversations)
            .where(conversations.c.conversation_id == claim.conversation_id, free, ~earlier)
            .values(lease_owner=self._lease_owner(claim), lease_until=now + self.lease_s)
            .returning(conversations.c.version, conversations.c.state, conversations.c.changed_at)
        )
        row = (await connection.execute(statement)).first()
        return None if row is None else Lease(row.version, decode_state(row.state), row.changed_at)

    async def _insert_message(self, connection: AsyncConnection, message: Message, now: float) -> Row[Any] | None:
        """Stores a new message at the end of its conversation; None when another process was faster."""
        conversation = ids.conversation_id(message.workspace_id, message.address)
        fresh = {"conversation_id": conversation, "workspace_id": message.workspace_id, "last_seq": 0, "version": 0}
        await connection.execute(
            self._insert(conversations)
            .values(**fresh, state="", lease_until=0.0, changed_at=0.0)
            .on_conflict_do_nothing()
        )
        seq = await connection.scalar(
            update(conversations)
            .where(conversations.c.conversation_id == conversation)
            .values(last_seq=conversations.c.last_seq + 1)
            .returning(conversations.c.last_seq)
        )
        held = {"seq": seq, "status": RUNNING, "owner": self._owner, "lease_until": now + self.lease_s}
        values = message_row(message) | held
        statement = self._insert(inbox).values(**values).on_conflict_do_nothing().returning(*inbox.c)
        row: Row[Any] | None = (await connection.execute(statement)).first()
        return row

    async def _known(self, connection: AsyncConnection, row: Row[Any], now: float) -> Claim:
        if row.reply:
            return claim_of(row, Progress.DONE)
        if row.lease_until > now:
            return claim_of(row, Progress.RUNNING)
        expired = and_(
            inbox.c.workspace_id == row.workspace_id,
            inbox.c.message_id == row.message_id,
            inbox.c.status == RUNNING,
            inbox.c.lease_until == row.lease_until,
        )
        taken = await connection.execute(
            update(inbox).where(expired).values(owner=self._owner, lease_until=now + self.lease_s)
        )
        return claim_of(row, Progress.MINE if taken.rowcount == 1 else Progress.RUNNING)

    async def _close_message(self, connection: AsyncConnection, finished: Finished, now: float) -> None:
        message = finished.claim.message
        mine = and_(
            inbox.c.workspace_id == message.workspace_id,
            inbox.c.message_id == message.message_id,
            inbox.c.owner == self._owner,
            inbox.c.status == RUNNING,
        )
        status = ANSWERED if finished.answered else UNANSWERED
        values = {"status": status, "reply": encode(finished.reply), "answered_at": now}
        if (await connection.execute(update(inbox).where(mine).values(**values))).rowcount != 1:
            raise _LostError

    async def _end_lease(self, connection: AsyncConnection, finished: Finished) -> None:
        claim, lease = finished.claim, finished.lease
        if lease is None:
            return
        held = and_(
            conversations.c.conversation_id == claim.conversation_id,
            conversations.c.version == lease.version,
            conversations.c.lease_owner == self._lease_owner(claim),
        )
        values: dict[str, Any] = {"lease_owner": None, "lease_until": 0.0}
        if finished.state is not None:
            changed_at = claim.message.received_at.timestamp()
            values |= {"state": encode(finished.state), "version": lease.version + 1, "changed_at": changed_at}
        if (await connection.execute(update(conversations).where(held).values(**values))).rowcount != 1:
            raise _LostError

    def _lease_owner(self, claim: Claim) -> str:
        """Who holds a conversation: this process, for one message."""
        return f"{self._owner}:{claim.seq}"

    async def _now(self, connection: AsyncConnection) -> float:
        if self._database.is_sqlite:
            return self._clock()
        return float(await connection.scalar(select(func.extract("epoch", func.clock_timestamp()))) or 0.0)

    @asynccontextmanager
    async def _write(self) -> AsyncIterator[tuple[AsyncConnection, float]]:
        async with _translated(), self._database.write() as connection:
            yield connection, await self._now(connection)

    @asynccontextmanager
    async def _read(self) -> AsyncIterator[AsyncConnection]:
        async with _translated(), self._database.read() as connection:
            yield connection


@asynccontextmanager
async def _translated() -> AsyncIterator[None]:
    """Turns the database's failures into one that says nothing about their content."""
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        raise PulpoError(Kind.UNAVAILABLE, "DATABASE_UNAVAILABLE", "The database did not answer.") from error
