"""Stands between the gateway and the broker: a gRPC relay that can repeat a call, behind a TCP relay
that can cut it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, cast

import grpc
from grpc import aio

from pulpo.broker.v1 import broker_pb2
from tests.faults.lab.connections import Connections
from tests.faults.lab.schedule import WRITES, Fault, Kind
from tests.faults.lab.tool_link import WRITING

EXECUTE = "/pulpo.broker.v1.BrokerService/Execute"
_OWN = ("user-agent", "te", "content-type")
_OPTIONS = [
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 500),
]


@dataclass
class BrokerLink:
    """A proxy on a port of its own. `start` and `stop` it."""

    upstream: int
    port: int = 0
    struck: list[Kind] = field(default_factory=list)
    _armed: list[Fault] = field(default_factory=list)
    _front: asyncio.Server | None = None
    _relay: aio.Server | None = None
    _channel: aio.Channel | None = None
    _inner: int = 0
    _held: set[asyncio.Task[bytes]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._connections = Connections(self._serve)

    async def start(self) -> None:
        """Listens on any free port."""
        self._channel = aio.insecure_channel(f"127.0.0.1:{self.upstream}", options=_OPTIONS)
        self._relay = aio.server(options=[("grpc.so_reuseport", 0)])
        self._relay.add_generic_rpc_handlers((_Anything(self._call),))
        self._inner = self._relay.add_insecure_port("127.0.0.1:0")
        await self._relay.start()
        self._front = await self._connections.listen()
        self.port = self._front.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Closes everything."""
        if self._front:
            self._front.close()
        await self._connections.close()
        if self._relay:
            await self._relay.stop(None)
        if self._channel:
            await self._channel.close(None)

    def arm(self, fault: Fault) -> None:
        """Makes the next calls meet a fault."""
        self._armed += [fault] * fault.count

    async def held(self) -> None:
        """Returns once the calls that were held have ended at the broker, or not reached it because it was down."""
        await asyncio.gather(*self._held, return_exceptions=True)

    def disarm(self) -> None:
        """Forgets faults that have not struck."""
        self._armed.clear()

    async def _call(self, method: str, request: bytes, context: Any) -> bytes:
        fault = self._strike(method, request)
        if fault is None:
            return await self._forward(method, request, context)
        self.struck.append(fault.kind)
        if fault.kind is Kind.BROKER_REFUSED:
            self._connections.cut()
            return b""
        if fault.kind is Kind.BROKER_HELD:
            return await asyncio.shield(self._hold(method, request, context, fault.seconds))
        if fault.kind is Kind.BROKER_TWICE:
            await asyncio.gather(*(self._forward(method, request, context, fatal=False) for _ in range(2)))
        reply = await self._forward(method, request, context)
        if fault.kind is Kind.BROKER_SLOW:
            await asyncio.sleep(fault.seconds)
        if fault.kind is Kind.BROKER_LOST:
            self._connections.cut()
        return reply

    def _strike(self, method: str, request: bytes) -> Fault | None:
        """The fault that a call meets: one for writes waits for a call that changes something."""
        if method != EXECUTE or not self._armed:
            return None
        tools = {action.tool for action in broker_pb2.ExecuteRequest.FromString(request).actions}
        fault = next((each for each in self._armed if each.target != WRITES or tools & WRITING), None)
        if fault is not None:
            self._armed.remove(fault)
        return fault

    def _hold(self, method: str, request: bytes, context: Any, seconds: float) -> "asyncio.Task[bytes]":
        """Sends a call on after a while, whether or not its caller still waits."""

        async def later() -> bytes:
            await asyncio.sleep(seconds)
            call = cast(Any, self._channel).unary_unary(method)
            return bytes(await call(request, timeout=20, metadata=metadata))

        metadata = _passed_on(context)
        held = asyncio.create_task(later())
        self._held.add(held)
        return held

    async def _forward(self, method: str, request: bytes, context: Any, *, fatal: bool = True) -> bytes:
        """The broker's answer; a failure becomes the caller's own, unless it is not `fatal`."""
        assert self._channel is not None
        metadata = _passed_on(context)
        call = cast(Any, self._channel).unary_unary(method)
        try:
            return bytes(await call(request, timeout=context.time_remaining(), metadata=metadata))
        except aio.AioRpcError as error:
            if fatal:
                await context.abort(error.code(), error.details() or "", tuple(error.trailing_metadata() or ()))
            return b""

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, inner = await asyncio.open_connection("127.0.0.1", self._inner)
        try:
            await asyncio.gather(_pump(reader, inner), _pump(back, writer))
        finally:
            inner.transport.abort()


def _passed_on(context: Any) -> list[tuple[str, Any]]:
    """The metadata of a call that go with it to the broker."""
    pairs = context.invocation_metadata()
    return [pair for pair in pairs if not pair[0].startswith("grpc-") and pair[0] not in _OWN]


class _Anything(grpc.GenericRpcHandler):  # type: ignore[type-arg]  # not generic when it runs
    """Handles every method as bytes in, bytes out."""

    def __init__(self, call: Callable[[str, bytes, Any], Awaitable[bytes]]) -> None:
        self._call = call

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Any:
        """The handler of a method."""
        method = handler_call_details.method

        async def handle(request: bytes, context: Any) -> bytes:
            return await self._call(method, request, context)

        return grpc.unary_unary_rpc_method_handler(handle)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copies one direction; its end, in whatever way, ends the other direction as well."""
    try:
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.transport.abort()
