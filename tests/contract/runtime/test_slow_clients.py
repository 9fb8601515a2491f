"""Clients that take their time to write a request, and many of them."""

import asyncio
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from runtime.http.server import ARRIVE_S, HttpServer
from runtime.rpc.tls import TlsFiles, http_client_context
from tests.certificates import Authority, write
from tests.contract.gateway.fakes import running

HEAD = b"POST /webhook/pulpo/twilio/wa/inbound HTTP/1.1\r\nHost: x\r\n"
BODY = HEAD + b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nMessageSid="
Socket = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def slow(port: int, count: int, begun: bytes) -> list[Socket]:
    """So many connections that write the beginning of a request and no more."""
    sockets = await asyncio.gather(*(asyncio.open_connection("127.0.0.1", port) for _ in range(count)))
    for _, writer in sockets:
        writer.write(begun)
        await writer.drain()
    return sockets


async def ends(sockets: list[Socket]) -> None:
    """Returns once the other side has closed all of them."""

    async def end(reader: asyncio.StreamReader) -> None:
        with suppress(ConnectionResetError):
            await reader.read()

    await asyncio.gather(*(end(reader) for reader, _ in sockets))
    for _, writer in sockets:
        writer.close()


@asynccontextmanager
async def serving(
    arrive_s: float = ARRIVE_S, most: int = 100, tls: TlsFiles | None = None
) -> AsyncIterator[tuple[int, asyncio.Event]]:
    """A server whose requests to /hold wait for the event; /always is answered whatever goes on."""
    opened = asyncio.Event()

    async def hold(_request: Request) -> Response:
        await opened.wait()
        return PlainTextResponse("held")

    async def always(_request: Request) -> Response:
        return PlainTextResponse("always")

    server = HttpServer(1, always=("/always",), arrive_s=arrive_s, most=most, tls=tls)
    port = server.listen("127.0.0.1", 0)
    await server.start(Starlette(routes=[Route("/hold", hold), Route("/always", always)]))
    try:
        yield port, opened
    finally:
        opened.set()
        await server.stop()


@pytest.mark.timeout(120)
async def test_a_thousand_slow_sockets_are_closed_and_everybody_else_is_answered(tmp_path: Path) -> None:
    assert ARRIVE_S <= 10
    count = min(1_000, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 4)
    async with running(tmp_path) as mesh:
        waiting = asyncio.create_task(ends(await slow(mesh.gateway.http_port, count, HEAD)))
        answered = 0
        while not waiting.done():
            assert await mesh.say("hola", customer=f"+54911{answered:08}")
            assert (await mesh.client.get(f"{mesh.url()}/healthz")).status_code == 200
            answered += 1
        await waiting
    assert answered


@pytest.mark.timeout(120)
async def test_thousands_of_half_request_lines_make_nobody_be_refused(tmp_path: Path) -> None:
    count = min(2_100, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 4)
    async with running(tmp_path) as mesh:
        sockets = await slow(mesh.gateway.http_port, count, b"POST /webhook/pulp")
        for number in range(5):
            assert await mesh.say("hola", customer=f"+54911{number:08}")
            assert (await mesh.client.get(f"{mesh.url()}/readyz")).status_code == 200
        for _, writer in sockets:
            writer.close()


@pytest.mark.parametrize("begun", [b"", b"GET /alw", HEAD, BODY])
async def test_what_does_not_arrive_in_time_is_closed(begun: bytes) -> None:
    async with serving(arrive_s=0.2) as (port, _):
        await ends(await slow(port, 3, begun))


async def test_a_connection_used_before_is_no_more_patient() -> None:
    async with serving(arrive_s=0.2) as (port, _):
        ((reader, writer),) = await slow(port, 1, b"GET /always HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"always" in await reader.readuntil(b"always")
        writer.write(b"GET /alw")
        await ends([(reader, writer)])


async def test_a_request_that_has_arrived_may_take_longer() -> None:
    async with serving(arrive_s=0.1) as (port, opened), httpx2.AsyncClient() as client:
        held = asyncio.create_task(client.get(f"http://127.0.0.1:{port}/hold"))
        await ends(await slow(port, 1, b""))
        await ends(await slow(port, 1, b""))
        opened.set()
        assert (await held).text == "held"


async def test_more_slow_clients_than_there_is_room_for_end_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.http.server.MAX_ARRIVING", 10)
    async with serving(arrive_s=60) as (port, _), httpx2.AsyncClient() as client:
        oldest, others = await slow(port, 5, HEAD), await slow(port, 10, HEAD)
        await ends(oldest)
        for _ in range(3):
            assert (await client.get(f"http://127.0.0.1:{port}/always")).text == "always"
        for _, writer in others:
            writer.close()


async def test_too_many_requests_are_refused_and_those_about_health_are_not() -> None:
    async with serving(most=3) as (port, opened), httpx2.AsyncClient() as client:
        url = f"http://127.0.0.1:{port}"
        held = [asyncio.create_task(client.get(f"{url}/hold")) for _ in range(3)]
        while (refused := await client.get(f"{url}/nowhere")).status_code != 503:
            assert refused.status_code == 404
        assert (await client.get(f"{url}/always")).text == "always"
        opened.set()
        assert [(await each).text for each in held] == ["held"] * 3
        assert (await client.get(f"{url}/nowhere")).status_code == 404


async def test_connections_between_two_requests_are_waited_for_as_the_others_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("runtime.http.server.MAX_ARRIVING", 5)
    async with serving(arrive_s=600) as (port, _):
        sockets = await slow(port, 10, b"")
        for reader, writer in sockets[5:]:
            writer.write(b"GET /always HTTP/1.1\r\nHost: x\r\n\r\n")
            assert await reader.readuntil(b"always")
        more = await slow(port, 5, b"GET")
        await ends(sockets)
        for _, writer in more:
            writer.close()


@pytest.mark.parametrize("begun", [b"", b"\x16\x03\x01", b"GET / HTTP/1.1\r\n\r\n"])
async def test_a_handshake_that_does_not_come_ends_and_gives_way(
    tmp_path: Path, begun: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtime.http.server.MAX_ARRIVING", 5)
    authority = Authority("ours")
    files = write(tmp_path, authority.issue("agenda"), authority.pem)
    async with (
        serving(arrive_s=60, tls=files) as (port, _),
        httpx2.AsyncClient(verify=http_client_context(files)) as client,
    ):
        first, others = await slow(port, 5, begun), await slow(port, 5, begun)
        await ends(first)
        assert (await client.get(f"https://127.0.0.1:{port}/always")).text == "always"
        for _, writer in others:
            writer.close()
    async with serving(arrive_s=0.2, tls=files) as (port, _):
        await ends(await slow(port, 3, begun))
