"""What a service says of its database, on each kind of database."""

import asyncio
from contextlib import AsyncExitStack
from urllib.parse import urlsplit

from runtime.database import CONNECTIONS, Database


async def test_a_database_that_is_busy_is_still_up(database_url: str) -> None:
    database = Database(database_url)
    async with AsyncExitStack() as busy:
        for _ in range(CONNECTIONS):
            await busy.enter_async_context(database.engine.connect())
        async with asyncio.timeout(10):
            assert await database.is_up()
            assert all(await asyncio.gather(*(database.is_up() for _ in range(20))))
    await database.close()


async def test_a_database_that_is_gone_is_not_up(postgres_url: str) -> None:
    database = Database(urlsplit(postgres_url)._replace(netloc="pulpo@127.0.0.1:9").geturl())
    assert not await database.is_up()
    await database.close()
