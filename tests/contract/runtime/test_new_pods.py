"""A caller of a headless Service finds pods that came after it connected, and leaves those that have gone."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import cast

import grpc
from grpc import aio
from grpc_health.v1 import health_pb2, health_pb2_grpc

from cli.local.processes import free_ports
from runtime.rpc.channel import open_channel
from runtime.rpc.server import GrpcServer, Registration

NAME = "stage.pulpo.test"


class Names(asyncio.DatagramProtocol):
    """A name server that knows one name: its A records are `addresses`, and may change."""

    def __init__(self) -> None:
        self.addresses: list[str] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answers A with the addresses and everything else with nothing; no record may be cached."""
        end = data.index(b"\0", 12) + 5
        question, (kind,) = data[12:end], struct.unpack(">H", data[end - 4 : end - 2])
        found = self.addresses if kind == 1 else []
        head = data[:2] + struct.pack(">HHHHH", 0x8180, 1, len(found), 0, 0)
        records = [struct.pack(">HHHIH", 0xC00C, 1, 1, 0, 4) + socket.inet_aton(each) for each in found]
        self.transport.sendto(head + question + b"".join(records), addr)


@asynccontextmanager
async def name_server() -> AsyncIterator[tuple[Names, int]]:
    transport, names = await asyncio.get_running_loop().create_datagram_endpoint(Names, ("127.0.0.1", 0))
    try:
        yield names, transport.get_extra_info("sockname")[1]
    finally:
        transport.close()


async def test_a_new_pod_gets_calls_once_connections_are_old_and_one_that_left_gets_none() -> None:
    async with AsyncExitStack() as stack:
        names, name_port = await stack.enter_async_context(name_server())
        (port,) = free_ports(1)

        async def start(address: str) -> None:
            server = GrpcServer([Registration(address, lambda _server: None)], connection_age_s=1.0)
            await server.start(address, port)
            stack.push_async_callback(server.stop, 0, 0)

        await start("127.0.0.2")
        names.addresses = ["127.0.0.2"]
        channel = open_channel(f"dns://127.0.0.1:{name_port}/{NAME}:{port}")
        stack.push_async_callback(channel.close, None)
        stub = health_pb2_grpc.HealthStub(channel)
        await reached(stub, {"127.0.0.2"})
        await start("127.0.0.3")
        names.addresses = ["127.0.0.2", "127.0.0.3"]
        await reached(stub, {"127.0.0.2", "127.0.0.3"})
        names.addresses = ["127.0.0.3"]
        await reached(stub, {"127.0.0.3"})


async def reached(stub: health_pb2_grpc.HealthStub, pods: set[str]) -> None:
    """Returns once these pods get the calls, and no others. No call fails meanwhile."""
    async with asyncio.timeout(60):
        while {await who_answers(stub) for _ in range(10)} != pods:
            pass


async def who_answers(stub: health_pb2_grpc.HealthStub) -> str:
    """The address of the pod that a call goes to: each knows its own name alone."""
    try:
        await stub.Check(health_pb2.HealthCheckRequest(service="127.0.0.2"), timeout=20)
    except aio.AioRpcError as error:
        if error.code() is not grpc.StatusCode.NOT_FOUND:
            raise
        return "127.0.0.3"
    return "127.0.0.2"
