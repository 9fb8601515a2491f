"""Execute and Evaluate, over a scripted endpoint and a real SQLite file."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from broker.calls.caller import ToolCall, ToolCaller
from broker.calls.results import ToolFailedError
from broker.domain.model import ALLOWED, Customer, ExecutionRequest, ExecutionResult
from broker.execution.executor import Executor
from broker.policy.limits import WRONG_IDS_PER_HOUR
from broker.storage.store import BrokerStore
from runtime.data.database import Database, sqlite_url
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
from turn.model import Action, Observation
from turn.vocabulary import Outcome, Status
from workspace.limits import Limits

CHECK, BOOK, FIND = "check_service_availability", "book_appointment", "find_appointment_by_phone"
CHECK_THEN_BOOK = (act(CHECK), act(BOOK))
TIMES = {"ok": True, "times": ["10:00"]}
BOOKED = {"ok": True, "booking_id": "PB-AAAAAA"}
MINE = {"ok": True, "appointments": [{"booking_id": "PB-AAAAAA"}, {"booking_id": "PB-BBBBBB"}]}


class Harness:
    """A broker over tools that answer as set."""

    def __init__(self, folder: Path) -> None:
        self.answers: dict[str, Any] = {CHECK: TIMES, BOOK: BOOKED, FIND: MINE}
        self.endpoint = FakeEndpoint(self._answer)
        self.clock, self.heard = FakeClock(), Heard()
        self.database = Database(sqlite_url(folder, "broker"))
        self.store = BrokerStore(self.database, self.clock)
        self.build()

    def build(self, **changes: Any) -> None:
        self.caller = ToolCaller(self.endpoint, self.heard, self.clock.timing(0.0))
        rules = {"estudio-pulpo": make_rules(**changes)}
        self.executor = Executor(rules, self.caller, self.store, self.heard, self.clock)

    async def _answer(self, call: ToolCall, _timeout: float) -> Any:
        answer = self.answers.get(call.tool.name, {"ok": True})
        if isinstance(answer, Exception):
            raise answer
        return await answer(call) if callable(answer) else answer

    async def executed(self, *actions: Action, seconds: float = 10.0, **more: Any) -> ExecutionResult:
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
async def broker(tmp_path: Path) -> AsyncIterator[Harness]:
    one = Harness(tmp_path)
    await one.store.prepare()
    yield one
    await one.executor.close()
    await one.database.close()


async def test_a_booking_runs_after_the_check_that_lists_its_time(broker: Harness) -> None:
    check, book = await broker.execute(*CHECK_THEN_BOOK)
    assert (check.status, book.status) == (Status.OK, Status.OK)
    assert (check.decision, book.decision) == (ALLOWED, ALLOWED)
    assert check.args == {"service_type": "Corte de Cabello", "date_str": "2026-03-12"}
    assert book.args == {**BOOKING, "client_phone": PHONE}
    assert (book.output, book.attempts) == (BOOKED, 1)
    assert broker.ran() == [CHECK, BOOK]


async def test_a_time_that_is_not_listed_is_skipped_without_a_call(broker: Harness) -> None:
    broker.answers[CHECK] = {"ok": True, "times": ["11:00"]}
    check, book = await broker.execute(*CHECK_THEN_BOOK)
    assert check.status is Status.OK
    assert (book.status, book.attempts, book.output) == (Status.SKIPPED, 0, {})
    assert book.error is not None
    assert book.error.reason == "NOT_AVAILABLE"
    assert broker.ran() == [CHECK]


async def test_a_booking_after_a_failed_check_is_skipped(broker: Harness) -> None:
    broker.answers[CHECK] = ToolFailedError("TOOL_PROTOCOL")
    check, book = await broker.execute(*CHECK_THEN_BOOK)
    assert check.status is Status.FAILED
    assert book.status is Status.SKIPPED
    assert book.error is not None
    assert book.error.reason == "DEPENDENCY_FAILED"


async def test_a_booking_after_a_refused_check_is_skipped(broker: Harness) -> None:
    check, book = await broker.execute(act(CHECK, service_type="Depilación"), act(BOOK))
    assert (check.status, check.decision.why) == (Status.REFUSED, "INVALID_ARGUMENTS")
    assert (book.status, book.decision.why) == (Status.SKIPPED, "TOOL_ORDER")
    assert book.error is not None
    assert book.error.reason == "DEPENDENCY_FAILED"
    assert broker.ran() == []


async def test_a_booking_without_a_check_is_refused(broker: Harness) -> None:
    (book,) = await broker.execute(act(BOOK))
    assert (book.status, book.decision.why) == (Status.REFUSED, "TOOL_ORDER")


async def test_an_independent_action_runs_after_a_failed_one(broker: Harness) -> None:
    broker.answers[CHECK] = ToolFailedError("TOOL_PROTOCOL")
    _, hours = await broker.execute(act(CHECK), act("get_business_hours"))
    assert hours.status is Status.OK


async def test_a_no_is_an_answer(broker: Harness) -> None:
    no = {"ok": False, "reason": "TAKEN", "times": ["11:00"]}
    broker.answers[BOOK] = no
    _, book = await broker.execute(*CHECK_THEN_BOOK)
    assert (book.status, book.output, book.error) == (Status.OK, no, None)


async def test_a_refused_action_holds_what_to_ask(broker: Harness) -> None:
    (check,) = await broker.execute(act(CHECK), slots={})
    assert (check.status, check.attempts) == (Status.REFUSED, 0)
    assert check.decision.outcome is Outcome.ASK_CLARIFICATION
    assert check.decision.needs == ("service_type", "preferred_date")


async def test_evaluating_says_the_same_and_leaves_no_trace(broker: Harness) -> None:
    broker.build(policy={"limits": Limits(reads_per_minute=1, workspace_per_minute=2).model_dump()})
    for _ in range(5):
        assert await broker.evaluate(*CHECK_THEN_BOOK) == ["", ""]
    assert broker.ran() == []
    assert [one.status for one in await broker.execute(*CHECK_THEN_BOOK)] == [Status.OK, Status.OK]
    assert await broker.evaluate(act(CHECK), turn_id="next") == ["RATE_LIMITED"]


async def test_a_customer_writes_so_often_a_minute_whatever_the_tier_and_others_still_can(
    broker: Harness,
) -> None:
    async def book(turn: str, address: str = ADDRESS) -> str:
        who = Customer(address)
        return (await broker.execute(*CHECK_THEN_BOOK, turn_id=turn, conversation_id=address, customer=who))[
            1
        ].decision.why

    broker.build(tier="max")
    assert [await book(f"t{n}") for n in range(8)] == [""] * 6 + ["RATE_LIMITED"] * 2
    move = act("reschedule_appointment", booking_id="PB-AAAAAA", preferred_date="2026-03-13", preferred_time="10:00")
    (moved,) = await broker.execute(move, turn_id="m", conversation_id=ADDRESS, confirmed=True)
    assert moved.decision.why == "RATE_LIMITED", "all writing tools count together"
    assert await book("other", "whatsapp:+5491166667777") == ""
    assert [await broker.evaluate(act(CHECK), act(BOOK), turn_id="e")] == [["", "RATE_LIMITED"]]
    broker.clock.now += 120
    assert await book("later") == ""


async def test_repeating_a_write_is_not_limited_and_counts_nothing(broker: Harness) -> None:
    broker.build(policy={"limits": {"customer_writes_per_minute": 2}})
    for _ in range(5):
        _, book = await broker.execute(*CHECK_THEN_BOOK, turn_id="first")
        assert book.status is Status.OK
    _, second = await broker.execute(*CHECK_THEN_BOOK, turn_id="second")
    _, third = await broker.execute(*CHECK_THEN_BOOK, turn_id="third")
    _, again = await broker.execute(*CHECK_THEN_BOOK, turn_id="first")
    assert [each.status for each in (second, third, again)] == [Status.OK, Status.REFUSED, Status.OK]


async def test_evaluating_runs_no_write_and_counts_no_wrong_id(broker: Harness) -> None:
    wrong = act("cancel_appointment", booking_id="PB-CCCCCC")
    for _ in range(WRONG_IDS_PER_HOUR + 3):
        assert await broker.evaluate(wrong, confirmed=True) == ["NOT_OWNER"]
    assert await broker.evaluate(act("cancel_appointment", booking_id="PB-AAAAAA"), confirmed=True) == [""]
    assert set(broker.ran()) == {FIND}


async def test_evaluating_a_booking_after_a_refused_check_denies_it(broker: Harness) -> None:
    assert await broker.evaluate(act(CHECK, colour="red"), act(BOOK)) == ["INVALID_ARGUMENTS", "TOOL_ORDER"]


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
async def test_a_bad_request_is_refused_as_a_whole(broker: Harness, change: Any, kind: Kind, reason: str) -> None:
    request = make_request(act("get_business_hours"), **change)
    methods: list[Callable[[ExecutionRequest, float], Any]] = [broker.executor.execute, broker.executor.evaluate]
    for method in methods:
        with pytest.raises(PulpoError) as raised:
            await method(request, broker.clock.now + 10)
        assert (raised.value.kind, raised.value.reason) == (kind, reason)
    assert broker.ran() == []


async def test_more_than_three_actions_are_refused(broker: Harness) -> None:
    with pytest.raises(PulpoError) as raised:
        await broker.execute(*[act("get_business_hours")] * 4)
    assert raised.value.reason == "TOO_MANY_ACTIONS"
    assert len(await broker.execute(*[act("get_business_hours")] * 3)) == 3


async def test_every_action_is_told_once_and_in_order(broker: Harness) -> None:
    seen = await broker.execute(*CHECK_THEN_BOOK, act("no_such_tool"))
    assert tuple(broker.heard.observations) == seen
    assert [decision.why for decision in broker.heard.decisions] == ["", "", "TOOL_NOT_IN_MANIFEST"]


async def test_time_spent_on_tools_is_told_apart(broker: Harness) -> None:
    async def slow(_call: ToolCall) -> Any:
        broker.clock.now += 2.0
        return TIMES

    broker.answers[CHECK] = slow
    done = await broker.executed(act(CHECK))
    assert done.tools_s == pytest.approx(2.0)
    assert done.policy_s == pytest.approx(0.0)
    assert done.observations[0].duration_s == pytest.approx(2.0)
