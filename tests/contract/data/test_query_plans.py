"""No statement of gateway and broker reads a whole table: what a turn costs does not grow with what is stored."""

import re
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

import broker.storage.store
from broker.domain.writes import StoredState, Write
from broker.policy.limits import Counted, Window
from gateway.domain.outgoing import Outgoing, Step
from gateway.storage.erasure import Erasure
from gateway.storage.outbox import Outbox
from gateway.storage.store import ConversationStore
from runtime.data.database import Database, sqlite_url
from tests.contract.gateway.fakes import NOW, SALON, STATUS, callback, new_sid
from tests.contract.gateway.twilio_stub import twilio
from tests.contract.gateway_edge.test_outbox import ANA, as_stored, by_rest, late, until

GROWING = (
    "broker_counts",
    "broker_writes",
    "conversations",
    "inbox",
    "outbox",
    "statuses",
    "turns",
    "handover_messages",
    "due",
    "people_acts",
    "opt_outs",
)
SCAN = re.compile(rf"SCAN ({'|'.join(GROWING)})\b")
Statement = tuple[str, Any]


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Statement]]:
    """All that is said to databases meanwhile."""
    heard: list[Statement] = []
    begin = Database._connect

    def heard_too(database: Database) -> sqlite3.Connection:
        connection = begin(database)
        connection.set_trace_callback(lambda statement: heard.append((statement, ())))
        return connection

    monkeypatch.setattr(Database, "_connect", heard_too)

    def hear(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        heard.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", hear)
    yield heard
    event.remove(Engine, "before_cursor_execute", hear)


def scans(file: Path, statements: list[Statement]) -> set[str]:
    """The statements that read a whole table, with SQLite's plan for it."""
    assert statements
    found = set()
    with closing(sqlite3.connect(file)) as connection:
        for statement, parameters in statements:
            if statement.split()[0] not in ("SELECT", "UPDATE", "DELETE", "INSERT"):
                continue
            plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            found |= {f"{step}: {statement}" for step in plan if SCAN.search(step)}
    return found


async def test_the_gateway_reads_no_whole_table(tmp_path: Path, statements: list[Statement]) -> None:
    async with twilio() as stub, by_rest(tmp_path, stub) as mesh:
        sid = new_sid()
        await late(mesh, sid=sid)
        await until(lambda: stub.accepted, "Twilio has the reply")
        assert await mesh.say("hola", sid=sid) == ""
        assert (await mesh.post(callback(stub.accepted[0]["sid"], "read"), STATUS)).status_code == 204
        await mesh.gateway.store.unanswered()
    await leases(tmp_path)
    await looks(tmp_path)
    await erasures(tmp_path)
    found = scans(tmp_path / "gateway.db", statements)
    assert not found, "\n".join(sorted(found))


async def test_the_broker_reads_no_whole_table(tmp_path: Path, statements: list[Statement]) -> None:
    minute = [Window(f"window {number}", 60, 10) for number in range(3)]
    counted = Counted(tuple(minute), Window("turn", 60, 1), Window("conversation", 60, 10))
    async with opened(tmp_path, "broker") as database:
        store = broker.storage.store.BrokerStore(database, NOW.timestamp)
        await store.prepare()
        write = Write("key", 1, "estudio-pulpo", "book_appointment", "conversation:hash")
        await store.admit(counted, write)
        await store.close_write(write)
        await store.look(counted, "key")
        await store.finish("key", StoredState.DONE)
        await store.add(minute[0])
        assert not await store.is_full(minute[0])
    found = scans(tmp_path / "broker.db", statements)
    assert not found, "\n".join(sorted(found))


async def leases(folder: Path) -> None:
    """Messages are taken, kept, and taken over from a process that is gone."""
    async with opened(folder, "gateway") as database:
        one, two = (ConversationStore(database, owner, 0.001, deliver_async=True) for owner in ("one", "two"))
        claims = [await one.claim(as_stored("hola")) for _ in range(3)]
        await one.acquire(claims[1])
        await one.renew([(claim.message.workspace_id, claim.message.message_id) for claim in claims])
        await one.acknowledge(claims[0].message.workspace_id, claims[0].message.message_id)
        await until(two.orphans, "the leases have ended")
        for orphan in await two.orphans():
            await two.adopt(orphan)


async def looks(folder: Path) -> None:
    """A reply that may have left is told from others."""
    sought = Outgoing("1", Step.LOOK, "estudio-pulpo", f"whatsapp:{ANA}", SALON, "Hola", 0, 0, 1000.0, 1000.0, 1000.0)
    async with opened(folder, "gateway") as database:
        box = Outbox(database, "one", 1)
        await box.accounted(sought)
        await box.witnesses(0)


async def erasures(folder: Path) -> None:
    """What is old is erased, and a customer."""
    async with opened(folder, "gateway") as database:
        erasure = Erasure(database)
        await erasure.old("estudio-pulpo", NOW.timestamp() + 1)
        addresses = await erasure.addresses(["estudio-pulpo"], ANA)
        await erasure.customer(["estudio-pulpo"], addresses)


@asynccontextmanager
async def opened(folder: Path, name: str) -> AsyncIterator[Database]:
    """A service's database."""
    database = Database(sqlite_url(folder, name))
    try:
        yield database
    finally:
        await database.close()
