"""The services that the gateway calls, as small fakes on real gRPC servers, and a gateway before them."""

import asyncio
import secrets
import xml.etree.ElementTree as ElementTree
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
from grpc import aio
from twilio.request_validator import RequestValidator

from gateway.process import Gateway
from gateway.settings import GatewaySettings
from gateway.stages.clients import SERVICES
from gateway.storage.tables import SCHEMA
from pulpo.broker.v1 import broker_pb2, broker_pb2_grpc
from pulpo.common.v1 import action_pb2, state_pb2, turn_pb2
from pulpo.extractor.v1 import extractor_pb2, extractor_pb2_grpc
from pulpo.nlg.v1 import nlg_pb2, nlg_pb2_grpc
from pulpo.planner.v1 import planner_pb2, planner_pb2_grpc
from runtime.data.database import Database
from runtime.data.migrations import migrate
from runtime.rpc.deadline import current_track
from runtime.rpc.server import GrpcServer, Registration
from tests.contract.gateway.twilio_stub import ACCOUNT
from tests.first_form import first_form
from tests.identity import settings_of
from workspace.loader import load_registry
from workspace.registry import Registry

WORKSPACES = Path(__file__).resolve().parents[3] / "k8s" / "base" / "workspaces"
INBOUND = "/webhook/pulpo/twilio/wa/inbound"
STATUS = "/webhook/pulpo/twilio/wa/status"
SALON = "+14155238886"
NOW = datetime(2026, 3, 11, 13, 0, tzinfo=UTC)
Extract = Callable[[extractor_pb2.ExtractRequest], Awaitable[extractor_pb2.ExtractResponse]]
Plan = Callable[[planner_pb2.PlanRequest], Awaitable[planner_pb2.PlanResponse]]
Execute = Callable[[broker_pb2.ExecuteRequest], Awaitable[broker_pb2.ExecuteResponse]]
LookUp = Callable[[broker_pb2.LookUpWritesRequest], Awaitable[broker_pb2.LookUpWritesResponse]]
Compose = Callable[[nlg_pb2.ComposeRequest], Awaitable[nlg_pb2.ComposeResponse]]


@dataclass
class Fakes:
    """What the fake services do, and what they were asked. Replace a behaviour by assigning it."""

    extracted: list[extractor_pb2.ExtractRequest] = field(default_factory=list)
    planned: list[planner_pb2.PlanRequest] = field(default_factory=list)
    executed: list[broker_pb2.ExecuteRequest] = field(default_factory=list)
    looked_up: list[broker_pb2.LookUpWritesRequest] = field(default_factory=list)
    composed: list[nlg_pb2.ComposeRequest] = field(default_factory=list)
    tracks: set[str] = field(default_factory=set)
    shadowed: list[str] = field(default_factory=list)
    """The tracks of calls that said that nobody gets their answer."""

    def note(self, context: Any) -> None:
        """Notes which track a call is on, and whether it is one of a shadow."""
        if dict(context.invocation_metadata()).get("x-pulpo-shadow") == "1":
            self.shadowed.append(current_track.get())
        else:
            self.tracks.add(current_track.get())

    async def extract(self, request: extractor_pb2.ExtractRequest) -> extractor_pb2.ExtractResponse:
        """Hears a greeting in everything."""
        return extractor_pb2.ExtractResponse(intent=turn_pb2.INTENT_GREETING, confidence=0.9)

    async def plan(self, request: planner_pb2.PlanRequest) -> planner_pb2.PlanResponse:
        """Plans nothing."""
        return planner_pb2.PlanResponse(plan_version="v1")

    async def execute(self, request: broker_pb2.ExecuteRequest) -> broker_pb2.ExecuteResponse:
        """Every tool says yes."""
        return broker_pb2.ExecuteResponse(observations=[yes(action) for action in request.actions])

    async def look_up(self, request: broker_pb2.LookUpWritesRequest) -> broker_pb2.LookUpWritesResponse:
        """Every write was begun."""
        return told(request, broker_pb2.WRITE_STATE_UNKNOWN)

    async def compose(self, request: nlg_pb2.ComposeRequest) -> nlg_pb2.ComposeResponse:
        """Says how often it was asked."""
        return nlg_pb2.ComposeResponse(message=f"reply {len(self.composed)}", next_state=state_pb2.STAGE_INICIO)


def yes(action: action_pb2.Action, output: Mapping[str, Any] | None = None) -> action_pb2.Observation:
    """The observation of a tool that ran and said yes."""
    seen = action_pb2.Observation(tool=action.tool, status=action_pb2.OBSERVATION_STATUS_OK, attempts=1)
    seen.args.CopyFrom(action.args)
    seen.output.update({"ok": True, **(output or {})})
    return seen


def told(
    request: broker_pb2.LookUpWritesRequest, state: broker_pb2.WriteState.ValueType
) -> broker_pb2.LookUpWritesResponse:
    """A look-up's answer that says the same of every write."""
    outcomes = [broker_pb2.WriteOutcome(tool=each.tool, state=state) for each in request.actions]
    return broker_pb2.LookUpWritesResponse(outcomes=outcomes)


def action(tool: str, **args: Any) -> action_pb2.Action:
    """An action."""
    made = action_pb2.Action(tool=tool)
    made.args.update(args)
    return made


class _Extractor(extractor_pb2_grpc.ExtractorServiceServicer):
    def __init__(self, fakes: Fakes) -> None:
        self.fakes = fakes

    async def Extract(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.fakes.extracted.append(request)
        self.fakes.note(context)
        return await self.fakes.extract(request)


class _Planner(planner_pb2_grpc.PlannerServiceServicer):
    def __init__(self, fakes: Fakes) -> None:
        self.fakes = fakes

    async def Plan(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.fakes.planned.append(request)
        self.fakes.note(context)
        return await self.fakes.plan(request)


class _Broker(broker_pb2_grpc.BrokerServiceServicer):
    def __init__(self, fakes: Fakes) -> None:
        self.fakes = fakes

    async def Execute(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.fakes.executed.append(request)
        self.fakes.note(context)
        return await self.fakes.execute(request)

    async def LookUpWrites(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.fakes.looked_up.append(request)
        return await self.fakes.look_up(request)

    async def Evaluate(self, request: Any, context: Any) -> Any:  # noqa: N802
        raise NotImplementedError


class _Nlg(nlg_pb2_grpc.NlgServiceServicer):
    def __init__(self, fakes: Fakes) -> None:
        self.fakes = fakes

    async def Compose(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.fakes.composed.append(request)
        self.fakes.note(context)
        return await self.fakes.compose(request)


_ADD: dict[str, Callable[[Fakes, aio.Server], None]] = {
    "extractor": lambda fakes, server: extractor_pb2_grpc.add_ExtractorServiceServicer_to_server(
        _Extractor(fakes), server
    ),
    "planner": lambda fakes, server: planner_pb2_grpc.add_PlannerServiceServicer_to_server(_Planner(fakes), server),
    "broker": lambda fakes, server: broker_pb2_grpc.add_BrokerServiceServicer_to_server(_Broker(fakes), server),
    "nlg": lambda fakes, server: nlg_pb2_grpc.add_NlgServiceServicer_to_server(_Nlg(fakes), server),
}


@dataclass
class Mesh:
    """A gateway, or several on one database, with fakes behind."""

    fakes: Fakes
    gateways: list[Gateway]
    servers: dict[str, GrpcServer]
    client: httpx2.AsyncClient
    targets: dict[str, str]
    """The fakes' addresses, as settings of a gateway."""

    @property
    def gateway(self) -> Gateway:
        """The first gateway."""
        return self.gateways[0]

    def url(self, index: int = 0) -> str:
        """A gateway's base URL."""
        return f"http://127.0.0.1:{self.gateways[index].http_port}"

    async def post(
        self,
        form: Mapping[str, str],
        path: str = INBOUND,
        index: int = 0,
        token: str = "dev-token",
        base: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        """A webhook signed with `token` for `base` and path."""
        signature = RequestValidator(token).compute_signature((base or self.url(index)) + path, dict(form))
        return await self.client.post(
            self.url(index) + path, data=dict(form), headers={"X-Twilio-Signature": signature, **(headers or {})}
        )

    async def say(self, text: str, customer: str = "+5491155551234", sid: str = "", index: int = 0) -> str:
        """One message; the reply's text."""
        response = await self.post(message(text, customer, sid), index=index)
        assert response.status_code == 200, response.text
        return reply_of(response)

    async def stop(self, name: str) -> None:
        """One fake service goes down."""
        await self.servers.pop(name).stop(0, 0)


def message(text: str, customer: str = "+5491155551234", sid: str = "", **more: str) -> dict[str, str]:
    """The form of a customer's message."""
    sid = sid or new_sid()
    return {
        "MessageSid": sid,
        "SmsMessageSid": sid,
        "SmsSid": sid,
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        "From": f"whatsapp:{customer}",
        "To": f"whatsapp:{SALON}",
        "Body": text,
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsStatus": "received",
        "MessageType": "text",
        "ProfileName": "Ana",
        **more,
    }


def callback(sid: str, status: str, customer: str = "+5491155551234", **more: str) -> dict[str, str]:
    """The form of what became of a message."""
    return {
        "MessageSid": sid,
        "SmsSid": sid,
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        "ChannelPrefix": "whatsapp",
        "From": f"whatsapp:{SALON}",
        "To": f"whatsapp:{customer}",
        "MessageStatus": status,
        "SmsStatus": status,
        **more,
    }


def new_sid() -> str:
    """A MessageSid that nobody used before."""
    return "SM" + secrets.token_hex(16)


def reply_of(response: httpx2.Response) -> str:
    """The message in a TwiML answer."""
    assert response.headers["content-type"].startswith("application/xml")
    return "".join(ElementTree.fromstring(response.text).itertext())


@asynccontextmanager
async def running(
    folder: Path,
    gateways: int = 1,
    registry: Registry | None = None,
    clock: Callable[[], datetime] = lambda: NOW,
    **settings: Any,
) -> AsyncIterator[Mesh]:
    """Starts fakes and gateways on free ports, all gateways on one database. Businesses are those of the first form,
    as the fakes say nothing of readings, unless `registry` has others."""
    fakes = Fakes()
    servers: dict[str, GrpcServer] = {}
    targets: dict[str, str] = {}
    started: list[Gateway] = []
    try:
        for name, add in _ADD.items():
            server = GrpcServer([Registration(name, lambda server, add=add: add(fakes, server))])  # type: ignore[misc]
            targets[f"{name}_target"] = f"127.0.0.1:{await server.start('127.0.0.1', 0)}"
            servers[name] = server
        known: dict[str, Any] = {"http_port": 0, "gateway_grpc_port": 0, "data_dir": folder, "_env_file": None}
        known["gateway_join_wait_s"] = 0
        made = GatewaySettings(**{**known, **settings_of("gateway", *SERVICES), **targets, **settings})
        database = Database(made.database_url)
        await migrate(database, SCHEMA)
        await database.close()
        async with httpx2.AsyncClient(timeout=30, verify=False) as client:
            for _ in range(gateways):
                gateway = Gateway(made, clock, registry or first_form(load_registry(WORKSPACES)))
                started.append(gateway)
                await gateway.start()
            yield Mesh(fakes, started, servers, client, targets)
    finally:
        await asyncio.gather(*(gateway.stop() for gateway in started))
        await asyncio.gather(*(server.stop(0, 0) for server in servers.values()))


async def refuse(_request: Any) -> Any:
    """What a service does that breaks."""
    raise RuntimeError("broken on purpose")
