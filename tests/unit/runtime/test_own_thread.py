"""The thread that a database's calls are made in."""

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from runtime.data.own_thread import OwnThread


@pytest.fixture
async def thread() -> AsyncIterator[OwnThread]:
    made = OwnThread("test")
    yield made
    await made.close(lambda: None)


async def test_calls_are_made_one_after_the_other_in_one_thread_of_its_own(thread: OwnThread) -> None:
    order: list[int] = []

    def call(number: int) -> str:
        order.append(number)
        return threading.current_thread().name

    names = await asyncio.gather(*(thread.run(lambda number=number: call(number)) for number in range(20)))  # type: ignore[misc]
    assert set(names) == {"test"}
    assert order == list(range(20))


@pytest.mark.parametrize("error", [LookupError("no"), GeneratorExit("no")])
async def test_what_a_call_raises_is_its_callers_and_the_thread_goes_on(
    thread: OwnThread, error: BaseException
) -> None:
    def fails() -> None:
        raise error

    with pytest.raises(type(error), match="no"):
        await thread.run(fails)
    assert await thread.run(lambda: 1) == 1


async def test_a_call_whose_caller_has_gone_is_made_to_its_end(thread: OwnThread) -> None:
    begun, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        may_end.wait(60)
        ended.set()

    task = asyncio.create_task(thread.run(slow))
    assert await asyncio.to_thread(begun.wait, 60)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    may_end.set()
    assert await thread.run(ended.is_set)


async def test_it_ends_with_a_last_call_and_begins_again(thread: OwnThread) -> None:
    said: list[str] = []
    await thread.close(lambda: said.append("never begun"))
    await thread.run(lambda: said.append("begun"))
    await thread.close(lambda: said.append("closed"))
    assert said == ["begun", "closed"]
    assert "test" not in {each.name for each in threading.enumerate()}
    assert await thread.run(lambda: 2) == 2
