"""Days and hours of what has happened already are no wish; those of a wish in such a story are."""

from datetime import datetime
from pathlib import Path

import pytest

from extractor.meaning.labels import as_label
from extractor.meaning.past import stressed
from extractor.reading.message import MessageInContext
from extractor.reading.reader import Reader
from extractor.text.normalised import view
from tests.unit.extractor.scoring import WORKSPACES
from workspace.loader import load_workspace

NOW = datetime.fromisoformat("2026-10-06T11:00:00-03:00")
"""A Tuesday."""
BUSINESSES = Path(__file__).parents[3] / "evals" / "businesses" / "workspaces"
SALON = Reader(load_workspace(WORKSPACES / "estudio-pulpo.yaml"))
VET = Reader(load_workspace(WORKSPACES / "veterinaria-cordillera.yaml"))
LAWYER = Reader(load_workspace(BUSINESSES / "estudio-iriarte.yaml"))
PHYSIO = Reader(load_workspace(BUSINESSES / "fisio-turia.yaml"))
BARBER = Reader(load_workspace(BUSINESSES / "barbearia-vila-norte.yaml"))


def _when(reader: Reader, text: str) -> tuple[list[str], list[str], bool]:
    """The days, the hours and whether the reading is sure."""
    meaning = reader.read(MessageInContext(text, NOW)).meaning
    assert meaning is not None
    label = as_label(meaning)
    return label.get("days", []), label.get("times", []), label["sure"]


@pytest.mark.parametrize(
    ("reader", "text", "days", "times"),
    [
        (SALON, "hola, ayer los llamé como a las 6 y no me atendió nadie, quiero corte el viernes", ["2026-10-09"], []),
        (SALON, "ayer llame a las 6 y nada... necesito un corte para el viernes", ["2026-10-09"], []),
        (SALON, "la última vez fui el 14, quiero un corte", [], []),
        (SALON, "la semana pasada vine el jueves a las 10, quiero corte para este jueves", ["2026-10-08"], []),
        (SALON, "me hice las uñas el martes y se me rompió una, necesito manicura", [], []),
        (SALON, "el viernes a las 5 me dejaron plantada, quiero corte mañana", ["2026-10-07"], []),
        (SALON, "necesito un corte porque me lo hice mal el domingo", [], []),
        (SALON, "salí tarde el lunes, no llegué a las 7. quiero corte hoy a las 7", ["2026-10-06"], ["19:00"]),
        (SALON, "lo mismo que me hicieron la última vez, el martes 13 a las 10", ["2026-10-13"], ["10:00"]),
        (BARBER, "quero o mesmo da última vez, sábado às 11h", ["2026-10-10"], ["11:00"]),
        (LAWYER, "me echaron el viernes pasado después de 8 años, a las 5 me mandaron el telegrama. cita", [], []),
        (LAWYER, "Mi papá falleció el 3. Quisiera una cita, el lunes, a partir de las 3", ["2026-10-12"], [">=15:00"]),
        (PHYSIO, "di a luz hace dos meses, el 2 de septiembre, y quiero suelo pélvico", [], []),
        (PHYSIO, "tuve una sesión el martes a las 10 y me dolió, quiero otra el jueves", ["2026-10-08"], []),
        (PHYSIO, "me operaron el 5 de agosto y necesito rehabilitación", [], []),
        (PHYSIO, "llevo con dolor desde el lunes, tenéis hueco mañana?", ["2026-10-07"], []),
        (VET, "mi gato no come desde el sábado, una consulta lo antes posible", ["earliest"], []),
        (VET, "desde el sábado no come mi gato, quiero consulta", [], []),
        (VET, "anoche como a las 11 vomitó, necesito una consulta hoy", ["2026-10-06"], []),
        (BARBER, "ontem liguei às 6 e ninguém atendeu, quero um corte na sexta", ["2026-10-09"], []),
        (BARBER, "fui aí na terça às 10 e ficou ruim, queria corte na quinta", ["2026-10-08"], []),
        (BARBER, "cortei o cabelo na segunda às 3 e não gostei, queria um corte sexta", ["2026-10-09"], []),
        (BARBER, "meu pai faleceu no dia 3, queria um corte", [], []),
        (BARBER, "minha barba tá irritada desde sábado, queria barba amanhã", ["2026-10-07"], []),
        (PHYSIO, "I called yesterday at 6 and nobody answered, I want a massage on Friday", ["2026-10-09"], []),
        (PHYSIO, "my back's been killing me since Sunday, do you have a massage tomorrow?", ["2026-10-07"], []),
        (PHYSIO, "I gave birth two months ago, on September 2, and want pelvic floor", [], []),
        (PHYSIO, "last week I came on thursday at 10, can I book a massage for this friday", ["2026-10-09"], []),
    ],
)
def test_what_has_happened_is_no_wish(reader: Reader, text: str, days: list[str], times: list[str]) -> None:
    assert _when(reader, text) == (days, times, True)


FRIDAY = (["2026-10-09"], ["17:00"], True)


@pytest.mark.parametrize(
    ("reader", "text"),
    [
        (SALON, "quedé en ir el viernes a las 5"),
        (SALON, "me dijeron que tenían lugar el viernes a las 5, lo quiero"),
        (SALON, "ayer hablé con Sofía, quiero corte el viernes a las 5"),
        (SALON, "hola ayer llame y no me atendieron necesito corte el viernes a las 5"),
        (SALON, "ayer llamé y nadie contestó. viernes a las 5 corte"),
        (SALON, "pensé en el viernes a las 5 para corte"),
        (SALON, "me olvidé de pedir corte para el viernes a las 5"),
        (BARBER, "liguei ontem e ninguém atendeu, sexta às 5 corte"),
        (BARBER, "me falaram que tinha vaga sexta às 5, quero corte"),
        (BARBER, "decidi ir na sexta às 5, corte"),
        (PHYSIO, "they told me you had a slot on Friday at 5, I want a massage"),
        (PHYSIO, "I called and nobody answered, friday at 5 massage please"),
        (PHYSIO, "need my back checked friday at 5"),
    ],
)
def test_a_wish_beside_what_has_happened_is_one(reader: Reader, text: str) -> None:
    assert _when(reader, text) == FRIDAY


def test_what_may_be_either_is_read_back() -> None:
    assert not _when(SALON, "quiero turno con el que me atendió el viernes a las 5")[2]


def test_a_written_accent_is_kept_for_verbs() -> None:
    assert stressed(view("Ayer llamé, llame")) == " ayer llamE , llame "
