"""Background work goes on whatever happens to one run of it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from runtime.errors import Kind, PulpoError
from runtime.periodic import Periodic

NEVER_S = 3_600.0
"""A pause that no test waits for the end of."""


class Work:
    """Work whose runs do, one after the other, what they are told, and then nothing."""

    def __init__(self, *runs: Callable[[], Awaitable[Any]]) -> None:
        self.runs = list(runs)
        self.count = 0
        self.ended = asyncio.Event()
        """Set when nothing is left to do."""

    async def __call__(self) -> None:
        self.count += 1
        if self.runs:
            await self.runs.pop(0)()
        else:
            self.ended.set()


def raising(error: BaseException) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        raise error

    return run


async def waiting_for_what_was_cancelled() -> None:
    task = asyncio.create_task(asyncio.sleep(NEVER_S))
    task.cancel()
    await task


AWAY = PulpoError(Kind.UNAVAILABLE, "DATABASE_UNAVAILABLE", "The database did not answer.")
FAILING = {
    "DATABASE_UNAVAILABLE": raising(AWAY),
    "ZeroDivisionError": raising(ZeroDivisionError()),
    "TimeoutError": raising(TimeoutError()),
    "CancelledError": waiting_for_what_was_cancelled,
}


def failures(name: str, error: str) -> float:
    return REGISTRY.get_sample_value("pulpo_periodic_failures_total", {"work": name, "error": error}) or 0.0


@pytest.mark.parametrize("error", FAILING)
async def test_a_run_that_fails_is_counted_by_name_and_the_next_one_comes(error: str) -> None:
    work, before = Work(FAILING[error], FAILING[error]), failures("test", error)
    periodic = Periodic("test", work, 0.001)
    with capture_logs() as logs:
        periodic.start()
        await work.ended.wait()
        await periodic.stop()
    assert failures("test", error) == before + 2
    said = [(each["event"], each.get("reason")) for each in logs]
    assert said == [("background work failed", error), ("background work goes well again", None)]


async def test_another_failure_than_the_last_is_logged_too() -> None:
    work = Work(FAILING["DATABASE_UNAVAILABLE"], FAILING["ZeroDivisionError"])
    periodic = Periodic("test", work, 0.001)
    with capture_logs() as logs:
        periodic.start()
        await work.ended.wait()
        await periodic.stop()
    assert [each["log_level"] for each in logs] == ["warning", "error", "info"]
    assert "exc_info" not in logs[0]
    assert isinstance(logs[1]["exc_info"], ZeroDivisionError)


async def test_it_ends_after_the_run_under_way() -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()
    ended: list[bool] = []

    async def work() -> None:
        begun.set()
        await may_end.wait()
        ended.append(True)

    periodic = Periodic("test", work, NEVER_S)
    periodic.start()
    await begun.wait()
    stopping = asyncio.create_task(periodic.stop())
    await asyncio.sleep(0)
    assert not stopping.done()
    may_end.set()
    await stopping
    assert ended == [True]


async def test_a_run_that_is_not_waited_for_is_cancelled_and_is_no_failure() -> None:
    begun, before = asyncio.Event(), failures("test", "CancelledError")

    async def work() -> None:
        begun.set()
        await asyncio.Event().wait()

    periodic = Periodic("test", work, NEVER_S)
    periodic.start()
    await begun.wait()
    await periodic.stop(cancel=True)
    assert failures("test", "CancelledError") == before


async def test_waking_ends_the_pause() -> None:
    done = asyncio.Event()

    async def work() -> None:
        done.set()

    periodic = Periodic("test", work, NEVER_S, at_once=False)
    periodic.start()
    await asyncio.sleep(0)
    assert not done.is_set()
    periodic.wake()
    await done.wait()
    await periodic.stop()


async def test_waking_during_a_run_brings_another_one_without_a_pause() -> None:
    work = Work()

    async def wake() -> None:
        periodic.wake()

    work.runs.append(wake)
    periodic = Periodic("test", work, NEVER_S)
    periodic.start()
    await work.ended.wait()
    await periodic.stop()
    assert work.count == 2


async def test_what_never_began_may_be_stopped() -> None:
    await Periodic("test", Work(), NEVER_S).stop()
