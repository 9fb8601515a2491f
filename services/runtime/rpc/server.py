"""A gRPC server with health, reflection, interceptors and a graceful stop."""

import asyncio
import resource
import signal
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from grpc import aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1._async import HealthServicer
from grpc_reflection.v1alpha import reflection

from runtime.errors import Kind, PulpoError
from runtime.observability.logs import get_logger
from runtime.observability.tracing import server_interceptors
from runtime.periodic import Periodic
from runtime.rpc.call_limits import Bounds, CallLimits
from runtime.rpc.channel import MAX_MESSAGE_BYTES
from runtime.rpc.identity import Door
from runtime.rpc.interceptors import Inspect, ServerInterceptor
from runtime.rpc.listening import WAIT_S, is_listened_on
from runtime.rpc.tls import TlsFiles, server_credentials

CONNECTION_AGE_S = 60.0
"""Seconds that a connection serves, by default: so long new pods may wait for calls."""
LIVE = "live"
"""Health's service name for the process itself, independent of what it depends on."""
READY_EVERY_S = 1.0
"""Seconds between two looks at a service's dependencies."""
MAX_CONNECTIONS = 4_000
"""Connections at a time; one more is closed at once. At most a quarter of the files that the process may open."""
ARRIVE_S = 10.0
"""Seconds that a connection's handshake may take, TLS included."""
IDLE_S = 60.0
"""Seconds after which a connection without calls is closed; a client that has one to make connects again."""
MAX_RPCS = 4_000
"""Everything at a time, with what is bounded one by one (`Bounds`) and answers that nobody takes."""
_log = get_logger(__name__)
Ready = Callable[[], Awaitable[bool]]


@dataclass(frozen=True)
class Registration:
    """One gRPC service to serve."""

    name: str
    """Full name, e.g. pulpo.extractor.v1.ExtractorService."""
    add: Callable[[aio.Server], None]
    """Adds its servicer to a server."""
    callers: Mapping[str, Collection[str]] = field(default_factory=dict)
    """Each method, and the services that may call it."""
    free: Collection[str] = ()
    """Methods that anybody on this machine may call in the development profile."""
    inspect: Inspect | None = None
    """Looks at requests that come from outside the mesh."""


_LOOK_AGAIN_S = 0.1
"""Seconds between two tries for a port that a connection holds."""


class GrpcServer:
    """Serves services on one port. `start` then `stop`, once each."""

    def __init__(
        self,
        services: Sequence[Registration],
        ready: Ready | None = None,
        parts: Mapping[str, Ready] | None = None,
        tls: TlsFiles | None = None,
        bounds: Bounds | None = None,
        door: Door | None = None,
        connection_age_s: float = CONNECTION_AGE_S,
    ) -> None:
        """`ready` decides about the server and its services; `parts` are further names that health
        tells about, each by its own check. With `tls`, callers need a certificate. `door` knows who may call what;
        without it everybody may call everything. After `connection_age_s` a caller is asked to connect anew, calls
        under way excepted: then it looks its target's name up again and finds pods that came since."""
        self._services = services
        self._tls = tls
        self._ready = ready
        self._parts = parts or {}
        self._said: dict[str, bool] = {}
        self._health = HealthServicer()
        self._watch = Periodic("readiness", self._say_all, READY_EVERY_S, at_once=False)
        guard = ServerInterceptor(door, {each.name: each.inspect for each in services if each.inspect})
        self._server = aio.server(
            interceptors=[CallLimits(bounds or Bounds()), *server_interceptors(), guard],
            options=[
                ("grpc.so_reuseport", 0),
                ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
                ("grpc.max_allowed_incoming_connections", _connections()),
                ("grpc.server_handshake_timeout_ms", round(ARRIVE_S * 1000)),
                ("grpc.max_connection_idle_ms", round(IDLE_S * 1000)),
                ("grpc.max_connection_age_ms", round(connection_age_s * 1000)),
                ("grpc.max_connection_age_grace_ms", 30_000),
                ("grpc.http2.min_ping_interval_without_data_ms", 20_000),
                ("grpc.keepalive_permit_without_calls", 1),
            ],
            maximum_concurrent_rpcs=MAX_RPCS,
        )

    async def start(self, host: str, port: int) -> int:
        """Listens and says SERVING. Returns the port (asked for or, with 0, given).

        Raises PulpoError PORT_IN_USE when the port cannot be had, TLS_FILES when the certificate cannot be used.
        """
        for service in self._services:
            service.add(self._server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        names = [service.name for service in self._services]
        reflection.enable_server_reflection(
            [*names, health_pb2.DESCRIPTOR.services_by_name["Health"].full_name, reflection.SERVICE_NAME], self._server
        )
        bound = await self._bound(host, port)
        await self._server.start()
        await self._say_all()
        if self._ready or self._parts:
            self._watch.start()
        return bound

    async def _bound(self, host: str, port: int) -> int:
        """Takes the port; one that only an outgoing connection holds is waited for. Raises PulpoError PORT_IN_USE."""
        credentials = server_credentials(self._tls) if self._tls else None
        address, until = f"{host}:{port}", time.monotonic() + WAIT_S
        while True:
            try:
                if credentials:
                    return self._server.add_secure_port(address, credentials)
                return self._server.add_insecure_port(address)
            except RuntimeError as error:
                if time.monotonic() > until or is_listened_on(host, port):
                    raise PulpoError(
                        Kind.UNAVAILABLE, "PORT_IN_USE", f"Port {port} on {host} cannot be listened on."
                    ) from error
            await asyncio.sleep(_LOOK_AGAIN_S)

    async def stop(self, notice_s: float, grace_s: float) -> None:
        """Says NOT_SERVING, waits for balancers to notice, lets calls finish, then closes."""
        await self._watch.stop(cancel=True)  # what it looks at may be closed next
        await self._health.enter_graceful_shutdown()
        await asyncio.sleep(notice_s)
        await self._server.stop(grace_s)

    async def _say_all(self) -> None:
        ready = self._ready is None or await self._ready()
        for name in ("", *(service.name for service in self._services)):
            await self._say(name, ready)
        await self._say(LIVE, True)
        for name, check in self._parts.items():
            await self._say(name, await check())

    async def _say(self, name: str, ready: bool) -> None:
        status = health_pb2.HealthCheckResponse
        if self._said.get(name, ready) is not ready:
            _log.info("readiness changed", dependency=name, readiness=ready)
        self._said[name] = ready
        await self._health.set(name, status.SERVING if ready else status.NOT_SERVING)


def _connections() -> int:
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return min(MAX_CONNECTIONS, files // 4)


async def until_signal() -> str:
    """Waits for SIGTERM or SIGINT and returns its name."""
    loop = asyncio.get_running_loop()
    got: asyncio.Future[str] = loop.create_future()

    def receive(number: signal.Signals) -> None:
        if not got.done():
            got.set_result(number.name)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, receive, number)
    return await got
