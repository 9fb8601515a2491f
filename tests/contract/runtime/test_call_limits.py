"""A gRPC server that many connections, watches and half calls come to: whoever makes a call is answered."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc import aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from grpc_status import rpc_status

from pulpo.nlg.v1 import nlg_pb2 as pb
from pulpo.nlg.v1 import nlg_pb2_grpc
from runtime.rpc.call_limits import Bounds
from runtime.rpc.channel import open_channel
from runtime.rpc.interceptors import reason_of
from runtime.rpc.server import GrpcServer, Registration

NAME = "pulpo.nlg.v1.NlgService"
COMPOSE = f"/{NAME}/Compose"
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0"
"""How an HTTP/2 connection begins: with its settings, all as usual."""
CHECK = health_pb2.HealthCheckRequest()


class Servicer(nlg_pb2_grpc.NlgServiceServicer):
    """Answers a call that says `hold` when it is let go, and any other at once."""

    def __init__(self) -> None:
        self.let_go = asyncio.Event()
        self.holds = asyncio.Semaphore(0)
        """Released for each call that is held."""

    async def Compose(self, request: pb.ComposeRequest, context: object) -> pb.ComposeResponse:  # noqa: N802
        if request.context.turn_id == "hold":
            self.holds.release()
            await self.let_go.wait()
        return pb.ComposeResponse(message="ok")


HOLD = pb.ComposeRequest()
HOLD.context.turn_id = "hold"


@asynccontextmanager
async def serving(bounds: Bounds | None = None) -> AsyncIterator[tuple[Servicer, str]]:
    """A server and its target."""
    servicer = Servicer()
    register = Registration(NAME, lambda server: nlg_pb2_grpc.add_NlgServiceServicer_to_server(servicer, server))
    server = GrpcServer([register], bounds=bounds)
    port = await server.start("127.0.0.1", 0)
    try:
        yield servicer, f"127.0.0.1:{port}"
    finally:
        servicer.let_go.set()
        await server.stop(0, 0)


async def answered(target: str) -> bool:
    """Whether somebody new gets a call answered, and a look at health."""
    async with open_channel(target) as channel:
        assert (await nlg_pb2_grpc.NlgServiceStub(channel).Compose(pb.ComposeRequest(), timeout=20)).message == "ok"
        return bool((await health_pb2_grpc.HealthStub(channel).Check(CHECK, timeout=20)).status == 1)


async def watch(channel: aio.Channel) -> Any:
    """One watch of health whose first answer is here."""
    call = health_pb2_grpc.HealthStub(channel).Watch(CHECK)
    await anext(aiter(call))
    return call


async def looked(call: Any) -> None:
    """Returns once a watch has been told something, or has ended."""
    with suppress(aio.AioRpcError):
        await anext(aiter(call))


async def never() -> AsyncIterator[bytes]:
    """A message that does not come."""
    await asyncio.Event().wait()
    yield b""


def half_call(channel: aio.Channel, path: str = COMPOSE) -> Any:
    """A call of which the head has come and the message does not."""
    return channel.stream_unary(path, None, None)(never())


@pytest.mark.timeout(120)
async def test_a_thousand_watches_and_hundreds_of_idle_connections_keep_nobody_out() -> None:
    async with serving() as (_, target), AsyncExitStack() as stack:
        host, _, port = target.partition(":")
        idle = await asyncio.gather(*(asyncio.open_connection(host, int(port)) for _ in range(600)))
        for _, writer in idle[:300]:
            writer.write(PREFACE)
        channels = [await stack.enter_async_context(aio.insecure_channel(target)) for _ in range(11)]
        watches = [health_pb2_grpc.HealthStub(channels[number % 11]).Watch(CHECK) for number in range(1_010)]
        await asyncio.gather(*map(looked, watches))
        assert await answered(target)
        for _, writer in idle:
            writer.close()


async def test_a_watch_too_many_ends_the_oldest_one_and_a_client_that_looks_again_is_told() -> None:
    async with serving(Bounds(streams=3)) as (_, target), aio.insecure_channel(target) as channel:
        watches = [await watch(channel) for _ in range(5)]
        for gone in watches[:2]:
            assert await gone.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert not any(each.done() for each in watches[2:])
        assert await answered(target)


async def test_a_client_whose_channel_watches_health_gets_its_calls_answered_although_its_watch_gives_way() -> None:
    config = f'{{"healthCheckConfig": {{"serviceName": "{NAME}"}}, "loadBalancingConfig": [{{"round_robin": {{}}}}]}}'
    async with serving(Bounds(streams=2)) as (_, target), AsyncExitStack() as stack:
        watching = aio.insecure_channel(target, options=[("grpc.service_config", config)])
        stub = nlg_pb2_grpc.NlgServiceStub(await stack.enter_async_context(watching))
        assert (await stub.Compose(pb.ComposeRequest(), timeout=20)).message == "ok"
        others = await stack.enter_async_context(aio.insecure_channel(target))
        for _ in range(10):
            await watch(others)
            assert (await stub.Compose(pb.ComposeRequest(), timeout=20, wait_for_ready=True)).message == "ok"


async def test_reflection_streams_give_way_as_watches_do() -> None:
    async def ask() -> AsyncIterator[reflection_pb2.ServerReflectionRequest]:
        yield reflection_pb2.ServerReflectionRequest(list_services="")
        await asyncio.Event().wait()

    async with serving(Bounds(streams=1)) as (_, target), aio.insecure_channel(target) as channel:
        stub = reflection_pb2_grpc.ServerReflectionStub(channel)
        first = stub.ServerReflectionInfo(ask())
        await anext(aiter(first))
        second = stub.ServerReflectionInfo(ask())
        await anext(aiter(second))
        assert await first.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert not second.done()
        second.cancel()


@pytest.mark.parametrize("path", [COMPOSE, "/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch"])
async def test_a_call_whose_message_does_not_arrive_in_time_is_ended(path: str) -> None:
    async with serving(Bounds(arrive_s=0.2)) as (_, target), aio.insecure_channel(target) as channel:
        assert await half_call(channel, path).code() is grpc.StatusCode.DEADLINE_EXCEEDED


async def test_more_half_calls_than_there_is_room_for_end_the_oldest_and_nobody_else() -> None:
    async with serving(Bounds(arriving=5, arrive_s=600)) as (_, target), aio.insecure_channel(target) as channel:
        calls = [half_call(channel) for _ in range(8)]
        done, _ = await asyncio.wait([asyncio.create_task(each.code()) for each in calls], timeout=None,
                                     return_when=asyncio.FIRST_COMPLETED)  # fmt: skip
        assert {task.result() for task in done} == {grpc.StatusCode.DEADLINE_EXCEEDED}
        assert await answered(target)
        for each in calls:
            each.cancel()


@pytest.mark.timeout(120)
async def test_a_thousand_half_calls_keep_nobody_out() -> None:
    async with serving() as (_, target), AsyncExitStack() as stack:
        channels = [await stack.enter_async_context(aio.insecure_channel(target)) for _ in range(11)]
        calls = [half_call(channels[number % 11]) for number in range(1_100)]
        assert await answered(target)
        for each in calls:
            each.cancel()


def retry_after_s(error: aio.AioRpcError) -> float:
    """The seconds that a status asks to wait; 0 when it asks for nothing."""
    status, wait = rpc_status.from_call(error), error_details_pb2.RetryInfo()  # type: ignore[arg-type]
    unpacked = status is not None and any(detail.Unpack(wait) for detail in status.details)
    return wait.retry_delay.ToTimedelta().total_seconds() if unpacked else 0.0


async def test_too_many_calls_are_refused_and_looks_at_health_are_not() -> None:
    async with serving(Bounds(calls=3)) as (servicer, target), aio.insecure_channel(target) as channel:
        stub = nlg_pb2_grpc.NlgServiceStub(channel)
        held = [asyncio.ensure_future(stub.Compose(HOLD, timeout=60)) for _ in range(3)]
        for _ in held:
            await servicer.holds.acquire()
        with pytest.raises(aio.AioRpcError) as refused:
            await stub.Compose(pb.ComposeRequest(), timeout=20)
        assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert reason_of(refused.value) == "TOO_MANY_CALLS"
        assert 0.5 <= retry_after_s(refused.value) <= 1.5
        assert (await health_pb2_grpc.HealthStub(channel).Check(CHECK, timeout=20)).status == 1
        await watch(channel)
        servicer.let_go.set()
        assert [(await each).message for each in held] == ["ok"] * 3
        assert await answered(target)


@pytest.mark.parametrize("begun", [b"", b"PRI * HTT", PREFACE])
async def test_connections_without_calls_are_closed_and_make_room(
    begun: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"MAX_CONNECTIONS": 10, "ARRIVE_S": 0.5, "IDLE_S": 0.5}.items():
        monkeypatch.setattr(f"runtime.rpc.server.{name}", value)
    async with serving() as (_, target):
        host, _, port = target.partition(":")
        idle = await asyncio.gather(*(asyncio.open_connection(host, int(port)) for _ in range(30)))
        for reader, writer in idle:
            with suppress(ConnectionError):
                writer.write(begun)
                await reader.read()
                while not reader.at_eof():
                    await reader.read()
        assert await answered(target)
        for _, writer in idle:
            writer.close()


@pytest.mark.parametrize("path", [COMPOSE, "/grpc.health.v1.Health/Check"])
async def test_what_is_no_message_is_refused_and_nothing_of_it_told(path: str) -> None:
    async with serving() as (_, target), aio.insecure_channel(target) as channel:
        with pytest.raises(aio.AioRpcError) as refused:
            await channel.unary_unary(path, None, None)(b"\xff\xff", timeout=20)
        assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert (reason_of(refused.value), refused.value.details()) == (
            "MALFORMED", "The request is no message of this method; texts must be UTF-8.",
        )  # fmt: skip
