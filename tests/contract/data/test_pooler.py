"""Behind PgBouncer in transaction mode: what the setting is for, that it is asked for, and that a pooler that
restarts costs nothing that was promised. The stores' own tests marked `pooler` run behind it as well."""

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from agenda.storage.tables import SCHEMA as AGENDA
from gateway.domain.message import ClaimStatus, Message
from gateway.storage.store import ConversationStore
from gateway.storage.tables import SCHEMA, inbox
from runtime.data.database import Database
from runtime.data.migrations import migrate, prepare
from runtime.errors import PulpoError
from runtime.settings import Pool
from tests import poolers
from tests.contract.agenda.rows import check_rows
from tests.contract.agenda.running import running
from tests.databases import query

TOLD = Pool(pooler="transaction")
FIRST = Message("salon", "whatsapp:+5491155551234", "SM1", "hola", datetime(2026, 3, 11, 13, tzinfo=UTC))
UNITS = 120


@pytest.fixture
async def told(postgres_url: str, pooled_url: str) -> AsyncIterator[Database]:
    """The gateway's tables by way of a pooler that the settings name; migrated directly."""
    direct = Database(postgres_url)
    await migrate(direct, SCHEMA)
    await direct.close()
    database = Database(pooled_url, pool=TOLD)
    yield database
    await database.close()


async def units(databases: list[Database]) -> Counter[str]:
    """Many units of work at once over several processes' connections, by outcome."""

    async def unit(number: int) -> str:
        database = databases[number % len(databases)]
        try:
            async with database.write() as connection:
                query_ = select(inbox.c.message_id).where(inbox.c.message_id == f"SM{number}").limit(number % 9 + 1)
                await connection.execute(query_)
                await connection.execute(select(inbox.c.text, inbox.c.reply).where(inbox.c.seq == number))
        except (SQLAlchemyError, OSError):
            return "failed"
        return "done"

    return Counter(await asyncio.gather(*(unit(number) for number in range(UNITS))))


async def test_the_setting_is_what_makes_work_succeed(told: Database, pooled_url: str) -> None:
    others = [Database(pooled_url, pool=TOLD) for _ in range(3)]
    assert await units([told, *others]) == {"done": UNITS}
    untold = [Database(pooled_url) for _ in range(4)]
    assert (await units(untold))["failed"] > 0, "then the setting is not needed any more"
    for database in (*others, *untold):
        await database.close()


async def test_nothing_that_was_prepared_stays_behind(told: Database, pooled_url: str) -> None:
    assert await units([told]) == {"done": UNITS}
    for _ in range(poolers.SERVER_CONNECTIONS):
        assert query(pooled_url, "SELECT name FROM pg_prepared_statements") == []


async def test_a_pooler_that_the_settings_do_not_name_is_refused(told: Database, pooled_url: str) -> None:
    await prepare(told, SCHEMA, migrates=False)
    untold = Database(pooled_url)
    with pytest.raises(PulpoError, match="set PULPO_DATABASE_POOLER to its mode") as refused:
        await prepare(untold, SCHEMA, migrates=False)
    assert refused.value.reason == "POOLER_NOT_NAMED"
    assert await untold.is_up(), "whether it answers is another question"
    await untold.close()


async def test_a_server_without_a_pooler_is_taken(database_url: str) -> None:
    database = Database(database_url)
    await database.refuse_unknown_pooler()
    await database.close()


async def test_replicas_migrate_once_behind_it_too(pooled_url: str) -> None:
    replicas = [Database(pooled_url, pool=TOLD) for _ in range(6)]
    results = await asyncio.gather(*(migrate(replica, SCHEMA) for replica in replicas))
    assert sorted(results) == [("", SCHEMA.head())] + [(SCHEMA.head(), SCHEMA.head())] * 5
    for replica in replicas:
        await replica.close()


class Customers:
    """Who write while a pooler restarts, every message again until it is taken."""

    def __init__(self, stores: list[ConversationStore]) -> None:
        self._stores = stores
        self.acknowledged: set[str] = set()
        self.refused: list[str] = []
        self.many, self.restarted = asyncio.Event(), asyncio.Event()

    async def write(self, number: int) -> None:
        """One customer's messages, until they have written on for a while after the restart."""
        after = 0
        while after < 5:
            message_id = f"SM{number}-{len(self.acknowledged)}"
            message = replace(FIRST, address=f"whatsapp:+54911{number:08}", message_id=message_id)
            after += self.restarted.is_set()
            if await self._taken(number, message):
                self.acknowledged.add(message_id)
            if len(self.acknowledged) >= 60:
                self.many.set()

    async def _taken(self, number: int, message: Message) -> bool:
        """Whether a message was acknowledged, tried until the database answers again."""
        while True:
            try:
                claim = await self._stores[number % len(self._stores)].claim(message)
            except PulpoError as error:
                self.refused.append(error.reason)
                await self.restarted.wait()  # whoever sends comes again
            else:
                return claim.status is not ClaimStatus.DONE


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
async def test_a_restart_loses_no_message_that_was_acknowledged(
    postgres_url: str, pooler: poolers.Pooler, how: signal.Signals
) -> None:
    with poolers.pooler(postgres_url) as restarting:
        databases = [Database(restarting.url(postgres_url), pool=TOLD) for _ in range(3)]
        await migrate(databases[0], SCHEMA)
        customers = Customers(
            [ConversationStore(each, f"replica-{number}", 15) for number, each in enumerate(databases)]
        )

        async def restart() -> None:
            await customers.many.wait()
            await asyncio.to_thread(restarting.stop, how)
            await asyncio.to_thread(restarting.start)
            customers.restarted.set()

        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            group.create_task(restart())
            for number in range(8):
                group.create_task(customers.write(number))
        assert all(await asyncio.gather(*(database.is_up() for database in databases)))
        for database in databases:
            await database.close()
    kept = {row["message_id"] for row in query(postgres_url, "SELECT message_id FROM inbox")}
    assert customers.acknowledged - kept == set()
    assert len(customers.acknowledged) >= 60 + 8
    assert set(customers.refused) <= {"DATABASE_UNAVAILABLE"}


async def test_bookings_over_a_restart_are_made_once(postgres_url: str, pooler: poolers.Pooler) -> None:
    with poolers.pooler(postgres_url) as restarting:
        url = restarting.url(postgres_url)
        direct = Database(postgres_url)
        await migrate(direct, AGENDA)
        await direct.close()
        async with running(url) as one, running(url) as other:
            first = await one.book("Barba", "2026-03-12", "09:00", customer="c0", idempotency_key="k0")
            await asyncio.to_thread(restarting.stop, signal.SIGTERM)
            lost = [server.result("cancel_appointment", {"booking_id": first["booking_id"]}) for server in (one, other)]
            assert all(result.is_error for result in await asyncio.gather(*lost))
            await asyncio.to_thread(restarting.start)
            again = await other.book("Barba", "2026-03-12", "09:00", customer="c0", idempotency_key="k0")
        assert again["booking_id"] == first["booking_id"]
        assert len(await check_rows(postgres_url)) == 1
