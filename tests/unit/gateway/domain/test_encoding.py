"""What is stored as JSON is read back as it was."""

import json

from hypothesis import given

from gateway.domain.turn_types import Decided
from gateway.storage.rows import decode_decided, decode_state, encode
from tests.unit.gateway.domain import strategies
from turn.model import Action, BookingChoice, ConversationState, Offer, Slots
from turn.vocabulary import Intent, PartOfDay, Stage


@given(strategies.states)
def test_a_state_comes_back_as_it_was(state: ConversationState) -> None:
    assert decode_state(encode(state)) == state


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
