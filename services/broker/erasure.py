"""Erases what the broker has counted about a customer. It knows customers and conversations as hashes
only; what it remembers of writes names neither, and is gone after a week."""

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import delete, or_
from sqlalchemy.exc import SQLAlchemyError

from broker.limits import counted, wrong_ids
from broker.model import Customer, Turn
from broker.store import COUNTS
from runtime.database import Database
from runtime.errors import Kind, PulpoError
from workspace.model import Workspace


async def erase_customer(
    database: Database, workspace: Workspace, conversations: Iterable[tuple[str, str]]
) -> dict[str, int]:
    """Erases the counts of a customer's (address, conversation id) pairs. Returns rows per table."""
    names = [name for address, conversation_id in conversations for name in _names(workspace, address, conversation_id)]
    which = or_(*(COUNTS.c.name == name for name in names))
    try:
        async with database.write() as connection:
            erased = (await connection.execute(delete(COUNTS).where(which))).rowcount if names else 0
    except (SQLAlchemyError, OSError) as error:
        raise PulpoError(Kind.UNAVAILABLE, "STORE_UNAVAILABLE", "The broker's database does not answer.") from error
    return {COUNTS.name: erased}


def _names(workspace: Workspace, address: str, conversation_id: str) -> tuple[str, str]:
    """The names of the counts that belong to a customer."""
    turn = Turn(workspace.id, conversation_id, "", datetime.fromtimestamp(0, UTC))
    said = counted(workspace, workspace.tools[0], turn)
    return wrong_ids(workspace, Customer(address)).name, said.conversation.name
