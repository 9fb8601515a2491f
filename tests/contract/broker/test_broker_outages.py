"""The broker and tools that fail: repeated, left alone, found again, and never said to have done nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from grpc import aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from prometheus_client import REGISTRY

from broker.servicer import NAME
from pulpo.broker.v1.broker_pb2_grpc import BrokerServiceStub
from runtime.rpc.channel import open_channel
from tests.contract.broker.test_broker import BOOK, CHECK, CHECK_THEN_BOOK, FAILED, FIND, OK, UNKNOWN, always, until
from tests.unit.broker.serving import GATEWAY, Served, action, execute_request, serving
from tests.unit.broker.tool_servers import ToolServer, hang_up, reply, silent, tool_server
from turn.converters import struct_from


@pytest.fixture
async def tools() -> AsyncIterator[ToolServer]:
    async with tool_server() as one:
        one.behaviours |= {
            CHECK: always({"ok": True, "times": ["10:00", "10:15"]}),
            BOOK: always({"ok": True, "booking_id": "PB-AAAAAA"}),
            FIND: always({"ok": True, "appointments": [{"booking_id": "PB-AAAAAA"}]}),
        }
        yield one


@pytest.fixture
async def broker(tools: ToolServer, tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path, tools.url) as one:
        yield one


async def test_a_transient_failure_is_repeated_with_the_same_key(broker: Served, tools: ToolServer) -> None:
    async def busy_then_fine(_args: Any, _meta: Any) -> Any:
        tools.misbehave(reply(503), reply(429, retry_after="1"))
        return {"ok": True, "times": ["10:00"]}

    tools.behaviours[CHECK] = busy_then_fine
    _, book = await broker.execute(*CHECK_THEN_BOOK)
    assert (book.status, book.attempts) == (OK, 3)
    assert tools.tools() == [CHECK, BOOK]
    assert broker.slept[-1] == 1.0
    assert len(broker.slept) == 2


@pytest.mark.parametrize(
    ("misbehaviour", "posts"),
    [(reply(503), 3), (reply(429), 3), (hang_up(), 3), (reply(500), 1), (reply(200, b"{"), 1)],
)
async def test_attempts_are_counted_at_the_server(
    broker: Served, tools: ToolServer, misbehaviour: Any, posts: int
) -> None:
    tools.misbehave(misbehaviour, stays=True)
    (hours,) = await broker.execute(action("get_business_hours"))
    assert (hours.status, hours.attempts, tools.posts) == (FAILED, posts, posts)


async def test_a_write_is_never_said_to_have_failed_when_it_may_have_happened(
    broker: Served, tools: ToolServer
) -> None:
    async def check_then_silence(_args: Any, _meta: Any) -> Any:
        tools.misbehave(hang_up(), stays=True)
        return {"ok": True, "times": ["10:00"]}

    tools.behaviours[CHECK] = check_then_silence
    _, book = await broker.execute(*CHECK_THEN_BOOK)
    assert (book.status, book.error.reason, book.attempts) == (UNKNOWN, "TOOL_DISCONNECTED", 3)
    tools.http.clear()
    tools.behaviours[CHECK] = always({"ok": True, "times": []})
    _, again = await broker.execute(*CHECK_THEN_BOOK)
    assert again.status == OK


async def test_a_dead_tool_server_is_left_alone_after_five_failures(broker: Served, tools: ToolServer) -> None:
    await tools.stop()
    seen = [(await broker.execute(action("get_business_hours")))[0] for _ in range(4)]
    assert [one.attempts for one in seen] == [3, 2, 0, 0]
    assert [one.error.reason for one in seen] == ["TOOL_UNREACHABLE"] * 2 + ["CIRCUIT_OPEN"] * 2
    gauge = REGISTRY.get_sample_value(
        "pulpo_breaker_state", {"workspace": "estudio-pulpo", "tool": "get_business_hours"}
    )
    assert gauge == 2


async def test_a_tool_server_that_comes_back_is_used_at_once(broker: Served, tools: ToolServer) -> None:
    look = broker.broker.reachability.look
    assert await look() == {tools.url: True}
    await tools.stop()
    for _ in range(3):
        await broker.execute(action("get_business_hours"))
    assert await look() == {tools.url: False}
    await tools.start()
    (left_alone,) = await broker.execute(action("get_business_hours"))
    assert left_alone.error.reason == "CIRCUIT_OPEN"
    assert await look() == {tools.url: True}
    (hours,) = await broker.execute(action("get_business_hours"))
    assert hours.status == OK


async def test_a_server_that_was_never_away_is_left_alone_until_its_time(broker: Served, tools: ToolServer) -> None:
    tools.misbehave(reply(500), stays=True)
    for _ in range(5):
        await broker.broker.reachability.look()
        await broker.execute(action("get_business_hours"))
    await broker.broker.reachability.look()
    (left_alone,) = await broker.execute(action("get_business_hours"))
    assert left_alone.error.reason == "CIRCUIT_OPEN"


async def test_the_watch_looks_again_and_again_until_closed(tools: ToolServer, tmp_path: Path) -> None:
    async with serving(tmp_path, tools.url, settings={"broker_watch_s": 0.01}) as broker:
        target = {"target": tools.url.removeprefix("http://").removesuffix("/mcp")}
        await until(lambda: REGISTRY.get_sample_value("pulpo_tool_server_up", target) == 1)
        await tools.stop()
        await until(lambda: REGISTRY.get_sample_value("pulpo_tool_server_up", target) == 0)
    assert broker.broker.watch is not None
    assert not broker.broker.watch.is_running


async def test_whether_tool_servers_can_be_reached_is_shown_and_is_no_matter_of_readiness(
    tools: ToolServer, tmp_path: Path
) -> None:
    async with serving(tmp_path, tools.url) as broker:
        target = {"target": tools.url.removeprefix("http://").removesuffix("/mcp")}
        await broker.broker.reachability.look()
        assert REGISTRY.get_sample_value("pulpo_tool_server_up", target) == 1
        await tools.stop()
        assert await broker.broker.reachability.look() == {tools.url: False}
        assert REGISTRY.get_sample_value("pulpo_tool_server_up", target) == 0
        async with open_channel(f"127.0.0.1:{broker.port}") as channel:
            health = health_pb2_grpc.HealthStub(channel)
            answer = await health.Check(health_pb2.HealthCheckRequest(service=NAME), timeout=60)
        assert answer.status == health_pb2.HealthCheckResponse.SERVING


async def test_a_slow_tool_ends_with_its_own_timeout(tools: ToolServer, tmp_path: Path) -> None:
    ended = asyncio.Event()
    async with serving(tmp_path, tools.url, tools={"get_business_hours": {"timeout_s": 0.1}}) as broker:
        tools.misbehave(silent(ended), stays=True)
        (hours,) = await broker.execute(action("get_business_hours"))
    assert (hours.status, hours.error.reason, hours.attempts) == (FAILED, "TOOL_TIMEOUT", 3)


async def test_the_callers_deadline_ends_everything_in_time_for_an_answer(broker: Served, tools: ToolServer) -> None:
    """In time as a rule: what is kept back to answer in is no promise of the machine's, so one of four will do."""
    tools.misbehave(silent(asyncio.Event()), stays=True)
    answers = []
    for _ in range(4):
        with suppress(aio.AioRpcError):
            answers += await broker.execute(action("get_business_hours"), timeout=0.9)
    assert {hours.status for hours in answers} == {FAILED}
    assert {hours.error.reason for hours in answers} <= {"TOOL_TIMEOUT", "OUT_OF_TIME", "TOOL_BUSY"}


async def test_a_write_whose_caller_hung_up_is_finished_once(broker: Served, tools: ToolServer) -> None:
    reached, go = asyncio.Event(), asyncio.Event()
    made: dict[str, dict[str, Any]] = {}

    async def book(_args: Any, meta: Any) -> Any:
        reached.set()
        await go.wait()
        return made.setdefault(meta["dev.pulpo/idempotency_key"], {"ok": True, "booking_id": f"PB-{len(made):06}"})

    tools.behaviours[BOOK] = book
    request = execute_request(*CHECK_THEN_BOOK, action("get_business_hours"))
    outlived = REGISTRY.get_sample_value("pulpo_writes_outlived_total") or 0.0
    async with aio.insecure_channel(f"127.0.0.1:{broker.port}") as bare:  # an intercepted call cannot be cancelled
        call = BrokerServiceStub(bare).Execute(request, timeout=20, metadata=GATEWAY.headers)
        await reached.wait()
        call.cancel()
        await until(lambda: (REGISTRY.get_sample_value("pulpo_writes_outlived_total") or 0.0) > outlived)
    go.set()
    await broker.broker.executor.close()
    assert tools.tools() == [CHECK, BOOK]
    tools.behaviours[CHECK] = always({"ok": True, "times": []})
    _, again = await broker.execute(*CHECK_THEN_BOOK)
    assert struct_from(again.output) == {"ok": True, "booking_id": "PB-000000"}
    assert len(made) == 1


async def test_of_a_write_that_came_twice_at_once_neither_call_says_that_nothing_was_done(
    broker: Served, tools: ToolServer
) -> None:
    calls: list[str] = []
    reached, failed = asyncio.Event(), asyncio.Event()

    async def book(_args: Any, meta: Any) -> Any:
        calls.append(meta["dev.pulpo/idempotency_key"])
        if len(calls) == 1:
            reached.set()
            await failed.wait()
            raise RuntimeError
        return {"ok": True, "booking_id": "PB-AAAAAA"}

    tools.behaviours[BOOK] = book
    first = asyncio.create_task(broker.execute(*CHECK_THEN_BOOK))
    await reached.wait()
    _, second = await broker.execute(*CHECK_THEN_BOOK)
    failed.set()
    assert second.status == OK
    assert (await first)[1].status == UNKNOWN
    tools.behaviours[CHECK] = always({"ok": True, "times": []})
    assert (await broker.execute(*CHECK_THEN_BOOK))[1].status == OK, "the check's answer no longer counts"
    assert len(set(calls)) == 1
