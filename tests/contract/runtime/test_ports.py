"""A server whose port is held by somebody's outgoing connection waits for it; by a listener, it is refused."""

import asyncio
import socket

import pytest
from grpc import aio
from grpc_health.v1 import health_pb2, health_pb2_grpc

from cli.local.processes import PROGRAMS, free_ports, ports_in_use
from runtime.errors import PulpoError
from runtime.rpc.listening import is_listened_on
from runtime.rpc.server import GrpcServer

HOST = "127.0.0.1"


class Outgoing:
    """A connection to a listener of the test's own, made from a port of choice."""

    def __init__(self, port: int) -> None:
        self._listener = socket.create_server((HOST, 0))
        self._connection = socket.socket()
        self._connection.bind((HOST, port))
        self._connection.connect(self._listener.getsockname())

    def close(self) -> None:
        accepted, _ = self._listener.accept()
        accepted.close()  # the other side closes first, so that no TIME_WAIT keeps the port
        self._connection.recv(1)
        self._connection.close()
        self._listener.close()


async def test_a_port_that_an_outgoing_connection_holds_is_waited_for() -> None:
    (port,) = free_ports(1)
    held = Outgoing(port)
    assert not is_listened_on(HOST, port)
    assert not [line for line in ports_in_use({"PULPO_NLG_PORT": str(port)}, PROGRAMS) if str(port) in line]
    server = GrpcServer(())
    starting = asyncio.create_task(server.start(HOST, port))
    done, _ = await asyncio.wait({starting}, timeout=0.5)
    assert not done, "it does not give up while the port may become free"
    held.close()
    assert await starting == port
    async with aio.insecure_channel(f"{HOST}:{port}") as channel:
        answer = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=60)
    assert answer.status == health_pb2.HealthCheckResponse.SERVING
    await server.stop(0, 0)


async def test_a_port_that_somebody_listens_on_is_refused_at_once() -> None:
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]
        assert is_listened_on(HOST, port)
        assert any(
            f"port {port} for nlg gRPC is in use" in line for line in ports_in_use({"PULPO_NLG_PORT": str(port)})
        )
        with pytest.raises(PulpoError) as refused:
            await asyncio.wait_for(GrpcServer(()).start(HOST, port), 10)
    assert refused.value.reason == "PORT_IN_USE"
