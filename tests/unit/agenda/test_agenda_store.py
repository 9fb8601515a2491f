"""The store alone: ids that collide, work that is cut off, writers in each other's way."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy.exc import DBAPIError

from agenda.booking.ledger import Ledger, SaveResult
from agenda.booking.reasons import ToolAnswer
from agenda.booking.transactions import BookingRequest, Client, make
from agenda.server.operations import Operations
from agenda.storage.store import ATTEMPTS, AgendaStore
from runtime.data.database import Database, sqlite_url
from runtime.errors import PulpoError
from tests.contract.agenda.rows import check_rows, rows
from tests.unit.agenda.businesses import NOW, caller

ANA = Client("Ana", "a@example.com", "")
DAY = "2026-03-12"


@pytest.fixture
def url(tmp_path: Path) -> str:
    return sqlite_url(tmp_path, "agenda")


@pytest.fixture
async def store(url: str) -> AsyncIterator[AgendaStore]:
    one = AgendaStore(Database(url))
    yield one
    await one.close()


def _request(at: str) -> BookingRequest:
    return BookingRequest("Barba", DAY, at, None)


async def test_an_id_that_is_used_is_drawn_again(store: AgendaStore, url: str) -> None:
    drawn = iter(["PB-AAAAAA", "PB-AAAAAA", "PB-AAAAAA", "PB-BBBBBB"])

    async def book(at: str) -> ToolAnswer:
        return await store.write(lambda ledger: make(ledger, caller(), _request(at), ANA, lambda: next(drawn)))

    assert (await book("10:00"))["booking_id"] == "PB-AAAAAA"
    assert (await book("11:00"))["booking_id"] == "PB-BBBBBB"
    assert len(await check_rows(url)) == 2


async def test_when_no_unused_id_is_drawn_nothing_is_booked(store: AgendaStore, url: str) -> None:
    for _ in range(2):
        work = store.write(lambda ledger: make(ledger, caller(), _request("10:00"), ANA, lambda: "PB-AAAAAA"))
        await work
    with pytest.raises(PulpoError, match="NO_BOOKING_ID"):
        await store.write(lambda ledger: make(ledger, caller(), _request("11:00"), ANA, lambda: "PB-AAAAAA"))
    assert len(await check_rows(url)) == 1


async def test_bookings_that_are_cut_off_are_whole_or_not_there(store: AgendaStore, url: str) -> None:
    operations = Operations(store)
    await store.is_ready()
    for turns in range(40):
        task = asyncio.create_task(
            operations.book(
                caller(f"c{turns % 4}", f"k{turns}"), _request(f"{9 + turns % 4:02d}:00"), "Ana", "a@example.com", None
            )
        )
        for _ in range(turns * 3):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    last = await operations.book(caller("c"), _request("15:00"), "Ana", "a@example.com", None)
    assert last["ok"], "writers take turns, so all before it have ended"
    booked = await check_rows(url)
    assert len(booked) == 5
    assert await rows(url, "SELECT key FROM idempotency WHERE result = ''") == []


async def test_work_that_got_in_another_writers_way_is_done_again(store: AgendaStore) -> None:
    tries = []

    async def work(_ledger: Ledger) -> str:
        tries.append(1)
        if len(tries) < ATTEMPTS:
            raise DBAPIError("", {}, SimpleNamespace(sqlstate="40P01"))  # type: ignore[arg-type]
        return "done"

    assert await store.write(work) == "done"


@pytest.mark.parametrize(("sqlstate", "times"), [("40P01", ATTEMPTS), ("08006", 1)])
async def test_work_that_never_succeeds_ends_as_unavailable(store: AgendaStore, sqlstate: str, times: int) -> None:
    tries = []

    async def work(_ledger: Ledger) -> None:
        tries.append(1)
        raise DBAPIError("", {}, SimpleNamespace(sqlstate=sqlstate))  # type: ignore[arg-type]

    with pytest.raises(PulpoError, match="DATABASE_UNAVAILABLE"):
        await store.write(work)
    assert len(tries) == times


async def test_an_error_in_the_middle_undoes_everything_and_frees_the_key(store: AgendaStore, url: str) -> None:
    async def work(ledger: Ledger) -> None:
        assert await ledger.claim("estudio-pulpo", "k", "f", "now") is None
        assert (await make(ledger, caller(), _request("10:00"), ANA))["ok"]
        raise PulpoError("INTERNAL", "STOP", "Stop.")  # type: ignore[arg-type]

    with pytest.raises(PulpoError, match="STOP"):
        await store.write(work)
    assert await check_rows(url) == []
    assert await store.write(lambda ledger: ledger.claim("estudio-pulpo", "k", "g", "now")) is None


async def test_a_day_is_checked_with_two_queries(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    statements: list[str] = []
    connect = Database._connect

    def heard(database: Database) -> sqlite3.Connection:
        connection = connect(database)
        connection.set_trace_callback(statements.append)
        return connection

    monkeypatch.setattr(Database, "_connect", heard)
    store = AgendaStore(Database(url))
    answer = await Operations(store).check(caller(), "Barba", DAY, None)
    await store.close()
    assert answer["times"]
    assert [each.split()[0] for each in statements] == ["PRAGMA", "BEGIN", "SELECT", "SELECT", "ROLLBACK"]


async def test_a_write_whose_turn_comes_too_late_is_not_done(url: str) -> None:
    database = Database(url)
    store = AgendaStore(database, transaction_s=0.05)
    await store.is_ready()
    async with database.write():
        late = asyncio.create_task(store.write(lambda ledger: make(ledger, caller(), _request("10:00"), ANA)))
        await asyncio.sleep(0.1)
        assert not late.done(), "nobody is told no while it may still be done"
    with pytest.raises(PulpoError, match="DATABASE_UNAVAILABLE"):
        await late
    await store.close()
    assert await check_rows(url) == []


async def test_a_write_that_has_begun_is_told_of_when_it_is_done_however_long_it_takes(url: str) -> None:
    store = AgendaStore(Database(url), transaction_s=0.2)
    await store.is_ready()

    async def slow(ledger: Ledger) -> ToolAnswer:
        time.sleep(0.4)  # noqa: ASYNC251 - as a disk that is slow, in the writer's thread
        return await make(ledger, caller(), _request("10:00"), ANA)

    assert (await store.write(slow))["ok"]
    await store.close()
    assert len(await check_rows(url)) == 1


async def test_of_appointments_that_overlap_none_is_kept(store: AgendaStore, url: str) -> None:
    async def work(ledger: Ledger) -> SaveResult:
        assert (await make(ledger, caller(), _request("10:00"), ANA, lambda: "PB-AAAAAA"))["ok"]
        known = await ledger.find("estudio-pulpo", "PB-AAAAAA")
        assert known
        free = replace(known.moved(date(2026, 3, 13), 600, NOW), staff_name="Carlos")
        return await ledger.add_all([replace(free, booking_id="PB-BBBBBB"), replace(known, booking_id="PB-CCCCCC")])

    assert await store.write(work) is SaveResult.TAKEN
    assert [row.booking_id for row in await check_rows(url)] == ["PB-AAAAAA"]
    assert len(await rows(url, "SELECT booking_id FROM appointments")) == 1
