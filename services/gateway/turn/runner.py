"""One turn: a message and a state in; a reply, a new state and a record out.

Read, then rounds of plan and execute, then compose. A stage that fails has an answer in the ladder of `fallbacks`, so
that there always is a reply. It is one file of some 500 lines because it is one sequence, read from top to bottom.
"""

import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC
from typing import TypeVar

from gateway.domain import forms, reducer
from gateway.domain.dialogue.interpretation import has_second_form, wants_customer
from gateway.domain.dialogue.outcomes import customer_from
from gateway.domain.message import Budget, Limits
from gateway.domain.ports import Readers, StageError, Stages, TurnStages
from gateway.domain.reducer import ReducerSettings
from gateway.domain.turn_types import (
    Composed,
    CustomerProfile,
    Decided,
    Executed,
    Extraction,
    Fallback,
    Heard,
    PlanResult,
    Reply,
    ReplyFacts,
    Rounds,
    Timings,
    TurnInput,
    TurnRecord,
    TurnResult,
)
from gateway.tracks.track import LEGACY, SLM
from gateway.turn import fallbacks
from gateway.turn.fallbacks import LADDER, Failure
from turn.model import Action, ConversationState, Observation, Slots, ToolError, TurnContext, WriteOutcome
from turn.tasks import Customer
from turn.tools import CUSTOMER
from turn.vocabulary import INFORMATION, Intent, Status, Topic, WriteState
from workspace.model import Workspace

MAX_ROUNDS = 4
"""How many plans a turn may make."""
MAX_ACTIONS = 3
"""How many actions of one plan may run."""
KEPT_S = 0.5
"""Seconds of a call's time that are kept to ask the other track; half of it at most."""
T = TypeVar("T", Extraction, PlanResult)


@dataclass
class _Run:
    """What one turn gathers on its way."""

    given: TurnInput
    budget: Budget
    stages: TurnStages
    other: Readers | None
    """The legacy track's stages, for a turn on the slm track."""
    began: float = field(default_factory=time.perf_counter)
    extraction: Extraction | None = None
    extract_ms: float = 0.0
    reduce_ms: float = 0.0
    nlg_ms: float = 0.0
    rounds: Rounds = field(default_factory=Rounds)
    fallbacks: list[Fallback] = field(default_factory=list)

    @property
    def locale(self) -> str:
        return self.given.state.locale or self.given.workspace.locale

    def context(self, locale: str) -> TurnContext:
        given = self.given
        return TurnContext(given.workspace.id, given.conversation_id, given.turn_id, given.received_at, locale)


class TurnRunner:
    """Runs turns against the other services."""

    def __init__(self, stages: Stages, limits: Limits, rules: ReducerSettings) -> None:
        self._stages = stages
        self._limits = limits
        self._rules = rules

    async def run(self, given: TurnInput, seconds: float, note: Callable[[Decided], Awaitable[None]]) -> TurnResult:
        """Runs one turn within `seconds`, the time to store it not included. `note` keeps what was decided before
        anything is changed, and raises StageError when it cannot."""
        budget = Budget(seconds)
        other = self._stages.for_turn(LEGACY, budget.deadline) if given.track == SLM else None
        run = _Run(given, budget, self._stages.for_turn(given.track, budget.deadline), other)
        extraction = await self._extract(run)
        if extraction is None:
            return self._give_up(run, None, replace(given.state, pending=()), Failure.EXTRACT, run.locale)
        run.extraction = extraction
        if extraction.over_budget:
            return self._too_long(run)
        interpretation = self._interpret(run, extraction)
        locale = interpretation.state.locale or given.workspace.locale
        if worth_planning(given, interpretation):
            looked_up = run.rounds
            run.rounds = await self._rounds(run, extraction, locale, note).run(interpretation)
            run.rounds.policy_ms += looked_up.policy_ms
            run.rounds.tools_ms += looked_up.tools_ms
            run.fallbacks += run.rounds.fallbacks
            if run.rounds.plan is None:
                state = forms.reduce(interpretation, None, (), frozenset(), given.received_at)
                return self._give_up(run, interpretation, state, Failure.PLAN, locale)
        return await self._answer(run, interpretation, locale)

    def _give_up(
        self, run: _Run, interpretation: Heard | None, state: ConversationState, failure: Failure, locale: str
    ) -> TurnResult:
        """A turn that could not be read or planned, and so has done nothing, nor had when it ran before."""
        return self._result(run, interpretation, state, fallbacks.fixed(failure, locale))

    def _too_long(self, run: _Run) -> TurnResult:
        """A turn whose message is too much work to read: all stays as it was, and a shorter one is asked for. A write
        that waits for a yes is asked about anew, as what comes next would be no answer to that question."""
        state = replace(run.given.state, pending=())
        return self._result(run, None, state, fallbacks.fixed(Failure.TOO_LONG, run.locale, stage=state.stage))

    async def _extract(self, run: _Run) -> Extraction | None:
        """What the message says; None when nobody could read it."""
        given = run.given
        if given.decided:
            return given.decided.extraction
        if not given.text.strip():
            topic = Topic.MEDIA if given.media else Topic.UNSPECIFIED
            return Extraction(Intent.OTHER, topic=topic, source="none")
        began = time.perf_counter()
        try:
            extraction = await self._read(run, given.state)
            if not has_second_form(given.workspace) or not wants_customer(given.state, extraction, given.received_at):
                return extraction
            customer = await self._customer(run)
            if customer is None:
                return extraction
            known = replace(given.state, dialogue=replace(given.state.dialogue, customer=customer))
            again = await self._read(run, known) if customer.appointments or customer.cancelled else extraction
            return replace(again, customer=customer)
        except StageError as error:
            run.fallbacks.append(Fallback(Failure.EXTRACT, error.reason))
            return None
        finally:
            run.extract_ms = (time.perf_counter() - began) * 1000

    async def _read(self, run: _Run, state: ConversationState) -> Extraction:
        """What the message says where a state is known. Raises StageError."""
        return await ask(
            Failure.EXTRACT,
            run.stages,
            run.other,
            lambda stages, most_s: stages.extract(run.context(run.locale), run.given.text, state, most_s),
            run.budget.slice(self._limits.extract_s, self._limits.reply_s),
        )

    async def _customer(self, run: _Run) -> Customer | None:
        """What the business knows of the customer; None when there is no answer: the message is read without."""
        try:
            seconds = run.budget.slice(self._limits.execute_s, self._limits.reply_s)
            action = Action(CUSTOMER, reasoning="the customer's own appointments")
            done = await run.stages.execute(
                run.context(run.locale), run.given.customer, (action,), Slots(), False, "", seconds
            )
        except StageError:
            return None
        seen = done.observations[0]
        run.rounds.policy_ms += done.policy_ms
        run.rounds.tools_ms += done.tools_ms
        return customer_from(seen.output, run.given.received_at.astimezone(UTC).isoformat()) if seen.said_yes else None

    def _interpret(self, run: _Run, extraction: Extraction) -> Heard:
        """What the message means in its conversation."""
        began = time.perf_counter()
        given = run.given
        rules = reducer_settings_at(given.workspace, self._rules)
        interpretation = forms.hear(given.workspace, given.state, extraction, given.text, given.received_at, rules)
        run.reduce_ms += (time.perf_counter() - began) * 1000
        return interpretation

    def _rounds(
        self, run: _Run, extraction: Extraction, locale: str, note: Callable[[Decided], Awaitable[None]]
    ) -> "RoundsRunner":
        return RoundsRunner(
            stages=run.stages,
            limits=self._limits,
            budget=run.budget,
            workspace=run.given.workspace,
            context=run.context(locale),
            customer=run.given.customer,
            extraction=extraction,
            note=note,
            decided=run.given.decided,
            other=run.other,
        )

    async def _answer(self, run: _Run, interpretation: Heard, locale: str) -> TurnResult:
        """Reduces, composes and finalizes."""
        began = time.perf_counter()
        writes = writes_of(run.given.workspace)
        plan, observations = run.rounds.plan or PlanResult(), tuple(run.rounds.observations)
        now = run.given.received_at
        state = forms.reduce(interpretation, plan, observations, writes, now)
        missing = reducer.missing_slots(plan, observations)
        run.reduce_ms += (time.perf_counter() - began) * 1000
        asked_day = run.extraction.asked_day if run.extraction and interpretation.intent is Intent.INFO_HOURS else None
        said = interpretation.said.merge(Slots(preferred_date=asked_day))
        facts = ReplyFacts(
            interpretation.intent,
            interpretation.topic,
            replace(plan, missing=missing),
            observations,
            state,
            interpretation.choices,
            said,
            interpretation.meaning,
            interpretation.notes,
        )
        composed = await self._compose(run, facts, locale)
        if composed is None:
            own = fallbacks.compose(facts, locale, writes)
            composed = own.composed
            state = state if own.asked else forms.unasked(state)
        began = time.perf_counter()
        state = forms.settle(run.given.workspace, interpretation, state, missing, composed, now)
        run.reduce_ms += (time.perf_counter() - began) * 1000
        return self._result(run, interpretation, state, composed)

    async def _compose(self, run: _Run, facts: ReplyFacts, locale: str) -> Composed | None:
        began = time.perf_counter()
        try:
            seconds = run.budget.slice(self._limits.compose_s)
            return await run.stages.compose(run.context(locale), facts, seconds)
        except StageError as error:
            run.fallbacks.append(Fallback(Failure.COMPOSE, error.reason))
            return None
        finally:
            run.nlg_ms = (time.perf_counter() - began) * 1000

    def _result(
        self, run: _Run, interpretation: Heard | None, state: ConversationState, composed: Composed
    ) -> TurnResult:
        rounds, extraction, given = run.rounds, run.extraction, run.given
        total = (time.perf_counter() - run.began) * 1000
        timings = Timings(
            run.extract_ms, rounds.plan_ms, rounds.policy_ms, rounds.tools_ms, run.reduce_ms, run.nlg_ms, total
        )
        intent = interpretation.intent if interpretation else Intent.UNSPECIFIED
        record = TurnRecord(
            turn_id=given.turn_id,
            workspace=given.workspace.id,
            track=given.track,
            outcome=LADDER[Failure(run.fallbacks[0].stage)].outcome if run.fallbacks else "ok",
            intent=intent,
            topic=interpretation.topic if interpretation else Topic.UNSPECIFIED,
            confidence=extraction.confidence if extraction else 0.0,
            source=extraction.source if extraction else "",
            actions=tuple(seen.tool for seen in rounds.observations),
            rounds=rounds.count,
            fallbacks=tuple(run.fallbacks),
            timings=timings,
            plan_source=plan_source(rounds.first, interpretation),
            instead=_instead(extraction, rounds.first),
            handover=composed.handover,
        )
        reply = Reply(
            composed.message,
            composed.quick_replies,
            composed.requires_human,
            intent,
            state.slots,
            given.track,
            timings,
        )
        state = replace(state, stage=composed.stage)
        return TurnResult(reply, state, record, extraction, rounds.first, rounds.first_ms)


def plan_source(plan: PlanResult | None, interpretation: Heard | None) -> str:
    """Who made a first plan; nobody decided anything where the customer has just confirmed or given up."""
    if plan is None or interpretation is None:
        return ""
    return "settled" if interpretation.confirmed or interpretation.topic is Topic.ABANDON else plan.source


def reducer_settings_at(workspace: Workspace, rules: ReducerSettings) -> ReducerSettings:
    """The rules of every business, with what this one's manifest says."""
    return replace(rules, most_services=workspace.booking.max_group_size)


def worth_planning(given: TurnInput, interpretation: Heard) -> bool:
    """Whether there is anything to plan: not for voice notes, nor when two intents must first be told apart, nor where
    no task is open and nothing is asked, as in a greeting: the planner's answer is an empty plan."""
    meaning, front = interpretation.meaning, interpretation.before.dialogue.front
    if interpretation.choices:
        return False
    if meaning is None:
        return bool(given.text.strip())
    asks = interpretation.intent in INFORMATION or bool(meaning.subjects)
    return front is not None or (asks and bool(given.text.strip())) or given.decided is not None


def _instead(extraction: Extraction | None, plan: PlanResult | None) -> tuple[Fallback, ...]:
    """The stages that the other track answered."""
    answers = (("extract", extraction), ("plan", plan))
    return tuple(Fallback(stage, answer.instead) for stage, answer in answers if answer and answer.instead)


@dataclass(frozen=True)
class RoundsRunner:
    """Runs the rounds of one turn: plan, run what may run, and plan again with what the tools said."""

    stages: TurnStages
    limits: Limits
    budget: Budget
    workspace: Workspace
    context: TurnContext
    customer: CustomerProfile
    extraction: Extraction
    note: Callable[[Decided], Awaitable[None]]
    """Notes what is decided before it is done. Raises StageError when it cannot."""
    decided: Decided | None = None
    """What the turn had decided when it ran before: then nobody surely did nothing."""
    other: Readers | None = None
    """The legacy track's planner, for a turn on the slm track."""

    async def run(self, interpretation: Heard) -> Rounds:
        """At most MAX_ROUNDS. A stage that fails ends them; what was learnt so far stays."""
        rounds = Rounds()
        plans: list[PlanResult] = []
        ran: list[Action] = []
        while rounds.count < MAX_ROUNDS:
            rounds.count += 1
            try:
                plan = self._noted(rounds.count) or await self._plan(interpretation, rounds)
            except StageError as error:
                rounds.fallbacks.append(Fallback(Failure.PLAN, error.reason))
                break
            plans.append(plan)
            if rounds.first is None:
                rounds.first, rounds.first_ms = plan, rounds.plan_ms
            confirmed = interpretation.confirmed and _all_pending(plan, interpretation, self.writes)
            rounds.plan = self._asking(plan, confirmed)
            actions = [action for action in self._runnable(rounds.plan) if not _among(action, ran)]
            if not actions:
                break
            ran += actions
            decided = Decided(self.extraction, tuple(plans))
            seen = len(rounds.observations)
            if not await self._execute(actions, interpretation, confirmed, rounds, decided):
                break
            if plan.ends and _all_yes(plan, rounds.observations[seen:]):
                rounds.plan = PlanResult(source=plan.source, instead=plan.instead)
                break
        return rounds

    @property
    def writes(self) -> frozenset[str]:
        """Tools of the workspace that change anything."""
        return writes_of(self.workspace)

    def _noted(self, number: int) -> PlanResult | None:
        """The plan of a round, counted from 1, that the turn had made when it ran before."""
        plans = self.decided.plans if self.decided else ()
        return plans[number - 1] if number <= len(plans) else None

    async def _plan(self, interpretation: Heard, rounds: Rounds) -> PlanResult:
        seconds = self.budget.slice(self.limits.plan_s, self.limits.reply_s)
        began = time.perf_counter()
        try:
            return await ask(
                Failure.PLAN,
                self.stages,
                self.other,
                lambda stages, most_s: stages.plan(self.context, interpretation, rounds.observations, most_s),
                seconds,
            )
        finally:
            rounds.plan_ms += (time.perf_counter() - began) * 1000

    def _asking(self, plan: PlanResult, confirmed: bool) -> PlanResult:
        """The plan, made to ask first when a write that needs a yes has none."""
        tools = [self.workspace.tool(action.tool) for action in plan.actions]
        unasked = not confirmed and any(tool is not None and tool.confirm for tool in tools)
        return replace(plan, needs_confirmation=True) if unasked else plan

    def _runnable(self, plan: PlanResult) -> tuple[Action, ...]:
        actions = plan.actions[:MAX_ACTIONS]
        if not plan.needs_confirmation:
            return actions
        return tuple(action for action in actions if _reads(self.workspace, action))

    async def _execute(
        self, actions: list[Action], interpretation: Heard, confirmed: bool, rounds: Rounds, decided: Decided
    ) -> bool:
        """Runs actions, and notes before the first that may change anything what was decided. False when there was
        no answer, which becomes an observation of its own."""
        try:
            if not all(_reads(self.workspace, action) for action in actions):
                await self.note(decided)
            done = await self._call(actions, interpretation, confirmed, self.limits.reply_s)
        except StageError as error:
            rounds.fallbacks.append(Fallback(Failure.EXECUTE, error.reason))
            rounds.observations += await self._unanswered(actions, interpretation, confirmed, error)
            return False
        repeated = self.decided is not None or done.again
        rounds.observations += await self._sure(actions, interpretation, done) if repeated else done.observations
        rounds.policy_ms += done.policy_ms
        rounds.tools_ms += done.tools_ms
        return True

    async def _call(self, actions: Sequence[Action], interpretation: Heard, confirmed: bool, keep_s: float) -> Executed:
        """One call of the broker that leaves `keep_s` of the turn's time. Raises StageError."""
        seconds = self.budget.slice(self.limits.execute_s, keep_s)
        return await self.stages.execute(
            self.context,
            self.customer,
            actions,
            interpretation.slots,
            confirmed,
            interpretation.state.group_id,
            seconds,
        )

    async def _unanswered(
        self, actions: Sequence[Action], interpretation: Heard, confirmed: bool, error: StageError
    ) -> Sequence[Observation]:
        """What is known of actions when the broker gave no answer. That a write was not done says the broker's look-up,
        or that the turn's only call was not made or was refused. Of what was done the answer is asked for again."""
        nothing = error.did_nothing and self.decided is None
        sure = [nothing or _reads(self.workspace, action) for action in actions]
        # a look-up closes what was not begun: not for who has not called, and whose message another process may have
        needless = error.did_nothing or all(sure)
        outcomes = _not_told(actions) if needless else await self._look_up(actions, interpretation)
        if any(outcome.state is WriteState.DONE for outcome in outcomes):
            with contextlib.suppress(StageError):
                again = await self._call(actions, interpretation, confirmed, self.limits.reply_s / 2)
                return await self._sure(actions, interpretation, again)
        return [
            outcome.observation or _failed(action, error, surely=surely or outcome.surely_not_done)
            for action, surely, outcome in zip(actions, sure, outcomes, strict=True)
        ]

    async def _sure(self, actions: Sequence[Action], interpretation: Heard, done: Executed) -> Sequence[Observation]:
        """What a repeated call says. That a write was not done counts when the broker's look-up says the same: an
        earlier call may have done it, or be about to."""
        doubted = [
            not _reads(self.workspace, action) and seen.status not in (Status.OK, Status.UNKNOWN)
            for action, seen in zip(actions, done.observations, strict=True)
        ]
        if not any(doubted):
            return done.observations
        outcomes = await self._look_up(actions, interpretation)
        return [
            replace(seen, status=Status.UNKNOWN) if doubt and not outcome.surely_not_done else seen
            for doubt, seen, outcome in zip(doubted, done.observations, outcomes, strict=True)
        ]

    async def _look_up(self, actions: Sequence[Action], interpretation: Heard) -> Sequence[WriteOutcome]:
        """What became of the actions' writes; not told where the broker gives no answer in half of the time that is
        kept for the reply."""
        try:
            seconds = self.budget.slice(self.limits.look_up_s, self.limits.reply_s / 2)
            return await self.stages.look_up(self.context, self.customer, actions, interpretation.slots, seconds)
        except StageError:
            return _not_told(actions)


async def ask(
    failure: Failure,
    stages: Readers,
    other: Readers | None,
    call: Callable[[Readers, float], Awaitable[T]],
    seconds: float,
) -> T:
    """The answer of the turn's own track within `seconds`; where the ladder says so, that of the other one when there
    is none, which then says why in `instead`. Raises StageError when there is neither."""
    if other is None or not LADDER[failure].other_track:
        return await call(stages, seconds)
    kept_s = min(KEPT_S, seconds / 2)
    try:
        return await call(stages, seconds - kept_s)
    except StageError as error:
        reason = error.reason
    return replace(await call(other, kept_s), instead=reason)


def writes_of(workspace: Workspace) -> frozenset[str]:
    """Names of the tools of a workspace that change anything."""
    return frozenset(tool.name for tool in workspace.tools if tool.effect == "write")


def _reads(workspace: Workspace, action: Action) -> bool:
    """Whether an action surely changes nothing: a tool that nobody knows may change something."""
    tool = workspace.tool(action.tool)
    return tool is not None and tool.effect == "read"


def _all_pending(plan: PlanResult, interpretation: Heard, writes: frozenset[str]) -> bool:
    """Whether every write of a plan is one that the customer was asked about."""
    return all(_among(action, interpretation.before.pending) for action in plan.actions if action.tool in writes)


def _all_yes(plan: PlanResult, seen: Sequence[Observation]) -> bool:
    """Whether every action of a plan has run and answered yes."""
    return len(seen) == len(plan.actions) and all(each.said_yes for each in seen)


def _among(action: Action, actions: tuple[Action, ...] | list[Action]) -> bool:
    return any(action.same_as(other) for other in actions)


def _not_told(actions: Sequence[Action]) -> Sequence[WriteOutcome]:
    return [WriteOutcome(action.tool, WriteState.UNSPECIFIED) for action in actions]


def _failed(action: Action, error: StageError, *, surely: bool) -> Observation:
    """An action that the broker gave no answer to: failed when `surely` nothing was done, and unknown otherwise."""
    return Observation(
        tool=action.tool,
        status=Status.FAILED if surely else Status.UNKNOWN,
        error=ToolError(error.reason, "The broker gave no answer."),
        args=action.args,
    )
