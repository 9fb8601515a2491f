"""Limits hold across replicas on PostgreSQL as they do on SQLite."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from broker.domain.writes import StoredState, StoredWrite, Write
from broker.execution.ports import LimitedError
from broker.policy.limits import Counted, Window
from broker.storage.store import BrokerStore, DatabaseClock
from runtime.data.database import Database, sqlite_url
from tests.poolers import pool_for
from tests.unit.broker.builders import FakeClock

pytestmark = pytest.mark.pooler
CLOCK = FakeClock()
"""What time it is for all stores."""


@pytest.fixture
async def replicas(database_url: str) -> AsyncIterator[list[BrokerStore]]:
    """Three stores on one database."""
    databases = [Database(database_url, pool=pool_for(database_url)) for _ in range(3)]
    stores = [BrokerStore(database, CLOCK) for database in databases]
    CLOCK.now = 1_000_020.0
    await asyncio.gather(*(store.prepare() for store in stores))
    yield stores
    for store in stores:
        await store.close()


def where(turn: str, name: str) -> Counted:
    windows = (Window(f"tool:{name}", 60, 7), Window(f"space:{name}", 60, 100), Window(f"second:{name}", 1, 100))
    return Counted(windows, Window(f"turn:{name}:{turn}", 60, 1), Window(f"talk:{name}", 60, 100))


async def admitted(store: BrokerStore, counted: Counted) -> bool:
    try:
        await store.admit(counted)
    except LimitedError:
        return False
    return True


async def test_racing_calls_get_exactly_the_limit(replicas: list[BrokerStore]) -> None:
    calls = (admitted(replicas[n % 3], where(f"t{n % 5}", "race")) for n in range(40))
    assert sum(await asyncio.gather(*calls)) == 7
    assert await replicas[2].look(where("new", "race")) == (True, None)


async def test_at_a_boundary_the_replicas_still_let_no_more_pass(replicas: list[BrokerStore]) -> None:
    passed = []
    for seconds in (59.9, 0.2, 29.9, 30.0):
        CLOCK.now += seconds
        calls = (admitted(replicas[n % 3], where(f"t{n % 5}", "edge")) for n in range(20))
        passed.append(sum(await asyncio.gather(*calls)))
    assert passed == [7, 0, 3, 4]


def write(number: int = 0, attempt: int = 1) -> Write:
    return Write(f"{number:064}", attempt, "estudio-pulpo", "book_appointment", "conversation:hash")


async def test_a_write_begun_on_one_replica_is_known_to_all(replicas: list[BrokerStore]) -> None:
    again = await asyncio.gather(*(store.admit(where("t", "write"), write()) for store in replicas))
    unsure = StoredWrite(StoredState.UNKNOWN, 1)
    assert (again.count(None), again.count(unsure)) == (1, 2)
    assert [await store.look(where("t", "write"), write().key) for store in replicas] == [(False, unsure)] * 3
    assert not await replicas[1].finish(write().key, StoredState.NOT_DONE), "one of three cannot tell"
    assert await replicas[0].look(where("t", "write"), write().key) == (False, unsure)
    assert await replicas[2].finish(write().key, StoredState.DONE)


async def test_of_a_call_that_begins_a_write_and_a_look_up_that_closes_it_only_one_has_its_way(
    replicas: list[BrokerStore],
) -> None:
    """However they race, no write begins that was said not to have begun."""

    async def begins(number: int) -> bool:
        return await replicas[number % 3].admit(where(f"t{number}", f"race {number}"), write(number)) is None

    async def closes(number: int) -> bool:
        return not (await replicas[(number + 1) % 3].close_write(write(number))).may_be_done

    async def both(number: int) -> tuple[bool, bool]:
        calls = [begins(number), closes(number)]
        first, second = await asyncio.gather(*(calls if number % 2 else reversed(calls)))
        return (first, second) if number % 2 else (second, first)

    seen = await asyncio.gather(*(both(number) for number in range(1, 61)))
    assert all(begun is not closed for begun, closed in seen)
    assert len(set(seen)) == 2, "each wins sometimes"
    late = [await begins(number) for number, (_, closed) in enumerate(seen, 1) if closed]
    assert not any(late)


async def test_brokers_whose_machines_clocks_differ_count_in_the_same_windows(postgres_url: str) -> None:
    """One is ten minutes ahead: by its own clock it would count anew, and forget what the other has counted."""
    stores = []
    for ahead in (0.0, 600.0):
        database = Database(postgres_url, pool=pool_for(postgres_url))
        clock = DatabaseClock(database, lambda ahead=ahead: time.time() + ahead)  # type: ignore[misc]
        stores.append(BrokerStore(database, clock))
        await stores[-1].prepare()
        await clock.set()
    counted = Counted((Window("calls", 60, 7),), Window("turn", 60, 1), Window("talk", 60, 100))
    passed = [await admitted(stores[number % 2], counted) for number in range(12)]
    assert passed == [True] * 7 + [False] * 5
    for store in stores:
        await store.close()


async def test_a_machine_s_clock_that_is_set_moves_no_window(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path, "broker"))
    machine = FakeClock(1_000_020.0)
    clock = DatabaseClock(database, machine)
    await clock.set()
    machine.now -= 600
    await clock.set()
    assert 1_000_020.0 <= clock() < 1_000_620.0
    await database.close()
