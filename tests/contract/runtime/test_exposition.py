"""The port of /metrics: made at most once a second, whoever asks and however many."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.metrics_core import Metric

from cli.local.processes import free_ports
from runtime.data.database import sqlite_url
from runtime.http.exposition import KEEP_S, Exposition, ExpositionServer, serve_metrics
from tests.contract.agenda.running import running as running_agenda
from tests.contract.gateway.fakes import running as running_gateway

GET = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"


class Made:
    """A text that is made on demand, and the time."""

    def __init__(self) -> None:
        self.times = 0
        self.now_s = 100.0

    def generate(self) -> bytes:
        """The text, with how often it was made."""
        self.times += 1
        return b"made %d\n" % self.times


@asynccontextmanager
async def serving(made: Made, arrive_s: float = 60, most: int = 200) -> AsyncIterator[int]:
    """A server of /metrics and its port."""
    listening = socket.create_server(("127.0.0.1", 0))
    exposition = Exposition(made.generate, lambda: made.now_s)
    server = await ExpositionServer(exposition, arrive_s, most).start(listening)
    yield listening.getsockname()[1]
    server.close()


async def ask(port: int, request: bytes = GET) -> bytes:
    """All that is answered until the other side closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    try:
        return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


async def test_a_hundred_who_ask_at_once_have_the_text_made_once() -> None:
    made = Made()
    async with serving(made) as port:
        answers = await asyncio.gather(*(ask(port) for _ in range(100)))
        assert {each.partition(b"\r\n\r\n")[2] for each in answers} == {b"made 1\n"}
        made.now_s += KEEP_S - 0.01
        assert (await ask(port)).endswith(b"made 1\n")
        made.now_s += 0.02
        assert (await ask(port)).endswith(b"made 2\n")
    assert made.times == 2


async def test_only_metrics_are_there_and_only_to_read() -> None:
    made = Made()
    async with serving(made) as port:
        assert (await ask(port, b"GET / HTTP/1.1\r\n\r\n")).startswith(b"HTTP/1.1 404 ")
        assert (await ask(port, b"POST /metrics HTTP/1.1\r\n\r\n")).startswith(b"HTTP/1.1 405 ")
        assert (await ask(port, b"\r\n\r\n")).startswith(b"HTTP/1.1 404 ")
        assert (await ask(port, b"GET /" + b"x" * 100_000)) == b""
    assert made.times == 0


@pytest.mark.parametrize("begun", [b"", b"GET /met", GET[:-2]])
async def test_what_does_not_arrive_in_time_is_closed(begun: bytes) -> None:
    async with serving(Made(), arrive_s=0.2) as port:
        assert await ask(port, begun) == b""


async def test_connections_that_say_nothing_give_way() -> None:
    async with serving(Made(), most=5) as port:
        silent = [asyncio.create_task(ask(port, b"GET")) for _ in range(20)]
        await asyncio.wait(silent, return_when=asyncio.FIRST_COMPLETED)
        for _ in range(10):
            assert (await ask(port)).endswith(b"made 1\n")
        for task in silent:
            task.cancel()
        await asyncio.wait(silent)


async def test_prometheus_gets_the_process_metrics_on_the_port_that_is_set() -> None:
    (port,) = free_ports(1)
    serve_metrics(port, "127.0.0.1")
    async with httpx2.AsyncClient() as client:
        answer = await client.get(f"http://127.0.0.1:{port}/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert "pulpo_rpc_in_flight" in answer.text
    with pytest.raises(OSError, match="in use"):
        serve_metrics(port, "127.0.0.1")
    serve_metrics(0, "127.0.0.1")


PATHS = ("/metrics", "/metrics/", "/", "/mcp", "/healthz", "/readyz", "/readyz/gateway", "/webhook/pulpo/twilio/health",
         "/webhook/pulpo/twilio/wa/inbound", "/webhook/pulpo/twilio/wa/status")  # fmt: skip


async def test_nothing_on_the_ports_of_customers_and_tools_makes_metrics(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    collected: list[CollectorRegistry] = []

    def collect(self: CollectorRegistry) -> list[Metric]:
        collected.append(self)
        return []

    monkeypatch.setattr(CollectorRegistry, "collect", collect)
    async with running_gateway(tmp_path) as mesh, running_agenda(sqlite_url(tmp_path, "agenda")) as agenda:
        for url in (mesh.url(), agenda.url):
            for path in PATHS:
                for method in ("GET", "POST", "HEAD"):
                    status = (await mesh.client.request(method, url + path)).status_code
                    assert status == 404 or not path.startswith("/metrics"), (url, method, path)
    assert collected == []
    REGISTRY.collect()
    assert collected == [REGISTRY], "the count is of what it says"
