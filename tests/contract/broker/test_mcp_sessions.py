"""Servers of older versions, whose sessions the broker keeps, and answers that are no single JSON body."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from broker.calls.http_client import HttpClient
from broker.calls.mcp_endpoint import OLD_FOR_S, McpEndpoint
from tests.contract.broker.test_broker_endpoint import HOURS, failure, make_call
from tests.unit.broker.builders import BOOKING, PHONE, FakeClock
from tests.unit.broker.tool_servers import ToolServer, drain, hang_up, reply, silent, tool_server, until_gone

BOOK = "book_appointment"
OLD = "2025-11-25"
FORGOTTEN = reply(404, b'{"jsonrpc":"2.0","id":"server-error","error":{"code":-32600,"message":"Session not found"}}')


@pytest.fixture
async def server() -> AsyncIterator[ToolServer]:
    """A server of an older version that keeps sessions."""
    async with tool_server(keeps_sessions=True) as one:
        yield one


@pytest.fixture
async def modern() -> AsyncIterator[ToolServer]:
    async with tool_server() as one:
        yield one


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def endpoint(clock: FakeClock) -> AsyncIterator[McpEndpoint]:
    async with HttpClient() as http:
        yield McpEndpoint(http, clock)


def booking(server: ToolServer) -> Any:
    return make_call(server.url, BOOK, {**BOOKING, "client_phone": PHONE}, key="k")


async def test_a_session_is_opened_once_and_kept(server: ToolServer, endpoint: McpEndpoint) -> None:
    for _ in range(5):
        assert await endpoint.call(make_call(server.url), 5) == {"ok": True}
    refused_and_handshake = 4
    assert (server.posts, len(server.calls)) == (refused_and_handshake + 5, 5)


async def test_calls_that_come_at_once_open_one_session(server: ToolServer, endpoint: McpEndpoint) -> None:
    answers = await asyncio.gather(*(endpoint.call(make_call(server.url), 20) for _ in range(8)))
    assert answers == [{"ok": True}] * 8
    assert server.versions.count("") == 1  # initialize is the one request without a version


async def test_a_restarted_server_gets_a_new_session_and_each_write_once(
    server: ToolServer, endpoint: McpEndpoint
) -> None:
    await endpoint.call(booking(server), 5)
    await server.stop()
    await server.start()
    assert await endpoint.call(booking(server), 5) == {"ok": True}
    assert await endpoint.call(booking(server), 5) == {"ok": True}
    assert [call.meta["dev.pulpo/idempotency_key"] for call in server.calls] == ["k"] * 3
    assert server.versions.count("") == 2


@pytest.mark.parametrize("status", [400, 404])
async def test_a_forgotten_session_is_opened_anew_once_and_then_given_up(
    server: ToolServer, endpoint: McpEndpoint, status: int
) -> None:
    await endpoint.call(booking(server), 5)
    server.misbehave(reply(status))
    assert await endpoint.call(booking(server), 5) == {"ok": True}
    server.posts = 0
    server.misbehave(FORGOTTEN, stays=True)
    failed = await failure(endpoint, booking(server))
    assert (failed.reason, failed.certain, server.posts) == ("TOOL_REJECTED", True, 2)
    assert len(server.calls) == 2


async def test_calls_that_lose_their_session_at_once_share_the_new_one(
    server: ToolServer, endpoint: McpEndpoint
) -> None:
    await endpoint.call(make_call(server.url), 5)
    await server.stop()
    await server.start()
    server.versions.clear()
    answers = await asyncio.gather(*(endpoint.call(make_call(server.url), 20) for _ in range(8)))
    assert answers == [{"ok": True}] * 8
    assert server.versions.count("") == 1


@pytest.mark.parametrize(
    ("app", "reason", "transient"),
    [
        (reply(200, b"{not json"), "TOOL_PROTOCOL", False),
        (reply(503), "TOOL_UNAVAILABLE", True),
        (reply(429, retry_after="1"), "TOOL_OVERLOADED", True),
        (
            reply(200, b'{"jsonrpc":"2.0","id":null,"error":{"code":-32602,"message":"no such version"}}'),
            "TOOL_REJECTED",
            False,
        ),
    ],
)
async def test_a_handshake_that_fails_is_certain_and_another_call_tries_again(
    server: ToolServer, endpoint: McpEndpoint, app: ASGIApp, reason: str, transient: bool
) -> None:
    server.misbehave(reply(400), reply(400), app)
    failed = await failure(endpoint, booking(server))
    assert (failed.reason, failed.transient, failed.certain) == (reason, transient, True)
    assert server.calls == []
    assert await endpoint.call(booking(server), 5) == {"ok": True}


async def test_a_session_whose_server_broke_off_is_uncertain_and_goes_on(
    server: ToolServer, endpoint: McpEndpoint
) -> None:
    await endpoint.call(booking(server), 5)
    server.misbehave(hang_up())
    failed = await failure(endpoint, booking(server))
    assert (failed.reason, failed.transient, failed.certain) == ("TOOL_DISCONNECTED", True, False)
    ended = asyncio.Event()
    server.misbehave(silent(ended))
    assert (await failure(endpoint, booking(server), 1)).reason == "TOOL_TIMEOUT"
    await asyncio.wait_for(ended.wait(), 60)
    assert await endpoint.call(booking(server), 5) == {"ok": True}
    assert server.versions.count("") == 1


async def test_a_call_that_is_cancelled_while_a_session_opens_keeps_nobody_out(
    server: ToolServer, endpoint: McpEndpoint
) -> None:
    reached = asyncio.Event()

    async def stuck(_scope: Scope, receive: Receive, _send: Send) -> None:
        await drain(receive)
        reached.set()
        await until_gone(receive)

    server.misbehave(reply(400), reply(400), stuck)
    first = asyncio.create_task(endpoint.call(make_call(server.url), 30))
    await reached.wait()
    second = asyncio.create_task(endpoint.call(make_call(server.url), 30))
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert await second == {"ok": True}


async def test_a_server_that_was_renewed_is_spoken_to_in_the_modern_version(
    server: ToolServer, endpoint: McpEndpoint, clock: FakeClock
) -> None:
    await endpoint.call(make_call(server.url), 5)
    server.is_old = False
    server.versions.clear()
    await endpoint.call(make_call(server.url), 5)
    clock.now += OLD_FOR_S
    await endpoint.call(make_call(server.url), 5)
    await endpoint.call(make_call(server.url), 5)
    assert server.versions == [OLD, "2026-07-28", "2026-07-28"]


async def test_sessions_end_with_the_broker(server: ToolServer, endpoint: McpEndpoint) -> None:
    await endpoint.call(make_call(server.url), 5)
    assert "DELETE" not in server.methods
    await endpoint.close()
    await endpoint.close()
    assert server.methods.count("DELETE") == 1


async def test_a_server_that_is_gone_does_not_keep_the_broker_from_ending(
    server: ToolServer, endpoint: McpEndpoint
) -> None:
    await endpoint.call(make_call(server.url), 5)
    await server.stop()
    await endpoint.close()


async def test_a_session_that_answers_in_streams_is_read_too(endpoint: McpEndpoint) -> None:
    async with tool_server(json_response=False, keeps_sessions=True) as server:
        for _ in range(2):
            assert await endpoint.call(booking(server), 5) == {"ok": True}


def stream(*events: str | None, ends: bool = True) -> ASGIApp:
    """Answers with an event stream: texts as they are, None for the answer to the request."""

    async def app(_scope: Scope, receive: Receive, send: Send) -> None:
        asked = await drain(receive)
        result = {"content": [], "structuredContent": {"ok": True}, "resultType": "complete"}
        answer = json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": result})
        head = [(b"content-type", b"text/event-stream; charset=utf-8")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        for event in events:
            data = f"event: message\ndata: {answer if event is None else event}\n\n"
            await send({"type": "http.response.body", "body": data.encode(), "more_body": True})
        if not ends:
            await until_gone(receive)
        await send({"type": "http.response.body", "body": b""})

    return app


NOTE = '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":1}}'
PING = '{"jsonrpc":"2.0","id":1,"method":"ping"}'
OTHERS = '{"jsonrpc":"2.0","id":987654,"result":{"content":[],"structuredContent":{"ok":false}}}'


@pytest.mark.parametrize("events", [(NOTE, None), (PING, "", OTHERS, None), (None, OTHERS)])
@pytest.mark.parametrize("ends", [True, False])
async def test_of_a_stream_the_answer_is_taken_and_nothing_else(
    modern: ToolServer, endpoint: McpEndpoint, events: tuple[str | None, ...], ends: bool
) -> None:
    modern.misbehave(stream(*events, ends=ends))
    assert await endpoint.call(make_call(modern.url), 5) == {"ok": True}


@pytest.mark.parametrize(
    ("app", "reason", "transient"),
    [
        (stream(NOTE), "TOOL_DISCONNECTED", True),
        (stream(OTHERS), "TOOL_DISCONNECTED", True),
        (stream("{not json"), "TOOL_PROTOCOL", False),
        (stream(f'{{"x": "{"y" * 6 * 2**20}"}}'), "RESULT_TOO_LARGE", False),
        (stream(*[f'{{"x": "{"y" * 2**20}"}}'] * 6), "RESULT_TOO_LARGE", False),
    ],
    ids=["ends", "for another", "junk", "one huge event", "many large events"],
)
async def test_a_stream_without_an_answer_proves_nothing(
    modern: ToolServer, endpoint: McpEndpoint, app: ASGIApp, reason: str, transient: bool
) -> None:
    modern.misbehave(app)
    failed = await failure(endpoint, booking(modern))
    assert (failed.reason, failed.transient, failed.certain) == (reason, transient, False)
    assert await endpoint.call(booking(modern), 5) == {"ok": True}


@pytest.mark.parametrize("status", [307, 308])
async def test_a_redirect_on_the_same_server_is_followed(
    modern: ToolServer, endpoint: McpEndpoint, status: int
) -> None:
    modern.misbehave(reply(status, location="/mcp"))
    assert await endpoint.call(booking(modern), 5) == {"ok": True}
    assert [call.meta["dev.pulpo/idempotency_key"] for call in modern.calls] == ["k"]


async def test_a_redirect_elsewhere_or_without_end_is_not_followed(modern: ToolServer, endpoint: McpEndpoint) -> None:
    async with tool_server() as other:
        for target in (other.url, f"https://127.0.0.1:{modern.port}/mcp", "http://[::1"):
            modern.misbehave(reply(307, location=target))
            assert (await failure(endpoint, booking(modern))).reason in ("TOOL_PROTOCOL", "TOOL_DISCONNECTED")
        modern.misbehave(reply(303, location="/mcp"))
        assert (await failure(endpoint, booking(modern))).reason == "TOOL_PROTOCOL"
        assert other.posts == 0
    modern.posts = 0
    modern.misbehave(reply(307, location="/mcp"), stays=True)
    assert (await failure(endpoint, booking(modern))).reason == "TOOL_PROTOCOL"
    assert modern.posts == 4
    assert modern.calls == []


async def test_an_answer_that_drips_ends_with_the_timeout(modern: ToolServer, endpoint: McpEndpoint) -> None:
    ended = asyncio.Event()

    async def drip(_scope: Scope, receive: Receive, send: Send) -> None:
        await drain(receive)
        gone = asyncio.create_task(until_gone(receive))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        while not gone.done():
            await send({"type": "http.response.body", "body": b" ", "more_body": True})
            await asyncio.wait({gone}, timeout=0.01)
        ended.set()

    modern.misbehave(drip)
    failed = await failure(endpoint, make_call(modern.url, HOURS), 0.2)
    assert (failed.reason, failed.certain) == ("TOOL_TIMEOUT", False)
    await asyncio.wait_for(ended.wait(), 60)


async def test_an_error_that_names_no_request_is_taken_as_the_answer(modern: ToolServer, endpoint: McpEndpoint) -> None:
    modern.misbehave(reply(200, b'{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"x"}}'))
    failed = await failure(endpoint, booking(modern))
    assert (failed.reason, failed.certain) == ("TOOL_REJECTED", True)
