"""Limits of a gRPC server: calls at a time, and the time in which a call's message has to arrive.

- A request's message has so many seconds to arrive, and only so many calls are waited for: the oldest gives way.
- Unary calls beyond so many at once are refused (RESOURCE_EXHAUSTED, with a RetryInfo); a look at health never is.
- Streams (watches of health, reflection) have room of their own: the oldest of whoever has most gives way
  (RESOURCE_EXHAUSTED), so that who floods ends their own. A client that watches health takes that as "look again".
"""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, cast

import grpc
from grpc import aio
from grpc_health.v1 import health_pb2
from grpc_status import rpc_status

from runtime.errors import Kind
from runtime.places import Places
from runtime.rpc.interceptors import Context, MethodHandler, ServerBase, make_status

HEALTH = f"/{health_pb2.DESCRIPTOR.services_by_name['Health'].full_name}/"


CALLS_AT_ONCE = 256
"""Unary calls served at a time, by default: what a service answers in about a second."""


@dataclass(frozen=True)
class Bounds:
    """The limits of one server."""

    calls: int = CALLS_AT_ONCE
    """Unary calls served at a time."""
    arriving: int = 1_000
    """Calls whose message has not arrived."""
    arrive_s: float = 10.0
    """Seconds that a message may take to arrive."""
    streams: int = 128
    """Streams at a time."""


class CallLimits(ServerBase):
    """The first interceptor of a server: it sees a call before its message has arrived."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._arriving = Places(bounds.arriving)
        self._streams = Places(bounds.streams)
        self._running = 0
        self._wrapped: dict[str, tuple[MethodHandler, MethodHandler]] = {}
        """For each method its handler, and that handler wrapped."""

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[MethodHandler]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> MethodHandler:
        """Wraps the method's handler in one that takes the message itself."""
        handler = await continuation(handler_call_details)
        if handler is None or handler.stream_unary is not None:  # the mesh has none of the latter
            return handler
        kept, wrapped = self._wrapped.get(handler_call_details.method, (None, None))
        if wrapped is None or kept is not handler:
            wrapped = self._wrap(handler_call_details.method, handler)
            self._wrapped[handler_call_details.method] = handler, wrapped
        return wrapped

    def _wrap(self, method: str, handler: MethodHandler) -> MethodHandler:
        always = method.startswith(HEALTH)
        coders = {
            "request_deserializer": handler.request_deserializer,
            "response_serializer": handler.response_serializer,
        }
        if handler.unary_unary:
            return grpc.stream_unary_rpc_method_handler(self._unary(handler.unary_unary, always), **coders)
        inner: Any = handler.unary_stream or handler.stream_stream
        takes_one = handler.unary_stream is not None
        return grpc.stream_stream_rpc_method_handler(self._stream(inner, takes_one), **coders)

    def _unary(self, inner: Callable[..., Any], always: bool) -> Callable[..., Any]:
        async def unary(_requests: AsyncIterator[Any], context: Context) -> Any:
            request = await self._request(context)
            if self._running >= self._bounds.calls and not always:
                await _refuse(context, Kind.RESOURCE_EXHAUSTED, "TOO_MANY_CALLS", "There are too many calls at once.")
            self._running += 1
            try:
                return await inner(request, context)
            finally:
                self._running -= 1

        return unary

    def _stream(self, inner: Callable[..., Any], takes_one: bool) -> Callable[..., Any]:
        async def stream(requests: AsyncIterator[Any], context: Context) -> None:
            request = await self._request(context) if takes_one else requests
            try:
                async with self._streams.hold(None, _host(context.peer())):
                    if inspect.isasyncgenfunction(inner):
                        async for answer in inner(request, context):
                            await context.write(answer)
                    else:
                        await inner(request, context)
            except TimeoutError:
                await _refuse(
                    context, Kind.RESOURCE_EXHAUSTED, "TOO_MANY_STREAMS", "There are too many streams at once."
                )

        return stream

    async def _request(self, context: Context) -> Any:
        """The message of a call, read without the iterator: one that is left before its end is closed in a task."""
        try:
            async with self._arriving.hold(self._bounds.arrive_s, _host(context.peer())):
                request = await context.read()
            if request is not cast(Any, aio).EOF:
                return request
        except TimeoutError:
            return await _refuse(context, Kind.DEADLINE_EXCEEDED, "REQUEST_TOO_SLOW", "It did not arrive in time.")
        return await _refuse(context, Kind.INVALID_ARGUMENT, "NO_REQUEST", "The call has no request.")


async def _refuse(context: Context, kind: Kind, reason: str, message: str) -> Any:
    """Ends a call by raising what gRPC wants raised."""
    await cast(Any, context).abort_with_status(rpc_status.to_status(make_status(kind, reason, message)))


def _host(peer: str) -> str:
    """The address in what gRPC calls a peer, e.g. ipv4:127.0.0.1 of ipv4:127.0.0.1:40112."""
    return peer.rpartition(":")[0]
