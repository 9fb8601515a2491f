"""Execute and Evaluate, over a scripted endpoint and a real SQLite file."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from broker.calls import Call, ToolCaller
from broker.executor import Executor
from broker.failures import ToolFailedError
from broker.limits import WRONG_IDS_PER_HOUR
from broker.model import ALLOWED, Action, Customer, Executed, Observation, Outcome, Request, Status
from broker.store import Store
from runtime.database import Database, sqlite_url
from runtime.errors import Kind, PulpoError
from tests.unit.broker.builders import (
    ADDRESS,
    BOOKING,
    PHONE,
    FakeClock,
    FakeEndpoint,
    Heard,
    act,
    make_request,
    make_rules,
)
from workspace.limits import Limits

CHECK, BOOK, FIND = "check_service_availability", "book_appointment", "find_appointment_by_phone"
CHECK_THEN_BOOK = (act(CHECK), act(BOOK))
TIMES = {"ok": True, "times": ["10:00"]}
BOOKED = {"ok": True, "booking_id": "PB-AAAAAA"}
MINE = {"ok": True, "appointments": [{"booking_id": "PB-AAAAAA"}, {"booking_id": "PB-BBBBBB"}]}


class Desk:
    """A broker over tools that answer as set."""

    def __init__(self, folder: Path) -> None:
        self.answers: dict[str, Any] = {CHECK: TIMES, BOOK: BOOKED, FIND: MINE}
        self.endpoint = FakeEndpoint(self._answer)
        self.clock, self.heard = FakeClock(), Heard()
        self.database = Database(sqlite_url(folder, "broker"))
        self.store = Store(self.database, self.clock)
        self.build()

    def build(self, **changes: Any) -> None:
        self.caller = ToolCaller(self.endpoint, self.heard, self.clock.timing(0.0))
        rules = {"estudio-pulpo": make_rules(**changes)}
        self.executor = Executor(rules, self.caller, self.store, self.heard, self.clock)

    async def _answer(self, call: Call, _timeout: float) -> Any:
        answer = self.answers.get(call.tool.name, {"ok": True})
        if isinstance(answer, Exception):
            raise answer
        return await answer(call) if callable(answer) else answer

    async def executed(self, *actions: Action, seconds: float = 10.0, **more: Any) -> Executed:
        request = make_request(*actions, slots=more.pop("slots", BOOKING), **more)
        return await self.executor.execute(request, self.clock.now + seconds)

    async def execute(self, *actions: Action, **more: Any) -> tuple[Observation, ...]:
        return (await self.executed(*actions, **more)).observations

    async def evaluate(self, *actions: Action, **more: Any) -> list[str]:
        request = make_request(*actions, slots=BOOKING, **more)
        return [decision.why for decision in await self.executor.evaluate(request, self.clock.now + 10)]

    def ran(self) -> list[str]:
        """The tools called since the last look."""
        tools = self.endpoint.tools()
        self.endpoint.calls.clear()
        return tools


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    one = Desk(tmp_path)
    await one.store.prepare()
    yield one
    await one.executor.close()
    await one.database.close()


async def test_a_booking_runs_after_the_check_that_lists_its_time(desk: Desk) -> None:
    check, book = await desk.execute(*CHECK_THEN_BOOK)
    assert (check.status, book.status) == (Status.OK, Status.OK)
    assert (check.decision, book.decision) == (ALLOWED, ALLOWED)
    assert check.args == {"service_type": "Corte de Cabello", "date_str": "2026-03-12"}
    assert book.args == {**BOOKING, "client_phone": PHONE}
    assert (book.output, book.attempts) == (BOOKED, 1)
    assert desk.ran() == [CHECK, BOOK]


async def test_a_time_that_is_not_listed_is_skipped_without_a_call(desk: Desk) -> None:
    desk.answers[CHECK] = {"ok": True, "times": ["11:00"]}
    check, book = await desk.execute(*CHECK_THEN_BOOK)
    assert check.status is Status.OK
    assert (book.status, book.attempts, book.output) == (Status.SKIPPED, 0, None)
    assert book.error is not None
    assert book.error.reason == "NOT_AVAILABLE"
    assert desk.ran() == [CHECK]


async def test_a_booking_after_a_failed_check_is_skipped(desk: Desk) -> None:
    desk.answers[CHECK] = ToolFailedError("TOOL_PROTOCOL")
    check, book = await desk.execute(*CHECK_THEN_BOOK)
    assert check.status is Status.FAILED
    assert book.status is Status.SKIPPED
    assert book.error is not None
    assert book.error.reason == "DEPENDENCY_FAILED"


async def test_a_booking_after_a_refused_check_is_skipped(desk: Desk) -> None:
    check, book = await desk.execute(act(CHECK, service_type="Depilación"), act(BOOK))
    assert (check.status, check.decision.why) == (Status.REFUSED, "INVALID_ARGUMENTS")
    assert (book.status, book.decision.why) == (Status.SKIPPED, "TOOL_ORDER")
    assert book.error is not None
    assert book.error.reason == "DEPENDENCY_FAILED"
    assert desk.ran() == []


async def test_a_booking_without_a_check_is_refused(desk: Desk) -> None:
    (book,) = await desk.execute(act(BOOK))
    assert (book.status, book.decision.why) == (Status.REFUSED, "TOOL_ORDER")


async def test_an_independent_action_runs_after_a_failed_one(desk: Desk) -> None:
    desk.answers[CHECK] = ToolFailedError("TOOL_PROTOCOL")
    _, hours = await desk.execute(act(CHECK), act("get_business_hours"))
    assert hours.status is Status.OK


async def test_a_no_is_an_answer(desk: Desk) -> None:
    no = {"ok": False, "reason": "TAKEN", "times": ["11:00"]}
    desk.answers[BOOK] = no
    _, book = await desk.execute(*CHECK_THEN_BOOK)
    assert (book.status, book.output, book.error) == (Status.OK, no, None)


async def test_a_refused_action_holds_what_to_ask(desk: Desk) -> None:
    (check,) = await desk.execute(act(CHECK), slots={})
    assert (check.status, check.attempts) == (Status.REFUSED, 0)
    assert check.decision.outcome is Outcome.ASK_CLARIFICATION
    assert check.decision.needs == ("service_type", "preferred_date")


async def test_a_failed_read_surely_did_nothing(desk: Desk) -> None:
    desk.answers[CHECK] = ToolFailedError("TOOL_TIMEOUT", transient=True)
    (check,) = await desk.execute(act(CHECK))
    assert (check.status, check.attempts) == (Status.FAILED, 3)


async def test_a_write_that_may_have_happened_is_unknown(desk: Desk) -> None:
    desk.answers[BOOK] = ToolFailedError("TOOL_TIMEOUT", transient=True)
    _, book = await desk.execute(*CHECK_THEN_BOOK)
    assert (book.status, book.attempts, book.output) == (Status.UNKNOWN, 3, None)
    assert book.error is not None
    assert book.error.reason == "TOOL_TIMEOUT"


async def test_a_write_that_surely_did_not_happen_failed(desk: Desk) -> None:
    desk.answers[BOOK] = ToolFailedError("TOOL_ERROR", certain=True, healthy=True)
    _, book = await desk.execute(*CHECK_THEN_BOOK)
    assert (book.status, book.attempts) == (Status.FAILED, 1)


async def test_a_repeat_goes_to_the_tool_with_the_same_key_although_the_time_is_taken_now(desk: Desk) -> None:
    await desk.execute(*CHECK_THEN_BOOK)
    first = desk.endpoint.calls[-1].key
    desk.answers[CHECK] = {"ok": True, "times": []}
    _, again = await desk.execute(*CHECK_THEN_BOOK)
    assert (again.status, again.output) == (Status.OK, BOOKED)
    assert desk.endpoint.calls[-1].key == first


async def test_a_repeat_after_an_unknown_outcome_asks_the_tool_again(desk: Desk) -> None:
    desk.answers[BOOK] = ToolFailedError("TOOL_TIMEOUT", transient=True)
    await desk.execute(*CHECK_THEN_BOOK)
    desk.answers |= {BOOK: BOOKED, CHECK: {"ok": True, "times": []}}
    _, book = await desk.execute(*CHECK_THEN_BOOK)
    assert book.output == BOOKED


@pytest.mark.parametrize("first", [None, ToolFailedError("TOOL_DISCONNECTED", transient=True)])
async def test_a_repeat_that_cannot_ask_does_not_know_what_the_first_one_did(desk: Desk, first: Any) -> None:
    desk.answers[BOOK] = first or BOOKED
    await desk.execute(*CHECK_THEN_BOOK)
    desk.answers[BOOK] = ToolFailedError("TOOL_ERROR", certain=True, healthy=True)
    for _ in range(2):
        _, book = await desk.execute(*CHECK_THEN_BOOK)
        assert book.status is Status.UNKNOWN
    desk.answers |= {BOOK: BOOKED, CHECK: {"ok": True, "times": []}}
    _, book = await desk.execute(*CHECK_THEN_BOOK)
    assert book.output == BOOKED


async def test_a_repeat_after_a_no_is_decided_anew(desk: Desk) -> None:
    desk.answers[BOOK] = {"ok": False, "reason": "TAKEN"}
    await desk.execute(*CHECK_THEN_BOOK)
    desk.answers[CHECK] = {"ok": True, "times": []}
    _, book = await desk.execute(*CHECK_THEN_BOOK)
    assert book.status is Status.SKIPPED


async def test_another_turn_has_another_key(desk: Desk) -> None:
    await desk.execute(*CHECK_THEN_BOOK)
    await desk.execute(*CHECK_THEN_BOOK, turn_id="next")
    keys = [call.key for call in desk.endpoint.calls if call.tool.name == BOOK]
    assert len(set(keys)) == 2
    assert {call.key for call in desk.endpoint.calls if call.tool.name == CHECK} == {""}


async def test_a_customer_may_cancel_their_own_appointment(desk: Desk) -> None:
    (cancel,) = await desk.execute(act("cancel_appointment", booking_id="PB-BBBBBB"), confirmed=True)
    assert cancel.status is Status.OK
    assert desk.ran() == [FIND, "cancel_appointment"]
    assert ("find_appointment_by_phone", "ownership", "") in desk.heard.answers


async def test_nobody_may_cancel_what_is_not_theirs(desk: Desk) -> None:
    (cancel,) = await desk.execute(act("cancel_appointment", booking_id="PB-CCCCCC"), confirmed=True)
    assert (cancel.status, cancel.decision.why) == (Status.REFUSED, "NOT_OWNER")
    assert desk.ran() == [FIND]


async def test_the_look_up_asks_for_the_customer_and_nobody_else(desk: Desk) -> None:
    forged = act("cancel_appointment", booking_id="PB-AAAAAA", client_phone="+5490000000000")
    await desk.execute(forged, confirmed=True, customer=Customer(ADDRESS))
    assert desk.endpoint.calls[0].args == {"client_phone": ADDRESS}
    assert "client_phone" not in desk.endpoint.calls[1].args


async def test_the_answer_of_an_earlier_look_up_is_used_again(desk: Desk) -> None:
    await desk.execute(act(FIND), act("cancel_appointment", booking_id="PB-AAAAAA"), confirmed=True)
    assert desk.ran() == [FIND, "cancel_appointment"]


@pytest.mark.parametrize(
    "found",
    [
        {"ok": False},
        {"ok": True},
        {"ok": True, "appointments": "PB-AAAAAA"},
        {"ok": True, "appointments": ["PB-AAAAAA"]},
    ],
)
async def test_a_look_up_without_the_id_in_its_place_proves_nothing(desk: Desk, found: dict[str, Any]) -> None:
    desk.answers[FIND] = found
    (cancel,) = await desk.execute(act("cancel_appointment", booking_id="PB-AAAAAA"), confirmed=True)
    assert cancel.decision.why == "NOT_OWNER"


async def test_without_a_tool_to_look_it_up_nothing_is_owned(desk: Desk) -> None:
    desk.build(tools={"close_ticket": {"effect": "write", "owned_by": "ticket", "args": {"type": "object"}}})
    rules = make_rules(tools={"close_ticket": {"effect": "write", "owned_by": "ticket", "args": {"type": "object"}}})
    lean = {name: rule for name, rule in rules.tools.items() if name != FIND}
    desk.executor = Executor(
        {"estudio-pulpo": type(rules)(rules.workspace, lean, rules.forbidden)},
        desk.caller, desk.store, desk.heard, desk.clock,
    )  # fmt: skip
    (close,) = await desk.execute(act("close_ticket", ticket="T1"))
    assert close.decision.why == "NOT_OWNER"


async def test_when_the_look_up_fails_the_action_fails_and_says_why(desk: Desk) -> None:
    desk.answers[FIND] = ToolFailedError("TOOL_UNREACHABLE", transient=True, certain=True)
    (cancel,) = await desk.execute(act("cancel_appointment", booking_id="PB-AAAAAA"), confirmed=True)
    assert (cancel.status, cancel.decision.why) == (Status.FAILED, "OWNERSHIP_UNKNOWN")
    assert cancel.error is not None
    assert cancel.error.reason == "TOOL_UNREACHABLE"


async def test_guessing_ids_ends_in_a_limit_without_further_look_ups(desk: Desk) -> None:
    whys = []
    for number in range(WRONG_IDS_PER_HOUR + 3):
        guess = act("cancel_appointment", booking_id=f"PB-C{number:05}")
        (seen,) = await desk.execute(guess, confirmed=True, turn_id=f"t{number}", conversation_id=f"c{number}")
        whys.append(seen.decision.why)
    assert whys == ["NOT_OWNER"] * WRONG_IDS_PER_HOUR + ["RATE_LIMITED"] * 3
    assert desk.ran() == [FIND] * WRONG_IDS_PER_HOUR
    other = Customer("whatsapp:+5491100000000")
    (own,) = await desk.execute(
        act("cancel_appointment", booking_id="PB-AAAAAA"), confirmed=True, customer=other, turn_id="z"
    )
    assert own.status is Status.OK


async def test_a_confirmed_cancellation_repeated_is_answered_although_it_is_found_no_more(desk: Desk) -> None:
    cancel = act("cancel_appointment", booking_id="PB-AAAAAA")
    await desk.execute(cancel, confirmed=True)
    desk.answers[FIND] = {"ok": True, "appointments": []}
    (again,) = await desk.execute(cancel, confirmed=True)
    assert again.status is Status.OK


async def test_an_unconfirmed_cancellation_is_asked_about(desk: Desk) -> None:
    (cancel,) = await desk.execute(act("cancel_appointment", booking_id="PB-AAAAAA"))
    assert (cancel.status, cancel.decision.why) == (Status.REFUSED, "CONFIRMATION_REQUIRED")
    assert cancel.decision.outcome is Outcome.ASK_CLARIFICATION


async def test_the_limit_of_a_tool_holds(desk: Desk) -> None:
    desk.build(policy={"limits": Limits(reads_per_minute=2, conversation_per_minute=100).model_dump()})
    seen = [(await desk.execute(act("get_business_hours"), turn_id=str(n)))[0] for n in range(4)]
    assert [one.status for one in seen] == [Status.OK, Status.OK, Status.REFUSED, Status.REFUSED]
    assert seen[2].decision.why == "RATE_LIMITED"
    (other,) = await desk.execute(act("get_service_packages"))
    assert other.status is Status.OK


async def test_the_limit_of_a_conversation_counts_turns(desk: Desk) -> None:
    desk.build(policy={"limits": Limits(conversation_per_minute=2).model_dump()})
    for turn in ("a", "a", "a", "b"):
        (seen,) = await desk.execute(act("get_business_hours"), turn_id=turn)
        assert seen.status is Status.OK
    (third,) = await desk.execute(act("get_business_hours"), turn_id="c")
    assert third.decision.why == "RATE_LIMITED"
    (somebody,) = await desk.execute(act("get_business_hours"), turn_id="c", conversation_id="other")
    assert somebody.status is Status.OK


async def test_a_limited_write_is_refused_before_the_order_is_looked_at(desk: Desk) -> None:
    desk.build(policy={"limits": Limits(writes_per_minute=1).model_dump()})
    await desk.execute(*CHECK_THEN_BOOK)
    (book,) = await desk.execute(act(BOOK), turn_id="next")
    assert book.decision.why == "RATE_LIMITED"


async def test_evaluating_says_the_same_and_leaves_no_trace(desk: Desk) -> None:
    desk.build(policy={"limits": Limits(reads_per_minute=1, workspace_per_minute=2).model_dump()})
    for _ in range(5):
        assert await desk.evaluate(*CHECK_THEN_BOOK) == ["", ""]
    assert desk.ran() == []
    assert [one.status for one in await desk.execute(*CHECK_THEN_BOOK)] == [Status.OK, Status.OK]
    assert await desk.evaluate(act(CHECK), turn_id="next") == ["RATE_LIMITED"]


async def test_evaluating_runs_no_write_and_counts_no_wrong_id(desk: Desk) -> None:
    wrong = act("cancel_appointment", booking_id="PB-CCCCCC")
    for _ in range(WRONG_IDS_PER_HOUR + 3):
        assert await desk.evaluate(wrong, confirmed=True) == ["NOT_OWNER"]
    assert await desk.evaluate(act("cancel_appointment", booking_id="PB-AAAAAA"), confirmed=True) == [""]
    assert set(desk.ran()) == {FIND}


async def test_evaluating_a_booking_after_a_refused_check_denies_it(desk: Desk) -> None:
    assert await desk.evaluate(act(CHECK, colour="red"), act(BOOK)) == ["INVALID_ARGUMENTS", "TOOL_ORDER"]


@pytest.mark.parametrize(
    ("change", "kind", "reason"),
    [
        ({"workspace_id": ""}, Kind.INVALID_ARGUMENT, "CONTEXT_INCOMPLETE"),
        ({"conversation_id": ""}, Kind.INVALID_ARGUMENT, "CONTEXT_INCOMPLETE"),
        ({"turn_id": ""}, Kind.INVALID_ARGUMENT, "CONTEXT_INCOMPLETE"),
        ({"customer": Customer("")}, Kind.INVALID_ARGUMENT, "CONTEXT_INCOMPLETE"),
        ({"turn_id": "x" * 201}, Kind.INVALID_ARGUMENT, "ID_TOO_LONG"),
        ({"workspace_id": "another"}, Kind.NOT_FOUND, "UNKNOWN_WORKSPACE"),
    ],
)
async def test_a_bad_request_is_refused_as_a_whole(desk: Desk, change: Any, kind: Kind, reason: str) -> None:
    request = make_request(act("get_business_hours"), **change)
    methods: list[Callable[[Request, float], Any]] = [desk.executor.execute, desk.executor.evaluate]
    for method in methods:
        with pytest.raises(PulpoError) as raised:
            await method(request, desk.clock.now + 10)
        assert (raised.value.kind, raised.value.reason) == (kind, reason)
    assert desk.ran() == []


async def test_more_than_three_actions_are_refused(desk: Desk) -> None:
    with pytest.raises(PulpoError) as raised:
        await desk.execute(*[act("get_business_hours")] * 4)
    assert raised.value.reason == "TOO_MANY_ACTIONS"
    assert len(await desk.execute(*[act("get_business_hours")] * 3)) == 3


async def test_a_write_outlives_its_cancelled_caller_and_is_noted(desk: Desk) -> None:
    reached, go, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow(_call: Call) -> Any:
        reached.set()
        await go.wait()
        done.set()
        return BOOKED

    desk.answers[BOOK] = slow
    task = asyncio.create_task(desk.execute(*CHECK_THEN_BOOK, act("get_business_hours")))
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not done.is_set()
    go.set()
    await desk.executor.close()
    assert done.is_set()
    assert desk.heard.outlived_writes == 1
    assert desk.ran() == [CHECK, BOOK]
    desk.answers |= {BOOK: BOOKED, CHECK: {"ok": True, "times": []}}
    _, book = await desk.execute(*CHECK_THEN_BOOK)
    assert book.output == BOOKED


async def test_a_read_ends_with_its_cancelled_caller(desk: Desk) -> None:
    reached, never = asyncio.Event(), asyncio.Event()
    ended: list[str] = []

    async def slow(_call: Call) -> Any:
        reached.set()
        try:
            await never.wait()
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    desk.answers[CHECK] = slow
    task = asyncio.create_task(desk.execute(*CHECK_THEN_BOOK))
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == ["cancelled"]
    assert desk.ran() == [CHECK]


async def test_without_its_database_nothing_runs(desk: Desk, tmp_path: Path) -> None:
    broken = Database(sqlite_url(tmp_path, "empty"))
    desk.store = Store(broken, desk.clock)
    desk.build()
    check, book = await desk.execute(*CHECK_THEN_BOOK)
    assert (check.status, book.status) == (Status.FAILED, Status.FAILED)
    assert check.error is not None
    assert check.error.reason == "STORE_UNAVAILABLE"
    with pytest.raises(PulpoError):
        await desk.evaluate(act(CHECK))
    assert desk.ran() == []
    await broken.close()


async def test_a_database_that_fails_after_a_write_does_not_hide_the_write(desk: Desk) -> None:
    async def book_then_break(_call: Call) -> Any:
        async with desk.database.write() as connection:
            await connection.exec_driver_sql("DROP TABLE broker_writes")
        return BOOKED

    desk.answers[BOOK] = book_then_break
    _, book = await desk.execute(*CHECK_THEN_BOOK)
    assert (book.status, book.output) == (Status.OK, BOOKED)
    assert desk.heard.store_failures == 1


async def test_every_action_is_told_once_and_in_order(desk: Desk) -> None:
    seen = await desk.execute(*CHECK_THEN_BOOK, act("no_such_tool"))
    assert tuple(desk.heard.observations) == seen
    assert [decision.why for decision in desk.heard.decisions] == ["", "", "TOOL_NOT_IN_MANIFEST"]


async def test_time_spent_on_tools_is_told_apart(desk: Desk) -> None:
    async def slow(_call: Call) -> Any:
        desk.clock.now += 2.0
        return TIMES

    desk.answers[CHECK] = slow
    done = await desk.executed(act(CHECK))
    assert done.tools_s == pytest.approx(2.0)
    assert done.policy_s == pytest.approx(0.0)
    assert done.observations[0].seconds == pytest.approx(2.0)
