"""Retention runs every hour over tables that only grow: it must not read what was erased long ago."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import event, text

import agenda.storage.erasure
import agenda.storage.tables
import gateway.storage.erasure
import gateway.storage.tables
from runtime.data.database import Database
from runtime.data.migrations import Schema, migrate
from tests.contract.data.many_rows import fill
from tests.unit.agenda.businesses import business

NOW = datetime(2026, 3, 11, tzinfo=UTC)


async def plans(url: str, schema: Schema, run: Any) -> str:
    """How a database goes about all that `run` makes it execute."""
    database = Database(url)
    await migrate(database, schema)
    await fill(database, schema)
    seen: list[tuple[str, Any]] = []

    @event.listens_for(database.engine.sync_engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        seen.append((statement, values))

    await run(database)
    explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
    async with database.read() as connection:
        if not database.is_sqlite:  # tables this small are read whole otherwise
            await connection.execute(text("SET LOCAL enable_seqscan = off"))
        found = []
        for statement, values in [each for each in seen if " WHERE " in " ".join(each[0].split())]:
            found += [str(row[-1]) for row in await connection.exec_driver_sql(explain + statement, values)]
    await database.close()
    return "\n".join(found)


async def test_the_gateway_looks_only_at_messages_that_are_kept(database_url: str) -> None:
    async def run(database: Database) -> None:
        await gateway.storage.erasure.Erasure(database).old("estudio-pulpo", NOW.timestamp())

    assert "inbox_kept" in await plans(database_url, gateway.storage.tables.SCHEMA, run)


async def test_the_agenda_looks_only_at_appointments_that_name_somebody(database_url: str) -> None:
    async def run(database: Database) -> None:
        await agenda.storage.erasure.AgendaErasure(database).old(business(), NOW)

    found = await plans(database_url, agenda.storage.tables.SCHEMA, run)
    assert "appointments_personal" in found
    assert "idempotency_by_age" in found
