"""Whatever a model plans on the slm track, nothing runs that the rules would not; and what a model is told."""

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict

from pulpo.common.v1 import action_pb2, state_pb2, turn_pb2
from pulpo.planner.v1 import planner_pb2 as pb
from tests.contract.slm.test_planner_slm import (
    BOOK,
    CANCEL,
    CHECK,
    HOURS,
    VALID,
    changed,
    document,
    planner,
    slm,
    without_source,
)
from tests.contract.test_planner import COMPLETE, context
from tests.model_oracle import Oracle
from tests.model_stub import Answer, ModelStub, as_json, chat, model_server


@pytest.fixture
def stub() -> Iterator[ModelStub]:
    with model_server(lambda _: as_json(document(CHECK, BOOK))) as running:
        yield running


async def test_what_the_customer_confirmed_is_not_asked_about(stub: ModelStub) -> None:
    pending = action_pb2.Action(tool="cancel_appointment")
    pending.args.update({"booking_id": "PB-AAAAAA"})
    request = pb.PlanRequest(
        context=context(),
        intent=turn_pb2.INTENT_CANCEL,
        state=state_pb2.ConversationState(active_intent=turn_pb2.INTENT_CANCEL, pending=[pending]),
        confirmed=True,
    )
    async with planner(**slm(stub)) as client:
        plan = await client.plan(request)
    assert [action.tool for action in plan.actions] == ["cancel_appointment"]
    assert not stub.requests


def hostile(chance: random.Random) -> Answer:
    """Some answer of a model that has lost its mind."""
    tools: list[Any] = [CHECK, BOOK, HOURS, CANCEL, changed(BOOK, preferred_time="09:00"), changed(CHECK, date_str="x")]
    tools += [{"tool": name, "args": {}} for name in ("rm", "book_appointment", "get_business_hours", "", None)]
    moved = {"booking_id": "PB-AAAAAA", "preferred_date": "2026-03-13", "preferred_time": "10:00"}
    tools.append({"tool": "reschedule_appointment", "args": moved})
    slots = ["client_name", "booking_id", "workspace_id", "preferred_time"]
    made = document(
        *chance.choices(tools, k=chance.randint(0, 4)),
        missing=tuple(chance.choices(slots, k=chance.randint(0, 2))),
        confirm=chance.random() < 0.5,
    )
    text = json.dumps(made)
    kind = chance.randrange(7)
    if kind == 0:
        return chat(text[: chance.randrange(len(text))], finish=chance.choice(["stop", "length"]))
    if kind == 1:
        return chat("Lo siento, no puedo ayudar con eso.")
    if kind == 2:
        return chat(text.replace(chance.choice('{}[]",:'), chance.choice('{}[]",: x'), 1))
    return as_json(document(HOURS, CHECK, BOOK, confirm=chance.random() < 0.5)) if kind == 3 else chat(text)


async def test_a_thousand_hostile_plans_execute_nothing_that_the_rules_would_not(stub: ModelStub) -> None:
    chance = random.Random(5)
    stub.behave = lambda _: hostile(chance)
    async with planner(**slm(stub)) as client:
        by_rules = await client.plan(track="legacy")
        returned = [await client.plan() for _ in range(1000)]
    assert len(stub.requests) == 1000
    allowed = {"check_service_availability", "get_business_hours"}
    writes = [MessageToDict(action) for action in by_rules.actions if action.tool not in allowed]
    for plan in returned:
        plain = MessageToDict(plan, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)
        plain.pop("source")
        assert [plain.pop("next_step"), plain.pop("offers")] == ["", []]  # of the second form
        assert VALID.is_valid(plain), plain
        assert [MessageToDict(action) for action in plan.actions if action.tool not in allowed] == writes
        assert [action.tool for action in plan.actions][-1] == "book_appointment"
        assert (plan.needs_confirmation, list(plan.missing_slots)) == (False, [])
    assert {plan.source for plan in returned} == {pb.SOURCE_RULES, pb.SOURCE_SLM}


@pytest.mark.parametrize("number", range(1, len(turn_pb2.Intent.values())))
async def test_a_prompt_tells_all_that_the_rules_know(stub: ModelStub, number: int) -> None:
    stub.behave = Oracle()
    found = action_pb2.Observation(tool="find_appointment_by_phone", status=action_pb2.OBSERVATION_STATUS_OK)
    rows = [
        {
            "booking_id": "PB-AAAAAA",
            "service_type": "Barba",
            "date": "2026-03-13",
            "time": "10:00",
            "client_name": "Eva",
        }
    ]
    found.output.update({"ok": True, "appointments": rows})
    checked = action_pb2.Observation(tool="check_service_availability", status=action_pb2.OBSERVATION_STATUS_OK)
    checked.args.update(CHECK["args"])  # type: ignore[arg-type]
    checked.output.update(
        {"ok": True, "times": [f"{hour:02}:{minute:02}" for hour in range(9, 19) for minute in (0, 15, 30, 45)]}
    )
    async with planner(**slm(stub)) as client:
        for observations in ([], [found], [checked], [found, checked]):
            for slots in (turn_pb2.Slots(), turn_pb2.Slots(service_type="Barba"), COMPLETE):
                request = pb.PlanRequest(
                    context=context(), intent=turn_pb2.Intent.values()[number], slots=slots, observations=observations
                )
                plan = await client.plan(request)
                assert plan.source == pb.SOURCE_SLM
                assert without_source(plan) == without_source(await client.plan(request, track="legacy"))
    assert not any("Eva" in json.dumps(body) for body in stub.requests)
