"""A late duplicate of a write that was not done begins nothing, a wanted repeat does; a look-up tells what is so."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from broker.calls.caller import ToolCall
from broker.calls.results import ToolFailedError
from broker.domain.model import ALLOWED
from broker.execution.answers import MOST_CHARACTERS, decode_answer, encode_answer
from runtime.errors import PulpoError
from tests.unit.broker.builders import BOOKING, act, make_request
from tests.unit.broker.test_executor import BOOK, BOOKED, CHECK, CHECK_THEN_BOOK, Harness
from turn.model import Observation, WriteOutcome
from turn.vocabulary import Outcome, Status, WriteState

TAKEN = {"ok": False, "reason": "TAKEN", "times": ["11:00"]}


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Harness]:
    one = Harness(tmp_path)
    await one.store.prepare()
    yield one
    await one.executor.close()
    await one.database.close()


async def book(broker: Harness, attempt: int = 1) -> Observation:
    return (await broker.execute(*CHECK_THEN_BOOK, attempt=attempt))[1]


async def look_up(broker: Harness, *actions: Any, attempt: int = 1) -> tuple[WriteOutcome, ...]:
    request = make_request(*(actions or (act(BOOK),)), slots=BOOKING, attempt=attempt)
    return await broker.executor.look_up(request, broker.clock.now + 10)


async def told(broker: Harness, attempt: int = 1) -> WriteState:
    return (await look_up(broker, attempt=attempt))[0].state


async def refused_by_its_tool(broker: Harness) -> None:
    broker.answers[BOOK] = TAKEN


async def failed_for_certain(broker: Harness) -> None:
    broker.answers[BOOK] = ToolFailedError("TOOL_UNREACHABLE", transient=True, certain=True)


async def not_listed(broker: Harness) -> None:
    broker.answers[CHECK] = {"ok": True, "times": []}


async def never_checked(broker: Harness) -> None:
    broker.answers[CHECK] = {"ok": False}


async def limited(broker: Harness) -> None:
    broker.build(policy={"limits": {"customer_writes_per_minute": 2}})
    for turn in ("one", "two"):
        await broker.execute(*CHECK_THEN_BOOK, turn_id=turn)


NOES = {
    refused_by_its_tool: Status.OK,
    failed_for_certain: Status.FAILED,
    not_listed: Status.SKIPPED,
    never_checked: Status.SKIPPED,
    limited: Status.REFUSED,
}


@pytest.mark.parametrize("says_no", NOES)
async def test_a_late_duplicate_of_a_certain_no_gets_it_again_and_begins_nothing(broker: Harness, says_no: Any) -> None:
    await says_no(broker)
    first = await book(broker)
    assert first.status is NOES[says_no]
    broker.build()
    broker.answers |= {BOOK: BOOKED, CHECK: {"ok": True, "times": ["10:00"]}}
    broker.clock.now += 120
    broker.ran()
    again = await book(broker)
    assert BOOK not in broker.ran()
    assert (again.status, again.decision, again.args) == (first.status, first.decision, first.args)
    assert (again.output, again.error, again.attempts) == (first.output, first.error, 0)


@pytest.mark.parametrize("says_no", NOES)
async def test_a_higher_attempt_begins_anew(broker: Harness, says_no: Any) -> None:
    await says_no(broker)
    await book(broker)
    broker.build()
    broker.answers |= {BOOK: BOOKED, CHECK: {"ok": True, "times": ["10:00"]}}
    broker.clock.now += 120
    assert (await book(broker, attempt=2)).output == BOOKED
    assert (await book(broker, attempt=1)).output == BOOKED, "a duplicate of the first is told of the second"


async def test_a_new_attempt_after_a_no_has_a_key_of_its_own_because_the_tool_keeps_a_no(
    broker: Harness,
) -> None:
    broker.answers[BOOK] = TAKEN
    await book(broker)
    broker.answers[BOOK] = BOOKED
    await book(broker, attempt=2)
    first, second = (call.key for call in broker.endpoint.calls if call.tool.name == BOOK)
    assert first != second


async def test_a_new_attempt_of_what_may_have_been_done_asks_under_the_same_key(broker: Harness) -> None:
    broker.answers[BOOK] = ToolFailedError("TOOL_DISCONNECTED")
    assert (await book(broker)).status is Status.UNKNOWN
    broker.answers |= {BOOK: BOOKED, CHECK: {"ok": True, "times": []}}
    assert (await book(broker, attempt=2)).output == BOOKED
    first, second = (call.key for call in broker.endpoint.calls if call.tool.name == BOOK)
    assert first == second


async def test_a_question_closes_nothing(broker: Harness) -> None:
    cancel = act("cancel_appointment", booking_id="PB-AAAAAA")
    (asked,) = await broker.execute(cancel)
    assert asked.decision.outcome is Outcome.ASK_CLARIFICATION
    (done,) = await broker.execute(cancel, confirmed=True)
    assert done.status is Status.OK


async def test_a_write_that_nobody_asked_for_is_not_begun_and_never_will_be(broker: Harness) -> None:
    assert [await told(broker) for _ in range(2)] == [WriteState.NOT_BEGUN] * 2
    late = await book(broker)
    assert (late.status, late.error and late.error.reason) == (Status.FAILED, "ATTEMPT_CLOSED")
    assert broker.ran() == [CHECK]
    assert (await book(broker, attempt=2)).output == BOOKED


async def test_a_closed_attempt_begins_nothing_where_no_fact_is_looked_up_before(broker: Harness) -> None:
    broker.build(tools={BOOK: {"after": "", "only_if_listed": {}}})
    assert await told(broker) is WriteState.NOT_BEGUN
    (late,) = await broker.execute(act(BOOK))
    assert (late.status, broker.ran()) == (Status.FAILED, [])


async def test_a_write_that_was_done_is_told_so(broker: Harness) -> None:
    await book(broker)
    broker.ran()
    assert await told(broker) is WriteState.DONE
    assert broker.ran() == []


async def test_a_write_that_may_have_been_done_is_unknown(broker: Harness) -> None:
    broker.answers[BOOK] = ToolFailedError("TOOL_DISCONNECTED")
    await book(broker)
    assert await told(broker) is WriteState.UNKNOWN


async def test_a_write_under_way_is_unknown_until_it_ends(broker: Harness) -> None:
    reached, go = asyncio.Event(), asyncio.Event()

    async def slow(_call: ToolCall) -> Any:
        reached.set()
        await go.wait()
        raise ToolFailedError("TOOL_REJECTED", certain=True)

    broker.answers[BOOK] = slow
    running = asyncio.create_task(book(broker))
    await reached.wait()
    assert await told(broker) is WriteState.UNKNOWN
    go.set()
    assert (await running).status is Status.FAILED, "that somebody looked makes it no less certain"
    assert await told(broker) is WriteState.NOT_DONE


async def test_a_certain_no_is_told_with_its_answer(broker: Harness) -> None:
    broker.answers[BOOK] = TAKEN
    first = await book(broker)
    (outcome,) = await look_up(broker)
    assert outcome.state is WriteState.NOT_DONE
    assert outcome.observation is not None
    assert (outcome.observation.output, outcome.observation.args) == (TAKEN, first.args)


async def test_of_what_reads_nothing_began_and_of_what_cannot_run_nothing_is_told(broker: Harness) -> None:
    unusable = act(BOOK, client_name="x" * 5_000)
    outcomes = await look_up(broker, act(CHECK), act("delete_all"), unusable)
    assert [each.state for each in outcomes] == [WriteState.NOT_BEGUN, WriteState.UNSPECIFIED, WriteState.UNSPECIFIED]


async def test_a_failure_that_cannot_be_stored_is_not_certain(broker: Harness) -> None:
    async def break_then_fail(_call: ToolCall) -> Any:
        async with broker.database.write() as connection:
            await connection.exec_driver_sql("DROP TABLE broker_writes")
        raise ToolFailedError("TOOL_REJECTED", certain=True)

    broker.answers[BOOK] = break_then_fail
    assert (await book(broker)).status is Status.UNKNOWN
    with pytest.raises(PulpoError) as failed:
        await look_up(broker)
    assert failed.value.reason == "STORE_UNAVAILABLE"


@pytest.mark.parametrize("attempt", [0, 1_001])
async def test_attempts_are_bounded(broker: Harness, attempt: int) -> None:
    with pytest.raises(PulpoError) as refused:
        await book(broker, attempt=attempt)
    assert refused.value.reason == "TOO_MANY_ATTEMPTS"


def test_a_long_answer_is_kept_with_its_reason_alone() -> None:
    seen = Observation(BOOK, Status.OK, {**TAKEN, "note": "x" * MOST_CHARACTERS}, {}, ALLOWED)
    kept = decode_answer(encode_answer(seen), BOOK, {})
    assert kept.output == {"ok": False, "reason": "TAKEN"}
