"""Questions about what the customer has booked, apart from those about what is free."""

import pytest

from tests.unit.extractor.conftest import Read


@pytest.mark.parametrize("active", [None, "book"])
@pytest.mark.parametrize("text", ["que turnos tengo?", "q turno tengo", "qué turno saqué?"])
def test_they_are_understood_in_the_middle_of_a_booking_too(read: Read, text: str, active: str | None) -> None:
    reading = read(text, asked="service_type" if active else None, active=active)
    assert (reading.intent, reading.topic) == ("other", "my_appointment")


@pytest.mark.parametrize("text", ["que turnos tenés?", "qué turnos tengo disponibles?"])
def test_what_is_free_is_another_question(read: Read, text: str) -> None:
    assert read(text).intent == "book"
