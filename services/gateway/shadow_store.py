"""The comparisons of the two tracks in the database."""

import json
from dataclasses import asdict

from sqlalchemy import select

from gateway.session import Session
from gateway.shadow_record import ShadowRecord
from gateway.tables import shadows, turns
from runtime.database import Database


class ShadowStore:
    """Keeps comparisons. Raises PulpoError DATABASE_UNAVAILABLE."""

    def __init__(self, database: Database) -> None:
        self._session = Session(database)

    async def keep(self, record: ShadowRecord) -> None:
        """Stores a comparison, unless its turn has been erased or another process's is there already."""
        row = asdict(record) | {
            "slots_differ": json.dumps(record.slots_differ),
            "plans_differ": json.dumps(record.plans_differ),
        }
        row["workspace_id"] = row.pop("workspace")
        async with self._session.write() as (connection, now):
            told = select(turns.c.turn_id).where(
                turns.c.workspace_id == record.workspace,
                turns.c.turn_id == record.turn_id,
                turns.c.conversation_id != turns.c.turn_id,
            )
            if (await connection.execute(told.with_for_update())).first():
                insert = self._session.insert(shadows).values(**row, noted_at=now)
                await connection.execute(insert.on_conflict_do_nothing())
