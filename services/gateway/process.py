"""A running gateway: everything wired, listening on both ports, and its orderly end."""

import asyncio
import os
import secrets

from grpc import aio

from gateway.background import Background
from gateway.conversation.scheduling import Admission
from gateway.conversation.service import Conversations
from gateway.edge.app import WATCHED, Edge, make_app
from gateway.edge.booking_servicer import CALLERS as BOOKERS
from gateway.edge.booking_servicer import FREE as FREE_TO_READ
from gateway.edge.booking_servicer import SERVICE_NAME as BOOKING_SERVICE
from gateway.edge.booking_servicer import BookingServicer, inspect
from gateway.edge.servicer import CALLERS, FREE, SERVICE_NAME, ConversationServicer
from gateway.edge.workspace_servicer import CALLERS as FOLLOWERS
from gateway.edge.workspace_servicer import SERVICE_NAME as WORKSPACE_SERVICE
from gateway.edge.workspace_servicer import WorkspaceServicer
from gateway.settings import GatewaySettings
from gateway.shadow.comparison import Shadow
from gateway.stages.clients import SERVICES, StageClients
from gateway.stages.readiness import Readiness
from gateway.storage.evidence import ComparisonStore
from gateway.storage.outbox import Deliveries
from gateway.storage.store import ConversationStore
from gateway.storage.tables import probe
from gateway.telemetry import Telemetry
from gateway.tracks.share_file import LOOK_EVERY_S, TrackSwitch
from gateway.turn.desk import Desk
from gateway.turn.runner import TurnRunner
from gateway.workspaces.keeping import Workspaces
from pulpo.gateway.v1 import booking_pb2_grpc, gateway_pb2_grpc
from pulpo.workspace.v1 import workspace_pb2_grpc
from runtime.clock import Clock
from runtime.data.database import Database
from runtime.errors import Kind, PulpoError
from runtime.http.server import HttpServer
from runtime.periodic import Periodic
from runtime.rpc.call_limits import Bounds
from runtime.rpc.server import GrpcServer, Registration
from runtime.service import say_free
from workspace.registry import Registry

MOST_WAITING = 1_000
"""gRPC calls at a time, at least: most of them wait for their turn."""


class Gateway:
    """One gateway process. `start` then `stop`, once each, in one loop."""

    http_port: int
    """The HTTP port that is listened on."""
    grpc_port: int
    """The gRPC port that is listened on."""
    store: ConversationStore
    """Inbox and conversations."""
    background: Background
    """What is done besides answering."""
    workspaces: Workspaces
    """The businesses."""
    deliveries: Deliveries
    """What became of sent messages."""

    def __init__(self, settings: GatewaySettings, clock: Clock, registry: Registry | None = None) -> None:
        """With a `registry`, its businesses are served and no others; they are not stored."""
        self._settings, self._door = (
            settings,
            settings.door({**CALLERS, **FOLLOWERS, **BOOKERS}, (*FREE, *FREE_TO_READ)),
        )
        self._telemetry = Telemetry()
        self._switch = _switch(settings, self._telemetry)
        self._watch = Periodic("track_split", self._switch.look, LOOK_EVERY_S)
        self._database = Database(settings.database_url, probe, pool=settings.pool)
        self.workspaces = Workspaces(settings.workspaces_dir, settings.workspaces_every_s, self._database, registry)
        registry = self.workspaces.registry
        owner = f"{os.getpid()}-{secrets.token_hex(8)}"
        self._stages = _stages(settings, clock)
        self.background = Background(settings, self._database, owner, registry, clock, self._telemetry, self._stages)
        self.store = ConversationStore(
            self._database,
            owner,
            settings.lease_s,
            deliver_async=settings.calls_twilio,
            inline_s=settings.sending_lease_s,
        )
        self.deliveries = Deliveries(self._database)
        self._readiness = Readiness(self.store.is_up, self._stages.health)
        self._shadow = self._make_shadow()
        limits = settings.limits()
        self._admission = Admission(limits.at_once, limits.wait_s(), workspaces=registry.count_active)
        turns = TurnRunner(self._stages, limits, settings.rules())
        self._conversations = Conversations(
            storage=self.store,
            turns=turns,
            registry=registry,
            reporter=self._telemetry,
            limits=limits,
            tracks=self._switch,
            idle_s=settings.idle_h * 3600,
            admission=self._admission,
            deliver_async=self.background.deliver_async,
            compare=self._shadow.offer,
            join_wait_s=settings.gateway_join_wait_s,
            staff=self.background.staff,
            opt_outs=self.background.customers,
        )
        self._registry, self._clock = registry, clock
        self._drain_s = max(settings.drain_s, settings.turn_s)
        self._http = HttpServer(self._drain_s, always=WATCHED)
        servicer = ConversationServicer(
            self._conversations,
            registry,
            clock,
            settings.profile != "production",
            turns,
            self._switch,
            limits,
            self._admission,
        )
        services = self._registrations(servicer, BookingServicer(Desk(self._stages, limits, clock), registry))
        bounds = Bounds(calls=max(settings.calls_at_once, MOST_WAITING))
        self._grpc = GrpcServer(services, self._readiness.is_ready, tls=settings.tls, bounds=bounds, door=self._door)

    def _registrations(self, servicer: ConversationServicer, bookings: BookingServicer) -> list[Registration]:
        """What the gRPC port serves."""

        def add(server: aio.Server) -> None:
            gateway_pb2_grpc.add_ConversationServiceServicer_to_server(servicer, server)

        def add_workspaces(server: aio.Server) -> None:
            told = WorkspaceServicer(self.workspaces.served)
            workspace_pb2_grpc.add_WorkspaceServiceServicer_to_server(told, server)

        def add_bookings(server: aio.Server) -> None:
            booking_pb2_grpc.add_BookingServiceServicer_to_server(bookings, server)

        adds = {SERVICE_NAME: add, BOOKING_SERVICE: add_bookings, WORKSPACE_SERVICE: add_workspaces}
        return [Registration(name, adding, inspect=inspect) for name, adding in adds.items()]

    def _make_shadow(self) -> Shadow:
        limits, rules, keep = self._settings.limits(), self._settings.rules(), ComparisonStore(self._database).keep
        return Shadow(self._stages, limits, rules, keep, self._telemetry.shadowed)

    async def start(self) -> None:
        """Listens on both ports. Raises PulpoError when a port or the database cannot be had."""
        settings = self._settings
        self.http_port = self._http.listen(settings.bind_host, settings.http_port, shared=settings.shared_port)
        await self.store.prepare(migrates=settings.migrates)
        await self.workspaces.open()
        self.grpc_port = await self._grpc.start(settings.bind_host, settings.gateway_grpc_port)
        edge = Edge(
            conversations=self._conversations,
            is_full=self._admission.is_full,
            deliveries=self.deliveries,
            registry=self._registry,
            readiness=self._readiness,
            clock=self._clock,
            accounts=settings.accounts(),
            judge=settings.judge(),
            public_urls=settings.public_urls(self.http_port),
            body_s=settings.body_s,
            hand_over=self.background.hand_over,
            door=self._door,
            callback_url=settings.callback_url(),
        )
        say_free(self._door)
        await self._http.start(make_app(edge))
        self.background.start(self._conversations)
        self._watch.start()
        self.workspaces.start()

    async def stop(self) -> None:
        """Takes nothing new, finishes the turns under way, and closes what it used."""
        notice_s = self._settings.drain_notice_s
        self._readiness.leave()
        self.workspaces.leave()
        await self._watch.stop()
        await asyncio.gather(self._stop_http(notice_s), self._grpc.stop(notice_s, self._drain_s))
        await self._conversations.drain(self._settings.turn_s)
        await self._shadow.stop()
        await self.background.stop()
        await self.close()

    async def _stop_http(self, notice_s: float) -> None:
        await asyncio.sleep(notice_s)
        await self._http.stop()

    async def close(self) -> None:
        """Closes the sockets, the channels and the database."""
        await self._http.stop()
        await self.workspaces.close()
        await self.background.close()
        await self._stages.close()
        await self._database.close()


def _stages(settings: GatewaySettings, clock: Clock) -> StageClients:
    """The other services, which in production are told no time of long ago. Raises PulpoError TLS_FILES,
    IDENTITY_MISSING."""
    shows = {name: settings.must_show("gateway", name) for name in SERVICES}
    acts_at = clock if settings.profile == "production" else None
    return StageClients(settings.targets(), settings.tls, shows, acts_at, settings.slm_targets())


def _switch(settings: GatewaySettings, telemetry: Telemetry) -> TrackSwitch:
    try:
        return TrackSwitch(settings.track_lines(), settings.track_path, telemetry.split_changed, telemetry.split_broken)
    except ValueError as error:
        said = f"{settings.track_path}: {error}."
        raise PulpoError(Kind.INVALID_ARGUMENT, "PULPO_TRACK_FILE", said) from error
