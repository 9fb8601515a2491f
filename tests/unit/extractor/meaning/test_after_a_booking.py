"""What comes after a booking: which messages put it right, and which leave it alone."""

from datetime import datetime

import pytest

from extractor.reading.message import MessageInContext
from extractor.reading.reader import Reader
from tests.unit.extractor.scoring import workspace
from turn.meaning import Done, Known, KnownAppointment

NOW = datetime.fromisoformat("2026-03-11T10:00:00-03:00")
BOOKED = Known(done=(Done("book", "PB-AAAAAA"),))
READER = Reader(workspace("estudio-pulpo"))


@pytest.mark.parametrize(
    ("text", "acts"),
    [
        ("soy Leo Paz, leo@test.com", ["change", "give"]),
        ("quiero hablar con una persona, soy Leo Paz leo@test.com", ["person", "give"]),
        ("quero falar com uma pessoa, sou Leo Paz leo@test.com", ["person", "give"]),
        ("I want to talk to a person, I'm Leo Paz leo@test.com", ["person", "give"]),
    ],
)
def test_data_put_a_booking_right_unless_a_person_is_asked_for(text: str, acts: list[str]) -> None:
    meaning = READER.read(MessageInContext(text, NOW, known=BOOKED)).meaning
    assert meaning is not None
    assert [act.kind for act in meaning.acts] == acts


@pytest.mark.parametrize(
    "text",
    [
        "y si llevo a mi hermana para un corte a la misma hora?",
        "anotá también a mi hermana a la misma hora",
        "llevo a mi hija, le pueden cortar a la misma hora?",
        "puede ir mi hermano tambien?",
        "mi marido también quiere, a la misma hora",
        "e meu irmão pode ir junto? mesmo horário",
        "can my brother come too at the same time?",
    ],
)
def test_who_is_to_come_too_changes_nothing_of_what_is_booked(text: str) -> None:
    own = KnownAppointment("PB-AAAAAA", "Alisado", "2026-03-13", "10:00", "María", "Lucía Vera")
    known = Known(appointments=(own,), done=(Done("book", "PB-AAAAAA"),))
    meaning = READER.read(MessageInContext(text, NOW, known=known)).meaning
    assert meaning is not None
    assert [act.kind for act in meaning.acts] == ["book"]
    assert meaning.people is not None
    assert meaning.people.writer is False
    assert meaning.refers_to == ()
