"""What `pulpo forget` costs does not grow with a business: every statement of it finds a customer's rows by an
index, on both databases, and a dry run counts the same and leaves everything."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import event, select, text

import agenda.storage.tables
import broker.storage.tables
import gateway.storage.tables
from agenda.storage.erasure import AgendaErasure
from broker.storage.erasure import erase_customer
from gateway.domain.message import conversation_id
from gateway.storage.erasure import Erasure as GatewayErasure
from runtime.data.database import Database
from runtime.data.migrations import migrate
from tests.contract.data.many_rows import BUSINESS, PHONE, fill
from tests.unit.agenda.businesses import NOW

SCHEMAS = (agenda.storage.tables.SCHEMA, broker.storage.tables.SCHEMA, gateway.storage.tables.SCHEMA)
ADDRESSES = (PHONE, f"whatsapp:{PHONE}", f"sms:{PHONE}")
Counts = dict[str, dict[str, int]]


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """One business with many customers, each with messages and appointments."""
    opened = Database(database_url)
    for schema in SCHEMAS:
        await migrate(opened, schema)
    await fill(opened)
    yield opened
    await opened.close()


async def forget(database: Database, *, dry_run: bool) -> Counts:
    """All that the command does to databases."""
    found = await GatewayErasure(database).addresses([BUSINESS.id], PHONE)
    assert found <= {f"sms:{PHONE}"}
    pairs = [(address, conversation_id(BUSINESS.id, address)) for address in ADDRESSES]
    return {
        "gateway": await GatewayErasure(database).customer([BUSINESS.id], ADDRESSES, dry_run=dry_run),
        "agenda": await AgendaErasure(database).customer([BUSINESS], ADDRESSES, PHONE, NOW, dry_run=dry_run),
        "broker": await erase_customer(database, BUSINESS, pairs, dry_run=dry_run),
    }


async def contents(database: Database) -> list[Any]:
    """Every row of every table."""
    async with database.read() as connection:
        tables = [table for schema in SCHEMAS for table in schema.metadata.sorted_tables]
        return [sorted(map(str, (await connection.execute(select(table))).all())) for table in tables]


async def test_a_dry_run_counts_what_is_erased_then_and_changes_nothing(database: Database) -> None:
    before = await contents(database)
    counted = await forget(database, dry_run=True)
    assert await contents(database) == before
    assert await forget(database, dry_run=False) == counted
    assert counted == {
        "gateway": {
            **dict.fromkeys(("inbox", "outbox", "turns", "shadows", "statuses", "handovers", "handover_messages"), 20),
            "conversations": 1,
            "due": 20,
            "opt_outs": 1,
        },
        "agenda": {"appointments": 20, "cancelled": 20, "appointment_cells": 0, "idempotency": 20},
        "broker": {"broker_counts": 1, "broker_writes": 20},
    }
    assert PHONE not in str(await contents(database))


async def test_no_statement_of_it_reads_what_is_of_others(database: Database) -> None:
    heard: list[tuple[str, Any]] = []

    @event.listens_for(database.engine.sync_engine, "before_cursor_execute")
    def hear(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        heard.append((statement, values))

    await forget(database, dry_run=True)
    event.remove(database.engine.sync_engine, "before_cursor_execute", hear)
    explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
    walked = []
    async with database.read() as connection:
        if not database.is_sqlite:  # as they are with so many more rows that reading them all is dear
            await connection.execute(text("SET LOCAL enable_seqscan = off"))
        for statement, values in heard:
            if " WHERE " in " ".join(statement.split()):
                plan = [str(row[-1]) for row in await connection.exec_driver_sql(explain + statement, values)]
                walked += [(step, statement) for step in plan if walks(step)]
    assert walked == []


def walks(step: str) -> bool:
    """Whether a step of a plan reads a whole table, or all of a business's rows."""
    by_business_alone = step.endswith("(workspace_id=?)") or step.strip().startswith(
        "Index Cond: ((workspace_id)::text ="
    )
    return step.startswith("SCAN ") or "Seq Scan" in step or (by_business_alone and " AND " not in step)
