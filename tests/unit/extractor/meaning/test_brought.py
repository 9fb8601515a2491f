"""What is brought to be worked on is counted as persons are, and "one after the other" is no hour."""

from datetime import datetime
from pathlib import Path

import pytest

from extractor.meaning.labels import as_label
from extractor.reading.message import MessageInContext
from extractor.reading.reader import Reader
from tests.unit.extractor.scoring import workspace
from workspace.loader import load_workspace

NOW = datetime.fromisoformat("2026-03-11T10:00:00-03:00")
VET = Reader(workspace("veterinaria-cordillera"))
BUSINESSES = Path(__file__).parents[3] / "evals" / "businesses" / "workspaces"
BIKES = Reader(load_workspace(BUSINESSES / "taller-pedal-sur.yaml"))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("vacunar dos perros y un gato", 3),
        ("quiero turno para vacunar 3 mascotas, dos perros y un gato", 3),
        ("mi perro y mi gata necesitan consulta mañana", 2),
        ("baño para la perra y el gato de mi mamá, el viernes", 2),
        ("my dog and my cat need vaccines tomorrow", 2),
        ("vacinar dois cachorros na sexta", 2),
        ("solo uno de los perros, vacuna el lunes", None),
        ("tengo dos perros, quiero vacunar a uno el jueves", None),
        ("tengo 2 gatos. consulta para la gata el viernes", None),
        ("el gato le mordió a mi perro, consulta hoy", None),
        ("vacunar a mi perro de 2 años y 3 meses", None),
    ],
)
def test_who_is_brought_is_counted(text: str, count: int | None) -> None:
    meaning = VET.read(MessageInContext(text, NOW)).meaning
    assert meaning is not None
    assert [act.kind for act in meaning.acts] == ["book"]
    assert (meaning.people.count if meaning.people else None) == count


@pytest.mark.parametrize(
    ("reader", "text", "times"),
    [
        (BIKES, "mantención básica para 2 bicis una después de la otra, mañana a las 11", ["11:00"]),
        (VET, "los dos perros el viernes uno atrás del otro, vacunas", []),
        (VET, "vaccines for my two dogs on Friday, one after the other", []),
        (VET, "vacina pros dois gatos na sexta, um depois do outro", []),
        (VET, "vacuna el viernes a la una", ["13:00"]),
    ],
)
def test_one_after_the_other_is_no_hour(reader: Reader, text: str, times: list[str]) -> None:
    meaning = reader.read(MessageInContext(text, NOW)).meaning
    assert meaning is not None
    assert as_label(meaning).get("times", []) == times


def test_a_service_named_after_an_organ_is_booked_and_what_is_asked_about_it_is_answered() -> None:
    vet = Reader(load_workspace(BUSINESSES / "vet-los-cedros.yaml"))
    booked = vet.read(MessageInContext("análisis de sangre mañana, no antes de las 11", NOW)).meaning
    asked = vet.read(MessageInContext("para el análisis de sangre tiene que ir en ayunas?", NOW)).meaning
    assert booked is not None
    assert asked is not None
    assert [act.kind for act in booked.acts] == ["book"]
    assert (booked.times, booked.subjects) == ((">=11:00",), ())
    assert [act.kind for act in asked.acts] == ["ask"]
