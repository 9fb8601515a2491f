"""Envoy as the mesh starts it, in front of stand-ins for the services: hosts that say who they are."""

import asyncio
import json
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from grpc import aio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cli.local.envoy import envoy_program, find_envoy
from cli.local.mesh import write_config
from cli.local.processes import free_ports
from envoy_config.clusters import GATEWAY_HTTP
from envoy_config.layout import Address, Layout
from envoy_config.table import load_table
from pulpo.broker.v1 import broker_pb2, broker_pb2_grpc
from pulpo.extractor.v1 import extractor_pb2, extractor_pb2_grpc
from runtime.errors import Kind, PulpoError
from runtime.rpc.server import GrpcServer, Registration
from runtime.rpc.tls import TlsFiles
from tests.mesh.tools.envoy_view import healthy_hosts

TABLE = load_table()
HOST = "127.0.0.1"
EXTRACTOR, BROKER = TABLE.services["extractor"].grpc, TABLE.services["broker"].grpc
START_S = 30.0


@dataclass
class Host(extractor_pb2_grpc.ExtractorServiceServicer, broker_pb2_grpc.BrokerServiceServicer):
    """One host of any cluster. Its answers say which one it is."""

    name: str
    tls: TlsFiles | None = None
    refusals: int = 0
    """How many calls it answers UNAVAILABLE first."""
    calls: int = 0
    left_s: float | None = None
    """Seconds that the last caller would wait."""
    go: asyncio.Event = field(default_factory=asyncio.Event)
    """Calls wait for it."""
    port: int = 0

    async def Extract(  # noqa: N802 - the RPC's name
        self, request: extractor_pb2.ExtractRequest, context: "aio.ServicerContext[Any, Any]"
    ) -> extractor_pb2.ExtractResponse:
        """Answers with its name."""
        await self._note(context)
        return extractor_pb2.ExtractResponse(model=self.name)

    async def Execute(  # noqa: N802 - the RPC's name
        self, request: broker_pb2.ExecuteRequest, context: "aio.ServicerContext[Any, Any]"
    ) -> broker_pb2.ExecuteResponse:
        """Does nothing."""
        await self._note(context)
        return broker_pb2.ExecuteResponse()

    async def Evaluate(  # noqa: N802 - the RPC's name
        self, request: broker_pb2.EvaluateRequest, context: "aio.ServicerContext[Any, Any]"
    ) -> broker_pb2.EvaluateResponse:
        """Nothing either."""
        await self._note(context)
        return broker_pb2.EvaluateResponse()

    async def LookUpWrites(  # noqa: N802 - the RPC's name
        self, request: broker_pb2.LookUpWritesRequest, context: "aio.ServicerContext[Any, Any]"
    ) -> broker_pb2.LookUpWritesResponse:
        """Knows of none."""
        await self._note(context)
        return broker_pb2.LookUpWritesResponse()

    async def _note(self, context: "aio.ServicerContext[Any, Any]") -> None:
        self.calls += 1
        self.left_s = context.time_remaining()
        await self.go.wait()
        if self.calls <= self.refusals:
            raise PulpoError(Kind.UNAVAILABLE, "REFUSED", "Refused for the test.")

    async def start(self) -> GrpcServer:
        """Listens on any free port."""
        self.go.set()
        server = GrpcServer(
            [
                Registration(EXTRACTOR, lambda at: extractor_pb2_grpc.add_ExtractorServiceServicer_to_server(self, at)),
                Registration(BROKER, lambda at: broker_pb2_grpc.add_BrokerServiceServicer_to_server(self, at)),
            ],
            tls=self.tls,
        )
        self.port = await server.start(HOST, self.port)
        return server


@dataclass
class Front:
    """Envoy, and what stands behind it."""

    layout: Layout
    log: Path
    hosts: dict[str, list[Host]]
    servers: dict[int, GrpcServer]

    @property
    def edge(self) -> str:
        """URL of the edge."""
        return f"http://{self.layout.edge}"

    def inner(self, service: str) -> str:
        """Where a service is called."""
        return str(self.layout.inner[service])

    async def healthy(self, cluster: str) -> int:
        """How many hosts of a cluster Envoy sends calls to."""
        return await healthy_hosts(str(self.layout.admin), cluster)

    async def until_healthy(self, cluster: str, count: int) -> None:
        """Waits until Envoy sends calls to so many hosts of a cluster."""

        async def seen() -> bool:
            return await self.healthy(cluster) == count

        await until(seen, f"{cluster} has {count} healthy hosts")


async def until(condition: Callable[[], Awaitable[bool]], what: str) -> None:
    """Asks until it is so. Fails the test when it never is."""
    deadline = time.monotonic() + START_S
    while not await condition():
        assert time.monotonic() < deadline, f"never happened: {what}"
        await asyncio.sleep(0.05)


@asynccontextmanager
async def standing(folder: Path, counts: Mapping[str, int], tls: TlsFiles | None = None) -> AsyncIterator[Front]:
    """Envoy before so many hosts of each cluster, and before an HTTP gateway that tells what it got."""
    envoy = find_envoy()
    if envoy is None:
        pytest.skip("no Envoy: its wheel (requirements/mesh.txt) is not for this machine")
    hosts = {name: [Host(name, tls) for _ in range(count)] for name, count in counts.items()}
    servers = {id(host): await host.start() for group in hosts.values() for host in group}
    try:
        async with _gateway() as gateway_port:
            layout = _layout(hosts, gateway_port)
            config, log = folder / "envoy" / "envoy.json", folder / "envoy.log"
            write_config(config, layout, tls)
            process = _start(envoy_program(envoy, config).command(), log)
            try:
                front = Front(layout, log, hosts, servers)
                await until(partial(_is_up, front, process), "Envoy is up")
                for name, count in {**counts, GATEWAY_HTTP: 1}.items():
                    await front.until_healthy(name, count)
                yield front
            finally:
                process.terminate()
                process.wait(20)
    finally:
        await asyncio.gather(*(server.stop(0, 0) for server in servers.values()))


def _start(command: list[str], log: Path) -> "subprocess.Popen[bytes]":
    with log.open("wb") as output:
        return subprocess.Popen(command, stdout=output, stderr=output)


def _layout(hosts: Mapping[str, list[Host]], gateway_port: int) -> Layout:
    edge, admin, *inner = (Address(HOST, port) for port in free_ports(2 + len(TABLE.services)))
    nobody = Address(HOST, free_ports(1)[0])
    clusters = [cluster for name in TABLE.services for cluster in TABLE.clusters(name)]
    behind = {name: tuple(Address(HOST, host.port) for host in hosts.get(name, [])) or (nobody,) for name in clusters}
    behind[GATEWAY_HTTP] = (Address(HOST, gateway_port),)
    return Layout(edge, admin, dict(zip(TABLE.services, inner, strict=True)), behind)


async def _is_up(front: Front, process: "subprocess.Popen[bytes]") -> bool:
    assert process.poll() is None, front.log.read_text()
    try:
        async with httpx2.AsyncClient() as client:
            return (await client.get(f"http://{front.layout.admin}/ready")).status_code == 200
    except httpx2.HTTPError:
        return False


@asynccontextmanager
async def _gateway() -> AsyncIterator[int]:
    """An HTTP server that answers a webhook with the headers that it got. Gives its port."""

    async def tell(request: Request) -> Response:
        return JSONResponse({"headers": dict(request.headers), "bytes": len(await request.body())})

    async def ready(_request: Request) -> Response:
        return Response()

    paths = [
        *(Route(path, tell, methods=["POST"]) for path in TABLE.edge.posts),
        *(Route(path, ready) for path in ("/readyz", TABLE.services["gateway"].ready)),
    ]
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind((HOST, 0))
    listening.listen()
    app = Starlette(routes=[*paths, Route("/metrics", ready)])
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=1))
    task = asyncio.create_task(server.serve([listening]))
    yield listening.getsockname()[1]
    server.should_exit = True
    await task


def lines(log: Path) -> list[dict[str, object]]:
    """The access log so far."""
    found = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    return [line for line in found if "route" in line]
