"""Interceptors of every RPC: they authenticate callers, turn errors into statuses, pass deadlines and tracks on, and
measure durations.
"""

import asyncio
import random
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import grpc
from google.protobuf import any_pb2, descriptor_pb2, descriptor_pool
from google.protobuf.message import DecodeError
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc import aio
from grpc_status import rpc_status
from prometheus_client import Counter, Gauge, Histogram

from runtime.errors import Kind, PulpoError
from runtime.observability.logs import get_logger
from runtime.rpc.deadline import TRACK_KEY, current_deadline, current_track, cut
from runtime.rpc.identity import Caller, Credential, Door, Scope, certificate_name, current_caller, is_loopback

RPC_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
RPC_SECONDS = Histogram(
    "pulpo_rpc_seconds", "Duration of a served RPC.", ["method", "code", "track"], buckets=RPC_BUCKETS
)
RPC_IN_FLIGHT = Gauge("pulpo_rpc_in_flight", "RPCs being served.", ["method"])
ERRORS = Counter("pulpo_internal_errors_total", "Failures that nobody foresaw.", ["method", "error"])
CALLERS_REFUSED = Counter("pulpo_callers_refused_total", "Calls refused for who made them.", ["method", "reason"])
CALLERS_MISSING = Counter(
    "pulpo_callers_missing_total",
    "Calls served although nobody said who made them (PULPO_IDENTITY=report).",
    ["method"],
)
ERROR_DOMAIN = "pulpo.dev"
"""Domain in the ErrorInfo of every status."""
RETRY_S = 1.0
"""Seconds that who meets a full service is told to wait, more or less a half, so that not all come back together."""
TRACKS = ("slm", "legacy")
_log = get_logger(__name__)
if TYPE_CHECKING:
    Context = aio.ServicerContext[Any, Any]
    MethodHandler = grpc.RpcMethodHandler[Any, Any]
    ServerBase = aio.ServerInterceptor[Any, Any]
else:  # the classes take type arguments in their stubs only
    Context, MethodHandler = aio.ServicerContext, grpc.RpcMethodHandler
    ServerBase = aio.ServerInterceptor
Handler = Callable[[Any, Context], Awaitable[Any]]
Read = Callable[[bytes], Any]
Inspect = Callable[[str, Any, Caller], Scope]
"""Looks at a request of a method from outside the mesh, and says what it is about. Raises PulpoError for one that the
contract does not have, or that is about what is not the caller's."""
_FOR_ALL = ("/grpc.health.", "/grpc.reflection.")
"""Methods that every caller may call."""


class ServerInterceptor(ServerBase):
    """The outermost interceptor of a server. Touches unary methods only."""

    def __init__(self, door: Door | None = None, inspect: Mapping[str, Inspect] | None = None) -> None:
        """`door` knows who may call what; None lets everybody call everything, as nobody. `inspect` has for services,
        by their full name, who looks at requests that come from outside the mesh."""
        self._door, self._inspect = door, inspect or {}
        self._wrapped: dict[str, tuple[MethodHandler, MethodHandler]] = {}
        """For each method its handler, and that handler wrapped."""

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[MethodHandler]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> MethodHandler:
        """Wraps the method's handler."""
        handler = await continuation(handler_call_details)
        if handler is None or handler.unary_unary is None:
            return handler
        kept, wrapped = self._wrapped.get(handler_call_details.method, (None, None))
        if wrapped is None or kept is not handler:
            wrapped = self._wrap(handler_call_details.method, handler)
            self._wrapped[handler_call_details.method] = handler, wrapped
        return wrapped

    def _wrap(self, method: str, handler: MethodHandler) -> MethodHandler:
        inspect = self._inspect.get(method.strip("/").partition("/")[0])
        guarded = _guarded(
            method, cast(Handler, handler.unary_unary), handler.request_deserializer, self._admitted, inspect
        )
        # The request comes as bytes, and is read where an error has its status.
        return grpc.unary_unary_rpc_method_handler(guarded, response_serializer=handler.response_serializer)

    def _admitted(self, method: str, metadata: dict[str, Any], context: Context) -> Caller:
        """Who calls. Raises PulpoError for somebody who may not."""
        if self._door is None or method.startswith(_FOR_ALL):
            return Caller(is_own=True)
        shown = context.auth_context()
        names = (*shown.get("x509_common_name", ()), *shown.get("x509_subject_alternative_name", ()))
        certificate = certificate_name(name.decode(errors="replace") for name in names)
        caller = self._door.identify(metadata, certificate, is_local=is_loopback(context.peer()))
        if not self._door.admit(method.rpartition("/")[2], caller):
            count_missing(method)
        if not caller.is_own:
            self._door.charge(caller, writes=may_write(method))
        return caller


def _guarded(
    method: str,
    inner: Handler,
    read: Read | None,
    admitted: Callable[[str, dict[str, Any], Context], Caller],
    inspect: Inspect | None,
) -> Handler:
    in_flight = RPC_IN_FLIGHT.labels(method)
    seconds = cache(lambda code, track: RPC_SECONDS.labels(method, code, track))

    async def guarded(raw: Any, context: Context) -> Any:
        left = context.time_remaining()
        current_deadline.set(None if left is None else time.monotonic() + left)
        metadata = dict(cast(Any, context.invocation_metadata()) or ())
        track = str(metadata.get(TRACK_KEY, ""))
        track = track if track in TRACKS else ""
        current_track.set(track)
        began = time.perf_counter()
        code, caller, scope = "OK", Caller(is_own=True), Scope()
        in_flight.inc()
        try:
            caller = admitted(method, metadata, context)
            current_caller.set(caller)
            request = _message(raw, read)
            if inspect and not caller.is_own:
                scope = inspect(method.rpartition("/")[2], request, caller)
            return await inner(request, context)
        except (asyncio.CancelledError, aio.AbortError) as error:
            code = "CANCELLED" if isinstance(error, asyncio.CancelledError) else str(context.code())
            raise
        except Exception as error:  # noqa: BLE001 - the one blanket catch: its text stays here
            count_refusal(method, error)
            status = _status_of(error, method)
            code = code_pb2.Code.Name(status.code)
            await cast(Any, context).abort_with_status(rpc_status.to_status(status))
        finally:
            in_flight.dec()
            if not caller.is_own and may_write(method):
                audit(method, caller, scope, code)
            seconds(code, track).observe(time.perf_counter() - began)

    return guarded


@cache
def may_write(method: str) -> bool:
    """Whether a method may change something: what its contract does not say to have no side effects."""
    service, _, name = method.strip("/").partition("/")
    try:
        found = descriptor_pool.Default().FindServiceByName(service).methods_by_name[name]
    except KeyError:
        return True
    return bool(found.GetOptions().idempotency_level != descriptor_pb2.MethodOptions.NO_SIDE_EFFECTS)


def audit(method: str, caller: Caller, scope: Scope, code: str) -> None:
    """Writes down who called for something that may change, what it was about, and how it ended."""
    name = caller.name or "(nobody)"
    what = {"workspace": scope.workspace, "turn_id": scope.turn_id, "for_others": scope.for_others}
    _log.info("audit", caller=name, method=method, code=code, **what)


def count_refusal(method: str, error: Exception) -> None:
    """Counts an error that is about who calls."""
    if isinstance(error, PulpoError) and error.kind in (Kind.PERMISSION_DENIED, Kind.UNAUTHENTICATED):
        CALLERS_REFUSED.labels(method, error.reason).inc()


def count_missing(method: str) -> None:
    """Counts a call that is served although it shows nothing."""
    CALLERS_MISSING.labels(method).inc()
    _say_missing(method)


@cache
def _say_missing(method: str) -> None:
    """Once for each method: how many there are, the metric tells."""
    _log.warning("served although nobody said who called, as PULPO_IDENTITY=report asks", method=method)


def _message(raw: Any, read: Read | None) -> Any:
    """The request. Raises PulpoError MALFORMED for bytes that are none, such as text that is not UTF-8."""
    try:
        return read(raw) if read else raw
    except DecodeError:
        problem = "The request is no message of this method; texts must be UTF-8."
        raise PulpoError(Kind.INVALID_ARGUMENT, "MALFORMED", problem) from None


def _status_of(error: Exception, method: str) -> status_pb2.Status:
    """The status that a caller sees for an exception."""
    if isinstance(error, PulpoError):
        return make_status(error.kind, error.reason, error.message, error.violations, error.retry_s)
    if isinstance(error, aio.AioRpcError):
        kind = Kind.DEADLINE_EXCEEDED if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED else Kind.UNAVAILABLE
        return make_status(kind, "DEPENDENCY_FAILED", "A service behind this one did not answer.")
    error_id = uuid.uuid4().hex
    ERRORS.labels(method, type(error).__name__).inc()
    _log.error("unforeseen error", method=method, error_id=error_id, exc_info=error)
    return make_status(Kind.INTERNAL, "INTERNAL", f"Internal error {error_id}.")


def make_status(
    kind: Kind,
    reason: str,
    message: str,
    violations: Sequence[tuple[str, str]] = (),
    retry_s: float | None = None,
) -> status_pb2.Status:
    """A rich status with its ErrorInfo, a BadRequest where fields are wrong, and a RetryInfo where it helps to wait."""
    details: list[Any] = [error_details_pb2.ErrorInfo(reason=reason, domain=ERROR_DOMAIN)]
    if violations:
        fields = [
            error_details_pb2.BadRequest.FieldViolation(field=name, description=what) for name, what in violations
        ]
        details.append(error_details_pb2.BadRequest(field_violations=fields))
    if kind in (Kind.RESOURCE_EXHAUSTED, Kind.UNAVAILABLE):
        wait = error_details_pb2.RetryInfo()
        least = RETRY_S * random.uniform(0.5, 1.5)  # noqa: S311 - spread only
        wait.retry_delay.FromMilliseconds(round(1000 * max(least, retry_s or 0)))
        details.append(wait)
    packed = [any_pb2.Any() for _ in details]
    for detail, into in zip(details, packed, strict=True):
        into.Pack(detail)
    return status_pb2.Status(code=code_pb2.Code.Value(kind.value), message=message, details=packed)


def reason_of(error: aio.AioRpcError) -> str:
    """The UPPER_SNAKE reason in a status that this mesh made, or its code's name."""
    status = rpc_status.from_call(error)  # type: ignore[arg-type]  # AioRpcError has the methods that it reads
    for detail in status.details if status else ():
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            return str(info.reason)
    return str(error.code().name)


class Outgoing:
    """What goes with every unary call: who calls, a deadline cut from the caller's, and the track."""

    def __init__(self, shows: Credential | None = None, follows_caller: bool = True) -> None:
        """`shows` goes with every call; without it the certificate, if any, has to say who calls. Without
        `follows_caller` deadline and track are those that the call names, and no others."""
        self._shows = shows.headers if shows else ()
        self._follows_caller = follows_caller

    def around(self, calls: Callable[..., Any]) -> Callable[..., Any]:
        """Calls of one method that have a deadline, always."""

        def call(request: Any, *, timeout: float | None = None, metadata: Any = None, **more: Any) -> Any:
            shown = (*(metadata or ()), *self._shows)
            seconds = DEFAULT_TIMEOUT_S if timeout is None else timeout
            if self._follows_caller:
                seconds = cut(seconds)
                track = current_track.get()
                if track and not any(key == TRACK_KEY for key, _ in shown):
                    shown = (*shown, (TRACK_KEY, track))
            return calls(request, timeout=seconds, metadata=aio.Metadata(*shown), **more)

        return call


DEFAULT_TIMEOUT_S = 10.0
"""Deadline of a call for which nobody named one."""
