"""Labelled readings in the second form: how many are read whole, by file. What a file of blind lines read when it was
new stands in services/extractor/README.md; here nothing may get worse."""

from dataclasses import replace
from functools import cache
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.evaluation.reading_figures import ReadingPair, is_same
from cli.evaluation.reading_file import LabelledReading, read_readings
from extractor.meaning.labels import as_label
from extractor.reading.reader import Reader
from tests.unit.extractor.scoring import DATA, workspace
from turn.constraints import is_day, is_time
from turn.meaning import CONFIRM
from turn.model import SLOT_NAMES

LEAST = {
    "reading_dev": 1.0, "reading_own": 0.98, "reading_own2": 0.94, "reading_pt": 0.94, "reading_en": 0.93,
    "reading_live": 0.98, "reading_live2": 0.98, "reading_talk": 1.0,
}  # fmt: skip
"""The share of each file that must be read whole."""


@cache
def reader(name: str) -> Reader:
    return Reader(workspace(name))


@pytest.mark.parametrize("name", LEAST)
def test_readings_stay_as_good(name: str) -> None:
    wrong, rows = [], read_readings(DATA / f"{name}.jsonl")
    for row in rows:
        reading = reader(row.workspace or "estudio-pulpo").read(row.message)
        assert reading.meaning is not None
        pair = ReadingPair(row.id, row.message.text, "", row.reading, as_label(reading.meaning))
        if pair.wrong():
            wrong.append((row.id, pair.wrong(), row.message.text))
    assert 1 - len(wrong) / len(rows) >= LEAST[name], wrong


def test_lists_are_compared_without_order_and_acts_in_theirs() -> None:
    assert is_same("days", ["a", "b"], ["b", "a"])
    assert not is_same("acts", ["ask", "book"], ["book", "ask"])


ROWS = [row for name in LEAST for row in read_readings(DATA / f"{name}.jsonl")]
WORDS = sorted({word for row in ROWS for word in row.message.text.split()})


@given(
    words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=14),
    row=st.sampled_from(ROWS),
    together=st.booleans(),
    asked=st.sampled_from([None, CONFIRM, *SLOT_NAMES]),
)
@settings(max_examples=150)
def test_any_words_in_any_context_make_a_reading_in_the_notation(
    words: list[str], row: LabelledReading, together: bool, asked: str | None
) -> None:
    text = " ".join([row.message.text, *words] if together else words)
    meaning = reader("estudio-pulpo").read(replace(row.message, text=text, asked_slot=asked)).meaning
    assert meaning is not None
    assert all(is_day(day) for day in chain(meaning.days, *(item.days for item in meaning.items)))
    assert all(is_time(at) for at in chain(meaning.times, *(item.times for item in meaning.items)))
    assert all(0 <= act.start <= act.end <= len(text) for act in meaning.acts)
