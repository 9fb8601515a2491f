"""Units of the gateway's work on PostgreSQL, directly and through a pooler: a message claimed, and its reply stored.

One process, as a gateway is one. The ways take turns, so that a machine's moods meet all of them alike.
"""

import asyncio
import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gateway.domain.message import Finished, Message
from gateway.domain.turn_types import Reply, TurnRecord
from gateway.storage.store import ConversationStore
from gateway.storage.tables import SCHEMA
from runtime.data.database import Database
from runtime.data.migrations import migrate
from runtime.settings import Pool
from tests import databases, poolers

ROUNDS = 4
SERVER_CONNECTIONS = 7
"""Of the pooler's, as in k8s/components/pooler-url."""
_numbers = itertools.count()


@dataclass
class Way:
    """One way to the database, and what came of it."""

    name: str
    pool: Pool
    pooled: bool
    at_once: int
    taken_ms: list[float] = field(default_factory=list)
    seconds: float = 0.0
    cpu_s: float = 0.0

    def cpu_ms(self) -> float:
        """Processor time of this process for a unit, in milliseconds: what a busy machine changes least."""
        return 1000 * self.cpu_s / len(self.taken_ms) if self.taken_ms else 0.0

    def rate(self) -> float:
        """Units a second."""
        return len(self.taken_ms) / self.seconds if self.seconds else 0.0


def ways() -> list[Way]:
    """What is compared."""
    pools = [(pooled, size) for size in (4, 10) for pooled in (False, True)]
    return [
        Way(
            f"{'pooled' if pooled else 'direct'}, pool of {size}, {at_once} at once",
            Pool(size, "transaction" if pooled else "none"),
            pooled,
            at_once,
        )
        for at_once in (1, 8, 32)
        for pooled, size in pools
    ]


async def measure(seconds: float) -> Sequence[Way]:
    """Each way for so many seconds in all."""
    compared = ways()
    with (
        databases.postgres() as server,
        databases.fresh_database(server) as url,
        poolers.pooler(url, SERVER_CONNECTIONS) as pooler,
    ):
        for _ in range(ROUNDS):
            for way in compared:
                await run(way, pooler.url(url) if way.pooled else url, seconds / ROUNDS)
    return compared


async def run(way: Way, url: str, seconds: float) -> None:
    """One way for a while, after some units that do not count."""
    database = Database(url, pool=way.pool)
    store = ConversationStore(database, way.name, 15)
    await migrate(database, SCHEMA)
    await asyncio.gather(*(unit(store) for _ in range(way.at_once)))
    began, cpu = time.perf_counter(), time.process_time()

    async def keep() -> None:
        while time.perf_counter() - began < seconds:
            way.taken_ms.append(await unit(store))

    await asyncio.gather(*(keep() for _ in range(way.at_once)))
    way.seconds += time.perf_counter() - began
    way.cpu_s += time.process_time() - cpu
    await database.close()


async def unit(store: ConversationStore) -> float:
    """One message by somebody new. Milliseconds that it took."""
    number, began = next(_numbers), time.perf_counter()
    message = Message("salon", f"whatsapp:+54911{number:08}", f"SM{number}", "hola", datetime.now(UTC))
    claim = await store.claim(message)
    record = TurnRecord(f"turn-{number}", message.workspace_id, "legacy", "ok")
    assert await store.finish(Finished(claim, Reply("hola"), record, True, claim.lease))
    return (time.perf_counter() - began) * 1000
