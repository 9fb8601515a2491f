"""Hand-overs in the database: which are open, whose they are and what was written, and who closed them. They are made
in the transaction that stores the reply (`store`)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, select, update

from gateway.domain.handover import HandoverKind, handover_reason
from gateway.storage.tables import UNCLOSED, handover_messages, handovers
from gateway.storage.transactions import Transactions
from runtime.data.database import Database
from turn.vocabulary import HandoverReason

MOST = 1_000
"""Most hand-overs of one answer."""
BY_AGE = "age"
"""Who closes notices that are old."""


@dataclass(frozen=True)
class HandoverMessage:
    """A message that a person is told of."""

    at: float
    """When it arrived, seconds since 1970."""
    reason: HandoverReason
    text: str


@dataclass(frozen=True)
class Handover:
    """What a person is told of a conversation."""

    id: str
    workspace: str
    address: str
    """The customer's, on the channel."""
    kind: HandoverKind
    opened_at: float
    """When its first message arrived, seconds since 1970."""
    last_at: float
    """When its newest message arrived."""
    messages: tuple[HandoverMessage, ...]
    """In order of arrival; without those that retention has erased."""
    closed_at: float | None = None
    closed_by: str = ""
    note: str = ""


class Handovers:
    """Lists and closes hand-overs. Raises PulpoError DATABASE_UNAVAILABLE."""

    def __init__(self, database: Database) -> None:
        self._transactions = Transactions(database)

    async def all(self, workspace_id: str = "", *, closed: bool = False) -> list[Handover]:
        """The open ones, requests first and then the oldest; with `closed` those that were closed too. Of one business
        or, without a name, of all. At most MOST."""
        query = select(handovers)
        if not closed:
            query = query.where(UNCLOSED)
        if workspace_id:
            query = query.where(handovers.c.workspace_id == workspace_id)
        return await self._found(query.order_by(handovers.c.kind.desc(), handovers.c.opened_at).limit(MOST))

    async def one(self, handover_id: str) -> Handover | None:
        """A hand-over, open or closed."""
        found = await self._found(select(handovers).where(handovers.c.handover_id == handover_id))
        return found[0] if found else None

    async def close(self, handover_id: str, by: str, note: str, now: float) -> bool:
        """Closes one; False when there is no such open one. What the customer asks next opens another."""
        which = and_(handovers.c.handover_id == handover_id, UNCLOSED)
        return await self._close(which, {"closed_at": now, "closed_by": by, "note": note}) > 0

    async def close_notices(self, before: float, now: float) -> int:
        """Closes notices whose newest message arrived before a time. Returns how many."""
        old = and_(handovers.c.kind == HandoverKind.NOTICE.value, handovers.c.last_at < before, UNCLOSED)
        return await self._close(old, {"closed_at": now, "closed_by": BY_AGE})

    async def open_ones(self, now: float) -> Mapping[HandoverKind, tuple[int, float]]:
        """How many are open, by kind, and how many seconds ago the oldest was opened."""
        query = select(handovers.c.kind, func.count(), func.min(handovers.c.opened_at)).where(UNCLOSED)
        async with self._transactions.read() as connection:
            rows = (await connection.execute(query.group_by(handovers.c.kind))).all()
        return {HandoverKind(kind): (count, max(0.0, now - oldest)) for kind, count, oldest in rows}

    async def _close(self, which: ColumnElement[bool], values: Mapping[str, Any]) -> int:
        async with self._transactions.write() as (connection, _now):
            return (await connection.execute(update(handovers).where(which).values(**values))).rowcount

    async def _found(self, query: Any) -> list[Handover]:
        """The hand-overs of a query with their messages."""
        async with self._transactions.read() as connection:
            rows = (await connection.execute(query)).all()
            mine = handover_messages.c.handover_id.in_([row.handover_id for row in rows])
            messages = await connection.execute(select(handover_messages).where(mine).order_by(handover_messages.c.at))
            by_handover = defaultdict[str, list[Row[Any]]](list)
            for message in messages:
                by_handover[message.handover_id].append(message)
        return [_handover(row, by_handover[row.handover_id]) for row in rows]


def _handover(row: Row[Any], messages: Sequence[Row[Any]]) -> Handover:
    return Handover(
        id=row.handover_id,
        workspace=row.workspace_id,
        address=row.address,
        kind=HandoverKind(row.kind),
        opened_at=row.opened_at,
        last_at=row.last_at,
        messages=tuple(_message(each) for each in messages),
        closed_at=row.closed_at,
        closed_by=row.closed_by,
        note=row.note,
    )


def _message(row: Row[Any]) -> HandoverMessage:
    return HandoverMessage(row.at, handover_reason(True, row.reason) or HandoverReason.OTHER, row.text)
