"""What comes after a booking: which messages put it right, and which leave it alone."""

from datetime import datetime

import pytest

from extractor.reading.message import MessageInContext
from extractor.reading.reader import Reader
from tests.unit.extractor.scoring import workspace
from turn.meaning import Done, Known

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
