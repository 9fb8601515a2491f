"""Calling tools: retries, deadlines, the bulkhead and the breaker, on a clock of the test's own."""

import asyncio
from typing import Any

import pytest

from broker.calls.caller import AT_A_TIME, TOOL_BREAKER, ToolCall, ToolCaller
from broker.calls.results import ToolFailedError
from broker.domain.model import Customer
from runtime.breaker import BreakerState
from tests.unit.broker.builders import ADDRESS, FakeClock, FakeEndpoint, Heard, make_turn, make_workspace

OK = {"ok": True}
WORKSPACE = make_workspace()


def make_call(tool: str = "get_business_hours", key: str = "") -> ToolCall:
    row = WORKSPACE.tool(tool)
    assert row is not None
    return ToolCall(WORKSPACE, row, {}, make_turn(), Customer(ADDRESS), key)


def script(*steps: Any) -> FakeEndpoint:
    """An endpoint that does one step per attempt; the last one again and again."""
    left = list(steps)

    async def play(_call: ToolCall, _timeout: float) -> Any:
        step = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(step, Exception):
            raise step
        return step

    return FakeEndpoint(play)


def transient(reason: str = "TOOL_TIMEOUT", **more: Any) -> ToolFailedError:
    return ToolFailedError(reason, transient=True, **more)


class Bench:
    """A caller on a fake clock over a scripted endpoint."""

    def __init__(self, endpoint: FakeEndpoint, chance: float = 1.0) -> None:
        self.endpoint, self.clock, self.heard = endpoint, FakeClock(), Heard()
        self.caller = ToolCaller(endpoint, self.heard, self.clock.timing(chance))

    async def run(self, call: ToolCall | None = None, seconds: float = 10.0) -> Any:
        return await self.caller.run(call or make_call(), self.clock.now + seconds)


async def test_an_answer_is_passed_on_with_its_attempt() -> None:
    bench = Bench(script(OK))
    answer = await bench.run()
    assert (answer.output, answer.attempts, answer.reason) == (OK, 1, "")
    assert bench.heard.attempts == [("get_business_hours", "")]


async def test_what_is_transient_is_tried_three_times_with_growing_waits() -> None:
    bench = Bench(script(transient()))
    answer = await bench.run()
    assert (answer.output, answer.attempts, answer.reason) == (None, 3, "TOOL_TIMEOUT")
    assert bench.clock.slept == [pytest.approx(0.1), pytest.approx(0.2)]
    assert len(bench.heard.retries) == 2


async def test_a_retry_that_is_answered_is_an_answer() -> None:
    bench = Bench(script(transient(), OK))
    answer = await bench.run()
    assert (answer.output, answer.attempts) == (OK, 2)


@pytest.mark.parametrize("reason", ["TOOL_ERROR", "TOOL_REJECTED", "TOOL_PROTOCOL", "RESULT_TOO_LARGE"])
async def test_what_is_not_transient_is_not_repeated(reason: str) -> None:
    bench = Bench(script(ToolFailedError(reason), OK))
    answer = await bench.run()
    assert (answer.reason, answer.attempts) == (reason, 1)


async def test_garbage_is_not_repeated() -> None:
    bench = Bench(script({"no": "ok"}, OK))
    answer = await bench.run()
    assert (answer.reason, answer.attempts, answer.certain) == ("BAD_OUTPUT", 1, False)


async def test_retry_after_is_honoured() -> None:
    bench = Bench(script(transient("TOOL_OVERLOADED", retry_after_s=2.5, certain=True), OK))
    answer = await bench.run()
    assert answer.output == OK
    assert bench.clock.slept == [2.5]


async def test_no_attempt_is_made_that_would_come_after_the_deadline() -> None:
    bench = Bench(script(transient("TOOL_OVERLOADED", retry_after_s=12.0, certain=True)))
    answer = await bench.run(seconds=10.0)
    assert (answer.attempts, answer.reason, bench.clock.slept) == (1, "TOOL_OVERLOADED", [])


async def test_an_attempt_gets_the_shorter_of_the_tools_time_and_what_is_left() -> None:
    bench = Bench(script(OK))
    await bench.run(seconds=10.0)
    await bench.run(seconds=1.5)
    assert bench.endpoint.timeouts == [pytest.approx(3.0), pytest.approx(1.5)]


async def test_without_time_left_nothing_is_called() -> None:
    bench = Bench(script(OK))
    answer = await bench.run(seconds=0.001)
    assert (answer.attempts, answer.certain) == (0, True)
    assert answer.reason in ("OUT_OF_TIME", "TOOL_BUSY")
    assert bench.endpoint.calls == []


async def test_a_write_is_not_begun_when_its_outcome_could_hardly_be_learnt() -> None:
    bench = Bench(script(OK))
    answer = await bench.run(make_call("book_appointment", "key"), seconds=0.1)
    assert (answer.reason, answer.attempts, answer.certain) == ("OUT_OF_TIME", 0, True)
    assert (await bench.run(seconds=0.1)).output == OK


async def test_one_uncertain_attempt_makes_the_whole_call_uncertain() -> None:
    refused = transient("TOOL_UNREACHABLE", certain=True)
    bench = Bench(script(transient(), refused, refused))
    answer = await bench.run(make_call("book_appointment", "key"))
    assert (answer.certain, answer.attempts, answer.reason) == (False, 3, "TOOL_UNREACHABLE")


async def test_attempts_that_surely_did_nothing_stay_certain() -> None:
    bench = Bench(script(transient("TOOL_UNREACHABLE", certain=True)))
    assert (await bench.run(make_call("book_appointment", "key"))).certain


async def test_every_attempt_of_a_write_carries_the_same_key() -> None:
    bench = Bench(script(transient(), transient(), OK))
    await bench.run(make_call("book_appointment", "key"))
    assert [call.key for call in bench.endpoint.calls] == ["key"] * 3


async def test_five_failures_open_the_breaker_and_it_recovers_by_one_probe() -> None:
    bench = Bench(script(*[transient()] * 5, OK))
    await bench.run()
    second = await bench.run()
    assert (second.attempts, len(bench.endpoint.calls)) == (2, 5)
    third = await bench.run()
    assert (third.reason, third.attempts, third.certain) == ("CIRCUIT_OPEN", 0, True)
    assert bench.caller.state_of("estudio-pulpo", "get_business_hours") is BreakerState.OPEN
    bench.clock.now += TOOL_BREAKER.open_s
    assert (await bench.run()).output == OK
    assert bench.caller.state_of("estudio-pulpo", "get_business_hours") is BreakerState.CLOSED


async def test_a_lost_reply_whose_repeat_is_answered_is_no_failure_of_the_tool() -> None:
    lost = transient("TOOL_DISCONNECTED", certain=False)
    bench = Bench(script(*[lost, OK] * 10, *[lost] * 20))
    for _ in range(10):
        assert (await bench.run(make_call("book_appointment", "key"))).output == OK
    assert bench.caller.state_of(WORKSPACE.id, "book_appointment") is BreakerState.CLOSED
    answers = [await bench.run(make_call("book_appointment", "key")) for _ in range(2)]
    assert [answer.attempts for answer in answers] == [3, 2]
    assert bench.caller.state_of(WORKSPACE.id, "book_appointment") is BreakerState.OPEN


async def test_the_breaker_of_one_tool_leaves_the_others_alone() -> None:
    async def only_hours_fail(call: ToolCall, _timeout: float) -> Any:
        if call.tool.name == "get_business_hours":
            raise ToolFailedError("TOOL_PROTOCOL")
        return OK

    bench = Bench(FakeEndpoint(only_hours_fail))
    for _ in range(5):
        await bench.run()
    assert (await bench.run()).reason == "CIRCUIT_OPEN"
    assert (await bench.run(make_call("get_available_services"))).output == OK


async def test_when_the_breaker_opens_in_the_middle_of_a_write_its_own_failure_is_told() -> None:
    bench = Bench(script(transient()))
    for _ in range(2):
        answer = await bench.run(make_call("book_appointment", "key"))
    assert (answer.reason, answer.attempts, answer.certain) == ("TOOL_TIMEOUT", 2, False)


async def test_a_tool_that_reports_errors_is_a_working_tool() -> None:
    bench = Bench(script(ToolFailedError("TOOL_ERROR", certain=True, healthy=True)))
    for _ in range(8):
        assert (await bench.run()).reason == "TOOL_ERROR"


async def test_timeouts_that_the_caller_made_too_short_do_not_open_the_breaker() -> None:
    bench = Bench(script(transient()))
    for _ in range(8):
        await bench.run(seconds=0.05)
    assert bench.caller.state_of("estudio-pulpo", "get_business_hours") is BreakerState.CLOSED


async def test_a_cancelled_probe_does_not_leave_the_breaker_stuck() -> None:
    reached, never = asyncio.Event(), asyncio.Event()
    steps: list[Any] = [ToolFailedError("TOOL_PROTOCOL")] * 5

    async def play(_call: ToolCall, _timeout: float) -> Any:
        if steps:
            raise steps.pop()
        if not reached.is_set():
            reached.set()
            await never.wait()
        return OK

    bench = Bench(FakeEndpoint(play))
    for _ in range(5):
        await bench.run()
    bench.clock.now += TOOL_BREAKER.open_s
    probe = asyncio.create_task(bench.run())
    await reached.wait()
    assert (await bench.run()).reason == "CIRCUIT_OPEN"
    probe.cancel()
    with pytest.raises(asyncio.CancelledError):
        await probe
    assert (await bench.run()).output == OK


async def test_a_server_that_is_back_closes_the_breaker_with_the_next_call() -> None:
    bench = Bench(script(*[ToolFailedError("TOOL_PROTOCOL")] * 5, OK))
    for _ in range(5):
        await bench.run()
    bench.caller.hasten(lambda workspace, tool: (workspace, tool) == ("estudio-pulpo", "another"))
    assert (await bench.run()).reason == "CIRCUIT_OPEN"
    bench.caller.hasten(lambda workspace, tool: (workspace, tool) == ("estudio-pulpo", "get_business_hours"))
    assert (await bench.run()).output == OK


async def test_at_most_ten_calls_of_a_tool_run_at_a_time_and_more_wait_their_turn() -> None:
    running, most = 0, 0
    full, go = asyncio.Event(), asyncio.Event()

    async def play(_call: ToolCall, _timeout: float) -> Any:
        nonlocal running, most
        running += 1
        most = max(most, running)
        if running == AT_A_TIME:
            full.set()
        await go.wait()
        running -= 1
        return OK

    bench = Bench(FakeEndpoint(play))
    tasks = [asyncio.create_task(bench.run()) for _ in range(AT_A_TIME * 3)]
    await full.wait()
    assert len(bench.endpoint.calls) == AT_A_TIME
    go.set()
    answers = await asyncio.gather(*tasks)
    assert [answer.output for answer in answers] == [OK] * (AT_A_TIME * 3)
    assert most == AT_A_TIME


async def test_who_waits_past_the_deadline_is_told_that_the_tool_is_busy() -> None:
    full, go = asyncio.Event(), asyncio.Event()

    async def play(_call: ToolCall, _timeout: float) -> Any:
        if len(bench.endpoint.calls) == AT_A_TIME:
            full.set()
        await go.wait()
        return OK

    bench = Bench(FakeEndpoint(play))
    tasks = [asyncio.create_task(bench.run()) for _ in range(AT_A_TIME)]
    await full.wait()
    answer = await bench.run(seconds=0.02)
    assert (answer.reason, answer.attempts, answer.certain) == ("TOOL_BUSY", 0, True)
    go.set()
    await asyncio.gather(*tasks)
