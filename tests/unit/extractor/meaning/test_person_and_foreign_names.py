"""A person is asked for in misspelt words too, and a service in another language than the business's."""

from datetime import datetime
from functools import cache
from pathlib import Path

import pytest

from extractor.reading.message import MessageInContext
from extractor.reading.reader import Reader
from tests.unit.extractor.scoring import WORKSPACES
from workspace.loader import load_workspace

NOW = datetime.fromisoformat("2026-03-11T10:00:00-03:00")
BUSINESSES = Path(__file__).parents[3] / "evals" / "businesses" / "workspaces"


@cache
def reader(name: str) -> Reader:
    shipped = WORKSPACES / f"{name}.yaml"
    return Reader(load_workspace(shipped if shipped.exists() else BUSINESSES / f"{name}.yaml"))


@pytest.mark.parametrize(
    "text",
    [
        "kiero ablar con una presona",
        "necesito comunicarme con una prsona",
        "pasame con un umano",
        "hablar con un acesor",
        "quero falar com uma pesoa",
        "quero fala com um atendente",
        "speak to a humna",
        "i want to speak with a real preson",
    ],
)
def test_a_person_is_asked_for(text: str) -> None:
    meaning = reader("estudio-pulpo").read(MessageInContext(text, NOW)).meaning
    assert meaning is not None
    assert [act.kind for act in meaning.acts] == ["person"]


@pytest.mark.parametrize(
    ("business", "text", "service"),
    [
        ("estudio-pulpo", "haircut on satruday", "Corte de Cabello"),
        ("estudio-pulpo", "quero fazer as unhas sexta", "Manicura"),
        ("barbearia-vila-norte", "haircut tomorrow at 10", "Corte Masculino"),
        ("barbearia-vila-norte", "corte de pelo mañana", "Corte Masculino"),
        ("barbearia-vila-norte", "kids haircut saturday", "Corte Infantil"),
        ("consultorio-dental-luz", "root canal", "Tratamiento de Conducto"),
        ("fisio-turia", "drenagem linfática amanhã", "Drenaje Linfático"),
        ("flor-de-lirio", "eyebrow design", "Diseño de Cejas"),
        ("vet-los-cedros", "deworming for my puppy tomorrow", "Desparasitación"),
    ],
)
def test_a_service_is_booked_in_another_language(business: str, text: str, service: str) -> None:
    meaning = reader(business).read(MessageInContext(text, NOW)).meaning
    assert meaning is not None
    assert [act.kind for act in meaning.acts] == ["book"]
    assert [one.service for one in meaning.items] == [service]
