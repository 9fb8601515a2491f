"""Spans of a meaning are those of the customer's text."""

from datetime import datetime

import pytest

from extractor.meaning.located import located
from extractor.reading.message import MessageInContext
from extractor.reading.reader import Reader
from extractor.text.normalised import view
from tests.unit.extractor.conftest import Read
from turn.meaning import Act, Doubt, Meaning


@pytest.mark.parametrize(
    "text",
    [
        "quiero un corte el viernes 14",
        "  HOLA!!   quierooo un   corte, el viernes 14?",
        "mañana no; el viernes 14",
        "\u200bhola\u200b \u2460 e\u0301l viernes 14 \U0001f642",
        "x" * 950 + " bla " * 80 + "el viernes 14",
        "e\u0301" * 700 + " el viernes 14",
    ],
)
def test_a_doubt_names_the_words_as_written(text: str) -> None:
    seen = view(text)
    start = seen.line.rindex("el viernes 14")
    end = start + len("el viernes 14")
    told = located(Meaning(doubts=(Doubt("days", "conflict", start, end),), unread=((start, end),)), seen, text)
    span = told.doubts[0].start, told.doubts[0].end
    assert text[slice(*span)].endswith("viernes 14")
    assert len(text[slice(*span)]) <= len("e\u0301l viernes 14")
    assert told.unread == (span,)


def test_a_place_stays_a_place() -> None:
    seen = view("Hola  quiero un turno")
    told = located(
        Meaning(acts=(Act("greet", 1, 1), Act("book", seen.line.index("quiero"), 0))), seen, "Hola  quiero un turno"
    )
    assert [(act.start, act.end) for act in told.acts] == [(0, 0), (6, 6)]


def test_a_text_without_a_word_has_no_places() -> None:
    told = located(Meaning(acts=(Act("offtopic", 0, 3),)), view("\u200b"), "\u200b")
    assert told.acts == (Act("offtopic", 0, 0),)


def test_the_reader_gives_places_in_the_text(read: Read) -> None:
    text = "  \u200bBuenas!!  quiero un corte el viernes 14"
    meaning = read(text).meaning
    assert meaning
    assert [text[act.start :].split()[0] for act in meaning.acts] == ["Buenas!!", "quiero"]
    assert [text[one.start : one.end] for one in meaning.doubts] == ["el viernes 14"]


def test_a_text_that_is_too_much_to_read_is_one_doubt(salon: Reader) -> None:
    reading = salon.read(MessageInContext("t1" * 2048, datetime.fromisoformat("2026-03-11T10:00:00-03:00")))
    assert reading.meaning == Meaning(doubts=(Doubt("text", "over_budget"),))
