"""Calls a running mesh from your own code, over gRPC: six smoke cases, then the planner alone.

    make run                                  # in one terminal
    PYTHONPATH=services .venv/bin/python examples/integration.py

Exit status 0 when every case answered as it should. `--target` and `--planner` name other addresses. A mesh in
development lets anybody on its machine do this; elsewhere `--caller` and `--token` say who calls (docs/integration.md),
e.g. with `PULPO_CALLER_TOKENS=crm:SendMessage+Plan=TOKEN` in both services.
"""

import argparse
import asyncio
import secrets
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import grpc
from grpc import aio

from pulpo.common.v1 import turn_pb2
from pulpo.gateway.v1 import gateway_pb2, gateway_pb2_grpc
from pulpo.planner.v1 import planner_pb2, planner_pb2_grpc

if TYPE_CHECKING:  # the stubs' own names for their asynchronous form
    from pulpo.gateway.v1.gateway_pb2_grpc import ConversationServiceAsyncStub
    from pulpo.planner.v1.planner_pb2_grpc import PlannerServiceAsyncStub

DEADLINE_S = 12.0
Metadata = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Case:
    """One message and what its reply must hold."""

    text: str
    expected: tuple[str, ...]


CASES = (
    Case("Hola", ("Estudio Pulpo",)),
    Case("Cuál es el horario?", ("9:00–13:00", "10:00–16:00")),
    Case("Cuánto sale un corte?", ("3.500", "6.000")),
    Case("Precio de coloración", ("8.000", "12.000")),
    Case("Quiero turno mañana", ("servicio",)),
    Case("Reservar corte mañana 15hs, soy Juan juan@test.com", ("PB-",)),
)
"""The last one depends on the day: on Saturdays "mañana" is closed, and then it is answered with other days."""


async def send(
    stub: "ConversationServiceAsyncStub", workspace: str, customer: str, text: str, identity: Metadata
) -> str:
    """Sends one message and returns the reply. A repeated message_id would get the same reply again."""
    request = gateway_pb2.SendMessageRequest(workspace_id=workspace, text=text, message_id=secrets.token_hex(16))
    setattr(request, "from", customer)  # `from` is a word of Python's, so it cannot be a keyword argument
    reply = await stub.SendMessage(request, timeout=DEADLINE_S, metadata=identity)
    return reply.message


async def smoke(target: str, workspace: str, identity: Metadata) -> int:
    """Runs the six cases, each as a customer of its own. Returns how many failed."""
    failed = 0
    async with aio.insecure_channel(target) as channel:
        stub: ConversationServiceAsyncStub = gateway_pb2_grpc.ConversationServiceStub(channel)
        for case in CASES:
            customer = f"whatsapp:+54911{secrets.randbelow(10**8):08}"
            began = time.perf_counter()
            reply = await send(stub, workspace, customer, case.text, identity)
            took = (time.perf_counter() - began) * 1000
            well = all(part in reply for part in case.expected) or ("PB-" in case.expected and "cerrad" in reply)
            failed += not well
            print(f"{'ok  ' if well else 'FAIL'} {took:6.1f} ms  {case.text}\n                {reply!r}")
    return failed


async def plan(target: str, workspace: str, identity: Metadata) -> list[str]:
    """Asks the planner alone what it would do for a complete booking. Returns the tools' names."""
    request = planner_pb2.PlanRequest(
        context=turn_pb2.TurnContext(workspace_id=workspace, conversation_id="example", turn_id="1"),
        intent=turn_pb2.INTENT_INFO_PRICES,
        slots=turn_pb2.Slots(service_type="Corte de Cabello"),
    )
    request.context.received_at.FromDatetime(datetime.now(UTC))
    async with aio.insecure_channel(target) as channel:
        stub: PlannerServiceAsyncStub = planner_pb2_grpc.PlannerServiceStub(channel)
        response = await stub.Plan(request, timeout=DEADLINE_S, metadata=identity)
    return [action.tool for action in response.actions]


async def run(arguments: argparse.Namespace) -> int:
    """Runs everything. Returns the exit status."""
    named = (("x-pulpo-caller", arguments.caller), ("x-pulpo-caller-token", arguments.token))
    identity = named if arguments.token else ()
    try:
        failed = await smoke(arguments.target, arguments.workspace, identity)
        print(f"planner: {await plan(arguments.planner, arguments.workspace, identity)}")
    except grpc.RpcError as error:
        code = error.code().name if isinstance(error, aio.AioRpcError) else "failed"
        print(f"integration: {arguments.target}: {code}; is the mesh up? Try: make run", file=sys.stderr)
        return 1
    return 1 if failed else 0


def main(argv: Sequence[str] | None = None) -> int:
    """Reads the command line and runs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--target", default="127.0.0.1:50050", help="the gateway's gRPC address")
    parser.add_argument("--planner", default="127.0.0.1:50052", help="the planner's gRPC address")
    parser.add_argument("--workspace", default="estudio-pulpo")
    parser.add_argument("--caller", default="", help="who calls, as PULPO_CALLER_TOKENS names it")
    parser.add_argument("--token", default="", help="the token that proves it")
    return asyncio.run(run(parser.parse_args(argv)))


if __name__ == "__main__":
    sys.exit(main())
