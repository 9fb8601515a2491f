"""What stays on record of customers who were forgotten, on each kind of database."""

import json
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from gateway.storage.erasure import BEGUN, DONE, INCOMPLETE, ErasureLog
from gateway.storage.tables import SCHEMA, erasures
from runtime.data.database import Database
from runtime.data.migrations import migrate


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The gateway's tables."""
    opened = Database(database_url)
    await migrate(opened, SCHEMA)
    yield opened
    await opened.close()


async def outcomes(database: Database) -> dict[str, tuple[str, str, str, dict[str, dict[str, int]], bool]]:
    """Who, reference, outcome, counts, and whether it has ended, by workspace."""
    async with database.read() as connection:
        rows = (await connection.execute(select(erasures))).all()
    return {
        row.workspace_id: (row.asked_by, row.reference, row.outcome, json.loads(row.counts), row.ended_at is not None)
        for row in rows
    }


async def test_an_erasure_is_on_record_from_its_beginning(database: Database) -> None:
    log = ErasureLog(database)
    rows = await log.begin(["salon", "vet"], "ops", "R-7")
    assert await outcomes(database) == {name: ("ops", "R-7", BEGUN, {}, False) for name in ("salon", "vet")}
    await log.end({rows["salon"]: {"gateway": {"inbox": 3}}}, DONE)
    await log.end({rows["vet"]: {}}, INCOMPLETE)
    assert await outcomes(database) == {
        "salon": ("ops", "R-7", DONE, {"gateway": {"inbox": 3}}, True),
        "vet": ("ops", "R-7", INCOMPLETE, {}, True),
    }


async def test_the_record_has_a_retention_of_its_own(database: Database) -> None:
    log = ErasureLog(database)
    await log.begin(["salon"], "ops", "")
    async with database.read() as connection:
        (at,) = (await connection.scalars(select(erasures.c.asked_at))).all()
    assert await log.drop_old(at) == 0
    assert await log.drop_old(at + 0.001) == 1
    assert await outcomes(database) == {}
