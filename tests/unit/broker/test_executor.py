"""Execute and Evaluate, over a scripted endpoint and a real SQLite file."""

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
