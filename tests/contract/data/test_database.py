"""What a service says of its database, on each kind of database."""

import asyncio
from contextlib import AsyncExitStack
from urllib.parse import urlsplit

import pytest
from sqlalchemy import MetaData, func, select, update
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from runtime.data import probe
from runtime.data.database import Database
from runtime.data.probe import PostgresProbe, probe_table
from runtime.settings import Pool
from tests.databases import query


async def test_a_database_that_is_busy_is_still_up(database_url: str) -> None:
    database = Database(database_url, pool=Pool(3))
    async with AsyncExitStack() as busy:
        for _ in range(3):
            await busy.enter_async_context(database.engine.connect())
        async with asyncio.timeout(60):
            assert await database.is_up()
            assert all(await asyncio.gather(*(database.is_up() for _ in range(20))))
    await database.close()


async def test_a_database_that_is_gone_is_not_up(postgres_url: str) -> None:
    database = Database(urlsplit(postgres_url)._replace(netloc="pulpo@127.0.0.1:9").geturl())
    assert not await database.is_up()
    await database.close()


METADATA = MetaData()
PROBE = probe_table("test", METADATA)


async def probed(url: str) -> Database:
    """A database that has the probe's table."""
    database = Database(url, PROBE)
    async with database.write() as connection:
        await connection.run_sync(METADATA.create_all)
    return database


async def test_a_database_is_up_when_it_keeps_a_row(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "EVERY_S", 0.0)
    database = await probed(database_url)
    assert all([await database.is_up() for _ in range(10)])
    async with database.read() as connection:
        assert await connection.scalar(select(func.count()).select_from(PROBE)) == 1
    await database.close()


async def test_a_server_that_only_reads_is_not_up(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that follows another answers the same."""
    monkeypatch.setattr(probe, "AGAIN_S", 0.0)
    database = await probed(postgres_url)
    monkeypatch.setattr(probe, "EVERY_S", 0.0)
    assert isinstance(database._probe, PostgresProbe)
    monkeypatch.setattr(database._probe._kept, "every_s", 0.0)
    assert await database.is_up()
    await database._asking.dispose()
    name = make_url(postgres_url).database
    query(postgres_url, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    assert not await database.is_up()
    query(postgres_url.replace(f"/{name}", "/postgres"), f"ALTER DATABASE {name} RESET default_transaction_read_only")
    await database._asking.dispose()
    assert await database.is_up()
    await database.close()


async def test_a_look_that_takes_long_or_finds_no_server_leaves_the_last_answer_for_a_while(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "AGAIN_S", 0.0)
    database = await probed(postgres_url)
    assert isinstance(database._probe, PostgresProbe)
    kept = database._probe._kept
    monkeypatch.setattr(kept, "every_s", 0.0)
    async with asyncio.timeout(30):
        while not await database.is_up():
            pass
    async with database._asking.connect():  # the look waits for its connection
        monkeypatch.setattr(probe, "WAIT_S", 0.01)
        assert await database.is_up()
        monkeypatch.setattr(kept, "_patience_s", 0.0)
        assert not await database.is_up()
    monkeypatch.setattr(kept, "_patience_s", 60.0)
    monkeypatch.setattr(probe, "WAIT_S", 30.0)
    assert await database.is_up()
    monkeypatch.setattr(database._probe, "_engine", create_async_engine("postgresql+asyncpg://pulpo@127.0.0.1:9/x"))
    assert await database.is_up()
    assert kept._unsure_since is not None
    monkeypatch.setattr(kept, "_patience_s", 0.0)
    assert not await database.is_up()
    await database.close()


async def test_a_replica_that_stopped_while_it_wrote_its_row_takes_no_other_along(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "EVERY_S", 0.0)
    database = await probed(postgres_url)
    assert await database.is_up()
    async with database.write() as other:
        await other.execute(update(PROBE).values(at=0.0))
        assert await database.is_up()
        assert await database.is_up()
    await database.close()
