"""Which of a business's own questions a message asks, and which of its branches it names."""

import pytest

from extractor.catalogue.branches import Branches, with_branch
from extractor.catalogue.knowledge import Knowledge, with_known
from tests.unit.workspace.test_parts import studio
from turn.meaning import Act, Item, Meaning

KNOWN = Knowledge(studio(knowledge=[
    {"questions": ["tienen estacionamiento?", "hay dónde dejar el auto?"], "answer": "a"},
    {"questions": ["qué tengo que llevar a la clase?", "necesito mi esterilla?"], "answer": "b"},
    {"questions": ["aceptan mascotas?", "puedo ir con mi perro?"], "answer": "c"},
]))  # fmt: skip
PARKING, BRING, PETS = "tienen estacionamiento?", "qué tengo que llevar a la clase?", "aceptan mascotas?"


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("tienen estacionamiento?", PARKING),
        ("Hola! hay estacionamientos cerca?", PARKING),
        ("hay algún lugar donde dejar el auto", PARKING),
        ("que hay que llevar a clase", BRING),
        ("tengo que llevar esterilla?", BRING),
        ("aceptan mascota", PETS),
        ("puedo llevar a mi perro?", ""),
        ("quiero reservar una clase de yoga para el lunes a las 19", ""),
        ("tienen wifi?", ""),
        ("hola", ""),
        ("", ""),
    ],
)
def test_a_question_is_known_by_most_of_its_words(text: str, question: str) -> None:
    assert KNOWN.asked(text) in ({question, PETS} if "perro" in text else {question})


def test_what_a_message_wants_besides_stays() -> None:
    wish = Meaning(acts=(Act("book", 0, 3), Act("offtopic", 4, 5)), days=("2026-03-13",), unread=((4, 5),))
    asked = with_known(wish, PARKING)
    assert [act.kind for act in asked.acts] == ["book", "ask"]
    assert (asked.days, asked.unread, asked.knowledge) == (("2026-03-13",), (), (PARKING,))
    assert with_known(wish, "") is wish


BRANCHED = studio(
    branches=[{"name": "Sucursal Centro"}, {"name": "Sucursal Norte", "aliases": ["la del shopping"]}],
    staff=[
        {"name": "Marta Ruiz", "services": ["Yoga"], "branch": "Sucursal Centro"},
        {"name": "Pablo Sanz", "services": ["Fisioterapia", "Masaje"], "branch": "Sucursal Norte"},
    ],
)


@pytest.mark.parametrize(
    ("text", "staff"),
    [
        ("en el centro", ("Marta Ruiz",)),
        ("NORTE", ("Pablo Sanz",)),
        ("la del shopping porfa", ("Pablo Sanz",)),
        ("en qué sucursal?", ()),
        ("centro o norte, da igual", ()),
        ("mañana a las 10", ()),
    ],
)
def test_a_branch_is_known_by_its_own_words(text: str, staff: tuple[str, ...]) -> None:
    assert Branches(BRANCHED).staff_of(text) == staff


def test_whoever_works_at_the_branch_is_wanted_unless_somebody_is_named() -> None:
    wish = Meaning(acts=(Act("book", 0, 3),), items=(Item("Yoga"),))
    assert with_branch(wish, ("Marta Ruiz",)).items == (Item("Yoga", ("Marta Ruiz",)),)
    named = Meaning(items=(Item("Yoga", ("Pablo Sanz",)),))
    assert with_branch(named, ("Marta Ruiz",)) is named
    assert with_branch(Meaning(acts=(Act("offtopic", 0, 1),)), ("Marta Ruiz",)).acts == (Act("give", 0, 0),)
