"""Whose an appointment is, how often one may ask, and what needs a yes."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from broker.calls.results import ToolFailedError
from broker.domain.model import Customer
from broker.execution.executor import Executor
from broker.policy.limits import WRONG_IDS_PER_HOUR
from tests.unit.broker.builders import (
    ADDRESS,
    act,
    make_rules,
)
from tests.unit.broker.test_executor import BOOK, CHECK_THEN_BOOK, FIND, Harness
from turn.vocabulary import Outcome, Status
from workspace.limits import Limits


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Harness]:
    one = Harness(tmp_path)
    await one.store.prepare()
    yield one
    await one.executor.close()
    await one.database.close()


async def test_a_customer_may_cancel_their_own_appointment(broker: Harness) -> None:
    (cancel,) = await broker.execute(act("cancel_appointment", booking_id="PB-BBBBBB"), confirmed=True)
    assert cancel.status is Status.OK
    assert broker.ran() == [FIND, "cancel_appointment"]
    assert ("find_appointment_by_phone", "ownership", "") in broker.heard.answers


async def test_nobody_may_cancel_what_is_not_theirs(broker: Harness) -> None:
    (cancel,) = await broker.execute(act("cancel_appointment", booking_id="PB-CCCCCC"), confirmed=True)
    assert (cancel.status, cancel.decision.why) == (Status.REFUSED, "NOT_OWNER")
    assert broker.ran() == [FIND]


async def test_the_look_up_asks_for_the_customer_and_nobody_else(broker: Harness) -> None:
    forged = act("cancel_appointment", booking_id="PB-AAAAAA", client_phone="+5490000000000")
    await broker.execute(forged, confirmed=True, customer=Customer(ADDRESS))
    assert broker.endpoint.calls[0].args == {"client_phone": ADDRESS}
    assert "client_phone" not in broker.endpoint.calls[1].args


async def test_the_answer_of_an_earlier_look_up_is_used_again(broker: Harness) -> None:
    await broker.execute(act(FIND), act("cancel_appointment", booking_id="PB-AAAAAA"), confirmed=True)
    assert broker.ran() == [FIND, "cancel_appointment"]


@pytest.mark.parametrize(
    "found",
    [
        {"ok": False},
        {"ok": True},
        {"ok": True, "appointments": "PB-AAAAAA"},
        {"ok": True, "appointments": ["PB-AAAAAA"]},
    ],
)
async def test_a_look_up_without_the_id_in_its_place_proves_nothing(broker: Harness, found: dict[str, Any]) -> None:
    broker.answers[FIND] = found
    (cancel,) = await broker.execute(act("cancel_appointment", booking_id="PB-AAAAAA"), confirmed=True)
    assert cancel.decision.why == "NOT_OWNER"


async def test_without_a_tool_to_look_it_up_nothing_is_owned(broker: Harness) -> None:
    broker.build(tools={"close_ticket": {"effect": "write", "owned_by": "ticket", "args": {"type": "object"}}})
    rules = make_rules(tools={"close_ticket": {"effect": "write", "owned_by": "ticket", "args": {"type": "object"}}})
    lean = {name: rule for name, rule in rules.tools.items() if name != FIND}
    broker.executor = Executor(
        {"estudio-pulpo": type(rules)(rules.workspace, lean, rules.forbidden, rules.limits)},
        broker.caller, broker.store, broker.heard, broker.clock,
    )  # fmt: skip
    (close,) = await broker.execute(act("close_ticket", ticket="T1"))
    assert close.decision.why == "NOT_OWNER"


async def test_when_the_look_up_fails_the_action_fails_and_says_why(broker: Harness) -> None:
    broker.answers[FIND] = ToolFailedError("TOOL_UNREACHABLE", transient=True, certain=True)
    (cancel,) = await broker.execute(act("cancel_appointment", booking_id="PB-AAAAAA"), confirmed=True)
    assert (cancel.status, cancel.decision.why) == (Status.FAILED, "OWNERSHIP_UNKNOWN")
    assert cancel.error is not None
    assert cancel.error.reason == "TOOL_UNREACHABLE"


async def test_guessing_ids_ends_in_a_limit_without_further_look_ups(broker: Harness) -> None:
    whys = []
    for number in range(WRONG_IDS_PER_HOUR + 3):
        guess = act("cancel_appointment", booking_id=f"PB-C{number:05}")
        (seen,) = await broker.execute(guess, confirmed=True, turn_id=f"t{number}", conversation_id=f"c{number}")
        whys.append(seen.decision.why)
    assert whys == ["NOT_OWNER"] * WRONG_IDS_PER_HOUR + ["RATE_LIMITED"] * 3
    assert broker.ran() == [FIND] * WRONG_IDS_PER_HOUR
    other = Customer("whatsapp:+5491100000000")
    (own,) = await broker.execute(
        act("cancel_appointment", booking_id="PB-AAAAAA"), confirmed=True, customer=other, turn_id="z"
    )
    assert own.status is Status.OK


async def test_a_confirmed_cancellation_repeated_is_answered_although_it_is_found_no_more(
    broker: Harness,
) -> None:
    cancel = act("cancel_appointment", booking_id="PB-AAAAAA")
    await broker.execute(cancel, confirmed=True)
    broker.answers[FIND] = {"ok": True, "appointments": []}
    (again,) = await broker.execute(cancel, confirmed=True)
    assert again.status is Status.OK


async def test_an_unconfirmed_cancellation_is_asked_about(broker: Harness) -> None:
    (cancel,) = await broker.execute(act("cancel_appointment", booking_id="PB-AAAAAA"))
    assert (cancel.status, cancel.decision.why) == (Status.REFUSED, "CONFIRMATION_REQUIRED")
    assert cancel.decision.outcome is Outcome.ASK_CLARIFICATION


async def test_the_limit_of_a_tool_holds(broker: Harness) -> None:
    broker.build(policy={"limits": Limits(reads_per_minute=2, conversation_per_minute=100).model_dump()})
    seen = [(await broker.execute(act("get_business_hours"), turn_id=str(n)))[0] for n in range(4)]
    assert [one.status for one in seen] == [Status.OK, Status.OK, Status.REFUSED, Status.REFUSED]
    assert seen[2].decision.why == "RATE_LIMITED"
    (other,) = await broker.execute(act("get_service_packages"))
    assert other.status is Status.OK


async def test_the_limit_of_a_conversation_counts_turns(broker: Harness) -> None:
    broker.build(policy={"limits": Limits(conversation_per_minute=2).model_dump()})
    for turn in ("a", "a", "a", "b"):
        (seen,) = await broker.execute(act("get_business_hours"), turn_id=turn)
        assert seen.status is Status.OK
    (third,) = await broker.execute(act("get_business_hours"), turn_id="c")
    assert third.decision.why == "RATE_LIMITED"
    (somebody,) = await broker.execute(act("get_business_hours"), turn_id="c", conversation_id="other")
    assert somebody.status is Status.OK


async def test_a_limited_write_is_refused_before_the_order_is_looked_at(broker: Harness) -> None:
    broker.build(policy={"limits": Limits(writes_per_minute=2, customer_writes_per_minute=1).model_dump()})
    await broker.execute(*CHECK_THEN_BOOK)
    (book,) = await broker.execute(act(BOOK), turn_id="next")
    assert book.decision.why == "RATE_LIMITED"


SEVERAL: dict[str, Any] = {
    "cancel_appointments": {},
    "change_appointments": {},
    "get_customer": {},
    "restore_appointment": {},
}


@pytest.mark.parametrize(
    ("ids", "why"),
    [
        (["PB-AAAAAA", "PB-BBBBBB"], ""),
        (["PB-AAAAAA", "PB-CCCCCC"], "NOT_OWNER"),
        (["PB-CCCCCC"], "NOT_OWNER"),
    ],
)
async def test_of_several_all_must_be_the_customers(broker: Harness, ids: list[str], why: str) -> None:
    broker.build(tools=SEVERAL)
    (cancel,) = await broker.execute(act("cancel_appointments", booking_ids=ids), confirmed=True)
    assert cancel.decision.why == why
    assert broker.ran() == [FIND, *([] if why else ["cancel_appointments"])]
    changes = [{"booking_id": each, "preferred_time": "10:00"} for each in ids]
    (change,) = await broker.execute(act("change_appointments", changes=changes), turn_id="next")
    assert change.decision.why == why


@pytest.mark.parametrize(("listed", "why"), [("cancelled", ""), ("appointments", "NOT_OWNER")])
async def test_what_is_owned_is_looked_up_where_the_row_says(broker: Harness, listed: str, why: str) -> None:
    broker.build(tools=SEVERAL)
    broker.answers["get_customer"] = {"ok": True, listed: [{"booking_id": "PB-ZZZZZZ"}]}
    (restore,) = await broker.execute(act("restore_appointment", booking_id="PB-ZZZZZZ"))
    assert restore.decision.why == why
    assert broker.endpoint.calls[0].tool.name == "get_customer"
    assert broker.endpoint.calls[0].args == {}, "it takes none"
