"""One way to a database."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, insert, select

from runtime.database import Database, sqlite_url
from runtime.errors import PulpoError

METADATA = MetaData()
THINGS = Table("things", METADATA, Column("id", Integer, primary_key=True))


async def make(tmp_path: Path) -> Database:
    database = Database(sqlite_url(tmp_path / "deep", "test"))
    async with database.write() as connection:
        await connection.run_sync(METADATA.create_all)
    return database


async def test_a_failed_transaction_leaves_nothing(tmp_path: Path) -> None:
    database = await make(tmp_path)

    async def fail_in_the_middle() -> None:
        async with database.write() as connection:
            await connection.execute(insert(THINGS).values(id=1))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail_in_the_middle()
    async with database.read() as connection:
        assert (await connection.execute(select(THINGS))).all() == []
    await database.close()


async def test_writers_wait_for_one_another(tmp_path: Path) -> None:
    database = await make(tmp_path)

    async def add(number: int) -> None:
        async with database.write() as connection:
            await connection.execute(select(THINGS))
            await connection.execute(insert(THINGS).values(id=number))

    await asyncio.gather(*(add(number) for number in range(30)))
    async with database.read() as connection:
        assert len((await connection.execute(select(THINGS))).all()) == 30
    await database.close()


async def test_it_says_whether_it_is_up(tmp_path: Path) -> None:
    database = await make(tmp_path)
    assert await database.is_up()
    await database.close()
    broken = Database(f"sqlite+aiosqlite:///{tmp_path}")
    assert not await broken.is_up()
    await broken.close()


def test_another_kind_of_database_is_refused() -> None:
    with pytest.raises(PulpoError, match="DATABASE_URL"):
        Database("mysql://x/y")
