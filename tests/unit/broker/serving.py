"""A whole broker behind its real gRPC server, on free ports and a folder of its own."""

import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from google.protobuf.timestamp_pb2 import Timestamp

from broker.calls.caller import Timing
from broker.servicer import CALLERS, FREE, BrokerServicer, registration
from broker.settings import BrokerSettings
from broker.wiring import Broker, open_broker
from pulpo.broker.v1 import broker_pb2 as pb
from pulpo.broker.v1.broker_pb2_grpc import BrokerServiceStub
from pulpo.common.v1 import action_pb2, turn_pb2
from runtime.clock import Clock
from runtime.private import make_folder
from runtime.rpc.channel import open_channel
from runtime.rpc.identity import Credential
from runtime.rpc.server import GrpcServer
from runtime.rpc.tls import TlsFiles
from tests.identity import credential, settings_of
from tests.unit.broker.builders import ADDRESS, BOOKING, NOW, PHONE, salon_manifest
from turn.converters import struct_to

GATEWAY = credential("gateway", "broker")


@dataclass
class Served:
    """A broker that is served, and the means to call it."""

    broker: Broker
    stub: Any
    port: int
    slept: list[float] = field(default_factory=list)

    async def execute(self, *actions: action_pb2.Action, timeout: float = 20, **more: Any) -> list[Any]:
        """The observations of an Execute."""
        return list((await self.stub.Execute(execute_request(*actions, **more), timeout=timeout)).observations)

    async def evaluate(self, *actions: action_pb2.Action, **more: Any) -> list[Any]:
        """The decisions of an Evaluate."""
        asked = execute_request(*actions, **more)
        request = pb.EvaluateRequest.FromString(asked.SerializeToString())
        return list((await self.stub.Evaluate(request, timeout=20)).decisions)


def action(tool: str, /, **args: Any) -> action_pb2.Action:
    """An action as callers send it."""
    return action_pb2.Action(tool=tool, args=struct_to(args))


def execute_request(*actions: action_pb2.Action, **more: Any) -> pb.ExecuteRequest:
    """A request of the demo customer. `context`, `customer` and `slots` replace what is usual."""
    received_at = Timestamp()
    received_at.FromDatetime(more.pop("now", NOW))
    context = {
        "workspace_id": "estudio-pulpo",
        "conversation_id": "talk",
        "turn_id": "turn",
        "received_at": received_at,
    }
    return pb.ExecuteRequest(
        context=turn_pb2.TurnContext(**{**context, **more.pop("context", {})}),
        customer=pb.Customer(**more.pop("customer", {"address": ADDRESS, "phone": PHONE})),
        actions=actions,
        slots=turn_pb2.Slots(**more.pop("slots", BOOKING)),
        **more,
    )


@asynccontextmanager
async def serving(
    folder: Path,
    url: str,
    /,
    shows: Credential | None = GATEWAY,
    turns_at: Clock | None = None,
    tls: TlsFiles | None = None,
    **changes: Any,
) -> AsyncIterator[Served]:
    """A served broker whose salon's tools are at `url`. Keywords change the manifest; `settings` are
    the broker's, `clock` tells what time it is for its limits. Waits between attempts pass at once. The stub `shows`
    who calls, by certificate with `tls`; with `turns_at` turns of another time are refused."""
    options, clock = changes.pop("settings", {}), changes.pop("clock", time.time)
    make_folder(folder)
    manifests = folder / "workspaces"
    manifests.mkdir(parents=True, exist_ok=True)
    (manifests / "salon.yaml").write_text(yaml.safe_dump(salon_manifest(url, **changes)), encoding="utf-8")
    known = {"data_dir": folder, "workspaces_dir": manifests, "broker_watch_s": 0, "agenda_url": url}
    settings = BrokerSettings(_env_file=None, **{**known, **settings_of("broker", "agenda"), **options})
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    broker = await open_broker(settings, Timing(time.monotonic, sleep, random.random), clock)
    servicer = BrokerServicer(broker.executor, settings.broker_execute_timeout_s, turns_at)
    door = settings.door(CALLERS, FREE)
    server = GrpcServer([registration(servicer)], ready=broker.store.is_up, door=door, tls=settings.tls)
    port = await server.start("127.0.0.1", 0)
    try:
        async with open_channel(f"127.0.0.1:{port}", tls=tls, shows=shows) as channel:
            yield Served(broker, BrokerServiceStub(channel), port, slept)
    finally:
        await server.stop(0, 0)
        await broker.close()
