"""What is said of a call that failed, was repeated, lost its caller or its database."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from broker.calls import Call
from broker.failures import ToolFailedError
from broker.model import Status
from broker.store import Store
from runtime.database import Database, sqlite_url
from runtime.errors import PulpoError
from tests.unit.broker.builders import (
    act,
)
from tests.unit.broker.test_executor import BOOK, BOOKED, CHECK, CHECK_THEN_BOOK, Desk


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    one = Desk(tmp_path)
    await one.store.prepare()
    yield one
    await one.executor.close()
    await one.database.close()


async def test_a_failed_read_surely_did_nothing(desk: Desk) -> None:
    desk.answers[CHECK] = ToolFailedError("TOOL_TIMEOUT", transient=True)
    (check,) = await desk.execute(act(CHECK))
    assert (check.status, check.attempts) == (Status.FAILED, 3)


async def test_a_write_that_may_have_happened_is_unknown(desk: Desk) -> None:
    desk.answers[BOOK] = ToolFailedError("TOOL_TIMEOUT", transient=True)
    _, book = await desk.execute(*CHECK_THEN_BOOK)
    assert (book.status, book.attempts, book.output) == (Status.UNKNOWN, 3, None)
    assert book.error is not None
    assert book.error.reason == "TOOL_TIMEOUT"


async def test_a_write_that_surely_did_not_happen_failed(desk: Desk) -> None:
    desk.answers[BOOK] = ToolFailedError("TOOL_ERROR", certain=True, healthy=True)
    _, book = await desk.execute(*CHECK_THEN_BOOK)
    assert (book.status, book.attempts) == (Status.FAILED, 1)


async def test_a_repeat_goes_to_the_tool_with_the_same_key_although_the_time_is_taken_now(desk: Desk) -> None:
    await desk.execute(*CHECK_THEN_BOOK)
    first = desk.endpoint.calls[-1].key
    desk.answers[CHECK] = {"ok": True, "times": []}
    _, again = await desk.execute(*CHECK_THEN_BOOK)
    assert (again.status, again.output) == (Status.OK, BOOKED)
    assert desk.endpoint.calls[-1].key == first


async def test_a_repeat_after_an_unknown_outcome_asks_the_tool_again(desk: Desk) -> None:
    desk.answers[BOOK] = ToolFailedError("TOOL_TIMEOUT", transient=True)
    await desk.execute(*CHECK_THEN_BOOK)
    desk.answers |= {BOOK: BOOKED, CHECK: {"ok": True, "times": []}}
    _, book = await desk.execute(*CHECK_THEN_BOOK)
    assert book.output == BOOKED


@pytest.mark.parametrize("first", [None, ToolFailedError("TOOL_DISCONNECTED", transient=True)])
async def test_a_repeat_that_cannot_ask_does_not_know_what_the_first_one_did(desk: Desk, first: Any) -> None:
    desk.answers[BOOK] = first or BOOKED
    await desk.execute(*CHECK_THEN_BOOK)
    desk.answers[BOOK] = ToolFailedError("TOOL_ERROR", certain=True, healthy=True)
    for _ in range(2):
        _, book = await desk.execute(*CHECK_THEN_BOOK)
        assert book.status is Status.UNKNOWN
    desk.answers |= {BOOK: BOOKED, CHECK: {"ok": True, "times": []}}
    _, book = await desk.execute(*CHECK_THEN_BOOK)
    assert book.output == BOOKED


async def test_a_repeat_after_a_no_is_decided_anew(desk: Desk) -> None:
    desk.answers[BOOK] = {"ok": False, "reason": "TAKEN"}
    await desk.execute(*CHECK_THEN_BOOK)
    desk.answers[CHECK] = {"ok": True, "times": []}
    _, book = await desk.execute(*CHECK_THEN_BOOK)
    assert book.status is Status.SKIPPED


async def test_another_turn_has_another_key(desk: Desk) -> None:
    await desk.execute(*CHECK_THEN_BOOK)
    await desk.execute(*CHECK_THEN_BOOK, turn_id="next")
    keys = [call.key for call in desk.endpoint.calls if call.tool.name == BOOK]
    assert len(set(keys)) == 2
    assert {call.key for call in desk.endpoint.calls if call.tool.name == CHECK} == {""}


async def test_a_write_outlives_its_cancelled_caller_and_is_noted(desk: Desk) -> None:
    reached, go, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow(_call: Call) -> Any:
        reached.set()
        await go.wait()
        done.set()
        return BOOKED

    desk.answers[BOOK] = slow
    task = asyncio.create_task(desk.execute(*CHECK_THEN_BOOK, act("get_business_hours")))
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not done.is_set()
    go.set()
    await desk.executor.close()
    assert done.is_set()
    assert desk.heard.outlived_writes == 1
    assert desk.ran() == [CHECK, BOOK]
    desk.answers |= {BOOK: BOOKED, CHECK: {"ok": True, "times": []}}
    _, book = await desk.execute(*CHECK_THEN_BOOK)
    assert book.output == BOOKED


async def test_a_read_ends_with_its_cancelled_caller(desk: Desk) -> None:
    reached, never = asyncio.Event(), asyncio.Event()
    ended: list[str] = []

    async def slow(_call: Call) -> Any:
        reached.set()
        try:
            await never.wait()
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    desk.answers[CHECK] = slow
    task = asyncio.create_task(desk.execute(*CHECK_THEN_BOOK))
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == ["cancelled"]
    assert desk.ran() == [CHECK]


async def test_without_its_database_nothing_runs(desk: Desk, tmp_path: Path) -> None:
    broken = Database(sqlite_url(tmp_path, "empty"))
    desk.store = Store(broken, desk.clock)
    desk.build()
    check, book = await desk.execute(*CHECK_THEN_BOOK)
    assert (check.status, book.status) == (Status.FAILED, Status.FAILED)
    assert check.error is not None
    assert check.error.reason == "STORE_UNAVAILABLE"
    with pytest.raises(PulpoError):
        await desk.evaluate(act(CHECK))
    assert desk.ran() == []
    await broken.close()


async def test_a_database_that_fails_after_a_write_does_not_hide_the_write(desk: Desk) -> None:
    async def book_then_break(_call: Call) -> Any:
        async with desk.database.write() as connection:
            await connection.exec_driver_sql("DROP TABLE broker_writes")
        return BOOKED

    desk.answers[BOOK] = book_then_break
    _, book = await desk.execute(*CHECK_THEN_BOOK)
    assert (book.status, book.output) == (Status.OK, BOOKED)
    assert desk.heard.store_failures == 1
