"""A running gateway: everything wired, listening on both ports, and its orderly end."""

import asyncio
import os
import secrets

from grpc import aio

from gateway.admission import Admission
from gateway.app import WATCHED, Edge, make_app
from gateway.background import Background
from gateway.conversation import Conversations
from gateway.decisions import Decisions
from gateway.deliveries import Deliveries
from gateway.http_server import HttpServer
from gateway.mesh import GrpcMesh
from gateway.periodic import Periodic
from gateway.readiness import Readiness
from gateway.servicer import SERVICE_NAME, ConversationServicer
from gateway.settings import GatewaySettings
from gateway.shadow import Shadow
from gateway.shadow_store import ShadowStore
from gateway.store import Store
from gateway.telemetry import Telemetry
from gateway.track_fallback import TrackFallback
from gateway.track_file import LOOK_EVERY_S, TrackSwitch
from gateway.turn import Turn
from pulpo.gateway.v1 import gateway_pb2_grpc
from runtime.clock import Clock
from runtime.database import Database
from runtime.errors import Kind, PulpoError
from runtime.server import GrpcServer, Registration
from workspace.registry import Registry


class Gateway:
    """One gateway process. `start` then `stop`, once each, in one loop."""

    http_port: int
    """The HTTP port that is listened on."""
    grpc_port: int
    """The gRPC port that is listened on."""
    store: Store
    """Inbox and conversations."""
    background: Background
    """What is done besides answering."""
    deliveries: Deliveries
    """What became of sent messages."""

    def __init__(self, settings: GatewaySettings, registry: Registry, clock: Clock) -> None:
        self._settings = settings
        self._telemetry = Telemetry()
        self._switch = _switch(settings, self._telemetry)
        self._watch = Periodic(self._look, LOOK_EVERY_S, self._telemetry.unforeseen)
        self._database = Database(settings.database_url)
        owner = f"{os.getpid()}-{secrets.token_hex(8)}"
        self.background = Background(settings, self._database, owner, registry, clock, self._telemetry)
        by_rest = self.background.by_rest
        self.store = Store(self._database, owner, settings.lease_s, by_rest=by_rest is not None)
        self.deliveries = Deliveries(self._database)
        self._mesh = GrpcMesh(settings.targets(), settings.tls)
        self._readiness = Readiness(self.store.is_up, self._mesh.health)
        self._shadow = self._make_shadow()
        limits = settings.limits()
        self._admission = Admission(limits.at_once, limits.wait_s())
        self._conversations = Conversations(
            store=self.store,
            turn=Turn(TrackFallback(self._mesh), limits, settings.rules()),
            registry=registry,
            reporter=self._telemetry,
            limits=limits,
            split=self._switch.current,
            idle_s=settings.idle_h * 3600,
            outbox=self.background.outbox,
            admission=self._admission,
            note=Decisions(self._database, owner).note,
            by_rest=by_rest,
            shadow=self._shadow.offer,
        )
        self._registry, self._clock = registry, clock
        self._drain_s = max(settings.drain_s, settings.turn_s)
        self._http = HttpServer(self._drain_s, always=WATCHED)
        trusts_time = settings.profile != "production"
        servicer = ConversationServicer(self._conversations, registry, clock, trusts_time, settings.callers())

        def add(server: aio.Server) -> None:
            gateway_pb2_grpc.add_ConversationServiceServicer_to_server(servicer, server)

        self._grpc = GrpcServer([Registration(SERVICE_NAME, add)], self._readiness.is_ready, tls=settings.tls)

    def _make_shadow(self) -> Shadow:
        limits, rules, keep = self._settings.limits(), self._settings.rules(), ShadowStore(self._database).keep
        return Shadow(self._mesh, limits, rules, self._switch.current, keep, self._telemetry.shadowed)

    async def start(self) -> None:
        """Listens on both ports. Raises PulpoError when a port or the database cannot be had."""
        settings = self._settings
        self.http_port = self._http.listen(settings.bind_host, settings.http_port)
        await self.store.prepare(migrates=settings.migrates)
        self.grpc_port = await self._grpc.start(settings.bind_host, settings.gateway_grpc_port)
        edge = Edge(
            conversations=self._conversations,
            is_full=self._admission.is_full,
            deliveries=self.deliveries,
            registry=self._registry,
            readiness=self._readiness,
            clock=self._clock,
            token=settings.twilio_auth_token.get_secret_value(),
            public_urls=lambda: settings.public_urls(self.http_port),
            body_s=settings.body_s,
            left=self.background.hand_over.left,
            callers=settings.callers(),
        )
        await self._http.start(make_app(edge))
        self.background.start(self._conversations)
        self._watch.start()

    async def stop(self) -> None:
        """Takes nothing new, finishes the turns under way, and closes what it used."""
        notice_s = self._settings.drain_notice_s
        self._readiness.leave()
        await self._watch.stop()
        await asyncio.gather(self._stop_http(notice_s), self._grpc.stop(notice_s, self._drain_s))
        await self._conversations.drain(self._settings.turn_s)
        await self._shadow.stop()
        await self.background.stop()
        await self.close()

    async def _look(self) -> None:
        """Takes up a new split also while no messages come."""
        self._switch.current()

    async def _stop_http(self, notice_s: float) -> None:
        await asyncio.sleep(notice_s)
        await self._http.stop()

    async def close(self) -> None:
        """Closes the sockets, the channels and the database."""
        await self._http.stop()
        await self.background.close()
        await self._mesh.close()
        await self._database.close()


def _switch(settings: GatewaySettings, telemetry: Telemetry) -> TrackSwitch:
    try:
        return TrackSwitch(settings.track_lines(), settings.track_path, telemetry.split_changed, telemetry.split_broken)
    except ValueError as error:
        said = f"{settings.track_path}: {error}."
        raise PulpoError(Kind.INVALID_ARGUMENT, "PULPO_TRACK_FILE", said) from error
