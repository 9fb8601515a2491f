"""Limits hold across replicas on PostgreSQL as they do on SQLite."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from broker.limits import Counted, Window
from broker.records import LimitedError, WriteState
from broker.store import Store
from runtime.database import Database
from tests.unit.broker.builders import FakeClock

KEY = "k" * 64
CLOCK = FakeClock()
"""What time it is for all stores."""


@pytest.fixture
async def replicas(database_url: str) -> AsyncIterator[list[Store]]:
    """Three stores on one database."""
    databases = [Database(database_url) for _ in range(3)]
    stores = [Store(database, CLOCK) for database in databases]
    CLOCK.now = 1_000_020.0
    await asyncio.gather(*(store.prepare() for store in stores))
    yield stores
    for store in stores:
        await store.close()


def where(turn: str, name: str) -> Counted:
    windows = (Window(f"tool:{name}", 60, 7), Window(f"space:{name}", 60, 100), Window(f"second:{name}", 1, 100))
    return Counted(windows, Window(f"turn:{name}:{turn}", 60, 1), Window(f"talk:{name}", 60, 100))


async def admitted(store: Store, counted: Counted) -> bool:
    try:
        await store.admit(counted)
    except LimitedError:
        return False
    return True


async def test_racing_calls_get_exactly_the_limit(replicas: list[Store]) -> None:
    calls = (admitted(replicas[n % 3], where(f"t{n % 5}", "race")) for n in range(40))
    assert sum(await asyncio.gather(*calls)) == 7
    assert await replicas[2].look(where("new", "race")) == (True, False)


async def test_at_a_boundary_the_replicas_still_let_no_more_pass(replicas: list[Store]) -> None:
    passed = []
    for seconds in (59.9, 0.2, 29.9, 30.0):
        CLOCK.now += seconds
        calls = (admitted(replicas[n % 3], where(f"t{n % 5}", "edge")) for n in range(20))
        passed.append(sum(await asyncio.gather(*calls)))
    assert passed == [7, 0, 3, 4]


async def test_a_write_begun_on_one_replica_is_known_to_all(replicas: list[Store]) -> None:
    write = (KEY, "estudio-pulpo", "book_appointment")
    again = await asyncio.gather(*(store.admit(where("t", "write"), write) for store in replicas))
    assert sorted(again) == [False, True, True]
    assert [await store.look(where("t", "write"), KEY) for store in replicas] == [(False, True)] * 3
    assert not await replicas[1].finish(KEY, WriteState.NOT_DONE), "one of three cannot tell"
    assert await replicas[0].look(where("t", "write"), KEY) == (False, True)
    assert await replicas[2].finish(KEY, WriteState.DONE)
