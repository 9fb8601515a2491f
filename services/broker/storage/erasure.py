"""Erases a customer's counts and writes, found by the hashes of customer and conversation that stand for them."""

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import delete

from broker.domain.model import Customer
from broker.policy.limits import counted, customer_writes, wrong_ids
from broker.storage.store import unavailable
from broker.storage.tables import COUNTS, WRITES
from runtime.data.database import Database
from turn.model import TurnContext
from workspace.model import Workspace


async def erase_customer(
    database: Database, workspace: Workspace, conversations: Iterable[tuple[str, str]], *, dry_run: bool = False
) -> dict[str, int]:
    """Erases what belongs to a customer's (address, conversation id) pairs; `dry_run` takes it all back at the end.
    Returns rows per table. Raises PulpoError STORE_UNAVAILABLE."""
    names = [
        name for address, conversation_id in conversations for name in names_of(workspace, address, conversation_id)
    ]
    async with unavailable(), database.write() as connection:
        counts = await connection.execute(delete(COUNTS).where(COUNTS.c.name.in_(names)))
        writes = await connection.execute(delete(WRITES).where(WRITES.c.conversation.in_(names)))
        if dry_run:
            await connection.rollback()
    return {COUNTS.name: counts.rowcount, WRITES.name: writes.rowcount}


def names_of(workspace: Workspace, address: str, conversation_id: str) -> tuple[str, ...]:
    """The names of the counts that belong to a customer."""
    turn = TurnContext(workspace.id, conversation_id, "", datetime.fromtimestamp(0, UTC))
    customer = Customer(address)
    said = counted(workspace, workspace.tools[0], turn, customer)
    return wrong_ids(workspace, customer).name, customer_writes(workspace, customer).name, said.conversation.name
