"""Attempts and look-ups over a real gRPC server, against a real MCP server."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc import aio

from pulpo.broker.v1 import broker_pb2 as pb
from pulpo.common.v1 import action_pb2 as common
from runtime.rpc.interceptors import reason_of
from tests.contract.broker.test_broker import BOOK, CHECK, CHECK_THEN_BOOK, always
from tests.unit.broker.serving import Served, action, execute_request, serving
from tests.unit.broker.tool_servers import ToolServer, tool_server
from turn.converters import struct_from

BOOKED = {"ok": True, "booking_id": "PB-AAAAAA"}
TAKEN = {"ok": False, "reason": "TAKEN", "times": ["11:00"]}


@pytest.fixture
async def tools() -> AsyncIterator[ToolServer]:
    async with tool_server() as one:
        one.behaviours |= {CHECK: always({"ok": True, "times": ["10:00"]}), BOOK: always(BOOKED)}
        yield one


@pytest.fixture
async def broker(tools: ToolServer, tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path, tools.url) as one:
        yield one


async def look_up(broker: Served, *actions: common.Action, **more: Any) -> list[pb.WriteOutcome]:
    asked = execute_request(*(actions or (action(BOOK),)))
    request = pb.LookUpWritesRequest(
        context=asked.context, customer=asked.customer, actions=asked.actions, slots=asked.slots, **more
    )
    return list((await broker.stub.LookUpWrites(request, timeout=20)).outcomes)


async def test_a_call_that_arrives_after_a_look_up_begins_nothing(broker: Served, tools: ToolServer) -> None:
    (outcome,) = await look_up(broker)
    assert (outcome.tool, outcome.state) == (BOOK, pb.WRITE_STATE_NOT_BEGUN)
    _, late = await broker.execute(*CHECK_THEN_BOOK, attempt=1)
    assert (late.status, late.error.reason) == (common.OBSERVATION_STATUS_FAILED, "ATTEMPT_CLOSED")
    assert tools.tools() == [CHECK]
    _, wanted = await broker.execute(*CHECK_THEN_BOOK, attempt=2)
    assert struct_from(wanted.output) == BOOKED


async def test_a_late_duplicate_of_a_no_gets_the_first_answer(broker: Served, tools: ToolServer) -> None:
    tools.behaviours[BOOK] = always(TAKEN)
    _, first = await broker.execute(*CHECK_THEN_BOOK)
    tools.behaviours[BOOK] = always(BOOKED)
    _, again = await broker.execute(*CHECK_THEN_BOOK)
    assert struct_from(again.output) == struct_from(first.output) == TAKEN
    assert tools.tools().count(BOOK) == 1
    (outcome,) = await look_up(broker)
    assert outcome.state == pb.WRITE_STATE_NOT_DONE
    assert struct_from(outcome.observation.output) == TAKEN


async def test_what_was_done_is_told_after_the_broker_was_started_anew(tools: ToolServer, tmp_path: Path) -> None:
    async with serving(tmp_path, tools.url) as broker:
        await broker.execute(*CHECK_THEN_BOOK)
    async with serving(tmp_path, tools.url) as broker:
        check, book = await look_up(broker, *CHECK_THEN_BOOK)
    assert (check.state, book.state) == (pb.WRITE_STATE_NOT_BEGUN, pb.WRITE_STATE_DONE)
    assert not book.HasField("observation")


async def test_who_does_not_say_who_it_is_looks_nothing_up(tools: ToolServer, tmp_path: Path) -> None:
    """A look-up closes writes: also on a developer's machine nobody does it without a name."""
    async with serving(tmp_path, tools.url, shows=None) as broker:
        with pytest.raises(aio.AioRpcError) as refused:
            await look_up(broker)
    assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
    assert reason_of(refused.value) == "CALLER_UNKNOWN"


async def test_attempts_are_bounded(broker: Served) -> None:
    with pytest.raises(aio.AioRpcError) as refused:
        await broker.execute(action(BOOK), attempt=1_001)
    assert reason_of(refused.value) == "TOO_MANY_ATTEMPTS"
