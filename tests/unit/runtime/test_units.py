"""Units of work, and the writer that commits those of callers who wait together at once."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from runtime.data.database import Database, sqlite_url
from runtime.data.sqlite_writer import SqliteWriter
from runtime.data.units import Statement, Unit, Work

ADD = Statement("INSERT INTO things (id, name) VALUES (:id, :name) RETURNING id")
NAMES = Statement("SELECT name FROM things ORDER BY id")


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database(sqlite_url(tmp_path, "test"))

    def tables(_now: float) -> Work[None]:
        yield Statement("CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT NOT NULL CHECK (name <> ''))")()

    await opened.run(tables)
    yield opened
    await opened.close()


def adding(number: int, name: str = "a", after: Exception | None = None) -> Unit[int]:
    def unit(_now: float) -> Work[int]:
        rows = yield ADD(id=number, name=name)
        if after:
            raise after
        found: int = rows[0].id
        return found

    return unit


def names(_now: float) -> Work[list[str]]:
    return [row.name for row in (yield NAMES())]


def test_a_statement_is_written_once_for_both() -> None:
    statement = Statement("SELECT id FROM t WHERE a = :a AND b < :b AND c > :b AND d = CAST(:a AS text)  FOR UPDATE")
    assert statement.sqlite == "SELECT id FROM t WHERE a = :a AND b < :b AND c > :b AND d = CAST(:a AS text)"
    assert statement.postgresql == (
        "SELECT id FROM t WHERE a = $1 AND b < $2 AND c > $3 AND d = CAST($4 AS text)  FOR UPDATE"
    )
    assert statement.ordered({"a": 1, "b": 2}) == (1, 2, 2, 1)


async def test_a_unit_returns_what_it_found(database: Database) -> None:
    assert await database.run(adding(7)) == 7
    assert await database.look(names) == ["a"]


async def test_a_unit_begins_at_the_time_of_its_clock(database: Database) -> None:
    def unit(now: float) -> Work[float]:
        yield NAMES()
        return now

    assert await database.run(unit, lambda: 12.5) == 12.5
    assert await database.look(unit, lambda: 12.5) == 12.5


async def test_one_that_fails_takes_back_its_own_and_nobody_elses(database: Database) -> None:
    units = [adding(1), adding(2, after=LookupError("no")), adding(3, name=""), adding(4)]
    found = await asyncio.gather(*map(database.run, units), return_exceptions=True)
    assert found[0] == 1
    assert isinstance(found[1], LookupError)
    assert isinstance(found[2], sqlite3.IntegrityError)
    assert found[3] == 4
    assert await database.look(names) == ["a", "a"]


async def test_callers_that_wait_together_share_a_commit(database: Database, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "test.db", isolation_level=None)) as other:
        seen: list[int] = []
        other.execute("BEGIN IMMEDIATE")  # so that the others gather
        first = asyncio.create_task(database.run(adding(0)))
        await asyncio.sleep(0.05)
        rest = [asyncio.create_task(database.run(adding(number))) for number in range(1, 20)]
        for task in rest:
            task.add_done_callback(lambda _: seen.append(other.execute("SELECT count(*) FROM things").fetchone()[0]))
        await asyncio.sleep(0.05)
        other.execute("ROLLBACK")
        await asyncio.gather(first, *rest)
        await asyncio.sleep(0)
    assert seen == [20] * 19, "all were stored when the first one was told"


async def test_nobody_is_told_yes_when_the_disk_is_full(database: Database) -> None:
    """SQLite then rolls back everything, and what is executed next would be committed alone."""

    def limit(_now: float) -> Work[None]:
        yield Statement("CREATE TABLE plain (text)")()
        used = yield Statement("PRAGMA page_count")()
        yield Statement(f"PRAGMA max_page_count={used[0].page_count}")()

    def large(_now: float) -> Work[None]:
        yield Statement("INSERT INTO plain (text) VALUES (:text)")(text="x" * 100_000)

    await database.run(limit)
    units: list[Unit[Any]] = [adding(1), large, adding(3)]
    found = await asyncio.gather(*map(database.run, units), return_exceptions=True)
    assert [type(each) for each in found] == [sqlite3.OperationalError] * 3
    assert await database.look(names) == []
    assert await database.run(adding(4)) == 4, "the next one begins anew"


class FullAtItsEnd(sqlite3.Connection):
    """A connection on which every commit fails."""

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        if sql == "COMMIT":
            raise sqlite3.OperationalError("database or disk is full")
        return super().execute(sql, *values)


async def test_nobody_is_told_yes_when_the_commit_fails(database: Database, tmp_path: Path) -> None:
    heard: list[BaseException] = []

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(tmp_path / "test.db", isolation_level=None, factory=FullAtItsEnd)

    writer = SqliteWriter(connect, asyncio.Lock(), heard.append)
    running = (writer.run(adding(number), time.time) for number in range(3))
    found = await asyncio.gather(*running, return_exceptions=True)
    await writer.close()
    assert [str(each) for each in found] == ["database or disk is full"] * 3
    assert heard == found
    assert await database.look(names) == []
    assert await database.run(adding(1)) == 1, "nothing is left locked"


async def test_a_unit_that_reads_cannot_write(database: Database) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        await database.look(adding(1))
    assert await database.look(names) == []


async def test_a_unit_that_reads_sees_one_state_and_waits_for_no_writer(database: Database, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "test.db", isolation_level=None, check_same_thread=False)) as other:

        def twice(_now: float) -> Work[list[int]]:
            before = yield NAMES()
            other.execute("BEGIN IMMEDIATE")
            other.execute("INSERT INTO things (id, name) VALUES (1, 'a')")
            during = yield NAMES()
            other.execute("COMMIT")
            after = yield NAMES()
            return [len(before), len(during), len(after)]

        assert await database.look(twice) == [0, 0, 0]
    assert await database.look(names) == ["a"]


async def test_a_caller_that_goes_away_stops_nothing(database: Database) -> None:
    task = asyncio.create_task(database.run(adding(1)))
    await asyncio.sleep(0)
    task.cancel()
    assert await database.run(adding(2)) == 2
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await database.look(names) == ["a", "a"]


async def test_it_takes_turns_with_other_writers(database: Database) -> None:
    async with database.write():
        waiting = asyncio.create_task(database.run(adding(1)))
        await asyncio.sleep(0.02)
        assert not waiting.done()
    assert await waiting == 1


async def test_a_database_that_was_closed_opens_again(database: Database) -> None:
    await database.run(adding(1))
    await database.close()
    assert await database.run(adding(2)) == 2


async def test_a_file_that_is_none_is_an_error_until_it_is_mended(database: Database, tmp_path: Path) -> None:
    broken = Database(f"sqlite+aiosqlite:///{tmp_path}")
    for _ in range(2):
        with pytest.raises(sqlite3.OperationalError):
            await broken.run(adding(1))
    await broken.close()
