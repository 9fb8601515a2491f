"""The budget of work: what crafted texts may cost, and that nobody who writes in earnest meets it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from extractor.intent.intents import scan
from extractor.reading.message import MessageInContext
from extractor.reading.reader import Reader
from extractor.reading.work import MOST, work_of
from tests.mesh.tools.harness import ROOT
from tests.unit.extractor.test_bounded_work import calls_for

DATA = Path(__file__).with_name("data")
NOW = datetime(2026, 3, 11, 13, tzinfo=UTC)
MOST_CALLS = 130_000
"""Calls of functions that reading a text within the budget takes, measured on the dearest texts found; 22,000 are those
of a story of 1,000 characters."""
MOST_CALLS_TO_REFUSE = 6_000
"""Calls until a text over the budget is told to be that."""


def rows(file: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]


COSTLY = rows(DATA / "costly_texts.jsonl")
LONG = [row["text"] for row in rows(DATA / "long_messages.jsonl")]


def in_earnest() -> Iterator[str]:
    """Every text of the labelled sets and conversations."""
    for file in (
        *DATA.glob("*.jsonl"),
        *(ROOT / "tests/evals").glob("*.jsonl"),
        *(ROOT / "tests/mesh").rglob("*.jsonl"),
    ):
        if file.name != "costly_texts.jsonl":
            for row in rows(file):
                yield from [row["text"]] if "text" in row else row.get("turns", [])


def test_no_message_in_earnest_is_over_the_budget() -> None:
    texts = list(in_earnest())
    assert len(texts) > 3_000
    assert max(work_of(text).units for text in texts) < MOST


@pytest.mark.parametrize("first", LONG)
def test_nor_is_a_story_or_a_price_list_of_any_length(first: str) -> None:
    for text in (first, first.upper(), *(f"{first}\n{second}" for second in LONG)):
        assert work_of(text).units < MOST


@pytest.mark.parametrize("row", COSTLY, ids=lambda row: ascii(row["text"][:16]))
def test_the_dearest_texts_that_a_search_found_take_bounded_work(salon: Reader, row: dict[str, str]) -> None:
    too_much = work_of(row["text"]).too_much
    assert calls_for(salon, row["text"], row["asked"]) <= (MOST_CALLS_TO_REFUSE if too_much else MOST_CALLS)


def test_the_search_found_texts_on_both_sides_of_the_budget() -> None:
    over = [row for row in COSTLY if work_of(row["text"]).too_much]
    assert 5 <= len(over) <= len(COSTLY) - 5


def test_nothing_is_read_of_a_text_over_the_budget(salon: Reader) -> None:
    text = "cancelá mi turno, soy Ana Paz, sí " + "t1" * 1000 + " corte mañana a las 5"
    reading = salon.read(MessageInContext(text, NOW, "client_name", "cancel", {"preferred_time": "10:00"}))
    assert reading.over_budget
    assert (reading.intent, reading.confidence, reading.slots) == ("other", 0.0, {})
    assert (reading.polarity, reading.removed_slots, reading.topic) == (None, (), None)


def test_work_counts_characters_words_numbers_and_different_words() -> None:
    work = work_of("corte corte 15 once")
    assert (work.characters, work.words, work.numbers, work.candidates) == (20, 3, 2, 2)
    assert work.units == 20 + 6 * 3 + 4 * 2 + 3 * 2


@pytest.mark.parametrize(
    ("line", "cue", "found"),
    [
        (" cancelar el turno ", "cancel", True),
        (" y cancelar el turno ", "cancel", True),
        (" precancelar el turno ", "cancel", False),
        (" no cancelar el turno ", "cancel", False),
        (" me parece caro ", "money", True),
    ],
)
def test_a_cue_is_found_where_a_word_begins_and_nowhere_else(line: str, cue: str, found: bool) -> None:
    assert (cue in scan(line)[0]) is found
