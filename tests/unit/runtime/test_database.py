"""One way to a database."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, event, insert, select
from sqlalchemy.util import await_only

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


async def test_writers_in_line_take_turns_and_leave_connections_to_readers(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path, "test"))
    done: list[int] = []
    first_writes, may_end = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with database.write():
            first_writes.set()
            await may_end.wait()

    async def write(number: int) -> None:
        async with database.write():
            done.append(number)

    async with asyncio.TaskGroup() as group:
        group.create_task(first())
        await first_writes.wait()
        for number in range(40):
            group.create_task(write(number))
        async with asyncio.timeout(20):
            assert await database.is_up()
        may_end.set()
    assert done == list(range(40))
    await database.close()


async def test_it_says_whether_it_is_up(tmp_path: Path) -> None:
    database = await make(tmp_path)
    assert await database.is_up()
    await database.close()
    broken = Database(f"sqlite+aiosqlite:///{tmp_path}")
    assert not await broken.is_up()
    await broken.close()


async def test_a_file_that_somebody_else_makes_at_the_same_moment_is_waited_for(tmp_path: Path) -> None:
    """SQLite itself does not wait when a file that somebody writes is switched to WAL."""
    database, tries = Database(sqlite_url(tmp_path, "test")), []
    with closing(sqlite3.connect(tmp_path / "test.db", isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")

        def on_statement(statement: str) -> None:
            tries.append(statement)
            if tries.count("PRAGMA journal_mode=WAL") == 3:
                other.execute("ROLLBACK")

        def on_connect(connection: Any, _record: Any) -> None:
            await_only(connection.driver_connection.set_trace_callback(on_statement))

        event.listen(database.engine.sync_engine, "connect", on_connect, insert=True)
        async with database.write() as connection:
            await connection.run_sync(METADATA.create_all)
    await database.close()
    assert tries.count("PRAGMA journal_mode=WAL") >= 3


@pytest.mark.parametrize("url", ["mysql://x/y", "postgresql://user:secret@h/d", "secret nonsense"])
def test_another_kind_of_database_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(PulpoError, match="DATABASE_URL") as refused:
        Database(url)
    assert "secret" not in str(refused.value)
