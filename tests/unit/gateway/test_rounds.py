from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.budget import Budget, Limits
from gateway.ports import StageError
from gateway.rounds import Rounds, RoundsRunner
from gateway.state import Action, Intent, Observation, Slots, State, Status, Topic
from gateway.turn_types import Composed, Context, Customer, Decided, Draft, Executed, Extraction, Heard, Plan
from workspace.loader import load_workspace

SALON = load_workspace(Path(__file__).resolve().parents[3] / "k8s" / "base" / "workspaces" / "estudio-pulpo.yaml")
FIND = Action("find_appointment_by_phone")
CHECK = Action("check_service_availability", {"service_type": "Barba"})
BOOK = Action("book_appointment", {"service_type": "Barba"})
CANCEL = Action("cancel_appointment", {"booking_id": "PB-AAAAAA"})
READ = Extraction(Intent.BOOK, source="slm")
CONTEXT = Context("estudio-pulpo", "c", "t", datetime(2026, 3, 11, tzinfo=UTC), "es-AR")


@dataclass
class Script:
    """A mesh that plans what it was told to, and runs everything."""

    plans: list[Plan | StageError]
    broker: StageError | None = None
    ran: list[tuple[tuple[str, ...], bool]] = field(default_factory=list)
    noted: list[tuple[Decided, int]] = field(default_factory=list)
    """What was noted, and how often something had run by then."""

    def begin(self, track: str, seconds: float) -> None:
        raise NotImplementedError

    async def extract(self, context: Context, text: str, state: State, timeout_s: float) -> Extraction:
        raise NotImplementedError

    async def plan(self, context: Context, heard: Heard, observations: Sequence[Observation], timeout_s: float) -> Plan:
        plan = self.plans.pop(0)
        if isinstance(plan, StageError):
            raise plan
        return plan

    async def execute(
        self,
        context: Context,
        customer: Customer,
        actions: Sequence[Action],
        slots: Slots,
        confirmed: bool,
        timeout_s: float,
    ) -> Executed:
        self.ran.append((tuple(action.tool for action in actions), confirmed))
        if self.broker:
            raise self.broker
        seen = tuple(Observation(action.tool, Status.OK, {"ok": True}) for action in actions)
        return Executed(seen, policy_ms=1.0, tools_ms=2.0)

    async def compose(self, context: Context, draft: Draft, timeout_s: float) -> Composed:
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
    state = State(pending=pending)
    heard = Heard(Intent.BOOK, Topic.UNSPECIFIED, Slots(), Slots(), confirmed, before=state, state=state)

    async def note(value: Decided) -> None:
        script.noted.append((value, len(script.ran)))
        if noted:
            raise noted

    customer = Customer("whatsapp:x")
    runner = RoundsRunner(script, Limits(), Budget(seconds), SALON, CONTEXT, customer, READ, note, decided)
    return await runner.run(heard)


async def test_a_plan_without_actions_ends_the_turn() -> None:
    rounds = await run(Script([Plan(missing=("service_type",))]))
    assert (rounds.count, rounds.observations, rounds.fallbacks) == (1, [], [])


async def test_a_booking_takes_two_rounds() -> None:
    script = Script([Plan((CHECK, BOOK)), Plan()])
    rounds = await run(script)
    assert script.ran == [(("check_service_availability", "book_appointment"), False)]
    assert (rounds.count, rounds.policy_ms, rounds.tools_ms) == (2, 1.0, 2.0)


async def test_the_last_plan_is_the_plan() -> None:
    last = Plan((CANCEL,), needs_confirmation=True)
    rounds = await run(Script([Plan((FIND,)), last]))
    assert rounds.plan == last


async def test_only_reading_runs_before_a_yes() -> None:
    script = Script([Plan((FIND, CANCEL), needs_confirmation=True), Plan((CANCEL,), needs_confirmation=True)])
    await run(script)
    assert script.ran == [(("find_appointment_by_phone",), False)]


async def test_a_write_that_needs_a_yes_does_not_run_without_one() -> None:
    script = Script([Plan((CANCEL,))])
    rounds = await run(script)
    assert script.ran == []
    assert rounds.plan == Plan((CANCEL,), needs_confirmation=True)


async def test_a_yes_is_for_what_was_asked_and_for_nothing_else() -> None:
    asked = Script([Plan((CANCEL,)), Plan()])
    await run(asked, confirmed=True, pending=(CANCEL,))
    assert asked.ran == [(("cancel_appointment",), True)]
    other = Script([Plan((replace(CANCEL, args={"booking_id": "PB-BBBBBB"}),))])
    await run(other, confirmed=True, pending=(CANCEL,))
    assert other.ran == []


async def test_a_tool_that_nobody_knows_waits_like_a_write() -> None:
    script = Script([Plan((Action("who_knows"),), needs_confirmation=True)])
    await run(script)
    assert script.ran == []


async def test_a_plan_that_repeats_itself_ends() -> None:
    script = Script([Plan((CHECK,)), Plan((CHECK,)), Plan((FIND,))])
    rounds = await run(script)
    assert (len(script.ran), rounds.count) == (1, 2)


async def test_three_plans_are_the_most() -> None:
    plans = [Plan((replace(CHECK, args={"n": number}),)) for number in range(5)]
    assert (await run(Script(list(plans)))).count == 3


async def test_four_actions_are_too_many() -> None:
    actions = tuple(replace(CHECK, args={"n": number}) for number in range(5))
    script = Script([Plan(actions), Plan()])
    await run(script)
    assert len(script.ran[0][0]) == 3


async def test_a_planner_that_fails_later_leaves_what_was_learnt() -> None:
    rounds = await run(Script([Plan((FIND,)), StageError("UNAVAILABLE")]))
    assert rounds.plan == Plan((FIND,))
    assert len(rounds.observations) == 1
    assert [fallback.stage for fallback in rounds.fallbacks] == ["plan"]


async def test_what_a_silent_broker_may_have_done_is_unknown() -> None:
    rounds = await run(Script([Plan((CHECK, BOOK))], broker=StageError("DEADLINE_EXCEEDED")))
    assert [seen.status for seen in rounds.observations] == [Status.FAILED, Status.UNKNOWN]


async def test_what_an_unreachable_broker_surely_did_not_do_has_failed() -> None:
    rounds = await run(Script([Plan((BOOK,))], broker=StageError("UNAVAILABLE", did_nothing=True)))
    assert [seen.status for seen in rounds.observations] == [Status.FAILED]


async def test_without_time_nothing_is_begun() -> None:
    script = Script([Plan((BOOK,))])
    rounds = await run(script, seconds=0.5)
    assert rounds.plan is None
    assert script.ran == []
    assert [fallback.reason for fallback in rounds.fallbacks] == ["OUT_OF_TIME"]


@pytest.mark.parametrize(
    ("decided", "book"), [(None, Status.FAILED), (Decided(READ, (Plan((CHECK, BOOK)),)), Status.UNKNOWN)]
)
async def test_a_broker_out_of_reach_says_nothing_of_what_a_dead_process_did(
    decided: Decided | None, book: Status
) -> None:
    script = Script([Plan((CHECK, BOOK))])
    script.broker = StageError("UNAVAILABLE", did_nothing=True)
    rounds = await run(script, decided=decided)
    assert [seen.status for seen in rounds.observations] == [Status.FAILED, book]


async def test_all_plans_so_far_are_noted_before_anything_is_changed() -> None:
    first, second = Plan((FIND,)), Plan((CHECK, BOOK))
    script = Script([first, second, Plan()])
    await run(script)
    assert script.noted == [(Decided(READ, (first, second)), 1)]


async def test_what_only_reads_is_not_noted() -> None:
    script = Script([Plan((FIND,)), Plan()])
    await run(script)
    assert script.noted == []


async def test_what_could_not_be_noted_is_not_done() -> None:
    script = Script([Plan((CHECK, BOOK))])
    rounds = await run(script, noted=StageError("DATABASE_UNAVAILABLE", did_nothing=True))
    assert script.ran == []
    assert [seen.status for seen in rounds.observations] == [Status.FAILED, Status.FAILED]


async def test_a_turn_that_runs_again_does_what_it_had_decided_and_then_plans_on() -> None:
    script = Script([Plan((FIND,)), Plan()])
    rounds = await run(script, decided=Decided(READ, (Plan((CHECK,)), Plan((BOOK,)))))
    tools = ["check_service_availability", "book_appointment", "find_appointment_by_phone"]
    assert [name for names, _ in script.ran for name in names] == tools
    assert rounds.count == 3
