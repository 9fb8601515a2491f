"""Decides about the actions of a request and runs the allowed ones, in order."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from broker.calls import Answer, Call, ToolCaller
from broker.events import Events
from broker.failures import explain
from broker.keeper import Keeper
from broker.keys import idempotency_key
from broker.limits import counted
from broker.model import (
    Action,
    Decision,
    Executed,
    Observation,
    Outcome,
    Request,
    Status,
    deny,
)
from broker.order import Earlier
from broker.ownership import OWNERSHIP_UNKNOWN, Ownership
from broker.policy import Case, Facts, decide, decide_early, make_case
from broker.records import LimitedError, Records, WriteState
from broker.rules import Rules
from runtime.errors import Kind, PulpoError

MAX_ACTIONS = 3
MAX_ID = 200


@dataclass
class _Run:
    """One request being worked on."""

    request: Request
    rules: Rules
    deadline: float
    counts: bool
    """Whether it may count towards limits."""
    earlier: dict[str, Earlier] = field(default_factory=dict)
    tools_s: float = 0.0


@dataclass(frozen=True)
class _Ruling:
    """A decision, and what hinders the action besides it."""

    case: Case
    decision: Decision
    failure: str = ""
    """Reason why facts could not be had; empty when they could."""


class Executor:
    """The broker's two answers: what the policy says, and what became of actions."""

    def __init__(
        self,
        rules: Mapping[str, Rules],
        tools: ToolCaller,
        records: Records,
        events: Events,
        clock: Callable[[], float],
    ) -> None:
        """`rules` by workspace id; `clock` gives seconds that only grow, the deadlines' clock."""
        self._rules = rules
        self._tools = tools
        self._records = records
        self._events = events
        self._clock = clock
        self._ownership = Ownership(tools, records)
        self._keeper = Keeper(events)

    async def evaluate(self, request: Request, deadline: float) -> tuple[Decision, ...]:
        """Decides and runs nothing. Raises PulpoError, also when the database does not answer."""
        run = self._start(request, deadline, counts=False)
        decisions = []
        for action in request.actions:
            ruling = await self._rule(run, action)
            if ruling.failure == "STORE_UNAVAILABLE":
                raise PulpoError(Kind.UNAVAILABLE, "STORE_UNAVAILABLE", "The broker's database does not answer.")
            allowed = ruling.decision.outcome is Outcome.ALLOW
            run.earlier[action.tool] = Earlier(None if allowed else Status.REFUSED, ruling.case.args or {})
            self._events.decided(ruling.decision)
            decisions.append(ruling.decision)
        return tuple(decisions)

    async def execute(self, request: Request, deadline: float) -> Executed:
        """Decides about each action, then runs it if allowed. Raises PulpoError for a bad request."""
        began = self._clock()
        run = self._start(request, deadline, counts=True)
        observations = []
        for action in request.actions:
            observation = await self._act(run, action)
            run.earlier[action.tool] = Earlier(observation.status, observation.args, observation.output or {})
            self._events.decided(observation.decision)
            self._events.observed(request.turn, observation)
            observations.append(observation)
        return Executed(tuple(observations), max(0.0, self._clock() - began - run.tools_s), run.tools_s)

    async def close(self) -> None:
        """Waits for the writes whose callers have left."""
        await self._keeper.drain()

    def _start(self, request: Request, deadline: float, *, counts: bool) -> _Run:
        turn = request.turn
        required = (turn.workspace_id, turn.conversation_id, turn.turn_id, request.customer.address)
        if not all(required):
            raise PulpoError(Kind.INVALID_ARGUMENT, "CONTEXT_INCOMPLETE", "Turn and customer address are required.")
        if max(map(len, (*required, request.customer.phone))) > MAX_ID:
            raise PulpoError(Kind.INVALID_ARGUMENT, "ID_TOO_LONG", f"Ids have at most {MAX_ID} characters.")
        if len(request.actions) > MAX_ACTIONS:
            raise PulpoError(Kind.INVALID_ARGUMENT, "TOO_MANY_ACTIONS", f"At most {MAX_ACTIONS} actions at once.")
        rules = self._rules.get(turn.workspace_id)
        if rules is None:
            raise PulpoError(Kind.NOT_FOUND, "UNKNOWN_WORKSPACE", "There is no workspace of that id.")
        return _Run(request, rules, deadline, counts)

    async def _rule(self, run: _Run, action: Action) -> _Ruling:
        """The policy's decision about an action, with its facts looked up as needed."""
        case = make_case(run.request, run.rules, action)
        early = decide_early(case)
        if early is not None:
            return _Ruling(case, early)
        try:
            facts, failure = await self._facts(run, case)
        except PulpoError as error:
            return _Ruling(case, deny(error.reason), error.reason)
        decision = decide(case, facts)
        return _Ruling(case, decision, failure if decision.why == OWNERSHIP_UNKNOWN else "")

    async def _facts(self, run: _Run, case: Case) -> tuple[Facts, str]:
        assert case.rule is not None
        tool = case.rule.tool
        if run.counts and not (tool.owned_by or tool.after or tool.confirm):
            return Facts(), ""  # nothing can stop it after the limits, which are checked as it is counted
        limited, begun = await self._records.look(counted(run.rules.workspace, tool, run.request.turn), _key(case))
        objection, failure = "", ""
        if tool.owned_by and not begun:
            began = self._clock()
            objection, failure = await self._ownership.objection(case, run.earlier, run.deadline, counts=run.counts)
            run.tools_s += self._clock() - began
        return Facts(begun, objection, limited, run.earlier), failure

    async def _act(self, run: _Run, action: Action) -> Observation:
        ruling = await self._rule(run, action)
        args = ruling.case.args or {}
        if ruling.failure:
            return Observation(action.tool, Status.FAILED, ruling.decision, args, error=explain(ruling.failure))
        if ruling.decision.lacking:
            lacking = explain(ruling.decision.lacking)
            return Observation(action.tool, Status.SKIPPED, ruling.decision, args, error=lacking)
        if ruling.decision.outcome is not Outcome.ALLOW:
            return Observation(action.tool, Status.REFUSED, ruling.decision, args)
        if _key(ruling.case):
            return await self._keeper.see_through(self._run(run, ruling))
        return await self._run(run, ruling)

    async def _run(self, run: _Run, ruling: _Ruling) -> Observation:
        """Runs an allowed action."""
        case, key = ruling.case, _key(ruling.case)
        assert case.rule is not None
        tool, args = case.rule.tool, case.args or {}
        turn, workspace = run.request.turn, run.rules.workspace
        try:
            write = (key, workspace.id, tool.name) if key else None
            again = await self._records.admit(counted(workspace, tool, turn), write)
        except LimitedError:
            return Observation(tool.name, Status.REFUSED, deny("RATE_LIMITED"), args)
        except PulpoError as down:
            return Observation(tool.name, Status.FAILED, deny(down.reason), args, error=explain(down.reason))
        began = self._clock()
        call = Call(workspace, tool, args, turn, run.request.customer, key)
        answer = await self._tools.run(call, run.deadline)
        status = _status(answer, is_write=bool(key), again=again)
        if key and not await self._note(key, status, answer.output or {}) and status is Status.FAILED:
            status = Status.UNKNOWN
        run.tools_s += self._clock() - began
        error = explain(answer.reason) if answer.reason else None
        return Observation(
            tool.name, status, ruling.decision, args, answer.output, error, answer.attempts, answer.seconds
        )

    async def _note(self, key: str, status: Status, output: Mapping[str, Any]) -> bool:
        """Notes how a write ended; False when another call of it may have done it. When it cannot be noted it stays
        noted as begun, which is as good for a repeat."""
        state = WriteState.UNKNOWN
        if status is not Status.UNKNOWN:
            state = WriteState.DONE if output.get("ok") is True else WriteState.NOT_DONE
        try:
            return await self._records.finish(key, state)
        except PulpoError:
            self._events.store_failed()
            return True


def _key(case: Case) -> str:
    """The idempotency key of a write; empty for a read."""
    if case.rule is None or case.rule.tool.effect != "write":
        return ""
    return idempotency_key(case.request.turn, case.rule.tool.name, case.args or {})


def _status(answer: Answer, *, is_write: bool, again: bool) -> Status:
    """What a call came to. A write begun `again` may have happened the first time, whatever failed now."""
    if answer.output is not None:
        return Status.OK
    return Status.UNKNOWN if is_write and (again or not answer.certain) else Status.FAILED
