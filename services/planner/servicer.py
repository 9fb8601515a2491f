"""The gRPC face of the planner: convert, plan, check, convert."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct
from grpc import aio

from planner.contract import PLAN_VERSION, InvalidPlanError, PlanContract
from planner.ladder import Ladder
from planner.metrics import INVALID_PLANS, PLANS
from planner.rules import plan as plan_by_rules
from planner.turn import SLOT_ORDER, Action, Intent, Observation, Plan, State, Status, Topic, Turn
from pulpo.common.v1 import action_pb2, state_pb2, turn_pb2
from pulpo.planner.v1 import planner_pb2 as pb
from pulpo.planner.v1 import planner_pb2_grpc
from runtime.deadline import current_track
from runtime.errors import Kind, PulpoError
from workspace.model import Workspace
from workspace.registry import Registry

SERVICE_NAME = pb.DESCRIPTOR.services_by_name["PlannerService"].full_name
"""Full name of the service."""
_SLM_TRACK = "slm"
Planner = Callable[[Turn, Workspace], Plan]
E_ = TypeVar("E_", bound=StrEnum)


class PlannerServicer(planner_pb2_grpc.PlannerServiceServicer):
    """Serves Plan."""

    def __init__(self, registry: Registry, planner: Planner = plan_by_rules, ladder: Ladder | None = None) -> None:
        """With a `ladder`, models plan on the slm track and `planner` judges."""
        self._registry = registry
        self._planner = planner
        self._ladder = ladder
        self._contract = PlanContract()

    async def Plan(  # noqa: N802 - the RPC's name
        self, request: pb.PlanRequest, context: aio.ServicerContext[pb.PlanRequest, pb.PlanResponse]
    ) -> pb.PlanResponse:
        """Plans the next step of a turn."""
        turn = _turn(request)
        workspace = self._registry.get(request.context.workspace_id)
        if workspace is None:
            raise PulpoError(
                Kind.NOT_FOUND, "UNKNOWN_WORKSPACE", "context.workspace_id names no workspace of this mesh."
            )
        plan = self._planner(turn, workspace)
        if self._ladder and current_track.get() == _SLM_TRACK:
            plan = await self._ladder.plan(turn, workspace, plan)
        try:
            self._contract.check(plan, workspace)
        except InvalidPlanError:
            INVALID_PLANS.labels(turn.intent.value).inc()
            raise
        for tool in [action.tool for action in plan.actions] or ["none"]:
            PLANS.labels(turn.intent.value, tool).inc()
        return _response(plan)


def _turn(request: pb.PlanRequest) -> Turn:
    now = _checked_time(request.context)
    intent = _named(Intent, turn_pb2.Intent, request.intent, "INTENT_")
    if intent is None:
        raise PulpoError(
            Kind.INVALID_ARGUMENT, "INTENT_UNSPECIFIED", "intent is required: send what Extract returned, INTENT_BOOK…"
        )
    return Turn(
        intent=intent,
        now=now,
        slots=_slots(request.slots),
        state=_state(request.state),
        topic=_named(Topic, turn_pb2.Topic, request.topic, "TOPIC_"),
        confirmed=request.confirmed,
        observations=tuple(seen for seen in map(_observation, request.observations) if seen),
    )


def _checked_time(context: turn_pb2.TurnContext) -> datetime:
    """When the message arrived; raises PulpoError naming everything that the context lacks."""
    lacking = [
        f"context.{name}" for name in ("workspace_id", "conversation_id", "turn_id") if not getattr(context, name)
    ]
    if not context.HasField("received_at"):
        lacking.append("context.received_at")
    if lacking:
        raise PulpoError(Kind.INVALID_ARGUMENT, "CONTEXT_INCOMPLETE", f"Required and not set: {', '.join(lacking)}.")
    try:
        moment = context.received_at.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise PulpoError(
            Kind.INVALID_ARGUMENT, "RECEIVED_AT_INVALID", "context.received_at is out of range."
        ) from error
    if not 2000 <= moment.year < 2099:  # near the calendar's ends, time zones and horizons overflow
        raise PulpoError(Kind.INVALID_ARGUMENT, "RECEIVED_AT_INVALID", "context.received_at is out of range.")
    return moment


def _state(state: state_pb2.ConversationState) -> State:
    return State(
        active_intent=_named(Intent, turn_pb2.Intent, state.active_intent, "INTENT_"),
        slots=_slots(state.slots),
        asked_slot=state.asked_slot,
        pending=tuple(Action(action.tool, _plain(action.args), action.reasoning) for action in state.pending),
        booking_choices=tuple(state.booking_choices),
    )


def _observation(message: action_pb2.Observation) -> Observation | None:
    status = _named(Status, action_pb2.ObservationStatus, message.status, "OBSERVATION_STATUS_")
    if status is None:
        return None
    asks = message.decision.outcome == action_pb2.OUTCOME_ASK_CLARIFICATION
    return Observation(
        tool=message.tool,
        status=status,
        output=_plain(message.output),
        args=_plain(message.args),
        needs=tuple(message.decision.needs) if asks else (),
    )


def _response(plan: Plan) -> pb.PlanResponse:
    return pb.PlanResponse(
        plan_version=PLAN_VERSION,
        actions=[
            action_pb2.Action(tool=action.tool, args=_struct(action.args), reasoning=action.reasoning)
            for action in plan.actions
        ],
        needs_confirmation=plan.needs_confirmation,
        missing_slots=plan.missing_slots,
        confidence=plan.confidence,
        source=pb.SOURCE_SLM if plan.source == "slm" else pb.SOURCE_RULES,
    )


def _slots(slots: turn_pb2.Slots) -> dict[str, str]:
    return {name: getattr(slots, name) for name in SLOT_ORDER if getattr(slots, name)}


def _plain(struct: Struct) -> dict[str, Any]:
    try:
        plain: dict[str, Any] = MessageToDict(struct)
    except ValueError as error:
        text = "A number in args, output or state is NaN or infinite; JSON has none of these."
        raise PulpoError(Kind.INVALID_ARGUMENT, "NUMBER_NOT_FINITE", text) from error
    return plain


def _struct(values: Mapping[str, Any]) -> Struct:
    struct = Struct()
    struct.update(dict(values))
    return struct


def _named(kind: type[E_], proto: Any, value: int, prefix: str) -> E_ | None:
    """A proto enum's value as ours; None for one that has no meaning here."""
    if value not in proto.values():
        return None
    name = proto.Name(value).removeprefix(prefix)
    return kind(name) if name in kind.__members__ else None
