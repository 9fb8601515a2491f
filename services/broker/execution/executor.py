"""Decides about the actions of a request and runs the allowed ones, in order."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from broker.calls.caller import CallResult, ToolCall, ToolCaller
from broker.calls.results import explain
from broker.domain.model import Customer, ExecutionRequest, ExecutionResult, OutOfOrder, deny
from broker.domain.writes import StoredState, StoredWrite, Write, idempotency_key, write_key
from broker.execution.answers import CLOSED, decode_answer, encode_answer
from broker.execution.ownership import OWNERSHIP_UNKNOWN, Ownership
from broker.execution.ports import Events, LimitedError, Records
from broker.policy.compiled_manifest import CompiledManifest
from broker.policy.limits import Counted, counted
from broker.policy.pipeline import (
    Earlier,
    Facts,
    PreparedAction,
    concerns_nobody,
    decide_early,
    decide_late,
    prepare_action,
)
from runtime.errors import Kind, PulpoError
from turn.model import Action, Decision, Observation, WriteOutcome
from turn.vocabulary import Outcome, Status, WriteState
from workspace.model import Tool

T = TypeVar("T")
MAX_ACTIONS = 3
MAX_ID = 200
MAX_ATTEMPT = 1_000


@dataclass
class _Run:
    """The state of one request while it is executed."""

    request: ExecutionRequest
    manifest: CompiledManifest
    deadline: float
    counts: bool
    """Whether it may count towards limits."""
    earlier: dict[str, Earlier] = field(default_factory=dict)
    tools_s: float = 0.0


@dataclass(frozen=True)
class _Ruling:
    """A decision about an action, and what else keeps it from running."""

    prepared: PreparedAction
    decision: Decision
    failure: str = ""
    """Reason why facts could not be had; empty when they could."""
    first: StoredWrite | None = None
    """What is stored of a write that this attempt must not begin: its first answer is given again."""


class Executor:
    """Evaluates and executes actions, and looks up the outcome of their writes."""

    def __init__(
        self,
        manifests: Mapping[str, CompiledManifest],
        tools: ToolCaller,
        records: Records,
        events: Events,
        clock: Callable[[], float],
    ) -> None:
        """`manifests` by workspace id; `clock` gives seconds that only grow, the deadlines' clock."""
        self._manifests = manifests
        self._tools = tools
        self._records = records
        self._events = events
        self._clock = clock
        self._ownership = Ownership(tools, records)
        self._under_way: set[asyncio.Task[Any]] = set()

    async def evaluate(self, request: ExecutionRequest, deadline: float) -> tuple[Decision, ...]:
        """Decides and runs nothing. Raises PulpoError, also when the database does not answer."""
        run = self._start(request, deadline, counts=False)
        decisions = []
        for action in request.actions:
            ruling = await self._decide(run, action)
            if ruling.failure == "STORE_UNAVAILABLE":
                raise PulpoError(Kind.UNAVAILABLE, "STORE_UNAVAILABLE", "The broker's database does not answer.")
            allowed = ruling.decision.outcome is Outcome.ALLOW
            run.earlier[action.tool] = Earlier(None if allowed else Status.REFUSED, ruling.prepared.args or {})
            self._events.decided(ruling.decision)
            decisions.append(ruling.decision)
        return tuple(decisions)

    async def execute(self, request: ExecutionRequest, deadline: float) -> ExecutionResult:
        """Decides about each action, then runs it if allowed. Raises PulpoError for a bad request."""
        began = self._clock()
        run = self._start(request, deadline, counts=True)
        observations = []
        for action in request.actions:
            observation = await self._act(run, action)
            run.earlier[action.tool] = Earlier(observation.status, observation.args, observation.output)
            self._events.decided(observation.decision)
            self._events.observed(request.turn, observation)
            observations.append(observation)
        return ExecutionResult(tuple(observations), max(0.0, self._clock() - began - run.tools_s), run.tools_s)

    async def look_up(self, request: ExecutionRequest, deadline: float) -> tuple[WriteOutcome, ...]:
        """What became of each action's write, calling no tool. A write that was not begun is closed for the request's
        attempt. Raises PulpoError, also when the database does not answer."""
        run = self._start(request, deadline, counts=False)
        return tuple([await self._outcome(run, action) for action in request.actions])

    async def close(self) -> None:
        """Waits for the writes whose callers have left."""
        while self._under_way:
            await asyncio.wait(set(self._under_way))

    def _start(self, request: ExecutionRequest, deadline: float, *, counts: bool) -> _Run:
        turn = request.turn
        required = (turn.workspace_id, turn.conversation_id, turn.turn_id, request.customer.address)
        if not all(required):
            raise PulpoError(Kind.INVALID_ARGUMENT, "CONTEXT_INCOMPLETE", "Turn and customer address are required.")
        if max(map(len, (*required, request.customer.phone, request.group_id))) > MAX_ID:
            raise PulpoError(Kind.INVALID_ARGUMENT, "ID_TOO_LONG", f"Ids have at most {MAX_ID} characters.")
        if len(request.actions) > MAX_ACTIONS:
            raise PulpoError(Kind.INVALID_ARGUMENT, "TOO_MANY_ACTIONS", f"At most {MAX_ACTIONS} actions at once.")
        if not 1 <= request.attempt <= MAX_ATTEMPT:
            raise PulpoError(Kind.INVALID_ARGUMENT, "TOO_MANY_ATTEMPTS", f"At most {MAX_ATTEMPT} attempts of a turn.")
        manifest = self._manifests.get(turn.workspace_id)
        if manifest is None:
            raise PulpoError(Kind.NOT_FOUND, "UNKNOWN_WORKSPACE", "There is no workspace of that id.")
        asked = [manifest.tools[action.tool] for action in request.actions if action.tool in manifest.tools]
        if not request.identified and not all(map(concerns_nobody, asked)):
            raise PulpoError(Kind.UNAUTHENTICATED, "CALLER_UNKNOWN", "This speaks for a customer: say who calls.")
        return _Run(request, manifest, deadline, counts)

    async def _decide(self, run: _Run, action: Action) -> _Ruling:
        """The policy's decision about an action, with its facts looked up as needed."""
        prepared = prepare_action(run.request, run.manifest, action)
        early = decide_early(prepared)
        if early is not None:
            return _Ruling(prepared, early)
        assert prepared.compiled is not None
        tool = prepared.compiled.tool
        if run.counts and not (tool.owned_by or tool.after or tool.confirm):
            # nothing can stop it after the limits, which are checked as it is counted
            return _Ruling(prepared, decide_late(prepared, Facts()))
        try:
            limited, stored = await self._records.look(_counted(run, tool), _key(prepared))
            if run.counts and stored and stored.closes(run.request.attempt):
                return _Ruling(prepared, deny(CLOSED), first=stored)
            facts, failure = await self._facts(run, prepared, limited, begun=stored is not None and stored.may_be_done)
        except PulpoError as error:
            return _Ruling(prepared, deny(error.reason), error.reason)
        decision = decide_late(prepared, facts)
        return _Ruling(prepared, decision, failure if decision.why == OWNERSHIP_UNKNOWN else "")

    async def _facts(self, run: _Run, prepared: PreparedAction, limited: bool, *, begun: bool) -> tuple[Facts, str]:
        """The facts about an action, and why its owner could not be looked up."""
        assert prepared.compiled is not None
        tool, objection, failure = prepared.compiled.tool, "", ""
        if tool.owned_by and not begun:
            began = self._clock()
            objection, failure = await self._ownership.objection(prepared, run.earlier, run.deadline, counts=run.counts)
            run.tools_s += self._clock() - began
        return Facts(begun, objection, limited, run.earlier), failure

    async def _act(self, run: _Run, action: Action) -> Observation:
        ruling = await self._decide(run, action)
        write = _write(run, ruling.prepared)
        if write and ruling.first:
            return _first_answer(ruling.first, write, ruling.prepared)
        refused = _refusal(action, ruling)
        if refused:
            return await self._refuse(write, refused) if write else refused
        if write:
            return await self._to_its_end(self._run(run, ruling, write))
        return await self._run(run, ruling, None)

    async def _refuse(self, write: Write, refused: Observation) -> Observation:
        """Closes a write that was refused, so that no late duplicate of the call begins it when it would be allowed.
        A question to the customer closes nothing: the same actions come again with the answer."""
        if refused.decision.outcome is Outcome.ASK_CLARIFICATION:
            return refused
        try:
            stored = await self._records.close_write(write, encode_answer(refused))
        except PulpoError:
            self._events.store_failed()
            return refused
        if not stored.may_be_done:
            return refused
        return replace(refused, status=Status.UNKNOWN, error=explain("ALREADY_BEGUN"))

    async def _run(self, run: _Run, ruling: _Ruling, write: Write | None) -> Observation:
        """Runs an allowed action."""
        prepared = ruling.prepared
        assert prepared.compiled is not None
        tool, args = prepared.compiled.tool, prepared.args or {}
        try:
            stored = await self._records.admit(_counted(run, tool), write)
        except LimitedError:
            refused = Observation(tool.name, Status.REFUSED, {}, args, deny("RATE_LIMITED"))
            return await self._refuse(write, refused) if write else refused
        except PulpoError as down:
            return Observation(tool.name, Status.FAILED, {}, args, deny(down.reason), explain(down.reason))
        if write and stored and stored.closes(write.attempt):
            return _first_answer(stored, write, prepared)
        began = self._clock()
        answer = await self._tools.run(_call(run, prepared, write, stored), run.deadline)
        run.tools_s += self._clock() - began
        status = _status(answer, is_write=write is not None, again=stored is not None)
        error = explain(answer.reason) if answer.reason else None
        seen = Observation(
            tool.name, status, answer.output or {}, args, ruling.decision, error, answer.attempts, answer.seconds
        )
        return await self._finish(write, seen) if write else seen

    async def _finish(self, write: Write, seen: Observation) -> Observation:
        """Stores how a write ended. A failure that could not be stored, or that another call of the write may have
        turned into a success, is not certain."""
        state = StoredState.DONE if seen.said_yes else StoredState.NOT_DONE
        state = StoredState.UNKNOWN if seen.status is Status.UNKNOWN else state
        answer = encode_answer(seen) if state is StoredState.NOT_DONE else ""
        try:
            certain = await self._records.finish(write.key, state, answer)
        except PulpoError:
            self._events.store_failed()
            certain = False
        return seen if certain or seen.status is not Status.FAILED else replace(seen, status=Status.UNKNOWN)

    async def _outcome(self, run: _Run, action: Action) -> WriteOutcome:
        """What became of an action's write, closed unless it was begun."""
        prepared = prepare_action(run.request, run.manifest, action)
        if prepared.compiled is None or prepared.args is None:
            return WriteOutcome(action.tool, WriteState.UNSPECIFIED)
        write = _write(run, prepared)
        if write is None:
            return WriteOutcome(action.tool, WriteState.NOT_BEGUN)
        stored = await self._records.close_write(write)
        if stored.state is StoredState.DONE:
            return WriteOutcome(action.tool, WriteState.DONE)
        if stored.may_be_done:
            return WriteOutcome(action.tool, WriteState.UNKNOWN)
        if stored.attempt > write.attempt or not stored.answer:
            return WriteOutcome(action.tool, WriteState.NOT_BEGUN)
        return WriteOutcome(action.tool, WriteState.NOT_DONE, decode_answer(stored.answer, action.tool, prepared.args))

    async def _to_its_end(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs a write that goes on to its end even when its caller is cancelled meanwhile."""
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if not task.done():
                self._events.outlived()
            raise


def _refusal(action: Action, ruling: _Ruling) -> Observation | None:
    """What is said of an action that does not run; None when it may."""
    args, decision = ruling.prepared.args or {}, ruling.decision
    if ruling.failure:
        return Observation(action.tool, Status.FAILED, {}, args, decision, explain(ruling.failure))
    if isinstance(decision, OutOfOrder) and decision.lacking:
        return Observation(action.tool, Status.SKIPPED, {}, args, decision, explain(decision.lacking))
    if decision.outcome is not Outcome.ALLOW:
        return Observation(action.tool, Status.REFUSED, {}, args, decision)
    return None


def _first_answer(stored: StoredWrite, write: Write, prepared: PreparedAction) -> Observation:
    """The first answer to a write that was not done; of a later attempt's there is none for this one."""
    text = stored.answer if stored.attempt == write.attempt else ""
    return decode_answer(text, write.tool, prepared.args or {})


def _call(run: _Run, prepared: PreparedAction, write: Write | None, stored: StoredWrite | None) -> ToolCall:
    """The call of a tool. A write that was begun before goes under the idempotency key of the attempt that began it."""
    assert prepared.compiled is not None
    request, tool = run.request, prepared.compiled.tool
    customer = request.customer if request.identified else Customer("")
    if write is None:
        return ToolCall(run.manifest.workspace, tool, prepared.args or {}, request.turn, customer)
    key = idempotency_key(write.key, stored.attempt if stored else write.attempt)
    return ToolCall(run.manifest.workspace, tool, prepared.args or {}, request.turn, customer, key, request.group_id)


def _counted(run: _Run, tool: Tool) -> Counted:
    """Where a call of a tool counts."""
    return counted(run.manifest.workspace, tool, run.request.turn, run.request.customer, run.manifest.limits)


def _key(prepared: PreparedAction) -> str:
    """The key of a write; empty for a read, and for what cannot be run at all."""
    if prepared.compiled is None or prepared.args is None or prepared.compiled.tool.effect != "write":
        return ""
    return write_key(prepared.request.turn, prepared.compiled.tool.name, prepared.args)


def _write(run: _Run, prepared: PreparedAction) -> Write | None:
    """The write that an action is; None for a read, and for what cannot be run at all."""
    key = _key(prepared)
    if not key or prepared.compiled is None:
        return None
    conversation = _counted(run, prepared.compiled.tool).conversation.name
    return Write(key, run.request.attempt, run.manifest.workspace.id, prepared.compiled.tool.name, conversation)


def _status(answer: CallResult, *, is_write: bool, again: bool) -> Status:
    """What a call came to. A write begun `again` may have happened the first time, whatever failed now."""
    if answer.output is not None:
        return Status.OK
    return Status.UNKNOWN if is_write and (again or not answer.certain) else Status.FAILED
