"""The gRPC face of the planner: convert, plan, check, convert."""

from collections.abc import Callable

from grpc import aio

from planner.metrics import INVALID_PLANS, PLANS
from planner.rules.next_step import plan as plan_first_form
from planner.schema_validation import InvalidPlanError, PlanContract, version_of
from planner.tasks.next_step import plan as plan_tasks
from planner.turn import Plan, PlanningTurn
from pulpo.planner.v1 import planner_pb2 as pb
from pulpo.planner.v1 import planner_pb2_grpc
from runtime.errors import Kind, PulpoError
from turn import converters, reading_converters, task_converters
from turn.vocabulary import Intent
from workspace.model import Workspace
from workspace.registry import Registry

SERVICE_NAME = pb.DESCRIPTOR.services_by_name["PlannerService"].full_name
"""Full name of the service."""
CALLERS = {"Plan": ("gateway",)}
"""Who may call each method, besides callers that settings list."""
Planner = Callable[[PlanningTurn, Workspace], Plan]


def plan_by_rules(turn: PlanningTurn, workspace: Workspace) -> Plan:
    """The next step of a turn, in the form that its caller speaks."""
    return plan_first_form(turn, workspace) if turn.meaning is None else plan_tasks(turn, workspace)


class PlannerServicer(planner_pb2_grpc.PlannerServiceServicer):
    """Serves Plan."""

    def __init__(self, registry: Registry, planner: Planner = plan_by_rules) -> None:
        self._registry = registry
        self._planner = planner
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
        try:
            self._contract.check(plan, workspace, version_of(turn))
        except InvalidPlanError:
            INVALID_PLANS.labels(turn.intent.name).inc()
            raise
        for tool in [action.tool for action in plan.actions] or ["none"]:
            PLANS.labels(turn.intent.name, tool).inc()
        return _response(plan, version_of(turn))


def _turn(request: pb.PlanRequest) -> PlanningTurn:
    context = converters.context_from(request.context)
    intent = converters.intent_from(request.intent)
    if intent is Intent.UNSPECIFIED:
        raise PulpoError(
            Kind.INVALID_ARGUMENT, "INTENT_UNSPECIFIED", "intent is required: send what Extract returned, INTENT_BOOK…"
        )
    return PlanningTurn(
        intent=intent,
        now=context.received_at,
        slots=converters.slots_from(request.slots),
        state=converters.state_from(request.state),
        topic=converters.topic_from(request.topic),
        confirmed=request.confirmed,
        observations=converters.observations_from(request.observations),
        meaning=reading_converters.meaning_from(request.reading) if request.HasField("reading") else None,
    )


def _response(plan: Plan, version: str) -> pb.PlanResponse:
    return pb.PlanResponse(
        plan_version=version,
        actions=[converters.action_to(action) for action in plan.actions],
        needs_confirmation=plan.needs_confirmation,
        missing_slots=plan.missing_slots,
        confidence=plan.confidence,
        source=pb.SOURCE_RULES,
        next_step=plan.next_step,
        offers=[task_converters.proposal_to(offer) for offer in plan.offers],
        ends=plan.ends,
    )
