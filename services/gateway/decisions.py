"""Notes what a turn has decided before it changes anything.

A turn that runs again, because its process died, then does the same and not something similar: a model may read
the same message differently the second time, and a write with other arguments would be another write."""

from sqlalchemy import and_, update

from gateway.encoding import encode
from gateway.message import Message
from gateway.ports import StageError
from gateway.session import Session
from gateway.store import RUNNING
from gateway.tables import inbox
from gateway.turn_types import Decided
from runtime.database import Database
from runtime.errors import PulpoError


class Decisions:
    """Writes them into the inbox. One per process."""

    def __init__(self, database: Database, owner: str) -> None:
        """`owner` names this process, as it does in the store."""
        self._session = Session(database)
        self._owner = owner

    async def note(self, message: Message, decided: Decided) -> None:
        """Notes what the turn of a message has decided so far. Raises StageError when that could not be noted,
        or another process has taken the message over: then nothing may be done about it."""
        mine = and_(
            inbox.c.workspace_id == message.workspace_id,
            inbox.c.message_id == message.message_id,
            inbox.c.owner == self._owner,
            inbox.c.status == RUNNING,
        )
        try:
            async with self._session.write() as (connection, _now):
                noted = await connection.execute(update(inbox).where(mine).values(decided=encode(decided)))
        except PulpoError as error:
            raise StageError(error.reason, did_nothing=True) from error
        if noted.rowcount != 1:
            raise StageError("TAKEN_OVER", did_nothing=True)
