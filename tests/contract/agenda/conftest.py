from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from runtime.database import sqlite_url
from tests.contract.agenda.databases import postgres, postgres_is_installed
from tests.contract.agenda.running import Running, running


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    if not postgres_is_installed():
        pytest.skip("PostgreSQL is not installed here")
    with postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database; tests that take it run on each kind."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path, "agenda")
    server: str = request.getfixturevalue("postgres_server")
    engine = create_async_engine(server)
    async with engine.begin() as connection:
        await connection.execute(text("DROP TABLE IF EXISTS appointment_cells, appointments, idempotency"))
    await engine.dispose()
    return server


@pytest.fixture
async def agenda(tmp_path: Path) -> AsyncIterator[Running]:
    """A running agenda on SQLite."""
    async with running(sqlite_url(tmp_path, "agenda")) as one:
        yield one


@pytest.fixture
async def each_agenda(database_url: str) -> AsyncIterator[Running]:
    """A running agenda on each kind of database."""
    async with running(database_url) as one:
        yield one
