"""What is for another business elsewhere is this one's own where it names something of its trade."""

from datetime import datetime

import pytest

from extractor.catalogue.mentions import Catalogue
from extractor.reading.message import MessageInContext, Reading
from extractor.reading.reader import Reader
from tests.unit.extractor.conftest import Read
from tests.unit.extractor.scoring import DATA, workspace
from workspace.loader import load_workspace

SALON = workspace()
CAR, DENTAL = (load_workspace(DATA / f"names_{name}.yaml") for name in ("car", "dental"))


@pytest.fixture(scope="module")
def car() -> Reader:
    return Reader(CAR)


@pytest.fixture(scope="module")
def dental() -> Reader:
    return Reader(DENTAL)


def reading(reader: Reader, text: str) -> Reading:
    return reader.read(MessageInContext(text, datetime.fromisoformat("2026-03-11T10:00:00-03:00")))


def test_a_business_knows_the_words_of_its_trade() -> None:
    assert all(map(Catalogue(CAR).of_trade, ("auto", "moto", "mecanico")))
    assert Catalogue(DENTAL).of_trade("dentista")
    assert Catalogue(DENTAL).own_occasions == {"dentista"}
    assert not any(map(Catalogue(SALON).of_trade, ("auto", "mecanico", "dentista")))
    assert Catalogue(SALON).own_occasions == frozenset()


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("quiero llevar el auto el lunes", "book"), ("tienen lugar para la moto?", "book"),
        ("hacen gomería?", "info_services"),
    ],
)  # fmt: skip
def test_a_workshop_is_not_off_topic_about_cars(car: Reader, text: str, intent: str) -> None:
    found = reading(car, text)
    assert found.intent == intent
    assert "off_topic" not in found.reasoning.split()


@pytest.mark.parametrize("text", ["busco un dentista", "arreglan autos?", "son veterinaria?"])
def test_elsewhere_they_are(read: Read, text: str) -> None:
    assert read(text).intent == "other"
    assert "off_topic" in read(text).reasoning.split()


@pytest.mark.parametrize(
    "text", ["quiero turno con el dentista el lunes a las 10", "con la dentista el lunes a las 10"]
)
def test_an_hour_with_the_dentist_is_the_wanted_one_at_the_dentist_s(dental: Reader, text: str) -> None:
    assert reading(dental, text).slots["preferred_time"] == "10:00"


def test_elsewhere_it_is_an_event_of_the_customer_s(read: Read) -> None:
    assert "preferred_time" not in read("tengo dentista el lunes a las 10").slots


@pytest.mark.parametrize("text", ["Hugo repara frenos?", "Hugo revisa los frenos?", "Martín arregla frenos?"])
def test_whether_somebody_does_a_work_is_a_question_in_every_trade(text: str) -> None:
    assert reading(Reader(CAR, rules_only=True), text).intent == "info_services"
