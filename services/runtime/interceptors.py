"""What surrounds every RPC: errors become statuses, deadlines and tracks travel, durations count."""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, cast

import grpc
from google.protobuf import any_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc import aio
from grpc_status import rpc_status

from runtime.deadline import TRACK_KEY, current_deadline, current_track, cut
from runtime.errors import Kind, PulpoError
from runtime.logs import get_logger
from runtime.metrics import ERRORS, RPC_IN_FLIGHT, RPC_SECONDS

ERROR_DOMAIN = "pulpo.dev"
"""Domain in the ErrorInfo of every status."""
TRACKS = ("slm", "legacy")
_log = get_logger(__name__)
if TYPE_CHECKING:
    Context = aio.ServicerContext[Any, Any]
    MethodHandler = grpc.RpcMethodHandler[Any, Any]
    _ServerBase = aio.ServerInterceptor[Any, Any]
    _ClientBase = aio.UnaryUnaryClientInterceptor[Any, Any]
else:  # the classes take type arguments in their stubs only
    Context, MethodHandler = aio.ServicerContext, grpc.RpcMethodHandler
    _ServerBase, _ClientBase = aio.ServerInterceptor, aio.UnaryUnaryClientInterceptor
Handler = Callable[[Any, Context], Awaitable[Any]]


class ServerInterceptor(_ServerBase):
    """The outermost interceptor of a server. Touches unary methods only."""

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[MethodHandler]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> MethodHandler:
        """Wraps the method's handler."""
        handler = await continuation(handler_call_details)
        if handler is None or handler.unary_unary is None:
            return handler
        method = handler_call_details.method
        track = dict(handler_call_details.invocation_metadata or ()).get(TRACK_KEY, "")
        wrapped = _guarded(method, str(track) if track in TRACKS else "", cast(Handler, handler.unary_unary))
        return grpc.unary_unary_rpc_method_handler(
            wrapped, request_deserializer=handler.request_deserializer, response_serializer=handler.response_serializer
        )


def _guarded(method: str, track: str, inner: Handler) -> Handler:
    async def guarded(request: Any, context: Context) -> Any:
        left = context.time_remaining()
        current_deadline.set(None if left is None else time.monotonic() + left)
        current_track.set(track)
        began = time.perf_counter()
        code = "OK"
        RPC_IN_FLIGHT.labels(method).inc()
        try:
            return await inner(request, context)
        except (asyncio.CancelledError, aio.AbortError) as error:
            code = "CANCELLED" if isinstance(error, asyncio.CancelledError) else str(context.code())
            raise
        except Exception as error:  # noqa: BLE001 - the one blanket catch: its text stays here
            status = _status_of(error, method)
            code = code_pb2.Code.Name(status.code)
            await cast(Any, context).abort_with_status(rpc_status.to_status(status))
        finally:
            RPC_IN_FLIGHT.labels(method).dec()
            RPC_SECONDS.labels(method, code, track).observe(time.perf_counter() - began)

    return guarded


def _status_of(error: Exception, method: str) -> status_pb2.Status:
    """The status that a caller sees for an exception."""
    if isinstance(error, PulpoError):
        return make_status(error.kind, error.reason, error.message)
    if isinstance(error, aio.AioRpcError):
        kind = Kind.DEADLINE_EXCEEDED if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED else Kind.UNAVAILABLE
        return make_status(kind, "DEPENDENCY_FAILED", "A service behind this one did not answer.")
    error_id = uuid.uuid4().hex
    ERRORS.labels(method, type(error).__name__).inc()
    _log.error("unforeseen error", method=method, error_id=error_id, exc_info=error)
    return make_status(Kind.INTERNAL, "INTERNAL", f"Internal error {error_id}.")


def make_status(kind: Kind, reason: str, message: str) -> status_pb2.Status:
    """A rich status with its ErrorInfo."""
    detail = any_pb2.Any()
    detail.Pack(error_details_pb2.ErrorInfo(reason=reason, domain=ERROR_DOMAIN))
    return status_pb2.Status(code=code_pb2.Code.Value(kind.value), message=message, details=[detail])


def reason_of(error: aio.AioRpcError) -> str:
    """The UPPER_SNAKE reason in a status that this mesh made, or its code's name."""
    status = rpc_status.from_call(error)  # type: ignore[arg-type]  # AioRpcError has the methods that it reads
    for detail in status.details if status else ():
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            return str(info.reason)
    return str(error.code().name)


class ClientInterceptor(_ClientBase):
    """Cuts each call from the caller's deadline and passes the track on."""

    async def intercept_unary_unary(
        self, continuation: Callable[..., Any], client_call_details: aio.ClientCallDetails, request: Any
    ) -> Any:
        """Sends the call with a deadline, always."""
        metadata = aio.Metadata(*(client_call_details.metadata or ()))
        track = current_track.get()
        if track and TRACK_KEY not in metadata:
            metadata.add(TRACK_KEY, track)
        timeout = cut(DEFAULT_TIMEOUT_S if client_call_details.timeout is None else client_call_details.timeout)
        return await continuation(
            aio.ClientCallDetails(
                client_call_details.method,
                timeout,
                metadata,
                client_call_details.credentials,
                client_call_details.wait_for_ready,
            ),
            request,
        )


DEFAULT_TIMEOUT_S = 10.0
"""Deadline of a call for which nobody named one."""
