"""Who plans on the slm track: the small model, a larger one where there is one, the rules when neither
gives a plan that can be used. The rules judge every plan of a model. Everything is counted."""

import time
from collections.abc import Callable, Iterable, Sequence

from planner.metrics import DIVERGENCES, MODEL_SECONDS, MODEL_TOKENS, RUNGS
from planner.referee import judge
from planner.slm_backend import Ask, Completion, Model, ModelError
from planner.slm_breaker import Breaker
from planner.slm_planner import ModelPlanner
from planner.turn import Plan, Status, Topic, Turn
from workspace.model import Workspace

STAGE = "plan"
_SAYS_NOTHING = frozenset({"timeout", "no_time"})
"""Failures that, when the server is not at fault, say nothing about it: the caller's time was short."""


class Ladder:
    """The rungs of one planner. One event loop."""

    def __init__(
        self,
        models: Sequence[Model],
        workspaces: Iterable[Workspace],
        max_tokens: int = 512,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`models` best first."""
        self._rungs = [(model, Breaker(clock)) for model in models]
        self._planners = {workspace.id: ModelPlanner(workspace, max_tokens) for workspace in workspaces}

    async def plan(self, turn: Turn, workspace: Workspace, rules: Plan) -> Plan:
        """The plan to use; `rules` is the one by rules, which is always there."""
        if is_settled(turn):
            RUNGS.labels(STAGE, "rules", "settled").inc()
            return rules
        planner = self._planners[workspace.id]
        ask = planner.ask(turn)
        for model, breaker in self._rungs:
            rung = model.backend.rung
            try:
                proposed = planner.parse((await _answer(model, breaker, ask)).text, turn)
            except ModelError as error:
                RUNGS.labels(STAGE, rung, error.reason).inc()
                continue
            verdict = judge(proposed, rules, turn, workspace)
            decision = "used" if verdict.is_used else "refused"
            for kind in verdict.divergences or ("none",):
                DIVERGENCES.labels(rung, kind, decision).inc()
            RUNGS.labels(STAGE, rung, "ok" if verdict.is_used else "refused").inc()
            if verdict.is_used:
                return verdict.plan
            break
        RUNGS.labels(STAGE, "rules", "ok").inc()
        return rules


def is_settled(turn: Turn) -> bool:
    """Whether only one plan is possible, so that asking would be a waste: what the customer has
    confirmed is done, what they gave up is not, and a tool that failed ends the turn."""
    ended = any(seen.status in (Status.FAILED, Status.UNKNOWN, Status.REFUSED) for seen in turn.observations)
    return ended or turn.topic is Topic.ABANDON or bool(turn.confirmed and turn.state.pending)


async def _answer(model: Model, breaker: Breaker, ask: Ask) -> Completion:
    """A model's answer. Raises ModelError, without asking while its breaker is open."""
    if not breaker.allows():
        raise ModelError("breaker_open")
    began, rung = time.perf_counter(), model.backend.rung
    try:
        completion = await model.complete(ask)
    except ModelError as error:
        if error.is_down:
            breaker.failed()
        elif error.reason not in _SAYS_NOTHING:
            breaker.succeeded()
        raise
    finally:
        MODEL_SECONDS.labels(STAGE, rung).observe(time.perf_counter() - began)
    breaker.succeeded()
    for kind in ("prompt", "cached", "completion"):
        MODEL_TOKENS.labels(STAGE, rung, kind).inc(getattr(completion, f"{kind}_tokens"))
    return completion
