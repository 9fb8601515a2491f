"""The inbox, the conversations and the turns in the database; SQL is here, in `tables`, `rows` and `deliveries`."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Row, String, and_, cast, exists, literal, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import ids
from gateway.encoding import decode_state, encode
from gateway.message import Claim, Lease, Message, Progress
from gateway.outbox import is_behind, post
from gateway.outgoing import Leaves
from gateway.rows import claim_of, message_by_id, message_row, reply_row, turn_row
from gateway.session import Session, translated
from gateway.state import State
from gateway.tables import SCHEMA, conversations, inbox, turns
from gateway.turn_types import Reply, TurnRecord
from runtime.database import Database
from runtime.migrations import prepare

RUNNING, ANSWERED, UNANSWERED, DROPPED = "running", "answered", "unanswered", "dropped"
RESCUE_S = 3_600.0
"""Seconds after its process died for which a message is still answered by somebody else."""
MOST_TAKEOVERS = 3
"""How many processes may die over a message before it is left to a person."""


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

    def __init__(
        self,
        database: Database,
        owner: str,
        lease_s: float,
        clock: Callable[[], float] = time.time,
        by_rest: bool = False,
    ) -> None:
        """`owner` names this process uniquely; a lease ends `lease_s` seconds after it was taken
        or renewed. `by_rest` says that replies can be sent by REST, so that abandoned messages are
        rescued and later ones wait for them.
        On PostgreSQL the database's clock counts, so that replicas agree; `clock` is for SQLite.
        """
        self._session = Session(database, clock)
        self._owner = owner
        self.lease_s = lease_s
        self._by_rest = by_rest

    async def prepare(self, *, migrates: bool = True) -> None:
        """Makes or updates the tables, or only checks them. Raises PulpoError SCHEMA_BEHIND as well."""
        async with translated():
            await prepare(self._session.database, SCHEMA, migrates=migrates)

    async def is_up(self) -> bool:
        """Whether the database answers."""
        return await self._session.database.is_up()

    async def claim(self, message: Message) -> Claim:
        """Stores a new message as this process's to answer; a known one stays as it was stored.

        One whose process has died meanwhile becomes this one's. Takes the lease too when it is free.
        """
        async with self._session.write() as (connection, now):
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
        async with self._session.read() as connection:
            row = (await connection.execute(message_by_id(workspace_id, message_id))).one()
            expired = row.status == RUNNING and row.lease_until <= await self._session.now(connection)
        if not expired:
            return claim_of(row, Progress.DONE if row.reply else Progress.RUNNING)
        async with self._session.write() as (connection, now):
            row = (await connection.execute(message_by_id(workspace_id, message_id))).one()
            return await self._known(connection, row, now)

    async def acknowledge(self, workspace_id: str, message_id: str) -> bool:
        """Decides that a message's reply goes by REST; False when it has a reply already."""
        running = and_(
            inbox.c.workspace_id == workspace_id, inbox.c.message_id == message_id, inbox.c.status == RUNNING
        )
        async with self._session.write() as (connection, _now):
            return (await connection.execute(update(inbox).where(running).values(by_rest=True))).rowcount == 1

    async def orphans(self, most: int = 20) -> list[Claim]:
        """Messages by Twilio whose process died, those of a conversation in order."""
        async with self._session.read() as connection:
            abandoned = and_(_rescuable(inbox, now := await self._session.now(connection)), inbox.c.lease_until <= now)
            query = select(inbox).where(abandoned).order_by(inbox.c.conversation_id, inbox.c.seq)
            rows = (await connection.execute(query.limit(most))).all()
        return [claim_of(row, Progress.RUNNING) for row in rows]

    async def adopt(self, orphan: Claim) -> Claim:
        """Makes an abandoned message this process's, unless another was faster. Its reply goes by REST."""
        message = orphan.message
        async with self._session.write() as (connection, now):
            row = (await connection.execute(message_by_id(message.workspace_id, message.message_id))).one()
            claim = await self._known(connection, row, now)
            if claim.progress is Progress.MINE:
                mine = and_(inbox.c.workspace_id == message.workspace_id, inbox.c.message_id == message.message_id)
                await connection.execute(update(inbox).where(mine).values(by_rest=True))
            return claim

    async def acquire(self, claim: Claim) -> Lease | None:
        """The right to run the turn of a claimed message; None while an earlier one is not done."""
        async with self._session.write() as (connection, now):
            return await self._lease(connection, claim, now)

    async def renew(self, running: Collection[tuple[str, str]]) -> None:
        """Says that this process lives: the leases of what it is `running`, (workspace, message id) each,
        begin anew. Others of its own end: a turn that could not be stored must hold up nobody for longer."""
        async with self._session.write() as (connection, now):
            alive = tuple_(inbox.c.workspace_id, inbox.c.message_id).in_(running)
            mine = and_(inbox.c.owner == self._owner, inbox.c.status == RUNNING, alive)
            await connection.execute(update(inbox).where(mine).values(lease_until=now + self.lease_s))
            holder = literal(f"{self._owner}:") + cast(inbox.c.seq, String)
            same = inbox.c.conversation_id == conversations.c.conversation_id
            # without the first of these SQLite asks the second of every conversation there is
            among = conversations.c.conversation_id.in_(select(inbox.c.conversation_id).where(mine))
            held = and_(among, exists().where(mine, same, conversations.c.lease_owner == holder))
            await connection.execute(update(conversations).where(held).values(lease_until=now + self.lease_s))

    async def finish(self, finished: Finished) -> Leaves | None:
        """Stores state, turn record and reply together and ends the lease. Says how the reply leaves.

        None, and nothing is stored, when another process has taken the message or the conversation over.
        """
        try:
            async with self._session.write() as (connection, now):
                acknowledged = await self._close_message(connection, finished, now)
                await self._end_lease(connection, finished)
                row = turn_row(finished.record, finished.claim.conversation_id, now)
                await connection.execute(self._session.insert(turns).values(**row).on_conflict_do_nothing())
                return await self._post(connection, finished, acknowledged, now)
        except _LostError:
            return None

    async def unanswered(self, most: int = 1000) -> list[Unanswered]:
        """Messages whose turn failed, timed out or died with its process, oldest first."""
        async with self._session.read() as connection:
            died = and_(inbox.c.status == RUNNING, inbox.c.lease_until <= await self._session.now(connection))
            query = select(inbox.c.workspace_id, inbox.c.message_id, inbox.c.turn_id, inbox.c.seq)
            query = query.where(or_(inbox.c.status == UNANSWERED, died)).order_by(inbox.c.lease_until).limit(most)
            return [Unanswered(*row) for row in await connection.execute(query)]

    async def unanswer(self, workspace_id: str, message_id: str) -> None:
        """Lists a message whose customer got an apology at the moment when its reply was stored."""
        told = and_(inbox.c.workspace_id == workspace_id, inbox.c.message_id == message_id)
        async with self._session.write() as (connection, _):
            await connection.execute(update(inbox).where(told, inbox.c.status == ANSWERED).values(status=UNANSWERED))

    async def _lease(self, connection: AsyncConnection, claim: Claim, now: float) -> Lease | None:
        alive = inbox.c.lease_until > now
        earlier = exists().where(
            inbox.c.conversation_id == claim.conversation_id,
            inbox.c.seq < claim.seq,
            inbox.c.status == RUNNING,
            or_(alive, _rescuable(inbox, now)) if self._by_rest else alive,
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
            self._session.insert(conversations)
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
        statement = self._session.insert(inbox).values(**message_row(message), **held).on_conflict_do_nothing()
        row: Row[Any] | None = (await connection.execute(statement.returning(*inbox.c))).first()
        return row

    async def _known(self, connection: AsyncConnection, row: Row[Any], now: float) -> Claim:
        if row.reply or row.lease_until > now:
            return claim_of(row, Progress.DONE if row.reply else Progress.RUNNING)
        expired = and_(
            inbox.c.workspace_id == row.workspace_id,
            inbox.c.message_id == row.message_id,
            inbox.c.status == RUNNING,
            inbox.c.lease_until == row.lease_until,
        )
        mine = {"owner": self._owner, "lease_until": now + self.lease_s, "takeovers": inbox.c.takeovers + 1}
        taken = (await connection.execute(update(inbox).where(expired).values(**mine).returning(*inbox.c))).first()
        # as it is now: its process, slow and not dead, may have noted what it decided since the row was read
        return claim_of(taken or row, Progress.MINE if taken else Progress.RUNNING)

    async def _close_message(self, connection: AsyncConnection, finished: Finished, now: float) -> bool:
        """Stores the reply. Returns whether the webhook was acknowledged without it."""
        message = finished.claim.message
        mine = and_(
            inbox.c.workspace_id == message.workspace_id,
            inbox.c.message_id == message.message_id,
            inbox.c.owner == self._owner,
            inbox.c.status == RUNNING,
        )
        status = ANSWERED if finished.answered else UNANSWERED
        values = {"status": status, "reply": encode(finished.reply), "answered_at": now}
        row = (await connection.execute(update(inbox).where(mine).values(**values).returning(inbox.c.by_rest))).first()
        if row is None:
            raise _LostError
        return bool(row.by_rest)

    async def _post(self, connection: AsyncConnection, finished: Finished, acknowledged: bool, now: float) -> Leaves:
        """Puts a reply to a Twilio message into the outbox."""
        claim = finished.claim
        if not claim.message.business:
            return Leaves.INLINE
        behind = self._by_rest and await is_behind(connection, claim.conversation_id, now)
        by_rest = acknowledged or behind
        row = reply_row(claim, finished.reply.message)
        await post(self._session, connection, row, by_rest, self._owner, now, now + self.lease_s)
        return Leaves.BY_REST if by_rest else Leaves.INLINE

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


def _rescuable(table: Any, now: float) -> ColumnElement[bool]:
    """Messages by Twilio without a reply that somebody will answer even if their process has died."""
    return and_(
        table.c.status == RUNNING,
        table.c.business != "",
        table.c.lease_until > now - RESCUE_S,
        table.c.takeovers < MOST_TAKEOVERS,
    )
