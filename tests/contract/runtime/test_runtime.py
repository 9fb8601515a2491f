"""What surrounds every RPC, over a real server."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable

import grpc
import pytest
from grpc import aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from pulpo.nlg.v1 import nlg_pb2 as pb
from pulpo.nlg.v1 import nlg_pb2_grpc
from runtime.errors import Kind, PulpoError
from runtime.rpc.channel import open_channel
from runtime.rpc.deadline import TRACK_KEY, current_deadline, current_track, remaining_s
from runtime.rpc.interceptors import reason_of
from runtime.rpc.server import GrpcServer, Registration

NAME = "pulpo.nlg.v1.NlgService"
Behaviour = Callable[[pb.ComposeRequest], Awaitable[pb.ComposeResponse]]


class Servicer(nlg_pb2_grpc.NlgServiceServicer):
    """Does what a test wants."""

    behaviour: Behaviour

    async def Compose(self, request: pb.ComposeRequest, context: object) -> pb.ComposeResponse:  # noqa: N802
        return await self.behaviour(request)


@pytest.fixture
async def served() -> AsyncIterator[tuple[Servicer, str]]:
    servicer = Servicer()
    server = GrpcServer([Registration(NAME, lambda s: nlg_pb2_grpc.add_NlgServiceServicer_to_server(servicer, s))])
    port = await server.start("127.0.0.1", 0)
    yield servicer, f"127.0.0.1:{port}"
    await server.stop(0, 0)


async def call(target: str, timeout: float = 5) -> pb.ComposeResponse:
    async with open_channel(target) as channel:
        return await nlg_pb2_grpc.NlgServiceStub(channel).Compose(pb.ComposeRequest(), timeout=timeout)


async def test_a_domain_error_becomes_its_status_with_its_reason(served: tuple[Servicer, str]) -> None:
    servicer, target = served

    async def refuse(_: pb.ComposeRequest) -> pb.ComposeResponse:
        raise PulpoError(Kind.NOT_FOUND, "NO_SUCH_THING", "There is none.")

    servicer.behaviour = refuse
    with pytest.raises(aio.AioRpcError) as raised:
        await call(target)
    assert raised.value.code() is grpc.StatusCode.NOT_FOUND
    assert reason_of(raised.value) == "NO_SUCH_THING"


async def test_an_unforeseen_error_tells_nothing_of_its_text(served: tuple[Servicer, str]) -> None:
    servicer, target = served

    async def break_down(_: pb.ComposeRequest) -> pb.ComposeResponse:
        raise ValueError("ana@test.com")

    servicer.behaviour = break_down
    with pytest.raises(aio.AioRpcError) as raised:
        await call(target)
    assert raised.value.code() is grpc.StatusCode.INTERNAL
    assert "ana" not in str(raised.value)


async def test_deadline_and_track_travel_to_the_next_service(served: tuple[Servicer, str]) -> None:
    servicer, target = served
    seen: list[tuple[float, str]] = []

    async def note(_: pb.ComposeRequest) -> pb.ComposeResponse:
        seen.append((remaining_s() or 0.0, current_track.get()))
        if len(seen) == 1:
            await call(target, timeout=600)
        return pb.ComposeResponse(message="ok")

    servicer.behaviour = note
    async with open_channel(target) as channel:
        stub = nlg_pb2_grpc.NlgServiceStub(channel)
        await stub.Compose(pb.ComposeRequest(), timeout=60, metadata=((TRACK_KEY, "slm"),))
    (first_left, first_track), (second_left, second_track) = seen
    assert (first_track, second_track) == ("slm", "slm")
    assert 0 < first_left < 61  # the library rounds what is left up
    assert 0 < second_left < 61  # and not the 600 that the inner call asked for
    assert current_deadline.get() is None


async def test_a_caller_with_a_deadline_and_track_of_its_own_follows_nobody_elses(
    served: tuple[Servicer, str],
) -> None:
    servicer, target = served
    seen: list[tuple[float, str]] = []

    async def note(_: pb.ComposeRequest) -> pb.ComposeResponse:
        seen.append((remaining_s() or 0.0, current_track.get()))
        if len(seen) == 1:
            async with open_channel(target, follows_caller=False) as channel:
                stub = nlg_pb2_grpc.NlgServiceStub(channel)
                await stub.Compose(pb.ComposeRequest(), timeout=60, metadata=((TRACK_KEY, "legacy"),))
                await stub.Compose(pb.ComposeRequest(), timeout=60)
        return pb.ComposeResponse(message="ok")

    servicer.behaviour = note
    async with open_channel(target) as channel:
        stub = nlg_pb2_grpc.NlgServiceStub(channel)
        await stub.Compose(pb.ComposeRequest(), timeout=20, metadata=((TRACK_KEY, "slm"),))
    assert [track for _left, track in seen] == ["slm", "legacy", ""]
    assert [left > 30 for left, _track in seen] == [False, True, True]


async def test_a_deadline_that_passes_cancels_the_work_behind(served: tuple[Servicer, str]) -> None:
    servicer, target = served
    cancelled = asyncio.Event()

    async def hang(_: pb.ComposeRequest) -> pb.ComposeResponse:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise
        return pb.ComposeResponse()

    servicer.behaviour = hang
    with pytest.raises(aio.AioRpcError) as raised:
        await call(target, timeout=0.2)
    assert raised.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    await asyncio.wait_for(cancelled.wait(), 60)


async def test_a_port_in_use_is_one_clear_error(served: tuple[Servicer, str]) -> None:
    port = int(served[1].rsplit(":", 1)[1])
    with pytest.raises(PulpoError, match=f"PORT_IN_USE: Port {port}"):
        await GrpcServer([]).start("127.0.0.1", port)


async def test_health_follows_the_dependencies_and_the_shutdown() -> None:
    up = True

    async def ready() -> bool:
        return up

    server = GrpcServer(
        [Registration(NAME, lambda s: nlg_pb2_grpc.add_NlgServiceServicer_to_server(Servicer(), s))], ready
    )
    port = await server.start("127.0.0.1", 0)
    status = health_pb2.HealthCheckResponse
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(service=NAME), timeout=60)
        seen = watch.__aiter__()
        assert (await anext(seen)).status == status.SERVING
        up = False
        assert (await anext(seen)).status == status.NOT_SERVING
        up = True
        assert (await anext(seen)).status == status.SERVING
        stopping = asyncio.create_task(server.stop(0, 1))
        assert (await anext(seen)).status == status.NOT_SERVING
        watch.cancel()
    await stopping


async def test_health_tells_of_parts_by_their_own_names() -> None:
    up = False

    async def part() -> bool:
        return up

    server = GrpcServer([], parts={"pulpo.tools": part})
    port = await server.start("127.0.0.1", 0)
    status = health_pb2.HealthCheckResponse
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        health = health_pb2_grpc.HealthStub(channel)
        assert (await health.Check(health_pb2.HealthCheckRequest(), timeout=60)).status == status.SERVING
        seen = health.Watch(health_pb2.HealthCheckRequest(service="pulpo.tools"), timeout=60).__aiter__()
        assert (await anext(seen)).status == status.NOT_SERVING
        up = True
        assert (await anext(seen)).status == status.SERVING
    await server.stop(0, 0)


async def test_reflection_names_the_service(served: tuple[Servicer, str]) -> None:
    async with aio.insecure_channel(served[1]) as channel:
        stub = reflection_pb2_grpc.ServerReflectionStub(channel)
        requests = iter([reflection_pb2.ServerReflectionRequest(list_services="")])
        names = [
            service.name
            async for answer in stub.ServerReflectionInfo(requests)
            for service in answer.list_services_response.service
        ]
    assert NAME in names
    assert json.dumps(names).count("grpc.health.v1.Health") == 1
