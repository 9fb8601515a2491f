from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from runtime.data.database import sqlite_url
from tests.contract.agenda.running import Running, running


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
