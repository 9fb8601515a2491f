from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.domain.message import Budget, Limits
from gateway.domain.ports import StageError
from gateway.domain.turn_types import (
    Composed,
    CustomerProfile,
    Decided,
    Executed,
    Extraction,
    Heard,
    PlanResult,
    ReplyFacts,
    Rounds,
)
from gateway.turn.runner import RoundsRunner
from turn.model import Action, ConversationState, Decision, Observation, Slots, TurnContext, WriteOutcome
from turn.vocabulary import Intent, Outcome, Status, Topic, WriteState
from workspace.loader import load_workspace

SALON = load_workspace(Path(__file__).resolve().parents[3] / "k8s" / "base" / "workspaces" / "estudio-pulpo.yaml")
FIND = Action("find_appointment_by_phone")
CHECK = Action("check_service_availability", {"service_type": "Barba"})
BOOK = Action("book_appointment", {"service_type": "Barba"})
CANCEL = Action("cancel_appointment", {"booking_id": "PB-AAAAAA"})
READ = Extraction(Intent.BOOK, source="slm")
CONTEXT = TurnContext("estudio-pulpo", "c", "t", datetime(2026, 3, 11, tzinfo=UTC), "es-AR")


@dataclass
class Script:
    """Stages that plan what it was told to, and run everything."""

    plans: list[PlanResult | StageError]
    broker: StageError | None = None
    outcomes: tuple[WriteOutcome, ...] | None = None
    """What the broker tells of writes; None when it does not answer."""
    answers: list[Executed] = field(default_factory=list)
    """What the broker answers first, before it does as `broker` says."""
    looked_up: int = 0
    ran: list[tuple[tuple[str, ...], bool]] = field(default_factory=list)
    noted: list[tuple[Decided, int]] = field(default_factory=list)
    """What was noted, and how often something had run by then."""

    async def extract(self, context: TurnContext, text: str, state: ConversationState, timeout_s: float) -> Extraction:
        raise NotImplementedError

    async def plan(
        self, context: TurnContext, heard: Heard, observations: Sequence[Observation], timeout_s: float
    ) -> PlanResult:
        plan = self.plans.pop(0)
        if isinstance(plan, StageError):
            raise plan
        return plan

    async def execute(
        self,
        context: TurnContext,
        customer: CustomerProfile,
        actions: Sequence[Action],
        slots: Slots,
        confirmed: bool,
        group_id: str,
        timeout_s: float,
    ) -> Executed:
        self.ran.append((tuple(action.tool for action in actions), confirmed))
        if self.answers:
            return self.answers.pop(0)
        if self.broker:
            raise self.broker
        seen = tuple(Observation(action.tool, Status.OK, {"ok": True}) for action in actions)
        return Executed(seen, policy_ms=1.0, tools_ms=2.0)

    async def look_up(
        self, context: TurnContext, customer: CustomerProfile, actions: Sequence[Action], slots: Slots, timeout_s: float
    ) -> tuple[WriteOutcome, ...]:
        self.looked_up += 1
        if self.outcomes is None:
            raise StageError("UNAVAILABLE")
        return self.outcomes

    async def compose(self, context: TurnContext, facts: ReplyFacts, timeout_s: float) -> Composed:
        raise NotImplementedError


async def run(
    script: Script,
    *,
    confirmed: bool = False,
    pending: tuple[Action, ...] = (),
    seconds: float = 5,
    decided: Decided | None = None,
    noted: StageError | None = None,
) -> Rounds:
    state = ConversationState(pending=pending)
    heard = Heard(Intent.BOOK, Topic.UNSPECIFIED, Slots(), Slots(), confirmed, before=state, state=state)

    async def note(value: Decided) -> None:
        script.noted.append((value, len(script.ran)))
        if noted:
            raise noted

    customer = CustomerProfile("whatsapp:x")
    runner = RoundsRunner(script, Limits(), Budget(seconds), SALON, CONTEXT, customer, READ, note, decided)
    return await runner.run(heard)


async def test_a_plan_without_actions_ends_the_turn() -> None:
    rounds = await run(Script([PlanResult(missing=("service_type",))]))
    assert (rounds.count, rounds.observations, rounds.fallbacks) == (1, [], [])


async def test_a_booking_takes_two_rounds() -> None:
    script = Script([PlanResult((CHECK, BOOK)), PlanResult()])
    rounds = await run(script)
    assert script.ran == [(("check_service_availability", "book_appointment"), False)]
    assert (rounds.count, rounds.policy_ms, rounds.tools_ms) == (2, 1.0, 2.0)


async def test_the_last_plan_is_the_plan() -> None:
    last = PlanResult((CANCEL,), needs_confirmation=True)
    rounds = await run(Script([PlanResult((FIND,)), last]))
    assert rounds.plan == last


async def test_only_reading_runs_before_a_yes() -> None:
    script = Script(
        [PlanResult((FIND, CANCEL), needs_confirmation=True), PlanResult((CANCEL,), needs_confirmation=True)]
    )
    await run(script)
    assert script.ran == [(("find_appointment_by_phone",), False)]


async def test_a_write_that_needs_a_yes_does_not_run_without_one() -> None:
    script = Script([PlanResult((CANCEL,))])
    rounds = await run(script)
    assert script.ran == []
    assert rounds.plan == PlanResult((CANCEL,), needs_confirmation=True)


async def test_a_yes_is_for_what_was_asked_and_for_nothing_else() -> None:
    asked = Script([PlanResult((CANCEL,)), PlanResult()])
    await run(asked, confirmed=True, pending=(CANCEL,))
    assert asked.ran == [(("cancel_appointment",), True)]
    other = Script([PlanResult((replace(CANCEL, args={"booking_id": "PB-BBBBBB"}),))])
    await run(other, confirmed=True, pending=(CANCEL,))
    assert other.ran == []


async def test_a_tool_that_nobody_knows_waits_like_a_write() -> None:
    script = Script([PlanResult((Action("who_knows"),), needs_confirmation=True)])
    await run(script)
    assert script.ran == []


async def test_a_plan_that_repeats_itself_ends() -> None:
    script = Script([PlanResult((CHECK,)), PlanResult((CHECK,)), PlanResult((FIND,))])
    rounds = await run(script)
    assert (len(script.ran), rounds.count) == (1, 2)


async def test_four_plans_are_the_most() -> None:
    plans = [PlanResult((replace(CHECK, args={"n": number}),)) for number in range(6)]
    assert (await run(Script(list(plans)))).count == 4


async def test_four_actions_are_too_many() -> None:
    actions = tuple(replace(CHECK, args={"n": number}) for number in range(5))
    script = Script([PlanResult(actions), PlanResult()])
    await run(script)
    assert len(script.ran[0][0]) == 3


async def test_a_planner_that_fails_later_leaves_what_was_learnt() -> None:
    rounds = await run(Script([PlanResult((FIND,)), StageError("UNAVAILABLE")]))
    assert rounds.plan == PlanResult((FIND,))
    assert len(rounds.observations) == 1
    assert [fallback.stage for fallback in rounds.fallbacks] == ["plan"]


async def test_what_a_silent_broker_may_have_done_is_unknown() -> None:
    rounds = await run(Script([PlanResult((CHECK, BOOK))], broker=StageError("DEADLINE_EXCEEDED")))
    assert [seen.status for seen in rounds.observations] == [Status.FAILED, Status.UNKNOWN]


NO = Observation("book_appointment", Status.REFUSED, decision=Decision(Outcome.DENY, "RATE_LIMITED"))
"""A certain no."""
CHECKED = WriteOutcome("check_service_availability", WriteState.NOT_BEGUN)


@pytest.mark.parametrize(
    ("told", "status"),
    [
        (WriteOutcome("book_appointment", WriteState.NOT_BEGUN), Status.FAILED),
        (WriteOutcome("book_appointment", WriteState.NOT_DONE), Status.FAILED),
        (WriteOutcome("book_appointment", WriteState.NOT_DONE, NO), Status.REFUSED),
        (WriteOutcome("book_appointment", WriteState.UNKNOWN), Status.UNKNOWN),
        (WriteOutcome("book_appointment", WriteState.DONE), Status.UNKNOWN),
        (WriteOutcome("book_appointment", WriteState.UNSPECIFIED), Status.UNKNOWN),
        (None, Status.UNKNOWN),
    ],
)
async def test_only_the_broker_s_word_says_that_an_unanswered_write_was_not_done(
    told: WriteOutcome | None, status: Status
) -> None:
    script = Script([PlanResult((CHECK, BOOK))], broker=StageError("DEADLINE_EXCEEDED"))
    script.outcomes = (CHECKED, told) if told else None
    rounds = await run(script)
    assert [seen.status for seen in rounds.observations] == [Status.FAILED, status]
    assert script.looked_up == 1


async def test_of_an_unanswered_write_that_was_done_the_answer_is_asked_for_again() -> None:
    script = Script([PlanResult((CHECK, BOOK))], outcomes=(CHECKED, WriteOutcome("book_appointment", WriteState.DONE)))

    class Lost(list[Executed]):
        def __bool__(self) -> bool:
            """The first answer is lost on the way."""
            if not script.looked_up:
                raise StageError("DEADLINE_EXCEEDED")
            return False

    script.answers = Lost()
    rounds = await run(script)
    assert [seen.status for seen in rounds.observations] == [Status.OK, Status.OK]
    assert len(script.ran) == 2


async def test_what_only_reads_is_not_looked_up() -> None:
    script = Script([PlanResult((CHECK,))], broker=StageError("DEADLINE_EXCEEDED"))
    rounds = await run(script)
    assert ([seen.status for seen in rounds.observations], script.looked_up) == ([Status.FAILED], 0)


async def test_a_call_that_was_not_made_is_not_looked_up() -> None:
    """A look-up closes what was not begun: another process may have taken the message over, and be about to begin."""
    decided = Decided(READ, (PlanResult((BOOK,)),))
    script = Script([], outcomes=(CHECKED,))
    rounds = await run(script, decided=decided, noted=StageError("TAKEN_OVER", did_nothing=True))
    assert ([seen.status for seen in rounds.observations], script.looked_up) == ([Status.UNKNOWN], 0)


@pytest.mark.parametrize(("state", "status"), [(WriteState.NOT_DONE, Status.REFUSED), (None, Status.UNKNOWN)])
async def test_a_no_to_a_repeated_call_counts_when_the_look_up_says_the_same(
    state: WriteState | None, status: Status
) -> None:
    script = Script(
        [PlanResult((BOOK,)), PlanResult()], outcomes=(WriteOutcome("book_appointment", state),) if state else None
    )
    script.answers = [Executed((NO,), again=True)]
    rounds = await run(script)
    assert [seen.status for seen in rounds.observations] == [status]


async def test_a_no_to_a_call_that_was_made_once_is_believed() -> None:
    script = Script([PlanResult((BOOK,)), PlanResult()], answers=[Executed((NO,))])
    rounds = await run(script)
    assert ([seen.status for seen in rounds.observations], script.looked_up) == ([Status.REFUSED], 0)


async def test_what_an_unreachable_broker_surely_did_not_do_has_failed() -> None:
    rounds = await run(Script([PlanResult((BOOK,))], broker=StageError("UNAVAILABLE", did_nothing=True)))
    assert [seen.status for seen in rounds.observations] == [Status.FAILED]


async def test_without_time_nothing_is_begun() -> None:
    script = Script([PlanResult((BOOK,))])
    rounds = await run(script, seconds=0.5)
    assert rounds.plan is None
    assert script.ran == []
    assert [fallback.reason for fallback in rounds.fallbacks] == ["OUT_OF_TIME"]


@pytest.mark.parametrize(
    ("decided", "book"), [(None, Status.FAILED), (Decided(READ, (PlanResult((CHECK, BOOK)),)), Status.UNKNOWN)]
)
async def test_a_broker_out_of_reach_says_nothing_of_what_a_dead_process_did(
    decided: Decided | None, book: Status
) -> None:
    script = Script([PlanResult((CHECK, BOOK))])
    script.broker = StageError("UNAVAILABLE", did_nothing=True)
    rounds = await run(script, decided=decided)
    assert [seen.status for seen in rounds.observations] == [Status.FAILED, book]


async def test_all_plans_so_far_are_noted_before_anything_is_changed() -> None:
    first, second = PlanResult((FIND,)), PlanResult((CHECK, BOOK))
    script = Script([first, second, PlanResult()])
    await run(script)
    assert script.noted == [(Decided(READ, (first, second)), 1)]


async def test_what_only_reads_is_not_noted() -> None:
    script = Script([PlanResult((FIND,)), PlanResult()])
    await run(script)
    assert script.noted == []


async def test_what_could_not_be_noted_is_not_done() -> None:
    script = Script([PlanResult((CHECK, BOOK))])
    rounds = await run(script, noted=StageError("DATABASE_UNAVAILABLE", did_nothing=True))
    assert script.ran == []
    assert [seen.status for seen in rounds.observations] == [Status.FAILED, Status.FAILED]


async def test_a_turn_that_runs_again_does_what_it_had_decided_and_then_plans_on() -> None:
    script = Script([PlanResult((FIND,)), PlanResult()])
    rounds = await run(script, decided=Decided(READ, (PlanResult((CHECK,)), PlanResult((BOOK,)))))
    tools = ["check_service_availability", "book_appointment", "find_appointment_by_phone"]
    assert [name for names, _ in script.ran for name in names] == tools
    assert rounds.count == 4


async def test_after_the_last_plan_and_its_yes_nobody_is_asked_again() -> None:
    script = Script([PlanResult((CHECK,)), PlanResult((BOOK,), source="rules", ends=True)])
    rounds = await run(script)
    assert [tools for tools, _ in script.ran] == [("check_service_availability",), ("book_appointment",)]
    assert (rounds.count, rounds.plan) == (2, PlanResult(source="rules"))


async def test_a_last_plan_that_meets_a_no_is_followed_by_another() -> None:
    no = Executed((Observation(BOOK.tool, Status.OK, {"ok": False, "reason": "TAKEN"}),), 1.0, 2.0)
    after = PlanResult(next_step="when")
    rounds = await run(Script([PlanResult((BOOK,), ends=True), after], answers=[no]))
    assert (rounds.count, rounds.plan) == (2, after)


async def test_a_last_plan_of_which_a_part_must_wait_for_a_yes_is_followed_by_another() -> None:
    after = PlanResult((CANCEL,), needs_confirmation=True)
    rounds = await run(Script([PlanResult((FIND, CANCEL), needs_confirmation=True, ends=True), after]))
    assert rounds.plan == after
