"""The loop around the planner, for who runs the tools: plan, run what may run, plan again with what they said."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pulpo_client._services import PlannerService
from pulpo_client.proto.common.v1.action_pb2 import Action, Observation
from pulpo_client.proto.planner.v1.planner_pb2 import PlanRequest, PlanResponse

MAX_ROUNDS = 4
"""Plans of one turn, at most: as many as the gateway makes."""
Run = Callable[[Sequence[Action]], Sequence[Observation]]
"""Runs actions and says what became of each, in order; e.g. by `BrokerService.execute`, or by tools of one's own."""


@dataclass
class Planned:
    """What the loop came to."""

    plan: PlanResponse
    """The last plan: what to ask for is in `missing_slots` and `next_step`, what waits for a yes in `actions`."""
    observations: list[Observation] = field(default_factory=list)
    """What the tools said, in order."""
    rounds: int = 0


def plan_turn(
    planner: PlannerService, request: PlanRequest, run: Run, reads: Sequence[str], *, timeout: float = 10.0
) -> Planned:
    """Plans until there is nothing more to run. `reads` names the tools that change nothing: while a plan needs a yes,
    only those run. No action runs twice."""
    asked, done = PlanRequest(), Planned(PlanResponse())
    seen: list[tuple[str, bytes]] = []
    asked.CopyFrom(request)
    for done.rounds in range(1, MAX_ROUNDS + 1):
        done.plan = planner.plan(asked, timeout=timeout)
        runs = [
            action
            for action in done.plan.actions
            if (not done.plan.needs_confirmation or action.tool in reads) and _key(action) not in seen
        ]
        if not runs:
            break
        seen += map(_key, runs)
        done.observations += run(runs)
        del asked.observations[:]
        asked.observations.extend([*request.observations, *done.observations])
    return done


def _key(action: Action) -> tuple[str, bytes]:
    return action.tool, action.args.SerializeToString(deterministic=True)
