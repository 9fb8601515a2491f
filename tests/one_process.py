"""A whole mesh in one process: every service on its real port, and a customer who writes signed webhooks.

Slow on purpose: a turn may take as long as it likes, so that whoever watches every step of it changes nothing.
"""

import asyncio
import urllib.parse
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from agenda.server.app import build_app
from agenda.settings import AgendaSettings
from agenda.storage.store import AgendaStore
from broker.servicer import BrokerServicer
from broker.servicer import registration as broker_registration
from broker.settings import BrokerSettings
from broker.wiring import open_broker
from cli.support.webhook import INBOUND_PATH, WebhookSender, reply_of
from extractor.servicer import SERVICE_NAME as EXTRACTOR
from extractor.settings import ExtractorSettings
from extractor.wiring import make_servicer as make_extractor
from gateway.process import Gateway
from gateway.settings import GatewaySettings
from gateway.stages.clients import SERVICES
from gateway.storage.tables import SCHEMA
from nlg.servicer import SERVICE_NAME as NLG
from nlg.settings import NlgSettings
from nlg.wiring import make_servicer as make_nlg
from nlg.writing.phrases import load_phrases
from planner.servicer import SERVICE_NAME as PLANNER
from planner.servicer import PlannerServicer
from planner.settings import PlannerSettings
from pulpo.extractor.v1 import extractor_pb2_grpc
from pulpo.nlg.v1 import nlg_pb2_grpc
from pulpo.planner.v1 import planner_pb2_grpc
from runtime.data.database import Database, sqlite_url
from runtime.data.migrations import migrate
from runtime.http.server import HttpServer
from runtime.rpc.server import GrpcServer, Registration
from runtime.settings import Settings
from tests.identity import settings_of
from tests.mesh.tools.harness import ROOT, SALON
from turn.guard import inspect
from workspace.loader import load_registry
from workspace.registry import Registry

WORKSPACES = ROOT / "k8s/base/workspaces"
NOW = datetime(2026, 3, 11, 13, tzinfo=UTC)
"""A Wednesday morning at the salon; the clock stands still."""
AGES_S = 14.0
"""Seconds that a turn and each of its stages may take: the most that a gateway waits."""
_PATIENCE = dict.fromkeys(("extract_s", "plan_s", "execute_s", "compose_s", "turn_s"), AGES_S)


@dataclass(frozen=True)
class OneProcess:
    """The mesh, as a customer sees it."""

    port: int
    """Of webhooks."""
    grpc_port: int
    """Of the gateway's RPCs."""
    targets: Mapping[str, str]
    """Service -> its address, of those behind the gateway."""
    agenda: AgendaStore
    """What was booked."""

    async def say(self, customer: str, text: str, to: str = SALON) -> str:
        """One message; the reply. Spends next to nothing of its own on it."""
        sender = WebhookSender(f"http://127.0.0.1:{self.port}", "dev-token", to, customer)
        return await self.post(request_of(sender, text))

    async def post(self, request: bytes) -> str:
        """A webhook as it is sent; the reply."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(request)
        answer = await reader.read()
        writer.close()
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), answer
        return reply_of(body.decode())


def request_of(sender: WebhookSender, text: str) -> bytes:
    """A signed webhook, as bytes."""
    form = sender.form(text)
    body = urllib.parse.urlencode(form).encode()
    lines = (
        f"POST {INBOUND_PATH} HTTP/1.1",
        "Host: 127.0.0.1",
        "Connection: close",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
        f"X-Twilio-Signature: {sender.signature(form)}",
    )
    return "\r\n".join((*lines, "", "")).encode() + body


@asynccontextmanager
async def one_process(folder: Path, workspaces: Path = WORKSPACES) -> AsyncIterator[OneProcess]:
    """Starts every service on a free port, with its data in a folder, and stops them at the end."""
    registry = load_registry(workspaces)
    async with AsyncExitStack() as stack:
        store = AgendaStore(Database(sqlite_url(folder, "agenda")))
        stack.push_async_callback(store.close)
        stages = {
            "extractor": _extractor(registry, folder),
            "planner": _planner(registry, folder),
            "nlg": _nlg(registry, folder),
            "broker": await _broker(stack, folder, workspaces, await _agenda(stack, folder, registry, store)),
        }
        targets = {name: await _served(stack, *stages[name]) for name in SERVICES}
        gateway = await _gateway(stack, folder, registry, {f"{name}_target": at for name, at in targets.items()})
        yield OneProcess(gateway.http_port, gateway.grpc_port, targets, store)


async def _served(stack: AsyncExitStack, service: Registration, settings: Settings) -> str:
    server = GrpcServer([service], door=settings.door(dict(service.callers), service.free))
    port = await server.start("127.0.0.1", 0)
    stack.push_async_callback(server.stop, 0, 0)
    return f"127.0.0.1:{port}"


def _extractor(registry: Registry, folder: Path) -> tuple[Registration, Settings]:
    settings = ExtractorSettings(_env_file=None, data_dir=folder, **settings_of("extractor"))
    servicer, _ = make_extractor(registry, settings)
    add = partial(extractor_pb2_grpc.add_ExtractorServiceServicer_to_server, servicer)
    return Registration(EXTRACTOR, add, {"Extract": ("gateway",)}, inspect=inspect), settings


def _planner(registry: Registry, folder: Path) -> tuple[Registration, Settings]:
    settings = PlannerSettings(_env_file=None, data_dir=folder, **settings_of("planner"))
    servicer = PlannerServicer(registry)
    add = partial(planner_pb2_grpc.add_PlannerServiceServicer_to_server, servicer)
    return Registration(PLANNER, add, {"Plan": ("gateway",)}, inspect=inspect), settings


def _nlg(registry: Registry, folder: Path) -> tuple[Registration, Settings]:
    settings = NlgSettings(_env_file=None, data_dir=folder, **settings_of("nlg"))
    servicer, _ = make_nlg(registry, load_phrases(), settings)
    add = partial(nlg_pb2_grpc.add_NlgServiceServicer_to_server, servicer)
    return Registration(NLG, add, {"Compose": ("gateway",)}, inspect=inspect), settings


async def _broker(
    stack: AsyncExitStack, folder: Path, workspaces: Path, agenda_url: str
) -> tuple[Registration, Settings]:
    known: dict[str, Any] = {"data_dir": folder, "workspaces_dir": workspaces, "broker_watch_s": 0}
    settings = BrokerSettings(_env_file=None, **known, agenda_url=agenda_url, **settings_of("broker", "agenda"))
    broker = await open_broker(settings)
    stack.push_async_callback(broker.close)
    return broker_registration(BrokerServicer(broker.executor, AGES_S)), settings


async def _agenda(stack: AsyncExitStack, folder: Path, registry: Registry, store: AgendaStore) -> str:
    app, _ = build_app(AgendaSettings(_env_file=None, **settings_of("agenda")), registry, store, lambda: NOW)
    server = HttpServer(1.0, most=100)
    port = server.listen("127.0.0.1", 0)
    await server.start(app)
    stack.push_async_callback(server.stop)
    return f"http://127.0.0.1:{port}/mcp"


async def _gateway(stack: AsyncExitStack, folder: Path, registry: Registry, targets: dict[str, str]) -> Gateway:
    known: dict[str, Any] = {"http_port": 0, "gateway_grpc_port": 0, "data_dir": folder, "gateway_join_wait_s": 0}
    known |= {**_PATIENCE, **targets, **settings_of("gateway", *SERVICES)}
    settings = GatewaySettings(_env_file=None, **known)
    database = Database(settings.database_url)
    await migrate(database, SCHEMA)
    await database.close()
    gateway = Gateway(settings, lambda: NOW, registry)
    await gateway.start()
    stack.push_async_callback(gateway.stop)
    return gateway
