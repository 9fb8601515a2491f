"""Of several services wanted at once, the slot has the first; the others are told beside it."""

import pytest

from tests.unit.extractor.conftest import Read

CUT, SHAVE, NAILS = "Corte de Cabello", "Barba", "Manicura"


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("corte y barba mañana a las 5", (SHAVE,)),
        ("hola, quiero cortarme el pelo y arreglarme la barba el viernes", (SHAVE,)),
        ("corte, barba y manicura", (SHAVE, NAILS)),
        ("corte + barba hoy", (SHAVE,)),
        ("corte con sofi y barba con carlos el sábado 11hs", (SHAVE,)),
        ("me hago corte mañana y barba el viernes", (SHAVE,)),
        ("necesito corte para mí y manicura para mi hija", (NAILS,)),
        ("quiero corte y de paso que me hagan las uñas", (NAILS,)),
        ("haircut and beard tomorrow at 5", (SHAVE,)),
        ("quero corte e barba amanhã", (SHAVE,)),
    ],
)
def test_services_joined_are_all_wanted(read: Read, text: str, more: tuple[str, ...]) -> None:
    reading = read(text)
    assert (reading.slots["service_type"], reading.more_services) == (CUT, more)


@pytest.mark.parametrize(
    "text",
    [
        "corte o barba, lo que haya mañana",
        "quiero turno para corte. Hacen barba?",
        "cuánto sale corte y barba?",
        "barba y corte, la barba no",
        "corte mañana, barba no",
        "cancelame el corte y la barba",
        "corte y corte de puntas mañana",
    ],
)
def test_what_is_only_named_is_not(read: Read, text: str) -> None:
    assert read(text).more_services == ()


@pytest.mark.parametrize("text", ["y barba también", "ah y de paso la barba", "sumale la barba", "agregame barba"])
def test_a_service_on_top_of_the_known_one_is_told_as_one_more(read: Read, text: str) -> None:
    reading = read(text, asked="preferred_time", active="book", known={"service_type": CUT})
    assert (reading.slots["service_type"], reading.more_services) == (SHAVE, (SHAVE,))


@pytest.mark.parametrize("text", ["mejor barba", "barba", "no, también puede ser barba mejor", "la barba más tarde"])
def test_a_service_instead_of_the_known_one_is_not(read: Read, text: str) -> None:
    assert read(text, asked="preferred_time", active="book", known={"service_type": CUT}).more_services == ()
