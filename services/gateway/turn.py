"""One turn: a message and a state in, a reply, a new state and a record out. It always ends well:
every stage that fails has a deterministic fallback."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from gateway import builtin, reducer
from gateway.budget import Budget, Limits
from gateway.ports import Mesh, StageError
from gateway.reducer import Rules
from gateway.rounds import Rounds, RoundsRunner, writes_of
from gateway.state import Intent, Slots, State, Topic
from gateway.tasks import unusable
from gateway.turn_types import (
    Composed,
    Context,
    Customer,
    Decided,
    Draft,
    Extraction,
    Fallback,
    Heard,
    Plan,
    Reply,
    Timings,
    TurnRecord,
)
from workspace.model import Workspace


@dataclass(frozen=True)
class TurnInput:
    """What a turn starts from."""

    workspace: Workspace
    conversation_id: str
    turn_id: str
    received_at: datetime
    customer: Customer
    text: str
    media: bool
    track: str
    state: State
    decided: Decided | None = None
    """What the turn had decided in a process that died, and may have done."""


@dataclass(frozen=True)
class TurnResult:
    """What a turn ends with."""

    reply: Reply
    state: State
    record: TurnRecord
    extraction: Extraction | None = None
    """What the message was read as; None when nobody could read it."""
    plan: Plan | None = None
    """The first plan, as the planner gave it."""
    plan_ms: float = 0.0
    """How long the first plan took."""


@dataclass
class _Run:
    """What one turn gathers on its way."""

    given: TurnInput
    budget: Budget
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


class Turn:
    """Runs turns against the services of a mesh."""

    def __init__(self, mesh: Mesh, limits: Limits, rules: Rules) -> None:
        self._mesh = mesh
        self._limits = limits
        self._rules = rules

    async def run(self, given: TurnInput, seconds: float, note: Callable[[Decided], Awaitable[None]]) -> TurnResult:
        """Runs one turn within `seconds`, the time to store it not included. `note` keeps what was decided before
        anything is changed, and raises StageError when it cannot."""
        self._mesh.begin(given.track, seconds)
        run = _Run(given, Budget(seconds))
        extraction = await self._extract(run)
        if extraction is None:
            return self._speechless(run, None, replace(given.state, pending=()), "unread", run.locale)
        run.extraction = extraction
        heard = self._hear(run, extraction)
        locale = heard.state.locale or given.workspace.locale
        if worth_planning(given, heard):
            context = self._context(given, locale)
            run.rounds = await RoundsRunner(
                self._mesh,
                self._limits,
                run.budget,
                given.workspace,
                context,
                given.customer,
                extraction,
                note,
                given.decided,
            ).run(heard)
            run.fallbacks += run.rounds.fallbacks
            if run.rounds.plan is None:
                state = reducer.reduce(heard, None, (), frozenset())
                return self._speechless(run, heard, state, "unplanned", locale)
        return await self._answer(run, heard, locale)

    def _speechless(self, run: _Run, heard: Heard | None, state: State, said: str, locale: str) -> TurnResult:
        """A turn that could not be read or planned, and so has done nothing, nor had when it ran before."""
        return self._result(run, heard, state, builtin.fixed(said, locale))

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
            seconds = run.budget.slice(self._limits.extract_s, self._limits.reply_s)
            context = self._context(given, run.locale)
            return await self._mesh.extract(context, given.text, given.state, seconds)
        except StageError as error:
            run.fallbacks.append(Fallback("extract", error.reason))
            return None
        finally:
            run.extract_ms = (time.perf_counter() - began) * 1000

    def _hear(self, run: _Run, extraction: Extraction) -> Heard:
        began = time.perf_counter()
        heard = reducer.hear(run.given.state, extraction, run.given.text, self._rules)
        run.reduce_ms += (time.perf_counter() - began) * 1000
        return heard

    async def _answer(self, run: _Run, heard: Heard, locale: str) -> TurnResult:
        """Reduces, composes and settles."""
        began = time.perf_counter()
        writes = writes_of(run.given.workspace)
        plan, observations = run.rounds.plan or Plan(), tuple(run.rounds.observations)
        state = reducer.reduce(heard, plan, observations, writes)
        missing = reducer.missing_slots(plan, observations)
        run.reduce_ms += (time.perf_counter() - began) * 1000
        asked_day = run.extraction.asked_day if run.extraction and heard.intent is Intent.INFO_HOURS else None
        said = heard.said.merge(Slots(preferred_date=asked_day))
        draft = Draft(
            heard.intent, heard.topic, replace(plan, missing=missing), observations, state, heard.choices, said
        )
        composed = await self._compose(run, draft, locale)
        if composed is None:
            own = builtin.compose(draft, locale, writes)
            composed = own.composed
            state = state if own.asked else replace(state, pending=(), choices=())
        began = time.perf_counter()
        forgotten = unusable(run.given.workspace, state.slots, missing, run.given.received_at)
        state = reducer.settle(heard, state, forgotten, composed)
        run.reduce_ms += (time.perf_counter() - began) * 1000
        return self._result(run, heard, state, composed)

    async def _compose(self, run: _Run, draft: Draft, locale: str) -> Composed | None:
        began = time.perf_counter()
        try:
            seconds = run.budget.slice(self._limits.compose_s)
            return await self._mesh.compose(self._context(run.given, locale), draft, seconds)
        except StageError as error:
            run.fallbacks.append(Fallback("compose", error.reason))
            return None
        finally:
            run.nlg_ms = (time.perf_counter() - began) * 1000

    def _context(self, given: TurnInput, locale: str) -> Context:
        return Context(given.workspace.id, given.conversation_id, given.turn_id, given.received_at, locale)

    def _result(self, run: _Run, heard: Heard | None, state: State, composed: Composed) -> TurnResult:
        rounds, extraction, given = run.rounds, run.extraction, run.given
        total = (time.perf_counter() - run.began) * 1000
        timings = Timings(
            run.extract_ms, rounds.plan_ms, rounds.policy_ms, rounds.tools_ms, run.reduce_ms, run.nlg_ms, total
        )
        intent = heard.intent if heard else Intent.UNSPECIFIED
        record = TurnRecord(
            turn_id=given.turn_id,
            workspace=given.workspace.id,
            track=given.track,
            outcome="degraded" if run.fallbacks else "ok",
            intent=intent,
            topic=heard.topic if heard else Topic.UNSPECIFIED,
            confidence=extraction.confidence if extraction else 0.0,
            source=extraction.source if extraction else "",
            actions=tuple(seen.tool for seen in rounds.observations),
            rounds=rounds.count,
            fallbacks=tuple(run.fallbacks),
            timings=timings,
            plan_source=plan_source(rounds.first, heard),
            instead=_instead(extraction, rounds.first),
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


def plan_source(plan: Plan | None, heard: Heard | None) -> str:
    """Who made a first plan; nobody decided anything where the customer has just confirmed or given up."""
    if plan is None or heard is None:
        return ""
    return "settled" if heard.confirmed or heard.topic is Topic.ABANDON else plan.source


def _instead(extraction: Extraction | None, plan: Plan | None) -> tuple[Fallback, ...]:
    """The stages that the other track answered."""
    answers = (("extract", extraction), ("plan", plan))
    return tuple(Fallback(stage, answer.instead) for stage, answer in answers if answer and answer.instead)


def worth_planning(given: TurnInput, heard: Heard) -> bool:
    """Whether there is anything to plan: not for voice notes, nor when two intents must first be told apart."""
    return bool(given.text.strip()) and not heard.choices
