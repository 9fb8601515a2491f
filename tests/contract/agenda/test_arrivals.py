"""Many come to the agenda and say nothing, or ask for streams: whoever books is answered."""

import asyncio
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from runtime.data.database import sqlite_url
from tests.contract.agenda.running import Running, running
from tests.contract.runtime.test_slow_clients import Socket, slow

POST = b"POST /mcp HTTP/1.1\r\nHost: localhost:1\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{"
FILES = resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def port_of(agenda: Running) -> int:
    """The port that it listens on."""
    return int(agenda.url.rpartition(":")[2])


@asynccontextmanager
async def held(agenda: Running, count: int, begun: bytes) -> AsyncIterator[list[Socket]]:
    """So many connections that write the beginning of a request and stay."""
    sockets = await slow(port_of(agenda), min(count, FILES // 8), begun)
    yield sockets
    for _, writer in sockets:
        writer.close()


@pytest.mark.timeout(120)
async def test_hundreds_of_silent_and_slow_connections_stop_no_booking(agenda: Running) -> None:
    async with (
        held(agenda, 600, b""),
        held(agenda, 600, POST),
        held(agenda, 1_010, b"GET /mcp HTTP/1.1\r\nHost: x\r\n"),
    ):
        assert (await agenda.book("Barba", "2026-03-12", "10:00"))["ok"]
        assert (await agenda.http.get(agenda.url + "/readyz")).status_code == 200


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_there_is_no_stream_to_open_and_no_session_to_end(agenda: Running, method: str) -> None:
    accepts = {"Accept": "text/event-stream", "Mcp-Session-Id": "x"}
    answers = await asyncio.gather(
        *(agenda.http.request(method, agenda.url + "/mcp", headers=accepts) for _ in range(200))
    )
    assert {(each.status_code, each.headers["allow"]) for each in answers} == {(405, "POST")}


async def test_a_request_with_two_lengths_is_refused(agenda: Running) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(agenda))
    writer.write(POST.replace(b"\r\n\r\n{", b"\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"))
    answer = await reader.read()  # to its end: the connection is closed
    writer.close()
    await writer.wait_closed()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"AMBIGUOUS_LENGTH" in answer


async def test_too_many_calls_at_once_are_refused_and_health_is_answered(tmp_path: Path) -> None:
    sent = asyncio.Event()

    async def half() -> AsyncIterator[bytes]:
        yield b"{"
        sent.set()
        await asyncio.Event().wait()

    head = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    one_at_a_time = running(sqlite_url(tmp_path, "agenda"), agenda_max_requests=1)
    async with one_at_a_time as agenda, httpx2.AsyncClient(headers=head) as client:
        slow_one = asyncio.create_task(client.post(agenda.url + "/mcp", content=half()))
        await sent.wait()
        while (refused := await client.post(agenda.url + "/mcp", content=b"{}")).status_code != 503:
            assert refused.status_code in (200, 400)
        for path in ("/healthz", "/readyz"):
            assert (await client.get(agenda.url + path)).status_code == 200
        slow_one.cancel()
        await asyncio.wait([slow_one])
