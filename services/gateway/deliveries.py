"""How far the delivery of sent messages has come. Status callbacks arrive late, twice and out of
order: a status only moves forward."""

from sqlalchemy import and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.outgoing import ENDS, Progress
from gateway.session import Session
from gateway.tables import outbox, statuses
from runtime.database import Database

_ORDER = ("accepted", "scheduled", "queued", "sending", "sent", "delivered", "read")
KNOWN = frozenset((*_ORDER, *ENDS))
"""Statuses that are kept; Twilio may add others, which are ignored."""


def earlier_than(status: str) -> frozenset[str]:
    """The statuses that a status may follow. A failure may follow what has not been delivered; nothing follows it."""
    place = _ORDER.index("delivered" if status in ENDS else status)
    return frozenset(_ORDER[:place])


class Deliveries:
    """Keeps the status of each sent message."""

    def __init__(self, database: Database) -> None:
        self._session = Session(database)

    async def record(
        self, workspace_id: str, message_sid: str, status: str, error_code: str, now: float, outbox_id: str = ""
    ) -> bool:
        """Moves a message's status forward; False when it was there already or further.

        `outbox_id` is the reply that the message is, when the callback says so: it tells that a reply
        which may have left has left.
        """
        async with self._session.write() as (connection, _now):
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
        new = self._session.insert(statuses).values(**key, **values).on_conflict_do_nothing()
        if (await connection.execute(new.returning(statuses.c.status))).first():
            return True
        return (await connection.execute(update(statuses).where(forward).values(**values))).rowcount == 1

    async def status_of(self, workspace_id: str, message_sid: str) -> str | None:
        """The status of a sent message, or None."""
        query = select(statuses.c.status).where(
            statuses.c.workspace_id == workspace_id, statuses.c.message_sid == message_sid
        )
        async with self._session.read() as connection:
            found: str | None = await connection.scalar(query)
        return found


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
        values |= {"status": Progress.DEAD.value, "reason": reason}
    reply = and_(outbox.c.workspace_id == workspace_id, outbox.c.message_sid == message_sid)
    sent = outbox.c.status == Progress.SENT.value
    await connection.execute(update(outbox).where(reply, sent).values(**values))


async def _has_left(connection: AsyncConnection, workspace_id: str, outbox_id: str, message_sid: str) -> None:
    open_ = outbox.c.status.in_([Progress.SENDING.value, Progress.AMBIGUOUS.value, Progress.WAITING.value])
    reply = and_(outbox.c.workspace_id == workspace_id, outbox.c.outbox_id == outbox_id)
    unknown = or_(outbox.c.message_sid.is_(None), outbox.c.message_sid == message_sid)
    left = {"status": Progress.SENT.value, "message_sid": message_sid, "reason": "", "due_at": None}
    await connection.execute(update(outbox).where(reply, open_, unknown).values(**left))
