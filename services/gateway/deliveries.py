"""How far the delivery of sent messages has come. Status callbacks arrive late, twice and out of
order: a status only moves forward."""

from typing import Any

from sqlalchemy import and_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from gateway.tables import statuses
from runtime.database import Database
from runtime.errors import Kind, PulpoError

_ORDER = ("accepted", "scheduled", "queued", "sending", "sent", "delivered", "read")
_ENDS = ("failed", "undelivered", "canceled")
KNOWN = frozenset((*_ORDER, *_ENDS))
"""Statuses that are kept; Twilio may add others, which are ignored."""


def earlier_than(status: str) -> frozenset[str]:
    """The statuses that a status may follow. A failure may follow what has not been delivered; nothing follows it."""
    place = _ORDER.index("delivered" if status in _ENDS else status)
    return frozenset(_ORDER[:place])


class Deliveries:
    """Keeps the status of each sent message."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._insert: Any = sqlite.insert if database.is_sqlite else postgresql.insert

    async def record(self, workspace_id: str, message_sid: str, status: str, error_code: str, now: float) -> bool:
        """Moves a message's status forward; False when it was there already or further."""
        values = {"status": status, "error_code": error_code, "changed_at": now}
        key = {"workspace_id": workspace_id, "message_sid": message_sid}
        forward = and_(
            statuses.c.workspace_id == workspace_id,
            statuses.c.message_sid == message_sid,
            statuses.c.status.in_(earlier_than(status)),
        )
        try:
            async with self._database.write() as connection:
                new = self._insert(statuses).values(**key, **values).on_conflict_do_nothing()
                if (await connection.execute(new.returning(statuses.c.status))).first():
                    return True
                return (await connection.execute(update(statuses).where(forward).values(**values))).rowcount == 1
        except (SQLAlchemyError, OSError) as error:
            raise PulpoError(Kind.UNAVAILABLE, "DATABASE_UNAVAILABLE", "The database did not answer.") from error

    async def status_of(self, workspace_id: str, message_sid: str) -> str | None:
        """The status of a sent message, or None."""
        query = select(statuses.c.status).where(
            statuses.c.workspace_id == workspace_id, statuses.c.message_sid == message_sid
        )
        async with self._database.read() as connection:
            found: str | None = await connection.scalar(query)
        return found
