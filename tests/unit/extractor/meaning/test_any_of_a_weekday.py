"""Any of a weekday's next days, weekdays with a slip of the finger, and offers that do not suit."""

from datetime import datetime
from pathlib import Path

import pytest

from extractor.meaning.labels import as_label
from extractor.reading.message import MessageInContext
from extractor.reading.reader import Reader
from tests.unit.extractor.scoring import workspace
from turn.meaning import Known, OfferedTime
from workspace.loader import load_workspace

NOW = datetime.fromisoformat("2026-03-11T10:00:00-03:00")
"""A Wednesday."""
BUSINESSES = Path(__file__).parents[3] / "evals" / "businesses" / "workspaces"
SALON = Reader(workspace("estudio-pulpo"))
BARBER = Reader(load_workspace(BUSINESSES / "barbearia-vila-norte.yaml"))
SATURDAYS, FRIDAYS = "2026-03-14|2026-03-21|2026-03-28", "2026-03-13|2026-03-20|2026-03-27"


@pytest.mark.parametrize(
    ("reader", "text", "days"),
    [
        (SALON, "corte un sábado a la mañana", [SATURDAYS]),
        (SALON, "corte cualquier viernes", [FRIDAYS]),
        (SALON, "haircut on a Saturday", [SATURDAYS]),
        (SALON, "haircut any friday", [FRIDAYS]),
        (BARBER, "corte num sábado", [SATURDAYS]),
        (BARBER, "corte alguma sexta", [FRIDAYS]),
        (SALON, "corte el sábado", ["2026-03-14"]),
        (SALON, "abren algún domingo?", ["2026-03-15"]),
        (SALON, "haircut on satruday", ["2026-03-14"]),
        (SALON, "haircut firday", ["2026-03-13"]),
        (SALON, "haircut on wensday", ["2026-03-18"]),
        (BARBER, "corte na quarta-fera", ["2026-03-18"]),
        (BARBER, "corte na qinta", ["2026-03-12"]),
    ],
)
def test_the_days_of_a_weekday(reader: Reader, text: str, days: list[str]) -> None:
    meaning = reader.read(MessageInContext(text, NOW)).meaning
    assert meaning is not None
    assert as_label(meaning).get("days", []) == days
    assert meaning.doubts == ()


def test_minutes_before_somebody_are_no_minutes_to_an_hour() -> None:
    meaning = BARBER.read(MessageInContext("quero às 18:30 para um corte", NOW)).meaning
    assert meaning is not None
    assert meaning.times == ("18:30",)


@pytest.mark.parametrize(
    ("text", "refers_to"),
    [
        ("no me va, ¿tienes otra hora?", "another"),
        ("no puedo a esas horas, otra?", "another"),
        ("no me queda bien, qué más tenés?", "another"),
        ("não dá, tem outro horário?", "another"),
        ("não consigo, o que mais vocês têm?", "another"),
        ("that doesn't work, anything else?", "none"),
        ("can't make it then, got another slot?", "another"),
    ],
)
def test_offers_that_do_not_suit_are_declined_and_nothing_is_cancelled(text: str, refers_to: str) -> None:
    offers = tuple(OfferedTime("2026-03-12", at, "Sofía") for at in ("10:00", "15:00"))
    slots = {"service_type": "Corte de Cabello"}
    meaning = SALON.read(MessageInContext(text, NOW, None, "book", slots, known=Known(offers=offers))).meaning
    assert meaning is not None
    assert [act.kind for act in meaning.acts] == ["deny"]
    assert (meaning.refers_to, meaning.times) == ((refers_to,), ("!10:00", "!15:00"))
