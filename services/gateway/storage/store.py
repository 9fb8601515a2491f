"""Messages, conversations and turns in the database, the storage port of a turn (`domain.ports`), and the transactions
of all that is stored here."""

import time
import uuid
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    String,
    and_,
    cast,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.burst import FARTHEST, joins, together
from gateway.domain.message import (
    Claim,
    ClaimStatus,
    Finished,
    Joined,
    Lease,
    Message,
    MessageKey,
    ReplyPath,
    conversation_id,
)
from gateway.domain.outgoing import BEHIND_S, OutboxStatus
from gateway.domain.ports import StageError
from gateway.domain.turn_types import Decided, Reply
from gateway.storage.rows import (
    claim_of,
    decode_state,
    encode,
    handover_message_row,
    handover_row,
    message_by_id,
    message_row,
    reply_row,
    turn_row,
)
from gateway.storage.tables import SCHEMA, UNCLOSED, conversations, handover_messages, handovers, inbox, outbox, turns
from runtime.data.database import Database, translated
from runtime.data.migrations import prepare
from runtime.errors import PulpoError

RUNNING, ANSWERED, UNANSWERED, DROPPED = "running", "answered", "unanswered", "dropped"
RESCUE_S = 3_600.0
"""Seconds after its process died for which a message is still answered by somebody else."""
MOST_TAKEOVERS = 3
"""How many processes may die over a message before it is left to a person."""
AHEAD = 2
"""A lease that ends later than this many of its lengths from now was taken by a clock that has been set back."""


@dataclass(frozen=True)
class Unanswered:
    """A message that somebody should look at."""

    workspace_id: str
    message_id: str
    turn_id: str
    seq: int


class _LostError(Exception):
    """Somebody else has taken over what a transaction was about."""


def holds(lease_until: ColumnElement[float], now: float, lease_s: float) -> ColumnElement[bool]:
    """Whether a lease of `lease_s` seconds is not over. One taken by a clock that has been set back since would hold
    for as long as that clock was wrong: it counts as over, and whoever had it can no longer store anything."""
    return and_(lease_until > now, lease_until <= now + AHEAD * lease_s)


class Transactions:
    """Opens transactions. What fails in one is PulpoError DATABASE_UNAVAILABLE."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        """On PostgreSQL the database's clock counts, so that replicas agree; `clock` is for SQLite."""
        self.database = database
        self._clock = clock
        self.insert: Any = sqlite.insert if database.is_sqlite else postgresql.insert

    @asynccontextmanager
    async def write(self) -> AsyncIterator[tuple[AsyncConnection, float]]:
        """A transaction that may write, and the time in seconds since 1970."""
        async with translated(), self.database.write() as connection:
            yield connection, await self.now(connection)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that only reads."""
        async with translated(), self.database.read() as connection:
            yield connection

    async def now(self, connection: AsyncConnection) -> float:
        """The time, in seconds since 1970."""
        if self.database.is_sqlite:
            return self._clock()
        return float(await connection.scalar(select(func.extract("epoch", func.clock_timestamp()))) or 0.0)


class ConversationStore:
    """Claims messages, orders turns and keeps what they leave. Raises PulpoError DATABASE_UNAVAILABLE."""

    def __init__(
        self,
        database: Database,
        owner: str,
        lease_s: float,
        clock: Callable[[], float] = time.time,
        deliver_async: bool = False,
        inline_s: float = 0.0,
    ) -> None:
        """`owner` names this process uniquely; a lease ends `lease_s` seconds after it was taken
        or renewed. `deliver_async` says that replies can be sent by REST, so that abandoned messages are
        rescued and later ones wait for them. `inline_s` are the seconds that the response of a repeated webhook
        may take to leave, `lease_s` when 0.
        On PostgreSQL the database's clock counts, so that replicas agree; `clock` is for SQLite.
        """
        self._transactions = Transactions(database, clock)
        self._owner = owner
        self.lease_s = lease_s
        self._deliver_async = deliver_async
        self._inline_s = inline_s or lease_s

    async def prepare(self, *, migrates: bool = True) -> None:
        """Makes or updates the tables, or only checks them. Raises PulpoError SCHEMA_BEHIND as well."""
        async with translated():
            await prepare(self._transactions.database, SCHEMA, migrates=migrates)

    async def is_up(self) -> bool:
        """Whether the database can write."""
        return await self._transactions.database.is_up()

    async def claim(self, message: Message) -> Claim:
        """Stores a new message as this process's to answer; a known one stays as it was stored.

        One whose process has died meanwhile becomes this one's. Takes the lease too when it is free.
        """
        async with self._transactions.write() as (connection, now):
            known = (await connection.execute(message_by_id(message.workspace_id, message.message_id))).first()
            if known is None:
                row = await self._insert_message(connection, message, now)
                if row is not None:
                    claim = claim_of(row, ClaimStatus.MINE)
                    return replace(claim, lease=await self._lease(connection, claim, now))
                known = (await connection.execute(message_by_id(message.workspace_id, message.message_id))).one()
            return await self._known(connection, known, now)

    async def look(self, workspace_id: str, message_id: str) -> Claim:
        """How far a stored message has come. One whose process has died becomes this one's."""
        async with self._transactions.read() as connection:
            now = await self._transactions.now(connection)
            held = holds(inbox.c.lease_until, now, self.lease_s).label("held")
            row = (await connection.execute(message_by_id(workspace_id, message_id).add_columns(held))).one()
        if row.status != RUNNING or row.held:
            return claim_of(row, ClaimStatus.DONE if row.reply else ClaimStatus.RUNNING)
        async with self._transactions.write() as (connection, now):
            row = (await connection.execute(message_by_id(workspace_id, message_id))).one()
            return await self._known(connection, row, now)

    async def acknowledge(self, workspace_id: str, message_id: str) -> bool:
        """Decides that a message's reply goes by REST; False when it has a reply already."""
        running = and_(
            inbox.c.workspace_id == workspace_id, inbox.c.message_id == message_id, inbox.c.status == RUNNING
        )
        async with self._transactions.write() as (connection, _now):
            return (await connection.execute(update(inbox).where(running).values(by_rest=True))).rowcount == 1

    async def orphans(self, most: int = 20) -> list[Claim]:
        """Messages by Twilio whose process died, those of a conversation in order."""
        async with self._transactions.read() as connection:
            now = await self._transactions.now(connection)
            abandoned = and_(_rescuable(inbox, now), ~holds(inbox.c.lease_until, now, self.lease_s))
            query = select(inbox).where(abandoned).order_by(inbox.c.conversation_id, inbox.c.seq)
            rows = (await connection.execute(query.limit(most))).all()
        return [claim_of(row, ClaimStatus.RUNNING) for row in rows]

    async def adopt(self, orphan: Claim) -> Claim:
        """Makes an abandoned message this process's, unless another was faster. Its reply goes by REST."""
        message = orphan.message
        async with self._transactions.write() as (connection, now):
            row = (await connection.execute(message_by_id(message.workspace_id, message.message_id))).one()
            claim = await self._known(connection, row, now)
            if claim.status is ClaimStatus.MINE:
                mine = and_(inbox.c.workspace_id == message.workspace_id, inbox.c.message_id == message.message_id)
                await connection.execute(update(inbox).where(mine).values(by_rest=True))
            return claim

    async def acquire(self, claim: Claim) -> Lease | Joined | None:
        """The right to run the turn of a claimed message; None while an earlier one is not done. A message that is
        answered together with the next one joins it, unless its turn may have changed something already."""
        async with self._transactions.write() as (connection, now):
            # the message before its conversation, as everybody locks them
            await connection.execute(select(inbox.c.seq).where(self._mine(claim.message)).with_for_update())
            lease = await self._lease(connection, claim, now)
            if lease is None:
                return None
            before = (await connection.execute(_joined_to(claim))).all()
            joined = None if claim.decided else await self._join(connection, claim, before, now)
            return joined or replace(lease, joined=tuple(row.text for row in before))

    async def is_followed(self, claim: Claim) -> bool:
        """Whether a later message of the conversation waits, in whichever process."""
        async with self._transactions.read() as connection:
            return (await connection.execute(_next_open(claim).limit(1))).first() is not None

    async def renew(self, running: Collection[MessageKey]) -> None:
        """Says that this process lives: the leases of what it is `running`, (workspace, message id) each,
        begin anew. Others of its own end: a turn that could not be stored must hold up nobody for longer."""
        async with self._transactions.write() as (connection, now):
            alive = tuple_(inbox.c.workspace_id, inbox.c.message_id).in_(running)
            mine = and_(inbox.c.owner == self._owner, inbox.c.status == RUNNING, alive)
            await connection.execute(update(inbox).where(mine).values(lease_until=now + self.lease_s))
            holder = literal(f"{self._owner}:") + cast(inbox.c.seq, String)
            same = inbox.c.conversation_id == conversations.c.conversation_id
            # without the first of these SQLite asks the second of every conversation there is
            among = conversations.c.conversation_id.in_(select(inbox.c.conversation_id).where(mine))
            held = and_(among, exists().where(mine, same, conversations.c.lease_owner == holder))
            await connection.execute(update(conversations).where(held).values(lease_until=now + self.lease_s))

    async def note(self, message: Message, decided: Decided) -> None:
        """Notes what the turn of a message has decided so far. Raises StageError when that could not be noted,
        or another process has taken the message over: then nothing may be done about it.

        A turn that runs again, because its process died, then does the same and not something similar: a model may
        read the same message differently the second time, and a write with other arguments would be another write."""
        try:
            async with self._transactions.write() as (connection, _now):
                change = update(inbox).where(self._mine(message)).values(decided=encode(decided))
                noted = await connection.execute(change)
        except PulpoError as error:
            raise StageError(error.reason, did_nothing=True) from error
        if noted.rowcount != 1:
            raise StageError("TAKEN_OVER", did_nothing=True)

    async def may_answer(self, outbox_id: str) -> bool:
        """Whether a repeated webhook is to be answered with the reply: not when it goes by REST."""
        inline = OutboxStatus.INLINE.value
        here = and_(outbox.c.outbox_id == outbox_id, outbox.c.status.in_([inline, OutboxStatus.HANDED.value]))
        async with self._transactions.write() as (connection, now):
            known = await connection.scalar(select(outbox.c.status).where(outbox.c.outbox_id == outbox_id))
            if known is None:
                return True
            end = now + self._inline_s
            leaves = {"status": inline, "owner": self._owner, "lease_until": end, "tried_at": now}
            return (await connection.execute(update(outbox).where(here).values(**leaves))).rowcount == 1

    async def finish(self, finished: Finished) -> ReplyPath | None:
        """Stores state, turn record, reply and hand-over together and ends the lease. Says how the reply leaves.

        None, and nothing is stored, when another process has taken the message or the conversation over.
        """
        try:
            async with self._transactions.write() as (connection, now):
                acknowledged = await self._close_message(connection, finished, now)
                await self._end_lease(connection, finished)
                row = turn_row(finished.record, finished.claim.conversation_id, now)
                await connection.execute(self._transactions.insert(turns).values(**row).on_conflict_do_nothing())
                await self._hand_over(connection, finished)
                return await self._post(connection, finished, acknowledged, now)
        except _LostError:
            return None

    async def unanswered(self, most: int = 1000) -> list[Unanswered]:
        """Messages whose turn failed, timed out or died with its process, oldest first."""
        async with self._transactions.read() as connection:
            now = await self._transactions.now(connection)
            died = and_(inbox.c.status == RUNNING, ~holds(inbox.c.lease_until, now, self.lease_s))
            query = select(inbox.c.workspace_id, inbox.c.message_id, inbox.c.turn_id, inbox.c.seq)
            query = query.where(or_(inbox.c.status == UNANSWERED, died)).order_by(inbox.c.lease_until).limit(most)
            return [Unanswered(*row) for row in await connection.execute(query)]

    async def unanswer(self, workspace_id: str, message_id: str) -> None:
        """Lists a message whose customer got an apology at the moment when its reply was stored."""
        told = and_(inbox.c.workspace_id == workspace_id, inbox.c.message_id == message_id)
        async with self._transactions.write() as (connection, _):
            await connection.execute(update(inbox).where(told, inbox.c.status == ANSWERED).values(status=UNANSWERED))

    async def _lease(self, connection: AsyncConnection, claim: Claim, now: float) -> Lease | None:
        alive = holds(inbox.c.lease_until, now, self.lease_s)
        earlier = exists().where(
            inbox.c.conversation_id == claim.conversation_id,
            inbox.c.seq < claim.seq,
            inbox.c.status == RUNNING,
            or_(alive, _rescuable(inbox, now)) if self._deliver_async else alive,
        )
        held = holds(conversations.c.lease_until, now, self.lease_s)
        free = or_(~held, conversations.c.lease_owner == self._lease_owner(claim))
        statement = (
            update(conversations)
            .where(conversations.c.conversation_id == claim.conversation_id, free, ~earlier)
            .values(lease_owner=self._lease_owner(claim), lease_until=now + self.lease_s)
            .returning(conversations.c.version, conversations.c.state, conversations.c.changed_at)
        )
        row = (await connection.execute(statement)).first()
        return None if row is None else Lease(row.version, decode_state(row.state), row.changed_at)

    async def _join(
        self, connection: AsyncConnection, claim: Claim, before: Sequence[Row[Any]], now: float
    ) -> Joined | None:
        """Has a message whose turn has come join the next one, and those `before` that have joined it with it.

        Only one whose process lives and whose turn has not changed anything: the turn of that has not begun, because
        this message was before it, and will be about what has joined it by then. And none that a process of a release
        before has, which knows of no joining."""
        alive = holds(inbox.c.lease_until, now, self.lease_s)
        row = (await connection.execute(_next_open(claim).add_columns(alive.label("alive")).limit(1))).first()
        if row is None or not row.alive or row.decided or row.joined is None:
            return None
        places = row.seq - (before[0].seq if before else claim.seq)
        text = together((*(each.text for each in before), claim.message.text))
        if not joins(claim.message, claim_of(row, ClaimStatus.RUNNING).message, places, text):
            return None
        answered = {"status": ANSWERED, "reply": encode(Reply("")), "answered_at": now, "joined": row.turn_id}
        mine = self._mine(claim.message)
        if (await connection.execute(update(inbox).where(mine).values(**answered))).rowcount != 1:
            return None  # taken over: whoever has it now decides
        earlier = and_(inbox.c.conversation_id == claim.conversation_id, inbox.c.seq.in_([each.seq for each in before]))
        await connection.execute(update(inbox).where(earlier).values(joined=row.turn_id))
        held = and_(
            conversations.c.conversation_id == claim.conversation_id,
            conversations.c.lease_owner == self._lease_owner(claim),
        )
        await connection.execute(update(conversations).where(held).values(lease_owner=None, lease_until=0.0))
        return Joined(row.turn_id)

    async def _insert_message(self, connection: AsyncConnection, message: Message, now: float) -> Row[Any] | None:
        """Stores a new message at the end of its conversation; None when another process was faster."""
        conversation = conversation_id(message.workspace_id, message.address)
        fresh = {"conversation_id": conversation, "workspace_id": message.workspace_id, "last_seq": 0, "version": 0}
        await connection.execute(
            self._transactions.insert(conversations)
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
        statement = self._transactions.insert(inbox).values(**message_row(message), **held).on_conflict_do_nothing()
        row: Row[Any] | None = (await connection.execute(statement.returning(*inbox.c))).first()
        return row

    async def _known(self, connection: AsyncConnection, row: Row[Any], now: float) -> Claim:
        if row.reply:
            return claim_of(row, ClaimStatus.DONE)
        expired = and_(
            inbox.c.workspace_id == row.workspace_id,
            inbox.c.message_id == row.message_id,
            inbox.c.status == RUNNING,
            inbox.c.lease_until == row.lease_until,
            ~holds(inbox.c.lease_until, now, self.lease_s),
        )
        mine = {"owner": self._owner, "lease_until": now + self.lease_s, "takeovers": inbox.c.takeovers + 1}
        taken = (await connection.execute(update(inbox).where(expired).values(**mine).returning(*inbox.c))).first()
        # as it is now: its process, slow and not dead, may have noted what it decided since the row was read
        return claim_of(taken or row, ClaimStatus.MINE if taken else ClaimStatus.RUNNING)

    async def _close_message(self, connection: AsyncConnection, finished: Finished, now: float) -> bool:
        """Stores the reply. Returns whether the webhook was acknowledged without it."""
        message = finished.claim.message
        mine = self._mine(message)
        status = ANSWERED if finished.answered else UNANSWERED
        values = {"status": status, "reply": encode(finished.reply), "answered_at": now}
        row = (await connection.execute(update(inbox).where(mine).values(**values).returning(inbox.c.by_rest))).first()
        if row is None:
            raise _LostError
        return bool(row.by_rest)

    async def _post(self, connection: AsyncConnection, finished: Finished, acknowledged: bool, now: float) -> ReplyPath:
        """Puts a reply to a Twilio message into the outbox, in place of one that the same message had before. One that
        says nothing goes nowhere."""
        claim = finished.claim
        if not claim.message.business or not finished.reply.message:
            return ReplyPath.INLINE
        behind = self._deliver_async and await _is_behind(connection, claim.conversation_id, now)
        path = ReplyPath.ASYNC if acknowledged or behind else ReplyPath.INLINE
        row = reply_row(claim, finished.reply.message, path, now)
        row |= {"owner": self._owner, "lease_until": now + self.lease_s}
        new = self._transactions.insert(outbox).values(**row)
        await connection.execute(new.on_conflict_do_update(index_elements=["outbox_id"], set_=row))
        return path

    async def _hand_over(self, connection: AsyncConnection, finished: Finished) -> None:
        """Opens a hand-over of the message's conversation or adds to the open one; a message is in one only once."""
        claim, reason = finished.claim, finished.record.handover
        if reason is None:
            return
        told = select(handover_messages.c.handover_id).where(
            handover_messages.c.workspace_id == claim.message.workspace_id,
            handover_messages.c.turn_id == claim.message.turn_id,
        )
        if await connection.scalar(told):
            return
        row = handover_row(claim, reason, uuid.uuid4().hex)
        opened = self._transactions.insert(handovers).values(**row)
        one = opened.on_conflict_do_update(
            index_elements=["conversation_id", "kind"], index_where=UNCLOSED, set_={"last_at": row["last_at"]}
        )
        handover_id = (await connection.execute(one.returning(handovers.c.handover_id))).scalar_one()
        joined = finished.lease.joined if finished.lease else ()
        added = handover_message_row(claim, reason, handover_id, together((*joined, claim.message.text)))
        await connection.execute(insert(handover_messages).values(**added))

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

    def _mine(self, message: Message) -> ColumnElement[bool]:
        """A message whose turn this process runs."""
        return and_(
            inbox.c.workspace_id == message.workspace_id,
            inbox.c.message_id == message.message_id,
            inbox.c.owner == self._owner,
            inbox.c.status == RUNNING,
        )

    def _lease_owner(self, claim: Claim) -> str:
        """Who holds a conversation: this process, for one message."""
        return f"{self._owner}:{claim.seq}"


def _joined_to(claim: Claim) -> Select[Any]:
    """The query of the messages that have joined a message, in their order."""
    near = inbox.c.seq.between(claim.seq - FARTHEST, claim.seq - 1)
    same = inbox.c.conversation_id == claim.conversation_id
    joined = inbox.c.joined == claim.message.turn_id
    return select(inbox.c.seq, inbox.c.text).where(same, near, joined).order_by(inbox.c.seq)


def _next_open(claim: Claim) -> Select[Any]:
    """The query of the messages after a message that are not answered, in their order."""
    same = inbox.c.conversation_id == claim.conversation_id
    return select(inbox).where(same, inbox.c.seq > claim.seq, inbox.c.status == RUNNING).order_by(inbox.c.seq)


def _rescuable(table: Any, now: float) -> ColumnElement[bool]:
    """Messages by Twilio without a reply that somebody will answer even if their process has died."""
    return and_(
        table.c.status == RUNNING,
        table.c.business != "",
        table.c.lease_until > now - RESCUE_S,
        table.c.takeovers < MOST_TAKEOVERS,
    )


async def _is_behind(connection: AsyncConnection, conversation_id: str, now: float) -> bool:
    """Whether a conversation has a reply on its way by REST, which a later one must not overtake."""
    on_its_way = outbox.c.status.in_(
        [OutboxStatus.WAITING.value, OutboxStatus.SENDING.value, OutboxStatus.AMBIGUOUS.value]
    )
    recent = outbox.c.since > now - BEHIND_S
    query = select(outbox.c.seq).where(outbox.c.conversation_id == conversation_id, on_its_way, recent)
    return (await connection.execute(query.limit(1))).first() is not None
