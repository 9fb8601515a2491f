"""Hand-overs in the database: which are open, whose they are, what was written, who has them and who closed them. They
are made in the transaction that stores the reply (`store`); what people do with them is in `holding`."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, and_, func, select, update

from gateway.domain.handover import HandoverKind, HandoverState, handover_reason, state_of
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
    author: str = ""
    """Who of the business wrote it; empty for the customer."""
    turn_id: str = ""
    """The turn of the message that it is."""
    unsaid: str = ""
    """The reply to it that the bot did not give, because a person had the conversation."""


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
    number: int = 0
    """What people of the business call it; 0 for those of releases before."""
    conversation: str = ""
    """The conversation's id."""
    business: str = ""
    """The number that the customer wrote to; empty when it was by another channel than Twilio's."""
    taken_at: float | None = None
    """When who has it took it, seconds since 1970; None when nobody has it."""
    taken_by: str = ""
    answered_at: float | None = None
    """When a person last wrote to the customer."""

    @property
    def state(self) -> HandoverState:
        """How far it has come."""
        return state_of(self.taken_at, self.answered_at, self.closed_at)


class Handovers:
    """Lists hand-overs, and closes old notices. Raises PulpoError DATABASE_UNAVAILABLE."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._transactions = Transactions(database)

    async def all(self, workspace_id: str = "", *, closed: bool = False) -> list[Handover]:
        """The open ones, requests first and then the oldest; with `closed` those that were closed too. Of one business
        or, without a name, of all. At most MOST."""
        query = select(handovers)
        if not closed:
            query = query.where(UNCLOSED)
        if workspace_id:
            query = query.where(handovers.c.workspace_id == workspace_id)
        return await self.found(query.order_by(handovers.c.kind.desc(), handovers.c.opened_at).limit(MOST))

    async def one(self, handover_id: str) -> Handover | None:
        """A hand-over, open or closed."""
        found = await self.found(select(handovers).where(handovers.c.handover_id == handover_id))
        return found[0] if found else None

    async def of_turn(self, workspace_id: str, turn_id: str) -> Handover | None:
        """The hand-over that a turn's message is in."""
        own = and_(handover_messages.c.workspace_id == workspace_id, handover_messages.c.turn_id == turn_id)
        which = select(handover_messages.c.handover_id).where(own).scalar_subquery()
        found = await self.found(select(handovers).where(handovers.c.handover_id == which))
        return found[0] if found else None

    async def close_notices(self, before: float, now: float) -> int:
        """Closes notices that nobody has and whose newest message arrived before a time. Returns how many."""
        free = and_(handovers.c.kind == HandoverKind.NOTICE.value, handovers.c.taken_at.is_(None), UNCLOSED)
        async with self._transactions.write() as (connection, _now):
            old = update(handovers).where(free, handovers.c.last_at < before)
            return (await connection.execute(old.values(closed_at=now, closed_by=BY_AGE))).rowcount

    async def open_ones(self, now: float) -> Mapping[HandoverKind, tuple[int, float]]:
        """How many are open, by kind, and how many seconds ago the oldest was opened."""
        query = select(handovers.c.kind, func.count(), func.min(handovers.c.opened_at)).where(UNCLOSED)
        async with self._transactions.read() as connection:
            rows = (await connection.execute(query.group_by(handovers.c.kind))).all()
        return {HandoverKind(kind): (count, max(0.0, now - oldest)) for kind, count, oldest in rows}

    async def found(self, query: Any) -> list[Handover]:
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
        number=row.number or 0,
        conversation=row.conversation_id,
        business=row.business,
        taken_at=row.taken_at,
        taken_by=row.taken_by,
        answered_at=row.answered_at,
    )


def _message(row: Row[Any]) -> HandoverMessage:
    reason = handover_reason(True, row.reason) or HandoverReason.OTHER
    return HandoverMessage(row.at, reason, row.text, row.author, row.turn_id, row.unsaid)
