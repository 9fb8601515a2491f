"""The outbox in the database: which reply may go on, how far each has come, and how far its delivery.

Status callbacks arrive late, twice and out of order: a status of delivery only moves forward.
"""

import itertools
from collections.abc import Callable, Collection
from dataclasses import dataclass
from time import time
from typing import Any

from sqlalchemy import Row, and_, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.message import conversation_id
from gateway.domain.outgoing import BEHIND_S, ENDS, OPEN, Move, OutboxStatus, Outgoing, Step
from gateway.domain.reconcile import MARGIN_S, window
from gateway.storage import statements as sql
from gateway.storage.tables import conversations, outbox, statuses, turns
from gateway.storage.transactions import Transactions, holds
from runtime.data.database import Database
from runtime.data.units import Work

WITNESS_S = 86_400.0
"""How long a reply that left in its webhook tells whether Twilio lists such replies, in seconds."""
WITNESSES = 3
"""How many such replies are looked for: one may have left into a connection that was gone."""
_OPEN = [progress.value for progress in OPEN]
_ORDER = ("accepted", "scheduled", "queued", "sending", "sent", "delivered", "read")
KNOWN = frozenset((*_ORDER, *ENDS))
"""Statuses that are kept; Twilio may add others, which are ignored."""


@dataclass(frozen=True)
class Accounted:
    """Which of Twilio's messages to an address are known to be other replies than the one asked for."""

    known: Collection[str]
    handed: Collection[float]
    """When those of the same text left in webhooks that nobody knows an id of, seconds since 1970."""


class Outbox:
    """Hands out replies, each to one process at a time and those of a conversation in order. Raises
    PulpoError DATABASE_UNAVAILABLE."""

    def __init__(self, database: Database, owner: str, lease_s: float, clock: Callable[[], float] = time) -> None:
        """`owner` names this process uniquely; `lease_s` must outlast a call to Twilio."""
        self._transactions = Transactions(database, clock)
        self._owner = owner
        self._lease_s = lease_s
        self._takes = itertools.count(1)

    async def take(self) -> Outgoing | None:
        """A reply that this process may go on with, or None. It is the taker's until `move` or the end of its lease; of
        two takers, be they one process, only the later one can move it. The bot's replies to a conversation that a
        person has are dropped on the way."""
        async with self._transactions.write() as (connection, now):
            while (row := (await connection.execute(_next(now, self._lease_s))).first()) is not None:
                sending = row.status == OutboxStatus.WAITING.value
                if not (sending and await _is_hushed(connection, row)):
                    break
                end = {"status": OutboxStatus.DROPPED.value, "reason": "HELD", "due_at": None, "lease_until": now}
                await connection.execute(update(outbox).where(outbox.c.outbox_id == row.outbox_id).values(**end))
            if row is None:
                return None
            mine = {"owner": f"{self._owner}:{next(self._takes)}", "lease_until": now + self._lease_s}
            values: dict[str, Any] = {**mine, "since": min(row.since, now)}
            if sending:
                values |= {"status": OutboxStatus.SENDING.value, "tried_at": now, "attempts": row.attempts + 1}
            elif row.status != OutboxStatus.AMBIGUOUS.value:
                values |= {"status": OutboxStatus.AMBIGUOUS.value, "reason": "CRASHED", "due_at": now, "looks": 0}
            change = update(outbox).where(outbox.c.outbox_id == row.outbox_id).values(**values)
            taken = (await connection.execute(change.returning(*outbox.c))).one()
            return _outgoing(taken, Step.SEND if sending else Step.LOOK, now)

    async def move(self, reply: Outgoing, move: Move) -> bool:
        """Notes how a reply goes on; False when it is no longer its taker's. When it is due is reckoned from now, not
        from when it was taken: calls take time, and the clock may have been set meanwhile."""
        mine = and_(
            outbox.c.owner == reply.holder,
            outbox.c.status.in_([OutboxStatus.SENDING.value, OutboxStatus.AMBIGUOUS.value]),
        )
        if reply.step is Step.SEND and move.progress in (OutboxStatus.SENT, OutboxStatus.DEAD):
            # what became of the last attempt is true, although somebody looks for it by now
            mine = or_(mine, and_(outbox.c.status == OutboxStatus.AMBIGUOUS.value, outbox.c.attempts == reply.attempts))
        held = and_(outbox.c.outbox_id == reply.outbox_id, mine)
        values: dict[str, Any] = {
            "status": move.progress.value,
            "reason": move.reason,
            "looks": move.looks,
        }
        if move.message_sid:
            values["message_sid"] = move.message_sid
        async with self._transactions.write() as (connection, now):
            due_at = None if move.due_at is None else now + move.due_at - reply.now
            values |= {"due_at": due_at, "lease_until": now}
            moved = (await connection.execute(update(outbox).where(held).values(**values))).rowcount == 1
            if moved and move.message_sid:
                await carry_over(connection, reply.workspace_id, move.message_sid)
        return moved

    async def accounted(self, reply: Outgoing) -> Accounted:
        """What is known of other replies to a reply's address."""
        others = and_(
            outbox.c.conversation_id == conversation_id(reply.workspace_id, reply.address),
            outbox.c.business == reply.business,
            outbox.c.outbox_id != reply.outbox_id,
            outbox.c.tried_at >= window(reply) - MARGIN_S,
        )
        handed = and_(others, outbox.c.status == OutboxStatus.HANDED.value, outbox.c.body == reply.body)
        async with self._transactions.read() as connection:
            sids = (await connection.scalars(select(outbox.c.message_sid).where(others))).all()
            left = (await connection.scalars(select(outbox.c.tried_at).where(handed))).all()
        return Accounted(frozenset(sid for sid in sids if sid), tuple(left))

    async def witnesses(self, settle_s: float) -> list[Outgoing]:
        """The newest replies that left in their webhooks so long ago that Twilio must list them. What it says of them
        tells whether it lists such replies at all."""
        async with self._transactions.read() as connection:
            now = await self._transactions.now(connection)
            query = (
                select(outbox)
                .join(turns, and_(turns.c.workspace_id == outbox.c.workspace_id, turns.c.turn_id == outbox.c.outbox_id))
                .where(turns.c.finished_at.between(now - WITNESS_S, now - settle_s))
                .where(
                    outbox.c.status.in_([OutboxStatus.HANDED.value, OutboxStatus.SENT.value]), outbox.c.attempts == 0
                )
                .where(outbox.c.address != "", outbox.c.body != "", outbox.c.tried_at <= now - settle_s)
                .order_by(turns.c.finished_at.desc())
            )
            rows = (await connection.execute(query.limit(WITNESSES))).all()
        return [_outgoing(row, Step.LOOK, now) for row in rows]

    async def handed(self, outbox_ids: Collection[str]) -> None:
        """Notes that the responses with these replies have left."""

        def unit(_now: float) -> Work[None]:
            for outbox_id in outbox_ids:
                yield sql.HANDED(outbox_id=outbox_id)

        await self._transactions.run(unit)


async def _is_hushed(connection: AsyncConnection, row: Row[Any]) -> bool:
    """Whether a message is the bot's and a person has its conversation."""
    own = conversations.c.conversation_id == row.conversation_id
    return not row.author and bool(await connection.scalar(select(conversations.c.held).where(own)))


def _next(now: float, lease_s: float) -> Any:
    """The query of the next reply to go on with; two processes never find the same one.

    A reply that was last touched by a clock that has been set back since is due: when it would be, nobody knows.
    """
    earlier = outbox.alias()
    held = holds(outbox.c.lease_until, now, lease_s)
    due = or_(outbox.c.due_at <= now, and_(outbox.c.due_at.is_not(None), outbox.c.lease_until > now, ~held))
    ready = or_(
        and_(outbox.c.status == OutboxStatus.WAITING.value, due),
        and_(outbox.c.status == OutboxStatus.AMBIGUOUS.value, due, ~held),
        and_(outbox.c.status.in_([OutboxStatus.INLINE.value, OutboxStatus.SENDING.value]), ~held),
    )
    long_ago = or_(earlier.c.due_at.is_(None), earlier.c.since <= now - BEHIND_S)
    given_up = and_(earlier.c.status == OutboxStatus.AMBIGUOUS.value, long_ago)
    waits = exists().where(
        earlier.c.conversation_id == outbox.c.conversation_id,
        earlier.c.seq < outbox.c.seq,
        earlier.c.status.in_(_OPEN),
        ~given_up,
    )
    query = select(outbox).where(ready, ~waits).order_by(outbox.c.since).limit(1)
    return query.with_for_update(skip_locked=True, of=outbox)


def _outgoing(row: Row[Any], step: Step, now: float) -> Outgoing:
    return Outgoing(
        outbox_id=row.outbox_id,
        step=step,
        workspace_id=row.workspace_id,
        address=row.address,
        business=row.business,
        body=row.body,
        attempts=row.attempts,
        looks=row.looks,
        since=row.since,
        tried_at=row.tried_at or row.since,
        now=now,
        holder=row.owner,
        content_sid=row.content_sid,
        variables=row.variables,
    )


def earlier_than(status: str) -> frozenset[str]:
    """The statuses that a status may follow. A failure may follow what has not been delivered; nothing follows it."""
    place = _ORDER.index("delivered" if status in ENDS else status)
    return frozenset(_ORDER[:place])


class Deliveries:
    """Keeps the status of each sent message."""

    def __init__(self, database: Database) -> None:
        self._transactions = Transactions(database)

    async def record(
        self, workspace_id: str, message_sid: str, status: str, error_code: str, now: float, outbox_id: str = ""
    ) -> bool:
        """Moves a message's status forward; False when it was there already or further.

        `outbox_id` is the reply that the message is, when the callback says so: it tells that a reply
        which may have left has left.
        """
        async with self._transactions.write() as (connection, _now):
            moved = await self._move(connection, workspace_id, message_sid, status, error_code, now)
            if outbox_id:
                await _has_left(connection, workspace_id, outbox_id, message_sid)
            if moved:
                await carry_over(connection, workspace_id, message_sid)
        return moved

    async def _move(
        self, connection: AsyncConnection, workspace_id: str, message_sid: str, status: str, error_code: str, now: float
    ) -> bool:
        values = {"status": status, "error_code": error_code, "changed_at": now}
        key = {"workspace_id": workspace_id, "message_sid": message_sid}
        forward = and_(
            statuses.c.workspace_id == workspace_id,
            statuses.c.message_sid == message_sid,
            statuses.c.status.in_(earlier_than(status)),
        )
        new = self._transactions.insert(statuses).values(**key, **values).on_conflict_do_nothing()
        if (await connection.execute(new.returning(statuses.c.status))).first():
            return True
        return (await connection.execute(update(statuses).where(forward).values(**values))).rowcount == 1


async def carry_over(connection: AsyncConnection, workspace_id: str, message_sid: str) -> None:
    """Writes a message's status into its reply, if it is one of the outbox. One that will not arrive
    becomes a dead letter."""
    key = and_(statuses.c.workspace_id == workspace_id, statuses.c.message_sid == message_sid)
    found = (await connection.execute(select(statuses.c.status, statuses.c.error_code).where(key))).first()
    if found is None:
        return
    values = {"delivery": found.status}
    if found.status in ENDS:
        reason = f"TWILIO_{found.error_code or found.status.upper()}"
        values |= {"status": OutboxStatus.DEAD.value, "reason": reason}
    reply = and_(outbox.c.workspace_id == workspace_id, outbox.c.message_sid == message_sid)
    sent = outbox.c.status == OutboxStatus.SENT.value
    await connection.execute(update(outbox).where(reply, sent).values(**values))


async def _has_left(connection: AsyncConnection, workspace_id: str, outbox_id: str, message_sid: str) -> None:
    open_ = outbox.c.status.in_([progress.value for progress in (*OPEN, OutboxStatus.HANDED)])
    reply = and_(outbox.c.workspace_id == workspace_id, outbox.c.outbox_id == outbox_id)
    unknown = or_(outbox.c.message_sid.is_(None), outbox.c.message_sid == message_sid)
    left = {"status": OutboxStatus.SENT.value, "message_sid": message_sid, "reason": "", "due_at": None}
    await connection.execute(update(outbox).where(reply, open_, unknown).values(**left))
