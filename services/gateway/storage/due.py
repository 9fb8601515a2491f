"""What is due, in the database: handed out to one process at a time, and ended in the transaction that does it."""

import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from time import time
from typing import Any

from sqlalchemy import and_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.due import Due, DueKind, DueStatus, Outcome
from gateway.storage.rows import posted_row
from gateway.storage.tables import conversations, due, outbox
from gateway.storage.transactions import Transactions, holds
from runtime.data.database import Database


class LostError(Exception):
    """Somebody else has what a process wanted to end."""


class DueTable:
    """Hands out what is due. Raises PulpoError DATABASE_UNAVAILABLE."""

    def __init__(self, database: Database, owner: str, lease_s: float, clock: Callable[[], float] = time) -> None:
        """`owner` names this process uniquely; `lease_s` must outlast one try."""
        self.transactions = Transactions(database, clock)
        self._owner, self._lease_s = owner, lease_s
        self._takes = itertools.count(1)

    async def take(self, now: float) -> Due | None:
        """Something that is due at a time of the gateway's clock and is now this process's, or None."""
        async with self.transactions.write() as (connection, leased_at):
            free = ~holds(due.c.lease_until, leased_at, self._lease_s)
            known = due.c.kind.in_([kind.value for kind in DueKind])  # a newer release may have left others
            ready = and_(due.c.status == DueStatus.WAITING.value, due.c.due_at <= now, free, known)
            query = select(due.c.due_id).where(ready).order_by(due.c.due_at).limit(1)
            found = (await connection.scalars(query.with_for_update(skip_locked=True))).first()
            if found is None:
                return None
            mine = {"owner": f"{self._owner}:{next(self._takes)}", "lease_until": leased_at + self._lease_s}
            change = update(due).where(due.c.due_id == found).values(**mine, attempts=due.c.attempts + 1)
            return _due((await connection.execute(change.returning(*due.c))).one(), now)

    @asynccontextmanager
    async def ending(self, taken: Due, outcome: Outcome) -> AsyncIterator[tuple[AsyncConnection, float]]:
        """A transaction that ends something, or puts it off, with whatever else is done in it; and the database's time.
        Raises LostError, and does nothing, when it is no longer this process's."""
        async with self.transactions.write() as (connection, now):
            mine = and_(due.c.due_id == taken.id, due.c.owner == taken.holder)
            values: dict[str, Any] = {"status": outcome.status.value, "reason": outcome.reason, "lease_until": 0.0}
            if outcome.status is DueStatus.WAITING:
                values["due_at"] = taken.now + outcome.again_s
            if (await connection.execute(update(due).where(mine).values(**values))).rowcount != 1:
                raise LostError
            yield connection, now

    async def last_message_at(self, conversation: str) -> float:
        """When somebody's last message arrived, seconds since 1970; 0 when they never wrote."""
        own = conversations.c.conversation_id == conversation
        async with self.transactions.read() as connection:
            return await connection.scalar(select(conversations.c.changed_at).where(own)) or 0.0


async def add_due(transactions: Transactions, connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Adds what is to be done; what is there already stays as it is."""
    for row in rows:
        await connection.execute(transactions.insert(due).values(**row).on_conflict_do_nothing())


async def post(
    transactions: Transactions,
    connection: AsyncConnection,
    now: float,
    outbox_id: str,
    workspace_id: str,
    address: str,
    business: str,
    body: str,
    **more: str,
) -> None:
    """Puts a message that nobody had asked for into the outbox, behind all of its conversation; once for its id. `more`
    as `rows.posted_row` has it."""
    row = posted_row(outbox_id, workspace_id, address, business, body, now, seq=0, **more)
    conversation = row["conversation_id"]
    empty = {"last_seq": 1, "version": 0, "state": "", "lease_until": 0.0, "changed_at": 0.0}
    place = transactions.insert(conversations).values(conversation_id=conversation, workspace_id=workspace_id, **empty)
    next_one = {"last_seq": conversations.c.last_seq + 1}
    place = place.on_conflict_do_update(index_elements=[conversations.c.conversation_id], set_=next_one)
    row["seq"] = await connection.scalar(place.returning(conversations.c.last_seq))
    await connection.execute(transactions.insert(outbox).values(**row).on_conflict_do_nothing())


def _due(row: Any, now: float) -> Due:
    return Due(
        id=row.due_id,
        kind=DueKind(row.kind),
        workspace_id=row.workspace_id,
        subject=row.subject,
        conversation_id=row.conversation_id,
        person=row.person,
        channel=row.channel,
        detail=row.detail,
        attempts=row.attempts,
        made_at=row.made_at,
        now=now,
        holder=row.owner,
    )
