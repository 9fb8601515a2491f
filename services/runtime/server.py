"""A gRPC server with health, reflection, interceptors and an orderly end."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from grpc import aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1._async import HealthServicer
from grpc_reflection.v1alpha import reflection
from opentelemetry.instrumentation.grpc import aio_server_interceptor, filters

from runtime.channel import MAX_MESSAGE_BYTES
from runtime.errors import Kind, PulpoError
from runtime.interceptors import ServerInterceptor
from runtime.logs import get_logger
from runtime.tls import TlsFiles, server_credentials

LIVE = "live"
"""Name under which health speaks for the process alone, whatever it depends on."""
READY_EVERY_S = 1.0
"""Seconds between two looks at a service's dependencies."""
_log = get_logger(__name__)
Ready = Callable[[], Awaitable[bool]]


@dataclass(frozen=True)
class Registration:
    """One gRPC service to serve."""

    name: str
    """Full name, e.g. pulpo.extractor.v1.ExtractorService."""
    add: Callable[[aio.Server], None]
    """Adds its servicer to a server."""


class GrpcServer:
    """Serves services on one port. `start` then `stop`, once each."""

    def __init__(
        self,
        services: Sequence[Registration],
        ready: Ready | None = None,
        parts: Mapping[str, Ready] | None = None,
        tls: TlsFiles | None = None,
    ) -> None:
        """`ready` decides about the server and its services; `parts` are further names that health
        tells about, each by its own check. With `tls`, callers need a certificate."""
        self._services = services
        self._tls = tls
        self._ready = ready
        self._parts = parts or {}
        self._said: dict[str, bool] = {}
        self._health = HealthServicer()
        self._watch: asyncio.Task[None] | None = None
        self._server = aio.server(
            interceptors=[
                cast(Any, aio_server_interceptor)(filter_=filters.negate(filters.health_check())),
                ServerInterceptor(),
            ],
            options=[
                ("grpc.so_reuseport", 0),
                ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
                ("grpc.max_connection_age_ms", 300_000),
                ("grpc.max_connection_age_grace_ms", 30_000),
                ("grpc.http2.min_ping_interval_without_data_ms", 20_000),
                ("grpc.keepalive_permit_without_calls", 1),
            ],
            maximum_concurrent_rpcs=1000,
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
        credentials = server_credentials(self._tls) if self._tls else None
        try:
            bound = (
                self._server.add_secure_port(f"{host}:{port}", credentials)
                if credentials
                else self._server.add_insecure_port(f"{host}:{port}")
            )
        except RuntimeError as error:
            raise PulpoError(
                Kind.UNAVAILABLE, "PORT_IN_USE", f"Port {port} on {host} cannot be listened on."
            ) from error
        await self._server.start()
        await self._say_all()
        self._watch = asyncio.create_task(self._keep_watch()) if self._ready or self._parts else None
        return bound

    async def stop(self, notice_s: float, grace_s: float) -> None:
        """Says NOT_SERVING, waits for balancers to notice, lets calls finish, then closes."""
        if self._watch:
            self._watch.cancel()
            await asyncio.wait([self._watch])  # what it looks at may be closed next
        await self._health.enter_graceful_shutdown()
        await asyncio.sleep(notice_s)
        await self._server.stop(grace_s)

    async def _keep_watch(self) -> None:
        while True:
            await asyncio.sleep(READY_EVERY_S)
            await self._say_all()

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
