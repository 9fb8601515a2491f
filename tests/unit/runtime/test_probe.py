"""One look for all who ask, and what SQLite is made to do in it."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import MetaData, text
from sqlalchemy.exc import OperationalError

from runtime.data import probe
from runtime.data.database import Database, sqlite_url
from runtime.data.probe import Kept, SqliteProbe, probe_table, tells_of_damage

METADATA = MetaData()
PROBE = probe_table("test", METADATA)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """Has the probe's table."""
    opened = Database(sqlite_url(tmp_path, "test"), PROBE)
    async with opened.write() as connection:
        await connection.run_sync(METADATA.create_all)
    yield opened
    await opened.close()


def on_file(tmp_path: Path) -> "closing[sqlite3.Connection]":
    return closing(sqlite3.connect(tmp_path / "test.db", isolation_level=None))


@pytest.fixture
def _eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every question has a look of its own."""
    monkeypatch.setattr(probe, "EVERY_S", 0.0)
    monkeypatch.setattr(probe, "AGAIN_S", 0.0)


@pytest.mark.parametrize("found", [True, False])
async def test_all_who_ask_share_one_look(found: bool) -> None:
    looks = 0

    async def look() -> bool:
        nonlocal looks
        looks += 1
        await asyncio.sleep(0)
        return found

    kept = Kept(look, 30.0, first=False)
    assert set(await asyncio.gather(*(kept.answer() for _ in range(100)))) == {found}
    assert {await kept.answer() for _ in range(100)} == {found}
    assert looks == 1


@pytest.mark.usefixtures("_eager")
async def test_a_look_that_cannot_tell_leaves_the_last_answer_for_a_while() -> None:
    says: list[bool | None] = [True, None, None, True, None, False, None]

    async def look() -> bool | None:
        return says.pop(0)

    patient = Kept(look, 30.0, first=False)
    patient.every_s = 0.0
    assert [await patient.answer() for _ in range(7)] == [True, True, True, True, True, False, False]
    says += [True, None, True]
    short = Kept(look, 0.0, first=False)
    short.every_s = 0.0
    assert [await short.answer() for _ in range(3)] == [True, False, True]


async def test_who_asks_waits_only_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "WAIT_S", 0.01)
    may_end = asyncio.Event()

    async def look() -> bool:
        return await may_end.wait()

    kept = Kept(look, 30.0, first=False)
    assert not await kept.answer()
    may_end.set()
    assert await kept.answer(), "the same look"
    await kept.close()


async def test_a_look_under_way_ends_when_it_is_closed() -> None:
    kept = Kept(asyncio.Event().wait, 30.0, first=False)
    asking = asyncio.create_task(kept.answer())
    await asyncio.sleep(0)
    await kept.close()
    assert not await asking


@pytest.mark.usefixtures("_eager")
async def test_it_really_writes_and_the_database_does_not_grow(database: Database, tmp_path: Path) -> None:
    assert await database.is_up()
    with on_file(tmp_path) as file:
        ask = "SELECT id, at, length(filling), (SELECT page_count FROM pragma_page_count) FROM test_probe"
        (first,) = file.execute(ask).fetchall()
        for _ in range(20):
            assert await database.is_up()
        (last,) = file.execute(ask).fetchall()
    assert last[1] > first[1]
    assert (first[0], first[2]) == (1, probe.FILLING_BYTES)
    assert first[2:] == last[2:]


@pytest.mark.usefixtures("_eager")
async def test_another_writer_is_no_reason_to_be_down_but_for_ever_is(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "WAIT_S", 0.05)
    async with asyncio.timeout(30):
        while not await database.is_up():
            pass
    with on_file(tmp_path) as other:
        other.execute("BEGIN IMMEDIATE")
        assert await database.is_up()
        assert await database.is_up()
        assert isinstance(database._probe, SqliteProbe)
        monkeypatch.setattr(database._probe._kept, "_patience_s", 0.0)
        assert not await database.is_up()


@pytest.mark.usefixtures("_eager")
async def test_a_table_or_a_file_that_is_gone_is_down(database: Database, tmp_path: Path) -> None:
    assert await database.is_up()
    with on_file(tmp_path) as file:
        file.execute("DROP TABLE test_probe")
        assert not await database.is_up()
        file.execute("CREATE TABLE test_probe (id INTEGER PRIMARY KEY, at FLOAT, filling BLOB)")
        assert await database.is_up()
    tmp_path.joinpath("test.db").rename(tmp_path / "elsewhere.db")
    assert not await database.is_up()
    assert not tmp_path.joinpath("test.db").exists(), "nor is it made anew"


async def test_an_error_of_the_work_that_tells_of_damage_has_the_next_look_at_once(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "EVERY_S", 3_600.0)
    assert await database.is_up()
    with on_file(tmp_path) as file:
        file.execute("DROP TABLE test_probe")
    assert await database.is_up(), "what was found lately counts"
    monkeypatch.setattr(probe, "AGAIN_S", 0.0)
    assert isinstance(database._probe, SqliteProbe)
    database._probe._kept.every_s = 0.0  # or a twentieth of an hour is waited for

    async def fill() -> None:
        async with database.write() as connection:
            await connection.execute(text("PRAGMA max_page_count = 1"))
            await connection.execute(text("CREATE TABLE large AS SELECT zeroblob(100000) AS filling"))

    with pytest.raises(OperationalError, match="full"):
        await fill()
    assert not await database.is_up()


@pytest.mark.parametrize(
    ("name", "tells"),
    [
        ("SQLITE_FULL", True),
        ("SQLITE_CORRUPT_INDEX", True),
        ("SQLITE_NOTADB", True),
        ("SQLITE_IOERR_WRITE", True),
        ("SQLITE_READONLY_DBMOVED", True),
        ("SQLITE_CANTOPEN", True),
        ("SQLITE_BUSY_SNAPSHOT", False),
        ("SQLITE_CONSTRAINT_UNIQUE", False),
    ],
)
def test_which_errors_tell_of_damage(name: str, tells: bool) -> None:
    error = sqlite3.OperationalError()
    error.sqlite_errorcode = getattr(sqlite3, name)
    assert tells_of_damage(error) is tells
    assert not tells_of_damage(ValueError())
    assert not tells_of_damage(None)
