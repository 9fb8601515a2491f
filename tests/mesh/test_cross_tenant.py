"""Ids of one business in the calls of another: every RPC and every tool, no read and no write."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from grpc import aio

from cli.support.webhook import new_message_sid
from pulpo.broker.v1 import broker_pb2, broker_pb2_grpc
from pulpo.common.v1 import action_pb2, state_pb2, turn_pb2
from pulpo.extractor.v1 import extractor_pb2, extractor_pb2_grpc
from pulpo.gateway.v1 import gateway_pb2, gateway_pb2_grpc
from pulpo.nlg.v1 import nlg_pb2, nlg_pb2_grpc
from pulpo.planner.v1 import planner_pb2, planner_pb2_grpc
from runtime.rpc.channel import open_channel
from tests.contract.agenda.running import Caller
from tests.mesh.tools.harness import ROOT, SALON, VET, Mesh
from workspace.loader import load_registry

OTHER = "veterinaria-cordillera"
CONTRACTS = (broker_pb2, extractor_pb2, gateway_pb2, nlg_pb2, planner_pb2)
METHODS = [
    method.full_name
    for contract in CONTRACTS
    for service in contract.DESCRIPTOR.services_by_name.values()
    for method in service.methods
]
TOOLS: dict[str, dict[str, Any]] = {
    "get_available_services": {},
    "get_business_hours": {},
    "get_service_packages": {},
    "get_active_promotions": {},
    "check_service_availability": {"service_type": "Brushing", "date_str": "2026-03-25"},
    "book_appointment": {"service_type": "Brushing", "preferred_date": "2026-03-25", "preferred_time": "10:00"},
    "find_appointment_by_phone": {},
    "cancel_appointment": {},
    "reschedule_appointment": {"preferred_date": "2026-03-26", "preferred_time": "10:00"},
    "find_free_times": {"items": [{"service_type": "Brushing"}], "days": ["2026-03-25"]},
    "book_appointments": {"items": [{"service_type": "Brushing", "date": "2026-03-25", "time": "10:00"}]},
    "change_appointment": {"preferred_date": "2026-03-26", "preferred_time": "10:00"},
    "change_appointments": {},
    "cancel_appointments": {},
    "restore_appointment": {},
    "get_customer": {},
}
"""What each tool is asked for, besides what names the victim."""
OWNED = ("cancel_appointment", "reschedule_appointment", "change_appointment", "restore_appointment")
BOOKS = ("book_appointment", "book_appointments")


def naming(tool: str, booking_id: str) -> dict[str, Any]:
    """What names an appointment in a tool's arguments."""
    if tool == "change_appointments":
        return {"changes": [{"booking_id": booking_id, "preferred_time": "10:00"}]}
    if tool == "cancel_appointments":
        return {"booking_ids": [booking_id]}
    return {"booking_id": booking_id} if tool in OWNED else {}


@dataclass
class Victim:
    """A customer of the salon with an appointment."""

    mesh: Mesh
    phone: str
    booking_id: str
    message_id: str
    conversation_id: str
    turn_id: str
    traces: tuple[str, ...] = ("Zoe Quiroga", "zoe@test.com", "Brushing", "PB-", "Estudio Pulpo")

    @property
    def context(self) -> turn_pb2.TurnContext:
        """The victim's own turn, in the name of the other business."""
        at = Timestamp()
        at.FromJsonString("2026-03-11T13:00:00Z")
        ids = {"conversation_id": self.conversation_id, "turn_id": self.turn_id}
        return turn_pb2.TurnContext(workspace_id=OTHER, received_at=at, locale="es-CL", **ids)

    def channel(self, service: str) -> aio.Channel:
        """A way to a service."""
        target = f"127.0.0.1:{self.mesh.environment[f'PULPO_{service}_PORT']}"
        return open_channel(target, shows=self.mesh.credential("gateway", service.lower()))

    def actions(self) -> list[action_pb2.Action]:
        """Every tool, with the victim's ids in its arguments."""
        made = []
        for tool, args in TOOLS.items():
            made.append(action_pb2.Action(tool=tool))
            named = naming(tool, self.booking_id)
            made[-1].args.update({**args, **named, "client_phone": self.phone, "workspace_id": "estudio-pulpo"})
        return made

    def rows(self) -> list[Any]:
        """All that the agenda holds."""
        return [self.mesh.rows("agenda", f"SELECT * FROM {table}") for table in ("appointments", "appointment_cells")]


@pytest.fixture(scope="module")
def victim(mesh: Mesh) -> Victim:
    customer, sid = "+5491133300001", new_message_sid()
    text = "Reservar brushing el miércoles 25/3 a las 9, soy Zoe Quiroga zoe@test.com"
    assert "PB-" in mesh.say(customer, text, SALON, sid)
    (row,) = mesh.rows("gateway", "SELECT * FROM inbox WHERE message_id = ?", sid)
    (booked,) = mesh.appointments(customer)
    ids = str(row["conversation_id"]), str(row["turn_id"])
    return Victim(mesh, customer, str(booked["booking_id"]), sid, *ids)


async def extract(it: Victim) -> str:
    async with it.channel("EXTRACTOR") as channel:
        request = extractor_pb2.ExtractRequest(context=it.context, text="cuándo es mi turno? el de brushing con Sofía")
        return str(await extractor_pb2_grpc.ExtractorServiceStub(channel).Extract(request))


async def plan(it: Victim) -> str:
    async with it.channel("PLANNER") as channel:
        request = planner_pb2.PlanRequest(
            context=it.context,
            intent=turn_pb2.INTENT_BOOK,
            slots=turn_pb2.Slots(service_type="Brushing", preferred_date="2026-03-25", preferred_time="10:00"),
        )
        answer = await planner_pb2_grpc.PlannerServiceStub(channel).Plan(request)
        assert "service_type" in answer.missing_slots
        assert not answer.actions
        return str(answer)


async def execute(it: Victim) -> str:
    return await through_broker(it, evaluate=False)


async def evaluate(it: Victim) -> str:
    return await through_broker(it, evaluate=True)


async def through_broker(it: Victim, *, evaluate: bool) -> str:
    """Every tool once, as the victim would be asked for, under the other business."""
    said = []
    async with it.channel("BROKER") as channel:
        stub = broker_pb2_grpc.BrokerServiceStub(channel)
        who = broker_pb2.Customer(address=f"whatsapp:{it.phone}", phone=it.phone)
        for each in it.actions():
            known: dict[str, Any] = {"context": it.context, "customer": who, "actions": [each], "confirmed": True}
            if evaluate:
                (decision,) = (await stub.Evaluate(broker_pb2.EvaluateRequest(**known))).decisions
            else:
                (seen,) = (await stub.Execute(broker_pb2.ExecuteRequest(**known))).observations
                decision = seen.decision
                said.append(str(seen.output))
            if each.tool in OWNED:
                assert decision.why in ("NOT_OWNER", "TOOL_NOT_IN_MANIFEST"), each.tool
    return "".join(said)


async def look_up_writes(it: Victim) -> str:
    """The victim's own turn and actions, three at a time, under the other business."""
    said, actions = [], list(it.actions())
    async with it.channel("BROKER") as channel:
        stub = broker_pb2_grpc.BrokerServiceStub(channel)
        who = broker_pb2.Customer(address=f"whatsapp:{it.phone}")
        for number in range(0, len(actions), 3):
            request = broker_pb2.LookUpWritesRequest(
                context=it.context, customer=who, actions=actions[number : number + 3]
            )
            for outcome in (await stub.LookUpWrites(request)).outcomes:
                assert outcome.state not in (broker_pb2.WRITE_STATE_DONE, broker_pb2.WRITE_STATE_UNKNOWN)
                said.append(str(outcome.observation.output))
    return "".join(said)


async def compose(it: Victim) -> str:
    async with it.channel("NLG") as channel:
        state = state_pb2.ConversationState(last_booking_id=it.booking_id)
        request = nlg_pb2.ComposeRequest(context=it.context, intent=turn_pb2.INTENT_GREETING, state=state)
        return str((await nlg_pb2_grpc.NlgServiceStub(channel).Compose(request)).message)


async def send_message(it: Victim) -> str:
    said = []
    port = it.mesh.environment["PULPO_GATEWAY_GRPC_PORT"]
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = gateway_pb2_grpc.ConversationServiceStub(channel)
        own: dict[str, Any] = {"workspace_id": OTHER, "from": f"whatsapp:{it.phone}"}
        for number, text in enumerate(("¿cuándo es mi turno?", f"cancelar {it.booking_id}", "sí")):
            message_id = it.message_id if number == 0 else new_message_sid()
            answer = await stub.SendMessage(gateway_pb2.SendMessageRequest(**own, text=text, message_id=message_id))
            said.append(answer.message.replace(it.booking_id if number == 1 else "-", ""))
    return "".join(said)


async def run_turn(it: Victim) -> str:
    """A turn whose state names the victim's booking: not without a name, which has customers of its own."""
    state = state_pb2.ConversationState(last_booking_id=it.booking_id)
    who: dict[str, Any] = {"context": it.context, "customer_address": f"whatsapp:{it.phone}"}
    async with aio.insecure_channel(f"127.0.0.1:{it.mesh.environment['PULPO_GATEWAY_GRPC_PORT']}") as channel:
        stub = gateway_pb2_grpc.ConversationServiceStub(channel)
        with pytest.raises(aio.AioRpcError, match="UNAUTHENTICATED"):
            await stub.RunTurn(gateway_pb2.RunTurnRequest(**who, text=f"cancelar {it.booking_id}", state=state))
    return ""


CALLS: dict[str, Callable[[Victim], Awaitable[str]]] = {
    "pulpo.extractor.v1.ExtractorService.Extract": extract,
    "pulpo.planner.v1.PlannerService.Plan": plan,
    "pulpo.broker.v1.BrokerService.Execute": execute,
    "pulpo.broker.v1.BrokerService.Evaluate": evaluate,
    "pulpo.broker.v1.BrokerService.LookUpWrites": look_up_writes,
    "pulpo.nlg.v1.NlgService.Compose": compose,
    "pulpo.gateway.v1.ConversationService.SendMessage": send_message,
    "pulpo.gateway.v1.ConversationService.RunTurn": run_turn,
}


@pytest.mark.parametrize("method", METHODS)
async def test_no_rpc_reads_or_writes_across_businesses(victim: Victim, method: str) -> None:
    before = victim.rows()
    said = await CALLS[method](victim)
    assert not [trace for trace in victim.traces if trace in said], said
    assert victim.rows() == before


def test_every_tool_is_tried() -> None:
    known = load_registry(ROOT / "k8s/base/workspaces")
    assert {tool.name for workspace in known for tool in workspace.tools} == set(TOOLS)


@pytest.mark.parametrize("tool", TOOLS)
async def test_no_tool_reads_or_writes_across_businesses(victim: Victim, tool: str) -> None:
    before = victim.rows()
    args = TOOLS[tool] | naming(tool, victim.booking_id)
    if tool in BOOKS:
        args |= {"client_name": "Zoe", "client_email": "z@test.com"}
    if tool == "find_appointment_by_phone":
        args["client_phone"] = victim.phone
    who = {"customer": f"whatsapp:{victim.phone}", "customer_phone": victim.phone}
    headers = dict(victim.mesh.credential("broker", "agenda").headers)
    async with httpx2.AsyncClient(headers=headers) as http:
        caller = Caller(f"http://127.0.0.1:{victim.mesh.environment['PULPO_AGENDA_PORT']}", http)
        answer = await caller.call(tool, args, workspace_id=OTHER, **who)
    answer.pop("booking_ids", None)  # those that were asked for, told as not found
    said = json.dumps(answer, ensure_ascii=False)
    assert not [trace for trace in victim.traces if trace in said], said
    assert victim.rows() == before


async def test_a_message_to_another_number_is_another_conversation(victim: Victim) -> None:
    said = [
        await asyncio.to_thread(victim.mesh.say, victim.phone, text, VET) for text in ("el 25/3", "cancelá mi turno")
    ]
    assert not [trace for trace in victim.traces if trace in "".join(said)], said
    assert [row["status"] for row in victim.mesh.appointments(victim.phone)] == ["booked"]
