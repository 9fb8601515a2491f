"""The rounds of a turn: plan, run what may run, and plan again with what the tools said."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from gateway.budget import Budget, Limits
from gateway.ports import Mesh, StageError
from gateway.state import Action, Observation, Status
from gateway.turn_types import Context, Customer, Decided, Extraction, Fallback, Heard, Plan
from workspace.model import Workspace

MAX_ROUNDS = 3
"""How many plans a turn may make."""
MAX_ACTIONS = 3
"""How many actions of one plan may run."""


@dataclass
class Rounds:
    """What the rounds came to."""

    plan: Plan | None = None
    """The last plan; None when the planner gave none."""
    first: Plan | None = None
    """The first plan, as the planner gave it."""
    first_ms: float = 0.0
    """How long the first plan took."""
    observations: list[Observation] = field(default_factory=list)
    count: int = 0
    fallbacks: list[Fallback] = field(default_factory=list)
    plan_ms: float = 0.0
    policy_ms: float = 0.0
    tools_ms: float = 0.0


@dataclass(frozen=True)
class RoundsRunner:
    """Runs the rounds of one turn."""

    mesh: Mesh
    limits: Limits
    budget: Budget
    workspace: Workspace
    context: Context
    customer: Customer
    extraction: Extraction
    note: Callable[[Decided], Awaitable[None]]
    """Notes what is decided before it is done. Raises StageError when it cannot."""
    decided: Decided | None = None
    """What the turn had decided when it ran before: then nobody surely did nothing."""

    async def run(self, heard: Heard) -> Rounds:
        """At most three rounds. A stage that fails ends them; what was learnt so far stays."""
        rounds = Rounds()
        plans: list[Plan] = []
        ran: list[Action] = []
        while rounds.count < MAX_ROUNDS:
            rounds.count += 1
            try:
                plan = self._noted(rounds.count) or await self._plan(heard, rounds)
            except StageError as error:
                rounds.fallbacks.append(Fallback("plan", error.reason))
                break
            plans.append(plan)
            if rounds.first is None:
                rounds.first, rounds.first_ms = plan, rounds.plan_ms
            confirmed = heard.confirmed and _all_pending(plan, heard, self.writes)
            rounds.plan = self._asking(plan, confirmed)
            actions = [action for action in self._runnable(rounds.plan) if not _among(action, ran)]
            if not actions:
                break
            ran += actions
            decided = Decided(self.extraction, tuple(plans))
            if not await self._execute(actions, heard, confirmed, rounds, decided):
                break
        return rounds

    @property
    def writes(self) -> frozenset[str]:
        """Tools of the workspace that change anything."""
        return writes_of(self.workspace)

    def _noted(self, number: int) -> Plan | None:
        """The plan of a round, counted from 1, that the turn had made when it ran before."""
        plans = self.decided.plans if self.decided else ()
        return plans[number - 1] if number <= len(plans) else None

    async def _plan(self, heard: Heard, rounds: Rounds) -> Plan:
        seconds = self.budget.slice(self.limits.plan_s, self.limits.reply_s)
        began = time.perf_counter()
        try:
            return await self.mesh.plan(self.context, heard, rounds.observations, seconds)
        finally:
            rounds.plan_ms += (time.perf_counter() - began) * 1000

    def _asking(self, plan: Plan, confirmed: bool) -> Plan:
        """The plan, made to ask first when a write that needs a yes has none."""
        tools = [self.workspace.tool(action.tool) for action in plan.actions]
        unasked = not confirmed and any(tool is not None and tool.confirm for tool in tools)
        return replace(plan, needs_confirmation=True) if unasked else plan

    def _runnable(self, plan: Plan) -> tuple[Action, ...]:
        actions = plan.actions[:MAX_ACTIONS]
        if not plan.needs_confirmation:
            return actions
        return tuple(action for action in actions if _reads(self.workspace, action))

    async def _execute(
        self, actions: list[Action], heard: Heard, confirmed: bool, rounds: Rounds, decided: Decided
    ) -> bool:
        """Runs actions, and notes before the first that may change anything what was decided. False when there was
        no answer, which becomes an observation of its own."""
        try:
            if not all(_reads(self.workspace, action) for action in actions):
                await self.note(decided)
            seconds = self.budget.slice(self.limits.execute_s, self.limits.reply_s)
            done = await self.mesh.execute(self.context, self.customer, actions, heard.slots, confirmed, seconds)
        except StageError as error:
            rounds.fallbacks.append(Fallback("execute", error.reason))
            did_nothing = error.did_nothing and self.decided is None
            rounds.observations += [_unanswered(self.workspace, action, error, did_nothing) for action in actions]
            return False
        doubted = self.decided is not None or done.again
        rounds.observations += [self._doubted(seen) if doubted else seen for seen in done.observations]
        rounds.policy_ms += done.policy_ms
        rounds.tools_ms += done.tools_ms
        return True

    def _doubted(self, seen: Observation) -> Observation:
        """What a repeat says of a write that it did not do: the first call may have done it, or be about to."""
        blind = seen.status is Status.FAILED or seen.reason == "DEPENDENCY_FAILED" or seen.why == "RATE_LIMITED"
        return replace(seen, status=Status.UNKNOWN) if blind and seen.tool in self.writes else seen


def writes_of(workspace: Workspace) -> frozenset[str]:
    """Names of the tools of a workspace that change anything."""
    return frozenset(tool.name for tool in workspace.tools if tool.effect == "write")


def _reads(workspace: Workspace, action: Action) -> bool:
    """Whether an action surely changes nothing: a tool that nobody knows may change something."""
    tool = workspace.tool(action.tool)
    return tool is not None and tool.effect == "read"


def _all_pending(plan: Plan, heard: Heard, writes: frozenset[str]) -> bool:
    """Whether every write of a plan is one that the customer was asked about."""
    return all(_among(action, heard.before.pending) for action in plan.actions if action.tool in writes)


def _among(action: Action, actions: tuple[Action, ...] | list[Action]) -> bool:
    return any(action.same_as(other) for other in actions)


def _unanswered(workspace: Workspace, action: Action, error: StageError, did_nothing: bool) -> Observation:
    """What is known of an action when the broker did not answer: a write may have happened."""
    surely_not = did_nothing or _reads(workspace, action)
    return Observation(
        tool=action.tool,
        status=Status.FAILED if surely_not else Status.UNKNOWN,
        reason=error.reason,
        message="The broker gave no answer.",
        args=action.args,
    )
