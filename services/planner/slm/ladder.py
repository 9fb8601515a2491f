"""Chooses the plan on the slm track: the small model's, a larger one's where one is set, or the rules' when neither
gives a plan that can be used. The rules judge every plan of a model. Each outcome is counted."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from planner.metrics import DIVERGENCES, MODELS
from planner.slm.model_planner import ModelPlanner
from planner.slm.referee import judge
from planner.turn import Plan, PlanningTurn
from runtime.models.backend import Model
from runtime.models.rungs import Rungs
from turn.vocabulary import Intent, Status, Topic
from workspace.model import Workspace

_HELLO = PlanningTurn(Intent.GREETING, datetime(2026, 3, 11, 13, tzinfo=UTC))
"""The turn that warm-up calls ask about."""


class Ladder:
    """Asks the models of one planner process, in order. Belongs to one event loop."""

    def __init__(
        self,
        models: Sequence[Model],
        planners: Mapping[str, ModelPlanner],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`models` best first; `planners` by workspace."""
        self._rungs = Rungs(models, MODELS, clock)
        self._planners = planners

    def start(self) -> None:
        """Starts a background task that keeps the models warm."""
        self._rungs.start(lambda: [planner.ask(_HELLO) for planner in self._planners.values()])

    async def close(self) -> None:
        """Stops that task."""
        await self._rungs.close()

    async def plan(self, turn: PlanningTurn, workspace: Workspace, rules: Plan) -> Plan:
        """The plan to use: a model's, or `rules`, the one by the rules."""
        if is_settled(turn):
            self._rungs.count("rules", "settled")
            return rules
        planner = self._planners[workspace.id]
        found = await self._rungs.first(planner.ask(turn), lambda completion, _: planner.parse(completion.text, turn))
        if found:
            proposed, backend = found
            verdict = judge(proposed, rules, turn, workspace)
            for kind in verdict.divergences or ("none",):
                DIVERGENCES.labels(backend.rung, kind, "used" if verdict.is_used else "refused").inc()
            self._rungs.count(backend.rung, "ok" if verdict.is_used else "refused")
            if verdict.is_used:
                return verdict.plan
        self._rungs.count("rules", "ok")
        return rules


def is_settled(turn: PlanningTurn) -> bool:
    """Whether only one plan is possible, so that asking would be a waste: what the customer has
    confirmed is done, what they gave up is not, and a tool that failed ends the turn."""
    ended = any(seen.status in (Status.FAILED, Status.UNKNOWN, Status.REFUSED) for seen in turn.observations)
    return ended or turn.topic is Topic.ABANDON or bool(turn.confirmed and turn.state.pending)
