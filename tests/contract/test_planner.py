"""PlannerService over a real server on port 0, through its stub."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import grpc
import pytest
from google.protobuf.json_format import MessageToDict
from google.protobuf.timestamp_pb2 import Timestamp
from grpc import aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from prometheus_client import REGISTRY

from planner.__main__ import serve
from planner.servicer import SERVICE_NAME, PlannerServicer
from planner.settings import PlannerSettings
from planner.turn import Plan, PlanningTurn
from pulpo.common.v1 import action_pb2, reading_pb2, state_pb2, task_pb2, turn_pb2
from pulpo.planner.v1 import planner_pb2 as pb
from pulpo.planner.v1 import planner_pb2_grpc
from runtime.errors import PulpoError
from runtime.rpc.interceptors import reason_of
from runtime.rpc.server import GrpcServer, Registration
from turn.model import Action
from workspace.loader import load_registry
from workspace.model import Workspace

REGISTRY_OF_WORKSPACES = load_registry(Path(__file__).resolve().parents[2] / "k8s" / "base" / "workspaces")
RECEIVED = datetime(2026, 3, 11, 13, 0, tzinfo=UTC)
PATIENCE_S = 60
"""Seconds that an answer may take, on however busy a machine."""
COMPLETE = turn_pb2.Slots(
    service_type="Corte de Cabello",
    preferred_date="2026-03-12",
    preferred_time="15:00",
    client_name="Ana Ruiz",
    client_email="ana@test.com",
)


def context(**changes: str) -> turn_pb2.TurnContext:
    at = Timestamp()
    at.FromDatetime(RECEIVED)
    values = {"workspace_id": "estudio-pulpo", "conversation_id": "c1", "turn_id": "t1", **changes}
    return turn_pb2.TurnContext(**values, received_at=at)


def request(intent: turn_pb2.Intent.ValueType = turn_pb2.INTENT_BOOK) -> pb.PlanRequest:
    return pb.PlanRequest(context=context(), intent=intent, slots=COMPLETE)


@asynccontextmanager
async def serving(servicer: PlannerServicer) -> AsyncIterator[aio.Channel]:
    def add(server: aio.Server) -> None:
        planner_pb2_grpc.add_PlannerServiceServicer_to_server(servicer, server)

    server = GrpcServer([Registration(SERVICE_NAME, add)])
    port = await server.start("127.0.0.1", 0)
    try:
        async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield channel
    finally:
        await server.stop(0, 0)


@asynccontextmanager
async def planner(
    plan: Callable[[PlanningTurn, Workspace], Plan] | None = None,
) -> AsyncIterator["planner_pb2_grpc.PlannerServiceAsyncStub"]:
    servicer = PlannerServicer(REGISTRY_OF_WORKSPACES, plan) if plan else PlannerServicer(REGISTRY_OF_WORKSPACES)
    async with serving(servicer) as channel:
        yield planner_pb2_grpc.PlannerServiceStub(channel)


async def refusal(sent: pb.PlanRequest) -> aio.AioRpcError:
    async with planner() as stub:
        with pytest.raises(aio.AioRpcError) as caught:
            await stub.Plan(sent, timeout=PATIENCE_S)
        return caught.value


async def test_a_complete_request_is_planned() -> None:
    async with planner() as stub:
        response = await stub.Plan(request(), timeout=PATIENCE_S)
    assert response.plan_version == "v1"
    assert [action.tool for action in response.actions] == ["check_service_availability", "book_appointment"]
    assert MessageToDict(response.actions[0].args) == {"service_type": "Corte de Cabello", "date_str": "2026-03-12"}
    assert response.actions[0].reasoning
    assert list(response.missing_slots) == []
    assert response.confidence == 1
    assert response.source == pb.SOURCE_RULES


async def test_observations_state_and_topic_reach_the_rules() -> None:
    found = action_pb2.Observation(tool="find_appointment_by_phone", status=action_pb2.OBSERVATION_STATUS_OK)
    found.args.update({"client_phone": "+5491155551234"})
    found.output.update({"ok": True, "appointments": [{"booking_id": "PB-AAAAAA", "service_type": "Barba"}]})
    async with planner() as stub:
        cancel = await stub.Plan(
            pb.PlanRequest(context=context(), intent=turn_pb2.INTENT_CANCEL, observations=[found]), timeout=PATIENCE_S
        )
        pending = state_pb2.ConversationState(
            active_intent=turn_pb2.INTENT_CANCEL, pending=cancel.actions, slots=turn_pb2.Slots(service_type="Barba")
        )
        confirmed = await stub.Plan(
            pb.PlanRequest(context=context(), intent=turn_pb2.INTENT_CANCEL, state=pending, confirmed=True),
            timeout=PATIENCE_S,
        )
        promotions = await stub.Plan(
            pb.PlanRequest(context=context(), intent=turn_pb2.INTENT_INFO_PRICES, topic=turn_pb2.TOPIC_PROMOTIONS),
            timeout=PATIENCE_S,
        )
    assert cancel.needs_confirmation
    assert not confirmed.needs_confirmation
    assert list(confirmed.actions) == list(cancel.actions)
    assert [action.tool for action in promotions.actions] == ["get_active_promotions"]


async def test_a_request_with_a_reading_gets_a_plan_of_the_second_form() -> None:
    haircut = reading_pb2.Item(service="Corte de Cabello")
    task = task_pb2.Task(kind=task_pb2.TASK_KIND_BOOK, items=[haircut], days=["2026-03-12"], times=["morning"])
    sent = pb.PlanRequest(
        context=context(),
        intent=turn_pb2.INTENT_BOOK,
        state=state_pb2.ConversationState(dialogue=task_pb2.Dialogue(tasks=[task])),
        reading=reading_pb2.Reading(acts=[reading_pb2.Act(kind=reading_pb2.ACT_KIND_BOOK)]),
    )
    async with planner() as stub:
        looks = await stub.Plan(sent, timeout=PATIENCE_S)
        seen = sent.observations.add(tool="find_free_times", status=action_pb2.OBSERVATION_STATUS_OK)
        seen.args.CopyFrom(looks.actions[0].args)
        placed = {"service_type": "Corte de Cabello", "date": "2026-03-12", "time": "10:00", "staff_name": "Sofía"}
        seen.output.update({"ok": True, "proposals": [{"items": [placed]}]})
        asks = await stub.Plan(sent, timeout=PATIENCE_S)
    assert looks.plan_version == asks.plan_version == "v2"
    assert [action.tool for action in looks.actions] == ["find_free_times"]
    assert (list(asks.actions), asks.next_step) == ([], "offer")
    offered = task_pb2.PlacedService(service="Corte de Cabello", date="2026-03-12", time="10:00", staff="Sofía")
    assert list(asks.offers) == [task_pb2.Proposal(items=[offered])]


@pytest.mark.parametrize("outcome", [action_pb2.OUTCOME_ASK_CLARIFICATION, action_pb2.OUTCOME_DENY])
async def test_only_a_refusal_that_an_answer_lifts_asks(outcome: action_pb2.Outcome.ValueType) -> None:
    refused = action_pb2.Observation(
        tool="book_appointment",
        status=action_pb2.OBSERVATION_STATUS_REFUSED,
        decision=action_pb2.Decision(outcome=outcome, needs=["client_email"]),
    )
    async with planner() as stub:
        sent = request()
        sent.observations.append(refused)
        response = await stub.Plan(sent, timeout=PATIENCE_S)
    asks = outcome == action_pb2.OUTCOME_ASK_CLARIFICATION
    assert list(response.missing_slots) == (["client_email"] if asks else [])
    assert not response.actions


@pytest.mark.parametrize("field", ["workspace_id", "conversation_id", "turn_id", "received_at"])
async def test_an_incomplete_context_is_refused_and_named(field: str) -> None:
    sent = request()
    sent.context.ClearField(field)  # type: ignore[arg-type]
    error = await refusal(sent)
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert reason_of(error) == "CONTEXT_INCOMPLETE"
    assert f"context.{field}" in (error.details() or "")


@pytest.mark.parametrize("seconds", [10**15, -62135596800, 253402300799])
async def test_a_time_out_of_range_is_refused(seconds: int) -> None:
    sent = request()
    sent.context.received_at.seconds = seconds
    error = await refusal(sent)
    assert (error.code(), reason_of(error)) == (grpc.StatusCode.INVALID_ARGUMENT, "RECEIVED_AT_INVALID")


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
async def test_a_number_that_json_cannot_say_is_refused(number: float) -> None:
    seen, pending = request(), request()
    seen.observations.add(tool="check_service_availability", status=action_pb2.OBSERVATION_STATUS_OK)
    seen.observations[0].output.fields["times"].number_value = number
    pending.state.pending.add(tool="cancel_appointment").args.fields["booking_id"].number_value = number
    for sent in (seen, pending):
        error = await refusal(sent)
        assert (error.code(), reason_of(error)) == (grpc.StatusCode.INVALID_ARGUMENT, "NUMBER_NOT_FINITE")


@pytest.mark.parametrize("intent", [turn_pb2.INTENT_UNSPECIFIED, 99])
async def test_an_intent_without_meaning_is_refused(intent: turn_pb2.Intent.ValueType) -> None:
    error = await refusal(request(intent))
    assert (error.code(), reason_of(error)) == (grpc.StatusCode.INVALID_ARGUMENT, "INTENT_UNSPECIFIED")
    assert "intent" in (error.details() or "")


async def test_an_unknown_workspace_is_not_found() -> None:
    error = await refusal(pb.PlanRequest(context=context(workspace_id="nobody"), intent=turn_pb2.INTENT_BOOK))
    assert (error.code(), reason_of(error)) == (grpc.StatusCode.NOT_FOUND, "UNKNOWN_WORKSPACE")


async def test_a_plan_that_breaks_the_form_is_counted_and_never_returned() -> None:
    name = "pulpo_planner_invalid_plans_total"
    before = REGISTRY.get_sample_value(name, {"intent": "BOOK"}) or 0
    async with planner(lambda turn, workspace: Plan(actions=(Action("no_such_tool"),))) as stub:
        with pytest.raises(aio.AioRpcError) as caught:
            await stub.Plan(request(), timeout=PATIENCE_S)
    assert caught.value.code() is grpc.StatusCode.INTERNAL
    assert "no_such_tool" not in (caught.value.details() or "")
    assert REGISTRY.get_sample_value(name, {"intent": "BOOK"}) == before + 1


async def test_plans_are_counted_by_intent_and_tool() -> None:
    labels = ({"intent": "BOOK", "tool": "book_appointment"}, {"intent": "GREETING", "tool": "none"})
    before = [REGISTRY.get_sample_value("pulpo_planner_plans_total", label) or 0 for label in labels]
    async with planner() as stub:
        await stub.Plan(request(), timeout=PATIENCE_S)
        await stub.Plan(request(turn_pb2.INTENT_GREETING), timeout=PATIENCE_S)
    after = [REGISTRY.get_sample_value("pulpo_planner_plans_total", label) or 0 for label in labels]
    assert after == [count + 1 for count in before]


async def test_health_is_served() -> None:
    async with serving(PlannerServicer(REGISTRY_OF_WORKSPACES)) as channel:
        answer = await health_pb2_grpc.HealthStub(channel).Check(
            health_pb2.HealthCheckRequest(service=SERVICE_NAME), timeout=PATIENCE_S
        )
    assert answer.status == health_pb2.HealthCheckResponse.SERVING


async def test_start_up_ends_on_a_manifest_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("id: x\n", encoding="utf-8")
    settings = PlannerSettings(workspaces_dir=tmp_path, planner_port=0)
    with pytest.raises(PulpoError, match=r"BAD_MANIFEST.*broken\.yaml"):
        await asyncio.wait_for(serve(settings), timeout=60)
