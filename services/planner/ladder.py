"""Who plans on the slm track: the small model, a larger one where there is one, the rules when neither
gives a plan that can be used. The rules judge every plan of a model. Everything is counted."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from planner.metrics import DIVERGENCES, MODELS
from planner.referee import judge
from planner.slm_planner import ModelPlanner
from planner.turn import Intent, Plan, Status, Topic, Turn
from runtime.models.backend import Model
from runtime.models.rungs import Rungs
from workspace.model import Workspace

_HELLO = Turn(Intent.GREETING, datetime(2026, 3, 11, 13, tzinfo=UTC))
"""What models are asked about to warm up."""


class Ladder:
    """The rungs of one planner. One event loop."""

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
        """Keeps the models warm in the background from now on."""
        self._rungs.start(lambda: [planner.ask(_HELLO) for planner in self._planners.values()])

    async def close(self) -> None:
        """Ends what `start` began."""
        await self._rungs.close()

    async def plan(self, turn: Turn, workspace: Workspace, rules: Plan) -> Plan:
        """The plan to use; `rules` is the one by rules, which is always there."""
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


def is_settled(turn: Turn) -> bool:
    """Whether only one plan is possible, so that asking would be a waste: what the customer has
    confirmed is done, what they gave up is not, and a tool that failed ends the turn."""
    ended = any(seen.status in (Status.FAILED, Status.UNKNOWN, Status.REFUSED) for seen in turn.observations)
    return ended or turn.topic is Topic.ABANDON or bool(turn.confirmed and turn.state.pending)
