"""What is stored as JSON is what the values say, field by field, and is read back as it was."""

import json
from dataclasses import asdict, replace

import pytest

from gateway.domain.turn_types import Decided, Extraction, PlanResult, Reply, Timings
from gateway.storage.rows import decode_decided, decode_reply, decode_state, encode
from tests.unit.gateway.dialogue.builders import ANA, FRIDAY, booking, meaning
from turn.model import Action, BookingChoice, ConversationState, Offer, Slots
from turn.tasks import Dialogue, Placed, Proposal
from turn.vocabulary import Intent, PartOfDay, Stage

ARGS = {
    "items": [{"service_type": "Barba", "price": 2500, "share": 0.5, "to": None}],
    "note": 'ñ "é" 👋\n',
    "no": False,
}
ACTION = Action("book_appointments", ARGS, "because")
OFFERED = Proposal((Placed("Barba", FRIDAY, "10:00", "Sofía"),))
STATE = ConversationState(
    active_intent=Intent.BOOK,
    slots=Slots(service_type="Barba"),
    pending=(ACTION,),
    offers=(Offer(FRIDAY, "10:00"),),
    part_of_day=PartOfDay.MORNING,
    choices=(Intent.BOOK, Intent.CANCEL),
    booking_choices=(BookingChoice("PB-AAAAAA", "Barba", FRIDAY, "10:00"),),
    stage=Stage.CONFIRMACION,
    dialogue=Dialogue((replace(booking(days=(FRIDAY,)), offers=(OFFERED,)),), customer=ANA),
)
READ = Extraction(Intent.BOOK, Slots(client_name="Ana"), confidence=0.75, meaning=meaning("book", days=(FRIDAY,)))
REPLY = Reply("¡Listo! 👋", ("sí", "no"), True, Intent.BOOK, Slots(client_name="Ana"), "slm", Timings(1.5, 2.0))
DECIDED = Decided(READ, (PlanResult((ACTION,), source="rules", offers=(OFFERED,), ends=True),))
VALUES = [STATE, ConversationState(), REPLY, Timings(0.1, 1e-9, 12345.678), DECIDED]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_it_is_written_field_by_field(value: ConversationState | Reply | Timings | Decided) -> None:
    assert json.loads(encode(value)) == json.loads(json.dumps(asdict(value)))


def test_it_is_read_back_as_it_was() -> None:
    assert decode_state(encode(STATE)) == STATE
    assert decode_decided(encode(DECIDED)) == DECIDED
    assert decode_reply(encode(REPLY)).message == "¡Listo! 👋"
