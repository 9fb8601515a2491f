"""What is said of a call that failed, was repeated, lost its caller or its database."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from broker.calls.caller import ToolCall
from broker.calls.results import ToolFailedError
from broker.storage.store import BrokerStore
from runtime.data.database import Database, sqlite_url
from runtime.errors import PulpoError
from tests.unit.broker.builders import (
    act,
)
from tests.unit.broker.test_executor import BOOK, BOOKED, CHECK, CHECK_THEN_BOOK, Harness
from turn.vocabulary import Status


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Harness]:
    one = Harness(tmp_path)
    await one.store.prepare()
    yield one
    await one.executor.close()
    await one.database.close()


async def test_a_failed_read_surely_did_nothing(broker: Harness) -> None:
    broker.answers[CHECK] = ToolFailedError("TOOL_TIMEOUT", transient=True)
    (check,) = await broker.execute(act(CHECK))
    assert (check.status, check.attempts) == (Status.FAILED, 3)


async def test_a_write_that_may_have_happened_is_unknown(broker: Harness) -> None:
    broker.answers[BOOK] = ToolFailedError("TOOL_TIMEOUT", transient=True)
    _, book = await broker.execute(*CHECK_THEN_BOOK)
    assert (book.status, book.attempts, book.output) == (Status.UNKNOWN, 3, {})
    assert book.error is not None
    assert book.error.reason == "TOOL_TIMEOUT"


async def test_a_write_that_surely_did_not_happen_failed(broker: Harness) -> None:
    broker.answers[BOOK] = ToolFailedError("TOOL_ERROR", certain=True, healthy=True)
    _, book = await broker.execute(*CHECK_THEN_BOOK)
    assert (book.status, book.attempts) == (Status.FAILED, 1)


async def test_a_repeat_goes_to_the_tool_with_the_same_key_although_the_time_is_taken_now(
    broker: Harness,
) -> None:
    await broker.execute(*CHECK_THEN_BOOK)
    first = broker.endpoint.calls[-1].key
    broker.answers[CHECK] = {"ok": True, "times": []}
    _, again = await broker.execute(*CHECK_THEN_BOOK)
    assert (again.status, again.output) == (Status.OK, BOOKED)
    assert broker.endpoint.calls[-1].key == first


async def test_a_repeat_after_an_unknown_outcome_asks_the_tool_again(broker: Harness) -> None:
    broker.answers[BOOK] = ToolFailedError("TOOL_TIMEOUT", transient=True)
    await broker.execute(*CHECK_THEN_BOOK)
    broker.answers |= {BOOK: BOOKED, CHECK: {"ok": True, "times": []}}
    _, book = await broker.execute(*CHECK_THEN_BOOK)
    assert book.output == BOOKED


@pytest.mark.parametrize("first", [None, ToolFailedError("TOOL_DISCONNECTED", transient=True)])
async def test_a_repeat_that_cannot_ask_does_not_know_what_the_first_one_did(broker: Harness, first: Any) -> None:
    broker.answers[BOOK] = first or BOOKED
    await broker.execute(*CHECK_THEN_BOOK)
    broker.answers[BOOK] = ToolFailedError("TOOL_ERROR", certain=True, healthy=True)
    for _ in range(2):
        _, book = await broker.execute(*CHECK_THEN_BOOK)
        assert book.status is Status.UNKNOWN
    broker.answers |= {BOOK: BOOKED, CHECK: {"ok": True, "times": []}}
    _, book = await broker.execute(*CHECK_THEN_BOOK)
    assert book.output == BOOKED


async def test_another_turn_has_another_key(broker: Harness) -> None:
    await broker.execute(*CHECK_THEN_BOOK)
    await broker.execute(*CHECK_THEN_BOOK, turn_id="next")
    keys = [call.key for call in broker.endpoint.calls if call.tool.name == BOOK]
    assert len(set(keys)) == 2
    assert {call.key for call in broker.endpoint.calls if call.tool.name == CHECK} == {""}


async def test_a_write_outlives_its_cancelled_caller_and_is_noted(broker: Harness) -> None:
    reached, go, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow(_call: ToolCall) -> Any:
        reached.set()
        await go.wait()
        done.set()
        return BOOKED

    broker.answers[BOOK] = slow
    task = asyncio.create_task(broker.execute(*CHECK_THEN_BOOK, act("get_business_hours")))
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not done.is_set()
    go.set()
    await broker.executor.close()
    assert done.is_set()
    assert broker.heard.outlived_writes == 1
    assert broker.ran() == [CHECK, BOOK]
    broker.answers |= {BOOK: BOOKED, CHECK: {"ok": True, "times": []}}
    _, book = await broker.execute(*CHECK_THEN_BOOK)
    assert book.output == BOOKED


async def test_a_read_ends_with_its_cancelled_caller(broker: Harness) -> None:
    reached, never = asyncio.Event(), asyncio.Event()
    ended: list[str] = []

    async def slow(_call: ToolCall) -> Any:
        reached.set()
        try:
            await never.wait()
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    broker.answers[CHECK] = slow
    task = asyncio.create_task(broker.execute(*CHECK_THEN_BOOK))
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == ["cancelled"]
    assert broker.ran() == [CHECK]


async def test_without_its_database_nothing_runs(broker: Harness, tmp_path: Path) -> None:
    broken = Database(sqlite_url(tmp_path, "empty"))
    broker.store = BrokerStore(broken, broker.clock)
    broker.build()
    check, book = await broker.execute(*CHECK_THEN_BOOK)
    assert (check.status, book.status) == (Status.FAILED, Status.FAILED)
    assert check.error is not None
    assert check.error.reason == "STORE_UNAVAILABLE"
    with pytest.raises(PulpoError):
        await broker.evaluate(act(CHECK))
    assert broker.ran() == []
    await broken.close()


async def test_a_database_that_fails_after_a_write_does_not_hide_the_write(broker: Harness) -> None:
    async def book_then_break(_call: ToolCall) -> Any:
        async with broker.database.write() as connection:
            await connection.exec_driver_sql("DROP TABLE broker_writes")
        return BOOKED

    broker.answers[BOOK] = book_then_break
    _, book = await broker.execute(*CHECK_THEN_BOOK)
    assert (book.status, book.output) == (Status.OK, BOOKED)
    assert broker.heard.store_failures == 1
