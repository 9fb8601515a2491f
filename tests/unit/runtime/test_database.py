"""One way to a database."""

import asyncio
import os
import random
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, event, insert, select
from sqlalchemy.util import await_only

from runtime.data.database import REWRITTEN_BYTES, Database, sqlite_url
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


def files(tmp_path: Path) -> list[str]:
    return [file.name for file in tmp_path.iterdir()]


def left(tmp_path: Path, texts: list[str]) -> list[str]:
    """Which texts are somewhere in the database's files."""
    there = b"".join(file.read_bytes() for file in tmp_path.glob("test.db*"))
    return [text for text in texts if text.encode() in there]


@pytest.fixture
async def forgetful(tmp_path: Path) -> AsyncIterator[tuple[Database, list[str], list[str]]]:
    """A database in use whose rows moved about before half of them was emptied; the texts erased, the texts kept."""
    database, chance = Database(sqlite_url(tmp_path, "test")), random.Random(7)
    texts = [f"secret{number:04}{chance.getrandbits(64):016x}" for number in range(2_000)]
    keys = [f"{chance.getrandbits(64):016x}" for _ in texts]
    async with database.write() as connection:
        await connection.exec_driver_sql("CREATE TABLE texts (id TEXT PRIMARY KEY, text TEXT, more TEXT)")
        await connection.exec_driver_sql("CREATE INDEX texts_by_text ON texts (text)")
        for key, text in zip(keys, texts, strict=True):
            await connection.exec_driver_sql("INSERT INTO texts VALUES (?, ?, ?)", (key, text, text * 3))
            if chance.random() < 0.2:
                change = ("x" * chance.randrange(500), chance.choice(keys))
                await connection.exec_driver_sql("UPDATE texts SET more = more || ? WHERE id = ?", change)
    async with database.write() as connection:
        for key in keys[::2]:
            await connection.exec_driver_sql("UPDATE texts SET text = '', more = '' WHERE id = ?", (key,))
    yield database, texts[::2], texts[1::2]
    await database.close()


async def test_what_was_erased_is_in_no_file_while_the_database_is_in_use(
    tmp_path: Path, forgetful: tuple[Database, list[str], list[str]]
) -> None:
    database, erased, kept = forgetful
    assert left(tmp_path, erased), "it is in the log of changes at least"
    assert await database.scrub()
    assert left(tmp_path, erased) == []
    assert left(tmp_path, kept) == kept


async def test_a_file_that_is_too_large_is_not_rewritten_and_that_is_said(
    tmp_path: Path, forgetful: tuple[Database, list[str], list[str]]
) -> None:
    database, _, _ = forgetful
    assert not await database.scrub(1_000)
    assert tmp_path.joinpath("test.db-wal").stat().st_size == 0, "but the log is emptied"
    assert await database.scrub(0), "nothing was to be rewritten"


async def test_only_a_file_that_is_soon_rewritten_is_rewritten_while_customers_write(
    tmp_path: Path, forgetful: tuple[Database, list[str], list[str]]
) -> None:
    database, _, _ = forgetful
    assert await database.scrub(REWRITTEN_BYTES)
    os.truncate(tmp_path / "test.db", 65 * 2**20)  # SQLite goes by the number of pages in the file's head
    assert not await database.scrub(REWRITTEN_BYTES)
    assert await database.scrub()


async def test_what_is_erased_is_overwritten_in_its_place(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path, "test"))
    async with database.write() as connection:
        await connection.exec_driver_sql("CREATE TABLE texts (text TEXT)")
        await connection.exec_driver_sql("INSERT INTO texts VALUES ('a secret'), ('another')")
    assert await database.scrub(0)
    assert left(tmp_path, ["a secret", "another"]) == ["a secret", "another"]
    async with database.write() as connection:
        await connection.exec_driver_sql("DELETE FROM texts WHERE text = 'a secret'")
    assert await database.scrub(0)
    assert left(tmp_path, ["a secret", "another"]) == ["another"]
    await database.close()


async def test_a_file_that_is_not_there_is_neither_scrubbed_nor_made(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path, "test"))
    assert not await database.scrub()
    await database.close()
    assert files(tmp_path) == []


@pytest.mark.timeout(60)
async def test_a_file_that_somebody_reads_for_long_is_scrubbed_later(
    tmp_path: Path, forgetful: tuple[Database, list[str], list[str]]
) -> None:
    database, erased, _ = forgetful
    with closing(sqlite3.connect(tmp_path / "test.db", isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM texts").fetchone()
        assert not await database.scrub()
        other.execute("ROLLBACK")
    assert await database.scrub()
    assert left(tmp_path, erased) == []
