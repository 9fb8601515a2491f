"""What a person should look at: replies that could not be sent or may not have left, and messages that
nobody answered. Nothing here tells whose they are or what they say."""

from dataclasses import dataclass
from enum import StrEnum
from time import time
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.outgoing import OutboxStatus
from gateway.domain.turn_types import Reply
from gateway.storage.rows import encode
from gateway.storage.store import DROPPED, RUNNING, UNANSWERED
from gateway.storage.tables import inbox, outbox, turns
from gateway.storage.transactions import Transactions
from runtime.data.database import Database

_DEAD, _AMBIGUOUS = OutboxStatus.DEAD.value, OutboxStatus.AMBIGUOUS.value


class DeadLetterKind(StrEnum):
    """Why something is on the list."""

    DEAD = "dead"
    """A reply that was refused or could not be sent."""
    AMBIGUOUS = "ambiguous"
    """A reply that may have left."""
    UNANSWERED = "unanswered"
    """A message whose turn failed, came too late or died with its process."""


@dataclass(frozen=True)
class DeadLetter:
    """A reply or a message that a person should look at."""

    id: str
    workspace: str
    age_s: int
    kind: DeadLetterKind
    reason: str
    """Why, e.g. TWILIO_63016."""


class DeadLetters:
    """Lists dead letters, and does what a person decides. Raises PulpoError DATABASE_UNAVAILABLE."""

    def __init__(self, database: Database) -> None:
        self._transactions = Transactions(database, time)

    async def all(self) -> list[DeadLetter]:
        """Every dead letter, oldest first."""
        async with self._transactions.read() as connection:
            now = await self._transactions.now(connection)
            found = {letter.id: letter for letter in await _replies(connection, now)}
            found |= {letter.id: letter for letter in await _messages(connection, now)}
        return sorted(found.values(), key=lambda letter: -letter.age_s)

    async def replay(self, letter_id: str) -> bool:
        """Has a reply sent, or a message answered, after all; False when there is no such dead letter, or
        nobody could be written to. A reply that may have left is looked for first."""
        async with self._transactions.write() as (connection, now):
            anew = {"since": now, "due_at": now, "looks": 0, "lease_until": 0.0}
            dead = and_(outbox.c.outbox_id == letter_id, outbox.c.status == _DEAD)
            waiting = {**anew, "status": OutboxStatus.WAITING.value, "attempts": 0, "message_sid": None, "delivery": ""}
            doubtful = and_(outbox.c.outbox_id == letter_id, _doubtful(now))
            # as if sent once: who replays it has decided that what is not listed is to be sent
            looked_for = {**anew, "status": _AMBIGUOUS, "attempts": 1}
            for which, values in ((dead, waiting), (doubtful, looked_for)):
                if (await connection.execute(update(outbox).where(which).values(**values))).rowcount:
                    return True
            open_ = and_(inbox.c.turn_id == letter_id, _unanswered(now), inbox.c.business != "")
            again = {"status": RUNNING, "reply": None, "lease_until": now, "by_rest": True, "takeovers": 0}
            if not (await connection.execute(update(inbox).where(open_).values(**again))).rowcount:
                return False
            await connection.execute(delete(outbox).where(outbox.c.outbox_id == letter_id))
            return True

    async def drop(self, letter_id: str) -> bool:
        """Takes a dead letter off the list for good; False when there is none."""
        async with self._transactions.write() as (connection, now):
            reply = and_(outbox.c.outbox_id == letter_id, or_(outbox.c.status == _DEAD, _doubtful(now)))
            dropped = update(outbox).where(reply).values(status=OutboxStatus.DROPPED.value, due_at=None)
            count = (await connection.execute(dropped)).rowcount
            message = and_(inbox.c.turn_id == letter_id, _unanswered(now))
            values = {"status": DROPPED, "reply": encode(Reply(""))}
            return count + (await connection.execute(update(inbox).where(message).values(**values))).rowcount > 0


def _doubtful(now: float) -> ColumnElement[bool]:
    """Replies that may have left and that nobody holds."""
    leaving = outbox.c.status.in_([OutboxStatus.INLINE.value, OutboxStatus.SENDING.value, _AMBIGUOUS])
    return and_(leaving, outbox.c.lease_until <= now)


def _unanswered(now: float) -> ColumnElement[bool]:
    died = and_(inbox.c.status == RUNNING, inbox.c.lease_until <= now)
    return or_(inbox.c.status == UNANSWERED, died)


async def _replies(connection: AsyncConnection, now: float) -> list[DeadLetter]:
    query = select(outbox).where(or_(outbox.c.status == _DEAD, _doubtful(now)))
    return [_reply(row, now) for row in (await connection.execute(query)).all()]


def _reply(row: Any, now: float) -> DeadLetter:
    kind = DeadLetterKind.DEAD if row.status == _DEAD else DeadLetterKind.AMBIGUOUS
    reason = row.reason or "CRASHED"
    return DeadLetter(row.outbox_id, row.workspace_id, int(now - row.since), kind, reason)


async def _messages(connection: AsyncConnection, now: float) -> list[DeadLetter]:
    same = and_(turns.c.workspace_id == inbox.c.workspace_id, turns.c.turn_id == inbox.c.turn_id)
    columns = (inbox.c.turn_id, inbox.c.workspace_id, inbox.c.answered_at, inbox.c.lease_until, turns.c.outcome)
    query = select(*columns).select_from(inbox.outerjoin(turns, same)).where(_unanswered(now))
    return [
        DeadLetter(
            id=row.turn_id,
            workspace=row.workspace_id,
            age_s=int(now - (row.answered_at or row.lease_until)),
            kind=DeadLetterKind.UNANSWERED,
            reason=_why(row.outcome) if row.answered_at else "CRASHED",
        )
        for row in (await connection.execute(query)).all()
    ]


def _why(outcome: str | None) -> str:
    """Why a turn that ended has left a customer without what they asked for."""
    return "LATE" if outcome in ("ok", "degraded") else (outcome or "unknown").upper()
