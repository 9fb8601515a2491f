"""Whose an appointment is, how often one may ask, and what needs a yes."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from broker.executor import Executor
from broker.failures import ToolFailedError
from broker.limits import WRONG_IDS_PER_HOUR
from broker.model import Customer, Outcome, Status
from tests.unit.broker.builders import (
    ADDRESS,
    act,
    make_rules,
)
from tests.unit.broker.test_executor import BOOK, CHECK_THEN_BOOK, FIND, Desk
from workspace.limits import Limits


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    one = Desk(tmp_path)
    await one.store.prepare()
    yield one
    await one.executor.close()
    await one.database.close()


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
