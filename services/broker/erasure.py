"""Erases what the broker has counted about a customer. It knows customers and conversations as hashes
only, and by these their counts and the writes that it remembers are found."""

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import delete
from sqlalchemy.exc import SQLAlchemyError

from broker.limits import counted, wrong_ids
from broker.model import Customer, Turn
from broker.store import COUNTS, WRITES
from runtime.database import Database
from runtime.errors import Kind, PulpoError
from workspace.model import Workspace


async def erase_customer(
    database: Database, workspace: Workspace, conversations: Iterable[tuple[str, str]]
) -> dict[str, int]:
    """Erases what belongs to a customer's (address, conversation id) pairs. Returns rows per table."""
    names = [name for address, conversation_id in conversations for name in _names(workspace, address, conversation_id)]
    try:
        async with database.write() as connection:
            counts = await connection.execute(delete(COUNTS).where(COUNTS.c.name.in_(names)))
            writes = await connection.execute(delete(WRITES).where(WRITES.c.conversation.in_(names)))
    except (SQLAlchemyError, OSError) as error:
        raise PulpoError(Kind.UNAVAILABLE, "STORE_UNAVAILABLE", "The broker's database does not answer.") from error
    return {COUNTS.name: counts.rowcount, WRITES.name: writes.rowcount}


def _names(workspace: Workspace, address: str, conversation_id: str) -> tuple[str, str]:
    """The names of the counts that belong to a customer."""
    turn = Turn(workspace.id, conversation_id, "", datetime.fromtimestamp(0, UTC))
    said = counted(workspace, workspace.tools[0], turn)
    return wrong_ids(workspace, Customer(address)).name, said.conversation.name
