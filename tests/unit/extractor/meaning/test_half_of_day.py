"""A bare hour at which the business is open in the morning and in the evening is asked for."""

from datetime import datetime
from pathlib import Path

import pytest

from extractor.meaning.labels import as_label
from extractor.reading.message import MessageInContext
from extractor.reading.reader import Reader
from turn.meaning import Known, OfferedTime
from workspace.loader import load_workspace

NOW = datetime.fromisoformat("2027-03-08T09:00:00-03:00")
"""A Monday."""
BUSINESSES = Path(__file__).parents[3] / "evals" / "businesses" / "workspaces"
YOGA = Reader(load_workspace(BUSINESSES / "estudio-prana.yaml"))
"""Open from 7:30 to 21:30, on Saturdays from 9 to 13."""
EIGHT = ["08:00", "20:00"]


@pytest.mark.parametrize(
    ("text", "times", "between"),
    [
        ("spinning el miércoles a las 8", None, EIGHT),
        ("spinning miercoles 8 y media porfa", None, ["08:30", "20:30"]),
        ("spinning el miércoles a las 8 de la noche", ["20:00"], None),
        ("spinning el miércoles a las 8 de la mañana", ["08:00"], None),
        ("spinning el miércoles a las 08:00", ["08:00"], None),
        ("spinning el miércoles a las 20", ["20:00"], None),
        ("spinning el miércoles a las 9", ["09:00"], None),
        ("spinning el sábado a las 9", ["09:00"], None),
        ("abren el miércoles a las 8?", ["08:00"], None),
    ],
)
def test_only_an_hour_of_either_half_of_the_day_is_asked_for(
    text: str, times: list[str] | None, between: list[str] | None
) -> None:
    meaning = YOGA.read(MessageInContext(text, NOW)).meaning
    assert meaning is not None
    label = as_label(meaning)
    assert (label.get("times"), label.get("conflict"), label["sure"]) == (times, between, between is None)


def test_an_hour_of_the_offers_is_the_offered_one() -> None:
    known = Known(offers=(OfferedTime("2027-03-10", "20:00", "Tomás"), OfferedTime("2027-03-10", "18:00", "Tomás")))
    meaning = YOGA.read(MessageInContext("a las 8", NOW, active_intent="book", known=known)).meaning
    assert meaning is not None
    assert not meaning.doubts


@pytest.mark.parametrize(("text", "doubted"), [("a las 8", False), ("spinning el miércoles a las 8", True)])
def test_what_was_said_before_is_asked_once_more_and_an_answer_is_taken(text: str, doubted: bool) -> None:
    known = {"service_type": "Spinning", "preferred_date": "2027-03-10"}
    message = MessageInContext(text, NOW, known_slots=known, asked_slot="preferred_time", active_intent="book")
    meaning = YOGA.read(message).meaning
    assert meaning is not None
    assert bool(meaning.doubts) is doubted
