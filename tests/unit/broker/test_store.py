"""What the broker remembers, in a real SQLite file."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from broker.domain.model import Customer
from broker.domain.writes import StoredState, StoredWrite, Write
from broker.execution.ports import LimitedError
from broker.policy.limits import Counted, Window, counted
from broker.storage.erasure import erase_customer
from broker.storage.store import KEEP_WRITES_S, BrokerStore
from broker.storage.tables import COUNTS, WRITES
from runtime.data.database import Database, sqlite_url
from runtime.errors import PulpoError
from tests.unit.broker.builders import ADDRESS, PHONE, FakeClock, make_turn, make_workspace

WRITE = Write("k" * 64, 1, "estudio-pulpo", "book_appointment", "conversation:hash")


async def is_begun(store: BrokerStore, key: str = WRITE.key) -> bool:
    """Whether the write of a key may have been done."""
    _, stored = await store.look(where(), key)
    return stored is not None and stored.may_be_done


def where(most: int = 1_000, conversation: int = 1_000, turn: str = "t") -> Counted:
    return Counted(
        windows=(Window("tool", 60, most), Window("space", 60, 1_000), Window("second", 1, 1_000)),
        turn=Window(f"turn:{turn}", 60, 1),
        conversation=Window("talk", 60, conversation),
    )


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    one = Database(sqlite_url(tmp_path, "broker"))
    yield one
    await one.close()


@pytest.fixture
async def store(database: Database) -> BrokerStore:
    one = BrokerStore(database, FakeClock(1_000_020.0))
    await one.prepare()
    return one


def clock_of(store: BrokerStore) -> FakeClock:
    clock = store._now
    assert isinstance(clock, FakeClock)
    return clock


async def admitted(store: BrokerStore, counted: Counted) -> bool:
    try:
        await store.admit(counted)
    except LimitedError:
        return False
    return True


async def test_a_window_holds_its_limit_and_no_more(store: BrokerStore) -> None:
    assert [await admitted(store, where(most=3)) for _ in range(5)] == [True, True, True, False, False]


async def test_what_is_refused_is_not_counted(store: BrokerStore) -> None:
    for _ in range(5):
        await admitted(store, where(most=3))
    full, _ = await store.look(Counted((Window("space", 60, 4),), where().turn, where().conversation))
    assert not full


async def test_a_full_window_empties_as_it_slides_on(store: BrokerStore) -> None:
    for seconds, more in ((0, 6), (60, 0), (9.9, 0), (0.2, 1), (19.9, 2), (60, 4), (120, 6)):
        clock_of(store).now += seconds
        assert sum([await admitted(store, where(most=6, turn=str(n))) for n in range(9)]) == more, seconds


async def test_a_boundary_does_not_let_twice_the_limit_pass(store: BrokerStore) -> None:
    clock_of(store).now += 59.9
    before = sum([await admitted(store, where(most=10)) for _ in range(20)])
    clock_of(store).now += 0.2
    after = sum([await admitted(store, where(most=10)) for _ in range(20)])
    assert (before, after) == (10, 0)


async def test_looking_sees_what_admitting_would_say_and_counts_nothing(store: BrokerStore) -> None:
    for _ in range(4):
        assert await store.look(where(most=1)) == (False, None)
    await store.admit(where(most=1))
    assert await store.look(where(most=1)) == (True, None)


async def test_a_turn_counts_once_in_its_conversation(store: BrokerStore) -> None:
    assert [await admitted(store, where(conversation=2, turn="a")) for _ in range(5)] == [True] * 5
    assert await admitted(store, where(conversation=2, turn="b"))
    assert (await store.look(where(conversation=2, turn="b")))[0] is False
    assert (await store.look(where(conversation=2, turn="c")))[0] is True
    assert not await admitted(store, where(conversation=2, turn="c"))
    assert await admitted(store, where(conversation=2, turn="a"))


async def test_callers_at_once_on_two_replicas_get_exactly_the_limit(store: BrokerStore, database: Database) -> None:
    other_database = Database(str(database.engine.url))
    replica = BrokerStore(other_database, clock_of(store))
    got = await asyncio.gather(*(admitted((store, replica)[n % 2], where(most=7)) for n in range(30)))
    await other_database.close()
    assert sum(got) == 7


async def test_a_begun_write_is_known_until_it_is_known_not_to_be_done(store: BrokerStore) -> None:
    assert not await is_begun(store)
    for state, begun in ((StoredState.DONE, True), (StoredState.UNKNOWN, True), (StoredState.NOT_DONE, False)):
        key = f"ends {state}"
        await store.admit(where(), replace(WRITE, key=key))
        assert await is_begun(store, key)
        assert await store.finish(key, state)
        assert await is_begun(store, key) is begun


@pytest.mark.parametrize("before", [StoredState.DONE, StoredState.UNKNOWN])
async def test_what_may_have_been_done_stays_so(store: BrokerStore, before: StoredState) -> None:
    await store.admit(where(), WRITE)
    await store.finish(WRITE.key, before)
    assert not await store.finish(WRITE.key, StoredState.NOT_DONE)
    assert await is_begun(store)
    assert await store.finish(WRITE.key, StoredState.DONE)
    assert not await store.finish(WRITE.key, StoredState.UNKNOWN)


async def test_one_of_two_calls_of_a_write_cannot_tell_that_it_was_not_done(store: BrokerStore) -> None:
    assert [await store.admit(where(), WRITE) for _ in range(2)] == [None, StoredWrite(StoredState.UNKNOWN, 1)]
    assert not await store.finish(WRITE.key, StoredState.NOT_DONE)
    assert await is_begun(store)


async def test_a_write_that_was_not_done_begins_anew_in_a_later_attempt(store: BrokerStore) -> None:
    await store.admit(where(), WRITE)
    await store.finish(WRITE.key, StoredState.NOT_DONE)
    assert await store.admit(where(), replace(WRITE, attempt=2)) is None
    assert await is_begun(store)


async def test_a_late_duplicate_of_a_write_that_was_not_done_begins_nothing(store: BrokerStore) -> None:
    await store.admit(where(), WRITE)
    await store.finish(WRITE.key, StoredState.NOT_DONE, "taken")
    assert await store.admit(where(), WRITE) == StoredWrite(StoredState.NOT_DONE, 1, "taken")
    assert not await is_begun(store)


async def test_a_write_that_was_closed_begins_in_a_later_attempt_only(store: BrokerStore) -> None:
    assert await store.close_write(WRITE) == StoredWrite(StoredState.NOT_DONE, 1)
    assert await store.admit(where(), WRITE) == StoredWrite(StoredState.NOT_DONE, 1)
    assert await store.admit(where(), replace(WRITE, attempt=2)) is None
    assert await store.close_write(WRITE) == StoredWrite(StoredState.BEGUN, 2)


async def test_the_first_answer_of_an_attempt_stays(store: BrokerStore) -> None:
    await store.close_write(WRITE, "refused")
    assert (await store.close_write(WRITE, "something else")).answer == "refused"
    assert (await store.close_write(replace(WRITE, attempt=2))).answer == ""


async def test_a_begun_write_cannot_be_closed(store: BrokerStore) -> None:
    await store.admit(where(), WRITE)
    assert await store.close_write(WRITE) == StoredWrite(StoredState.BEGUN, 1)
    assert await store.finish(WRITE.key, StoredState.DONE), "to look is no second call"


async def test_repeating_a_begun_write_counts_nothing_and_is_never_limited(store: BrokerStore) -> None:
    await store.admit(where(most=1), WRITE)
    await store.admit(where(most=1), WRITE)
    with pytest.raises(LimitedError):
        await store.admit(where(most=1), replace(WRITE, key="other"))


async def test_a_limited_write_is_not_noted_as_begun(store: BrokerStore) -> None:
    await store.admit(where(most=1))
    with pytest.raises(LimitedError):
        await store.admit(where(most=1), WRITE)
    assert not await is_begun(store)


async def test_single_windows_fill_up(store: BrokerStore) -> None:
    window = Window("wrong", 3600, 2)
    assert not await store.is_full(window)
    await store.add(window)
    await store.add(window)
    assert await store.is_full(window)


async def test_ended_windows_and_old_writes_are_forgotten(store: BrokerStore, database: Database) -> None:
    await store.admit(where(), WRITE)
    clock_of(store).now += KEEP_WRITES_S + 61
    await store.admit(where(turn="later"))
    async with database.read() as connection:
        names = set(await connection.scalars(select(COUNTS.c.name)))
        writes = await connection.scalar(select(func.count()).select_from(WRITES))
    assert names == {"tool", "space", "second", "talk", "turn:later"}
    assert writes == 0


async def test_no_table_holds_who_it_was(store: BrokerStore, database: Database) -> None:
    workspace = make_workspace()
    tool = workspace.tool("book_appointment")
    assert tool is not None
    turn = make_turn(conversation_id="whatsapp:+5491155551234")
    await store.admit(counted(workspace, tool, turn, Customer(ADDRESS, PHONE)), WRITE)
    async with database.read() as connection:
        rows = [*(await connection.execute(select(COUNTS))), *(await connection.execute(select(WRITES)))]
    assert "5491155551234" not in repr(rows)


async def test_what_is_counted_of_a_customer_is_erased_and_of_nobody_else(
    store: BrokerStore, database: Database
) -> None:
    workspace = make_workspace()
    tool = workspace.tool("book_appointment")
    assert tool is not None
    kept = []
    for address in (ADDRESS, "whatsapp:+5491166667777"):
        windows = counted(workspace, tool, make_turn(conversation_id=address, turn_id=address), Customer(address))
        await store.admit(windows)
        kept += [window.name for window in windows.windows if window.name.startswith("customer:")]
    await erase_customer(database, workspace, [(ADDRESS, ADDRESS)])
    async with database.read() as connection:
        names = set(await connection.scalars(select(COUNTS.c.name)))
    assert kept[0] not in names
    assert kept[1] in names


async def test_a_caller_that_stops_waiting_does_not_cut_a_transaction_off(store: BrokerStore) -> None:
    waiting = asyncio.create_task(store.admit(where(most=1)))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not await admitted(store, where(most=1))


async def test_closing_waits_for_what_is_under_way(tmp_path: Path) -> None:
    store = BrokerStore(Database(sqlite_url(tmp_path, "broker")), FakeClock())
    await store.prepare()
    waiting = asyncio.create_task(store.admit(where(most=1)))
    await asyncio.sleep(0)
    await store.close()
    await asyncio.sleep(0)
    assert waiting.done()
    waiting.result()


async def test_a_database_that_fails_is_a_failure_with_a_name(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path, "empty"))
    with pytest.raises(PulpoError) as raised:
        await BrokerStore(database, FakeClock()).look(where())
    await database.close()
    assert raised.value.reason == "STORE_UNAVAILABLE"
