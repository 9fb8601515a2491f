"""What is stored as JSON is read back as it was."""

import json
from dataclasses import replace

from hypothesis import given

from gateway.domain.turn_types import Decided, Extraction, PlanResult
from gateway.storage.rows import decode_decided, decode_state, encode
from tests.unit.gateway.domain import strategies
from turn.model import Action, BookingChoice, ConversationState, Offer, Slots
from turn.tasks import NO_DIALOGUE
from turn.vocabulary import Intent, PartOfDay, Stage


@given(strategies.states)
def test_a_state_comes_back_as_it_was(state: ConversationState) -> None:
    assert decode_state(encode(state)) == state


@given(strategies.states_with_dialogue)
def test_a_state_with_a_dialogue_comes_back_as_it_was(state: ConversationState) -> None:
    assert decode_state(encode(state)) == state


@given(strategies.states_with_dialogue)
def test_a_state_without_a_dialogue_is_one_of_an_older_gateway(state: ConversationState) -> None:
    raw = json.loads(encode(state))
    del raw["dialogue"]
    assert decode_state(json.dumps(raw)) == replace(state, dialogue=NO_DIALOGUE)


@given(strategies.states_with_dialogue)
def test_a_dialogue_that_a_newer_gateway_wrote_is_read(state: ConversationState) -> None:
    raw = json.loads(encode(state))
    raw["dialogue"]["new"] = 1
    for task in raw["dialogue"]["tasks"]:
        task["new"] = {"deep": 1}
    assert decode_state(json.dumps(raw)) == state


def test_decisions_of_an_older_gateway_have_no_meaning_and_no_customer() -> None:
    raw = json.loads(encode(Decided(Extraction(Intent.BOOK), (PlanResult(),))))
    for name in ("meaning", "customer"):
        del raw["extraction"][name]
    for name in ("next_step", "offers"):
        del raw["plans"][0][name]
    assert decode_decided(json.dumps(raw)) == Decided(Extraction(Intent.BOOK), (PlanResult(),))


@given(strategies.decided)
def test_decisions_come_back_as_they_were(decided: Decided) -> None:
    assert decode_decided(encode(decided)) == decided


@given(strategies.decided)
def test_what_another_release_wrote_can_be_read(decided: Decided) -> None:
    raw = json.loads(encode(decided))
    raw["new"] = raw["extraction"]["new"] = 1
    for plan in raw["plans"]:
        plan["new"] = 1
    assert decode_decided(json.dumps(raw)) == decided


def test_a_state_that_an_earlier_release_stored_is_read() -> None:
    stored = (
        '{"active_intent":"book","slots":{"service_type":"Barba","preferred_date":null,"client_name":"Ana"},'
        '"pending":[{"tool":"book_appointment","args":{"service_type":"Barba"},"reasoning":""}],'
        '"offers":[{"date":"2026-03-12","time":"10:00"}],"part_of_day":"afternoon","choices":["book","cancel"],'
        '"booking_choices":[{"booking_id":"PB-AAAAAA","date":"","time":"","service":"Barba"}],"stage":"disponibilidad"}'
    )
    assert decode_state(stored) == ConversationState(
        active_intent=Intent.BOOK,
        slots=Slots(service_type="Barba", client_name="Ana"),
        pending=(Action("book_appointment", {"service_type": "Barba"}),),
        offers=(Offer("2026-03-12", "10:00"),),
        part_of_day=PartOfDay.AFTERNOON,
        choices=(Intent.BOOK, Intent.CANCEL),
        booking_choices=(BookingChoice("PB-AAAAAA", service="Barba"),),
        stage=Stage.DISPONIBILIDAD,
    )
