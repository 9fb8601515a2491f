"""Days that are refused are left out, whatever words refuse them."""

from datetime import datetime
from pathlib import Path

import pytest

from extractor.meaning.labels import as_label
from extractor.reading.message import MessageInContext
from extractor.reading.reader import Reader
from tests.unit.extractor.scoring import workspace
from turn.constraints import is_day
from workspace.loader import load_workspace

NOW = datetime.fromisoformat("2026-03-11T10:00:00-03:00")
"""A Wednesday."""
SALON = Reader(workspace("estudio-pulpo"))
BARBER = Reader(
    load_workspace(Path(__file__).parents[3] / "evals" / "businesses" / "workspaces" / "barbearia-vila-norte.yaml")
)
WEEKDAYS = ["!2026-03-11..2026-03-13", "!2026-03-16..2026-03-20"]
WEEKEND = ["!2026-03-14"]
"""Of a business that is closed on Sundays."""


@pytest.mark.parametrize(
    ("reader", "text", "days"),
    [
        (SALON, "el lunes ni locos", ["!2026-03-16"]),
        (SALON, "el viernes me es imposible", ["!2026-03-13"]),
        (SALON, "ni el lunes ni el martes puedo", ["!2026-03-16", "!2026-03-17"]),
        (SALON, "entre semana no puedo", WEEKDAYS),
        (SALON, "los días de semana no me sirve", WEEKDAYS),
        (SALON, "el finde no puedo", WEEKEND),
        (SALON, "menos los martes", ["!2026-03-17", "!2026-03-24", "!2026-03-31"]),
        (SALON, "menos el martes", ["!2026-03-17"]),
        (SALON, "la semana que viene menos lunes y martes", ["2026-03-16..2026-03-21", "!2026-03-16", "!2026-03-17"]),
        (SALON, "weekdays don't work for me", WEEKDAYS),
        (SALON, "no weekends please", WEEKEND),
        (SALON, "anything except mondays", ["!2026-03-16", "!2026-03-23", "!2026-03-30"]),
        (SALON, "no way on monday", ["!2026-03-16"]),
        (BARBER, "fim de semana não dá", WEEKEND),
        (BARBER, "segunda nem pensar", ["!2026-03-16"]),
        (BARBER, "durante a semana não consigo", WEEKDAYS),
        (SALON, "el viernes no puedo, el sábado sí", ["!2026-03-13", "2026-03-14"]),
        (SALON, "el lunes puedo", ["2026-03-16"]),
        (SALON, "el finde puedo", ["2026-03-14"]),
    ],
)
def test_what_is_refused_is_left_out(reader: Reader, text: str, days: list[str]) -> None:
    message = MessageInContext(text, NOW, None, "book", {"service_type": reader._workspace.services[0].name})
    meaning = reader.read(message).meaning
    assert meaning is not None
    found = as_label(meaning).get("days", [])
    assert found == days
    assert all(is_day(one) for one in found)
