"""The outbox in the database: which reply may go on, and how far each has come."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from time import time
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.deliveries import carry_over
from gateway.outgoing import OPEN, Move, Outgoing, Progress, Step
from gateway.reconcile import window
from gateway.session import Session
from gateway.tables import outbox
from runtime.database import Database

BEHIND_S = 30.0
"""Seconds for which later replies of a conversation wait behind one that goes by REST. After that order
matters less than an answer."""
_OPEN = [progress.value for progress in OPEN]


@dataclass(frozen=True)
class Accounted:
    """Which of Twilio's messages to an address are known to be other replies than the one asked for."""

    known: Collection[str]
    handed: int
    """How many with the same text left in webhooks, without an id."""


class Outbox:
    """Hands out replies, each to one process at a time and those of a conversation in order. Raises
    PulpoError DATABASE_UNAVAILABLE."""

    def __init__(self, database: Database, owner: str, lease_s: float, clock: Callable[[], float] = time) -> None:
        """`owner` names this process uniquely; `lease_s` must outlast a call to Twilio."""
        self._session = Session(database, clock)
        self._owner = owner
        self._lease_s = lease_s

    async def take(self) -> Outgoing | None:
        """A reply that this process may go on with, or None. It is this process's until `move` or the
        end of its lease."""
        async with self._session.write() as (connection, now):
            row = (await connection.execute(_next(now))).first()
            if row is None:
                return None
            sending = row.status == Progress.WAITING.value
            values: dict[str, Any] = {"owner": self._owner, "lease_until": now + self._lease_s}
            if sending:
                values |= {"status": Progress.SENDING.value, "tried_at": now, "attempts": row.attempts + 1}
            elif row.status != Progress.AMBIGUOUS.value:
                values |= {"status": Progress.AMBIGUOUS.value, "reason": "CRASHED", "due_at": now, "looks": 0}
            change = update(outbox).where(outbox.c.outbox_id == row.outbox_id).values(**values)
            taken = (await connection.execute(change.returning(*outbox.c))).one()
            return _outgoing(taken, Step.SEND if sending else Step.LOOK, now)

    async def move(self, reply: Outgoing, move: Move) -> bool:
        """Notes how a reply goes on; False when it is no longer this process's."""
        held = and_(
            outbox.c.outbox_id == reply.outbox_id,
            outbox.c.owner == self._owner,
            outbox.c.status.in_([Progress.SENDING.value, Progress.AMBIGUOUS.value]),
        )
        values: dict[str, Any] = {
            "status": move.progress.value,
            "reason": move.reason,
            "due_at": move.due_at,
            "looks": move.looks,
            "lease_until": 0.0,
        }
        if move.message_sid:
            values["message_sid"] = move.message_sid
        async with self._session.write() as (connection, _now):
            moved = (await connection.execute(update(outbox).where(held).values(**values))).rowcount == 1
            if moved and move.message_sid:
                await carry_over(connection, reply.workspace_id, move.message_sid)
        return moved

    async def accounted(self, reply: Outgoing) -> Accounted:
        """What is known of other replies to a reply's address."""
        others = and_(
            outbox.c.address == reply.address,
            outbox.c.business == reply.business,
            outbox.c.outbox_id != reply.outbox_id,
            outbox.c.tried_at >= window(reply),
        )
        handed = and_(others, outbox.c.status == Progress.HANDED.value, outbox.c.body == reply.body)
        async with self._session.read() as connection:
            sids = (await connection.scalars(select(outbox.c.message_sid).where(others))).all()
            count = await connection.scalar(select(func.count()).select_from(outbox).where(handed))
        return Accounted(frozenset(sid for sid in sids if sid), count or 0)

    async def may_answer(self, outbox_id: str) -> bool:
        """Whether a repeated webhook is to be answered with the reply: not when it goes by REST."""
        here = outbox.c.status.in_([Progress.INLINE.value, Progress.HANDED.value])
        async with self._session.write() as (connection, now):
            known = await connection.scalar(select(outbox.c.status).where(outbox.c.outbox_id == outbox_id))
            if known is None:
                return True
            return await self._lease_inline(connection, and_(outbox.c.outbox_id == outbox_id, here), now)

    async def handed(self, outbox_ids: Collection[str]) -> None:
        """Notes that the responses with these replies have left."""
        mine = and_(outbox.c.outbox_id.in_(outbox_ids), outbox.c.status == Progress.INLINE.value)
        async with self._session.write() as (connection, _now):
            await connection.execute(update(outbox).where(mine).values(status=Progress.HANDED.value))

    async def _lease_inline(self, connection: AsyncConnection, which: ColumnElement[bool], now: float) -> bool:
        values = {
            "status": Progress.INLINE.value,
            "owner": self._owner,
            "lease_until": now + self._lease_s,
            "tried_at": now,
        }
        return (await connection.execute(update(outbox).where(which).values(**values))).rowcount == 1


async def post(
    session: Session,
    connection: AsyncConnection,
    row: dict[str, Any],
    by_rest: bool,
    owner: str,
    now: float,
    end: float,
) -> None:
    """Puts a reply into the outbox, in the transaction that stores it: to be sent, or leaving in the
    response of `owner`'s webhook until `end`. It takes the place of one that the same message had before."""
    values = {
        **row,
        "status": (Progress.WAITING if by_rest else Progress.INLINE).value,
        "reason": "",
        "attempts": 0,
        "looks": 0,
        "since": now,
        "due_at": now if by_rest else None,
        "tried_at": None if by_rest else now,
        "owner": owner,
        "lease_until": end,
        "message_sid": None,
        "delivery": "",
    }
    new = session.insert(outbox).values(**values)
    await connection.execute(new.on_conflict_do_update(index_elements=["outbox_id"], set_=values))


async def is_behind(connection: AsyncConnection, conversation_id: str, now: float) -> bool:
    """Whether a conversation has a reply on its way by REST, which a later one must not overtake."""
    on_its_way = outbox.c.status.in_([Progress.WAITING.value, Progress.SENDING.value, Progress.AMBIGUOUS.value])
    recent = outbox.c.since > now - BEHIND_S
    query = select(outbox.c.seq).where(outbox.c.conversation_id == conversation_id, on_its_way, recent)
    return (await connection.execute(query.limit(1))).first() is not None


def _next(now: float) -> Any:
    """The query of the next reply to go on with; two processes never find the same one."""
    earlier = outbox.alias()
    ready = or_(
        and_(outbox.c.status == Progress.WAITING.value, outbox.c.due_at <= now),
        and_(outbox.c.status == Progress.AMBIGUOUS.value, outbox.c.due_at <= now, outbox.c.lease_until <= now),
        and_(outbox.c.status.in_([Progress.INLINE.value, Progress.SENDING.value]), outbox.c.lease_until <= now),
    )
    given_up = and_(earlier.c.status == Progress.AMBIGUOUS.value, earlier.c.due_at.is_(None))
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
    )
