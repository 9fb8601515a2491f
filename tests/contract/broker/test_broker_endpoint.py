"""One attempt against real MCP servers, good ones and bad ones."""

import asyncio
import gc
import gzip
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags
from starlette.types import ASGIApp

from broker.calls.caller import ToolCall
from broker.calls.http_client import HttpClient
from broker.calls.mcp_endpoint import OLD_FOR_S, McpEndpoint, classify
from broker.calls.results import ToolFailedError
from broker.domain.model import Customer
from tests.unit.broker.builders import ADDRESS, BOOKING, PHONE, FakeClock, make_turn, make_workspace
from tests.unit.broker.tool_servers import ToolServer, flood, hang_up, reply, result, silent, tool_server

HOURS = "get_business_hours"


@pytest.fixture
async def server() -> AsyncIterator[ToolServer]:
    async with tool_server() as one:
        yield one


@pytest.fixture
async def endpoint() -> AsyncIterator[McpEndpoint]:
    async with HttpClient() as http:
        yield McpEndpoint(http, FakeClock())


def make_call(url: str, tool: str = HOURS, args: Any = None, key: str = "", phone: str = PHONE) -> ToolCall:
    workspace = make_workspace(url)
    row = workspace.tool(tool)
    assert row is not None
    return ToolCall(workspace, row, args or {}, make_turn(), Customer(ADDRESS, phone), key)


async def failure(endpoint: McpEndpoint, call: ToolCall, timeout: float = 5.0) -> ToolFailedError:
    with pytest.raises(ToolFailedError) as raised:
        await endpoint.call(call, timeout)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    return raised.value


async def test_a_tool_gets_its_arguments_and_what_no_model_may_choose(
    server: ToolServer, endpoint: McpEndpoint
) -> None:
    args = {**BOOKING, "client_phone": PHONE}
    assert await endpoint.call(make_call(server.url, "book_appointment", args, key="abc"), 5) == {"ok": True}
    (received,) = server.calls
    assert received.args == args
    ours = {name: value for name, value in received.meta.items() if name.startswith("dev.pulpo/")}
    assert ours == {
        "dev.pulpo/workspace_id": "estudio-pulpo",
        "dev.pulpo/customer": ADDRESS,
        "dev.pulpo/customer_phone": PHONE,
        "dev.pulpo/now": "2026-03-11T13:00:00+00:00",
        "dev.pulpo/idempotency_key": "abc",
    }


async def test_what_is_not_known_is_not_sent(server: ToolServer, endpoint: McpEndpoint) -> None:
    await endpoint.call(make_call(server.url, phone=""), 5)
    assert "dev.pulpo/customer_phone" not in server.calls[0].meta
    assert "dev.pulpo/idempotency_key" not in server.calls[0].meta


async def test_the_trace_goes_on_in_the_tool(server: ToolServer, endpoint: McpEndpoint) -> None:
    span = NonRecordingSpan(SpanContext(0xABC, 0xDEF, is_remote=True, trace_flags=TraceFlags(1)))
    with trace.use_span(span):
        await endpoint.call(make_call(server.url), 5)
    assert f"{0xABC:032x}" in server.calls[0].meta["traceparent"]


async def test_one_call_is_one_request(server: ToolServer, endpoint: McpEndpoint) -> None:
    for _ in range(3):
        await endpoint.call(make_call(server.url), 5)
    assert (server.posts, len(server.calls)) == (3, 3)


async def test_answers_as_an_event_stream_are_read_too(endpoint: McpEndpoint) -> None:
    async with tool_server(json_response=False) as server:
        assert await endpoint.call(make_call(server.url), 5) == {"ok": True}


async def test_an_older_server_is_spoken_to_in_its_version_and_remembered() -> None:
    clock = FakeClock()
    async with tool_server() as server, HttpClient() as http:
        server.is_old = True
        endpoint = McpEndpoint(http, clock)
        for _ in range(2):
            assert await endpoint.call(make_call(server.url, key="k"), 5) == {"ok": True}
        assert [call.meta["dev.pulpo/idempotency_key"] for call in server.calls] == ["k", "k"]
        server.versions.clear()
        await endpoint.call(make_call(server.url), 5)
        assert server.versions == ["2025-11-25"]
        server.is_old = False
        clock.now += OLD_FOR_S
        server.versions.clear()
        await endpoint.call(make_call(server.url), 5)
        assert server.versions == ["2026-07-28"]


async def test_a_refusal_by_a_modern_server_is_no_sign_of_age(server: ToolServer, endpoint: McpEndpoint) -> None:
    server.misbehave(reply(400))
    await endpoint.call(make_call(server.url), 5)
    server.versions.clear()
    await endpoint.call(make_call(server.url), 5)
    assert server.versions == ["2026-07-28"]


async def test_nobody_there_is_a_certain_and_transient_failure(server: ToolServer, endpoint: McpEndpoint) -> None:
    await server.stop()
    failed = await failure(endpoint, make_call(server.url))
    assert (failed.reason, failed.transient, failed.certain) == ("TOOL_UNREACHABLE", True, True)


async def test_a_server_that_died_between_two_calls_is_noticed_and_found_again(endpoint: McpEndpoint) -> None:
    async with tool_server() as server:
        await endpoint.call(make_call(server.url), 5)
    assert (await failure(endpoint, make_call(server.url))).transient
    async with tool_server() as another:
        assert await endpoint.call(make_call(another.url), 5) == {"ok": True}


async def test_silence_ends_with_the_timeout_and_hangs_up(server: ToolServer, endpoint: McpEndpoint) -> None:
    ended = asyncio.Event()
    server.misbehave(silent(ended))
    failed = await failure(endpoint, make_call(server.url), 0.1)
    assert (failed.reason, failed.transient, failed.certain) == ("TOOL_TIMEOUT", True, False)
    await asyncio.wait_for(ended.wait(), 60)


async def test_a_cancelled_call_is_cancelled_and_the_next_one_works(server: ToolServer, endpoint: McpEndpoint) -> None:
    reached = asyncio.Event()

    async def stuck(_args: Any, _meta: Any) -> Any:
        reached.set()
        await asyncio.Event().wait()

    server.behaviours[HOURS] = stuck
    task = asyncio.create_task(endpoint.call(make_call(server.url), 30))
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    server.behaviours.clear()
    assert await endpoint.call(make_call(server.url), 5) == {"ok": True}


@pytest.mark.parametrize(
    ("status", "headers", "reason", "transient", "certain", "wait"),
    [
        (429, {"retry_after": "7"}, "TOOL_OVERLOADED", True, True, 7.0),
        (429, {}, "TOOL_OVERLOADED", True, True, 0.0),
        (503, {"retry_after": "2"}, "TOOL_OVERLOADED", True, True, 2.0),
        (503, {}, "TOOL_UNAVAILABLE", True, False, 0.0),
        (502, {}, "TOOL_UNAVAILABLE", True, False, 0.0),
        (504, {}, "TOOL_UNAVAILABLE", True, False, 0.0),
        (500, {}, "TOOL_UNAVAILABLE", False, False, 0.0),
        (401, {}, "TOOL_REJECTED", False, True, 0.0),
        (413, {}, "TOOL_REJECTED", False, True, 0.0),
    ],
)
async def test_statuses_are_told_apart(
    server: ToolServer, endpoint: McpEndpoint, status: int, headers: Any, reason: str, transient: bool, certain: bool,
    wait: float,
) -> None:  # fmt: skip
    server.misbehave(reply(status, **headers))
    failed = await failure(endpoint, make_call(server.url))
    got = (failed.reason, failed.transient, failed.certain, failed.retry_after_s)
    assert got == (reason, transient, certain, wait)


GARBAGE: dict[str, ASGIApp] = {
    "no JSON": reply(200, b"{not json"),
    "half a JSON": reply(200, b'{"jsonrpc": "2.0", "id": 1, "result": {'),
    "no JSON-RPC": reply(200, b'{"hello": "world"}'),
    "another type": reply(200, b"<html></html>", "text/html"),
    "nothing": reply(200, b""),
    "accepted": reply(202),
    "a redirect": reply(302, location="http://127.0.0.1:9/elsewhere"),
    "a result of another shape": result(hello="world"),
    "content of another shape": result(content="text", isError=False, resultType="complete"),
    "an endless nesting": reply(200, b"[" * 100_000),
}


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=list(GARBAGE))
async def test_garbage_is_a_failure_that_proves_nothing(
    server: ToolServer, endpoint: McpEndpoint, garbage: ASGIApp
) -> None:
    server.misbehave(garbage)
    failed = await failure(endpoint, make_call(server.url))
    assert failed.reason in ("TOOL_PROTOCOL", "TOOL_DISCONNECTED")
    assert not failed.certain
    assert await endpoint.call(make_call(server.url), 5) == {"ok": True}


async def test_an_answer_for_somebody_else_is_never_taken(server: ToolServer, endpoint: McpEndpoint) -> None:
    answer = {"jsonrpc": "2.0", "id": 987654, "result": {"content": [], "structuredContent": {"ok": True}}}
    server.misbehave(reply(200, json.dumps(answer).encode()))
    failed = await failure(endpoint, make_call(server.url))
    assert (failed.reason, failed.certain) == ("TOOL_PROTOCOL", False)


async def test_a_connection_that_breaks_is_transient_and_uncertain(server: ToolServer, endpoint: McpEndpoint) -> None:
    server.misbehave(hang_up())
    failed = await failure(endpoint, make_call(server.url))
    assert (failed.reason, failed.transient, failed.certain) == ("TOOL_DISCONNECTED", True, False)


@pytest.mark.parametrize("declared", [True, False])
async def test_an_answer_over_5_mb_is_not_read(server: ToolServer, endpoint: McpEndpoint, declared: bool) -> None:
    sent: list[int] = []
    server.misbehave(flood(64, declared=declared, sent=sent))
    failed = await failure(endpoint, make_call(server.url))
    assert (failed.reason, failed.transient, failed.certain) == ("RESULT_TOO_LARGE", False, False)
    assert len(sent) < 64
    assert await endpoint.call(make_call(server.url), 5) == {"ok": True}


async def test_a_real_tool_that_answers_6_mb_is_refused(server: ToolServer, endpoint: McpEndpoint) -> None:
    async def large(_args: Any, _meta: Any) -> Any:
        return {"ok": True, "text": "x" * 6 * 2**20}

    server.behaviours[HOURS] = large
    assert (await failure(endpoint, make_call(server.url), 20)).reason == "RESULT_TOO_LARGE"


async def test_a_compressed_answer_is_not_unpacked(server: ToolServer, endpoint: McpEndpoint) -> None:
    server.misbehave(reply(200, gzip.compress(b"x" * 2**24), content_encoding="gzip"))
    failed = await failure(endpoint, make_call(server.url))
    assert (failed.reason, failed.transient) == ("TOOL_PROTOCOL", False)


async def test_a_tool_that_raises_failed_and_its_text_is_dropped(server: ToolServer, endpoint: McpEndpoint) -> None:
    async def raises(_args: Any, _meta: Any) -> Any:
        raise ValueError("ana@example.com")

    server.behaviours[HOURS] = raises
    failed = await failure(endpoint, make_call(server.url))
    assert (failed.reason, failed.certain, failed.healthy, failed.transient) == ("TOOL_ERROR", True, True, False)
    assert "ana" not in repr(failed) + str(failed.__context__)


async def test_arguments_that_the_tool_refuses_are_its_error(server: ToolServer, endpoint: McpEndpoint) -> None:
    assert (await failure(endpoint, make_call(server.url, "cancel_appointment"))).reason == "TOOL_ERROR"
    assert (await failure(endpoint, make_call(server.url, "reschedule_appointment"))).certain


async def test_many_calls_at_once_get_their_own_answers(server: ToolServer, endpoint: McpEndpoint) -> None:
    async def echo(args: Any, _meta: Any) -> Any:
        return {"ok": True, "booking_id": args["booking_id"]}

    server.behaviours["cancel_appointment"] = echo
    calls = [make_call(server.url, "cancel_appointment", {"booking_id": f"PB-{n:06}"}) for n in range(40)]
    answers = await asyncio.gather(*(endpoint.call(call, 20) for call in calls))
    assert [answer["booking_id"] for answer in answers] == [call.args["booking_id"] for call in calls]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (aiohttp.ConnectionTimeoutError("x"), "TOOL_UNREACHABLE"),
        (aiohttp.SocketTimeoutError("x"), "TOOL_TIMEOUT"),
        (aiohttp.ServerDisconnectedError("x"), "TOOL_DISCONNECTED"),
        (aiohttp.ClientOSError("x"), "TOOL_DISCONNECTED"),
        (aiohttp.ClientPayloadError("x"), "TOOL_DISCONNECTED"),
        (aiohttp.InvalidURL("x"), "TOOL_PROTOCOL"),
    ],
)
def test_exceptions_are_told_apart(error: Exception, reason: str) -> None:
    assert classify(error).reason == reason


async def test_nothing_is_left_open_after_failures(server: ToolServer, endpoint: McpEndpoint) -> None:
    for app in (reply(500), reply(200, b"{"), hang_up(), flood(8, declared=True)):
        server.misbehave(app)
        await failure(endpoint, make_call(server.url))
    gc.collect()
    others = {task for task in asyncio.all_tasks() if "streamable" in repr(task.get_coro())}
    assert others == set()
